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
		leadsToTalk(p) || asksForOpinions(p) || editable(p)
}

// opinions are the words with which a form asks what its reader thinks: they stand over a place to talk as well as over a letter.
var opinions = newPhrases(
	"have your say", "your view", "your opinion", "your thoughts", "what do you think", "what you think", "join in", "add your voice",
	"dweud eich dweud", "dweud dy ddweud", "eich barn", "dy farn", "ydych chi'n feddwl", "ydych chi’n feddwl",
	"ihre meinung", "deine meinung", "eure meinung", "was denken sie", "was denkst du", "was meinen sie", "was meinst du", "mitreden", "mitdiskutieren",
	"votre avis", "ton avis", "votre opinion", "qu'en pensez-vous", "qu’en pensez-vous", "exprimez-vous", "réagir", "réagissez",
	"tu opinión", "su opinión", "vuestra opinión", "qué opina", "qué piensa", "participa en",
)

// asksForOpinions reports whether a field of a page is labelled as one for what its reader thinks, whatever its form is named and
// wherever it leads, or a heading of a page with a box. A form that is named for letters, or a search, is left out.
func asksForOpinions(p *crawler.Page) bool {
	asks := func(n *html.Node, said string) bool {
		return len(said) < maxPlaceholder && opinions.in(crawler.Lower(said)) != "" && !p.Hidden(n) && !inLetter(p, n)
	}
	for _, name := range [...]string{"textarea", "input"} {
		for _, n := range p.Tag(name) {
			if asks(n, crawler.Attr(n, "placeholder")) || asks(n, crawler.Attr(n, "aria-label")) || name == "input" && lowerAttr(n, "type") == "submit" && asks(n, crawler.Attr(n, "value")) {
				return true
			}
		}
	}
	if !opinions.on(p) {
		return false
	}
	boxed := slices.ContainsFunc(p.Tag("textarea"), func(n *html.Node) bool { return !p.Hidden(n) && !inLetter(p, n) })
	for _, name := range [...]string{"label", "legend", "button", "h2", "h3", "h4"} {
		for _, n := range p.Tag(name) {
			if (boxed || name[0] != 'h') && asks(n, p.ShortText(n)) {
				return true
			}
		}
	}
	return false
}

// inLetter reports whether an element lies in a form that is named as a letter, a search or the like.
func inLetter(p *crawler.Page, n *html.Node) bool {
	for e := n.Parent; e != nil; e = e.Parent {
		if e.Data == "form" {
			return letterForm(p, e)
		}
	}
	return false
}

// editableMarks stand in every page with an element that is written in without being a form's.
var editableMarks = []string{"contenteditable", `role="textbox"`, `role='textbox'`, "role=textbox"}

// editable reports whether an element other than a field is there to be written in: one that says much already is a text that was
// copied out of an editor with its marks.
func editable(p *crawler.Page) bool {
	return speaksOf(p, editableMarks) && slices.ContainsFunc(p.Elements(), func(n *html.Node) bool {
		edits := hasAttr(n, "contenteditable") && lowerAttr(n, "contenteditable") != "false" || lowerAttr(n, "role") == "textbox"
		return edits && n.Data != "input" && n.Data != "textarea" && len(p.ShortText(n)) < maxPlaceholder && maySpeakHere(p, n)
	})
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
	if len(head) > maxHead || !strings.ContainsAny(head, "0123456789") {
		return false // as most
	}
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
// to an adviser, and "Comment" to a newspaper's opinions, unless the address speaks of discussing.
func leadsToTalk(p *crawler.Page) bool {
	return p.Sign(bodySigns, "discuss") != "" && slices.ContainsFunc(links(p), func(l link) bool {
		text := ownText(l.n)
		if len(text) >= maxHead || p.Hidden(l.n) {
			return false
		}
		said := strings.Trim(crawler.Lower(text), " .!?:()0123456789»›→>[]|")
		return talkLinks.is[said] || commentLinks[said] && strings.Contains(lowerAttr(l.n, "href"), "discuss")
	})
}

var commentLinks = map[string]bool{"comment": true, "comments": true, "kommentieren": true, "commenter": true, "comentar": true, "sylw": true}

var talkLinks = newPhrases(
	"discuss", "discuss this", "discuss it", "discuss here", "discuss this post", "discuss this article", "discuss this story", "discuss this page", "discuss on our forum",
	"discuss on our forums", "discuss in our forum", "discuss in our forums", "discuss in the forum", "discuss on the forum", "discuss this in the forum", "discuss on reddit", "discuss on twitter",
	"discuss on hacker news", "discuss on github", "discuss on discord", "discuss on facebook", "view discussion", "go to discussion", "discussion", "discussions",
)
