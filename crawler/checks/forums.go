package checks

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// A thread says how one forum software shows, on a thread's page, whether one may post in it. A nil field says nothing.
type thread struct {
	locked func(*crawler.Page) *html.Node
	form   func(*crawler.Page) *html.Node // a form to post in, shown to a reader without an account
	login  func(*crawler.Page) *html.Node // a way to post that leads through an account
}

func threadOf(system string) thread {
	switch system {
	case "phpbb":
		return thread{locked: phpBBLocked, login: phpBBReply}
	case "xenforo":
		return thread{locked: xenForoLocked, form: xenForoForm, login: xenForoLogin}
	case "vbulletin":
		return thread{locked: vBulletinLocked, login: vBulletinReply}
	case "invision":
		return thread{locked: invisionLocked, login: invisionLogin}
	case "bbpress":
		return thread{locked: bbPressClosed, form: bbPressForm, login: bbPressLogin}
	case "stackexchange":
		return thread{form: stackExchangeForm}
	case "github":
		return thread{login: githubLogin}
	case "mybb":
		return thread{locked: myBBLocked, login: vBulletinReply}
	case "hyperkitty":
		return thread{login: hyperKittyReply}
	case "nodebb":
		return thread{locked: nodeBBLocked, form: nodeBBForm, login: nodeBBLogin}
	case "discourse":
		return thread{locked: discourseClosed}
	case "vanilla":
		return thread{locked: vanillaClosed, login: vanillaLogin}
	case "flarum": // drawn by a script
		return thread{}
	}
	return thread{locked: boardLocked, login: boardLogin}
}

// seeForums reads forum software: posting in the thread that the page shows. A board's index says nothing of a thread.
func seeForums(p *crawler.Page) []crawler.Look {
	b, _, ok := boardOf(p)
	if !ok {
		return nil
	}
	t := threadOf(b.system)
	for _, rule := range [...]struct {
		find func(*crawler.Page) *html.Node
		look crawler.Look
	}{
		{t.locked, crawler.Look{State: audit.Closed, Rule: b.system + "-locked"}},
		{t.form, crawler.Look{State: audit.Open, Rule: b.system + "-form"}},
		{t.login, crawler.Look{State: audit.Restricted, Kind: audit.KindLogin, Rule: b.system + "-log-in"}},
	} {
		if rule.find == nil {
			continue
		}
		if n := rule.find(p); n != nil {
			rule.look.Mark, rule.look.System = n, b.system
			return []crawler.Look{rule.look}
		}
	}
	return []crawler.Look{{Reason: audit.ReasonNoMarker, System: b.system}}
}

// phpBBReply gives the "post reply" button of a topic. Everybody sees it; posting needs an account.
func phpBBReply(p *crawler.Page) *html.Node {
	for _, l := range links(p) {
		a, href := l.n, l.href
		if strings.Contains(href, "posting.php?") && (strings.Contains(href, "mode=reply") || strings.Contains(href, "mode=post")) && !p.Hidden(a) {
			return a
		}
	}
	return nil
}

// phpBBLocked gives the locked topic's button: its title in English, or its icon in the action bar.
func phpBBLocked(p *crawler.Page) *html.Node {
	for _, l := range links(p) {
		a, href := l.n, l.href
		if !strings.Contains(href, "posting.php?") || p.Hidden(a) {
			continue
		}
		if title := lowerAttr(a, "title"); strings.HasPrefix(title, "this topic is locked") || strings.HasPrefix(title, "this forum is locked") {
			return a
		}
		if strings.Contains(href, "mode=reply") && inside(a, func(n *html.Node) bool { return hasName(n, "fa-lock") }) != nil {
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
	for i := range n.Attr {
		if n.Attr[i].Key != "id" && n.Attr[i].Key != "class" {
			continue
		}
		for name := range strings.FieldsSeq(n.Attr[i].Val) {
			if strings.EqualFold(name, word) {
				return true
			}
		}
	}
	return false
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
	for _, l := range links(p) {
		a, href := l.n, l.href
		if !strings.Contains(href, "login") || p.Hidden(a) || within(a, "nav", "header") {
			continue
		}
		if says(p.ShortText(a), loginPhrases) != "" || says(p.ShortText(a), replyWords) != "" {
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
	for _, a := range p.Tag("a") { // version 4 draws its button with words
		if text := crawler.Lower(ownText(a)); strings.Contains(lowerAttr(a, "href"), "newreply.php") && (text == "closed thread" || text == "thema geschlossen") {
			return a
		}
	}
	return nil
}

func vBulletinReply(p *crawler.Page) *html.Node {
	for _, l := range links(p) {
		a, href := l.n, l.href
		if strings.Contains(href, "newreply.php?") && !p.Hidden(a) {
			return a
		}
	}
	return nil
}

// myBBLocked gives the button of a closed thread, which has a class of its own in every language.
func myBBLocked(p *crawler.Page) *html.Node {
	for _, n := range p.Class("closed_button") {
		if strings.Contains(lowerAttr(n, "href"), "newreply.php") && !p.Hidden(n) {
			return n
		}
	}
	return nil
}

// hyperKittyReply gives the link to write an e-mail that stands, for a reader without an account, where others have the form
// to reply. Where nobody may write on the pages it is not there, and whether the list takes e-mails is not told. The button
// to start a thread says nothing: a month's list has it even where nobody may.
func hyperKittyReply(p *crawler.Page) *html.Node {
	for _, a := range p.Class("reply-mailto") {
		if a.Data == "a" && hasName(a, "reply") && !p.Hidden(a) {
			return a
		}
	}
	return nil
}

// discourseClosed gives the sentence by which Discourse closes a topic after some days, where it is the last post of the
// topic: its own account wrote it, nobody after it, and the page shows the topic from its first post or a page of it to its
// end. A page of one post alone says nothing of those after it, and none is drawn for readers with scripts.
func discourseClosed(p *crawler.Page) *html.Node {
	var posts []*html.Node
	for _, n := range p.Class("crawler-post") {
		if strings.HasPrefix(crawler.Attr(n, "id"), "post_") {
			posts = append(posts, n)
		}
	}
	if len(posts) == 0 || goesOn(p) || crawler.Attr(posts[0], "id") != "post_1" && p.URL().Query().Get("page") == "" {
		return nil
	}
	last := posts[len(posts)-1]
	author := inside(last, func(n *html.Node) bool { return n.Data == "a" && within(n, "span") && hasName(n.Parent, "creator") })
	said := inside(last, func(n *html.Node) bool { return n.Data == "div" && hasName(n, "post") })
	if author == nil || said == nil || !strings.HasSuffix(lowerAttr(author, "href"), "/u/system") || p.Hidden(said) {
		return nil
	}
	if !strings.HasPrefix(crawler.Lower(p.ShortText(said)), "this topic was automatically closed") {
		return nil
	}
	if only := inside(said, tag("p")); only != nil {
		return only
	}
	return said
}

// goesOn reports whether the page names one that follows it.
func goesOn(p *crawler.Page) bool {
	next := func(n *html.Node) bool { return lowerAttr(n, "rel") == "next" }
	return slices.ContainsFunc(p.Tag("a"), next) || slices.ContainsFunc(p.Tag("link"), next)
}

// vanillaClosed gives what Vanilla prints at the foot of a discussion in place of the form. The same place says other things,
// too: that one has to sign in, or may not comment here.
func vanillaClosed(p *crawler.Page) *html.Node {
	for _, n := range p.Class("note") {
		if hasName(n, "closed") && hasName(n.Parent, "foot") && !p.Hidden(n) && says(p.ShortText(n), closedPhrases) != "" {
			return n
		}
	}
	return nil
}

func vanillaLogin(p *crawler.Page) *html.Node {
	for _, n := range p.Class("signinorregister") {
		if hasName(n, "note") && !p.Hidden(n) {
			return n
		}
	}
	return boardLogin(p)
}

// boardLogin gives the link, or what is little more than one, by which a forum of any kind asks to sign in first.
func boardLogin(p *crawler.Page) *html.Node { return sentence(p, loginPhrases) }

// boardLocked gives what stands in the place of the button to reply: the only words on the page that say so, and not on a
// list of threads.
func boardLocked(p *crawler.Page) (found *html.Node) {
	if !lockedHeads.on(p) || countedThreads(p) != nil {
		return nil
	}
	for _, name := range [...]string{"a", "span", "div", "p", "strong", "li", "button"} {
		for _, n := range p.Tag(name) {
			if !isHead(n, lockedHeads) || p.Hidden(n) || within(n, "blockquote") {
				continue
			}
			if found != nil && !holds(found, n) && !holds(n, found) {
				return nil
			}
			found = n
		}
	}
	return found
}

// lockedHeads are the whole of the words by which forums say that a thread is closed.
var lockedHeads = newPhrases(
	"topic closed", "thread closed", "closed thread", "closed topic", "topic locked", "thread locked", "this topic is closed", "this topic is locked", "this thread is closed",
	"this thread is locked", "thema geschlossen", "thema gesperrt", "dieses thema ist geschlossen", "dieses thema ist gesperrt", "sujet verrouillé", "sujet fermé", "discussion fermée",
	"tema cerrado", "tema bloqueado", "hilo cerrado", "pwnc ar gau", "mae'r pwnc hwn ar gau",
)

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
		if says(p.ShortText(n), loginPhrases) != "" {
			return n
		}
	}
	return nil
}

func bbPressClosed(p *crawler.Page) *html.Node {
	for _, n := range p.Class("bbp-no-reply") {
		if strings.Contains(crawler.Lower(p.ShortText(n)), "is closed to new") {
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

func githubLogin(p *crawler.Page) *html.Node {
	return sentence(p, newPhrases("sign up for free to join this conversation"))
}

// invisionLogin gives the words in place of a topic's reply button, else a link that says them.
func invisionLogin(p *crawler.Page) *html.Node {
	for _, n := range p.Class("topic_buttons") {
		if !p.Hidden(n) && says(p.ShortText(n), loginPhrases) != "" {
			return n
		}
	}
	return sentence(p, loginPhrases)
}

// invisionLocked gives the words in place of a locked topic's reply button.
func invisionLocked(p *crawler.Page) *html.Node {
	for _, n := range p.Class("topic_buttons") {
		if !p.Hidden(n) && says(p.ShortText(n), lockedWords) != "" {
			return n
		}
	}
	return nil
}

var lockedWords = newPhrases("this topic is locked", "topic is locked", "this topic is now closed", "topic is closed")

// sentence gives the visible link, or the element with little more in it than a link, that says one of the phrases. What
// people write in a thread seldom is one.
func sentence(p *crawler.Page, list *phrases) *html.Node {
	if !list.on(p) {
		return nil
	}
	for _, n := range p.Elements() {
		switch n.Data {
		case "a", "p", "span", "div", "button", "li", "strong", "h2", "h3", "h4", "em", "b":
		default:
			continue
		}
		if text := ownText(n); len(text) < 240 && says(text, list) != "" && leadsToLogin(n) && !p.Hidden(n) {
			return n
		}
	}
	return nil
}
