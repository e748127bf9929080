package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// A board is forum software: how it is told, and what its thread pages show of posting.
type board struct {
	system string
	is     func(*crawler.Page) sign
	locked func(*crawler.Page) *html.Node
	form   func(*crawler.Page) *html.Node // a form to post in, shown to a reader without an account
	login  func(*crawler.Page) *html.Node // a way to post that leads through an account
}

// A sign is the element or the bytes by which software is told.
type sign struct {
	node   *html.Node
	needle string
}

func (s sign) seen() bool { return s.node != nil || s.needle != "" }

var boards = []board{
	{"phpbb", isPhpBB, phpBBLocked, none, phpBBReply},
	{"xenforo", isXenForo, xenForoLocked, xenForoForm, xenForoLogin},
	{"vbulletin", generated("vbulletin", "powered by vbulletin", "vbulletin_init(", "clientscript/vbulletin"), vBulletinLocked, none, vBulletinReply},
	{"invision", marked("id=\"ipboard_body\"", "ipb.vars[", "data-ipshook", "ips.setdefault"), none, none, loginSentence},
	{"smf", marked("smf_theme_url"), none, none, none},
	{"vanilla", marked("/applications/vanilla/", "/applications/dashboard/", "gdn.definition"), none, none, none},
	{"discourse", generated("discourse"), none, none, none},
	{"mybb", generated("mybb", "powered by <a href=\"https://mybb.com", "mybb.com\" target=\"_blank\">mybb"), none, none, none},
	{"flarum", marked("flarum.core.app", "id=\"flarum-content\""), none, none, none},
	{"nodebb", marked("component=\"navbar/unread\"", "nodebb.min.js"), none, none, none},
	{"forumotion", generated("forumotion", "illiweb.com/"), none, none, none},
	{"bbpress", marked("id=\"bbpress-forums\""), bbPressClosed, bbPressForm, bbPressLogin},
	{"wpforo", marked("id=\"wpforo-wrap\"", "id=\"wpforo\""), none, none, none},
	{"kunena", marked("id=\"kunena\""), none, none, none},
	{"stackexchange", marked("stackexchange.ready("), none, stackExchangeForm, none},
	{"github", isGitHub, none, none, githubLogin},
}

func none(*crawler.Page) *html.Node { return nil }

// seeForums reads forum software: posting in the thread that the page shows. A board's index says nothing of a thread.
func seeForums(p *crawler.Page) []crawler.Look {
	b, _, ok := boardOf(p)
	if !ok {
		return nil
	}
	if n := b.locked(p); n != nil {
		return []crawler.Look{{State: audit.Closed, Rule: b.system + "-locked", Mark: n, System: b.system}}
	}
	if n := b.form(p); n != nil {
		return []crawler.Look{{State: audit.Open, Rule: b.system + "-form", Mark: n, System: b.system}}
	}
	if n := b.login(p); n != nil {
		return []crawler.Look{{State: audit.Restricted, Kind: audit.KindLogin, Rule: b.system + "-log-in", Mark: n, System: b.system}}
	}
	return []crawler.Look{{Reason: audit.ReasonNoMarker, System: b.system}}
}

func boardOf(p *crawler.Page) (board, sign, bool) {
	for _, b := range boards {
		if s := b.is(p); s.seen() {
			return b, s, true
		}
	}
	return board{}, sign{}, false
}

// generated tells software by its generator, else by marks.
func generated(prefix string, marks ...string) func(*crawler.Page) sign {
	return func(p *crawler.Page) sign {
		for _, m := range p.Tag("meta") {
			if lowerAttr(m, "name") == "generator" && strings.HasPrefix(lowerAttr(m, "content"), prefix) {
				return sign{node: m}
			}
		}
		return marked(marks...)(p)
	}
}

// marked tells software by stretches (in lower case) that it prints.
func marked(marks ...string) func(*crawler.Page) sign {
	return func(p *crawler.Page) sign {
		for _, m := range marks {
			if i := strings.Index(p.Lower(), m); i >= 0 {
				return sign{needle: p.Source()[i : i+len(m)]}
			}
		}
		return sign{}
	}
}

func isPhpBB(p *crawler.Page) sign {
	if n := p.ID("phpbb"); n != nil && n.Data == "body" {
		return sign{node: n}
	}
	return marked("powered by phpbb", "class=\"phpbb_copyright\"", "powered by <a href=\"http://www.phpbb.com", "powered by <a href=\"https://www.phpbb.com")(p)
}

// phpBBReply gives the "post reply" button of a topic. Everybody sees it; posting needs an account.
func phpBBReply(p *crawler.Page) *html.Node {
	for _, a := range p.Tag("a") {
		href := lowerAttr(a, "href")
		if strings.Contains(href, "posting.php?") && (strings.Contains(href, "mode=reply") || strings.Contains(href, "mode=post")) && !p.Hidden(a) {
			return a
		}
	}
	return nil
}

// phpBBLocked gives the locked topic's button: its title in English, or its icon in the action bar.
func phpBBLocked(p *crawler.Page) *html.Node {
	for _, a := range p.Tag("a") {
		if strings.HasPrefix(lowerAttr(a, "title"), "this topic is locked") || strings.HasPrefix(lowerAttr(a, "title"), "this forum is locked") {
			return a
		}
		href := lowerAttr(a, "href")
		if !strings.Contains(href, "posting.php?") || !strings.Contains(href, "mode=reply") {
			continue
		}
		if inside(a, func(n *html.Node) bool { return hasName(n, "fa-lock") }) != nil {
			return a
		}
	}
	for _, n := range p.Class("locked-icon") {
		if inside(n, tag("a")) != nil {
			return n
		}
	}
	return nil
}

func hasName(n *html.Node, word string) bool {
	for _, w := range names(n) {
		if w == word {
			return true
		}
	}
	return false
}

func isXenForo(p *crawler.Page) sign {
	for _, id := range [...]string{"xf", "xenforo"} {
		if n := p.ID(id); n != nil && n.Data == "html" {
			return sign{node: n}
		}
	}
	return sign{}
}

func xenForoForm(p *crawler.Page) *html.Node {
	for _, f := range p.Tag("form") {
		if (hasName(f, "js-quickreply") || lowerAttr(f, "id") == "quickreply") && strings.Contains(lowerAttr(f, "action"), "add-reply") {
			return f
		}
	}
	return nil
}

var replyWords = newPhrases("to reply", "zum antworten", "antworten zu", "para responder", "pour répondre")

func xenForoLogin(p *crawler.Page) *html.Node {
	for _, a := range p.Tag("a") {
		href := lowerAttr(a, "href")
		if !strings.Contains(href, "login") || p.Hidden(a) || within(a, "nav", "header") {
			continue
		}
		if says(p.TextOf(a), loginPhrases) != "" || says(p.TextOf(a), replyWords) != "" {
			return a
		}
	}
	return nil
}

func xenForoLocked(p *crawler.Page) *html.Node {
	for _, n := range p.Class("blockstatus-message--locked") {
		return n
	}
	for _, n := range p.Class("blockstatus--locked") {
		return n
	}
	for _, n := range p.Class("threadalerts") {
		if inside(n, func(c *html.Node) bool { return hasName(c, "lockedalert") }) != nil {
			return n
		}
	}
	return nil
}

func vBulletinLocked(p *crawler.Page) *html.Node {
	for _, n := range p.Tag("img") {
		if strings.Contains(lowerAttr(n, "src"), "threadclosed.gif") && within(n, "a", "td", "div") {
			return n
		}
	}
	return nil
}

func vBulletinReply(p *crawler.Page) *html.Node {
	for _, a := range p.Tag("a") {
		href := lowerAttr(a, "href")
		if strings.Contains(href, "newreply.php?") && !p.Hidden(a) {
			return a
		}
	}
	return nil
}

func bbPressForm(p *crawler.Page) *html.Node {
	for _, id := range [...]string{"new-post", "new-topic-0"} {
		if n := p.ID(id); n != nil && n.Data == "form" {
			return n
		}
	}
	return nil
}

func bbPressLogin(p *crawler.Page) *html.Node {
	for _, n := range p.Class("bbp-no-reply") {
		if says(p.TextOf(n), loginPhrases) != "" {
			return n
		}
	}
	return nil
}

func bbPressClosed(p *crawler.Page) *html.Node {
	for _, n := range p.Class("bbp-no-reply") {
		if strings.Contains(strings.ToLower(p.TextOf(n)), "is closed to new") {
			return n
		}
	}
	return nil
}

func stackExchangeForm(p *crawler.Page) *html.Node {
	n := p.ID("post-form")
	if n == nil || n.Data != "form" || inside(n, tag("textarea")) == nil {
		return nil
	}
	return n
}

func isGitHub(p *crawler.Page) sign {
	if len(p.Class("js-discussion")) == 0 {
		return sign{}
	}
	return marked("github.githubassets.com")(p)
}

func githubLogin(p *crawler.Page) *html.Node {
	return sentence(p, newPhrases("sign up for free to join this conversation"))
}

func loginSentence(p *crawler.Page) *html.Node { return sentence(p, loginPhrases) }

// sentence gives the visible element, with little more in it, that says one of the phrases.
func sentence(p *crawler.Page, list phrases) *html.Node {
	if list.in(p.LowerText()) == "" {
		return nil
	}
	for _, n := range p.Elements() {
		switch n.Data {
		case "a", "p", "span", "div", "button", "li", "strong", "h2", "h3", "h4", "em", "b":
		default:
			continue
		}
		if text := ownText(n); len(text) < 240 && says(text, list) != "" && !p.Hidden(n) {
			return n
		}
	}
	return nil
}
