package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// reviewPlugins are classes that shop software and review plugins give to a visitor's review or to the box for one, and to
// nothing else, each with the system. Stars by which readers like a post are no reviews.
var reviewPlugins = [...]struct{ class, system string }{
	{"woocommerce-reviews", "woocommerce"}, {"woocommerce-review__published-date", "woocommerce"},
	{"product-detail-review-list-content", "shopware"}, {"product-detail-review-item", "shopware"}, {"product--rating-container", "shopware"},
	// Shopify's plugins, as a server prints them.
	{"spr-review", "shopify"}, {"jdgm-rev", "judge.me"}, {"yotpo-review", "yotpo"}, {"stamped-review", "stamped"}, {"loox-review", "loox"}, {"okendoreviews", "okendo"},
	// WordPress's plugins.
	{"wpcr3_review", "wp-customer-reviews"}, {"glsr-review", "site-reviews"}, {"rwp-review", "reviewer"}, {"customer-reviews-list", "customer-reviews"},
	{"mv-create-reviews", "mediavine-create"},
	{"product-comment-list-item", "prestashop"}, {"tab-review-form", "opencart"},
}

// pluginReview gives what a review plugin prints, and how many reviews it tells search engines of.
func pluginReview(p *crawler.Page) (*html.Node, *int) {
	n, _ := pluginOf(p)
	if n == nil {
		return nil, nil
	}
	_, count := aggregate(p, "reviewcount", "count", func(*html.Node) bool { return true })
	return n, count
}

func pluginOf(p *crawler.Page) (printed *html.Node, system string) {
	for _, plugin := range reviewPlugins {
		for _, n := range visible(p, p.Class(plugin.class)) {
			if n.Data != "body" && !inMenu(n) && p.ShortText(n) != "" {
				return n, plugin.system
			}
		}
	}
	return nil, ""
}

// reviewSystem names the system that prints a page's reviews, "" where none is known.
func reviewSystem(p *crawler.Page) string {
	if n, _ := recipeRatings(p); n != nil {
		return "wp-recipe-maker"
	}
	if lane := p.Lane(); sitesOfReviews[lane] {
		return lane
	}
	_, system := pluginOf(p)
	return system
}

// ratingSystem names the system in whose box visitors rated, "" where none is known.
func ratingSystem(p *crawler.Page) string {
	_, system, _ := ratedIn(p)
	return system
}

// newestReview gives the time of the review that may be the newest of those that the page marks up or a plugin prints, as
// closely as it is stated.
func newestReview(p *crawler.Page) (newest crawler.When) {
	take := func(n *html.Node, said ...string) {
		if p.Hidden(n) || !inReview(n) {
			return
		}
		for _, s := range said {
			if w := crawler.ReadWhen(s, p.Answer.At, true); !w.IsZero() && !w.From.After(p.Answer.At) {
				newest = crawler.When(audit.Written(newest).Later(audit.Written(w)))
				return
			}
		}
	}
	for _, n := range p.Tag("time") {
		take(n, crawler.Attr(n, "datetime"), p.ShortText(n))
	}
	for _, name := range [...]string{"meta", "span", "p", "div"} {
		for _, n := range p.Tag(name) {
			if lowerAttr(n, "itemprop") == "datepublished" {
				take(n, crawler.Attr(n, "content"), p.ShortText(n))
			}
		}
	}
	return newest
}

// inReview reports whether an element stands in a review that is marked up as one, or in what a review plugin prints.
func inReview(n *html.Node) bool {
	for e := n.Parent; e != nil && e.Data != "body"; e = e.Parent {
		if isReviewType(crawler.Attr(e, "itemtype")) || isReviewType(crawler.Attr(e, "typeof")) || hasName(e, "hreview") {
			return true
		}
		for _, plugin := range reviewPlugins {
			if hasName(e, plugin.class) {
				return true
			}
		}
	}
	return false
}

// sitesOfReviews are sites that hold visitors' reviews of others and nothing else.
var sitesOfReviews = map[string]bool{
	"trustpilot.com": true, "feefo.com": true, "reviews.io": true, "reviews.co.uk": true, "allagents.co.uk": true, "homeviews.com": true, "tripadvisor.com": true,
	"tripadvisor.co.uk": true, "yelp.com": true, "yelp.co.uk": true, "yell.com": true, "provenexpert.com": true,
}

// onReviewSite gives a review on a page of a site for reviews, where it is by a visitor, be it the only one.
func onReviewSite(p *crawler.Page) (*html.Node, *int) {
	if !sitesOfReviews[p.Lane()] {
		return nil, nil
	}
	for _, name := range [...]string{"article", "section", "div", "li"} {
		for _, n := range p.Tag(name) {
			for _, class := range names(n) {
				if strings.HasPrefix(class, "review") && !p.Hidden(n) && len(p.ShortText(n)) > 40 {
					return n, nil
				}
			}
		}
	}
	return nil, nil
}

// reviewsInData gives the data in which a page tells search engines of visitors' reviews and of how many there are. A
// review without their number may be the editor's own, a rating without a review may stand nowhere on the page.
func reviewsInData(p *crawler.Page) (*html.Node, *int) {
	for _, d := range dataOf(p) {
		if !d.hasType("Review", "UserReview") || !d.hasType("AggregateRating") {
			continue
		}
		_, rest, ok := strings.Cut(d.text, `"reviewCount"`)
		rest = strings.TrimLeft(rest, " \t\r\n:\"")
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if count, number := plainNumber(rest[:digits]); ok && number && count > 0 {
			return d.script, &count
		}
	}
	return nil, nil
}

// reviewCounted are words after the number of reviews.
var reviewCounted = newPhrases(
	"reviews", "review", "customer reviews", "customer review", "guest reviews", "verified reviews", "user reviews", "bewertungen", "bewertung", "kundenbewertungen", "kundenbewertung",
	"gästebewertungen", "rezensionen", "rezension", "avis", "avis clients", "reseñas", "reseña", "opiniones", "opiniones de clientes", "valoraciones", "adolygiadau", "adolygiad", "recensioni", "beoordelingen",
)

// countedReviews gives the words "12 customer reviews" in a part of the page that is named for its rating.
func countedReviews(p *crawler.Page) (*html.Node, *int) {
	if !reviewCounted.on(p) && !speaksOf(p, ratingMarkup) { // a hard blank joins the number and its word to one
		return nil, nil
	}
	for _, name := range [...]string{"span", "a", "div", "p", "h2", "h3"} {
		for _, n := range p.Tag(name) {
			count, ok := reviewsStated(soleText(n))
			if ok && count > 0 && !p.Hidden(n) && !inMenu(n) && namedForRating(n) && !onSeal(n) {
				return n, &count
			}
		}
	}
	return nil, nil
}

// reviewsStated reads "(12 customer reviews)", "12 Bewertungen".
func reviewsStated(text string) (int, bool) {
	text = strings.Trim(strings.ReplaceAll(text, "\u00a0", " "), " \t\r\n()[].")
	if len(text) > maxHead || text == "" || text[0] < '0' || text[0] > '9' {
		return 0, false
	}
	number, words, _ := strings.Cut(text, " ")
	count, ok := plainNumber(number)
	return count, ok && reviewCounted.is[crawler.Lower(strings.TrimSpace(words))]
}

// namedForRating reports whether an element, or one of the two around it, is named for a rating or for reviews of a
// product.
func namedForRating(n *html.Node) bool {
	for e, up := n, 0; e != nil && up < 3; e, up = e.Parent, up+1 {
		for _, name := range names(e) {
			if stemIn(name, reviewNames) {
				return true
			}
		}
	}
	return false
}
