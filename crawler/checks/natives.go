package checks

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// seeDrupal reads Drupal's comment module: its form, its links to a reply page, and its "log in to post comments".
func seeDrupal(p *crawler.Page) []crawler.Look {
	if !isDrupal(p) {
		return nil
	}
	for _, f := range p.Tag("form") {
		id, class := lowerAttr(f, "id"), " "+lowerAttr(f, "class")+" "
		named := id == "comment-form" || strings.HasPrefix(id, "comment-form-") || strings.Contains(class, " comment-form ") ||
			strings.HasPrefix(id, "comment-node-") || strings.Contains(lowerAttr(f, "action"), "comment/reply/")
		if named && inside(f, tag("textarea")) != nil && !inTemplate(f) {
			return []crawler.Look{{State: audit.Open, Rule: "drupal-form", Mark: f}}
		}
	}
	for _, l := range links(p) {
		a, href := l.n, l.href
		toLogin := strings.Contains(href, "/login") && strings.Contains(href, "destination=") &&
			(strings.Contains(href, "comment-form") || strings.Contains(href, "comment/reply") || strings.Contains(href, "comment%2freply"))
		if toLogin && !p.Hidden(a) {
			return []crawler.Look{{State: audit.Restricted, Kind: audit.KindLogin, Rule: "drupal-log-in", Mark: a}}
		}
	}
	for _, l := range links(p) {
		// Drupal prints a link to the reply page only for somebody who may post there: here, an anonymous reader.
		if replyPage(l.href) && !p.Hidden(l.n) {
			return []crawler.Look{{State: audit.Open, Rule: "drupal-reply-link", Mark: l.n}}
		}
	}
	return nil
}

func replyPage(href string) bool {
	_, rest, ok := strings.Cut(href, "comment/reply/")
	return ok && rest != "" && rest[0] >= '0' && rest[0] <= '9'
}

func isDrupal(p *crawler.Page) bool {
	return speaksOf(p, drupalMarks) || generator(p, "drupal") != nil || strings.Contains(crawler.Lower(p.Answer.Header.Get("X-Generator")), "drupal")
}

// drawnByDrupal reports whether Drupal made the page itself: what it loads says so. A picture alone may stand in another page than
// the one that it was sent to.
func drawnByDrupal(p *crawler.Page) bool {
	if !isDrupal(p) {
		return false
	}
	if speaksOf(p, drupalSettings) || !speaksOf(p, drupalMarks) {
		return true
	}
	for _, tag := range [...]string{"link", "script"} {
		for _, n := range p.Tag(tag) {
			if stemIn(lowerAttr(n, "href")+lowerAttr(n, "src"), drupalFiles) {
				return true
			}
		}
	}
	return slices.ContainsFunc(p.Tag("style"), func(n *html.Node) bool { // by @import
		return n.FirstChild != nil && stemIn(n.FirstChild.Data, drupalFiles)
	})
}

// node reports whether Drupal says in its body class that the page is one item of content.
func node(p *crawler.Page) bool {
	for _, b := range p.Tag("body") {
		for _, word := range names(b) {
			if strings.HasPrefix(word, "page-node-type-") || strings.HasPrefix(word, "node-type-") || word == "page-node" {
				return true
			}
		}
	}
	return false
}

var (
	drupalSettings = []string{"drupal.settings", "drupal-settings-json", "/misc/drupal.js", "data-drupal-"}
	drupalFiles    = []string{"/sites/default/files", "/sites/all/"}
	drupalMarks    = slices.Concat(drupalSettings, drupalFiles)
)

func isBlogger(p *crawler.Page) bool { return speaksOf(p, bloggerMarks) }

var bloggerMarks = []string{"blogger.com", "blogspot."}

// membersOnly gives Blogger's note above a form that only the blog's members may use.
func membersOnly(p *crawler.Page) *html.Node {
	if !membersNote.on(p) {
		return nil
	}
	for _, n := range p.Tag("p") {
		if text := p.ShortText(n); len(text) < 160 && !p.Hidden(n) && says(text, membersNote) != "" && area(n) != nil {
			return n
		}
	}
	return nil
}

var membersNote = newPhrases("only a member of this blog may post a comment", "nur ein mitglied dieses blogs kann")

var bloggerClosed = newPhrases("new comments are not allowed", "neue kommentare sind nicht zulässig", "no se permiten comentarios nuevos")

// seeBlogger reads Blogger's own comment form, which is a frame from blogger.com, and its words where comments are off.
func seeBlogger(p *crawler.Page) []crawler.Look {
	if !isBlogger(p) {
		return nil
	}
	for _, tag := range [...]string{"iframe", "a"} {
		for _, n := range p.Tag(tag) {
			href := lowerAttr(n, "src") + lowerAttr(n, "href")
			if strings.Contains(href, "blogger.com/comment") && (strings.Contains(href, "postid=") || strings.Contains(href, "/comment/frame/") || strings.Contains(href, "/comment/fullpage/")) && !inTemplate(n) {
				if note := membersOnly(p); note != nil {
					return []crawler.Look{{State: audit.Restricted, Kind: audit.KindMembers, Rule: "blogger-members", Mark: note}}
				}
				return []crawler.Look{{State: audit.Open, Rule: "blogger-form", Mark: n}}
			}
		}
	}
	for _, class := range [...]string{"comment-footer", "comments", "no-new-comments"} {
		for _, n := range p.Class(class) {
			if t := p.ShortText(n); !p.Hidden(n) && len(t) < 160 && says(t, bloggerClosed) != "" {
				return []crawler.Look{{State: audit.Closed, Rule: "blogger-closed", Mark: n}}
			}
		}
	}
	return nil
}

// A widget is a system told by marks of its own. Where it holds its state itself the page cannot say more than its name.
type widget struct {
	system string
	ids    []string // ids of its container
	class  []string // classes of its container
	tags   []string // its own elements
	src    []string // stretches of the address of its script or frame
	inline []string // stretches of a script in the page, for systems that are set up there
	attrs  []string // attributes of its script or container, with a value or without, where their addresses and names are those of other widgets, too
}

// widgets are comment systems held by another site, or drawn by a script from data the page does not show.
var widgets = []widget{
	{system: "livefyre", ids: []string{"livefyre-comments", "livefyre_comments"}, class: []string{"livefyre", "livefyre-container", "livefyre-commentcount"}, src: []string{"livefyre.com/", "livefyre.js", ".fyre.co/"}, inline: []string{"livefyre.com", "fyre.conv"}},
	{system: "coral", ids: []string{"coral_talk", "coral-talk", "coral_thread", "coral-thread", "coral_talk_stream", "coral_talk_container"}, class: []string{"coral-thread", "coral-talk"}, src: []string{"coral.coralproject", ".coral.", "talk.embed", "/assets/js/embed.js", "coral.js"}, inline: []string{"coral.createstreamembed", "coral.talk.render", "coral_thread", "coral_talk", ".coral.coralproject.net"}},
	{system: "viafoura", tags: []string{"vf-conversations", "vf-comments", "vf-conversation-starter", "vf-tray-trigger", "vf-trending-articles"}, class: []string{"viafoura"}, src: []string{"viafoura.net", "viafoura.co"}, inline: []string{"viafoura"}},
	{system: "openweb", tags: []string{"ow-conversation"}, class: []string{"spot-im", "spotim-conversation"}, src: []string{"spot.im/", "openweb.com/"}, inline: []string{"spotim", "spot-im"}, attrs: []string{"data-spot-im-shadow-host", `data-spotim-module="conversation"`}},
	{system: "gigya", ids: []string{"gigya-comments", "gig-comments"}, class: []string{"gig-comments-container"}, inline: []string{"showcommentsui", "gigya.comments"}},
	{system: "giscus", class: []string{"giscus"}, src: []string{"giscus.app/client.js"}, tags: []string{"giscus-widget"}},
	{system: "utterances", class: []string{"utterances"}, src: []string{"utteranc.es/client.js"}, inline: []string{"utteranc.es"}},
	{system: "commento", ids: []string{"commento"}, src: []string{"commento.io/js", "/js/commento.js", "commento.js"}},
	{system: "remark42", ids: []string{"remark42"}, inline: []string{"remark_config"}},
	{system: "isso", ids: []string{"isso-thread"}, src: []string{"/embed.min.js#isso", "isso/js/embed"}},
	{system: "hyvor", tags: []string{"hyvor-talk-comments"}, ids: []string{"hyvor-talk-view"}, src: []string{"talk.hyvor.com/"}},
	{system: "cusdis", ids: []string{"cusdis_thread"}, src: []string{"cusdis.com/js", "/js/cusdis"}},
	{system: "graphcomment", ids: []string{"graphcomment"}, src: []string{"graphcomment.com/"}, inline: []string{"graphcomment_id", "graphcommentid"}},
	{system: "telegram", src: []string{"comments.app/js/widget.js"}, attrs: []string{"data-telegram-discussion"}},
	{system: "intensedebate", ids: []string{"idc-container"}, src: []string{"intensedebate.com/js"}},
	{system: "fastcomments", ids: []string{"fastcomments-widget"}, src: []string{"fastcomments.com/"}},
	{system: "cackle", ids: []string{"mc-container"}, src: []string{"cackle.me/widget"}},
	{system: "muut", class: []string{"muut"}, src: []string{"muut.com/"}},
	{system: "waline", ids: []string{"waline"}},
	{system: "gitalk", ids: []string{"gitalk-container"}},
	{system: "valine", ids: []string{"vcomments"}},
	{system: "artalk", ids: []string{"artalk"}},
	{system: "twikoo", ids: []string{"tcomment"}},
	{system: "vkontakte", ids: []string{"vk_comments"}},
	{system: "hypercomments", ids: []string{"hypercomments_widget"}},
	{system: "vuukle", ids: []string{"vuukle-comments"}, src: []string{"vuukle.com/platform.js"}},
	{system: "discourse", ids: []string{"discourse-comments"}, class: []string{"wpdc-join-discussion"}, inline: []string{"discourseembed"}}, // a topic of a forum elsewhere
	{system: "facebook", class: []string{"fb-comments", "fb_comments"}, tags: []string{"fb:comments"}, src: []string{"facebook.com/plugins/comments"}},
	{system: "disqus", ids: []string{"disqus_thread", "disqus-thread", "dsq-content"}, src: []string{".disqus.com/embed.js", ".disqus.com/forums/", "disqus.com/embed/comments"}, inline: []string{".disqus.com/embed.js", "disqus_shortname"}},
}

// seeEmbeds recognises systems held by others. Which of several is not told: the first with a container, then a script.
func seeEmbeds(p *crawler.Page) []crawler.Look {
	addresses, scripted := drawers(p), speaksOf(p, inlineMarks)
	for _, sees := range [...]func(widget) bool{
		func(w widget) bool { return hasContainer(p, w) },
		func(w widget) bool { return hasAddress(addresses, w) || hasAttribute(p, w) },
		func(w widget) bool { return scripted && hasInline(p, w) },
	} {
		for _, w := range widgets {
			if sees(w) {
				return []crawler.Look{{Reason: audit.ReasonThirdParty, System: w.system}}
			}
		}
	}
	return nil
}

// drawerSigns are all stretches of addresses by which widgets are told: of a page's many scripts and frames few bear one.
var drawerSigns = func() *crawler.Signs {
	signs := crawler.NewSigns()
	for _, w := range widgets {
		signs.WithLists(w.src)
	}
	return signs
}()

// drawers are the addresses of the page's scripts and frames that may be a widget's, in lower case.
func drawers(p *crawler.Page) (addresses []string) {
	for _, tag := range [...]string{"script", "iframe"} {
		for _, n := range p.Tag(tag) {
			for _, key := range [...]string{"src", "data-src"} {
				if src := crawler.Attr(n, key); drawerSigns.In(src) {
					addresses = append(addresses, crawler.Lower(src))
				}
			}
		}
	}
	return addresses
}

func hasContainer(p *crawler.Page, w widget) bool {
	for _, id := range w.ids {
		if n := p.ID(id); n != nil && n.Data != "a" && n.Data != "script" {
			return true
		}
	}
	for _, c := range w.class {
		for _, n := range p.Class(c) {
			if n.Data != "a" && n.Data != "body" && n.Data != "html" {
				return true
			}
		}
	}
	for _, t := range w.tags {
		if len(p.Tag(t)) > 0 {
			return true
		}
	}
	return false
}

func hasAddress(addresses []string, w widget) bool {
	for _, src := range addresses {
		if stemIn(src, w.src) {
			return true
		}
	}
	return false
}

func hasAttribute(p *crawler.Page, w widget) bool {
	for _, mark := range w.attrs {
		key, value, _ := strings.Cut(strings.TrimSuffix(mark, `"`), `="`)
		if p.Sign(bodySigns, mark) != "" && slices.ContainsFunc(p.Elements(), func(n *html.Node) bool {
			return hasAttr(n, key) && (value == "" || lowerAttr(n, key) == value)
		}) {
			return true
		}
	}
	return false
}

// inlineMarks are all stretches of scripts and names of their attributes by which widgets are told.
var inlineMarks = func() (all []string) {
	for _, w := range widgets {
		all = append(all, w.inline...)
		all = append(all, w.attrs...)
	}
	return all
}()

func hasInline(p *crawler.Page, w widget) bool {
	for _, s := range w.inline {
		if p.Sign(bodySigns, s) == "" {
			continue
		}
		for _, n := range p.Tag("script") {
			if c := n.FirstChild; c != nil && strings.Contains(crawler.Lower(c.Data), s) {
				return true
			}
		}
	}
	return false
}

// seeNamed reads systems that a site runs itself and whose form stands in the page.
func seeNamed(p *crawler.Page) []crawler.Look {
	for _, s := range ownForms {
		for _, n := range s.find(p) {
			if !inTemplate(n) {
				return []crawler.Look{{State: audit.Open, Rule: s.rule, Mark: n, System: s.system}}
			}
		}
	}
	for _, n := range p.Class("wpd-login-to-comment") { // wpDiscuz prints it in the form's place, whatever its words
		if p.ID("wpdcom") != nil && !p.Hidden(n) && !inTemplate(n) {
			return []crawler.Look{{State: audit.Restricted, Kind: audit.KindLogin, Rule: "wpdiscuz-log-in", Mark: n, System: "wpdiscuz"}}
		}
	}
	return seeThrive(p)
}

// ownForms are forms by the id or class that their system gives them.
var ownForms = []struct {
	system, rule string
	find         func(*crawler.Page) []*html.Node
}{
	{"wpdiscuz", "wpdiscuz-form", byClass("wpd_comm_form", "wc_comm_form", "wpd_main_comm_form")},
	{"wordpress", "trellis-form", byClass("trellis-proxy-form")}, // Mediavine's theme sends WordPress's form for it, and draws its box
	{"jcomments", "jcomments-form", beside("jcomments", byID("comments-form"))},
	{"jlex", "jlex-form", sendsTo("com_jlexcomment")},
	{"komento", "komento-form", byID("kmt-form")},
	{"guestbook", "guestbook-form", sendsTo("guestbook", "guest-book", "gaestebuch", "gastenboek")},
	{"typo3", "typo3-form", byClass("tx-comments-comment-form")},
	{"movabletype", "movabletype-form", sendsTo("mt-comments.")},
	{"spip", "spip-form", byClass("formulaire_forum")},
	{"serendipity", "serendipity-form", withField("serendipity[entry_id]", byID("serendipity_comment_commentform"))}, // its letters have the same id
}

func byID(ids ...string) func(*crawler.Page) []*html.Node {
	return func(p *crawler.Page) (out []*html.Node) {
		for _, id := range ids {
			if n := p.ID(id); n != nil && inside(n, tag("textarea")) != nil {
				out = append(out, n)
			}
		}
		return out
	}
}

// beside finds only on pages that hold a mark of the system, for ids that others use too.
func beside(mark string, find func(*crawler.Page) []*html.Node) func(*crawler.Page) []*html.Node {
	return func(p *crawler.Page) []*html.Node {
		found := find(p)
		if len(found) == 0 || !strings.Contains(p.Lower(), mark) {
			return nil
		}
		return found
	}
}

// withField finds only what holds a field of a name.
func withField(name string, find func(*crawler.Page) []*html.Node) func(*crawler.Page) []*html.Node {
	named := func(n *html.Node) bool { return n.Data == "input" && lowerAttr(n, "name") == name }
	return func(p *crawler.Page) []*html.Node {
		return slices.DeleteFunc(find(p), func(n *html.Node) bool { return inside(n, named) == nil })
	}
}

// sendsTo gives forms that send what is written in them to an address that names the system.
func sendsTo(marks ...string) func(*crawler.Page) []*html.Node {
	return func(p *crawler.Page) (out []*html.Node) {
		for _, f := range p.Tag("form") {
			for _, m := range marks {
				if strings.Contains(lowerAttr(f, "action"), m) && writable(f) {
					out = append(out, f)
				}
			}
		}
		return out
	}
}

// writable reports whether a form holds a box to write in: a textarea, or an element made editable.
func writable(f *html.Node) bool {
	return inside(f, func(n *html.Node) bool {
		return n.Data == "textarea" || lowerAttr(n, "contenteditable") == "true" || hasName(n, "jcm-textarea")
	}) != nil
}

func byClass(classes ...string) func(*crawler.Page) []*html.Node {
	return func(p *crawler.Page) (out []*html.Node) {
		for _, c := range classes {
			for _, n := range p.Class(c) {
				if n.Data == "form" || inside(n, tag("textarea")) != nil {
					out = append(out, n)
				}
			}
		}
		return out
	}
}

// seeThrive reads Thrive Comments. Its script draws the form by the post's own data, which the page holds once: the post's
// status, whether its age closes it, and whether an account is asked for. Where any of them is missing, or stands there
// twice, nothing is told.
func seeThrive(p *crawler.Page) []crawler.Look {
	if !speaksOf(p, thriveMarks) {
		return nil
	}
	unread := []crawler.Look{{Reason: audit.ReasonNeedsJS, System: "thrive"}}
	if p.ID("thrive-comments") == nil {
		return unread
	}
	status, _ := onlyValue(p, `"comment_status":`)
	aged, told := onlyValue(p, `"close_comments":`)
	account, _ := onlyValue(p, `"comment_registration":`)
	if status != `"open"` || !told || aged != `""` {
		return unread
	}
	look := crawler.Look{State: audit.Open, Rule: "thrive-data", Needle: `"comment_status":"open"`, System: "thrive"}
	switch account {
	case `""`:
	case `"1"`:
		look.State, look.Kind = audit.Restricted, audit.KindLogin
	default:
		return unread
	}
	return []crawler.Look{look}
}

var thriveMarks = []string{"thrivecomments", "thrive-comments"}

// onlyValue gives the one plain value that a key has in the data of the page's scripts; none where it has several. The same
// key may name a table of words beside it.
func onlyValue(p *crawler.Page, key string) (only string, ok bool) {
	for rest := p.Source(); ; {
		var found bool
		if _, rest, found = strings.Cut(rest, key); !found {
			return only, ok
		}
		value := strings.TrimLeft(rest[:min(len(rest), 40)], " \t\r\n")
		if strings.HasPrefix(value, "{") || strings.HasPrefix(value, "[") {
			continue
		}
		if ok {
			return "", false
		}
		value, _, _ = strings.Cut(value, ",")
		value, _, _ = strings.Cut(value, "}")
		only, ok = strings.TrimSpace(value), true
	}
}
