package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// Comments asks whether the public may comment on what the organisation publishes.
func Comments() crawler.Check {
	return crawler.Check{
		ID:    "comments",
		Title: "May visitors comment on posts?",
		Why:   "A landlord that publishes news where nobody can answer has a notice board, not a conversation.",
		Basis: "practice",
		Rule: "Open where the page shows a comment system's own form. Restricted where the system asks to sign in first. " +
			"Closed where the system itself says so in its own place, or where the site's interface says closed and page and feed do not contradict. " +
			"Words in an article, in scripts, in hidden blocks or about other posts are no evidence. Systems held by another site are unknown.",
		Version: 1,
		Door:    true,
		On:      []audit.Platform{audit.Web},
		Words:   []string{"news", "blog", "latest", "stories", "press", "newyddion"},
		Look:    lookComments,
		Fold:    foldComments,
	}
}

// A system is one comment system: how it is told on a page. One file per family, one line in the table.
type system struct {
	name string
	see  func(*crawler.Page) []crawler.Look
}

// systems are tried all; what a system prints itself goes before what an unknown form looks like.
var systems = []system{
	{"wordpress", seeWordPress},
	{"drupal", seeDrupal},
	{"blogger", seeBlogger},
	{"", seeForums},
	{"", seeNamed},
	{"", seeEmbeds},
}

// lookComments weighs what the systems show. A visible form beside a visible "closed" is a contradiction, and unknown.
func lookComments(p *crawler.Page) crawler.Look {
	var looks []crawler.Look
	for _, s := range systems {
		for _, l := range s.see(p) {
			if l.System == "" {
				l.System = s.name
			}
			looks = append(looks, l)
		}
	}
	if len(looks) == 0 || !decided(looks) {
		looks = append(looks, seeCustom(p)...)
	}
	l := weigh(looks)
	if l.State == audit.Unknown || l.State == audit.Closed {
		l = weighFacts(p, l)
	}
	if l.State == audit.Unknown && l.Reason == "" {
		l = lookNothing(p)
	}
	l.Count, l.CountClaimed = countComments(p, l.System)
	return l
}

func decided(looks []crawler.Look) bool {
	for _, l := range looks {
		if l.State != audit.Unknown {
			return true
		}
	}
	return false
}

func weigh(looks []crawler.Look) crawler.Look {
	var best crawler.Look
	states := map[audit.State]*crawler.Look{}
	for i := range looks {
		if states[looks[i].State] == nil {
			states[looks[i].State] = &looks[i]
		}
	}
	open, restricted, closed := states[audit.Open], states[audit.Restricted], states[audit.Closed]
	switch {
	case closed != nil && (open != nil || restricted != nil):
		other := open
		if other == nil {
			other = restricted
		}
		return crawler.Look{Reason: audit.ReasonNoMarker, System: other.System}
	case open != nil:
		return *open
	case restricted != nil:
		return *restricted
	case closed != nil:
		return *closed
	}
	if len(looks) > 0 {
		best = looks[0]
	}
	return best
}

// lookNothing is for a page on which no system was seen: absent only where nothing could be hidden.
func lookNothing(p *crawler.Page) crawler.Look {
	if n, s := p.Drawer("comments"); n != nil {
		return crawler.Look{Reason: audit.ReasonNeedsJS, System: s.Name}
	}
	if p.Landmark() == nil {
		return crawler.Look{Reason: audit.ReasonUnrecognised}
	}
	if hint(p) {
		return crawler.Look{Reason: audit.ReasonNoMarker}
	}
	return crawler.Look{State: audit.Absent, Rule: "no-comments", System: "none"}
}

// hint reports whether anything on the page speaks of a comment facility: an id, class, name or data attribute, a
// script's address, a link, or a key of data in a script.
func hint(p *crawler.Page) bool {
	for _, n := range p.Elements() {
		if n.Data == "body" || n.Data == "html" || n.Data == "link" || n.Data == "style" {
			continue
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "id", a.Key == "class", a.Key == "name", a.Key == "src", a.Key == "href", strings.HasPrefix(a.Key, "data-"):
				if isCommentWord(strings.ToLower(a.Val)) || strings.HasPrefix(a.Key, "data-") && isCommentWord(a.Key) {
					return true
				}
			}
		}
		if isCommentWord(n.Data) {
			return true
		}
		if n.Data == "script" && scriptHints(n) {
			return true
		}
	}
	return false
}

// scriptHints reports whether data or code in a script speaks of comments. Remarks of programmers do too: then the page
// proves nothing, which is the safe side.
func scriptHints(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode && isCommentWord(strings.ToLower(c.Data)) {
			return true
		}
	}
	return false
}
