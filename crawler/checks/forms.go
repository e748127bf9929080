package checks

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// ruleAsksLogin is the rule of the site's own words: they say that one must sign in, and not by which system one then writes.
const ruleAsksLogin = "log-in-to-comment"

// seeCustom reads systems nobody has named: a form in a comment area, a sentence that asks to sign in, a sentence that
// says closed. Each counts only in an element that the site itself names as its place for comments.
func seeCustom(p *crawler.Page) []crawler.Look {
	system := ownSystem(p)
	if f := commentForm(p); f != nil {
		if n, several := closedSentence(p); n != nil || several {
			return []crawler.Look{{Reason: audit.ReasonNoMarker, System: system}}
		}
		if forMembers(f) {
			return []crawler.Look{{State: audit.Restricted, Kind: audit.KindLogin, Rule: "members-comment-form", Mark: f, System: system}}
		}
		return []crawler.Look{{State: audit.Open, Rule: "comment-form", Mark: f, System: system}}
	}
	login := askToLogin(p)
	if login != nil && framed(p) {
		system = "custom" // what the page frames for comments is not the list of what it is built with
	}
	closed, several := closedSentence(p)
	switch {
	case (closed != nil || several) && (login != nil || writableArea(p) || framed(p)):
		return []crawler.Look{{Reason: audit.ReasonNoMarker, System: system}} // messages of which a script shows one
	case closed != nil:
		return []crawler.Look{{State: audit.Closed, Rule: "closed-sentence", Mark: closed, System: system}}
	case login != nil:
		return []crawler.Look{{State: audit.Restricted, Kind: audit.KindLogin, Rule: ruleAsksLogin, Mark: login, System: system}}
	}
	return nil
}

// ownSystem names the system that a site runs itself: the one it is built with, else one known by the site's name.
func ownSystem(p *crawler.Page) string {
	switch {
	case isWordPress(p):
		return "wordpress"
	case drawnByDrupal(p):
		return "drupal"
	case generator(p, "movable type") != nil || generator(p, "http://www.typepad.com") != nil:
		return "movabletype"
	case isSquarespace(p):
		return "squarespace"
	}
	if known := knownSite(p); known != "" {
		return known
	}
	return "custom"
}

// knownSite names the system of a site that is one by itself, "" of every other.
func knownSite(p *crawler.Page) string {
	lane := p.Lane()
	for _, known := range [...]struct{ lane, system string }{
		{"youtube.com", "youtube"}, {"theguardian.com", "guardian"}, {"guardian.co.uk", "guardian"}, {"medium.com", "medium"},
		{"github.com", "github"}, {"facebook.com", "facebook_page"}, {"soundcloud.com", "soundcloud"}, {"instagram.com", "instagram"},
	} {
		if lane == known.lane {
			return known.system
		}
	}
	return ""
}

// writableArea reports whether a comment area holds a box to write in, shown or not.
func writableArea(p *crawler.Page) bool {
	for _, n := range p.Tag("textarea") {
		if area(n) != nil {
			return true
		}
	}
	return false
}

// commentForm gives a visible form with a box to write in that the site calls a comment form, or that stands in its
// comment area, and that is no contact, review, search or sign-in form.
func commentForm(p *crawler.Page) *html.Node {
	for _, f := range p.Tag("form") {
		if p.Hidden(f) || inTemplate(f) || inside(f, tag("textarea")) == nil {
			continue
		}
		if publishes(p, f) || invited(p, f) {
			return f
		}
		if otherForm(p, f) {
			continue
		}
		own := isCommentWord(strings.Join(names(f), " ")) || isCommentWord(lowerAttr(f, "name")) || isCommentWord(lowerAttr(f, "action"))
		if own || area(f) != nil {
			return f
		}
	}
	return scriptedForm(p)
}

// invited reports whether what stands over a form is nothing but an invitation to comment: then it may be named anyhow, and ask
// for a whole name and where one lives, but for no password and no telephone number.
func invited(p *crawler.Page, f *html.Node) bool {
	if !commentHeads.on(p) || letterForm(p, f) || asksForMore(f, letterFields) {
		return false
	}
	all := p.Elements()
	last := slices.Index(all, f)
	for i := last - 1; i >= max(0, last-maxParts/10); i-- {
		n := all[i]
		if !p.Hidden(n) && !writes(n) && isInvitation(ownText(n)) {
			return true
		}
		if n.Data == "form" || n.Data == "h1" || labels[n.Data] && n.Data != "button" && n.Data != "label" {
			return false // another heading stands between
		}
	}
	return false
}

// maxInvitation is the length of the words over a form that are nothing but an invitation.
const maxInvitation = 40

// publishes reports whether a form, whatever it is named and asks for, says itself what becomes of its words: its button adds
// a comment, and the page states in a heading how many there are.
func publishes(p *crawler.Page, f *html.Node) bool {
	button := inside(f, func(n *html.Node) bool {
		if n.Data != "button" && (n.Data != "input" || lowerAttr(n, "type") != "submit") {
			return false
		}
		says := crawler.Lower(p.ShortText(n) + " " + crawler.Attr(n, "value"))
		return len(says) < 40 && stemIn(says, []string{"add ", "post ", "publish "}) && isCommentWord(says)
	})
	return button != nil && !letterForm(p, f) && slices.ContainsFunc(slices.Concat(p.Tag("h2"), p.Tag("h3"), p.Tag("h4")), func(head *html.Node) bool {
		_, counted := statedNumber(p.ShortText(head))
		return counted && !p.Hidden(head) && !within(head, "aside", "nav", "a")
	})
}

// otherWords are stems of forms that are not for comments.
var otherWords = []string{
	"contact", "kontakt", "contatt", "wpcf7", "gform", "wpforms", "hs-form", "enquir", "inquir", "newsletter", "subscribe", "search", "login", "signin",
	"register", "signup", "review", "rating", "bewertung", "feedback", "report", "complain", "quote", "booking", "checkout", "survey", "poll", "mailto", "abuse",
	"application", "apply", "order", "support", "ticket", "reblog", "pardot", "adborth", "ymholiad", "cysylltu", "cwyn",
}

// otherHeads are stems of the names of pages whose forms are letters to the organisation.
var otherHeads = []string{"contact", "kontakt", "contatt", "enquir", "inquir", "get in touch", "feedback", "complain", "compliment", "suggestion", "canmol", "awgrym", "apply", "survey", "cysylltu", "adborth", "ymholiad", "cwyn"}

// letterFields are stems of fields that a letter has and a comment has not.
var letterFields = []string{"phone", "telefon", "subject", "betreff", "company", "enquiry", "tenancy"}

// otherFields are those of which a comment's form has one only where what stands over it says that it is one.
var otherFields = append([]string{"postcode", "zip", "surname", "lastname", "last_name"}, letterFields...)

func otherForm(p *crawler.Page, f *html.Node) bool {
	return letterForm(p, f) || asksForMore(f, otherFields)
}

// asksForMore reports whether a form asks for what a comment does not need: a password, a file, a choice, or a field of a list.
func asksForMore(f *html.Node, fields []string) bool {
	return inside(f, func(n *html.Node) bool {
		if n.Data == "option" && crawler.Lower(ownText(n)) == "spam" {
			return true // a comment that somebody else wrote is to be reported
		}
		if n.Data != "input" && n.Data != "select" {
			return false
		}
		switch lowerAttr(n, "type") {
		case "hidden":
			return false
		case "password", "tel", "radio", "file":
			return true
		}
		return stemIn(lowerAttr(n, "name")+" "+lowerAttr(n, "id"), fields)
	}) != nil
}

// letterForm reports whether a form, or the page it stands on, is named as one for something else than comments.
func letterForm(p *crawler.Page, f *html.Node) bool {
	if isReviewForm(f) || stemIn(strings.Join(names(f), " ")+" "+lowerAttr(f, "name")+" "+lowerAttr(f, "action"), otherWords) {
		return true
	}
	for _, head := range append(p.Tag("h1"), p.Tag("title")...) {
		if len(head.Attr) == 0 || !p.Hidden(head) || head.Data == "title" {
			if text := crawler.Lower(ownText(head)); len(text) < 80 && stemIn(text, otherHeads) {
				return true
			}
		}
	}
	return stemIn(crawler.Lower(p.URL().Path), otherHeads) || usefulAsked.on(p) && usefulAsked.in(crawler.Lower(p.ShortText(f))) != ""
}

// usefulAsked are the questions with which a form asks how good its page is: what is answered goes to those who keep the page.
var usefulAsked = newPhrases(
	"was this page useful", "was this page helpful", "is this page useful", "is this page helpful", "was this information useful", "was this information helpful", "did you find this page", "did you find what you", "how useful was this page",
	"how helpful was this page", "oedd y dudalen hon yn", "ydy'r dudalen hon yn", "a yw'r dudalen hon yn", "war diese seite hilfreich", "ist diese seite hilfreich", "waren diese informationen hilfreich", "ist dieser beitrag hilfreich", "war dieser beitrag hilfreich",
	"cette page vous a-t-elle", "cette page est-elle utile", "le ha sido útil", "te ha sido útil",
)

func stemIn(s string, stems []string) bool {
	for _, stem := range stems {
		if strings.Contains(s, stem) {
			return true
		}
	}
	return false
}

// askToLogin gives the element that asks to sign in first in order to comment.
func askToLogin(p *crawler.Page) *html.Node {
	for _, f := range p.Tag("form") { // the site's own comment form that sends to its log-in
		if isCommentWord(strings.Join(names(f), " ")) && strings.Contains(lowerAttr(f, "action"), "login") && !p.Hidden(f) {
			return f
		}
	}
	if n := accountLink(p); n != nil {
		return n
	}
	if n := accountButton(p); n != nil {
		return n
	}
	if !loginPhrases.on(p) {
		return nil
	}
	for _, n := range p.Elements() {
		switch n.Data {
		case "a", "p", "span", "div", "button", "li", "strong", "h2", "h3", "h4", "h5", "em", "b", "header", "td":
		default:
			continue
		}
		text := ownText(n)
		if n.Data == "button" {
			text = p.ShortText(n)
		}
		if text == "" || len(text) > 240 || says(text, loginPhrases) == "" || p.Hidden(n) {
			continue
		}
		link := leadsToLogin(n)
		switch {
		case area(n) != nil && (link || !someonesComment(n)):
			return n
		case n.Data == "button" && inConversation(n):
			return n
		case saysCommenting(crawler.Lower(text)) && (link || loginBeside(n) || invitedBefore(p, n)):
			return n
		}
	}
	return nil
}

// saysCommenting reports whether a sentence in lower case speaks of commenting, also by the verb, or of a discussion.
func saysCommenting(lower string) bool { return isCommentWord(lower) || commentingSigns.In(lower) }

// commentingSigns are in the verbs, and in the words of writings in which no id or class is named.
var commentingSigns = crawler.NewSigns(
	"kommentier", "diskussion", "diskutier", "kommente", "kommentoi", "reageren", "reageer", "koment", "hozzászól", "adael sylw", "комментар", "комментир", "коментар", "коментув", "σχόλι", "コメント", "댓글", "评论", "評論", "留言",
)

// invitedBefore reports whether a sentence stands right below words that are nothing but an invitation to comment.
func invitedBefore(p *crawler.Page, n *html.Node) bool {
	prev := elementBefore(n)
	return prev != nil && isInvitation(p.ShortText(prev)) && !p.Hidden(prev)
}

// loginBeside reports whether a sentence stands right before the link to the site's log-in or the frame or block of its comments,
// right below the button for it, or within the form at which one signs in.
func loginBeside(n *html.Node) bool {
	for f := n.Parent; f != nil; f = f.Parent {
		if f.Data == "form" {
			return inside(f, func(c *html.Node) bool { return lowerAttr(c, "type") == "password" }) != nil
		}
	}
	if prev := elementBefore(n); prev != nil && inside(prev, func(c *html.Node) bool { return c.Data == "button" && signInWords[plainLower(onlyText(c))] }) != nil {
		return true
	}
	next := n.NextSibling
	for next != nil && next.Type != html.ElementNode {
		next = next.NextSibling
	}
	if next == nil {
		return false
	}
	toLogin := func(c *html.Node) bool { return c.Data == "a" && accountAddress.In(lowerAttr(c, "href")) }
	return toLogin(next) || inside(next, toLogin) != nil || isCommentWord(strings.Join(names(next), " "))
}

func elementBefore(n *html.Node) *html.Node {
	prev := n.PrevSibling
	for prev != nil && prev.Type != html.ElementNode {
		prev = prev.PrevSibling
	}
	return prev
}

// inConversation reports whether an element lies in what a site names its conversation.
func inConversation(n *html.Node) bool {
	for e := n.Parent; e != nil && e.Data != "body"; e = e.Parent {
		for _, name := range names(e) {
			if strings.HasPrefix(name, "conversation") || strings.HasPrefix(name, "discussion") {
				return true
			}
		}
	}
	return false
}

// accountLink gives, in a comment area, the short sentence about commenting that holds a link to the site's log-in: what
// it says in which language needs no list. The link is told by its address or by what stands on it.
func accountLink(p *crawler.Page) *html.Node {
	below := map[string]bool{} // what was said in a comment: a second time it is no person's, but what the system prints below each
	for _, l := range links(p) {
		a, href := l.n, l.href
		if a.Parent == nil || a.PrevSibling == nil && a.NextSibling == nil {
			continue // in no sentence, as most links of a menu
		}
		if !accountAddress.In(href) && !signInWords[strings.Trim(plainLower(onlyText(a)), " .!:»›→")] {
			continue
		}
		text := crawler.Lower(ownText(a.Parent))
		if len(text) > 160 || !saysCommenting(text) || closedPhrases.in(plainLower(text)) != "" || p.Hidden(a) || area(a.Parent) == nil {
			continue
		}
		if words := ownText(a); len(words) >= len(ownText(a.Parent)) || !isSentence(text) || strings.ContainsAny(text, "|·•") {
			continue
		}
		if !someonesComment(a) || below[text] {
			return a.Parent
		}
		below[text] = true
	}
	return nil
}

// accountButton gives a button that says no more than to comment and is named for the log-in which it opens.
func accountButton(p *crawler.Page) *html.Node {
	if !commentHeads.on(p) {
		return nil
	}
	for _, n := range p.Tag("button") {
		if slices.ContainsFunc(n.Attr, opensLogin) && isInvitation(p.ShortText(n)) && !p.Hidden(n) {
			return n
		}
	}
	return nil
}

func opensLogin(a html.Attribute) bool {
	return (a.Key == "id" || a.Key == "class" || a.Key == "data-target" || a.Key == "data-bs-target") && accountAddress.In(a.Val)
}

// isSentence reports whether words are more than a label: Chinese and Japanese set no blanks between them.
func isSentence(text string) bool {
	return len(strings.Fields(text)) > 3 || strings.ContainsFunc(text, func(r rune) bool { return r >= 0x3040 && r < 0xa000 })
}

// onlyText is the text of an element that holds nothing but a word or two.
func onlyText(n *html.Node) string {
	if c := n.FirstChild; c != nil && c.NextSibling == nil && c.Type == html.TextNode && len(c.Data) < maxInvitation {
		return strings.TrimSpace(c.Data)
	}
	return ""
}

// accountAddress are stems of the addresses at which one signs in.
var accountAddress = crawler.NewSigns("login", "log-in", "signin", "sign-in")

// signInWords are all that stands on a link at which one signs in.
var signInWords = newPhrases(
	"log in", "login", "log in here", "sign in", "signin", "mewngofnodi", "mewngofnodwch", "anmelden", "einloggen", "melden sie sich an", "melde dich an", "logge dich ein", "loggen sie sich ein",
	"se connecter", "connectez-vous", "connexion", "identifiez-vous", "inicia sesión", "iniciar sesión", "inicie sesión", "iniciar sessão", "inicie sessão", "fazer login", "faça login", "entrar", "accedi", "effettua il login",
	"inloggen", "aanmelden", "logga in", "logg inn", "log ind", "kirjaudu", "kirjaudu sisään", "zaloguj", "zaloguj się", "zalogować", "zalogować się", "přihlásit", "přihlásit se", "přihlaste se", "prihlásiť sa", "jelentkezz be", "bejelentkezés",
	"be kell jelentkezned", "giriş yap", "giriş yapın", "войти", "войдите", "авторизуйтесь", "увійти", "увійдіть", "συνδεθείτε", "autentifică-te", "conectează-te", "prijavi se", "prijavite se", "ログイン", "로그인", "登录", "登入", "登錄",
).is

// leadsToLogin reports whether the element is, or holds, a link or button: an article's prose seldom does.
func leadsToLogin(n *html.Node) bool {
	link := func(c *html.Node) bool { return c.Data == "a" || c.Data == "button" }
	return link(n) || inside(n, link) != nil
}

// closedSentence gives the element of a comment area whose whole words are that comments are closed. Several of them
// belong to a list of posts, or are messages of which a script shows one: then none counts.
func closedSentence(p *crawler.Page) (found *html.Node, several bool) {
	if !closedPhrases.on(p) {
		return nil, false
	}
	for _, n := range p.Elements() {
		switch n.Data {
		case "p", "span", "div", "li", "strong", "h2", "h3", "h4", "em", "b", "td":
		default:
			continue
		}
		text := ownText(n)
		if text == "" || len(text) > 160 || says(text, closedPhrases) == "" || p.Hidden(n) || area(n) == nil || someonesComment(n) {
			continue
		}
		if conditional(crawler.Lower(text)) || ofAnother(p, n) {
			return nil, true
		}
		if found != nil && !holds(found, n) && !holds(n, found) {
			return nil, true
		}
		found = n
	}
	return found, false
}

// someonesComment reports whether an element lies in one listed comment: what a person says is no state.
func someonesComment(n *html.Node) bool {
	for e := n; e != nil; e = e.Parent {
		if hasName(e, "comment") || e.Data == "blockquote" || crawler.IsComment(e) {
			return true
		}
	}
	return false
}
