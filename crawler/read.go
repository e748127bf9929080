package crawler

import (
	"cmp"
	"maps"
	"strings"
	"time"
	"unicode"

	"doorknock/audit"
)

// Read asks the checks about the page, locates the bytes that each answer points at, and makes the readings. An answer
// whose bytes cannot be found in the body is unknown/internal; a page that proves nothing is unknown with its own
// reason, for a check that saw no positive marker on it.
func (p *Page) Read(checks []Check) []audit.Reading {
	readings, address := make([]audit.Reading, 0, len(checks)), p.URL().String()
	for _, c := range checks {
		if p.isCalendar() && c.LookCalendar == nil {
			continue
		}
		look := p.look(c)
		p.holdsUntil(look.Until)
		readings = append(readings, p.reading(c, &look, address))
		for i := range look.Posts {
			readings = append(readings, p.reading(c, &look.Posts[i], address))
		}
	}
	return readings
}

func (p *Page) holdsUntil(t time.Time) {
	if p.Until.IsZero() || !t.IsZero() && t.Before(p.Until) {
		p.Until = t
	}
}

// isCalendar reports whether a file of dates was asked for. Whether one came, its own reader finds out.
func (p *Page) isCalendar() bool { return p.Answer.Request.For == ForCalendar }

func (p *Page) reading(c Check, l *Look, address string) audit.Reading {
	r := audit.Reading{
		Check: c.ID, Scope: p.scope(c, l), URL: address, Capture: p.Answer.Capture,
		Verdict: p.verdict(c, l), System: l.System, Count: l.Count, CountClaimed: l.CountClaimed,
		Newest: audit.Written(l.Newest), At: p.Answer.At,
	}
	l.named(&r)
	return r
}

// named gives a reading the look's values: of a state that was seen, and only such as are on the list.
func (l *Look) named(r *audit.Reading) {
	if r.Verdict.State() == audit.Unknown || r.Verdict.State() == audit.Absent {
		return
	}
	values := maps.Clone(l.Values)
	if len(l.Wording) > 0 {
		if values == nil {
			values = audit.Values{}
		}
		values[audit.ValueWording], r.Wording = audit.Text(audit.WordingID(l.Wording)), l.Wording
	}
	if len(values) > 0 && values.Check() == nil {
		r.Values = values
	}
}

// look asks one check, and drops every answer that the page's problem does not carry: a page whose tags alone could be
// read may show an open door only, and so may one that a script draws: it may draw over what says closed.
func (p *Page) look(c Check) Look {
	if p.isCalendar() {
		return c.LookCalendar(p)
	}
	problem := p.Problem()
	if problem != "" && problem != audit.ReasonParseError && problem != audit.ReasonNeedsJS {
		return Look{Reason: problem}
	}
	look := c.Look(p)
	if problem == audit.ReasonNeedsJS && look.Drawn {
		return look
	}
	quiet := look.State == audit.Unknown && (look.Reason == "" || look.Reason == audit.ReasonNotLooked)
	lacks := look.State == audit.Absent || look.Facts != nil // rests on what the page does not show
	switch {
	case problem != "" && look.State != audit.Open, problem == audit.ReasonNeedsJS && lacks:
		return Look{Reason: problem, System: look.System}
	case (quiet || look.State.Negative()) && !p.ended():
		return Look{Reason: audit.ReasonParseError, System: look.System} // a form may have stood in what did not come
	case (quiet || lacks) && p.torn():
		return Look{Reason: audit.ReasonParseError, System: look.System}
	case p.Answer.Drawn && (quiet || lacks):
		return Look{Reason: audit.ReasonNeedsJS, System: look.System} // the script may draw more for somebody else, or later
	case look.State == audit.Absent && c.Site, (quiet || lacks) && p.Landmark() == nil, lacks && !p.bearsTitle():
		return Look{Reason: audit.ReasonUnrecognised, System: look.System}
	}
	return look
}

// bearsTitle reports whether a page that was asked for as a post names it: its place may be taken by a page that says
// sorry, by the home page, or by another post. Only letters and digits count, for themes draw quotes and dashes anew.
func (p *Page) bearsTitle() bool {
	post := p.Answer.Request.Post
	if post == nil {
		return true
	}
	title := lettersOf(post.Title)
	return title != "" && (strings.Contains(lettersOf(p.Text()), title) || strings.Contains(lettersOf(p.Title()), title))
}

func lettersOf(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// scope is the post an answer speaks of: what the plan asked for as a post, or a page that holds a comment system. One that
// moved goes by the address that it had.
func (p *Page) scope(c Check, l *Look) string {
	if c.Site || len(l.Posts) > 0 {
		return ""
	}
	if l.Scope != "" {
		return l.Scope
	}
	if post := p.Answer.Request.Post; post != nil {
		return cmp.Or(p.Answer.Known, post.URL)
	}
	if l.State == audit.Open || l.State == audit.Restricted || l.State == audit.Closed || (l.System != "" && l.System != "none") {
		return cmp.Or(p.Answer.Known, p.URL().String())
	}
	return ""
}

func (p *Page) verdict(c Check, l *Look) audit.Verdict {
	if l.State == audit.Unknown {
		return audit.UnknownFor(cmp.Or(l.Reason, audit.ReasonNotLooked))
	}
	version := l.Version
	if version == 0 {
		version = c.Version
	}
	evidence, ok := p.evidence(l)
	if !ok {
		return audit.UnknownFor(audit.ReasonInternal)
	}
	evidence.Rule, evidence.Version, evidence.Captures = l.Rule, version, l.Beside
	v, err := audit.NewVerdict(l.State, "", l.Kind, &evidence)
	if err != nil {
		return audit.UnknownFor(audit.ReasonInternal)
	}
	return v
}

func (p *Page) evidence(l *Look) (audit.Evidence, bool) {
	if l.Facts != nil {
		kind := audit.Marker
		if l.Facts.Path != "" {
			kind = audit.JSONPath
		}
		return audit.Evidence{
			Type: kind, Offset: l.Facts.Offset, Length: l.Facts.Length, Path: l.Facts.Path, Excerpt: l.Facts.Excerpt,
			How: p.how(), Drawn: p.Answer.Drawn, URL: l.Facts.URL, Capture: l.Facts.Capture,
		}, true
	}
	kind, mark := audit.Marker, l.Mark
	if l.State == audit.Absent {
		kind, mark = audit.Absence, p.Landmark()
	}
	var at span
	var ok bool
	if mark == nil {
		at, ok = p.find(l.Needle, l.Nth)
	} else {
		at, ok = p.locate(mark)
	}
	return audit.Evidence{
		Type: kind, Offset: at.offset, Length: at.length, Excerpt: strings.Clone(at.excerpt), // or it would keep the whole body in memory
		How: p.how(), Drawn: p.Answer.Drawn, URL: p.URL().String(), Capture: p.Answer.Capture,
	}, ok
}

func (p *Page) how() audit.How {
	if p.Answer.How == "" {
		return audit.Anonymous
	}
	return p.Answer.How
}
