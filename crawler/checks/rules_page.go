package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// RulesPage asks whether the public can read by which rules they are answered, and removed, online.
func RulesPage() crawler.Check {
	return crawler.Check{
		ID:    "rules_page",
		Title: "Are there published rules for talking to the landlord online?",
		Why:   "Who does not know the rules cannot tell whether a comment was removed by them or against them.",
		Basis: "practice, in no score: it says how to talk, not whether one can",
		Rule: "Open where a page of the site is headed by rules for talking (house rules, community or social media guidelines, a moderation policy) and says " +
			"what becomes of posts or comments. Rules of a building, and rules for staff, are none. Restricted where there is only a line on another " +
			"page that says which comments are removed, or only a document so named, which is not read.",
		Version:   1,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Own:       true,
		Words:     rulesLinks,
		Look:      lookRules,
		Fold:      foldRules,
	}
}

var rulesLinks = []string{
	"house rules", "houserules", "guideline", "social media", "socialmedia", "facebook", "moderation", "residents charter", "community rules", "comment policy",
	"comments policy", "canllaw", "rheolau", "cyfryngau cymdeithasol",
}

// rulesStems are words that a site says somewhere if it has such rules. The name of a row of icons is none of them.
var rulesStems = []string{"house rules", "house-rules", "houserules", "guidelines", "social media", "moderation", "residents' charter", "residents’ charter", "cyfryngau cymdeithasol", "canllawiau", "rheolau"}

// rulesNames are what such a page or document is called. The second need a word about talking in the heading beside them.
var (
	rulesNames = []string{
		"house rules", "social media policy", "social media guidelines", "social media rules", "social media community", "social media charter", "community guidelines",
		"facebook guidelines", "facebook rules", "facebook policy", "posting guidelines", "posting rules", "moderation policy", "moderation guidelines", "comment policy", "comments policy",
		"commenting policy", "comment guidelines", "commenting guidelines", "commenting rules", "rules for commenting", "canllawiau cyfryngau cymdeithasol",
		"polisi cyfryngau cymdeithasol", "rheolau'r tŷ", "canllawiau cymunedol", "polisi sylwadau",
	}
	rulesKinds = []string{"guidelines", "rules", "policy", "charter", "standards", "agreement", "canllawiau", "rheolau", "polisi", "siarter"}
	talkNames  = []string{"social media", "facebook", "online community", "our online", "talking to us online", "social channels", "cyfryngau cymdeithasol", "ar-lein"}
)

func namesRules(s string) bool {
	return stemIn(s, rulesNames) || stemIn(s, rulesKinds) && stemIn(s, talkNames)
}

// talked are what visitors write, and treated what becomes of it.
var (
	talked  = crawler.NewSigns("comment", "post", "message", "sylwad", "neges", "negeseuon")
	treated = crawler.NewSigns(
		"remove", "delete", "hide ", "hidden", "moderat", "block", "ban ", "banned", "not allow", "not accept", "not tolerat", "abusive", "offensive", "respectful",
		"reserve the right", "dileu", "tynnu", "rhwystro", "sarhaus", "parchus",
	)
	// removing is stricter: a line on a page about something else is of the rules only where it says that words are removed.
	removing = crawler.NewSigns(
		"remove comments", "remove any comment", "remove posts", "remove any post", "delete comments", "delete any comment", "delete posts", "delete any post", "hide comments",
		"comments will be removed", "comments may be removed", "posts will be removed", "posts may be removed", "comments will be deleted", "posts will be deleted",
		"comments that are abusive", "comments which are abusive", "dileu sylwadau", "tynnu sylwadau",
	)
)

func lookRules(p *crawler.Page) crawler.Look {
	if !speaksOf(p, rulesStems) && !tells(p, rulesStems) || isNews(p) {
		return quietUnless(p, rulesStems)
	}
	c := contentOf(p)
	if head := rulesHead(p, c); head != nil {
		return crawler.Look{State: audit.Open, Rule: "rules-page", Mark: head, Wording: wordingOf(c)}
	}
	if line := c.inBlocks(func(b block) bool { return removing.In(b.lower) && onlineWords.In(b.lower) }); line != nil && !forStaff(p) {
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "rules-line", Mark: line}
	}
	paper := c.document(p, func(s string) bool { return namesRules(s) && stemIn(s, talkNames) && !stemIn(s, elsewhere) })
	if paper != nil {
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "rules-document", Mark: paper}
	}
	return quietUnless(p, rulesStems)
}

// onlineWords tell that a line speaks of the landlord's pages and not of notes on a board in the hall.
var onlineWords = crawler.NewSigns("social media", "facebook", "our page", "our channels", "twitter", "instagram", "online", "cyfryngau cymdeithasol", "ein tudalen")

func forStaff(p *crawler.Page) bool { return stemIn(crawler.Lower(p.Title()), elsewhere) }

// rulesHead gives the heading of a page of rules for talking, whose blocks say what becomes of what visitors write.
func rulesHead(p *crawler.Page, c content) *html.Node {
	said, lines := (*html.Node)(nil), 0
	for _, b := range c.blocks {
		if !b.heading && talked.In(b.lower) && treated.In(b.lower) {
			said = b.n
			lines++
		}
	}
	head := headed(p, namesRules)
	if head == nil && lines > 1 {
		head = headed(p, func(s string) bool { return stemIn(s, talkNames) }) // "Social media", and below it the rules
	}
	if head == nil {
		return nil
	}
	online := c.inBlocks(func(b block) bool { return onlineWords.In(b.lower) || strings.Contains(b.lower, "comment") })
	if said == nil || online == nil {
		return nil
	}
	return head
}
