package checks

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// ComplaintsChannels asks in how many ways a complaint can be made.
func ComplaintsChannels() crawler.Check {
	return crawler.Check{
		ID:    "complaints_channels",
		Title: "Can a complaint be made in several ways, one of them online without an account?",
		Why:   "Not everybody can telephone, write a letter or remember a password.",
		Basis: onDuty,
		Rule: "Asked of pages headed by complaints: a form or a link to one, an e-mail address, a telephone number, a postal address, a visit. An ombudsman's or adviser's own " +
			"are not counted, and neither is what stands in the site's head or foot. Open with three ways or more, of which the form or the e-mail " +
			"address asks for no account. Restricted with two, with three of which none is online, and where the only online way is behind a log-in.",
		Version:   1,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Own:       true,
		Words:     complaintLinks,
		Look:      lookChannels,
		Fold:      foldSite,
	}
}

// ways are the ways to complain that a page offers, each with the element that offers it.
type ways struct{ form, login, mail, phone, post, visit *html.Node }

func lookChannels(p *crawler.Page) crawler.Look {
	if complaintsHead(p) == nil {
		return quietUnless(p, complaintStems)
	}
	c := contentOf(p)
	if ofOtherServices(c) {
		return quietUnless(p, complaintStems)
	}
	w := waysOf(p, c)
	n := count(w.form != nil, w.mail != nil, w.phone != nil, w.post != nil, w.visit != nil)
	online := w.form != nil || w.mail != nil
	mark := firstOf(w.form, w.mail, w.phone, w.post, w.visit, w.login)
	switch {
	case n >= 3 && online:
		return crawler.Look{State: audit.Open, Rule: "complaints-channels", Mark: mark, Count: &n}
	case w.login != nil && !online:
		n++
		return crawler.Look{State: audit.Restricted, Kind: audit.KindLogin, Rule: "complaints-channels-login", Mark: w.login, Count: &n}
	case n >= 2:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "complaints-channels-few", Mark: mark, Count: &n}
	}
	return quietUnless(p, complaintStems)
}

// any reports whether a page gives a way to reach somebody who is not an adviser, without an account.
func (w ways) any() bool { return firstOf(w.form, w.mail, w.phone, w.post) != nil }

func firstOf(all ...*html.Node) *html.Node {
	for _, n := range all {
		if n != nil {
			return n
		}
	}
	return nil
}

func waysOf(p *crawler.Page, c content) (w ways) {
	foreign := foreignBlocks(c)
	for i, b := range c.blocks {
		if foreign[i] {
			continue
		}
		if w.phone == nil && phoneIn(b.lower) != "" {
			w.phone = b.n
		}
		if w.post == nil && saysWhereToWrite(b.lower) {
			w.post = b.n
		}
		if w.visit == nil && stemIn(b.lower, visiting) && !denies(b.lower) {
			w.visit = b.n
		}
		if w.mail == nil && strings.Contains(b.lower, "@") && mailForm.MatchString(b.lower) {
			w.mail = b.n
		}
	}
	for _, l := range c.links {
		if !foreign[l.block] {
			w.addLink(p, l)
		}
	}
	for _, f := range c.forms {
		w.addForm(p, f)
	}
	return w
}

// saysWhereToWrite reports whether a text in lower case has a postcode or the word for letters without a stamp. Few texts have a
// number, which is seen sooner than the form of a postcode.
func saysWhereToWrite(lower string) bool {
	return (strings.ContainsAny(lower, "0123456789") || strings.Contains(lower, "freepost")) && postcodeForm.MatchString(lower)
}

func (w *ways) addLink(p *crawler.Page, l contentLink) {
	href := lowerAttr(l.n, "href")
	words := l.words(p)
	switch {
	case strings.HasPrefix(href, "mailto:") && !stemIn(href, foreignStems) && w.mail == nil:
		w.mail = l.n
	case strings.HasPrefix(href, "tel:") && w.phone == nil:
		w.phone = l.n
	case href == "" || strings.HasPrefix(href, "mailto:") || strings.HasPrefix(href, "tel:") || l.isDocument(p) || !stemIn(words, formWords):
	case stemIn(href, loginAddress) || stemIn(words, loginNames):
		w.login = firstOf(w.login, l.n)
	default:
		w.form = firstOf(w.form, l.n)
	}
}

// addForm takes a form in which one writes at length, and which is not to comment on the page or to search.
func (w *ways) addForm(p *crawler.Page, f *html.Node) {
	if inside(f, tag("textarea")) == nil || stemIn(crawler.Lower(p.ShortText(f)), []string{"this page", "page helpful", "dudalen hon"}) {
		return
	}
	for _, name := range append(names(f), lowerAttr(f, "action")) {
		if name == "respond" || strings.Contains(name, "wp-comments-post") || strings.Contains(name, "commentform") || strings.Contains(name, "comment-form") {
			return
		}
	}
	if inside(f, func(n *html.Node) bool { return lowerAttr(n, "type") == "password" }) != nil {
		w.login = firstOf(w.login, f)
		return
	}
	w.form = firstOf(w.form, f)
}

var (
	phoneForm    = regexp.MustCompile(`(?:^|[^0-9])(?:\+44 ?\(?0?\)? ?|0)(?:[0-9][ -]?){9,10}(?:$|[^0-9])`)
	postcodeForm = regexp.MustCompile(`\b[a-z]{1,2}[0-9][0-9a-z]? ?[0-9][a-z]{2}\b|\bfreepost\b`)
	mailForm     = regexp.MustCompile(`[a-z0-9._%+-]+@[a-z0-9-]+\.[a-z0-9.-]+`)

	visiting  = []string{"in person", "face to face", "face-to-face", "visit our office", "visit one of our offices", "call in at our", "come to our office", "wyneb yn wyneb"}
	formWords = []string{"complaint form", "complaints form", "online form", "web form", "complain online", "complaint online",
		"complaints online", "submit a complaint", "submit your complaint", "feedback form", "ffurflen"}
	loginAddress = []string{"login", "log-in", "signin", "sign-in", "portal", "myaccount", "my-account", "/account"}
	loginNames   = []string{"log in", "login", "sign in", "your account", "my account", "portal", "mewngofnodi"}

	// foreignStems name those to whom one turns with a complaint that the landlord did not settle, or for advice.
	foreignStems = []string{"ombudsman", "ombwdsmon", "lgo.org", "spso", "nipso", "citizens advice", "citizensadvice", "shelter", "regulator", "member of parliament", "your mp"}
	// foreignDetails are the ombudsmen's own numbers and postcodes.
	foreignDetails = []string{"0300 111 3000", "0300 061 0614", "0800 377 7330", "0300 790 0203", "0800 34 34 24", "0800 343 424", "pr2 0et", "cv4 0eh", "cf35 5lj", "eh7 4ns", "bt1 6hn", "e14 9ge"}
)

// foreignBlocks tells which blocks speak of an ombudsman or adviser: those that name one, and all below a heading that does.
func foreignBlocks(c content) []bool {
	foreign, below := make([]bool, len(c.blocks)), false
	for i, b := range c.blocks {
		names := stemIn(b.lower, foreignStems) || stemIn(b.lower, foreignDetails)
		if b.heading {
			below = names
		}
		foreign[i] = names || below
	}
	return foreign
}
