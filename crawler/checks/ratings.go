package checks

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// A rating is stars without words. Where visitors may give no more than that, one may say in public how it went, and not
// why: the door is open in part.

// ratingBoxes are classes that plugins give to the box in which visitors rate a page, each with the system. The number of
// those who did stands in it, as words, in its data for search engines or in an attribute.
var ratingBoxes = [...]struct{ class, system string }{
	{"kk-star-ratings", "kk-star-ratings"}, {"post-ratings", "wp-postratings"}, {"rmp-rating-widget", "rate-my-post"}, {"yasr-total-average-container", "yasr"},
	{"wprm-recipe-rating", "wp-recipe-maker"}, {"tasty-recipes-rating", "tasty-recipes"}, {"wpd-rating-wrap", "wpdiscuz"},
	{"ratingblock", "gd-star-rating"}, {"gdrts-rating-text", "gd-rating-system"}, {"mdp-stellar-box", "stellar"},
	{"itemratingblock", "k2"}, {"mv-create-reviews", "mediavine-create"},
}

// ratedBox gives the first of such boxes that somebody has rated in, and how many did. In one that nobody has, it may be
// that nobody may.
func ratedBox(p *crawler.Page) (*html.Node, *int) {
	n, _, count := ratedIn(p)
	return n, count
}

func ratedIn(p *crawler.Page) (box *html.Node, system string, count *int) {
	for _, plugin := range ratingBoxes {
		for _, n := range p.Class(plugin.class) {
			if !shownBox(p, n) {
				continue
			}
			if raters, ok := ratersOf(p, n); ok {
				return n, plugin.system, &raters
			}
		}
	}
	return nil, "", nil
}

// shownBox reports whether a box is shown, and not for rating a comment. kk-star-ratings prints its own hidden, for its
// script to show.
func shownBox(p *crawler.Page, n *html.Node) bool {
	if withinComment(n) {
		return false
	}
	if hasName(n, "kk-star-ratings") && n.Parent != nil {
		return !p.Hidden(n.Parent)
	}
	return !p.Hidden(n)
}

// ratersOf gives how many have rated in a box: by the attribute of WP Recipe Maker's or Stellar's, by the number under a
// name of its own, or by its words. None are none.
func ratersOf(p *crawler.Page, box *html.Node) (int, bool) {
	for _, key := range [...]string{"data-count", "data-voted", "data-mv-create-total-ratings"} {
		if count, ok := plainNumber(crawler.Attr(box, key)); ok && count > 0 {
			return count, true
		}
	}
	if number := inside(box, numbersRaters); number != nil {
		return numberIn(number)
	}
	return ratersStated(p.ShortText(box))
}

func numbersRaters(n *html.Node) bool {
	return lowerAttr(n, "itemprop") == "ratingcount" || hasName(n, "js-rmp-vote-count") || hasName(n, "kksr-count") || hasName(n, "count")
}

// numberIn reads the number, above none, that an element of data or of numbers alone holds.
func numberIn(n *html.Node) (int, bool) {
	said := crawler.Attr(n, "content")
	if said == "" {
		said = soleText(n)
	}
	count, ok := plainNumber(strings.Trim(said, " \t\r\n()"))
	return count, ok && count > 0
}

// raters are words for those who rated, after their number. ofOne are those for one alone: "5 out of 5 vote" counts nobody.
var (
	raters = newPhrases(
		"vote", "votes", "ratings", "stimme", "stimmen", "bewertung", "bewertungen", "voto", "votos", "voti", "avis", "valoraciones", "beoordelingen", "stemmen", "pleidlais",
		"évaluation", "évaluations", "avaliação", "avaliações", "valutazione", "valutazioni", "waarderingen", "röster", "betyg", "stemmer", "vurderinger", "értékelés", "szavazat", "ocen", "głosów", "głosy", "hodnocení", "hlasů", "голосов", "оценок",
	)
	ofOne = wordSet("vote stimme bewertung voto évaluation avaliação valutazione")
)

// totals are words for their number, before it and a colon. "Ratings: 4" is what they gave.
var totals = wordSet("total count votes stimmen votos voti stemmen")

// ratersStated reads how many rated, if any: "4.4 (7 votes)", "95 Stimmen: 4,73 von 5", "Vote count: 7", "[Total: 3 Average: 4]".
func ratersStated(text string) (int, bool) {
	words := strings.Fields(crawler.Lower(text))
	for i, w := range words {
		word := strings.Trim(w, ratingPoints)
		if i > 0 && raters.is[word] {
			if count, ok := plainNumber(strings.Trim(words[i-1], ratingPoints)); ok {
				return count, count == 1 || count > 1 && !ofOne[word]
			}
		}
		if i+1 < len(words) && totals[word] && strings.HasSuffix(w, ":") {
			if count, ok := plainNumber(strings.Trim(words[i+1], ratingPoints)); ok {
				return count, count > 0
			}
		}
	}
	return 0, false
}

// ratingPoints stand around a number of voters and the word for them.
const ratingPoints = "()[],.:;"

// starMarks stand in a body that holds a form for stars.
var starMarks = []string{"fivestar", "user_rating"}

// starForm gives a form of Drupal's Fivestar and Voting API, or of Joomla's own votes, which print it to those who may
// rate and to nobody else; with words where it has a box for them.
func starForm(p *crawler.Page, words bool) *html.Node {
	if !speaksOf(p, starMarks) {
		return nil
	}
	for _, form := range p.Tag("form") {
		if !p.Hidden(form) && takesStars(form) && words == (inside(form, tag("textarea")) != nil) {
			return form
		}
	}
	return nil
}

func takesStars(form *html.Node) bool {
	if hasName(form, "vote-form") && form.Parent != nil && ancestorOf(form, "votingapi-widgets") != nil {
		return hasName(ancestorOf(form, "votingapi-widgets"), "fivestar")
	}
	return inside(form, func(c *html.Node) bool {
		return hasName(c, "fivestar-form-item") || crawler.Attr(c, "name") == "user_rating"
	}) != nil
}

// ancestorOf gives the nearest element around n that has a name.
func ancestorOf(n *html.Node, name string) *html.Node {
	for e := n.Parent; e != nil; e = e.Parent {
		if hasName(e, name) {
			return e
		}
	}
	return nil
}

func formForReview(p *crawler.Page) (*html.Node, *int) { return starForm(p, true), nil }

func formForStars(p *crawler.Page) (*html.Node, *int) { return starForm(p, false), nil }

// sealNames are stems of the names that sites for reviews give to the seal by which a page shows what is said of its
// company over there.
var sealNames = []string{"ausgezeichnet_org", "ausgezeichnet-org", "trustpilot", "ekomi", "trustedshops", "trusted-shops", "provenexpert", "trustami", "feefo", "kununu"}

// onSeal reports whether an element is part of such a seal.
func onSeal(n *html.Node) bool {
	for e := n; e != nil; e = e.Parent {
		if slices.ContainsFunc(names(e), func(name string) bool { return stemIn(name, sealNames) }) {
			return true
		}
	}
	return false
}

// ratedByVisitors gives a rating that is marked up with the number of those who wrote a review.
func ratedByVisitors(p *crawler.Page) (*html.Node, *int) {
	return aggregate(p, "reviewcount", "count", showsSomething)
}

// ratedInStars gives one with the number of those who rated and may have written nothing.
func ratedInStars(p *crawler.Page) (*html.Node, *int) {
	return aggregate(p, "ratingcount", "votes", showsSomething)
}

// aggregate gives what is marked up as the sum of ratings, by schema.org, its forerunner or hReview-aggregate, and states
// a number under one of two names: schema.org's, and that of the others. want says whether the element will do.
func aggregate(p *crawler.Page, schema, other string, want func(*html.Node) bool) (*html.Node, *int) {
	if !speaksOf(p, ratingMarkup) {
		return nil, nil
	}
	for _, n := range p.Elements() {
		micro := hasName(n, "hreview-aggregate")
		old := strings.HasSuffix(lowerAttr(n, "itemtype"), "data-vocabulary.org/review-aggregate")
		if !micro && !old && !isItem(n, "aggregaterating") || p.Hidden(n) || onSeal(n) {
			continue
		}
		number := inside(n, func(c *html.Node) bool {
			return isItem(c, schema) || old && isItem(c, other) || micro && hasName(c, other)
		})
		if number == nil {
			continue
		}
		if count, ok := numberIn(number); ok && want(n) {
			return n, &count
		}
	}
	return nil, nil
}

// showsSomething reports whether an element holds words or anything else than data for search engines.
func showsSomething(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode && strings.TrimSpace(c.Data) != "" || c.Type == html.ElementNode && c.Data != "meta" && c.Data != "link" {
			return true
		}
	}
	return false
}

// isItem reports whether an element is named so by microdata or RDFa.
func isItem(n *html.Node, name string) bool {
	return lowerAttr(n, "itemprop") == name || lowerAttr(n, "property") == name
}

// reviewLogins are what a page says to those who would have to log in before they review or rate.
var reviewLogins = newPhrases(
	"log in to write a review", "login to write a review", "sign in to write a review", "log in to leave a review", "sign in to leave a review", "log in to rate", "login to rate", "sign in to rate",
	"please log in to write a review", "please sign in to write a review", "please log in to rate", "you must be logged in to post a review", "you must be logged in to leave a review",
	"melde dich an, um eine bewertung abzugeben", "melden sie sich an, um eine bewertung abzugeben", "bitte melde dich an, um eine bewertung abzugeben",
	"bitte melden sie sich an, um eine bewertung abzugeben", "melde dich an, um zu bewerten", "melden sie sich an, um zu bewerten", "bitte anmelden, um zu bewerten",
	"log in to add a review", "sign in to add a review", "log in to add review", "sign in to add review", "sign up to leave a review", "log in or sign up to leave a review", "sign in or sign up to leave a review",
	"please log in or sign up to leave a review", "please log in or sign up to leave a review or comment", "log in to rate this recipe", "sign in to rate this recipe",
	"connectez-vous pour donner votre avis", "connectez-vous pour laisser un avis", "inicia sesión para dejar una reseña", "mewngofnodwch i adael adolygiad",
)

// logInToReview gives a link, button or line that says no more than that.
func logInToReview(p *crawler.Page) (*html.Node, *int) {
	if !reviewLogins.on(p) {
		return nil, nil
	}
	for _, name := range [...]string{"a", "button", "p", "span", "div"} {
		for _, n := range p.Tag(name) {
			if reviewLogins.is[crawler.Lower(strings.Trim(p.ShortText(n), " .!›»"))] && !p.Hidden(n) {
				return n, nil
			}
		}
	}
	return nil, nil
}

// bazaarvoiceMarks stand in what Bazaarvoice prints of a product's reviews for search engines, before their numbers.
var bazaarvoiceMarks = []string{"co_hasreviews"}

// bazaarvoiceReviews gives the element in which Bazaarvoice tells search engines that a product has reviews, and how many:
// "co_hasreviews, tv_113, tr_113". A page served by its older way holds it in a noscript element.
func bazaarvoiceReviews(p *crawler.Page) (*html.Node, *int) {
	if !speaksOf(p, bazaarvoiceMarks) {
		return nil, nil
	}
	for _, name := range [...]string{"li", "noscript"} {
		for _, n := range p.Tag(name) {
			if n.FirstChild == nil || n.FirstChild.Type != html.TextNode {
				continue
			}
			_, rest, ok := strings.Cut(n.FirstChild.Data, bazaarvoiceMarks[0]+", tv_")
			digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
			if count, number := plainNumber(rest[:digits]); ok && number && count > 0 {
				return n, &count
			}
		}
	}
	return nil, nil
}

// ratingNames are stems of the names of a part of a page that shows a rating.
var ratingNames = crawler.NewSigns("rating", "bewertung", "fivestar")

// maxRating is how much a rating says at most, and maxRatings how many of a page may be its own: one above, one below.
// More are those of other pages, or of comments.
const (
	maxRating  = 80
	maxRatings = 2
)

// statedRating gives a part of the page that is named for its rating and says how many gave it.
func statedRating(p *crawler.Page) (said *html.Node, by *int) {
	if !raters.on(p) {
		return nil, nil
	}
	var last *html.Node
	found := 0
	for _, n := range p.Elements() {
		if len(n.Attr) == 0 || last != nil && holds(last, n) || !namedForStars(n) || p.Hidden(n) {
			continue
		}
		text := p.ShortText(n)
		count, ok := ratersStated(text)
		if !ok || len(text) > maxRating || onSeal(n) || inMenu(n) || withinComment(n) {
			continue
		}
		last = n
		if found++; found == 1 {
			said, by = n, &count
		}
	}
	if found > maxRatings {
		return nil, nil
	}
	return said, by
}

func namedForStars(n *html.Node) bool {
	return n.Data != "body" && slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return (a.Key == "id" || a.Key == "class") && ratingNames.In(a.Val) })
}
