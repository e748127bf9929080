package checks

import (
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// toldOtherwise reports whether a part that is loaded later is said to be something else than a place to talk, by where it stands
// or by its own name: the site's menu, its search, its bar about cookies.
func toldOtherwise(p *crawler.Page, n *html.Node, address string) bool {
	return furniture(n) || namedOtherwise(p, n, address)
}

// furniture reports whether an element stands in the frame of the site's pages: its menus, its search, its bar about cookies, and
// the head and foot that are not those of an article or a section.
func furniture(n *html.Node) bool {
	edge := false
	for e := n; e != nil; e = e.Parent {
		switch e.Data {
		case "nav", "search":
			return true
		case "header", "footer":
			edge = true
		case "section":
			edge = false
		case "main", "article":
			return false
		case "body":
			return edge
		}
		switch crawler.Attr(e, "role") {
		case "navigation", "search", "banner", "contentinfo", "menu", "menubar":
			return true
		}
		if named := partWords(names(e)); named.any(furnitureWords) && !named.talks {
			return true
		}
	}
	return edge
}

// namedOtherwise reports whether the name of a part says what it is: its own, that in its address, its classes, and what stands on a
// button.
func namedOtherwise(p *crawler.Page, n *html.Node, address string) bool {
	said := append(addressWords(p, address), crawler.Attr(n, "id"), crawler.Attr(n, "name"), crawler.Attr(n, "title"), crawler.Attr(n, "aria-label"))
	said = append(said, strings.Fields(crawler.Attr(n, "class"))...)
	if n.Data == "button" || n.Data == "a" || n.Data == "summary" {
		said = append(said, p.ShortText(n))
	}
	named := partWords(said)
	return !named.talks && (named.any(otherParts) || named.any(advertWords) || slices.ContainsFunc(named.words, func(w string) bool { return strings.HasSuffix(w, "kalender") })) // German words are made of several
}

// addressWords are the parts of an address that may name what stands there: of one or two words, and none of the page's own
// address, which names its story. A host that is the site's and not this page's is named for what it serves: weather.fernley.example.
func addressWords(p *crawler.Page, address string) (all []string) {
	u, ok := p.Resolve(address)
	if !ok {
		return nil
	}
	if host := u.Hostname(); p.OwnSite(u) && !strings.EqualFold(host, p.URL().Hostname()) {
		all = strings.Split(strings.TrimSuffix(host, p.Lane()), ".")
	}
	own := strings.Split(p.URL().Path, "/")
	for part := range strings.SplitSeq(u.Path, "/") {
		part = strings.TrimSuffix(part, path.Ext(part))
		if len(nameWords(part)) <= 2 && !slices.Contains(own, part) {
			all = append(all, part)
		}
	}
	return all
}

// partNames are the words of the names of a part.
type partNames struct {
	words []string
	talks bool // one of the names speaks of talk
}

// maxNameWords is how many words a name has at the most; what has more is a sentence, and may speak of anything.
const maxNameWords = 3

func partWords(said []string) (named partNames) {
	for _, s := range said {
		named.talks = named.talks || talkSigns.In(s)
		if words := nameWords(s); len(words) <= maxNameWords {
			named.words = append(named.words, words...)
		}
	}
	return named
}

// nameWords gives the words of a name in lower case: newsBanner is of two.
func nameWords(name string) (words []string) {
	for part := range strings.FieldsFuncSeq(name, notLetter) {
		from := 0
		for i := 1; i < len(part); i++ {
			if smallLetter(part[i-1]) && part[i] >= 'A' && part[i] <= 'Z' {
				words = append(words, crawler.Lower(part[from:i]))
				from = i
			}
		}
		words = append(words, crawler.Lower(part[from:]))
	}
	return words
}

func notLetter(r rune) bool { return r < 0x80 && !smallLetter(byte(r|0x20)) }

func (named partNames) any(list map[string]bool) bool {
	return slices.ContainsFunc(named.words, func(w string) bool { return list[w] })
}

// furnitureWords name, as an id or a class around a part, what every page of a site has.
var furnitureWords = map[string]bool{
	"menu": true, "nav": true, "navbar": true, "navigation": true, "megamenu": true, "breadcrumb": true, "breadcrumbs": true, "search": true, "cookie": true, "cookies": true, "consent": true, "newsletter": true,
}

// otherParts name a part that is no place to talk, in itself or in its address.
var otherParts = map[string]bool{
	"menu": true, "nav": true, "navbar": true, "navigation": true, "megamenu": true, "breadcrumb": true, "breadcrumbs": true, "header": true, "footer": true, "search": true, "suche": true, "chwilio": true, "chwiliad": true, "recherche": true,
	"cookie": true, "cookies": true, "consent": true, "gdpr": true, "banner": true, "newsletter": true, "signup": true, "subscribe": true, "login": true, "signin": true, "account": true, "avatar": true,
	"basket": true, "cart": true, "map": true, "maps": true, "weather": true, "calendar": true, "event": true, "events": true, "contact": true, "kontakt": true, "related": true, "carousel": true, "slider": true,
	"gallery": true, "video": true, "audio": true, "player": true, "flash": true, "toast": true, "toasts": true, "alert": true, "alerts": true, "notification": true, "notifications": true, "captcha": true, "recaptcha": true, "csrf": true,
	"analytics": true, "tracking": true, "ad": true, "ads": true, "language": true, "languages": true, "jobs": true, "shariff": true, "recommendations": true, "recommended": true, "popular": true, "trending": true, "recirc": true, "modal": true, "vacancies": true, "properties": true,
	"wetter": true, "azubis": true, "stellenmarkt": true, "stellenangebote": true, "navi": true, // the weather, trainees' places and vacancies, and the menu of German sites
	"teaser": true, "teasers": true, "shop": true, "donate": true, "donation": true, "spenden": true, "embed": true, "oembed": true, // what is sold or asked for, and what another page shows of itself
}
