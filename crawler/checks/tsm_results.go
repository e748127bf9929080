package checks

import (
	"strings"
	"time"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// TSMResults asks whether the newest tenant satisfaction measures are on the site.
func TSMResults() crawler.Check {
	return crawler.Check{
		ID:    "tsm_results",
		Title: "Are the newest tenant satisfaction measures on the site?",
		Why:   "Tenants can hold a landlord to account only for results that they can find and read.",
		Basis: onDuty,
		Rule: "Open where a page of the site, not a news item, gives at least ten of the twelve measures TP01 to TP12 with their values for the newest " +
			"reporting year. The year ends on 31 March; from October on the year that ended in that spring is expected, before that the one before it. " +
			"Restricted (partial) where there are fewer of them, no year stands with them, or they are only linked as a document; restricted (old) " +
			"where the newest year shown is an older one. Figures of the whole sector are nobody's own.",
		Version:   1,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Words: []string{"tenant satisfaction", "satisfaction measures", "satisfaction survey", "tsm", "performance", "how we re doing", "how were doing", "how we are doing",
			"how did we do", "our results", "perfformiad", "boddhad", "publications", "access to information"},
		Look: withMonths(lookTSM),
		Fold: foldDated,
	}
}

// tsmStems are what the measures are called, and what single ones are.
var tsmStems = []string{
	"tenant satisfaction", "satisfaction measures", "tsms", "(tsm", "/tsm", "tsm-", "tsm_", "-tsm", "tsm ", "tp01", "tp02", "overall satisfaction", "satisfaction survey",
	"boddhad tenantiaid", "mesurau boddhad",
}

// othersFigures are stems of headings and links under which the figures of other bodies stand.
var othersFigures = []string{"national", "regulator", "sector", "headline report", "benchmark", "england", "ombudsman"}

func lookTSM(p *crawler.Page) crawler.Look {
	if p.Answer.At.IsZero() || !speaksOf(p, tsmStems) || toldOnADay(p) {
		return quietUnless(p, tsmStems)
	}
	all, at := mainStretches(p), p.Answer.At
	if about(p, append(othersFigures, "how the measures work"), nil) == nil {
		if found := measuresOf(all, p.Title(), at); found.most() >= 3 {
			if mark := markWith(p, all, tsmStems); mark != nil {
				return found.look(mark, at)
			}
		}
	}
	return lookTSMDocument(p, all)
}

// markWith gives the page's heading or title, else the first block of its main content, that holds one of the stems.
func markWith(p *crawler.Page, all []stretch, stems []string) *html.Node {
	if n := about(p, stems, nil); n != nil {
		return n
	}
	if b := holding(all, stems); b != nil {
		return b.node
	}
	return nil
}

// measures are the measures that stand with a value, by reporting year, 0 for those without one.
type measures map[int]map[int]bool

func (m measures) newest() (year int) {
	for y, list := range m {
		if len(list) >= 3 {
			year = max(year, y)
		}
	}
	return year
}

func (m measures) most() (n int) {
	for _, list := range m {
		n = max(n, len(list))
	}
	return n
}

func (m measures) look(mark *html.Node, at time.Time) crawler.Look {
	year := m.newest()
	switch {
	case year == 0:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "measures-without-year", Mark: mark}
	case year < dueYear(at):
		return crawler.Look{State: audit.Restricted, Kind: audit.KindOld, Rule: "measures-of-an-older-year", Mark: mark, Values: yearValue(year)}
	case len(m[year]) < 10:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "some-measures", Mark: mark, Values: yearValue(year)}
	}
	return crawler.Look{State: audit.Open, Rule: "measures-with-year", Mark: mark, Values: yearValue(year)}
}

// measuresOf reads the main content line by line. A year holds for what follows it: it stands in the title, a heading, the
// head of a table or the button of a folded part. Where none does, the only year of the text holds for all.
func measuresOf(all []stretch, title string, at time.Time) measures {
	found, year := measures{}, reportingYear(title, at)
	for i, b := range all {
		measure := measureIn(b.lower)
		if measure == 0 || b.level > 0 {
			if y := yearNamed(b, at); y > 0 {
				year = y
			}
		}
		if measure == 0 || !hasValue(b) && !valueBeside(all, i) || aims(b.lower) {
			continue
		}
		of := year
		if y := reportingYear(b.text, at); y > 0 {
			of = y
		}
		if found[of] == nil {
			found[of] = map[int]bool{}
		}
		found[of][measure] = true
	}
	if year == 0 && len(found) == 1 && found[0] != nil {
		if y := yearOfText(all, at); y > 0 {
			return measures{y: found[0]}
		}
	}
	return found
}

// yearNamed gives the reporting year that a line names for what follows it, 0 where it names none. The head of a table may
// name the year of a target beside those of the results.
func yearNamed(b stretch, at time.Time) (year int) {
	switch b.node.Data {
	case "tr":
		for _, c := range b.cells {
			if !hasValue(b) && !aims(plain(c)) {
				year = max(year, reportingYear(c, at))
			}
		}
		return year
	case "caption", "summary", "button", "legend", "dt":
	default:
		if b.level == 0 {
			return 0
		}
	}
	if aims(b.lower) {
		return 0
	}
	return reportingYear(b.text, at)
}

// aims reports whether a line speaks of what is meant to be, not of what was found.
func aims(lower string) bool {
	return stemIn(lower, []string{"target", "will ", "next year", "plan to", "aim to"})
}

// yearOfText is the one reporting year that a text names outside headings, 0 where it names several or none.
func yearOfText(all []stretch, at time.Time) (year int) {
	for _, b := range all {
		y := reportingYear(b.text, at)
		if y == 0 || aims(b.lower) {
			continue
		}
		if year != 0 && y != year {
			return 0
		}
		year = y
	}
	return year
}

// measureWords tell the twelve measures, in the order in which they are tried: some words of one stand in another.
var measureWords = []struct {
	number int
	words  []string
}{
	{10, []string{"communal area"}},
	{12, []string{"anti-social", "antisocial", "asb"}},
	{9, []string{"handling of complaints", "handling complaints", "complaints handling", "complaint handling"}},
	{11, []string{"contribution to the neighbourhood", "contribution to neighbourhood", "contribution to your neighbourhood", "positive contribution"}},
	{3, []string{"time taken", "speed of repair"}},
	{2, []string{"satisfaction with repairs", "repairs service", "satisfied with repairs", "overall repairs"}},
	{5, []string{"home is safe", "safe home", "home that is safe", "feel safe", "safety of the home", "homes are safe", "provides a home that is safe"}},
	{4, []string{"well maintained", "well-maintained"}},
	{6, []string{"listens", "listen to"}},
	{7, []string{"informed"}},
	{8, []string{"fairly and with respect", "fairly", "with respect"}},
	{1, []string{"overall satisfaction", "overall service", "satisfied overall"}},
}

// measureIn gives the number of the measure that a line names by its code or its words, 0 for none.
func measureIn(lower string) int {
	if len(lower) > 300 {
		return 0 // prose
	}
	if i := strings.Index(lower, "tp"); i >= 0 && i+4 <= len(lower) && isNumber(lower[i+2:i+4]) {
		if n := int(lower[i+2]-'0')*10 + int(lower[i+3]-'0'); n >= 1 && n <= 12 {
			return n
		}
	}
	for _, m := range measureWords {
		if stemIn(lower, m.words) {
			return m.number
		}
	}
	return 0
}

// hasValue reports whether a line holds a share, or a row a number, or that the measure does not apply.
func hasValue(b stretch) bool {
	for i := 1; i < len(b.lower); i++ {
		if before := strings.TrimRight(b.lower[:i], " \u00a0"); b.lower[i] == '%' && before != "" && isNumber(before[len(before)-1:]) {
			return true
		}
	}
	if strings.Contains(b.lower, "per cent") && strings.ContainsAny(b.lower, "0123456789") {
		return true
	}
	for _, c := range b.cells {
		c = crawler.Lower(strings.TrimSpace(c))
		whole, part, _ := strings.Cut(c, ".")
		if len(whole) <= 3 && isNumber(whole) && (part == "" || isNumber(part)) || c == "n/a" || c == "not applicable" {
			return true
		}
	}
	return false
}

// valueBeside reports whether the line before or after one that names a measure is its value and nothing else.
func valueBeside(all []stretch, i int) bool {
	for _, j := range [...]int{i + 1, i - 1} {
		if j >= 0 && j < len(all) && len(all[j].text) <= 12 && hasValue(all[j]) {
			return true
		}
	}
	return false
}

// lookTSMDocument is for results that are only linked, as a document.
func lookTSMDocument(p *crawler.Page, all []stretch) crawler.Look {
	old := crawler.Look{}
	for _, l := range mainLinks(p, all, tsmStems) {
		file := l.href[strings.LastIndexByte(l.href, '/')+1:]
		if !l.document || stemIn(l.text+" "+file, othersFigures) || stemIn(l.text+" "+file, methodWords) {
			continue
		}
		year := max(reportingYear(l.text, p.Answer.At), reportingYear(file, p.Answer.At))
		if year == 0 && len(all[l.block].text) < 200 {
			year = reportingYear(all[l.block].text, p.Answer.At)
		}
		if year > 0 && year < dueYear(p.Answer.At) {
			old = crawler.Look{State: audit.Restricted, Kind: audit.KindOld, Rule: "document-of-an-older-year", Mark: l.node, Values: yearValue(year)}
			continue
		}
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "results-as-a-document", Mark: l.node, Values: yearValue(year)}
	}
	if old.Mark != nil {
		return old
	}
	return quietUnless(p, tsmStems)
}
