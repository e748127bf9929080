package checks

import (
	"strings"
	"time"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// Minutes asks whether the minutes of a tenant panel or board are on the site.
func Minutes() crawler.Check {
	return crawler.Check{
		ID:    "minutes",
		Title: "Are minutes of a tenants' panel or of the board on the site?",
		Why:   "Minutes show whether what tenants said was heard where it is decided.",
		Basis: onDuty,
		Rule: "Open where a page, not a news item, gives or links minutes of a board, panel, committee or residents' meeting of the last twelve months by their " +
			"date, as a page or a document. Restricted (old) where the newest are older; restricted (partial) where no date stands with them. " +
			"Minutes of other bodies, such as a parish council, are none.",
		Version:   1,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Words: []string{"minutes", "meeting", "board", "panel", "committee", "scrutiny", "governance", "get involved", "involve", "forum", "publications", "publication scheme", "cofnodion",
			"cyfarfod", "bwrdd"},
		Look: lookMinutes,
		Fold: foldDated,
	}
}

var minuteStems = []string{"minutes", "cofnodion"}

// meets are bodies whose minutes are asked for.
var meets = []string{"board", "panel", "committee", "scrutiny", "resident", "tenant", "customer", "forum", "meeting", "bwrdd", "pwyllgor", "tenantiaid", "cyfarfod"}

var otherMeetings = []string{"parish", "town council", "community council", "county council", "full council", "planning"}

func lookMinutes(p *crawler.Page) crawler.Look {
	if p.Answer.At.IsZero() || !speaksOf(p, minuteStems) || toldOnADay(p) || about(p, otherMeetings, nil) != nil {
		return quietUnless(p, minuteStems)
	}
	all := mainStretches(p)
	under := about(p, meets, nil) != nil
	var best dated
	for i, b := range all {
		if b.level > 0 && areMinutes(b.lower) && (under || stemIn(b.lower, meets)) && !stemIn(b.lower, otherMeetings) {
			best.take(b.node, newestDay(b.text, p.Answer.At), b.level > 1 || newestDay(b.text, p.Answer.At).IsZero())
		}
		for _, n := range b.links {
			if isMinutesLink(p, all, i, n, under) {
				best.take(n, minutesLinked(p, all, i, n), false)
			}
		}
	}
	return best.look(p)
}

// dated is the newest of what was found with its day, and something found without one.
type dated struct {
	node, bare *html.Node
	day        time.Time
}

// take keeps an element where it is what is looked for (not skip) and newer.
func (d *dated) take(n *html.Node, day time.Time, skip bool) {
	switch {
	case skip:
	case day.IsZero() && d.bare == nil:
		d.bare = n
	case day.After(d.day):
		d.node, d.day = n, day
	}
}

func (d *dated) look(p *crawler.Page) crawler.Look {
	switch {
	case d.node != nil && !d.day.Before(p.Answer.At.AddDate(-1, 0, -1)):
		return crawler.Look{State: audit.Open, Rule: "dated-minutes", Mark: d.node, Until: d.day.AddDate(1, 0, 1)}
	case d.node != nil && d.bare == nil:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindOld, Rule: "older-minutes", Mark: d.node}
	case d.bare != nil:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "minutes-without-date", Mark: d.bare}
	}
	return quietUnless(p, minuteStems)
}

// areMinutes reports whether a text speaks of the minutes of a meeting, not of a span of time.
func areMinutes(lower string) bool {
	words := dateWords(lower)
	for i, w := range words {
		if w != "minutes" && w != "cofnodion" {
			continue
		}
		before, after := "", ""
		if i > 0 {
			before = words[i-1]
		}
		if i+1 < len(words) {
			after = words[i+1]
		}
		if spans[after] || spans[before] || isNumber(before) && len(before) != 4 {
			continue
		}
		return true
	}
	return false
}

// spans are words beside which minutes are a span of time.
var spans = map[string]bool{
	"few": true, "five": true, "ten": true, "fifteen": true, "twenty": true, "thirty": true, "read": true, "walk": true, "away": true, "ago": true, "from": true, "late": true, "to": true, "just": true, "in": true,
}

// isMinutesLink reports whether a link is to minutes of a meeting of the landlord's: its words say so, or the name of its file
// or the heading above does and it is a document.
func isMinutesLink(p *crawler.Page, all []stretch, i int, n *html.Node, under bool) bool {
	text, section := plain(p.ShortText(n)), ""
	if s := sectionOf(all, i); s != nil {
		section = s.lower
	}
	if href := lowerAttr(n, "href"); !stemIn(text+" "+section+" "+href, minuteStems) { // of the hundreds of links most are none
		return false
	}
	u, ok := p.Resolve(crawler.Attr(n, "href"))
	if !ok || p.Hidden(n) || !p.OwnSite(u) && !isDocument(u.Path) || strings.EqualFold(u.Path, p.URL().Path) {
		return false
	}
	file := crawler.Lower(u.Path[strings.LastIndexByte(u.Path, '/')+1:])
	if stemIn(text+" "+file+" "+section, otherMeetings) || !under && !stemIn(text+" "+file+" "+section, meets) {
		return false
	}
	// A page of many minutes is not minutes: a link to it holds no date and is no document.
	if !isDocument(u.Path) && newestDay(text, p.Answer.At).IsZero() {
		return false
	}
	named := areMinutes(text) || areMinutes(fileMarks.Replace(file))
	return named || isDocument(u.Path) && areMinutes(section) && !newestDay(text, p.Answer.At).IsZero()
}

// minutesLinked gives the day of the meeting: by the link's words, its file's name, or the short line that it stands in.
func minutesLinked(p *crawler.Page, all []stretch, i int, n *html.Node) time.Time {
	at := p.Answer.At
	href := lowerAttr(n, "href")
	day := newestDay(beforeUpload(p.ShortText(n)), at)
	if day.IsZero() {
		day = newestDay(href[strings.LastIndexByte(href, '/')+1:], at)
	}
	if day.IsZero() && len(all[i].text) < 160 {
		day = newestDay(beforeUpload(all[i].lower), at)
	}
	if s := sectionOf(all, i); day.IsZero() && s != nil {
		day = newestDay(s.text, at)
	}
	return day
}

// beforeUpload cuts off where a line goes on with the day on which something was put on the site.
func beforeUpload(text string) string {
	lower := crawler.Lower(text)
	for _, word := range [...]string{"upload", "publish", "added", "updated", "posted", "approved"} {
		if i := strings.Index(lower, word); i >= 0 {
			lower = lower[:i]
		}
	}
	return lower
}
