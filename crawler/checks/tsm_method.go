package checks

import (
	"strings"

	"doorknock/audit"
	"doorknock/crawler"
)

// TSMMethod asks whether the site says how the tenant satisfaction measures were taken.
func TSMMethod() crawler.Check {
	return crawler.Check{
		ID:    "tsm_method",
		Title: "Does the site say how tenants were asked, and with which questions?",
		Why:   "A share of satisfied tenants means little without the number who were asked, how, and what.",
		Basis: onDuty,
		Rule: "Open where a page about tenant satisfaction, not a news item, says at least two of: how many answered, by telephone, post, online or in " +
			"person, how they were chosen or weighted, who asked; or links a summary of the approach; and also gives or links the questionnaire. " +
			"Restricted (partial) where it does one of the two.",
		Version:   1,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Words: []string{"tenant satisfaction", "satisfaction measures", "satisfaction survey", "tsm", "performance", "how we re doing", "how were doing", "how we are doing",
			"questionnaire", "survey", "perfformiad", "boddhad", "arolwg", "holiadur"},
		Look: lookTSMMethod,
		Fold: foldSite,
	}
}

// methodWords are stems of the links and headings of a survey's method.
var methodWords = []string{"questionnaire", "methodology", "survey approach", "survey-approach", "summary of approach", "summary-of-approach", "survey questions", "holiadur"}

var methodStems = append(append([]string{}, tsmStems...), "questionnaire", "summary of approach", "summary-of-approach", "survey approach", "survey-approach", "holiadur")

// methodParts are what a method says, a line each.
var methodParts = [][]string{
	{"people responded", "tenants responded", "residents responded", "responses", "surveys completed", "completed surveys", "completed the survey", "sample size", "took part", "interviews"},
	{"by telephone", "by phone", "telephone survey", "telephone interview", "online", "by post", "postal", "face to face", "face-to-face", "by text"},
	{"census", "random", "sampl", "quota", "weight", "representative"},
	{"carried out by", "on our behalf", "independent research", "survey company", "research company", "market research"},
}

func lookTSMMethod(p *crawler.Page) crawler.Look {
	if !speaksOf(p, tsmStems) || toldOnADay(p) {
		return quietUnless(p, methodStems)
	}
	all := mainStretches(p)
	mark := markWith(p, all, tsmStems)
	if mark == nil || about(p, othersFigures, nil) != nil {
		return quietUnless(p, methodStems)
	}
	method, asked := saysMethod(all), false
	for _, l := range mainLinks(p, all, methodWords) {
		if stemIn(l.text+" "+l.href, []string{"questionnaire", "survey questions", "holiadur"}) {
			asked = true
		} else {
			method = true
		}
	}
	for i := range all {
		asked = asked || all[i].level > 0 && stemIn(all[i].lower, []string{"questionnaire", "questions we asked", "holiadur"}) && listFollows(all, i)
	}
	switch {
	case method && asked:
		return crawler.Look{State: audit.Open, Rule: "method-and-questionnaire", Mark: mark}
	case method:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "method-only", Mark: mark}
	case asked:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "questionnaire-only", Mark: mark}
	}
	return quietUnless(p, methodStems)
}

// saysMethod reports whether the text tells at least two parts of the method, one of them with a number.
func saysMethod(all []stretch) bool {
	parts, counted := map[int]bool{}, false
	for _, b := range all {
		if !stemIn(b.lower, []string{"survey", "interview", "respondent", "responded", "asked", "sampl"}) || aims(b.lower) {
			continue
		}
		for i, words := range methodParts {
			if stemIn(b.lower, words) {
				parts[i] = true
				counted = counted || strings.ContainsAny(b.lower, "0123456789")
			}
		}
	}
	return counted && len(parts) >= 2
}

// listFollows reports whether at least three lines follow a heading before the next one.
func listFollows(all []stretch, i int) bool {
	lines := 0
	for _, b := range all[i+1:] {
		if b.level > 0 {
			break
		}
		lines++
	}
	return lines >= 3
}
