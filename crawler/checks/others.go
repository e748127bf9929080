package checks

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// ofOthersComments reports whether what speaks of comments speaks of those on other pages: the number beside a teaser,
// which leads there, or a list of the site's newest comments.
func ofOthersComments(p *crawler.Page, n *html.Node) bool {
	for e, up := n, 0; e != nil && e.Data != "body" && up < 8; e, up = e.Parent, up+1 {
		if e.Data == "a" && e != n {
			return teaserLink(p, e) && len(p.ShortText(e)) < maxTeaser
		}
		for _, name := range names(e) {
			if isNewest(name) || name == "recentcomments" {
				return isList(e)
			}
		}
	}
	if n.Data == "a" {
		return commentsOfAnother(p, n)
	}
	return onlyTeaserLinks(p, n) || namesAStory(p, n) || linesMenu(p, n)
}

// linesMenu reports whether an element is a line of the site's menu, named for the section to which it leads.
func linesMenu(p *crawler.Page, n *html.Node) bool {
	if n.Data != "li" {
		return false
	}
	a := inside(n, tag("a"))
	return a != nil && isList(n) && p.ShortText(a) == p.ShortText(n) && furniture(n) && isSection(a, lowerAttr(a, "href"))
}

// shopReviews name the place where shop software keeps customers' reviews, which it lists as comments.
var shopReviews = []string{"woocommerce-reviews", "review_form_wrapper", "tab-reviews"}

// ofReview reports whether an element is part of a shop's list of reviews, or a part of one review that speaks of a reply and not of
// comments: that is the seller's.
func ofReview(p *crawler.Page, n *html.Node) bool {
	comments := swallows(n) || labels[n.Data] && saysComment(p.ShortText(n)) || slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return isCommentWord(a.Key) || isCommentWord(crawler.Lower(a.Val)) })
	for e := n; e != nil && e.Data != "body" && e.Data != "main" && e.Data != "article"; e = e.Parent {
		for _, name := range names(e) {
			if slices.Contains(shopReviews, name) || !comments && strings.HasPrefix(name, "review-") {
				return true
			}
		}
	}
	return false
}

// maxTeaser is how much is said in a teaser's number of comments, or in a teaser that is a link as a whole.
const maxTeaser = 300

func writes(n *html.Node) bool {
	switch n.Data {
	case "textarea", "form", "iframe", "script", "input", "template":
		return true
	}
	return strings.Contains(n.Data, "-")
}

// maxParts is how many elements a teaser's number, or a list of newest comments, is made of. What has more is not looked
// through: it may be anything.
const maxParts = 300

// isList reports whether an element holds nothing to write in and no page's own heading.
func isList(n *html.Node) bool {
	parts := 0
	for c := range n.Descendants() {
		if c.Type != html.ElementNode {
			continue
		}
		if parts++; parts > maxParts || c.Data == "h1" || writes(c) {
			return false
		}
	}
	return true
}

// onlyTeaserLinks reports whether an element holds a word or two and links, all of which lead to the comments of other
// pages.
func onlyTeaserLinks(p *crawler.Page, n *html.Node) bool {
	parts, links := 0, 0
	for c := range n.Descendants() {
		if c.Type != html.ElementNode {
			continue
		}
		if parts++; parts > maxParts/10 || writes(c) || c.Data == "a" && !commentsOfAnother(p, c) {
			return false
		}
		if c.Data == "a" {
			links++
		}
	}
	return links > 0 && len(p.ShortText(n)) < maxTeaser
}

// commentsOfAnother reports whether a link leads to the place for comments on another page of the site, or to a feed.
func commentsOfAnother(p *crawler.Page, a *html.Node) bool {
	u, ok := p.Resolve(crawler.Attr(a, "href"))
	if !ok {
		return false
	}
	feed := strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/comments/feed")
	return (u.Fragment != "" || feed) && anotherPage(p, u)
}

func teaserLink(p *crawler.Page, a *html.Node) bool {
	u, ok := p.Resolve(crawler.Attr(a, "href"))
	return ok && anotherPage(p, u)
}

// leadsToLetter reports whether a link leads to a box of a letter on this very page, which may be named for comments.
func leadsToLetter(p *crawler.Page, a *html.Node) bool {
	u, ok := p.Resolve(crawler.Attr(a, "href"))
	if !ok || u.Fragment == "" || u.Path != p.URL().Path {
		return false
	}
	box := p.ID(u.Fragment)
	return box != nil && inLetter(p, box)
}

// anotherPage reports whether an address is surely another page's than this one's and that of its comments, which may
// have an address of their own that holds this one's name or number.
func anotherPage(p *crawler.Page, u *url.URL) bool {
	if !p.OwnSite(u) {
		return false
	}
	for _, own := range [...]string{p.URL().Path, crawler.Memo(p, "canonical path", canonicalPath)} {
		last := own[strings.LastIndexByte(strings.TrimRight(own, "/"), '/')+1:]
		last = strings.TrimSuffix(strings.TrimRight(last, "/"), ".html")
		if own == u.Path || last != "" && strings.Contains(u.Path, last) {
			return false
		}
	}
	for _, values := range p.URL().Query() {
		for _, v := range values {
			if v != "" && strings.Contains(u.RawQuery, v) {
				return false
			}
		}
	}
	return p.URL().Host != savedHost
}

// savedHost stands for the address of a saved page that nobody knows: then no link surely leads to another page.
const savedHost = "saved.invalid"

var inviteSigns = crawler.NewSigns().WithPhrases(inviting.list)

// invites reports whether the page asks its readers to say something here: with words that are not, each time they stand
// there, those of a link to another page.
func invites(p *crawler.Page) bool {
	if !inviting.on(p) {
		return false
	}
	asks := inviting
	if aboutGoods(p) {
		asks = invitingTalk
	}
	led := 0
	for _, a := range p.Tag("a") {
		text := p.ShortText(a)
		if len(text) > maxTeaser || !inviteSigns.In(text) {
			continue
		}
		if n := asks.times(crawler.Lower(text)); n > 0 && !p.Hidden(a) && teaserLink(p, a) {
			led += n
		}
	}
	return led < p.SaysTimes(textSigns, asks.list)
}
