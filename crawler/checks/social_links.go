package checks

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// SocialLinks asks whether the site links the organisation's own accounts elsewhere.
func SocialLinks() crawler.Check {
	return crawler.Check{
		ID:    "social_links",
		Title: "Does the site link its own social media accounts?",
		Why:   "People look for a landlord where they already are, and need to know which account is really the landlord's.",
		Basis: "practice, in the Door: whether the places to talk can be found",
		Rule: "Open where a page links an account on a social platform. Share buttons, single posts and platforms' own pages do not count. " +
			"Absent only where no page that was read names an account anywhere, or asks to follow one.",
		Version: 2,
		Door:    true,
		On:      []audit.Platform{audit.Web},
		Never:   []audit.State{audit.Restricted},
		Site:    true,
		Words:   []string{"social media", "social-media", "socialmedia", "contact", "follow us", "connect with us", "cysylltu"},
		Look:    lookSocial,
		Fold:    foldSite,
	}
}

// Account is an account on a social platform that a page links.
type Account struct {
	Platform audit.Platform
	URL      string // canonical
	node     *html.Node
}

func lookSocial(p *crawler.Page) crawler.Look {
	if accounts := Accounts(p); len(accounts) > 0 {
		n := len(accounts)
		return crawler.Look{State: audit.Open, Rule: "account-link", Mark: accounts[0].node, Count: &n}
	}
	if raw := sameAs(p); raw != "" {
		return crawler.Look{State: audit.Open, Rule: "account-in-data", Needle: raw}
	}
	if n, _ := p.Drawer("social"); n != nil {
		return crawler.Look{Reason: audit.ReasonNeedsJS}
	}
	if len(accountLinks(p, true)) > 0 || namesAccount(p) || followWords.on(p) || iconOfNetwork(p) {
		return crawler.Look{Reason: audit.ReasonNoMarker} // somebody's, perhaps the organisation's
	}
	return crawler.Look{Reason: audit.ReasonNotLooked}
}

// followWords ask to follow an account, by a picture, a button, or a name to look for.
var followWords = newPhrases("follow us", "find us on", "like us on", "join us on", "connect with us", "our facebook", "our social media", "find us at", "dilynwch ni")

// namesAccount reports whether the address of an account stands anywhere in the body: in a script, an attribute, a
// template, a remark.
func namesAccount(p *crawler.Page) bool {
	var hosts []string
	for _, n := range crawler.SocialNetworks() {
		for _, host := range n.Hosts {
			if after := p.AfterSign(bodySigns, host); after != "" && accountFollows(host, crawler.Lower(after[:min(len(after), 250)])) {
				return true // most are told by the first place
			} else if after != "" {
				hosts = append(hosts, host)
			}
		}
	}
	for text, dot := p.Source(), 0; len(hosts) > 0; dot++ { // every host has a dot, which is rarer than its letters
		next := strings.IndexByte(text[dot:], '.')
		if next < 0 {
			break
		}
		dot += next
		for _, host := range hosts {
			name := strings.IndexByte(host, '.')
			at := dot - name
			if at < 0 || text[dot-1]|0x20 != host[name-1] || len(text)-at < len(host) || !strings.EqualFold(text[at:at+len(host)], host) {
				continue
			}
			after := text[at+len(host):]
			if accountFollows(host, crawler.Lower(after[:min(len(after), 250)])) {
				return true
			}
		}
	}
	return false
}

// accountFollows reads the address that goes on after a network's host, as it may be spelt in scripts and attributes.
func accountFollows(host, rest string) bool {
	rest, slash := strings.CutPrefix(unescaped.Replace(rest), "/")
	if !slash {
		return false
	}
	u, err := url.Parse("https://" + host + "/" + firstWordOf(rest))
	if err != nil {
		return false
	}
	_, _, ok := accountOf(u)
	return ok
}

var unescaped = strings.NewReplacer(`\/`, "/", "%2f", "/", "&#x2f;", "/", "&#47;", "/")

// firstWordOf is what an address goes on with, up to what ends one.
func firstWordOf(s string) string {
	if i := strings.IndexAny(s, "\"'<> \n\t\r)\\&"); i >= 0 {
		s = s[:i]
	}
	return s[:min(len(s), 200)]
}

// iconOfNetwork reports whether an element that is no share button is named for a network: an icon whose link a script
// makes, or which leads through an address of the site.
func iconOfNetwork(p *crawler.Page) bool {
	if !speaksOf(p, networkNames) {
		return false
	}
	for _, n := range p.Elements() {
		switch n.Data {
		case "a", "button", "i", "span", "svg", "use", "img", "input", "area", "li", "div":
		default:
			continue
		}
		for _, a := range n.Attr {
			switch a.Key {
			case "class", "id", "aria-label", "title", "alt", "onclick", "src", "href":
			default:
				continue
			}
			if nameSigns.In(a.Val) && !strings.Contains(crawler.Lower(a.Val), "share") && !shares(n) {
				return true
			}
		}
	}
	return false
}

// networkHosts are the hosts of the social networks, and networkSigns the same: few links of a page hold one.
var (
	networkHosts = func() (all []string) {
		for _, n := range crawler.SocialNetworks() {
			all = append(all, n.Hosts...)
		}
		return all
	}()
	networkSigns = crawler.NewSigns(networkHosts...)
	nameSigns    = crawler.NewSigns(networkNames...)
)

var networkNames = []string{"facebook", "twitter", "instagram", "linkedin", "youtube", "tiktok", "nextdoor"}

// shares reports whether an element lies in what shares a page, and not in what leads to an account.
func shares(n *html.Node) bool {
	for e, depth := n, 0; e != nil && depth < 4; e, depth = e.Parent, depth+1 {
		if strings.Contains(strings.Join(names(e), " "), "share") || strings.Contains(lowerAttr(e, "href"), "share") || strings.Contains(lowerAttr(e, "href"), "/intent/") {
			return true
		}
	}
	return false
}

// sameAs gives the first account, as it is spelt, that the page's data for search engines call the same as its subject.
func sameAs(p *crawler.Page) string {
	for _, n := range p.Tag("script") {
		if lowerAttr(n, "type") != "application/ld+json" || n.FirstChild == nil {
			continue
		}
		_, list, ok := strings.Cut(n.FirstChild.Data, `"sameAs"`)
		if !ok || crawler.SoundJSON([]byte(n.FirstChild.Data)) != nil {
			continue
		}
		list, _, _ = strings.Cut(list, "]")
		for raw := range strings.SplitSeq(list, `"`) {
			u, err := url.Parse(strings.ReplaceAll(raw, `\/`, "/"))
			if err != nil || u.Host == "" {
				continue
			}
			if _, _, ok := accountOf(u); ok {
				return raw
			}
		}
	}
	return ""
}

// Accounts gives the accounts that a page links, each once, in page order. Links inside an article are left out: they
// may be anybody's.
func Accounts(p *crawler.Page) []Account { return accountLinks(p, false) }

func accountLinks(p *crawler.Page, inArticles bool) []Account {
	var out []Account
	seen := map[string]bool{}
	for _, n := range crawler.Memo(p, "links to networks", linksToNetworks) {
		if within(n, "article", "blockquote") != inArticles {
			continue
		}
		u, ok := p.Resolve(crawler.Attr(n, "href"))
		if !ok {
			continue
		}
		platform, account, ok := accountOf(u)
		if !ok || seen[account] || p.OwnSite(u) {
			continue
		}
		seen[account] = true
		out = append(out, Account{platform, account, n})
	}
	return out
}

// linksToNetworks gives the links whose address, told by its letters, goes on after the host of a network.
func linksToNetworks(p *crawler.Page) (links []*html.Node) {
	for _, n := range p.Tag("a") {
		if leadsToNetwork(crawler.Attr(n, "href")) {
			links = append(links, n)
		}
	}
	return links
}

func leadsToNetwork(href string) bool {
	_, rest, _ := strings.Cut(href, "//")
	host, path, _ := strings.Cut(rest, "/")
	return path != "" && networkSigns.In(host) && slices.ContainsFunc(networkHosts, func(h string) bool {
		return len(host) >= len(h) && strings.EqualFold(host[len(host)-len(h):], h)
	})
}

func accountOf(u *url.URL) (audit.Platform, string, bool) {
	return crawler.AccountAmong(crawler.SocialNetworks(), u)
}
