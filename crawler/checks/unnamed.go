package checks

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// Some places to talk bear no name that is known. None of these signs shows that one may write there; with one of them on a
// page none is proved absent either.

// mayBeUnnamed reports whether a page holds a box to write in that belongs to no letter, a heading that counts what was said,
// or a link to where the page is discussed.
func mayBeUnnamed(p *crawler.Page) bool {
	return slices.ContainsFunc(p.Tag("textarea"), func(n *html.Node) bool { return maySpeakHere(p, n) }) ||
		slices.ContainsFunc(slices.Concat(p.Tag("h2"), p.Tag("h3"), p.Tag("h4")), func(n *html.Node) bool { return countsTalk(p.ShortText(n)) && !p.Hidden(n) }) ||
		leadsToTalk(p)
}

// maySpeakHere reports whether a box to write in may be one for all to read. The box of a letter is named for it, or lies in
// a form that is; one that cannot be written in holds something to copy.
func maySpeakHere(p *crawler.Page, box *html.Node) bool {
	said := lowerAttr(box, "name") + " " + strings.Join(names(box), " ") + " " + lowerAttr(box, "placeholder") + " " + labelFor(p, box)
	if p.Hidden(box) || hasAttr(box, "readonly") || hasAttr(box, "disabled") || letterSigns.In(said) {
		return false
	}
	for e := box.Parent; e != nil; e = e.Parent {
		if e.Data == "form" {
			return !p.Hidden(e) && !otherForm(p, e)
		}
	}
	return true
}

// letterSigns are in the names and labels of the boxes of letters, and of what is there to be copied.
var letterSigns = crawler.NewSigns(
	"message", "nachricht", "neges", "enquir", "inquir", "query", "details", "manylion", "describe", "descript", "feedback", "adborth", "suggest", "reason", "address", "improve",
	"complain", "cwyn", "captcha", "copy", "clip", "embed", "search", "note to", "notes for", "anything else", "help you", "help us", "your request", "code",
)

// labelFor gives the words of the label that is made for a field or lies around it.
func labelFor(p *crawler.Page, field *html.Node) string {
	id := crawler.Attr(field, "id")
	for _, l := range p.Tag("label") {
		if id != "" && crawler.Attr(l, "for") == id || holds(l, field) {
			return p.ShortText(l)
		}
	}
	return ""
}

func hasAttr(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

// countsTalk reports whether a heading is a number and a word for what people say, in either order: "Responses (2)".
func countsTalk(head string) bool {
	words := strings.FieldsFunc(crawler.Lower(head), func(r rune) bool { return strings.ContainsRune(" \t\n\u00a0():", r) })
	if len(words) != 2 {
		return false
	}
	for i, word := range words {
		if _, number := plainNumber(words[1-i]); number && talkWords[word] {
			return true
		}
	}
	return false
}

var talkWords = map[string]bool{
	"response": true, "responses": true, "reply": true, "replies": true, "reaction": true, "reactions": true, "thoughts": true, "remarks": true, "opinions": true, "feedback": true,
	"answers": true, "messages": true, "ymateb": true, "ymatebion": true, "barn": true,
}

// leadsToTalk reports whether a link says no more than that the page is discussed where it leads. "Discuss your options" leads
// to an adviser.
func leadsToTalk(p *crawler.Page) bool {
	return p.Sign(bodySigns, "discuss") != "" && slices.ContainsFunc(links(p), func(l link) bool {
		text := ownText(l.n)
		return len(text) < maxHead && talkLinks.is[strings.Trim(crawler.Lower(text), " .!?:()0123456789»›→>[]|")] && !p.Hidden(l.n)
	})
}

var talkLinks = newPhrases(
	"discuss", "discuss this", "discuss it", "discuss here", "discuss this post", "discuss this article", "discuss this story", "discuss this page", "discuss on our forum",
	"discuss on our forums", "discuss in our forum", "discuss in our forums", "discuss in the forum", "discuss on the forum", "discuss this in the forum", "discuss on reddit", "discuss on twitter",
	"discuss on hacker news", "discuss on github", "discuss on discord", "discuss on facebook", "view discussion", "go to discussion", "discussion", "discussions",
)
