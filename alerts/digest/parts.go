package digest

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"doorknock/alerts"
	"doorknock/audit"
)

func (e Edition) whatChanged(w Words, told int) Part {
	p := Part{ID: "changed", Heading: w.Say("head.changed")}
	if e.Some {
		p.Heading = w.Say("head.changed.yours")
	}
	all := e.changes()
	for _, c := range all[:min(told, len(all))] {
		p.Lines = append(p.Lines, e.change(w, c))
	}
	if n := len(all) - told; n > 0 {
		p.Lines = append(p.Lines, Line{Words: w.Line(plural("more", n), "n", e.linked(strconv.Itoa(n), "all", ""))})
	}
	some := min(len(e.Said), max(0, told-len(all)), saidTold)
	for _, c := range e.Said[:some] {
		p.Lines = append(p.Lines, e.said(w, c))
	}
	if n := len(e.Said) - some; n > 0 {
		p.Lines = append(p.Lines, Line{Words: w.Line(plural("said.more", n), "n", e.linked(strconv.Itoa(n), "all", ""))})
	}
	if e.PostsOpen+e.PostsShut > 0 {
		p.Lines = append(p.Lines, Line{Words: w.Line("posts", "opened", e.linked(strconv.Itoa(e.PostsOpen), "", "/changes"),
			"closed", e.linked(strconv.Itoa(e.PostsShut), "", "/changes"))})
	}
	if len(p.Lines) == 0 {
		p.Lines = []Line{{Words: w.Line("sum.none")}}
	}
	return p
}

// change is one line with a link to its evidence. One that was corrected since leads nowhere: its finding is no longer shown.
func (e Edition) change(w Words, c Change) Line {
	line := Line{Bullet: true, Words: w.Line("change", "name", their(c.Name), "question", w.Question(c.ID, c.Check),
		"to", w.State(c.To, c.Published), "from", w.State(c.From, c.Published))}
	if !c.CorrectedAt.IsZero() {
		line.Mark = w.Say("change.since", "day", w.Day(c.CorrectedAt), "why", w.Correction(c.Correction))
		return line
	}
	return e.withEvidence(w, line, c.Finding)
}

// saidTold is how many changes of what places say are told one by one.
const saidTold = 3

// said is one line of what a place says otherwise now; that a reply time or hours are gone is told as such.
func (e Edition) said(w Words, c Said) Line {
	key := "said.other"
	for _, k := range c.Gone {
		switch base, _ := k.Split(); base {
		case audit.ValueReplyMinutes, audit.ValueReplyWithin:
			key = "said.reply"
		case audit.ValueHours:
			if key == "said.other" {
				key = "said.hours"
			}
		}
	}
	return e.withEvidence(w, Line{Bullet: true, Words: w.Line(key, "name", their(c.Name), "question", w.Question(c.ID, c.Check))}, c.Finding)
}

func (e Edition) withEvidence(w Words, line Line, finding string) Line {
	if e.base != "" && finding != "" {
		line.Words = append(line.Words, alerts.Piece{Ours: " "}, e.linked(w.Say("evidence"), "", "/findings/"+finding))
	}
	return line
}

// whoAnswers tells of comments and answers, against the week or month before. Complaints are told where there are at least
// thirty comments: of fewer, a method's share says little.
func (e Edition) whoAnswers(w Words) Part {
	p := Part{ID: "answers", Heading: w.Say("head.answers")}
	if e.Comments < fewest {
		p.Lines = []Line{{Words: w.Line("talk.few")}}
		return p
	}
	line := w.Line("talk", "comments", e.linked(w.Few(e.Comments), "", e.talkPath()))
	if e.Before.Comments >= fewest {
		line = append(append(line, space), w.Line(e.than("talk", int(e.Comments), int(e.Before.Comments)), "then", w.Few(e.Before.Comments))...)
	}
	if e.Comments >= enough {
		line = append(append(line, space), w.Line("talk.complaints", "complaints", e.linked(w.Few(e.Complaints), "", e.talkPath()), "answered", e.linked(w.Few(e.Answered), "", e.talkPath()))...)
	}
	if against := e.against(w); against != "" {
		line = append(line, alerts.Piece{Ours: " " + against})
	}
	p.Lines = []Line{{Words: line}}
	return p
}

// talkPath is where comments are counted place by place.
func (e Edition) talkPath() string {
	if e.one != "" {
		return "/organisations/" + e.one
	}
	return "/league"
}

var space = alerts.Piece{Ours: " "}

// than picks the form of a key that compares with the week or month before.
func (e Edition) than(key string, now, then int) string {
	word := ".same"
	switch {
	case now > then:
		word = ".more"
	case now < then:
		word = ".less"
	}
	if e.Month {
		return key + word + ".month"
	}
	return key + word + ".week"
}

// against compares the complaints that were answered with the week or month before, in words. Under thirty complaints in
// either it compares nothing: so few say little.
func (e Edition) against(w Words) string {
	if e.Complaints < enough || e.Before.Complaints < enough {
		return ""
	}
	now, then := 100*int(e.Answered)/int(e.Complaints), 100*int(e.Before.Answered)/int(e.Before.Complaints)
	return w.Say(e.than("against", now, then), "now", now, "then", then)
}

func (e Edition) advice(w Words) Part {
	p := Part{ID: "practice", Heading: w.Say("head.practice")}
	if g := e.Good; g != nil {
		p.Lines = append(p.Lines, e.withEvidence(w, Line{Words: w.Line("good."+string(g.ID), "name", their(g.Name))}, g.Finding))
	}
	if e.Ask != nil {
		p.Lines = append(p.Lines, Line{Words: e.asked(w)})
	}
	return p
}

func (e Edition) asked(w Words) alerts.Words {
	q := w.Question(e.Ask.ID, e.Ask.Check)
	if e.Ask.Name == "" {
		return w.Line("ask.landlord", "question", q)
	}
	return w.Line("ask", "name", their(e.Ask.Name), "question", q)
}

func (e Edition) whatUnseen(w Words) Part {
	p := Part{ID: "unseen", Heading: w.Say("head.unseen")}
	if e.Looked == 0 {
		p.Lines = []Line{{Words: w.Line("unseen.never")}}
		return p
	}
	line := w.Line(plural("unseen.looked", e.Visits), "n", thousands(e.Visits))
	line = append(append(line, space), w.Line("unseen.doors", "known", e.linked(strconv.Itoa(e.Known), "counts", ""), "doors", e.Doors, "percent", e.Coverage())...)
	if e.Checking > 0 {
		line = append(append(line, space), w.Line("unseen.checking", "n", e.linked(strconv.Itoa(e.Checking), "counts", ""))...)
	}
	if len(e.Unseen) > 0 {
		line = append(append(line, space), w.Line("unseen.why", "reason", w.Reason(e.Unseen[0].Reason), "n", e.linked(strconv.Itoa(e.Unseen[0].N), "counts", ""))...)
	}
	p.Lines = []Line{{Words: line}}
	return p
}

func (e Edition) links(w Words) []alerts.Words {
	if e.base == "" {
		return nil
	}
	return []alerts.Words{
		{{Ours: w.Say("page.of"), URL: audit.Untrusted(e.Page())}},
		{e.linked(w.Say("page.method"), "", "/method")},
	}
}

func (e Edition) trend(w Words) Part {
	p := Part{ID: "trend", Heading: w.Say("head.trend")}
	if !e.Month {
		return p
	}
	var opened, closed, said []Bar
	for _, m := range e.Trend {
		label := w.month(m.First) + " " + m.First.Format("2006")
		opened = append(opened, Bar{Label: label, Words: strconv.Itoa(m.Opened), N: m.Opened})
		closed = append(closed, Bar{Label: label, Words: strconv.Itoa(m.Closed), N: m.Closed})
	}
	for _, x := range e.Weeks {
		n := int(x.Comments)
		if n < fewest {
			n = 0 // neither the number nor the length of its bar
		}
		said = append(said, Bar{Label: w.Say("bars.week", "day", w.shortDay(x.Last, x.Last)), Words: w.Few(x.Comments), N: n})
	}
	p.Bars = []Bars{bars(w.Say("bars.opened"), opened), bars(w.Say("bars.closed"), closed), bars(w.Say("bars.comments"), said)}
	return p
}

// bars sets the lengths against the longest.
func bars(caption string, rows []Bar) Bars {
	longest := 1
	for _, r := range rows {
		longest = max(longest, r.N)
	}
	for i := range rows {
		rows[i].Of = 100 * rows[i].N / longest
	}
	return Bars{caption, rows}
}

// dutiesTold is how many duties are listed one by one.
func (e Edition) dutiesDue(w Words) Part {
	p := Part{ID: "duties", Heading: w.Say("head.duties")}
	for i, d := range e.Duties {
		if i == dutiesTold {
			p.Lines = append(p.Lines, Line{Words: w.Line("rest", "n", len(e.Duties)-i)})
			break
		}
		p.Lines = append(p.Lines, Line{Bullet: true, Words: w.Line("duty", "day", w.Day(d.From), "question", w.Question(d.ID, d.Check),
			"source", alerts.Piece{Ours: d.Source, URL: audit.Untrusted(d.Address)})})
	}
	return p
}

func (e Edition) corrections(w Words, told int) Part {
	p := Part{ID: "corrected", Heading: w.Say("head.corrected")}
	for i, c := range e.Corrected {
		if i == told {
			p.Lines = append(p.Lines, Line{Words: w.Line("rest", "n", e.linked(strconv.Itoa(len(e.Corrected)-i), "corrected", ""))})
			break
		}
		p.Lines = append(p.Lines, Line{Bullet: true, Words: w.Line("corrected", "name", their(c.Name), "question", w.Question(c.ID, c.Check),
			"state", w.State(c.To, c.Published), "why", w.Correction(c.Correction))})
	}
	return p
}

// counts are the doors by what was seen, and all reasons why some were not.
func (e Edition) counts(w Words) Part {
	p := Part{ID: "counts", Heading: w.Say("head.counts")}
	if !e.SoFar && !e.counted && e.MadeAt.Sub(e.To) > latest {
		p.Lines = append(p.Lines, Line{Words: w.Line("counts.now")})
	}
	if e.Looked > 0 && e.Looked < e.Organisations {
		p.Lines = append(p.Lines, Line{Words: w.Line("unseen.some", "looked", e.Looked, "organisations", e.linked(strconv.Itoa(e.Organisations), "", "/league"))})
	}
	for _, u := range e.Unseen[:min(len(e.Unseen), reasonsMax)] {
		p.Lines = append(p.Lines, Line{Bullet: true, Words: w.Line("counts.reason", "n", e.linked(strconv.Itoa(u.N), "", "/"), "reason", w.Reason(u.Reason))})
	}
	var rows []Bar
	for _, x := range []struct {
		words string
		n     int
	}{{w.Say("state.open"), e.States.Open}, {w.Say("state.restricted"), e.States.Restricted}, {w.Say("state.closed"), e.States.Closed},
		{w.Say("state.absent"), e.States.Absent}, {w.Say("bars.checking"), e.States.Checking}, {w.Say("state.unknown"), e.States.Unknown}} {
		if x.n > 0 {
			rows = append(rows, Bar{Label: x.words, Words: strconv.Itoa(x.n), N: x.n})
		}
	}
	if len(rows) > 0 {
		p.Bars = []Bars{bars(w.Say("bars.doors"), rows)}
	}
	return p
}

// letters are texts to landlord, councillor and MP.
func (e Edition) letters(w Words) []Letter {
	if e.Ask == nil || e.Quiet() {
		return nil
	}
	var all []Letter
	for _, to := range []string{"landlord", "councillor", "mp"} {
		all = append(all, Letter{To: w.Say("forward." + to), Subject: w.Say("forward.subject", "period", e.when(w)),
			Text: strings.Join(strings.Fields(w.Say("forward."+to+".text", "period", e.when(w), "summary", e.summary(w), "link", e.Page(), "question", "“"+w.Question(e.Ask.ID, e.Ask.Check)+"”")), " ")}) // without pages there is no link
	}
	return all
}

func (f *Foot) tell(w Words) *TellingFoot {
	t := &TellingFoot{Foot: *f, Preferences: w.Say("foot.preferences"), End: w.Say("foot.end"), Lines: []string{w.Say("foot.asked")}}
	if f.Listed {
		t.Lines[0] = w.Say("foot.listed")
	}
	if f.Again {
		t.Lines = append(t.Lines, w.Say("foot.again"))
	}
	t.Lines = append(t.Lines, w.Say("foot.nocount"))
	return t
}

// shortDay leaves out the year where the other day has it too.
func (w Words) shortDay(t, beside time.Time) string {
	if t.Year() != beside.Year() {
		return w.Day(t)
	}
	return fmt.Sprintf("%d %s", t.Day(), w.month(t))
}
