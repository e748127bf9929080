package checks

import (
	"strings"
	"time"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// ComplaintsReport asks for the yearly report on complaints, and for what the governing body says to it.
func ComplaintsReport() crawler.Check {
	return crawler.Check{
		ID:    "complaints_report",
		Title: "Is there a yearly complaints report, with the governing body's response beside it?",
		Why:   "The board answers for the landlord. Its answer shows whether it has read what tenants complained of.",
		Basis: onDuty,
		Rule: "Open where one page shows both: the complaints performance and service improvement report, as the page itself or as a document linked under that name, and the " +
			"response of the governing body, as a document, a heading or a sentence that is not about the future. Restricted (partial) where it shows one " +
			"of them; restricted (old) where the newest year that the report's name tells is older than the last. Documents are not read.",
		Version:   1,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Own:       true,
		Words:     append([]string{"annual report", "performance", "governing body", "board s response", "board response", "perfformiad", "adroddiad"}, complaintLinks...),
		Look:      withMonths(lookReport),
		Fold:      foldSite,
	}
}

// responses name what a governing body says to the report.
var responses = newPhrases(
	"governing body's response", "governing body response", "governing body's statement", "governing body statement", "response from the governing body", "response from our governing body",
	"response of the governing body", "response by the governing body", "statement from the governing body", "statement from our governing body", "statement by the governing body",
	"board's response", "board response", "board's statement", "response from the board", "response from our board", "response of the board", "response by the board", "statement from the board",
	"statement from our board", "statement by the board", "cabinet's response", "cabinet response", "response from cabinet", "response from the cabinet", "response of the cabinet",
	"committee's response", "committee response", "management committee's response", "ymateb y bwrdd", "ymateb y corff llywodraethu", "ymateb y cabinet",
)

// reportNames are the parts of its name that tell it from an annual report with a page on complaints.
var reportNames = newPhrases(
	"complaints report", "complaint report", "complaints-report", "complaints performance", "complaint performance", "complaints annual", "annual complaint", "yearly complaint", "complaints and service improvement",
	"complaints handling performance", "complaint handling performance", "complaint handling report", "complaints handling report", "service improvement report",
	"ar gwynion", "am gwynion", "perfformiad cwynion", "cwynion blynyddol", "report on complaints",
)

var reportWords = []string{"report", "adroddiad"}

// namesReport reports whether a heading or link in lower case names the yearly report on complaints.
func namesReport(s string) bool {
	return reportNames.in(s) != "" && stemIn(s, complaintStems) && stemIn(s, reportWords) && !namesSelf(s) && !namesResponse(s) && !stemIn(s, elsewhere) && !strings.Contains(s, "ombudsman's report")
}

func namesResponse(s string) bool { return responses.in(s) != "" }

// coming reports whether a text speaks of what is not there yet.
func coming(s string) bool {
	return stemIn(" "+s+" ", []string{"will be", "will follow", "to follow", "not yet", "will publish", "will appear", "awaiting", "in due course", "coming soon", "must publish", "should publish", "must be published", "should be published", "bydd "})
}

func lookReport(p *crawler.Page) crawler.Look {
	if !speaksOf(p, complaintStems) || isNews(p) || !mayReport(p) {
		return quietUnless(p, complaintStems)
	}
	c := contentOf(p)
	report, year := reportOf(p, c, p.Answer.At)
	response := responseOf(p, c)
	switch {
	case report == nil && response == nil:
		return quietUnless(p, complaintStems)
	case report == nil:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "complaints-response-alone", Mark: response}
	case year > 0 && !isFresh(year, p.Answer.At):
		return crawler.Look{State: audit.Restricted, Kind: audit.KindOld, Rule: "complaints-report-old", Mark: report}
	case response == nil:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "complaints-report-alone", Mark: report}
	}
	return crawler.Look{State: audit.Open, Rule: "complaints-report", Mark: report}
}

// mayReport spares a page the reading of its content that has neither a heading which names the report, nor words by which
// the governing body's response is told, nor a document that might be either by its link.
func mayReport(p *crawler.Page) bool {
	if responsesAsWritten.on(p) || headed(p, namesReport) != nil {
		return true
	}
	if !speaksOf(p, publishedWords) && !tells(p, publishedWords) {
		return false
	}
	called := speaksOf(p, calledPDF)
	for _, a := range p.Tag("a") {
		href := crawler.Attr(a, "href")
		document := isDocument(href)
		if !document && !called {
			continue
		}
		text := p.ShortText(a)
		points := pointsOnly(text)
		if !points && !publishedSigns.In(href) && !publishedSigns.In(text) && !publishedSigns.In(crawler.Attr(a, "title")) && len(softened(text)) == len(text) {
			continue
		}
		if !document && !strings.Contains(crawler.Lower(text), "pdf") {
			continue
		}
		if words := (contentLink{n: a}).words(p); points || namesReport(words) || namesResponse(words) {
			return true
		}
	}
	return false
}

// publishedWords are those of which one stands in the name of every report and response.
var publishedWords = []string{"report", "adroddiad", "response", "statement", "ymateb"}

var publishedSigns = crawler.NewSigns(publishedWords...)

// calledPDF stands in a body that calls a link's target by its kind.
var calledPDF = []string{" pdf", "(pdf", "[pdf", ">pdf", "\npdf"}

// responsesAsWritten holds the responses as pages write them, with either apostrophe.
var responsesAsWritten = func() *phrases {
	var all []string
	for _, phrase := range responses.list {
		all = append(all, phrase)
		if curly := strings.ReplaceAll(phrase, "'", "’"); curly != phrase {
			all = append(all, curly)
		}
	}
	return newPhrases(all...)
}()

// reportOf gives the newest report: a document named so, or the page's own heading where the page gives figures.
func reportOf(p *crawler.Page, c content, at time.Time) (report *html.Node, newest int) {
	for _, l := range c.links {
		words := l.words(p)
		if !namesReport(words) || !l.isDocument(p) {
			continue
		}
		if year := l.year(p, c, words, at); report == nil || year > newest {
			report, newest = c.named(l), year
		}
	}
	if report != nil {
		return report, newest
	}
	name := ""
	head := headed(p, func(s string) bool {
		if namesReport(s) {
			name = s
		}
		return namesReport(s)
	})
	figures := c.inBlocks(func(b block) bool {
		return !b.heading && stemIn(b.lower, complaintStems) && strings.ContainsAny(b.lower, "0123456789") && stemIn(b.lower, []string{"received", "upheld", "stage", "%", "per cent", "answered", "derbyn"})
	})
	if head == nil || figures == nil {
		return nil, 0
	}
	return head, newestYear(name, at)
}

// responseOf gives the governing body's response: a document, or a heading or sentence about complaints' report itself.
func responseOf(p *crawler.Page, c content) *html.Node {
	if paper := c.document(p, func(s string) bool { return namesResponse(s) && !stemIn(s, elsewhere) && ofComplaints(p, s) }); paper != nil {
		return paper
	}
	for i, b := range c.blocks {
		if !namesResponse(b.lower) || coming(b.lower) || !ofComplaints(p, b.lower) {
			continue
		}
		if b.heading && (i+1 >= len(c.blocks) || c.blocks[i+1].heading || coming(c.blocks[i+1].lower)) {
			continue // nothing stands below it
		}
		if b.heading || len(b.lower) > 80 {
			return b.n
		}
	}
	return nil
}

// ofComplaints reports whether a response is one about complaints: by its own words, or by the page's heading.
func ofComplaints(p *crawler.Page, words string) bool {
	return stemIn(words, complaintStems) || headed(p, func(s string) bool { return stemIn(s, complaintStems) }) != nil
}
