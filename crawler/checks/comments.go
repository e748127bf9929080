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
			"Words in an article, in scripts, in hidden blocks or about other posts are no evidence. Systems held by another site are unknown. " +
			"A site is closed only where two posts are and none is open.",
		Version: 2,
		Door:    true,
		On:      []audit.Platform{audit.Web, audit.Facebook},
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
	if onFacebook(p) {
		return crawler.Look{Reason: audit.ReasonNoMarker, System: "facebook_page"}
	}
	var looks []crawler.Look
	for _, s := range systems {
		for _, l := range s.see(p) {
			if l.System == "" {
				l.System = s.name
			}
			looks = append(looks, l)
		}
	}
	switch {
	case !decided(looks):
		looks = append(looks, seeCustom(p)...)
	case weigh(looks).State == audit.Closed:
		if f := commentForm(p); f != nil { // a form of another kind contradicts
			looks = append(looks, crawler.Look{State: audit.Open, Rule: "comment-form", Mark: f, System: ownSystem(p)})
		}
	}
	l := weigh(looks)
	if n, s := p.Drawer("comments"); n != nil && l.State == audit.Closed && s.Name != "wordpress" {
		l = crawler.Look{Reason: audit.ReasonNeedsJS, System: s.Name} // off in the page, perhaps on in what a script draws
	}
	l = weighFacts(p, l)
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

// weigh takes open before restricted before closed, and none of them where they contradict each other, or where a
// system held by others stands beside a "closed" of the site's own.
func weigh(looks []crawler.Look) crawler.Look {
	by := map[audit.State]*crawler.Look{}
	for i := range looks {
		if by[looks[i].State] == nil {
			by[looks[i].State] = &looks[i]
		}
	}
	open, restricted, closed, unknown := by[audit.Open], by[audit.Restricted], by[audit.Closed], by[audit.Unknown]
	switch {
	case closed != nil && unknown != nil:
		return *unknown
	case closed != nil && open != nil:
		return crawler.Look{Reason: audit.ReasonNoMarker, System: open.System}
	case closed != nil && restricted != nil:
		return crawler.Look{Reason: audit.ReasonNoMarker, System: restricted.System}
	case restricted != nil && unknown != nil && restricted.System == "custom":
		restricted.System = unknown.System // the site's own words before a system of others
	}
	for _, l := range []*crawler.Look{open, restricted, closed, unknown} {
		if l != nil {
			return *l
		}
	}
	return crawler.Look{}
}

// lookNothing is for a page on which no system was seen: absent only where nothing could be hidden. A closed post of
// WordPress or Drupal without comments prints nothing at all, so its page alone proves nothing.
func lookNothing(p *crawler.Page) crawler.Look {
	if n, s := p.Drawer("comments"); n != nil {
		return crawler.Look{Reason: audit.ReasonNeedsJS, System: s.Name}
	}
	if p.Landmark() == nil {
		return crawler.Look{Reason: audit.ReasonUnrecognised}
	}
	if isWordPress(p) && single(p) || isDrupal(p) && node(p) || hint(p) {
		return crawler.Look{Reason: audit.ReasonNoMarker}
	}
	return crawler.Look{State: audit.Absent, Rule: "no-comments", System: "none"}
}

// hint reports whether anything on the page speaks of a place to talk: an id, class, name or data attribute, a script's
// address, a link, a key of data in a script, or words that invite.
func hint(p *crawler.Page) bool {
	if inviting.on(p) || closedPhrases.on(p) {
		return true
	}
	if !speaksOf(p, commentStems) && !speaksOf(p, otherStems) {
		return false
	}
	if commentedOut(p.Root()) {
		return true
	}
	for _, n := range p.Elements() {
		switch n.Data {
		case "body", "html", "link":
			continue
		case "style":
			if scriptHints(n) && strings.Contains(n.FirstChild.Data, "<form") {
				return true // an end tag is missing: markup went into the style sheet
			}
			continue
		}
		if isCommentWord(n.Data) || attrHints(n) || swallows(n) && scriptHints(n) || labels[n.Data] && isCommentWord(strings.ToLower(p.ShortText(n))) {
			return true
		}
	}
	return false
}

// labels are the elements by whose words a page names its parts.
var labels = map[string]bool{
	"h2": true, "h3": true, "h4": true, "h5": true, "button": true, "summary": true, "legend": true, "label": true, "th": true, "dt": true,
}

// swallows reports whether an element's content is text to the parser and not seen: tags in it are no elements.
func swallows(n *html.Node) bool {
	switch n.Data {
	case "script", "noscript", "title", "textarea", "iframe", "noframes", "xmp", "noembed", "plaintext":
		return true
	}
	return false
}

// commentedOut reports whether a part of the page that is taken out by <!-- and --> speaks of comments: some sites keep
// there what a script puts back.
func commentedOut(n *html.Node) bool {
	if n.Type == html.CommentNode && strings.Contains(n.Data, "<") && isCommentWord(strings.ToLower(n.Data)) {
		return true
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if commentedOut(c) {
			return true
		}
	}
	return false
}

func attrHints(n *html.Node) bool {
	for _, a := range n.Attr {
		data := strings.HasPrefix(a.Key, "data-")
		switch {
		case a.Key == "id", a.Key == "class", a.Key == "name", data:
			if mayBeFacility(strings.ToLower(a.Val)) || data && mayBeFacility(a.Key) {
				return true
			}
		case a.Key == "src", a.Key == "href":
			if isCommentWord(strings.ToLower(a.Val)) {
				return true
			}
		}
	}
	return false
}

// scriptHints reports whether data or code in a script, or markup that the parser took for text, speaks of comments. Remarks of programmers do too: then the page
// proves nothing, which is the safe side.
func scriptHints(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode && isCommentWord(strings.ToLower(c.Data)) {
			return true
		}
	}
	return false
}

// onFacebook: what the marks of web sites mean is not what they mean in Facebook's pages, which have no reader yet.
func onFacebook(p *crawler.Page) bool {
	return crawler.Lane(p.URL().Host) == "facebook.com"
}
