package checks

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"doorknock/audit"
	"doorknock/crawler"
)

// ResponsibleMember asks who on the governing body answers for complaints.
func ResponsibleMember() crawler.Check {
	return crawler.Check{
		ID:    "responsible_member",
		Title: "Is the Member Responsible for Complaints named?",
		Why:   "A name is somebody who can be asked. A role is not.",
		Basis: onDuty,
		Rule: "Open where the text of a page, not its news, says \"Member Responsible for Complaints\" and a person's name is joined to it: \"is\", a comma, a colon or a dash " +
			"between them, or the name as the line above or below. Restricted where the role stands alone. Where it is still to be filled, the answer is unknown.",
		Version:   1,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Own:       true,
		Words: append([]string{"board", "governance", "our people", "who we are", "leadership", "committee", "self assess", "performance", "bwrdd", "llywodraethu",
			"ein pobl", "pwy ydym"}, complaintLinks...),
		Look: lookMember,
		Fold: foldSite,
	}
}

// memberPhrases name the role; what follows the longest is read as its end.
var memberPhrases = []string{
	"member responsible for complaints handling", "member responsible for complaint handling", "member responsible for complaints", "lead member for complaints", "aelod sy'n gyfrifol am gwynion",
	"aelod cyfrifol am gwynion", "aelod â chyfrifoldeb am gwynion",
}

var memberStems = append([]string{"responsible for complaint", "lead member", "gyfrifol am", "chyfrifoldeb am"}, complaintStems...)

func lookMember(p *crawler.Page) crawler.Look {
	if !memberWords.on(p) || isNews(p) {
		return quietUnless(p, memberStems)
	}
	c := contentOf(p)
	var role *block
	for i := range c.blocks {
		b := &c.blocks[i]
		at, end := roleIn(b.lower)
		if at < 0 || vacant(b.lower) {
			continue
		}
		if namedBeside(b.text, b.lower, at, end) || namedAround(c.blocks, i) {
			return crawler.Look{State: audit.Open, Rule: "responsible-member", Mark: b.n}
		}
		if role == nil {
			role = b
		}
	}
	if role == nil {
		return quietUnless(p, memberStems)
	}
	return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "responsible-member-role", Mark: role.n}
}

var memberWords = newPhrases(append([]string{"aelod sy’n gyfrifol am gwynion"}, memberPhrases...)...)

func roleIn(lower string) (at, end int) {
	for _, phrase := range memberPhrases {
		if i := strings.Index(lower, phrase); i >= 0 {
			return i, i + len(phrase)
		}
	}
	return -1, -1
}

func vacant(lower string) bool {
	return stemIn(lower, []string{"not yet", "will appoint", "to be appointed", "vacant", "vacancy", "to be confirmed", "recruiting"})
}

// namedBeside reports whether a name is joined to the role in one sentence. The text and its lower case may differ in
// length by letters that are shorter in one: then nothing is joined.
func namedBeside(text, lower string, at, end int) bool {
	if len(text) != len(lower) {
		text = strings.NewReplacer("’", "'", "\u00a0", " ", "\u2011", "-").Replace(text)
		if len(text) != len(lower) {
			return false
		}
	}
	before, after := text[:at], text[end:]
	return namedAfter(after) || namedBefore(before)
}

// namedAfter reads " (the MRC) is Jane Doe", ": Jane Doe", " on our board is our chair, Jane Doe".
func namedAfter(s string) bool {
	for i := range len(s) {
		if ends(s, i) {
			s = s[:i]
			break
		}
	}
	words := strings.Fields(spacedMarks.Replace(s))
	for i := range min(len(words), 14) {
		if nameAt(words[i:]) > 0 {
			return i > 0 && (joins[words[i-1]] || titles[words[i-1]] || roles[crawler.Lower(words[i-1])] && slices.ContainsFunc(words[:i], func(w string) bool { return joins[w] }))
		}
	}
	return false
}

// namedBefore reads "Jane Doe is our ", "Jane Doe, chair and ", "Jane Doe (".
func namedBefore(s string) bool {
	for i := len(s) - 1; i >= 0; i-- {
		if ends(s, i) {
			s = s[i+1:]
			break
		}
	}
	words := strings.Fields(spacedMarks.Replace(s))
	if n := nameRun(words); n > 1 && n < len(words) && len(words) < 12 && roles[crawler.Lower(words[n])] {
		return true // "Jane Doe", and in the next line "Board member and "
	}
	for i := max(0, len(words)-12); i < len(words); i++ {
		n := nameAt(words[i:])
		if n == 0 {
			continue
		}
		return i+n < len(words) && joins[words[i+n]] || i+n == len(words) && n > 1 && len(words) == n
	}
	return false
}

// ends reports whether a sentence ends at a byte: not where it ends an initial or a title.
func ends(s string, i int) bool {
	if s[i] != '.' {
		return s[i] == '!' || s[i] == '?' || s[i] == ';'
	}
	before := strings.Fields(s[:i])
	if len(before) == 0 {
		return true
	}
	last := before[len(before)-1]
	return !titles[last] && utf8.RuneCountInString(last) > 1
}

// spacedMarks parts the marks by which a name is joined from the words beside them.
var spacedMarks = strings.NewReplacer(",", " , ", ":", " : ", "(", " ( ", ")", " ) ", "–", " – ", "—", " – ", " - ", " – ", ".", " ", "’s ", " ", "'s ", " ")

var (
	joins = map[string]bool{
		"is": true, ",": true, ":": true, "–": true, "(": true, "as": true, "called": true, "named": true, "has": true, "was": true, "who": true, "currently": true, "yw": true, "ydy": true,
	}
	titles = map[string]bool{"Mr": true, "Mrs": true, "Ms": true, "Miss": true, "Dr": true, "Sir": true, "Dame": true, "Councillor": true, "Cllr": true, "Professor": true, "Prof": true, "Cynghorydd": true}
	roles  = map[string]bool{"member": true, "director": true, "chair": true, "trustee": true, "councillor": true, "chairman": true, "chairwoman": true, "executive": true, "aelod": true, "board": true, "vice": true, "deputy": true}
)

// office are words of bodies, places, offices and of the language itself, in lower case: with a capital, they are part of a
// heading or of a body's name and not of a person's.
var office = wordSet(`a an the our your this that we you it he she and or of for in on at to by with as is if see read find contact ask
	member members responsible complaints complaint handling mrc code ombudsman housing homes home association associations group
	council borough county city district town trust society limited ltd company board committee panel cabinet governing body executive non
	director chief officer chair vice deputy manager customer customers resident residents tenant tenants service services operations
	experience scheme england scotland wales ireland northern north south east central greater upper lower royal street road
	court avenue place office team department ministry government regulator social community communities
	annual report performance policy procedure stage self assessment statement meeting role lead portfolio holder independent
	january february march july august september october november december monday tuesday wednesday thursday friday
	key topics useful links link page pages information details documents document news more get involved help advice support money rent repairs
	damp mould privacy cookies terms accessibility quick related latest back top next previous questions download downloads publications
	careers jobs about safety fire reference visit call email us welcome home latest useful
	yr y aelod bwrdd cyfrifol am gwynion cymdeithas tai cyngor grŵp cartrefi pwyllgor ein eich`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// nameAt gives how many of the words at the beginning make a person's name, 0 where they make none: two to five with a
// capital, a title among them.
func nameAt(words []string) int {
	n := nameRun(words)
	if n > 5 || n < 2 || n < len(words) && nameWord(words[n]) {
		return 0 // too short or long, or part of a body's name
	}
	return n
}

// nameRun counts the words at the beginning that could be of a name.
func nameRun(words []string) (n int) {
	for n < len(words) && n < 6 && (nameWord(words[n]) && !office[crawler.Lower(strings.Trim(words[n], "'"))] || n > 0 && particles[words[n]]) {
		n++
	}
	for n > 0 && particles[words[n-1]] {
		n--
	}
	return n
}

var particles = map[string]bool{"ap": true, "ab": true, "de": true, "van": true, "von": true, "der": true, "den": true, "bin": true, "al": true, "da": true, "di": true, "la": true, "le": true, "o": true}

// nameWord reports whether a word could be of a name: a capital, and behind it letters, of which not all are capitals.
func nameWord(w string) bool {
	first, size := utf8.DecodeRuneInString(w)
	if !unicode.IsUpper(first) {
		return false
	}
	for _, r := range w[size:] {
		if !unicode.IsLetter(r) && r != '\'' && r != '-' && r != '’' {
			return false
		}
	}
	return len(w) == size || strings.ToUpper(w) != w
}

// namedAround reports whether the line above or below a short line with the role is a person's name and nothing else,
// or one followed by what the person is.
func namedAround(blocks []block, i int) bool {
	if len(blocks[i].text) > 90 {
		return false
	}
	for _, j := range [...]int{i - 1, i + 1} {
		if j < 0 || j >= len(blocks) || len(blocks[j].text) > 70 || j > i && blocks[j].heading || j < i && blocks[i].heading {
			continue
		}
		words := strings.Fields(spacedMarks.Replace(blocks[j].text))
		n := nameAt(words)
		if n > 0 && (n == len(words) || joins[words[n]] && words[n] != "is" && words[n] != "has") {
			return true
		}
	}
	return false
}
