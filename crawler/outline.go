package crawler

import (
	"net/url"
	"slices"
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"
	"golang.org/x/net/html"

	"doorknock/audit"
)

const (
	maxLinks    = 150  // links remembered of a page
	maxLinkText = 240  // bytes; a word that is cut away could hide the one link that refutes an absence
	maxURL      = 2048 // bytes
	maxVariants = 8    // languages of one page
)

// Outline is what walking a site needs of a page, small enough to be remembered: for an unchanged page, what was
// remembered of it.
func (p *Page) Outline() audit.Outline {
	if p.Unchanged {
		return p.remembered
	}
	o := audit.Outline{Title: firstBytes(p.Title(), 200)}
	o.Links = slices.Clip(p.links().here) // shared, as all of a page
	if len(o.Links) > maxLinks {
		o.Links, o.Cut = o.Links[:maxLinks:maxLinks], true
	}
	for _, n := range p.Tag("link") {
		p.addLinkElement(&o, n)
	}
	if o.API == "" {
		o.API = p.apiFromHeader()
	}
	o.MadeBy, o.Calendars = p.madeBy(), p.calendars()
	return o
}

// madeBy is the first word of the generator that a page or its header names.
func (p *Page) madeBy() string {
	name := p.Answer.Header.Get("X-Generator")
	for _, n := range p.Tag("meta") {
		if name == "" && strings.EqualFold(Attr(n, "name"), "generator") {
			name = Attr(n, "content")
		}
	}
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	return Lower(firstBytes(first, 40))
}

func (p *Page) addLinkElement(o *audit.Outline, n *html.Node) {
	u, ok := p.Resolve(Attr(n, "href"))
	if !ok {
		return
	}
	rel, kind := Lower(Attr(n, "rel")), Lower(Attr(n, "type"))
	switch {
	case rel == "https://api.w.org/" && o.API == "":
		o.API = u.String()
	case rel == "sitemap":
		o.Sitemaps = append(o.Sitemaps, u.String())
	case rel == "alternate" && (strings.Contains(kind, "rss") || strings.Contains(kind, "atom") || kind == "application/feed+json") && len(o.Feeds) < 8:
		o.Feeds = append(o.Feeds, u.String())
	case rel == "alternate" && Attr(n, "hreflang") != "" && p.OwnSite(u) && len(o.Variants) < maxVariants:
		o.Variants = append(o.Variants, u.String())
	}
}

// apiFromHeader reads WordPress's Link header.
func (p *Page) apiFromHeader() string {
	for _, h := range p.Answer.Header.Values("Link") {
		for part := range strings.SplitSeq(h, ",") {
			target, rest, ok := strings.Cut(strings.TrimSpace(part), ">")
			if !ok || !strings.Contains(rest, "https://api.w.org/") {
				continue
			}
			if u, ok := p.Resolve(strings.TrimPrefix(target, "<")); ok {
				return u.String()
			}
		}
	}
	return ""
}

// Links are all links of the page to its own site, each address once, in page order, with the words they were linked by.
func (p *Page) Links() []audit.Link { return slices.Clone(p.links().here) }

// Elsewhere are the links to other sites, in the same form.
func (p *Page) Elsewhere() []audit.Link { return slices.Clone(p.links().elsewhere) }

// links are those of a page, each address once.
type links struct{ here, elsewhere []audit.Link }

// at is where a link stands.
type at struct {
	list *[]audit.Link
	i    int
}

func linksOf(p *Page) links {
	n := len(p.Tag("a"))
	found := links{here: make([]audit.Link, 0, n)}
	known := make(map[string]at, n)
	base := newSpeller(p.base())
	for _, tag := range [...]string{"a", "area"} {
		for _, n := range p.Tag(tag) {
			href := strings.TrimSpace(Attr(n, "href"))
			if href == "" || href[0] == '#' {
				continue
			}
			address, u, ok := base.spell(p, href)
			if !ok {
				continue
			}
			text := firstBytes(p.linkText(n), maxLinkText)
			if before, seen := known[address]; seen {
				before.join(text)
				continue
			}
			list := &found.here
			if u != nil && !p.OwnSite(u) {
				list = &found.elsewhere
			}
			known[address] = at{list, len(*list)}
			*list = append(*list, audit.Link{URL: address, Text: text})
		}
	}
	return found
}

// join adds the words of a further link to the same address.
func (a at) join(text string) {
	l := &(*a.list)[a.i]
	if !strings.Contains(l.Text, text) {
		l.Text = firstBytes(strings.TrimSpace(l.Text+" "+text), maxLinkText)
	}
}

// speller writes out the addresses of a page's links. Most are plain paths, for which the base is only put before them.
type speller struct{ front string }

func newSpeller(base *url.URL) speller {
	front := &url.URL{Scheme: base.Scheme, Host: base.Host}
	if base.Host == "" || base.User != nil || !webScheme(base.Scheme) {
		return speller{}
	}
	return speller{front.String()}
}

// spell gives an absolute address without its fragment; u is nil where it is surely of the base's own host.
func (s speller) spell(p *Page, href string) (address string, u *url.URL, ok bool) {
	if s.front != "" && len(s.front)+len(href) <= maxURL && plainPath(href) {
		return s.front + href, nil, true
	}
	if u, ok = p.Resolve(href); !ok {
		return "", nil, false
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String(), u, true
}

// plainPath reports whether an address is a path from the root that nobody would write otherwise.
func plainPath(href string) bool {
	if href[0] != '/' || strings.HasPrefix(href, "//") || strings.Contains(href, "/.") {
		return false
	}
	for i := range len(href) {
		switch c := href[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '/', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}

// linkText is a link's words; a link in a folded menu has words too, though nobody sees them yet.
func (p *Page) linkText(n *html.Node) string {
	if c := n.FirstChild; c != nil && c.NextSibling == nil && c.Type == html.TextNode { // as most are
		if text := singleBlanks(c.Data); text != "" {
			return text
		}
	}
	var b strings.Builder
	var collect func(*html.Node)
	collect = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
			b.WriteByte(' ')
		}
		if n.Data == "img" || n.Data == "area" {
			b.WriteString(Attr(n, "alt"))
			b.WriteByte(' ')
		}
		for c := n.FirstChild; c != nil && b.Len() < 2*maxLinkText; c = c.NextSibling {
			collect(c)
		}
	}
	collect(n)
	text := singleBlanks(b.String())
	if text == "" {
		text = strings.TrimSpace(Attr(n, "aria-label") + " " + Attr(n, "title"))
	}
	return text
}

// singleBlanks is a text with single blanks between its words, as most links' are written.
func singleBlanks(s string) string {
	if asciiRun(s) == len(s) && collapsed(s) {
		return strings.TrimSpace(s)
	}
	return strings.Join(strings.Fields(s), " ")
}

// Resolve makes an absolute address of one found on the page. Only http and https without a user, at most 2,048 bytes.
// An address that is not plainly spelt is read as browsers read it: a link that we could not read would be one not
// followed, and a name in foreign letters is given in the letters of DNS, in which it looks like no other.
func (p *Page) Resolve(href string) (*url.URL, bool) {
	href = strings.TrimSpace(href)
	if href == "" || len(href) > maxURL {
		return nil, false
	}
	base := p.base()
	u := resolve(base, href)
	if u == nil || !webScheme(u.Scheme) || u.Host == "" || u.User != nil {
		return nil, false
	}
	// Escaped, a byte is three at most: an address that is short either way need not be spelt out to be measured.
	if 3*len(href)+3*len(base.Path)+len(base.Host)+len("https://") > maxURL && len(u.String()) > maxURL {
		return nil, false
	}
	return u, true
}

func webScheme(s string) bool { return s == "http" || s == "https" }

// likeBrowsers reads addresses by WHATWG's rules.
var likeBrowsers = whatwg.NewParser(whatwg.WithPercentEncodeSinglePercentSign())

// resolve reads an address beside its base, nil where it is none. Only what is not plainly spelt costs the slower way.
func resolve(base *url.URL, href string) *url.URL {
	u, err := url.Parse(href)
	if err == nil && (u.Host != "" || !webScheme(u.Scheme)) && strings.IndexFunc(href, odd) < 0 {
		if u.Scheme != "" && u.Host != "" && !strings.Contains(href, "/.") {
			return u // whatever stands beside it
		}
		return base.ResolveReference(u)
	}
	w, err := likeBrowsers.ParseRef(base.String(), href)
	if err != nil {
		return nil
	}
	if u, err = url.Parse(w.Href(false)); err != nil {
		return nil
	}
	return u
}

// odd are the characters that net/url and browsers read differently.
func odd(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }

// baseOf gives the page's address, or its <base>, which may move the path but never the host.
func baseOf(p *Page) *url.URL {
	here := p.URL()
	bases := p.Tag("base")
	if len(bases) == 0 || Attr(bases[0], "href") == "" {
		return here
	}
	b := resolve(here, strings.TrimSpace(Attr(bases[0], "href")))
	if b == nil || b.Host != here.Host {
		return here
	}
	return b
}

// Lane is the registrable domain of the page's address.
func (p *Page) Lane() string {
	return Memo(p, "lane", func(p *Page) string { return Lane(p.URL().Hostname()) })
}

// OwnSite reports whether an address belongs to the page's own registrable domain: SameSite for the many links of one page.
func (p *Page) OwnSite(u *url.URL) bool {
	here, there := p.URL().Hostname(), u.Hostname()
	if strings.EqualFold(there, here) {
		return true
	}
	lane := p.Lane()
	if plainHost(there) && !strings.HasSuffix(there, lane) {
		return false // as most: whose lane it is need not be known
	}
	return Lane(there) == lane
}

// SameSite reports whether two addresses belong to one registrable domain.
func SameSite(a, b *url.URL) bool {
	if strings.EqualFold(a.Hostname(), b.Hostname()) {
		return true
	}
	return Lane(a.Hostname()) == Lane(b.Hostname())
}

// Title is the page's title, white space collapsed.
func (p *Page) Title() string { return p.title() }

func titleOf(p *Page) string {
	for _, n := range p.Tag("title") {
		if n.FirstChild != nil && n.FirstChild.Type == html.TextNode && n.Namespace == "" {
			return strings.Join(strings.Fields(n.FirstChild.Data), " ")
		}
	}
	return ""
}

// firstBytes cuts at a character's boundary.
func firstBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
