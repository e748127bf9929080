package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// reviewPlugins are classes that shop software and review plugins give to a visitor's review or to the box for one, and to
// nothing else. Stars by which readers like a post are no reviews.
var reviewPlugins = []string{
	"woocommerce-reviews", "woocommerce-review__published-date", // WooCommerce
	"product-detail-review-list-content", "product-detail-review-item", "product--rating-container", // Shopware
	"spr-review", "jdgm-rev", "yotpo-review", "stamped-review", "loox-review", "okendoreviews", // Shopify's plugins, as a server prints them
	"wpcr3_review", "glsr-review", "rwp-review", "customer-reviews-list", // WordPress's plugins
	"mv-create-reviews",
	"product-comment-list-item", "tab-review-form", // PrestaShop, OpenCart
}

// pluginReview gives what a review plugin prints.
func pluginReview(p *crawler.Page) (*html.Node, *int) {
	for _, name := range reviewPlugins {
		for _, n := range visible(p, p.Class(name)) {
			if n.Data != "body" && !inMenu(n) && p.ShortText(n) != "" {
				return n, nil
			}
		}
	}
	return nil, nil
}

// sitesOfReviews are sites that hold visitors' reviews of others and nothing else.
var sitesOfReviews = map[string]bool{
	"trustpilot.com": true, "feefo.com": true, "reviews.io": true, "reviews.co.uk": true, "allagents.co.uk": true, "homeviews.com": true, "tripadvisor.com": true,
	"tripadvisor.co.uk": true, "yelp.com": true, "yelp.co.uk": true, "yell.com": true, "provenexpert.com": true,
}

// onReviewSite gives a review on a page of a site for reviews, where it is by a visitor, be it the only one.
func onReviewSite(p *crawler.Page) (*html.Node, *int) {
	if !sitesOfReviews[crawler.Lane(p.URL().Hostname())] {
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
		_, rest, ok := strings.Cut(d.script.FirstChild.Data, `"reviewCount"`)
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
	if !reviewCounted.on(p) {
		return nil, nil
	}
	for _, name := range [...]string{"span", "a", "div", "p", "h2", "h3"} {
		for _, n := range p.Tag(name) {
			count, ok := reviewsStated(soleText(n))
			if ok && count > 0 && !p.Hidden(n) && !inMenu(n) && namedForRating(n) {
				return n, &count
			}
		}
	}
	return nil, nil
}

// reviewsStated reads "(12 customer reviews)", "12 Bewertungen".
func reviewsStated(text string) (int, bool) {
	text = strings.Trim(text, " \t\r\n()[].")
	if len(text) > maxHead || text == "" || text[0] < '0' || text[0] > '9' {
		return 0, false
	}
	number, words, _ := strings.Cut(text, " ")
	count, ok := plainNumber(number)
	return count, ok && reviewCounted.is[strings.ToLower(strings.TrimSpace(words))]
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
