package crawler

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
)

// commentHolders are the types of schema.org whose "comment" is what others said of the page. A Product or a Review is
// none: there a comment answers a review.
var commentHolders = []string{
	"Article", "NewsArticle", "OpinionNewsArticle", "ReportageNewsArticle", "AnalysisNewsArticle", "AdvertiserContentArticle", "TechArticle",
	"ScholarlyArticle", "Report", "BlogPosting", "LiveBlogPosting", "SocialMediaPosting", "DiscussionForumPosting", "CreativeWork", "Recipe",
	"WebPage", "ItemPage", "QAPage", "Question",
}

// toldData is one thing on a page of whose comments the page's data in JSON-LD tells.
type toldData struct {
	address  string // as the data states it; "" where it does not
	comments []dataComment
}

// A dataComment is one comment of such data, its answers behind it.
type dataComment struct {
	value map[string]any
	under int // place of the comment it answers, -1 of none
}

// dataComments gives the comments that the page's data in JSON-LD lists under the page itself. Data of several posts, or
// of another page, says nothing of this one.
func (p *Page) dataComments(l listing) []PageComment {
	told := Memo(p, "comment data", readCommentData)
	if len(told) != 1 || !p.isOfPage(told[0].address) {
		return nil
	}
	return p.fromData(told[0].comments, l)
}

// TellsComments reports whether the page's data in JSON-LD lists comments under the page itself.
func (p *Page) TellsComments() bool { return len(p.dataComments(listingOf("custom"))) > 0 }

func readCommentData(p *Page) (all []toldData) {
	for _, n := range p.Tag("script") {
		text := n.FirstChild
		if text == nil || !strings.Contains(Lower(Attr(n, "type")), "ld+json") ||
			!strings.Contains(text.Data, `"comment"`) && !strings.Contains(text.Data, `Answer"`) || SoundJSON([]byte(text.Data)) != nil {
			continue
		}
		var value any
		if json.Unmarshal([]byte(text.Data), &value) == nil {
			gatherComments(value, false, &all)
		}
	}
	return all
}

// gatherComments looks for what holds comments in a value. questions says that the value lies in a page of questions and
// answers: elsewhere a Question is one of a list of them which the organisation answers itself.
func gatherComments(value any, questions bool, all *[]toldData) {
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			gatherComments(one, questions, all)
		}
	case map[string]any:
		questions = questions || isData(v, "QAPage")
		if list := commentsUnder(v, questions); len(list) > 0 {
			*all = append(*all, toldData{dataAddress(v), list})
			return
		}
		for _, key := range [...]string{"@graph", "mainEntity", "mainEntityOfPage", "hasPart", "itemListElement", "item", "blogPost"} {
			gatherComments(v[key], questions, all)
		}
	}
}

// commentsUnder lists what was said under a thing, each before its answers.
func commentsUnder(v map[string]any, questions bool) (list []dataComment) {
	if !isData(v, commentHolders...) || isData(v, "Question") && !questions {
		return nil
	}
	keys := []string{"comment"}
	if isData(v, "Question") {
		keys = []string{"acceptedAnswer", "suggestedAnswer", "comment"}
	}
	var add func(v map[string]any, keys []string, under int)
	add = func(v map[string]any, keys []string, under int) {
		for _, key := range keys {
			for _, one := range manyOf(v[key]) {
				if c, ok := one.(map[string]any); ok && isData(c, "Comment", "UserComments", "Answer") {
					list = append(list, dataComment{c, under})
					add(c, []string{"comment"}, len(list)-1)
				}
			}
		}
	}
	add(v, keys, -1)
	return list
}

func isData(v map[string]any, types ...string) bool {
	return slices.ContainsFunc(manyOf(v["@type"]), func(t any) bool {
		name, _ := t.(string)
		return slices.Contains(types, name[strings.LastIndexAny(name, "/:")+1:])
	})
}

func manyOf(value any) []any {
	if list, ok := value.([]any); ok {
		return list
	}
	return []any{value}
}

// dataString gives the first of a value's members that is words, or the name or id of what it is.
func dataString(v map[string]any, keys ...string) string {
	for _, key := range keys {
		for _, one := range manyOf(v[key]) {
			switch said := one.(type) {
			case string:
				if said != "" {
					return said
				}
			case map[string]any:
				if s := dataString(said, "name", "@id"); s != "" {
					return s
				}
			}
		}
	}
	return ""
}

func dataAddress(v map[string]any) string {
	for _, key := range [...]string{"url", "mainEntityOfPage", "@id"} {
		switch said := v[key].(type) {
		case string:
			return said
		case map[string]any:
			return dataAddress(said)
		}
	}
	return ""
}

// isOfPage reports whether an address is the page's own, or none: by its path, without the number of a page of comments,
// for sites write their own name in several ways.
func (p *Page) isOfPage(address string) bool {
	if address == "" {
		return true
	}
	u, ok := p.Resolve(address)
	if !ok {
		return strings.HasPrefix(address, "#") || strings.HasPrefix(address, "_:")
	}
	return samePlace(u, p.URL()) || slices.ContainsFunc(p.Tag("link"), func(l *html.Node) bool {
		own, ok := p.Resolve(Attr(l, "href"))
		return ok && strings.EqualFold(Attr(l, "rel"), "canonical") && SameSite(own, p.URL()) && samePlace(u, own)
	})
}

func samePlace(a, b *url.URL) bool {
	bare := func(u *url.URL) string { return strings.TrimRight(u.Path, "/") }
	return bare(a) == bare(b) && (a.RawQuery == b.RawQuery || bare(a) != "")
}

// fromData makes comments of data. One is told by the number in its address, as the markup would have it, else by its words.
func (p *Page) fromData(list []dataComment, l listing) (all []PageComment) {
	ids, said, taken := make([]string, len(list)), map[string]int{}, map[string]bool{}
	for i, d := range list {
		c := PageComment{Author: dataString(d.value, "author", "creator"), Text: plainText(dataString(d.value, "text", "commentText", "articleBody", "description"))}
		if c.Text == "" {
			continue
		}
		c.When = ReadWhen(dataString(d.value, "datePublished", "dateCreated", "commentTime", "uploadDate"), p.Answer.At, p.dayFirst())
		c.ID, c.Anchor = l.inAddress(p, dataString(d.value, "@id", "url"), dataString(d.value, "url"))
		if c.Native = c.ID != ""; !c.Native {
			c.ID, c.Anchor = audit.Hash("comment", c.Text, strconv.Itoa(said[c.Text])), ""
			said[c.Text]++
		}
		if taken[c.ID] {
			continue
		}
		ids[i], taken[c.ID] = c.ID, true
		if d.under >= 0 {
			c.Parent = ids[d.under]
		}
		all = append(all, c)
	}
	return all
}

// inAddress gives the key that the fragment of one of the addresses names, and that fragment; only addresses of the page
// itself count.
func (l listing) inAddress(p *Page, addresses ...string) (key, anchor string) {
	for _, address := range addresses {
		at, fragment, ok := strings.Cut(address, "#")
		if !ok || !p.isOfPage(at) {
			continue
		}
		if _, key = l.keyIn(fragment, false); key != "" {
			return key, fragment
		}
	}
	return "", ""
}

// plainText is a comment's words where data holds them, which may be written as markup.
func plainText(s string) string {
	if !strings.ContainsAny(s, "<&") {
		s = html.EscapeString(s)
		s = strings.ReplaceAll(s, "\n", "<br>")
	}
	doc, err := html.Parse(strings.NewReader(s))
	if err != nil {
		return ""
	}
	return commentText([]*html.Node{doc.FirstChild}, elementsIn(doc))
}

// typedComments finds the elements that say by microdata or RDFa that they are comments: visible, with words, and not of
// another page.
func (p *Page) typedComments(l listing) *roots {
	r := newRoots()
	said := map[string]int{}
	for _, n := range p.Typed() {
		if !p.isTyped(n) || p.Hidden(n) {
			continue
		}
		words, address := p.TextOf(n), p.typedAddress(n)
		if words == "" || !p.isOfPage(address) || countsComments(n) {
			continue
		}
		_, key := l.key(n)
		if key == "" {
			key, _ = l.inAddress(p, address)
		}
		if key == "" {
			r.addMade(n, words, said)
			continue
		}
		r.add(n, key)
	}
	return r
}

// countsComments reports whether an element that says that it is a comment holds the number of comments and no words of one.
func countsComments(n *html.Node) bool {
	parts := append([]*html.Node{n}, elementsIn(n)...)
	return property(parts, "commentCount") != nil && property(parts, "text", "commentText") == nil
}

var typeNames = NewSigns("comment", "answer")

func (p *Page) isTyped(n *html.Node) bool {
	for _, a := range n.Attr {
		if a.Key != "itemtype" && a.Key != "typeof" || !typeNames.In(a.Val) {
			continue
		}
		for name := range strings.FieldsSeq(a.Val) {
			switch name[strings.LastIndexAny(name, "/:")+1:] {
			case "Comment", "UserComments", "comment": // some write it small
				return true
			case "Answer":
				return inQuestions(n)
			}
		}
	}
	return false
}

// inQuestions reports whether an element lies in what says that it is a page of questions and answers.
func inQuestions(n *html.Node) bool {
	for e := n.Parent; e != nil; e = e.Parent {
		if strings.HasSuffix(Attr(e, "itemtype"), "/QAPage") || strings.HasSuffix(Attr(e, "typeof"), "QAPage") {
			return true
		}
	}
	return false
}

// typedAddress is the address that such an element gives itself, "" where it gives none.
func (p *Page) typedAddress(n *html.Node) string {
	for _, key := range [...]string{"itemid", "resource", "about"} {
		if v := Attr(n, key); v != "" {
			return v
		}
	}
	for c := range n.Descendants() {
		if c.Type != html.ElementNode || Attr(c, "itemprop") != "url" && Attr(c, "property") != "url" || p.typedAround(c) != n {
			continue
		}
		if v := Attr(c, "href"); v != "" {
			return v
		}
		return Attr(c, "content")
	}
	return ""
}

// typedAround is the nearest element around one that has a type: whose property it is.
func (p *Page) typedAround(n *html.Node) *html.Node {
	for e := n.Parent; e != nil; e = e.Parent {
		if Attr(e, "itemtype") != "" || Attr(e, "typeof") != "" {
			return e
		}
	}
	return nil
}
