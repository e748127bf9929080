package checks

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// ComplaintsPage asks whether a page that says how to complain is near the home page.
func ComplaintsPage() crawler.Check {
	return crawler.Check{
		ID:    "complaints_page",
		Title: "Is there a complaints page within two clicks of the home page?",
		Why:   "Who cannot find how to complain does not complain, and the problem stays.",
		Basis: onDuty,
		Rule: "Open where a page within two clicks of the home page is headed by complaints and says how to make one. " +
			"Restricted where it is further away. Absent only where no page that was read holds the word at all.",
		Version: 2,
		On:      []audit.Platform{audit.Web},
		Site:    true,
		Own:     true,
		Words: []string{"complain", "feedback", "let us know", "let-us-know", "put things right", "things right", "contact", "get in touch", "unhappy", "not happy",
			"dissatisf", "compliment", "gone wrong", "go wrong", "concern", "have your say", "tell us", "customer care", "cwyn", "chwyn", "gwyno", "gwynion", "cysylltu"},
		Look: lookComplaints,
		Fold: foldSite,
	}
}

// howWords are what a page that says how to complain speaks of, whatever its name.
var howWords = newPhrases(
	"make a complaint", "making a complaint", "how to complain", "complaints procedure", "complaints policy", "complaint form", "complaints form",
	"your complaint", "complain to us", "complaints process", "complaints team", "gwneud cwyn", "eich cwyn", "trefn gwyno",
)

// detailWords are enough on a page that is headed by complaints.
var detailWords = newPhrases("stage 1", "stage one", "first stage", "ombudsman", "ombwdsmon")

// complaintStems hold the mutations of the Welsh word, too.
var complaintStems = []string{"complain", "cwyn", "chwyn", "gwyno", "gwynion"}

func lookComplaints(p *crawler.Page) crawler.Look {
	head, how := complaintsHeading(p), howWords.on(p)
	if head == nil || !how && !detailWords.on(p) {
		return quietUnless(p, complaintStems)
	}
	if p.Answer.Request.Depth > 2 {
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "complaints-page-far", Mark: head}
	}
	return crawler.Look{State: audit.Open, Rule: "complaints-page", Mark: head}
}

// quietUnless is for a page that does not show what is asked for: no word of it stands anywhere in the page, or it may
// be told under another name, on another site, in a document, in a menu that a script draws or that sends a form. Nor is a
// page quiet whose own address holds the word: it is about that, whatever is left of its text.
func quietUnless(p *crawler.Page, stems []string) crawler.Look {
	if speaksOf(p, stems) || tells(p, stems) || crawler.Memo(p, "signs of the path", signsOfPath).HoldsAny(stems) {
		return crawler.Look{Reason: audit.ReasonNoMarker}
	}
	return crawler.Look{Reason: audit.ReasonNotLooked}
}

func signsOfPath(p *crawler.Page) *crawler.Found { return bodySigns.Find(crawler.Lower(p.URL().Path)) }

// tells reports whether one of the stems stands in the page's text, soft breaks left out.
func tells(p *crawler.Page, stems []string) bool {
	if soft := crawler.Memo(p, "softened", findSoftened); soft != nil {
		return soft.HoldsAny(stems)
	}
	return p.SaysAny(textSigns, stems)
}

// findSoftened is what stands in the page's text without its soft breaks; nil where it has none.
func findSoftened(p *crawler.Page) *crawler.Found {
	soft := softened(p.LowerText())
	if len(soft) == len(p.LowerText()) {
		return nil
	}
	return textSigns.Find(soft)
}

// softBreaks are the characters that break a word for the eye only.
var softBreaks = [...]string{"\u00ad", "\u200b", "\u2060"}

// softened takes the soft breaks out of a text. Few texts have any, and to see that is cheap: most are ASCII up to their end.
func softened(text string) string {
	i := 0
	for i < len(text) && text[i] < utf8.RuneSelf {
		i++
	}
	if i == len(text) {
		return text
	}
	for _, soft := range softBreaks {
		text = strings.ReplaceAll(text, soft, "")
	}
	return text
}

// leadsElsewhere reports whether a link whose words or address hold one of the stems, which are of elsewhereSigns, leads off the
// site or to a document.
func leadsElsewhere(p *crawler.Page, stems []string) bool {
	if !speaksOf(p, stems) {
		return false
	}
	for _, l := range crawler.Memo(p, "leads elsewhere", mayLeadElsewhere) {
		if !stemIn(l.href, stems) && !stemIn(l.text, stems) {
			continue
		}
		u, ok := p.Resolve(crawler.Attr(l.n, "href"))
		if ok && (!p.OwnSite(u) || isDocument(u.Path)) {
			return true
		}
	}
	return false
}

// awayLink is a link with its address and words in lower case.
type awayLink struct {
	n          *html.Node
	href, text string
}

// mayLeadElsewhere gives the links that do not plainly stay on the site, told by their letters, and those to documents: of
// either such as speak of what is looked for elsewhere.
func mayLeadElsewhere(p *crawler.Page) (all []awayLink) {
	own := "//" + crawler.Lower(p.URL().Host) + "/"
	for _, l := range links(p) {
		a, href := l.n, l.href
		if staysBy(href, own) && !isDocument(href) {
			continue
		}
		if text := crawler.Lower(ownText(a)); elsewhereSigns.In(href) || elsewhereSigns.In(text) {
			all = append(all, awayLink{a, href, text})
		}
	}
	return all
}

// elsewhereSigns are the stems of what an organisation may keep on another site.
var elsewhereSigns = crawler.NewSigns().WithLists(eventStems, forumStems, reviewStems)

// staysBy reports whether an address in lower case plainly leads to the host that own ("//host/") names.
func staysBy(href, own string) bool {
	switch {
	case href == "" || href[0] == '#' || href[0] == '?':
		return true
	case href[0] == '/' && !strings.HasPrefix(href, "//"):
		return !strings.Contains(href, `\`) // browsers read "/\host" as "//host"
	}
	_, rest, _ := strings.Cut(href, ":")
	return strings.HasPrefix(rest, own) && strings.HasPrefix(href, "http")
}

func isDocument(path string) bool {
	return documentSigns.In(path)
}

var documentSigns = crawler.NewSigns(".pdf", ".doc", ".odt", ".rtf")

// complaintsHeading gives the heading or title by which the page is one about complaining to this organisation, not a
// news item or a report about complaints.
func complaintsHeading(p *crawler.Page) *html.Node {
	for _, name := range [...]string{"h1", "title"} {
		for _, n := range p.Tag(name) {
			text := p.Title()
			if name == "h1" {
				if p.Hidden(n) {
					continue
				}
				text = p.ShortText(n)
			}
			text = crawler.Lower(text)
			if len(text) < 120 && (strings.Contains(text, "complain") || strings.Contains(text, "cwyn")) && !reports(text) {
				return n
			}
		}
	}
	return nil
}

func reports(heading string) bool {
	for _, w := range [...]string{"performance", "report", "self-assessment", "self assessment", "annual", "20"} {
		if strings.Contains(heading, w) {
			return true
		}
	}
	return false
}
