package checks

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// toldRating is what a page's data for search engines says of how visitors rated what the page is about.
type toldRating struct {
	average string // as the data has it, with a point
	counts  []int  // of those who rated and of those who reviewed, as far as stated, each above none
}

// ratedTypes are types of schema.org of what a page may be about. The rating of an organisation or of a program is none of
// these: it is what a seal says of a shop, or a shop of an application.
var ratedTypes = []string{
	"Recipe", "Product", "ProductGroup", "IndividualProduct", "Article", "NewsArticle", "BlogPosting", "CreativeWork", "CreativeWorkSeries", "HowTo", "Book", "Movie", "Course",
	"VideoObject",
}

// ratingInData gives what bears out on the page that visitors rated it, where its data says so and how many did. The data
// alone may stand for what is shown nowhere.
func ratingInData(p *crawler.Page) (*html.Node, *int) {
	if !speaksOf(p, ratingMarkup) {
		return nil, nil
	}
	all := append(ratingsTold(p), ratingsUnseen(p)...)
	for _, told := range all {
		for _, n := range p.Elements() {
			if told.borneOut(p, n) && !p.Hidden(n) && !inMenu(n) && !withinComment(n) && !onSeal(n) && !inLinkAway(p, n) {
				return n, &told.counts[0]
			}
		}
	}
	if len(all) > 0 {
		if place := starsPlace(p); place != nil {
			return place, &all[0].counts[0]
		}
	}
	return nil, nil
}

// starsPlace gives where a page of which data tell a rating shows it without words: the box of a rating plugin, or a part that is
// named for the rating and holds no more than pictures, or what a script draws there. A teaser has such a part, too: where there are
// many, none is known for the page's own.
func starsPlace(p *crawler.Page) (place *html.Node) {
	for _, plugin := range ratingBoxes {
		for _, n := range p.Class(plugin.class) {
			if shownBox(p, n) {
				return n
			}
		}
	}
	found := 0
	for _, n := range p.Elements() {
		if len(n.Attr) == 0 || !namedForStars(n) || partOfRating(n.Parent) || !isPlaceholder(p, n) || p.ShortText(n) != "" {
			continue
		}
		if p.Hidden(n) || inMenu(n) || withinComment(n) || onSeal(n) || inLinkAway(p, n) {
			continue
		}
		if found++; found == 1 {
			place = n
		}
	}
	if found > maxRatings {
		return nil
	}
	return place
}

func ratingsTold(p *crawler.Page) (all []toldRating) {
	for _, d := range dataOf(p) {
		text := strings.Map(blankControl, d.text)
		if !slices.ContainsFunc(d.types, func(kind string) bool { return isRated(kind) }) || !strings.Contains(text, `"aggregateRating"`) || crawler.SoundJSON([]byte(text)) != nil {
			continue
		}
		var value any
		if json.Unmarshal([]byte(text), &value) == nil {
			gatherRatings(value, &all)
		}
	}
	return all
}

// blankControl makes a blank of a new line: many sites leave one in a string, where JSON forbids it.
func blankControl(r rune) rune {
	if r < ' ' {
		return ' '
	}
	return r
}

// gatherRatings looks in what the page is about, and not in lists of others.
func gatherRatings(value any, all *[]toldRating) {
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			gatherRatings(one, all)
		}
	case map[string]any:
		if rating, ok := v["aggregateRating"].(map[string]any); ok && isRated(v["@type"]) {
			addRating(all, func(name string) string { return dataNumber(rating[name]) })
		}
		for _, key := range [...]string{"@graph", "mainEntity", "mainEntityOfPage"} {
			gatherRatings(v[key], all)
		}
	}
}

// addRating adds a rating that tells how many gave it.
func addRating(all *[]toldRating, value func(name string) string) {
	told := toldRating{average: value("ratingValue")}
	for _, name := range [...]string{"ratingCount", "reviewCount"} {
		if count, ok := plainNumber(value(name)); ok && count > 0 {
			told.counts = append(told.counts, count)
		}
	}
	if len(told.counts) > 0 {
		*all = append(*all, told)
	}
}

// ratingsUnseen are those that the page marks up where no reader sees them.
func ratingsUnseen(p *crawler.Page) (all []toldRating) {
	for _, n := range p.Elements() {
		if !isItem(n, "aggregaterating") || !p.Hidden(n) && showsSomething(n) || !isRated(typeAround(n)) {
			continue
		}
		addRating(&all, func(name string) string {
			if c := inside(n, func(c *html.Node) bool { return isItem(c, crawler.Lower(name)) }); c != nil {
				return strings.TrimSpace(cmp.Or(crawler.Attr(c, "content"), soleText(c)))
			}
			return ""
		})
	}
	return all
}

// typeAround gives the type of what an element is marked up as a part of.
func typeAround(n *html.Node) string {
	for e := n.Parent; e != nil; e = e.Parent {
		if kind := cmp.Or(crawler.Attr(e, "itemtype"), crawler.Attr(e, "typeof")); kind != "" {
			return kind
		}
	}
	return ""
}

func isRated(kind any) bool {
	switch kind := kind.(type) {
	case string:
		name := kind[strings.LastIndexAny(kind, "/:")+1:]
		return slices.ContainsFunc(ratedTypes, func(one string) bool { return strings.EqualFold(one, name) }) // some write "recipe"
	case []any:
		return slices.ContainsFunc(kind, isRated)
	}
	return false
}

// dataNumber gives a number of such data as it would be written, be it a number there or words.
func dataNumber(value any) string {
	switch v := value.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return strings.TrimSpace(v)
	}
	return ""
}

// borneOut reports whether an element shows the same: the number of those who rated, the average with its decimals in a
// part that is named for a rating, the words for an average there, or a button with which to rate.
func (told toldRating) borneOut(p *crawler.Page, n *html.Node) bool {
	if told.shownBy(n, soleText(n)) {
		return true
	}
	for i := range n.Attr {
		if a := &n.Attr[i]; (a.Key == "title" || a.Key == "aria-label") && told.shownBy(n, a.Val) {
			return true
		}
	}
	return (n.Data == "button" || n.Data == "a") && saysJust(p, n, toRate)
}

func (told toldRating) shownBy(n *html.Node, said string) bool {
	text := strings.TrimSpace(strings.ReplaceAll(said, "\u00a0", " "))
	if text == "" || len(text) > maxRating {
		return false
	}
	return slices.ContainsFunc(told.counts, func(count int) bool { return showsCount(n, text, count) }) || told.showsAverage(n, text) ||
		averages[crawler.Lower(strings.Trim(text, " .:"))] && showsStars(n)
}

// averages are words for what visitors gave on the whole, beside stars.
var averages = phraseSet("average rating", "average vote", "durchschnittliche bewertung", "note moyenne", "voto medio", "valoración media", "nota media", "avaliação média", "gemiddelde beoordeling", "średnia ocena")

func phraseSet(list ...string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, said := range list {
		set[said] = true
	}
	return set
}

// saysJust reports whether all that a button says is one of some words, without the points around: to everybody, without the names of
// pictures in it, or by ARIA's label.
func saysJust(p *crawler.Page, n *html.Node, words map[string]bool) bool {
	for _, said := range [...]string{p.ShortText(n), ownText(n), crawler.Attr(n, "aria-label")} {
		if words[crawler.Lower(strings.Trim(said, " .!?:›»"))] {
			return true
		}
	}
	return false
}

// toRate are the whole words of a button with which to rate.
var toRate = phraseSet(
	"rate", "bewerten", "évaluer", "noter", "je note", "avaliar", "valorar", "votar", "vota", "beoordelen", "beoordeel", "betygsätt", "sätt betyg", "ge betyg", "lämna betyg", "bedøm",
	"vurder oppskriften", "gi terningkast", "értékelem", "értékelés", "oceń", "oceń przepis",
)

// maxScale is the most that stars go up to: a bare number up to it may be one of the stars.
const maxScale = 10

// showsCount reports whether a text says how many rated: "110", "(686)", "11 Ratings", "4.5 (7 votes)". A bare number
// says so in a part that is named for a rating.
func showsCount(n *html.Node, text string, count int) bool {
	if bare, ok := plainNumber(strings.Trim(text, "()[] ")); ok {
		return bare == count && (count > maxScale || count > 1 && text[0] == '(') && showsStars(n)
	}
	if said, ok := ratersStated(text); ok && said == count {
		return true
	}
	said, ok := reviewsStated(text)
	return ok && said == count
}

// showsAverage reports whether a text is the average of several ratings. Without decimals it may be one of the stars.
func (told toldRating) showsAverage(n *html.Node, text string) bool {
	text = strings.ReplaceAll(text, ",", ".")
	point := strings.IndexByte(text, '.')
	if point < 0 || slices.Max(told.counts) < 2 {
		return false
	}
	said, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return false
	}
	average, err := strconv.ParseFloat(told.average, 64)
	decimals := len(text) - point - 1
	return err == nil && strconv.FormatFloat(average, 'f', decimals, 64) == strconv.FormatFloat(said, 'f', decimals, 64) && showsStars(n)
}

// starWords are parts of the names of what shows a rating.
var starWords = wordSet("rate rated star stars vote votes voting score")

// showsStars reports whether an element, or one of the two around it, is named for a rating or for its stars.
func showsStars(n *html.Node) bool {
	if namedForRating(n) {
		return true
	}
	for e, up := n, 0; e != nil && up < 3; e, up = e.Parent, up+1 {
		for _, name := range names(e) {
			for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '-' || r == '_' }) {
				if starWords[part] {
					return true
				}
			}
		}
	}
	return false
}

// inLinkAway reports whether an element lies in a link to another page, of which it then speaks.
func inLinkAway(p *crawler.Page, n *html.Node) bool {
	for e := n; e != nil; e = e.Parent {
		if e.Data != "a" {
			continue
		}
		href := strings.TrimSpace(crawler.Attr(e, "href"))
		if href == "" || href[0] == '#' || strings.HasPrefix(crawler.Lower(href), "javascript:") {
			return false
		}
		u, ok := p.Resolve(href)
		return !ok || u.Host != p.URL().Host || u.Path != p.URL().Path
	}
	return false
}
