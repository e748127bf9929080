package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// seeCustom reads systems nobody has named: a form in a comment area, a sentence that asks to sign in, a sentence that
// says closed. Each counts only in an element that the site itself names as its place for comments.
func seeCustom(p *crawler.Page) []crawler.Look {
	var looks []crawler.Look
	if f := commentForm(p); f != nil {
		looks = append(looks, crawler.Look{State: audit.Open, Rule: "comment-form", Mark: f, System: "custom"})
	}
	if n := askToLogin(p); n != nil && len(looks) == 0 {
		looks = append(looks, crawler.Look{State: audit.Restricted, Kind: audit.KindLogin, Rule: "log-in-to-comment", Mark: n, System: "custom"})
	}
	switch n, several := closedSentence(p); {
	case several && len(looks) > 0 && looks[0].State == audit.Restricted:
		return []crawler.Look{{Reason: audit.ReasonNoMarker, System: "custom"}}
	case n != nil:
		looks = append(looks, crawler.Look{State: audit.Closed, Rule: "closed-sentence", Mark: n, System: "custom"})
	}
	return looks
}

// commentForm gives a visible form with a box to write in that the site calls a comment form, or that stands in its
// comment area, and that is no contact, review, search or sign-in form.
func commentForm(p *crawler.Page) *html.Node {
	for _, f := range p.Tag("form") {
		if p.Hidden(f) || inTemplate(f) || inside(f, tag("textarea")) == nil || otherForm(p, f) {
			continue
		}
		own := isCommentWord(strings.Join(names(f), " ")) || isCommentWord(lowerAttr(f, "name")) || isCommentWord(lowerAttr(f, "action"))
		if own || area(f) != nil {
			return f
		}
	}
	return nil
}

// otherWords are stems of forms that are not for comments.
var otherWords = []string{
	"contact", "kontakt", "contatt", "wpcf7", "gform", "wpforms", "hs-form", "enquir", "inquir", "newsletter", "subscribe", "search", "login", "signin",
	"register", "signup", "review", "rating", "feedback", "report", "complain", "quote", "booking", "checkout", "survey", "poll", "mailto", "abuse",
}

func otherForm(p *crawler.Page, f *html.Node) bool {
	said := strings.Join(names(f), " ") + " " + lowerAttr(f, "name") + " " + lowerAttr(f, "action")
	for _, w := range otherWords {
		if strings.Contains(said, w) {
			return true
		}
	}
	for _, w := range [...]string{"contact", "kontakt", "enquir"} {
		if strings.Contains(strings.ToLower(p.Title()), w) || strings.Contains(strings.ToLower(p.URL().Path), w) {
			return true
		}
	}
	return inside(f, func(n *html.Node) bool {
		return n.Data == "input" && (lowerAttr(n, "type") == "password" || lowerAttr(n, "type") == "tel" || lowerAttr(n, "type") == "radio")
	}) != nil
}

// askToLogin gives the element that asks to sign in first in order to comment.
func askToLogin(p *crawler.Page) *html.Node {
	for _, f := range p.Tag("form") { // the site's own comment form that sends to its log-in
		if isCommentWord(strings.Join(names(f), " ")) && strings.Contains(lowerAttr(f, "action"), "login") && !p.Hidden(f) {
			return f
		}
	}
	if loginPhrases.in(p.LowerText()) == "" {
		return nil
	}
	for _, n := range p.Elements() {
		switch n.Data {
		case "a", "p", "span", "div", "button", "li", "strong", "h2", "h3", "h4", "em", "b":
		default:
			continue
		}
		text := ownText(n)
		if text == "" || len(text) > 240 || says(text, loginPhrases) == "" || p.Hidden(n) {
			continue
		}
		if area(n) != nil || isCommentWord(strings.ToLower(text)) && leadsToLogin(n) {
			return n
		}
	}
	return nil
}

// leadsToLogin reports whether the element is, or holds, a link or button: an article's prose seldom does.
func leadsToLogin(n *html.Node) bool {
	link := func(c *html.Node) bool { return c.Data == "a" || c.Data == "button" }
	return link(n) || inside(n, link) != nil
}

// closedSentence gives the element of a comment area whose whole words are that comments are closed. Several of them
// belong to a list of posts, or are messages of which a script shows one: then none counts.
func closedSentence(p *crawler.Page) (found *html.Node, several bool) {
	if closedPhrases.in(p.LowerText()) == "" {
		return nil, false
	}
	for _, n := range p.Elements() {
		switch n.Data {
		case "p", "span", "div", "li", "strong", "h2", "h3", "h4", "em", "b", "td":
		default:
			continue
		}
		text := ownText(n)
		if text == "" || len(text) > 160 || says(text, closedPhrases) == "" || p.Hidden(n) || area(n) == nil {
			continue
		}
		if found != nil && !holds(found, n) && !holds(n, found) {
			return nil, true
		}
		found = n
	}
	return found, false
}
