package checks

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// starsWithComment gives the field for stars in WordPress's form for comments, which takes them with words. What adds one
// names it for the rating: WP Recipe Maker, Tasty Recipes, EasyRecipe, Recipe Card Blocks, Comment Rating Field and many themes.
func starsWithComment(p *crawler.Page) (*html.Node, *int) {
	form := wpForm(p)
	if form == nil {
		return nil, nil
	}
	return inside(form, func(c *html.Node) bool {
		return (c.Data == "input" || c.Data == "select") && strings.Contains(lowerAttr(c, "name"), "rating") && c.Parent != nil && !p.Hidden(c.Parent)
	}), nil
}

// ratingAsking are the words that ask for stars, as the whole of what a button, a link or a line in a form says.
var ratingAsking = newPhrases(
	"rate this", "rate this recipe", "artikel bewerten", "diesen artikel bewerten", "beitrag bewerten", "rate recipe", "rate the recipe", "rate this product", "rezept bewerten", "bewerte das rezept", "noter cette recette", "noter la recette", "évaluer cette recette", "évaluer la recette",
	"avaliar receita", "avalie essa receita", "avalie esta receita", "valora esta receta", "valorar receta", "califica esta receta", "vota la ricetta", "vota questa ricetta", "valuta la ricetta",
	"beoordeel dit recept", "geef jouw beoordeling", "oceń przepis", "betygsätt receptet", "sätt betyg", "bedøm opskriften", "vurder oppskriften", "értékeld a receptet",
)

// asksToRate gives a button, a link that stays on the site, a line in a form or a heading over stars which asks to rate.
func asksToRate(p *crawler.Page) (*html.Node, *int) {
	if !ratingAsking.on(p) {
		return nil, nil
	}
	asks := func(n *html.Node) bool { return saysJust(p, n, ratingAsking.is) && !p.Hidden(n) }
	for _, name := range [...]string{"button", "a"} {
		for _, n := range p.Tag(name) {
			if asks(n) && (name == "button" || staysHere(p, n)) {
				return n, nil
			}
		}
	}
	for _, form := range p.Tag("form") {
		if n := inside(form, asks); n != nil {
			return n, nil
		}
	}
	for _, name := range [...]string{"h2", "h3", "h4"} {
		for _, n := range p.Tag(name) {
			if asks(n) && starsFollow(n) {
				return n, nil
			}
		}
	}
	return nil, nil
}

// leastStars is how many stars one may choose from at least.
const leastStars = 3

// starsFollow reports whether an element is followed by several of one kind to press.
func starsFollow(n *html.Node) bool {
	count := map[string]int{}
	for s := n.NextSibling; s != nil; s = s.NextSibling {
		if s.Type == html.ElementNode {
			count[s.Data]++
		}
	}
	return max(count["a"], count["button"], count["label"]) >= leastStars
}

// ratesHere gives a button that says no more than to rate, in a part that is named for a rating: by its words, or by those that ARIA
// gives it. Without a thing that people rate in the page's data it may be the site's own question how useful the page is.
func ratesHere(p *crawler.Page) (*html.Node, *int) {
	if !ofThing(p) {
		return nil, nil
	}
	for _, n := range p.Tag("button") {
		if partOfRating(n) && (saysJust(p, n, toRate) || saysJust(p, n, ratingAsking.is)) && !p.Hidden(n) && !withinComment(n) && !onSeal(n) {
			return n, nil
		}
	}
	return nil, nil
}

// partOfRating reports whether an element, or one of the two around it, is named for a rating.
func partOfRating(n *html.Node) bool {
	for e, up := n, 0; e != nil && up < 3; e, up = e.Parent, up+1 {
		if namedForStars(e) {
			return true
		}
	}
	return false
}

// starRadios gives the first of several radio buttons that stand for stars: HTML's by their name and a number for each, ARIA's by the
// part around them, as rc-rate and with it Ant Design print it. None is switched off. Those of a letter to the organisation, or of a page that is about no
// thing which people rate, are no rating that others see.
func starRadios(p *crawler.Page) (*html.Node, *int) {
	if !ofThing(p) {
		return nil, nil
	}
	var first *html.Node
	found := 0
	for _, n := range radios(p) {
		if !isStar(p, n) {
			continue
		}
		if found++; found == 1 {
			first = n
		}
	}
	if found < leastStars {
		return nil, nil
	}
	return first, nil
}

// things are types of schema.org of what people rate for each other. (News and pages are none: how useful they are, sites ask for
// themselves.)
var things = []string{"Recipe", "Product", "ProductGroup", "IndividualProduct", "CreativeWorkSeries", "Book", "Movie", "Course"}

// ofThing reports whether a page's data says that it is about one.
func ofThing(p *crawler.Page) bool {
	return slices.ContainsFunc(dataOf(p), func(d typed) bool { return d.hasType(things...) })
}

func radios(p *crawler.Page) (all []*html.Node) {
	for _, n := range p.Tag("input") {
		if lowerAttr(n, "type") != "radio" || !strings.Contains(lowerAttr(n, "name"), "rating") {
			continue
		}
		if stars, ok := plainNumber(crawler.Attr(n, "value")); ok && stars > 0 && stars <= maxScale {
			all = append(all, n)
		}
	}
	for _, n := range p.Class("rc-rate") {
		if hasName(n, "rc-rate-disabled") {
			continue
		}
		for c := range n.Descendants() {
			if c.Type == html.ElementNode && lowerAttr(c, "role") == "radio" {
				all = append(all, c)
			}
		}
	}
	return all
}

func isStar(p *crawler.Page, n *html.Node) bool {
	if hasAttr(n, "disabled") || n.Parent == nil || p.Hidden(n.Parent) || withinComment(n) || onSeal(n) {
		return false
	}
	for e := n; e != nil; e = e.Parent {
		if e.Data == "form" {
			return !letterForm(p, e)
		}
	}
	return true
}

// openBoxes are boxes for stars whose plugin says in them that this visitor may rate: by a class of their own, or by an
// attribute. Nobody need have.
var openBoxes = [...]struct{ class, key, value, system string }{
	{"wprm-user-rating-allowed", "", "", "wp-recipe-maker"},
	{"wpzoom-rating-stars-container", "data-user-can-rate", "1", "recipe-card-blocks"},
}

func openBox(p *crawler.Page) (*html.Node, *int) {
	for _, box := range openBoxes {
		for _, n := range p.Class(box.class) {
			if crawler.Attr(n, box.key) == box.value && shownBox(p, n) {
				return n, nil
			}
		}
	}
	return nil, nil
}
