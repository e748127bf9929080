package checks

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// CommunityAssets asks whether residents are told of the places that they can use together.
func CommunityAssets() crawler.Check {
	return crawler.Check{
		ID:    "community_assets",
		Title: "Does the site show community centres, rooms to hire and gardens, and how to use them?",
		Why:   "Neighbours need a place to meet before they can say anything together.",
		Basis: "practice, in no score: it says where neighbours can meet",
		Rule: "Open where a page headed by community centres, halls, rooms to hire, gardens or allotments, not a news item, says how to use one: hours, a " +
			"postcode, a number, an address or a form, or a link to book. Restricted (partial) where a page lists such places without, each by a name of two words (an allotment: by a name that ends so). A contact centre, a " +
			"shopping centre and a place in a news item are none.",
		Version:   2,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Words:     []string{"community", "communities", "room hire", "hire a room", "rooms for hire", "venue", "hall", "garden", "allotment", "hub", "facilities", "canolfan", "neuadd", "gardd", "ystafell", "cymuned"},
		Look:      lookAssets,
		Fold:      foldSite,
	}
}

var assetStems = []string{
	"community centre", "community-centre", "community hub", "community hall", "community room", "community space", "community venue", "community building", "community house", "community cafe", "community café",
	"community garden", "community kitchen", "community facilities", "community asset", "room hire", "room-hire", "rooms for hire", "rooms to hire", "hire a room", "hall hire", "hire our hall", "venue hire", "residents' lounge", "residents’ lounge",
	"tenants' hall", "tenants’ hall", "tenants' garden", "tenants’ garden", "residents' garden", "residents’ garden", "shared garden", "growing space", "allotment", "canolfan gymunedol", "canolfannau cymunedol", "neuadd gymunedol", "gardd gymunedol", "gerddi cymunedol",
	"llogi ystafell", "rhandir",
}

var (
	assetSigns = crawler.NewSigns(assetStems...)
	placeStems = slices.DeleteFunc(slices.Clone(assetStems), func(stem string) bool { return !strings.ContainsAny(stem, " -") })
	placeSigns = crawler.NewSigns(placeStems...)
)

var notAssets = []string{"vacanc", "strateg", "policy", "report", "consultation", "closure", "closed", "proposal", "plans for", "planning", "tender", "fund", "grant", "rules", "agreement", "register", "gardening service", "asset management", "transfer"}

// openHours are words of when and how a place is used.
var openHours = []string{"open every", "open from", "open monday", "open on", "opening hours", "opening times", "open daily", "open to all", "to book", "book a", "book the", "book now", "to hire", "hire it", "per hour", "an hour", "hire charge", "ar agor", "oriau agor", "i logi", "llogi"}

func lookAssets(p *crawler.Page) crawler.Look {
	if !speaksOf(p, assetStems) || toldOnADay(p) {
		return quietUnless(p, assetStems)
	}
	head := about(p, assetStems, notAssets)
	if head == nil && !mayListPlaces(p) {
		return quietUnless(p, assetStems)
	}
	all := mainStretches(p)
	if head != nil && (holding(all, openHours) != nil || waysOf(p, contentOf(p)).any() || leadsToBooking(p, all)) {
		return crawler.Look{State: audit.Open, Rule: "places-to-use", Mark: head}
	}
	if n := placesListed(all); n != nil && about(p, notAssets, nil) == nil {
		if head == nil {
			head = n
		}
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "places-named", Mark: head}
	}
	return quietUnless(p, assetStems)
}

func leadsToBooking(p *crawler.Page, all []stretch) bool {
	for _, l := range mainLinks(p, all, []string{"book", "hire", "llogi"}) {
		if !strings.HasPrefix(l.href, "#") && !stemIn(l.text, []string{"facebook", "handbook", "booklet"}) && !strings.Contains(l.href, "facebook") {
			return true
		}
	}
	return false
}

// mayListPlaces spares a page the reading of its content in which no two entries, headings of parts or cells name a place.
func mayListPlaces(p *crawler.Page) bool {
	broken := crawler.Memo(p, "softened", findSoftened) != nil || strings.Contains(p.LowerText(), "\u00a0")
	if !broken && !tells(p, assetStems) {
		return false
	}
	n, named := 0, broken || tells(p, placeStems)
	for _, name := range [...]string{"h2", "h3", "h4", "h5", "h6", "td", "th", "li"} {
		for _, e := range p.Tag(name) {
			if !named && !assetSigns.In(lastText(p, e)) && inside(e, partsText) == nil {
				continue
			}
			text := p.TextOf(e)
			if !assetSigns.In(text) && softened(text) == text && !strings.Contains(text, "\u00a0") {
				continue
			}
			if (inside(e, partsText) != nil || namesPlace(text)) && !within(e, "nav", "footer", "aside") {
				if n++; n == 2 {
					return true
				}
			}
		}
	}
	return false
}

// lastText is the last text in an element, as it is spelt.
func lastText(p *crawler.Page, n *html.Node) string {
	for c := n.LastChild; c != nil; c = c.PrevSibling {
		switch {
		case c.Type == html.TextNode && strings.TrimSpace(c.Data) != "":
			return c.Data
		case c.Type == html.ElementNode && !p.Hidden(c):
			if text := lastText(p, c); text != "" {
				return text
			}
		}
	}
	return ""
}

// placesListed gives the first of at least two entries or headings of parts that each name a place.
func placesListed(all []stretch) (first *html.Node) {
	n := 0
	for _, b := range all {
		if b.node.Data != "li" && b.level < 2 && len(b.cells) == 0 || len(b.text) > 160 || !assetSigns.In(b.lower) || stemIn(b.lower, notAssets) {
			continue
		}
		if !namesPlace(b.text) && !slices.ContainsFunc(b.cells, namesPlace) {
			continue
		}
		if n++; first == nil {
			first = b.node
		}
	}
	if n < 2 {
		return nil
	}
	return first
}

// namesPlace reports whether an entry names a place. An allotment is talked of in passing, too: it is a place where a name
// ends so ("Mill Lane allotments").
func namesPlace(text string) bool {
	lower := plainLower(text)
	if placeSigns.In(lower) {
		return true
	}
	begin, _ := utf8.DecodeRuneInString(text)
	return unicode.IsUpper(begin) && slices.ContainsFunc(allotments, func(end string) bool { return strings.HasSuffix(strings.TrimRight(lower, " :)"), end) })
}

var allotments = []string{"allotment", "allotments", "allotment site", "allotment sites", "rhandir", "rhandiroedd"}
