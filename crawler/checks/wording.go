package checks

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"doorknock/audit"
	"doorknock/crawler"
)

// Bounds of a wording: rules for talking are a page, and not a book.
const (
	maxSentences = 300
	maxSentence  = 500 // bytes
)

// spoken are the sentences of a block as they stand.
func spoken(b block) []string {
	return strings.FieldsFunc(sentenceEnds.Replace(b.text), func(r rune) bool { return r == '\n' })
}

// wordingOf gives the sentences of a page's content, to be compared with those of another visit. What the site puts around
// its content is not among them, and neither is when the page was last touched.
func wordingOf(c content) []string {
	var all []string
	for _, b := range c.blocks {
		all = append(all, spoken(b)...)
	}
	return worded(all)
}

// worded makes sentences fit for comparing: white space, dates, repeats and the mark at the end, which the last sentence of
// a block keeps, make no difference.
func worded(sentences []string) []string {
	var all []string
	seen := map[string]bool{}
	for _, s := range sentences {
		if touched.MatchString(crawler.Lower(s)) {
			continue
		}
		s = audit.Cut(strings.Join(strings.Fields(daysNamed.ReplaceAllString(s, "(date)")), " "), maxSentence)
		s = strings.TrimRight(s, ".!?;")
		if len(s) < 3 || seen[s] || len(all) == maxSentences {
			continue
		}
		seen[s] = true
		all = append(all, s)
	}
	return all
}

var (
	// touched is a sentence that says when the page was last touched.
	touched   = regexp.MustCompile(`^(?:this page |page |these rules |policy )?(?:was |were )?(?:last )?(?:updated|reviewed|modified|published|diweddarwyd|adolygwyd|next review)\b`)
	daysNamed = regexp.MustCompile(`\b\d{1,2}(?:st|nd|rd|th)? (?:January|February|March|April|May|June|July|August|September|October|November|December|Ionawr|Chwefror|Mawrth|Ebrill|Mai|Mehefin|Gorffennaf|Awst|Medi|Hydref|Tachwedd|Rhagfyr) 20\d\d\b|` +
		`\b(?:January|February|March|April|May|June|July|August|September|October|November|December) 20\d\d\b|\b\d{1,2}[/.]\d{1,2}[/.](?:20)?\d\d\b|\b20\d\d-\d\d-\d\d\b`)
)

// foldRules is foldSite for what is compared from visit to visit: of several pages of rules the one with the first address
// speaks, in whichever order they were read.
func foldRules(f crawler.Folding) []audit.Finding {
	f.Readings = slices.Clone(f.Readings)
	slices.SortStableFunc(f.Readings, func(a, b audit.Reading) int {
		return cmp.Or(cmp.Compare(len(a.URL), len(b.URL)), strings.Compare(a.URL, b.URL))
	})
	return foldSite(f)
}
