package checks

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// isSection reports whether a link leads to a newspaper's section of opinions, which is named "comment": such an address
// names no story. A menu leads to sections of other such names. (What is said to one story has the story's name or number in
// its address.)
func isSection(n *html.Node, address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	at := path.Clean(u.Path) // some systems write /./comment/
	parts := strings.FieldsFunc(at, func(r rune) bool { return r == '/' })
	switch {
	case len(parts) == 0 || strings.ContainsAny(at, "0123456789."):
		return false
	case parts[len(parts)-1] == "comment":
		return len(parts) == 1 || len(parts) == 2 && !strings.ContainsAny(parts[0], "-_")
	case len(parts) == 2 && opinionSections[parts[0]]:
		return isCommentWord(parts[1]) && !strings.ContainsAny(parts[1], "-_")
	case len(parts) > 1 && columns[parts[len(parts)-1]]:
		return furniture(n) && !slices.ContainsFunc(parts, namesStory) && !stemIn(at, readersNames)
	}
	return len(parts) == 1 && (within(n, "nav", "header", "footer") || furniture(n))
}

// columns are the names under which a German newspaper keeps its editors' comments within each of its sections, to which its menu
// leads: /wirtschaft/kommentare. What readers say to a story stands below the story's name, which is made of several words, or below
// one of readersNames.
var columns = map[string]bool{"kommentar": true, "kommentare": true}

func namesStory(part string) bool { return len(nameWords(part)) > 2 }

var readersNames = []string{"leser", "nutzer", "user", "community", "forum", "diskus", "debatte"}

// opinionSections are a newspaper's sections under which its editors' comments stand, not its readers'.
var opinionSections = map[string]bool{"opinion": true, "opinions": true, "meinung": true, "meinungen": true, "opinie": true, "opiniao": true, "opinione": true}

// namesAnother reports whether a link speaks of comments by nothing but the address of another page: what is cited of
// another site, with words that say nothing of a place to talk, or a story of this one whose name holds the word.
func namesAnother(p *crawler.Page, a *html.Node) bool {
	u, ok := p.Resolve(crawler.Attr(a, "href"))
	if !ok {
		return false
	}
	words := p.ShortText(a)
	if p.OwnSite(u) {
		return anotherPage(p, u) && (namedBy(u.Path, crawler.Lower(words)) || u.Fragment == "" && (headlined(p, a, u.Path) || saysEditors(words)))
	}
	return len(strings.Fields(words)) > 1 && !speaksOfTalk(words) && a.Parent != nil && !speaksOfTalk(p.ShortText(a.Parent))
}

// saysEditors reports whether words speak of what editors write and of no comment besides: "Commentary".
func saysEditors(words string) bool {
	lower := crawler.Lower(words)
	return commentSigns.In(lower) && !isCommentWord(lower)
}

// headlined reports whether another link of the page leads where a link leads and bears the story's name: a teaser's headline,
// beside its picture and its "read more".
func headlined(p *crawler.Page, a *html.Node, path string) bool {
	address := lowerAttr(a, "href")
	return slices.ContainsFunc(links(p), func(l link) bool {
		return l.href == address && l.n != a && namedBy(path, crawler.Lower(p.ShortText(l.n)))
	})
}

// namesAStory reports whether all that an element says is a link to another page of the site whose address is made of these
// words: the headline of a story that speaks of comments, or a line of a menu.
func namesAStory(p *crawler.Page, n *html.Node) bool {
	a := inside(n, tag("a"))
	if a == nil || !isList(n) || p.ShortText(a) != p.ShortText(n) {
		return false
	}
	u, ok := p.Resolve(crawler.Attr(a, "href"))
	return ok && u.Fragment == "" && anotherPage(p, u) && namedBy(u.Path, crawler.Lower(p.ShortText(a)))
}

// speaksOfTalk reports whether words may lead to a place to talk. A long text is an article's, in which anything may be said.
func speaksOfTalk(words string) bool {
	return len(words) < maxTeaser && talkSigns.In(words)
}

var talkSigns = crawler.NewSigns("comment", "kommentar", "coment", "discuss", "diskut", "reddit", "thread", "respon", "repl", "react", "talk", "conversation", "forum", "feedback", "debat", "opini", "saying")

// namedBy reports whether a page's address is made of the words of its name, as the addresses of stories are: three of them
// at the least, each of three letters. Some systems put the story's number behind its name: "/lifts-for-elm-court/article_12.html".
// What is said to it stands there, too, and is no story.
func namedBy(path, words string) bool {
	path = strings.TrimRight(path, "/")
	words += " " + umlauts.Replace(words)
	last := path[strings.LastIndexByte(path, '/')+1:]
	if named(last, words) {
		return true
	}
	before := strings.TrimSuffix(path, "/"+last)
	return !isCommentWord(crawler.Lower(last)) && named(before[strings.LastIndexByte(before, '/')+1:], words)
}

// named reports whether a part of an address is made of words.
func named(part, words string) bool {
	found := 0
	for word := range strings.FieldsFuncSeq(part, func(r rune) bool { return strings.ContainsRune("-_.", r) }) {
		if len(word) >= 3 && strings.Contains(words, crawler.Lower(word)) {
			found++
		}
	}
	return found >= 3
}

// placeSystem names the system that a place for comments is named after, where it stands in the page and a script is to fill
// it: "custom" where its name says no more than that, and "" where there is none.
func placeSystem(p *crawler.Page) (system string) {
	own := ownSystem(p)
	custom := own == "custom" && !isBlogger(p)
	if custom && countedByDisqus(p) {
		return "disqus"
	}
	for _, n := range p.Elements() {
		for _, name := range placeNames(n) {
			if !areaSigns.In(name) || stemIn(name, noArea) {
				continue
			}
			for _, named := range areaNames {
				if strings.Contains(name, named.part) {
					return named.system
				}
			}
			if system == "" && custom && isCommentWord(name) && !ofOthersComments(p, n) && !ofReview(p, n) && !holdsReviews(n) {
				system = "custom"
			}
		}
	}
	return system
}

// placeNames are the names of an element that may be a place: its id and classes, and that of an element of a site's own making.
func placeNames(n *html.Node) []string {
	switch n.Data {
	case "div", "section", "aside", "figure":
		return names(n)
	}
	if n.DataAtom == 0 && strings.Contains(n.Data, "-") {
		return append(names(n), n.Data)
	}
	return nil
}

// countedByDisqus reports whether Disqus's script is to fill in how many comments this very page has. Beside teasers it counts
// those of other pages.
func countedByDisqus(p *crawler.Page) bool {
	return slices.ContainsFunc(p.Class("disqus-comment-count"), func(n *html.Node) bool {
		u, ok := p.Resolve(crawler.Attr(n, "data-disqus-url"))
		return ok && p.OwnSite(u) && !anotherPage(p, u) && p.URL().Host != savedHost
	})
}

// areaNames are the parts of names by which sites say whose comments stand in a place.
var areaNames = [...]struct{ part, system string }{
	{"disqus", "disqus"}, {"livefyre", "livefyre"}, {"spot-im", "openweb"}, {"spotim", "openweb"},
	{"fb-comment", "facebook"}, {"fb_comment", "facebook"}, {"fbcomment", "facebook"}, {"facebook-comment", "facebook"}, {"facebookcomment", "facebook"},
	{"gigyacomment", "gigya"}, {"gigya-comment", "gigya"},
}

var areaSigns = crawler.NewSigns(slices.Concat(commentStems, []string{"livefyre", "spot-im", "spotim"})...)

// noArea are stems of the names of what only speaks of comments: their number, a link or a button.
var noArea = []string{"count", "link", "button", "btn", "icon", "share", "recent", "latest", "popular", "most-", "policy", "login", "bubble"}

func holdsReviews(n *html.Node) bool {
	return inside(n, func(e *html.Node) bool { return stemIn(strings.Join(names(e), " "), reviewNames) }) != nil
}

// umlauts spells German words as addresses do.
var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss")

// ofProgram reports whether an element colours the remark of a programmer in a listing of code.
func ofProgram(n *html.Node) bool {
	if n.Data != "span" || !hasName(n, "comment") && !hasName(n, "hljs-comment") {
		return false
	}
	for n = n.Parent; n != nil && n.Data == "span"; {
		n = n.Parent
	}
	return n != nil && (n.Data == "code" || n.Data == "pre")
}

// isRemarks reports whether a table's head stands over a column of remarks: one in which words stand, and no number of
// comments.
func isRemarks(p *crawler.Page, head *html.Node) bool {
	if head.Data != "th" || head.Parent == nil || crawler.Attr(head, "id") != "" {
		return false
	}
	at, worded := 0, false
	for e := head.PrevSibling; e != nil; e = e.PrevSibling {
		if e.Type == html.ElementNode {
			at++
		}
	}
	table := head.Parent
	for table.Data != "table" {
		if table = table.Parent; table == nil {
			return false
		}
	}
	for row := range table.Descendants() {
		if row.Data != "tr" || row == head.Parent {
			continue
		}
		cell := childAt(row, at)
		if cell == nil {
			continue
		}
		text := p.ShortText(cell)
		if text != "" && strings.ContainsAny(text[:1], "0123456789") || !isList(cell) || inside(cell, tag("a")) != nil {
			return false
		}
		worded = worded || strings.Contains(text, " ")
	}
	return worded
}

// childAt gives the element in one place among an element's children, nil where there are fewer.
func childAt(n *html.Node, at int) *html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		if at == 0 {
			return c
		}
		at--
	}
	return nil
}

// unprinted reports whether an element is what a system leaves of its comments where there is nothing to print. WordPress's
// themes print an empty area, and load a script that moves a form which is there and draws none; Blogger, where comments
// are hidden, prints an area with an anchor in it, a link without words, and its settings; Chorus leaves the column beside the area,
// which has an id of its own.
func unprinted(p *crawler.Page, n *html.Node) bool {
	wordpress, blogger := isWordPress(p), isBlogger(p)
	if n.Data == "script" {
		return wordpress && loadsCommentReply(n) ||
			blogger && n.FirstChild != nil && strings.Contains(n.FirstChild.Data, "_WidgetManager._")
	}
	if blogger && ofBacklinks(n) {
		return true
	}
	if hasName(n, "comments-sidebar") && hasName(n, "l-col__sidebar") {
		return blank(n)
	}
	place := hasName(n, "comments") || hasName(n, "post-comment-link") || wordpress && hasName(n, "comment-count") || n.Data == "a" && crawler.Attr(n, "name") == "comments" ||
		wordpress && slices.ContainsFunc(names(n), func(name string) bool { return themesAreas[name] })
	return (wordpress || blogger) && place && blank(n) || wordpress && countsNone(p, n)
}

// countsNone reports whether an element says that there are 0 comments and no more, and leads nowhere: WordPress's themes print that
// of every post, also of those on which nobody may comment. A link to the post's own form leads nowhere where no form is printed:
// WordPress gives every form the id to which such a link leads. A sign in that link is a part of it.
func countsNone(p *crawler.Page, n *html.Node) bool {
	switch n.Data {
	case "span", "div", "li", "p", "i", "a":
	default:
		return false
	}
	link := inside(n, tag("a"))
	for e := n; e != nil && link == nil; e = e.Parent {
		if e.Data == "a" {
			link, n = e, e
		}
	}
	said := strings.Fields(crawler.Lower(p.ShortText(n)))
	if len(said) == 0 || said[0] != "0" || len(said) > 2 || len(said) == 2 && !isCommentWord(said[1]) || !isList(n) {
		return false
	}
	if link == nil {
		return len(said) == 2
	}
	return p.ShortText(link) == p.ShortText(n) && leadsToNoForm(p, link)
}

// leadsToNoForm reports whether a link leads to the form for comments below this very page, which has none.
func leadsToNoForm(p *crawler.Page, a *html.Node) bool {
	u, ok := p.Resolve(crawler.Attr(a, "href"))
	return ok && u.Fragment == "respond" && p.OwnSite(u) && u.Path == p.URL().Path && u.RawQuery == p.URL().RawQuery && p.ID("respond") == nil
}

// loadsCommentReply reports whether a script is the one by which WordPress moves its form, wherever a plugin that loads scripts
// later has put its address.
func loadsCommentReply(n *html.Node) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool {
		return a.Key == "id" && a.Val == "comment-reply-js" || strings.Contains(crawler.Lower(a.Val), "/wp-includes/js/comment-reply")
	})
}

// themesAreas are the names that themes give to the place where WordPress prints comments and their form, beside "comments"; the last
// is Jetpack's in its gallery, which is empty where pictures take none.
var themesAreas = map[string]bool{"comments-area": true, "comments-content": true, "comments-wrapper": true, "comments-container": true, "comments-section": true, "comments-wrap": true, "jp-carousel-comments-wrapper": true}

// ofBacklinks reports whether an element is part of Blogger's list of links to a post, which stands in the area of comments
// and bears its names, or is that area with nothing but this list in it.
func ofBacklinks(n *html.Node) bool {
	list := func(e *html.Node) bool { return strings.HasSuffix(crawler.Attr(e, "id"), "backlinks-container") }
	for e := n; e != nil; e = e.Parent {
		if list(e) {
			return true
		}
	}
	return hasName(n, "comments") && inside(n, list) != nil && !saysBeside(n, list)
}

// saysBeside reports whether words, or anything but blocks and anchors, stand in an element outside the parts that are meant.
func saysBeside(n *html.Node, part func(*html.Node) bool) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode && strings.TrimSpace(c.Data) != "" {
			return true
		}
		if c.Type == html.ElementNode && !part(c) && (c.Data != "div" && c.Data != "a" || saysBeside(c, part)) {
			return true
		}
	}
	return false
}

// blank reports whether an element holds neither words nor anything but anchors, and blocks after which a theme begins a new line.
func blank(n *html.Node) bool {
	for c := range n.Descendants() {
		if c.Type == html.TextNode && strings.TrimSpace(c.Data) != "" || c.Type == html.ElementNode && c.Data != "a" && !clears(c) {
			return false
		}
	}
	return true
}

func clears(n *html.Node) bool {
	class := lowerAttr(n, "class")
	return n.Data == "div" && len(n.Attr) == 1 && (class == "clear" || class == "clearfix")
}
