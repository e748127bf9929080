package checks

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// Linked is an account that a page of an organisation's own site links, for a person to judge.
type Linked struct {
	Platform audit.Platform
	URL      string     // canonical
	Where    string     // rel=me, data, frame (header, footer, menu or side of the page) or text
	Mark     audit.Mark // the link, as it stands in the page
}

// reviewSites are where others write of an organisation: no social networks, but places all the same.
var reviewSites = []crawler.Network{
	{Platform: "trustpilot", Hosts: []string{"trustpilot.com", "uk.trustpilot.com"}, Prefix: []string{"review"}},
	{Platform: "google", Hosts: []string{"g.page"}},
	{Platform: "allagents", Hosts: []string{"allagents.co.uk"}, Not: []string{"about", "contact", "blog", "login", "register", "search"}},
	{Platform: "homeviews", Hosts: []string{"homeviews.com"}, Prefix: []string{"developer", "development", "housebuilder", "operator", "housing-association"}},
}

// AccountsLinked gives the accounts that a page links, each once, the best told first. Left out are buttons that share
// the page, and what an agency credits itself with. It gives what stands in the page, and guesses nothing.
func AccountsLinked(p *crawler.Page) []Linked {
	var found []Linked
	add := func(l Linked, ok bool) {
		i := slices.IndexFunc(found, func(o Linked) bool { return o.URL == l.URL })
		switch {
		case !ok:
		case i < 0:
			found = append(found, l)
		case place(l.Where) < place(found[i].Where):
			found[i] = l
		}
	}
	for _, tag := range [...]string{"a", "area", "link"} {
		for _, n := range p.Tag(tag) {
			add(linked(p, n))
		}
	}
	for _, raw := range sameAsAll(p) {
		if u, err := url.Parse(strings.ReplaceAll(raw, `\/`, "/")); err == nil {
			if platform, account, ok := anyAccount(u, false); ok {
				_, err := url.Parse(account)
				m, there := p.MarkText(raw)
				add(Linked{platform, account, "data", m}, there && err == nil)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Linked) int { return place(a.Where) - place(b.Where) })
	return found
}

func place(where string) int { return slices.Index([]string{"rel=me", "data", "frame", "text"}, where) }

func linked(p *crawler.Page, n *html.Node) (l Linked, ok bool) {
	u, ok := p.Resolve(crawler.Attr(n, "href"))
	if !ok {
		return l, false
	}
	me := slices.Contains(strings.Fields(lowerAttr(n, "rel")), "me")
	if n.Data == "link" && !me {
		return l, false
	}
	platform, account, ok := anyAccount(u, me)
	if !ok {
		platform, account, ok = ownForum(p, u)
	}
	if _, err := url.Parse(account); !ok || err != nil || shares(n) || credits(p, n) {
		return l, false
	}
	mark, ok := p.Mark(n)
	return Linked{platform, account, whereOf(n, me), mark}, ok
}

func whereOf(n *html.Node, me bool) string {
	switch {
	case me:
		return "rel=me"
	case within(n, "article", "blockquote"):
		return "text"
	case within(n, "header", "footer", "nav", "aside"), !within(n, "main"):
		return "frame"
	}
	return "text"
}

// anyAccount reads the address of an account on any platform that we know. A server of Mastodon is known only by its
// users' own word: rel=me, and a name with an @.
func anyAccount(u *url.URL, me bool) (audit.Platform, string, bool) {
	if platform, account, ok := accountOf(u); ok {
		return platform, account, true
	}
	if platform, account, ok := crawler.AccountAmong(reviewSites, u); ok {
		return platform, account, true
	}
	if account, ok := googleProfile(u); ok {
		return "google", account, true
	}
	if first, more, _ := strings.Cut(strings.Trim(u.Path, "/"), "/"); me && more == "" && len(first) > 1 && first[0] == '@' {
		return "mastodon", "https://" + crawler.Lower(u.Host) + "/" + first, true
	}
	return "", "", false
}

// googleProfile reads the address of a place's profile with its reviews; one of a map alone is none.
func googleProfile(u *url.URL) (string, bool) {
	host := strings.TrimPrefix(crawler.Lower(u.Hostname()), "www.")
	switch {
	case host == "search.google.com" && strings.HasPrefix(u.Path, "/local/") && u.Query().Get("placeid") != "":
		return "https://search.google.com/local/reviews?placeid=" + url.QueryEscape(u.Query().Get("placeid")), true
	case (host == "google.com" || host == "google.co.uk") && u.Path == "/maps" && u.Query().Get("cid") != "":
		return "https://google.com/maps?cid=" + url.QueryEscape(u.Query().Get("cid")), true
	}
	return "", false
}

// sameAsAll gives the addresses that the page's data for search engines call the same as an organisation. Those of a
// person who wrote the page are that person's.
func sameAsAll(p *crawler.Page) (all []string) {
	for _, n := range p.Tag("script") {
		if lowerAttr(n, "type") != "application/ld+json" || n.FirstChild == nil || crawler.SoundJSON([]byte(n.FirstChild.Data)) != nil {
			continue
		}
		var data any
		if json.Unmarshal([]byte(n.FirstChild.Data), &data) == nil {
			all = append(all, sameAsIn(data)...)
		}
	}
	return all
}

func sameAsIn(data any) (all []string) {
	switch v := data.(type) {
	case []any:
		for _, x := range v {
			all = append(all, sameAsIn(x)...)
		}
	case map[string]any:
		if organisational(v["@type"]) {
			for _, x := range asList(v["sameAs"]) {
				if s, ok := x.(string); ok {
					all = append(all, s)
				}
			}
		}
		for _, key := range [...]string{"@graph", "publisher", "mainEntity", "about"} {
			all = append(all, sameAsIn(v[key])...)
		}
	}
	return all
}

func asList(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

func organisational(kind any) bool {
	for _, x := range asList(kind) {
		switch x {
		case "Organization", "LocalBusiness", "GovernmentOrganization", "NGO", "Corporation", "RealEstateAgent", "ProfessionalService": //nolint:misspell // schema.org is spelt as it is
			return true
		}
	}
	return false
}

var forumNames = []string{"forum", "forums", "community", "communities", "discuss", "discussions", "messageboard"}

// ownForum reads the address of a forum of the organisation's own: on its domain, under a name or folder for one.
func ownForum(p *crawler.Page, u *url.URL) (audit.Platform, string, bool) {
	if !p.OwnSite(u) {
		return "", "", false
	}
	label, _, _ := strings.Cut(crawler.Lower(u.Hostname()), ".")
	first, _, _ := strings.Cut(strings.Trim(crawler.Lower(u.Path), "/"), "/")
	switch {
	case slices.Contains(forumNames, label):
		return "forum", u.Scheme + "://" + crawler.Lower(u.Host) + "/", true
	case first == "forum" || first == "forums":
		return "forum", u.Scheme + "://" + crawler.Lower(u.Host) + "/" + first + "/", true
	}
	return "", "", false
}

// creditWords stand before the name of whoever made a site.
var creditWords = []string{"site by", "website by", "web design", "designed by", "developed by", "built by", "made by", "created by", "design by", "powered by"}

// credits reports whether a link stands in a line about who made the site.
func credits(p *crawler.Page, n *html.Node) bool {
	for e, depth := n, 0; e != nil && depth < 3; e, depth = e.Parent, depth+1 {
		if e.Type != html.ElementNode || e.Data == "footer" || e.Data == "body" || e.Data == "main" {
			break
		}
		text := crawler.Lower(p.ShortText(e))
		if len(text) < 120 && slices.ContainsFunc(creditWords, func(w string) bool { return strings.Contains(text, w) }) {
			return true
		}
	}
	return false
}
