package crawler

import (
	"slices"
	"strings"
	"unicode"
)

// IsName reports whether a text is two to four words as people's names are spelt, none of them a word of business.
func IsName(text string) bool {
	text, _, _ = strings.Cut(strings.TrimSpace(text), ",") // OBE
	if len(text) > 48 {
		return false
	}
	words := strings.Fields(text)
	if len(words) > 0 && honorifics[strings.TrimSuffix(words[0], ".")] {
		words = words[1:]
	}
	if len(words) < 2 || len(words) > 4 {
		return false
	}
	for i, w := range words {
		if notNames[Lower(strings.Trim(w, ".'’"))] || !spelltAsName(w, i > 0) {
			return false
		}
	}
	return true
}

var honorifics = map[string]bool{"Mr": true, "Mrs": true, "Ms": true, "Miss": true, "Mx": true, "Dr": true, "Cllr": true, "Councillor": true, "Sir": true, "Dame": true, "Professor": true, "Prof": true, "Lord": true, "Baroness": true, "Rev": true}

var nameParticles = map[string]bool{"de": true, "van": true, "von": true, "der": true, "ap": true, "al": true, "bin": true, "la": true, "el": true}

func spelltAsName(w string, later bool) bool {
	if later && nameParticles[w] {
		return true
	}
	small := 0
	for i, r := range w {
		switch {
		case i == 0 && !unicode.IsUpper(r):
			return false
		case unicode.IsLower(r):
			small++
		case !unicode.IsLetter(r) && r != '\'' && r != '’' && r != '-' && r != '.':
			return false
		}
	}
	return small > 0 || later && len(w) <= 2 // an initial
}

var notNames = setOfWords(`about access across accounts address all and annual apply approach area areas as assessment asset assets associate association at audit award awards
 bank benefit biography block board boards body book book building business by call care careers central centre chair chairs charity chief city close coach coaches code committee
 committees community company complaints contact corporate council county court coventry customer customers damp date department deputy development digital director directors district diversity
 documents download east email england equality estate estates events every executive executives experience facebook feedback finance financial find flat flats for forum framework
 front full get governance green group grove head health help hill home homes house housing how human improvement in independent information insight interim investment
 involved job join key land lane latest leadership learn leasehold legal lettings line living local locality log main maintenance manage management manager managers managing marketing
 media meet meeting member members more mould national neighbourhood new news non non-executive north of office officer officers older on online operations opportunities or our
 panel park patch patches paul's pay people performance person phone place places planning policies policy portal privacy profile profiles project projects property public publications
 quality read region register regulator remuneration rent rents repair repairs report reports resident residents resources responsible results right risk road roles safety scheme schemes scotland scrutiny search
 secretary see senior service services shared sheltered sign site social south staff statement strategic strategy street strategy structure supply support surveyor sustainability team teams technology telephone tenancy
 tenant tenants terms the to tower transformation treasury trust trustee trustees us useful vacancies vacant vice view village visit wales ward we welcome west what who wellbeing work working yard year you your`)

func setOfWords(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// CutBy cuts off how a byline begins.
func CutBy(lower string) (rest string, ok bool) {
	for _, begin := range [...]string{"by ", "by: ", "written by ", "written by: ", "posted by ", "words by ", "words: ", "author: ", "gan ", "awdur: "} {
		if rest, ok = strings.CutPrefix(lower, begin); ok {
			return rest, true
		}
	}
	return lower, false
}

// notAuthors are words of log-in names and of desks.
var notAuthors = []string{"admin", "editor", "press", "comms", "webmaster", "website", "team", "guest", "staff", "reporter", "newsroom", "tenants", "residents"}

// IsAuthor reports whether the words of a byline hold a person's name: to the first mark that ends one, or the first word
// that goes on with when, where or as what.
func IsAuthor(text string) bool {
	if lower := plainLower(text); len(lower) == len(text) {
		rest, _ := CutBy(lower)
		text = text[len(text)-len(rest):]
	}
	if end := strings.IndexAny(text, ",|•·(–—/0123456789"); end >= 0 {
		text = text[:end]
	}
	for _, end := range [...]string{" on ", " in ", " at ", " - ", " from ", " ar "} {
		text, _, _ = strings.Cut(text, end)
	}
	text = withoutDay(strings.TrimSpace(text))
	lower := plainLower(text)
	return IsName(text) && !slices.ContainsFunc(notAuthors, func(w string) bool { return strings.Contains(lower, w) })
}

// withoutDay cuts off a day's or month's name that ends a byline.
func withoutDay(text string) string {
	words := strings.Fields(text)
	for len(words) > 0 && (MonthNamed(Lower(words[len(words)-1])) > 0 || strings.HasSuffix(words[len(words)-1], "day")) {
		words = words[:len(words)-1]
	}
	return strings.Join(words, " ")
}

// plainLower is a text in lower case with straight apostrophes.
func plainLower(s string) string { return strings.ReplaceAll(Lower(s), "’", "'") }
