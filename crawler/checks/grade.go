package checks

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// Grade asks whether the site shows what the regulator thinks of the landlord.
func Grade() crawler.Check {
	return crawler.Check{
		ID:    "grade",
		Title: "Does the site show the regulator's grades, with a link to the judgement?",
		Why:   "The grade is the one independent view of a landlord; the judgement behind it says what has to get better.",
		Basis: "practice, in no score: it is the regulator's view of the landlord",
		Rule: "Open where a page, not a news item, gives the landlord's own grade (C1 to C4, G1 to G4, V1 to V4) beside the regulator's words and links the " +
			"judgement. Restricted (partial) where it does one of both. A page that explains what all grades mean gives none.",
		Version:   1,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Words: []string{"regulat", "judgement", "judgment", "grading", "our grades", "performance", "governance", "inspection", "investor", "about us", "rheoleiddi", "llywodraethu",
			"dyfarniad"},
		Look: lookGrade,
		Fold: foldSite,
	}
}

var gradeStems = []string{"regulat", "consumer stand", "consumer grad", "judgement", "judgment", "grading", "rheoleiddi", "dyfarniad rheol"}

func lookGrade(p *crawler.Page) crawler.Look {
	if !speaksOf(p, gradeStems) || toldOnADay(p) {
		return quietUnless(p, gradeStems)
	}
	all := mainStretches(p)
	graded, grades := ownGrade(all)
	linked, values := judgementLink(p, all), gradeValue(grades)
	switch {
	case graded != nil && linked != nil:
		return crawler.Look{State: audit.Open, Rule: "grade-and-link", Mark: graded, Values: values}
	case graded != nil:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "grade-only", Mark: graded, Values: values}
	case linked != nil:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "link-only", Mark: linked}
	}
	return quietUnless(p, gradeStems)
}

// regulatorWords stand beside a grade, and not beside a flat, a licence or a class of vehicle.
var regulatorWords = []string{"regulator", "consumer stand", "consumer grad", "rheoleiddi"}

// ownGrade gives the line that says the landlord's own grade and holds a regulator's word, or the heading that does and
// under which the grade stands; and the grade of each family that such lines say.
func ownGrade(all []stretch) (first *html.Node, own map[byte]string) {
	own = map[byte]string{}
	take := func(n *html.Node, grades []string) {
		if first == nil {
			first = n
		}
		for _, g := range grades {
			if own[g[0]] == "" {
				own[g[0]] = g
			}
		}
	}
	families := map[byte]map[string]bool{}
	for _, b := range all {
		for _, g := range gradesIn(b.text) {
			if families[g[0]] == nil {
				families[g[0]] = map[string]bool{}
			}
			families[g[0]][g] = true
		}
	}
	for i, b := range all {
		grades := gradesIn(b.text)
		if len(grades) == 0 || len(b.text) > 600 || !oneOfEach(grades) {
			continue
		}
		told := stemIn(b.lower, []string{"we have been", "we were", "we are", "we've", "we retain", "we received", "we hold", "awarded", "our ", "given us", "gave us"})
		if explains := len(families[grades[0][0]]) > 2; explains && !told || others(b.lower) {
			continue
		}
		if stemIn(b.lower, regulatorWords) {
			take(b.node, grades)
		} else if s := sectionOf(all, i); s != nil && stemIn(s.lower, regulatorWords) && !others(s.lower) {
			take(s.node, grades)
		}
	}
	return first, own
}

// gradeValue gives the grades as the regulator orders them: governance, viability, consumer.
func gradeValue(own map[byte]string) audit.Values {
	var all []string
	for _, family := range "GVC" {
		if g := own[byte(family)]; g != "" {
			all = append(all, g)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return audit.Values{audit.ValueGrade: audit.Text(strings.Join(all, "/"))}
}

// others reports whether a line explains grades or speaks of another landlord's.
func others(lower string) bool {
	return stemIn(lower, []string{" means", "grades explained", "what the grades", "example", "merger", "merge with", "merging with", "our partner ", "previous", "other landlords", "highest grade is", "lowest grade is"})
}

// gradesIn gives the grades in a text, in the order in which they stand.
func gradesIn(text string) (found []string) {
	inWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for i := 0; i+2 <= len(text); i++ {
		if text[i] != 'C' && text[i] != 'G' && text[i] != 'V' || text[i+1] < '1' || text[i+1] > '4' {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+2:])
		if !inWord(before) && !inWord(after) {
			found = append(found, text[i:i+2])
		}
	}
	return found
}

// oneOfEach reports whether no two different grades of one family are named.
func oneOfEach(grades []string) bool {
	by := map[byte]string{}
	for _, g := range grades {
		if was, ok := by[g[0]]; ok && was != g {
			return false
		}
		by[g[0]] = g
	}
	return true
}

// judgementLink gives a link of the main content to the landlord's own judgement, at the regulator or as a document.
func judgementLink(p *crawler.Page, all []stretch) *html.Node {
	for _, l := range mainLinks(p, all, []string{"regulatory judg", "regulatory-judg", "regulatory grad", "regulatory-grad", "judgement", "dyfarniad"}) {
		said := l.text + " " + l.href
		official := strings.Contains(l.href, "gov.uk/") || strings.Contains(l.href, "housingregulator") || l.document
		if official && stemIn(said+" "+all[l.block].lower, []string{"regulat", "rheoleiddi"}) && !stemIn(said, []string{"judgements-and", "judgements and", "all judgements", "list", "guid", "about regulatory", "how we"}) {
			return l.node
		}
	}
	return nil
}
