package checks

import (
	"strings"
	"time"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// SelfAssessment asks whether the landlord has published how it compares itself with the Code, and of which year.
func SelfAssessment() crawler.Check {
	return crawler.Check{
		ID:    "self_assessment",
		Title: "Is there a complaints self-assessment of this year or the last?",
		Why:   "It is the landlord's own statement, line by line, of where it keeps the Code and where it does not.",
		Basis: onDuty,
		Rule: "Open where a page headed by the self-assessment against the complaints Code, or a document linked under that name, is of the year in which the page was read " +
			"or the one before; restricted (old) where the newest is older. The year is read from heading, sentences about the self-assessment, link or " +
			"file name; of 2024/25 it is 2025, and the Code's own year is none. Without a year it is unknown. Documents are not read.",
		Version:   1,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Own:       true,
		Words:     append([]string{"self assess", "selfassess", "hunanases", "performance", "perfformiad"}, complaintLinks...),
		Look:      withMonths(lookSelfAssessment),
		Fold:      foldSite,
	}
}

var selfStems = []string{"self-assess", "self assess", "selfassess", "self_assess", "self‑assess", "self–assess", "hunanases", "hunan-ases", "complaint handling code"}

// codeStems are the words by which a self-assessment is one about complaints.
var codeStems = []string{"complain", "ombudsman", "handling code", "cwyn", "chwyn", "gwyno", "gwynion", "ombwdsmon"}

func namesSelf(s string) bool { return stemIn(s, selfStems[:len(selfStems)-1]) }

func lookSelfAssessment(p *crawler.Page) crawler.Look {
	if !speaksOf(p, selfStems) || isNews(p) {
		return quietUnless(p, selfStems)
	}
	at, c := p.Answer.At, contentOf(p)
	mark, newest := selfDocument(p, c, at)
	if head := headed(p, namesSelf); head != nil {
		if n, year := selfPage(p, c, head, at); year > newest {
			mark, newest = n, year
		}
	}
	switch {
	case newest == 0:
		return quietUnless(p, selfStems)
	case isFresh(newest, at):
		return crawler.Look{State: audit.Open, Rule: "self-assessment", Mark: mark, Values: yearValue(newest)}
	}
	return crawler.Look{State: audit.Restricted, Kind: audit.KindOld, Rule: "self-assessment-old", Mark: mark, Values: yearValue(newest)}
}

// selfDocument gives the newest self-assessment that is linked as a document, with its year.
func selfDocument(p *crawler.Page, c content, at time.Time) (mark *html.Node, newest int) {
	onComplaints := complaintsHead(p) != nil || headed(p, func(s string) bool { return stemIn(s, codeStems) }) != nil
	for _, l := range c.links {
		words := l.words(p)
		if !namesSelf(words) || !l.isDocument(p) || !onComplaints && !stemIn(words, codeStems) || stemIn(words, []string{"template", "guidance", "templed"}) {
			continue
		}
		if year := l.year(p, c, words, at); year > newest {
			mark, newest = c.named(l), year
		}
	}
	return mark, newest
}

// year gives the year of a document: from its words, from the text around its link where no other document is linked
// there, or from the folder in which it lies; 0 where none tells.
func (l contentLink) year(p *crawler.Page, c content, words string, at time.Time) int {
	if year := newestYear(words, at); year > 0 {
		return year
	}
	alone := true
	for _, other := range c.links {
		alone = alone && (other.n == l.n || other.block != l.block)
	}
	if alone {
		if year := newestYear(c.blocks[l.block].lower, at); year > 0 {
			return year
		}
	}
	u, ok := p.Resolve(crawler.Attr(l.n, "href"))
	if !ok {
		return 0
	}
	return newestYear(u.Path, at)
}

// selfPage gives the year of a page headed by the self-assessment, and where it says so. A page is the self-assessment
// itself only where it goes through the Code; one that links to it is judged by the link.
func selfPage(p *crawler.Page, c content, head *html.Node, at time.Time) (*html.Node, int) {
	lower := plainLower(p.ShortText(head))
	if head.Data == "title" {
		lower = plainLower(p.Title())
	}
	through := 0
	for _, b := range c.blocks {
		if stemIn(b.lower, []string{"comply", "complies", "complied", "compliant", "yes", "evidence", "cydymffurf", "provision"}) {
			through++
		}
	}
	if through < 3 || !stemIn(lower, codeStems) && c.inBlocks(func(b block) bool { return stemIn(b.lower, codeStems) }) == nil {
		return nil, 0
	}
	mark, newest := head, newestYear(lower, at)
	for _, b := range c.blocks {
		if !namesSelf(b.lower) && !stemIn(b.lower, []string{"completed", "approved", "published", "reviewed", "last updated"}) {
			continue
		}
		if year := newestYear(b.lower, at); year > newest && !strings.Contains(b.lower, " next ") {
			mark, newest = b.n, year
		}
	}
	return mark, newest
}
