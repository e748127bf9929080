package audit

import (
	"slices"
	"time"
)

// Gathering holds the readings of a visit under way. A hundred visits wait for their sites at once, each with hundreds of
// readings of 250 bytes, of which most tell nothing: these are held as the name of their check. The zero value is empty.
type Gathering struct {
	pages []gathered
	n     int
}

// gathered is what was read on one page.
type gathered struct {
	url, capture string
	at           time.Time
	told         []Reading
	quiet        []quiet
}

// Add takes a reading.
func (g *Gathering) Add(r Reading) {
	n := len(g.pages) - 1
	if n < 0 || g.pages[n].url != r.URL || g.pages[n].capture != r.Capture || !g.pages[n].at.Equal(r.At) {
		g.pages = append(g.pages, gathered{url: r.URL, capture: r.Capture, at: r.At})
		n++
	}
	g.n++
	if p := &g.pages[n]; r.tells() {
		p.told = append(p.told, r)
	} else {
		p.quiet = hush(p.quiet, r)
	}
}

// Len is how many readings there are.
func (g *Gathering) Len() int { return g.n }

// Spoken reports whether there is a reading of a check in a scope.
func (g *Gathering) Spoken(c CheckID, scope string) bool {
	return slices.ContainsFunc(g.pages, func(p gathered) bool {
		return slices.ContainsFunc(p.told, func(r Reading) bool { return r.Check == c && r.Scope == scope }) ||
			scope == "" && slices.ContainsFunc(p.quiet, func(q quiet) bool { return slices.Contains(q.Checks, c) })
	})
}

// Captures are those that the readings are of, "" among them where some reading is of none.
func (g *Gathering) Captures() []string {
	all := make([]string, 0, len(g.pages))
	for _, p := range g.pages {
		all = append(all, p.capture)
	}
	return all
}

// Readings gives all in the order in which Readings travel: page by page, those of a page that tell nothing last.
func (g *Gathering) Readings() Readings {
	all := make(Readings, 0, g.n)
	for _, p := range g.pages {
		all = append(all, p.told...)
		for _, q := range p.quiet {
			for _, c := range q.Checks {
				all = append(all, Reading{Check: c, URL: p.url, Capture: p.capture, Verdict: UnknownFor(q.Reason), At: p.at})
			}
		}
	}
	return all
}
