package checks

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// Reviews asks whether a visitor may leave a review or recommendation, and whether those of others are shown.
func Reviews() crawler.Check {
	return crawler.Check{
		ID:    "reviews",
		Title: "May visitors leave a review?",
		Why:   "Reviews let people compare what landlords say with what tenants found.",
		Basis: "practice, in the Door: whether one can say in public how it went",
		Rule: "Open where a page of the site shows visitors' reviews, or a box to leave one: told by the marks of its review plugin, " +
			"by at least two reviews marked up as such or one beside their number, by a number of reviews in a part that is named for them, " +
			"by a button that asks for a review, or by stars in the form for comments. On a site that holds nothing else one is enough. One review " +
			"alone may be the editor's own; a forum's rating of a thread is none. " +
			"Restricted (login) where it tells visitors to log in before they review or rate; restricted (partial) where they may give stars and no words: " +
			"by a rating with the number of its voters, in markup, in the box of a rating plugin or in a part that is named for it, by a form or box for stars that " +
			"its system prints to those who may, by a button that asks for them, by stars to choose from on a page that is about a thing which people rate, or by a rating in the page's data for search engines that " +
			"something on the page bears out: its numbers, or the place where its stars are shown. " +
			"Such data alone is none, nor is any other box of stars in which nobody has rated yet. " +
			"A link to a review site elsewhere, the seal of one, or a part that is loaded later, is none, and no absence either. " +
			"Facebook forbids robots to read its pages, so an anonymous look there is unknown; a saved page with its card or tab of reviews is open, one without is unknown.",
		Version: 7,
		Door:    true,
		On:      []audit.Platform{audit.Web, audit.Facebook, "trustpilot", "google", "allagents", "homeviews"},
		Site:    true,
		Words:   []string{"review", "testimonial", "rate us", "rating", "adolygiad", "bewertung"},
		Look:    lookReviews,
		Fold:    foldReviews,
	}
}

// foldReviews folds a question about the whole site, and adds what all its pages tell: on how many of the posts one may review
// or rate; the most reviews that one page lists or states, for the same ones may stand on several; their systems, and when the
// newest was written.
func foldReviews(f crawler.Folding) []audit.Finding {
	found := foldSite(f)
	x := &found[0]
	of := reviewedPosts(f, x.Verdict.State())
	for _, r := range f.Readings {
		if s := r.Verdict.State(); s != x.Verdict.State() || s != audit.Open && s != audit.Restricted {
			continue
		}
		if r.System != "" && !slices.Contains(of.Systems, r.System) && len(of.Systems) < maxSystems {
			of.Systems = append(of.Systems, r.System)
		}
		x.Count, x.CountClaimed = larger(x.Count, r.Count), larger(x.CountClaimed, r.CountClaimed)
		of.Newest = of.Newest.Later(r.Newest)
	}
	if x.System == "" && len(of.Systems) > 0 {
		x.System = of.Systems[0]
	}
	if of.Total() > 0 || len(of.Systems) > 0 || !of.Newest.IsZero() {
		x.Of = &of
	}
	return found
}

// reviewedPosts counts the pages that were read as posts by what each says. One that shows nothing is unknown, for reviews may
// stand elsewhere; only where the whole site has none, it is without them.
func reviewedPosts(f crawler.Folding, site audit.State) (of audit.Of) {
	posts := map[string]bool{}
	for _, c := range f.Visit.Captures {
		if c.Asked != nil && c.Asked.Post != nil {
			posts[cmp.Or(c.Unchanged, c.ID)] = true
		}
	}
	for _, r := range f.Readings {
		if !posts[r.Capture] {
			continue
		}
		delete(posts, r.Capture) // one page is one post
		switch {
		case r.Verdict.State() == audit.Open:
			of.Open++
		case r.Verdict.State() == audit.Restricted:
			of.Restricted++
		case site == audit.Absent:
			of.Absent++
		default:
			of.Unknown++
		}
	}
	return of
}

// larger gives the larger of two numbers, of which either may be unknown.
func larger(a, b *int) *int {
	if a == nil || b != nil && *b > *a {
		return b
	}
	return a
}

var reviewStems = []string{"review", "rating", "fivestar", "testimonial", "trustpilot", "adolygiad", "bewertung", "rezension", "reseña", "recensi", "avis-", "-avis"}

// What must stand in a body before its elements are looked through for markup of reviews and ratings.
var (
	reviewMarkup = []string{"schema.org", "hreview", "v:review", "typeof=\"review"}
	ratingMarkup = []string{"aggregaterating", "review-aggregate"}
)

func lookReviews(p *crawler.Page) crawler.Look {
	if onFacebook(p) {
		return facebookReviews(p)
	}
	if _, _, board := boardOf(p); !board && (speaksOf(p, reviewStems) || reviewCounted.on(p)) {
		for _, rule := range reviewRules {
			n, count := rule.find(p)
			switch {
			case n == nil:
			case rule.kind != "":
				return crawler.Look{State: audit.Restricted, Kind: rule.kind, Rule: rule.name, Mark: n, CountClaimed: count, System: ratingSystem(p)}
			default:
				return crawler.Look{State: audit.Open, Rule: rule.name, Mark: n, Count: count, System: reviewSystem(p), Newest: newestReview(p)}
			}
		}
		if n, s := p.Drawer("reviews"); n != nil {
			return crawler.Look{Reason: audit.ReasonNeedsJS, System: s.Name}
		}
		if leadsElsewhere(p, reviewStems) {
			return crawler.Look{Reason: audit.ReasonThirdParty}
		}
	}
	if reviewCounted.on(p) {
		return crawler.Look{Reason: audit.ReasonNoMarker}
	}
	return quietIfWhole(p, reviewStems)
}

// reviewRules are tried in order; each gives the element that says so, and how many reviews are listed, or how many are said
// to have rated, where it knows. Those with a kind restrict.
var reviewRules = []struct {
	name string
	kind audit.Kind
	find func(*crawler.Page) (*html.Node, *int)
}{
	{"wp-recipe-maker", "", recipeRatings},
	{"marked-up-reviews", "", markedReviews},
	{"rated-by-visitors", "", ratedByVisitors},
	{"asks-for-a-review", "", asksForReview},
	{"review-plugin", "", pluginReview},
	{"review-site", "", onReviewSite},
	{"reviews-in-data", "", reviewsInData},
	{"bazaarvoice-reviews", "", bazaarvoiceReviews},
	{"reviews-counted", "", countedReviews},
	{"stars-with-a-comment", "", starsWithComment},
	{"form-for-a-review", "", formForReview},
	{"log-in-to-review", audit.KindLogin, logInToReview},
	{"rated-in-stars", audit.KindPartial, ratedInStars},
	{"rating-plugin", audit.KindPartial, ratedBox},
	{"form-for-stars", audit.KindPartial, formForStars},
	{"stated-rating", audit.KindPartial, statedRating},
	{"rating-in-data", audit.KindPartial, ratingInData},
	{"asks-to-rate", audit.KindPartial, asksToRate},
	{"button-to-rate", audit.KindPartial, ratesHere},
	{"stars-to-choose", audit.KindPartial, starRadios},
	{"may-rate", audit.KindPartial, openBox},
}

// recipeRatings gives what WP Recipe Maker prints with a comment that rates, or in the form that asks for a rating.
func recipeRatings(p *crawler.Page) (*html.Node, *int) {
	given := visible(p, p.Class("wprm-comment-rating"))
	if n := len(given); n > 0 {
		return given[0], &n
	}
	if asked := visible(p, p.Class("comment-form-wprm-rating")); len(asked) > 0 {
		return asked[0], nil
	}
	return nil, nil
}

// markedReviews gives the first of the reviews that the page marks up: by schema.org (microdata or RDFa), or as hReview.
// One alone may be an editor's.
func markedReviews(p *crawler.Page) (*html.Node, *int) {
	if !speaksOf(p, reviewMarkup) {
		return nil, nil
	}
	var found []*html.Node
	for _, n := range typedOrNamed(p, "hreview") {
		if hasName(n, "comment") {
			continue // SPIP's pages mark every comment up as a review
		}
		if (isReviewType(crawler.Attr(n, "itemtype")) || isReviewType(crawler.Attr(n, "typeof")) || hasName(n, "hreview")) && !p.Hidden(n) {
			found = append(found, n)
		}
	}
	if n := len(found); n > 1 {
		return found[0], &n
	}
	return nil, nil
}

func isReviewType(kind string) bool {
	kind = crawler.Lower(strings.TrimSpace(kind))
	return strings.HasSuffix(kind, "schema.org/review") || kind == "v:review" || kind == "review"
}

// reviewAsking are the words of a button or link that asks for a review, as the whole of its text.
var reviewAsking = newPhrases(
	"write a review", "leave a review", "add a review", "post a review", "submit a review", "write your review",
	"leave us a review", "would you like to leave us a review", "would you like to leave a review", "submit your review", "add your review", "review this product", "be the first to review", "be the first to rate & review", "add rating & review", "add your rating & review", "add review", "rate & review", "rate and review", "rate & comment", "jetzt bewerten", "bewertung verfassen",
	"kundenbewertung schreiben", "laisser un avis", "déposer un avis", "écrire un avis", "donner votre avis", "escribe una reseña", "deja tu opinión", "dejar una reseña", "write a customer review", "bewertung schreiben", "bewertung abgeben",
	"rezension schreiben", "donner mon avis", "rédiger un avis", "escribir una reseña", "escribir una opinión",
	"scrivi una recensione", "ysgrifennu adolygiad", "gadael adolygiad",
)

// asksForReview gives a button, or a link that stays on the site, which asks for a review.
func asksForReview(p *crawler.Page) (*html.Node, *int) {
	if !reviewAsking.on(p) {
		return nil, nil
	}
	for _, name := range [...]string{"a", "button"} {
		for _, n := range p.Tag(name) {
			if !reviewAsking.is[crawler.Lower(strings.Trim(p.ShortText(n), " .!?›»"))] || p.Hidden(n) {
				continue
			}
			if name == "button" || staysHere(p, n) {
				return n, nil
			}
		}
	}
	return nil, nil
}

// staysHere reports whether a link stays on the site: by its address, or as one without, which a script acts on.
func staysHere(p *crawler.Page, n *html.Node) bool {
	href := lowerAttr(n, "href")
	if href == "" || strings.HasPrefix(href, "javascript:") {
		return !onSeal(n)
	}
	u, ok := p.Resolve(crawler.Attr(n, "href"))
	return ok && p.OwnSite(u)
}

// visible leaves out the elements that are hidden.
func visible(p *crawler.Page, all []*html.Node) (seen []*html.Node) {
	for _, n := range all {
		if !p.Hidden(n) {
			seen = append(seen, n)
		}
	}
	return seen
}
