package digest

import (
	"strings"

	"doorknock/alerts"
	"doorknock/audit"
)

// Telling is an edition in the words of one language: what mail, page and messages are rendered from, so that all say the same.
//
// At most five items stand above the links: Summary and up to four of Above, in under 250 words. Names are foreign text in
// pieces of their own; every number of Above and Below links to what it counts, where the edition has a page.
type Telling struct {
	Language string
	Title    string
	Summary  string // one line
	Above    []Part
	Links    []alerts.Words
	Below    []Part
	Letters  []Letter // to pass the edition on
	Notes    []string
	Foot     *TellingFoot
	words    Words
}

// Part is one item of an edition.
type Part struct {
	ID      string // of its place in a page
	Heading string
	Lines   []Line
	Bars    []Bars
}

// Line is one sentence or more. Mark says that it was corrected since; Bullet that it is one of a list.
type Line struct {
	Words  alerts.Words
	Mark   string
	Bullet bool
}

// Bars is a small table in which each number has a bar beside it.
type Bars struct {
	Caption string
	Rows    []Bar
}

// Bar is a row: Of is the length in per cent of the longest.
type Bar struct {
	Label string
	Words string
	N, Of int
}

// Letter is a text that a reader may send on in his own name.
type Letter struct {
	To, Subject, Text string
}

// TellingFoot is what stands under an edition that is sent.
type TellingFoot struct {
	Preferences, End string // words of the links
	Foot
	Lines []string
}

// Limits of what stands above the links.
const (
	most       = 5   // changes told one by one; the rest are counted, and stand on the edition's page
	mostWords  = 250 // fewer words than this
	enough     = 30  // complaints or comments of which a share says something
	nameLimit  = 80
	onThePage  = 500 // changes and corrections listed on a page
	inAMail    = 10  // corrections
	reasonsMax = 40
)

// Tell puts the edition into words.
func (e Edition) Tell(language string) Telling {
	return e.short(language, inAMail)
}

func (e Edition) short(language string, corrections int) Telling {
	t := e.telling(language, most, corrections)
	for n := most - 1; n >= 0 && t.WordsAbove() >= mostWords; n-- {
		t = e.telling(language, n, corrections)
	}
	return t
}

// TellAll is Tell for the edition's own page: below, it lists every change.
func (e Edition) TellAll(language string) Telling {
	t := e.short(language, onThePage)
	w := In(language)
	p := Part{ID: "all", Heading: w.Say("all")}
	for i, c := range e.changes() {
		if i == onThePage {
			break
		}
		line := e.change(w, c)
		line.Words = append(line.Words, alerts.Piece{Ours: " " + w.Say("change.when", "when", w.Moment(c.ConfirmedAt))})
		p.Lines = append(p.Lines, line)
	}
	for i, c := range e.Said {
		if i == onThePage {
			break
		}
		line := e.said(w, c)
		line.Words = append(line.Words, alerts.Piece{Ours: " " + w.Say("change.when", "when", w.Moment(c.ConfirmedAt))})
		p.Lines = append(p.Lines, line)
	}
	if len(p.Lines) > 0 {
		t.Below = append([]Part{p}, t.Below...)
	}
	return t
}

func (e Edition) telling(language string, changes, corrections int) Telling {
	w := In(language)
	t := Telling{Language: w.Say("lang"), Title: e.title(w), Summary: e.summary(w), words: w}
	if !e.Quiet() {
		t.Above = parts(e.whatChanged(w, changes), e.whoAnswers(w), e.advice(w), e.whatUnseen(w))
	}
	t.Links, t.Letters = e.links(w), e.letters(w)
	t.Below = parts(e.trend(w), e.dutiesDue(w), e.corrections(w, corrections), e.counts(w))
	t.Notes = []string{w.Say("note.how"), w.Say("note.made", "when", w.Moment(e.MadeAt))}
	if e.Foot != nil {
		t.Foot = e.Foot.tell(w)
	}
	return t
}

// parts leaves out those that have nothing to say.
func parts(all ...Part) []Part {
	var some []Part
	for _, p := range all {
		if len(p.Lines)+len(p.Bars) > 0 {
			some = append(some, p)
		}
	}
	return some
}

// WordsAbove counts the words above the links, addresses left out.
func (t Telling) WordsAbove() int {
	n := len(strings.Fields(t.Title)) + len(strings.Fields(t.Summary))
	for _, p := range t.Above {
		n += len(strings.Fields(p.Heading))
		for _, l := range p.Lines {
			n += len(strings.Fields(l.Words.Plain())) + len(strings.Fields(l.Mark))
		}
	}
	return n
}

// Quiet reports whether nothing was seen to change and next to nothing was said: such an edition is one line.
func (e Edition) Quiet() bool {
	return len(e.Opened)+len(e.Closed)+len(e.Said)+len(e.Corrected)+e.PostsOpen+e.PostsShut == 0 && e.Comments < fewest
}

// Coverage is the share of doors that are known, in whole per cent.
func (e Edition) Coverage() int {
	if e.Doors == 0 {
		return 0
	}
	return 100 * e.Known / e.Doors
}

func (e Edition) title(w Words) string {
	title := w.Say("edition.title", "period", e.when(w))
	if e.SoFar {
		title = w.Say("edition.sofar", "title", title)
	}
	return title
}

// when says of which time the edition is.
func (e Edition) when(w Words) string {
	if e.Month {
		return w.month(e.From) + " " + e.From.Format("2006")
	}
	return w.Say("period", "from", w.shortDay(e.From, e.period().Last()), "to", w.Day(e.period().Last()))
}

// standing counts the changes that were not corrected since.
func standing(all []Change) (n int) {
	for _, c := range all {
		if c.CorrectedAt.IsZero() {
			n++
		}
	}
	return n
}

// Summary is the edition in one line, in English.
func (e Edition) Summary() string { return e.summary(In(English)) }

func (e Edition) summary(w Words) string {
	switch {
	case e.Empty():
		return w.Say("sum.blind")
	case e.Quiet() && e.Month:
		return w.Say("sum.quiet.month")
	case e.Quiet():
		return w.Say("sum.quiet")
	}
	opened, closed := standing(e.Opened), standing(e.Closed)
	corrected := len(e.Corrected) + len(e.changes()) - opened - closed
	var said []string
	for _, x := range []struct {
		key string
		n   int
	}{{"sum.opened", opened}, {"sum.closed", closed}, {"sum.corrected", corrected}} {
		if x.n > 0 {
			said = append(said, w.Count(x.key, x.n))
		}
	}
	switch {
	case len(said) > 0:
		return capital(strings.Join(said, "; ")) + "."
	case e.PostsOpen+e.PostsShut > 0:
		return w.Say("sum.posts")
	}
	return w.Say("sum.none")
}

// capital begins a sentence: the catalogue's own words begin with plain letters.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// changes are all of this time, good news first.
func (e Edition) changes() []Change {
	return append(append(make([]Change, 0, len(e.Opened)+len(e.Closed)), e.Opened...), e.Closed...)
}

// Page is the address of the edition's own page, or "".
func (e Edition) Page() string {
	if e.base == "" {
		return ""
	}
	address := e.base + "/digest/" + e.Week
	if e.scope != "" {
		address += "?" + e.scope
	}
	return audit.Untrusted(address).Link()
}

// linked is words of ours, such as a number, that lead to a part of the edition's page, or to path where part is "".
func (e Edition) linked(words, part, path string) alerts.Piece {
	p := alerts.Piece{Ours: words}
	switch {
	case e.base == "":
	case path != "":
		p.URL = audit.Untrusted(e.base + path)
	default:
		p.URL = audit.Untrusted(e.Page() + "#" + part)
	}
	return p
}

func their(name string) alerts.Piece {
	return alerts.Piece{Foreign: audit.Untrusted(name), Limit: nameLimit}
}
