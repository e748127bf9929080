package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// isWordPress reports whether the page is made by WordPress, by marks that only it prints.
func isWordPress(p *crawler.Page) bool {
	return speaksOf(p, wordPressMarks) || generator(p, "wordpress") != nil
}

var wordPressMarks = []string{"/wp-content/", "/wp-includes/", "/wp-json", "wp-comments-post.php", "jetpack.wordpress.com/jetpack-comment", "comment_post_id"} // the last is a field of core's form, whose address some sites hide

// seeWordPress reads WordPress's own comment template: core prints the form only while comments_open() holds.
func seeWordPress(p *crawler.Page) (looks []crawler.Look) {
	if !isWordPress(p) {
		return nil
	}
	if n := wpForm(p); n != nil {
		looks = append(looks, crawler.Look{State: audit.Open, Rule: "wp-form", Mark: n})
	} else if n := wpLogin(p); n != nil {
		looks = append(looks, crawler.Look{State: audit.Restricted, Kind: audit.KindLogin, Rule: "wp-must-log-in", Mark: n, System: wpPlugin(p)})
	} else {
		looks = seeJetpack(p)
	}
	if n, rule := wpClosed(p); n != nil {
		if len(looks) == 0 && wpFormLost(p) {
			return []crawler.Look{{Reason: audit.ReasonNoMarker}}
		}
		if len(looks) > 0 && looks[0].State == audit.Open && p.Hidden(looks[0].Mark) {
			looks = looks[:0] // themes that hide the form of a closed post instead of leaving it out
		}
		looks = append(looks, crawler.Look{State: audit.Closed, Rule: rule, Mark: n})
	} else if len(looks) > 0 && looks[0].State == audit.Open && p.Hidden(looks[0].Mark) && wpSaysSomething(p) {
		return []crawler.Look{{Reason: audit.ReasonNoMarker}} // words we do not understand, where "closed" would stand
	}
	return looks
}

// wpPlugin names the plugin that prints the place to talk in core's stead, "" where core does.
func wpPlugin(p *crawler.Page) string {
	if p.ID("wpdcom") != nil {
		return "wpdiscuz"
	}
	return ""
}

// wpFormLost reports whether a form stood here that the parser could not make out: core prints its address and the heading
// over it, "Leave a Reply", only where comments are open.
func wpFormLost(p *crawler.Page) bool {
	return p.ID("reply-title") != nil || p.Sign(bodySigns, "wp-comments-post.php") != "" || strings.Contains(p.LowerText(), "wp-comments-post.php")
}

// wpForm gives the form that sends to wp-comments-post.php, or one of core's id or class that holds a box to write in.
func wpForm(p *crawler.Page) *html.Node {
	var hidden *html.Node
	for _, f := range p.Tag("form") {
		native := strings.Contains(lowerAttr(f, "action")+lowerAttr(f, "action-xhr"), "wp-comments-post.php")
		id := lowerAttr(f, "id")
		named := id == "commentform" || id == "comment-form" || strings.Contains(" "+lowerAttr(f, "class")+" ", " comment-form ")
		native = native || named && inside(f, tag("textarea")) != nil && inside(f, isPostID) != nil
		if !native || inTemplate(f) || isReviewForm(f) {
			continue
		}
		if !p.Hidden(f) {
			return f
		}
		hidden = f
	}
	return hidden
}

// isReviewForm reports whether a shop uses the comment form for reviews of a product.
func isReviewForm(f *html.Node) bool {
	for e := f; e != nil; e = e.Parent {
		if hasName(e, "review_form") || hasName(e, "woocommerce-reviews") || hasName(e, "review_form_wrapper") {
			return true
		}
	}
	return false
}

func inTemplate(n *html.Node) bool { return within(n, "template", "noscript", "script") }

func isPostID(n *html.Node) bool {
	return n.Data == "input" && strings.EqualFold(crawler.Attr(n, "name"), "comment_post_ID")
}

// wpLogin gives core's "you must be logged in to post a comment", by its class or by its link in the comment area.
func wpLogin(p *crawler.Page) *html.Node {
	for _, n := range p.Class("must-log-in") {
		if !p.Hidden(n) {
			return n
		}
	}
	if !speaksOf(p, loginMarks) {
		return nil
	}
	for _, l := range links(p) {
		a := l.n
		if !stemIn(l.href, loginMarks) || p.Hidden(a) {
			continue
		}
		if n := a.Parent; n != nil && says(ownText(n), loginPhrases) != "" && len(ownText(n)) < 200 && area(n) != nil {
			return n
		}
	}
	return nil
}

// loginMarks stand in the addresses of WordPress's own log-in, and of what plugins put in its place.
var loginMarks = []string{"redirect_to", "wp-login.php"}

// wpClosed gives the theme's "comments are closed" in one of the places where themes print it for this very post.
func wpClosed(p *crawler.Page) (*html.Node, string) {
	for _, class := range closedClasses {
		for _, n := range p.Class(class) {
			if !p.Hidden(n) && n.Data != "body" && saysClosed(p.ShortText(n)) && !ofAnother(p, n) {
				return n, "wp-nocomments"
			}
		}
	}
	if n := wpMetaClosed(p); n != nil {
		return n, "wp-meta-closed"
	}
	if n := wpBesideFeed(p); n != nil {
		return n, "wp-beside-feed"
	}
	if n := wpCommentsOff(p); n != nil {
		return n, "wp-comments-off"
	}
	if n := wpData(p); n != nil {
		return n, "wp-data-closed"
	}
	return nil, ""
}

// wpSaysSomething reports whether words stand where themes print that comments are closed.
func wpSaysSomething(p *crawler.Page) bool {
	for _, class := range closedClasses {
		for _, n := range p.Class(class) {
			if !p.Hidden(n) && n.Data != "body" && p.ShortText(n) != "" {
				return true
			}
		}
	}
	return false
}

// closedClasses are the classes that themes give to "comments are closed". Other things bear them too.
var closedClasses = []string{"nocomments", "no-comments", "comments-closed", "comment-closed", "closed-comments", "comments-disabled"}

// wpMetaClosed gives the sentence that the classic themes print below a single post ("Both comments and pings are
// currently closed."), where the page shows one post only.
func wpMetaClosed(p *crawler.Page) *html.Node {
	if !single(p) {
		return nil
	}
	for _, class := range [...]string{"postmetadata", "entry-utility", "post-meta", "postmeta", "meta", "post-info", "postinfo", "entry-meta"} {
		var found *html.Node
		for _, n := range p.Class(class) {
			if p.Hidden(n) || len(p.ShortText(n)) > 900 || says(p.ShortText(n), closedPhrases) == "" || ofAnother(p, n) {
				continue
			}
			if found != nil {
				return nil // a list of posts
			}
			found = n
		}
		if found != nil {
			return closest(p, found)
		}
	}
	return nil
}

// wpBesideFeed gives the sentence where the classic themes print it beside the link to this very post's comment feed,
// whose address is the post's with "feed/" after it.
func wpBesideFeed(p *crawler.Page) *html.Node {
	own := strings.TrimSuffix(canonicalPath(p), "/") + "/feed"
	for _, a := range p.Tag("a") {
		href := strings.TrimSuffix(crawler.Attr(a, "href"), "/")
		if len(own) < 7 || !strings.HasSuffix(href, "/feed") {
			continue
		}
		u, ok := p.Resolve(href)
		if !ok || strings.TrimSuffix(u.Path, "/") != own || p.Hidden(a) || a.Parent == nil {
			continue
		}
		if text := p.ShortText(a.Parent); len(text) < 900 && says(text, closedPhrases) != "" {
			return a.Parent
		}
	}
	return nil
}

// canonicalPath is the path of the page's own address, as the page gives it or as it was asked for.
func canonicalPath(p *crawler.Page) string {
	for _, l := range p.Tag("link") {
		if lowerAttr(l, "rel") == "canonical" {
			if u, ok := p.Resolve(crawler.Attr(l, "href")); ok {
				return u.Path
			}
		}
	}
	return p.URL().Path
}

// closest gives the innermost element that holds the closed sentence.
func closest(p *crawler.Page, n *html.Node) *html.Node {
	for {
		inner := inside(n, func(c *html.Node) bool { return !p.Hidden(c) && says(p.ShortText(c), closedPhrases) != "" })
		if inner == nil {
			return n
		}
		n = inner
	}
}

// single reports whether WordPress says in its body class that this is one post's own page.
func single(p *crawler.Page) bool {
	for _, b := range p.Tag("body") {
		for _, word := range names(b) {
			if word == "single" || word == "single-post" || strings.HasPrefix(word, "postid-") {
				return true
			}
		}
	}
	return false
}

// wpCommentsOff gives core's "Comments Off on TITLE" where the title is this page's own heading: lists of other posts
// carry the same words with other titles.
func wpCommentsOff(p *crawler.Page) *html.Node {
	heads := p.Tag("h1")
	if len(heads) == 0 {
		return nil
	}
	for _, n := range p.Class("screen-reader-text") {
		of := strings.TrimSpace(p.ShortText(n))
		title, ok := cutAny(of, "on ", "für ", "sur ", "en ", "su ", "op ", "ar ")
		if !ok || n.Parent == nil || says(ownText(n.Parent), offWords) == "" || p.Hidden(n) {
			continue
		}
		for _, h := range heads {
			if len(title) > 8 && strings.EqualFold(title, strings.TrimSpace(p.ShortText(h))) {
				return n.Parent
			}
		}
	}
	return nil
}

var offWords = newPhrases("comments off", "kommentare deaktiviert", "commentaires fermés", "comentarios desactivados", "commenti disabilitati", "reacties uitgeschakeld")

func cutAny(s string, prefixes ...string) (string, bool) {
	for _, p := range prefixes {
		if len(s) > len(p) && strings.EqualFold(s[:len(p)], p) {
			return strings.TrimSpace(s[len(p):]), true
		}
	}
	return "", false
}

// wpData gives the comment area of a theme that says in an attribute that comments are off.
func wpData(p *crawler.Page) *html.Node {
	for _, class := range [...]string{"comment-wrap", "comments-section", "comments-area", "comments"} {
		for _, n := range p.Class(class) {
			if crawler.Attr(n, "data-comments-open") == "false" {
				return n
			}
		}
	}
	return nil
}

// weighFacts adds what the site's interface and feed say of the post (the table of WordPress answers): REST closed is
// firm unless page or feed contradict; REST open never opens, and is refuted only by a whole feed item that leaves both
// of its comment elements out while another item of the same feed carries them.
func weighFacts(p *crawler.Page, l crawler.Look) crawler.Look {
	post := p.Answer.Request.Post
	if post == nil || l.State == audit.Closed || post.StatusMark == nil {
		return l
	}
	if post.System != "" {
		return weighTold(p, l, post)
	}
	switch post.CommentStatus {
	case "closed":
		return restClosed(p, l, post)
	case "open":
		return feedFiltered(p, l, post)
	}
	return l
}

func restClosed(p *crawler.Page, l crawler.Look, post *audit.PostFacts) crawler.Look {
	if n, s := p.Drawer("comments"); n != nil && l.State == audit.Unknown && s.Name != "wordpress" {
		return crawler.Look{Reason: audit.ReasonNeedsJS, System: s.Name}
	}
	zero := post.Feed != nil && post.Feed.Slash != nil && *post.Feed.Slash == 0
	switch {
	case foreign(l):
		return l
	case zero || l.State != audit.Unknown || showsWay(p) || drawnElsewhere(p):
		return crawler.Look{Reason: audit.ReasonNoMarker, System: "wordpress"}
	}
	return crawler.Look{State: audit.Closed, Rule: "wp-rest-closed", Facts: post.StatusMark, System: "wordpress"}
}

// showsWay reports whether the page itself, shown or not, holds a way to comment, whatever else it says.
func showsWay(p *crawler.Page) bool {
	return wpForm(p) != nil || commentForm(p) != nil || wpLogin(p) != nil || writableArea(p)
}

// foreign reports whether a system other than WordPress's own stands on the page.
func foreign(l crawler.Look) bool {
	return l.System != "" && l.System != "none" && l.System != "wordpress"
}

func feedFiltered(p *crawler.Page, l crawler.Look, post *audit.PostFacts) crawler.Look {
	if l.State != audit.Unknown || foreign(l) || l.Reason != "" && l.Reason != audit.ReasonNoMarker {
		return l
	}
	f := post.Feed
	left := f != nil && f.Slash == nil && !f.RSS && f.Control && f.Mark != nil
	if !left || showsWay(p) || mayBeDrawn(p) {
		return crawler.Look{Reason: audit.ReasonNoMarker, System: "wordpress"}
	}
	return crawler.Look{
		State: audit.Closed, Rule: "wp-feed-filtered", Facts: f.Mark, Beside: []string{post.StatusMark.Capture}, System: "wordpress",
	}
}

// mayBeDrawn reports whether a script on the page could draw a comment facility: a known one, one whose address or
// words speak of comments, or a template with a form in it.
func mayBeDrawn(p *crawler.Page) bool {
	if n, _ := p.Drawer("comments"); n != nil || drawnElsewhere(p) {
		return true
	}
	for _, n := range p.Tag("script") {
		if isCommentWord(lowerAttr(n, "src")) || scriptHints(n) {
			return true
		}
	}
	for _, n := range p.Tag("template") {
		if inside(n, tag("form")) != nil || inside(n, tag("textarea")) != nil {
			return true
		}
	}
	return false
}

// drawnElsewhere reports whether a frame, an element of a site's own making or a script that is not WordPress's own may
// hold a place to talk which WordPress knows nothing of.
func drawnElsewhere(p *crawler.Page) bool {
	for _, n := range p.Tag("script") {
		src := lowerAttr(n, "src")
		if isCommentWord(src) && !strings.Contains(src, "/wp-includes/") && !strings.Contains(src, "comment-reply") {
			return true
		}
	}
	return framed(p)
}

// framed reports whether a frame or an element of a site's own making is named for a place to talk.
func framed(p *crawler.Page) bool {
	for _, n := range p.Elements() {
		switch {
		case n.Data == "iframe" || n.Data == "amp-iframe" || n.Data == "amp-list" || n.Data == "amp-script":
			if mayBeFacility(lowerAttr(n, "src") + " " + lowerAttr(n, "data-src") + " " + strings.Join(names(n), " ")) {
				return true
			}
		case strings.Contains(n.Data, "-") && mayBeFacility(n.Data):
			return true
		}
	}
	return false
}
