package checks

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// What buyers say of a thing for sale are reviews, whatever its shop names their parts: Shopware calls the form for one
// "publish-comment". On a page that is about such a thing and nothing else they hint at no comments. Below a recipe or a story they
// may be all that its readers can say, and do.

// aboutGoods reports whether a page is about one thing for sale by what it tells those who share it, or search engines, and by neither
// about something that is told.
func aboutGoods(p *crawler.Page) bool {
	return crawler.Memo(p, "goods", func(p *crawler.Page) bool {
		goods, told := false, false
		for _, n := range p.Tag("meta") {
			if lowerAttr(n, "property") == "og:type" {
				kind := lowerAttr(n, "content")
				goods, told = goods || kind == "product" || kind == "product.item" || kind == "og:product", told || kind == "article"
			}
		}
		for _, d := range dataOf(p) {
			goods, told = goods || d.hasType(goodsTypes...), told || d.hasType(toldTypes...)
		}
		return goods && !told && !slices.ContainsFunc(p.Typed(), func(n *html.Node) bool {
			kind := crawler.Attr(n, "itemtype")
			return slices.Contains(toldTypes, kind[strings.LastIndexByte(kind, '/')+1:])
		})
	})
}

// goodsTypes are types of schema.org of a thing for sale, toldTypes those of what is told, asked or cooked.
var (
	goodsTypes = []string{"Product", "ProductGroup", "IndividualProduct"}
	toldTypes  = []string{
		"Article", "NewsArticle", "BlogPosting", "Blog", "LiveBlogPosting", "Report", "TechArticle", "SocialMediaPosting", "Recipe", "HowTo",
		"Question", "QAPage", "DiscussionForumPosting", "Event", "VideoObject",
	}
)

// ofGoodsReviews reports whether an element of a page about goods is a part of their reviews, or leads to them, or is a script that
// speaks of comments where it speaks of reviews.
func ofGoodsReviews(p *crawler.Page, n *html.Node) bool {
	switch {
	case !aboutGoods(p):
		return false
	case swallows(n):
		return n.FirstChild != nil && !speaksBut(n.FirstChild.Data, func(script string, at int) bool { return meansNothing(script, at) || besideReview(script, at) })
	}
	return n.Data == "a" && ofReviews(fragment(n)) || crawler.Memo(p, "reviews of goods", reviewParts)[n]
}

// reviewParts gives the elements that lie in a page's reviews: in a part that is named for them or by their plugin, or in one that is named
// for comments, whose first heading says that it holds reviews. A part with the page's own heading, or one of comments, is none.
func reviewParts(p *crawler.Page) map[*html.Node]bool {
	first, others := headedParts(p)
	parts := map[*html.Node]bool{}
	for _, n := range p.Elements() { // what lies in another comes after it
		if !parts[n.Parent] && (others[n] || n.Data == "main" || n.Data == "article" || n.Data == "body" || n.Data == "html") {
			continue
		}
		if parts[n.Parent] || namedForReviews(p, names(n), first[n]) {
			parts[n] = true
		}
	}
	return parts
}

// headedParts gives the first heading in each element that holds one, and all that hold the page's own heading or one of comments.
func headedParts(p *crawler.Page) (first map[*html.Node]*html.Node, others map[*html.Node]bool) {
	first, others = map[*html.Node]*html.Node{}, map[*html.Node]bool{}
	for _, h := range p.Elements() {
		if !isHeading(h) {
			continue
		}
		for e := h.Parent; e != nil && first[e] == nil; e = e.Parent {
			first[e] = h
		}
		if h.Data != "h1" && !saysComment(p.ShortText(h)) {
			continue
		}
		for e := h; e != nil && !others[e]; e = e.Parent {
			others[e] = true
		}
	}
	return first, others
}

func namedForReviews(p *crawler.Page, names []string, head *html.Node) bool {
	if slices.ContainsFunc(names, ofReviews) || slices.ContainsFunc(names, isReviewPlugins) {
		return true
	}
	return head != nil && slices.ContainsFunc(names, isCommentWord) && ofReviews(crawler.Lower(p.ShortText(head)))
}

func isReviewPlugins(name string) bool {
	for _, plugin := range reviewPlugins {
		if name == plugin.class {
			return true
		}
	}
	return false
}

// invitingTalk are the words by which a page about goods asks for more than a review of them.
var invitingTalk = newPhrases(slices.DeleteFunc(slices.Clone(inviting.list), func(words string) bool { return ofReviews(words) || strings.HasSuffix(words, " rate") })...)

func ofReviews(name string) bool { return stemIn(name, reviewNames) }

// fragment is the name of the place to which a link leads on its page.
func fragment(a *html.Node) string {
	_, name, _ := strings.Cut(lowerAttr(a, "href"), "#")
	return name
}

// besideReview reports whether a script speaks of reviews by the same name and text as the word at a place.
func besideReview(script string, at int) bool {
	before, after := script[max(0, at-maxMessage):at], script[at:min(len(script), at+maxMessage)]
	if end := strings.IndexAny(after, betweenMessages); end >= 0 {
		after = after[:end]
	}
	return ofReviews(before[strings.LastIndexAny(before, betweenMessages)+1:] + after)
}

const (
	// maxMessage is how far from a word the name of a text in a script and the text itself reach.
	maxMessage = 160
	// betweenMessages part such a text from the next.
	betweenMessages = ",;{}\n"
)
