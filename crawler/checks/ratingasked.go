package checks

import (
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
	"rate this", "rate this recipe", "rate recipe", "rate the recipe", "rate this product", "rezept bewerten", "bewerte das rezept", "noter cette recette", "noter la recette", "évaluer cette recette", "évaluer la recette",
	"avaliar receita", "avalie essa receita", "avalie esta receita", "valora esta receta", "valorar receta", "califica esta receta", "vota la ricetta", "vota questa ricetta", "valuta la ricetta",
	"beoordeel dit recept", "geef jouw beoordeling", "oceń przepis", "betygsätt receptet", "bedøm opskriften", "értékeld a receptet",
)

// asksToRate gives a button, a link that stays on the site or a line in a form which asks to rate.
func asksToRate(p *crawler.Page) (*html.Node, *int) {
	if !ratingAsking.on(p) {
		return nil, nil
	}
	asks := func(n *html.Node) bool {
		return ratingAsking.is[crawler.Lower(strings.Trim(p.ShortText(n), " .!?:›»"))] && !p.Hidden(n)
	}
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
	return nil, nil
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
