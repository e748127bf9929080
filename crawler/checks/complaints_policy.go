package checks

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// ComplaintsPolicy asks whether the site says in how many stages, and in what time, a complaint is answered.
func ComplaintsPolicy() crawler.Check {
	return crawler.Check{
		ID:    "complaints_policy",
		Title: "Does the site say in which stages and times a complaint is answered?",
		Why:   "Who knows the time allowed can say when it is over.",
		Basis: onDuty,
		Rule: "Asked of pages headed by complaints. Open where the page tells of stage 1 and stage 2 and no third, and names 5, 10 and 20 working days; where it names the " +
			"Scottish or Northern Ireland ombudsman, whose model asks for 5 and 20, those; where it names the Public Services Ombudsman for Wales, whose model has one formal stage, that a complaint is looked into " +
			"(investigated), and 20 working days. Restricted where it tells a part of that, of a third " +
			"stage, or of an answer in more than 20 working days that is no extension; and where only a document named complaints policy is " +
			"linked, which is not read.",
		Version:   2,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Own:       true,
		Words:     complaintLinks,
		Look:      lookPolicy,
		Fold:      foldSite,
	}
}

// complaintLinks are words of links and addresses behind which a landlord may say how it handles complaints.
var complaintLinks = []string{
	"complain", "feedback", "let us know", "things right", "unhappy", "not happy", "dissatisf", "compliment", "gone wrong", "go wrong", "concern", "tell us",
	"customer care", "ombudsman", "polic", "contact", "cwyn", "chwyn", "gwyno", "gwynion", "ombwdsmon", "polisi", "cysylltu",
}

var (
	firstStage  = newPhrases("stage 1", "stage one", "first stage", "stage-1", "cam 1", "cam un", "cyfnod 1", "cam cyntaf")
	secondStage = newPhrases("stage 2", "stage two", "second stage", "stage-2", "cam 2", "cam dau", "cyfnod 2", "ail gam")
	thirdStage  = newPhrases("stage 3", "stage three", "third stage", "cam 3", "trydydd cam")
	policyNames = []string{"policy", "procedure", "process", "code", "polisi", "trefn"}
)

func lookPolicy(p *crawler.Page) crawler.Look {
	head := complaintsHead(p)
	if head == nil {
		return quietUnless(p, complaintStems)
	}
	c := contentOf(p)
	if ofOtherServices(c) {
		return quietUnless(p, complaintStems)
	}
	t := toldOf(c)
	if t.mark == nil {
		paper := c.document(p, func(s string) bool {
			return stemIn(s, complaintStems) && stemIn(s, policyNames) && !reports(strings.ReplaceAll(s, "20", "")) && !stemIn(s, elsewhere)
		})
		if paper == nil {
			return quietUnless(p, complaintStems)
		}
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "complaints-policy-document", Mark: paper}
	}
	switch {
	case t.third:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "complaints-policy-third-stage", Mark: t.mark}
	case t.longer:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "complaints-policy-longer", Mark: t.mark}
	case t.whole():
		return crawler.Look{State: audit.Open, Rule: "complaints-policy", Mark: t.mark}
	}
	return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "complaints-policy-part", Mark: t.mark}
}

// told is what a page tells of stages and times.
type told struct {
	first, second, third, longer, short bool // short: by a model that asks for 5 and 20 working days
	welsh, looksInto                    bool // welsh: by the Welsh model, of one formal stage; looksInto: in which a complaint is investigated
	days                                []int
	mark                                *html.Node // the block that tells most
}

func (t told) whole() bool {
	if t.welsh && t.looksInto && slices.Contains(t.days, 20) {
		return true
	}
	return t.first && t.second && slices.Contains(t.days, 5) && slices.Contains(t.days, 20) && (t.short || slices.Contains(t.days, 10))
}

// toldOf reads the blocks of a page. A time alone may be of anything, and so may one stage: then its mark is nil.
func toldOf(c content) (t told) {
	most := 0
	for i, b := range c.blocks {
		days := landlordsDays(b)
		first, second := firstStage.in(b.lower) != "", secondStage.in(b.lower) != ""
		t.first, t.second = t.first || first, t.second || second
		t.third = t.third || thirdStage.in(b.lower) != "" && !denies(b.lower) && !outside(c.blocks[i:min(i+2, len(c.blocks))])
		t.short = t.short || strings.Contains(b.lower, "scottish public services ombudsman") || strings.Contains(b.lower, "spso") || strings.Contains(b.lower, "nipso") ||
			strings.Contains(b.lower, "northern ireland public services ombudsman")
		t.welsh = t.welsh || stemIn(b.lower, welshOmbudsman)
		t.looksInto = t.looksInto || stemIn(b.lower, looksInto)
		t.days = append(t.days, days...)
		t.longer = t.longer || longerAnswer(b)
		if said := len(days) + 2*count(first, second); said > most {
			t.mark, most = b.n, said
		}
	}
	if count(t.first, t.second, len(t.days) > 0) < 2 && !t.whole() {
		t.mark = nil
	}
	return t
}

// welshOmbudsman names the ombudsman of Wales, in both languages.
var welshOmbudsman = []string{"public services ombudsman for wales", "ombudsman.wales", "ombwdsmon gwasanaethau cyhoeddus cymru", "ombwdsmon.cymru"}

// looksInto are words for what the Welsh model calls the investigation.
var looksInto = []string{"investigat", "look into", "looking into", "looked into", "ymchwil"}

// outside reports whether a block, or the one below it, speaks of the ombudsman: some call that a third stage, which is
// not the landlord's. So does one that says that there is none.
func outside(blocks []block) bool {
	return slices.ContainsFunc(blocks, func(b block) bool {
		return stemIn(b.lower, []string{"ombudsman", "ombwdsmon", "no third", "no stage", "no longer a"})
	})
}

// ofOtherServices reports whether a page names the ombudsman for a council's other services and says no word of homes.
func ofOtherServices(c content) bool {
	named := c.inBlocks(func(b block) bool {
		return stemIn(b.lower, []string{"local government and social care ombudsman", "lgsco", "local government ombudsman"})
	})
	return named != nil && c.inBlocks(func(b block) bool {
		return stemIn(b.lower, []string{"housing", "landlord", "tenan", "leasehold", "your home"})
	}) == nil
}

// residentsTurn are words of a sentence that gives the resident a time, not the landlord.
var residentsTurn = []string{"you can ", "you may ", "you have up to ", "you then have ", "you must ", "you should ", "you need ", "you'll need ", "you will need ", "please ", "let us know within", "tell us within", "contact us within", "ask us within", "gallwch "}

// landlordsDays gives the working days within which the landlord does something.
func landlordsDays(b block) (days []int) {
	for _, s := range sentences(b) {
		if d := workingDays(s); len(d) > 0 && !ofResident(s) {
			days = append(days, d...)
		}
	}
	return days
}

func ofResident(sentence string) bool {
	return stemIn(sentence, residentsTurn) && !stemIn(" "+sentence, []string{" we ", " we'll ", " we'd ", "you'll hear", "you will hear", "you will receive", "you'll receive", "expect", "allow", "byddwn"})
}

func count(all ...bool) (n int) {
	for _, yes := range all {
		if yes {
			n++
		}
	}
	return n
}

var (
	answering = []string{"respond", "response", "reply", "answer", "decision", "resolve", "ymateb", "ateb"}
	extending = []string{"extend", "extension", "exceptional", "complex", "further", "additional", "more time", "estyn", "cymhleth", "ychwanegol"}
)

// longerAnswer reports whether a sentence gives an answer more than 20 working days, and not as an exception.
func longerAnswer(b block) bool {
	return slices.ContainsFunc(sentences(b), func(s string) bool {
		days := workingDays(s)
		return len(days) > 0 && slices.Max(days) > 20 && !ofResident(s) && stemIn(s, answering) && stemIn(s, []string{"stage", "complaint", "cam ", "cwyn"}) && !stemIn(s, extending)
	})
}

var dayNumbers = map[string]int{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "seven": 7, "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40,
	"pum": 5, "pump": 5, "deg": 10, "ddeg": 10, "ugain": 20, "dau": 2, "tri": 3,
}

// workingDays gives the numbers of working days that a text in lower case names: "5 working days", "ten (10) working days",
// "5 to 10 working days", "10 diwrnod gwaith".
func workingDays(lower string) (days []int) {
	if !strings.Contains(lower, "working") && !strings.Contains(lower, "diwrnod") && !strings.Contains(lower, "ddiwrnod") && !strings.Contains(lower, "business day") {
		return nil
	}
	words := strings.FieldsFunc(lower, func(r rune) bool { return strings.ContainsRune(" ()-–,:/.", r) })
	for i := range len(words) - 1 {
		day := (words[i] == "working" || words[i] == "business") && strings.HasPrefix(words[i+1], "day") || (words[i] == "diwrnod" || words[i] == "ddiwrnod") && strings.HasPrefix(words[i+1], "gwaith")
		for j := i - 1; day && j >= 0 && j >= i-4; j-- {
			n, ok := dayNumbers[words[j]]
			if !ok {
				var err error
				n, err = strconv.Atoi(words[j])
				ok = err == nil
			}
			if !ok && words[j] != "to" && words[j] != "or" && words[j] != "and" && words[j] != "full" {
				break
			}
			if ok {
				days = append(days, n)
			}
		}
	}
	return days
}
