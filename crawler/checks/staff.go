package checks

import (
	"strings"
	"unicode"

	"doorknock/crawler"
)

// person is a line that names somebody beside what they do. The name is only counted, never kept.
type person struct {
	at   int    // of the block
	role string // as it is written
}

// namedStaff gives the people whose name stands with one of the roles: in one line, in the cells of a row, or in two lines
// that follow each other.
func namedStaff(all []stretch, roles []string) (found []person) {
	for i, b := range all {
		if role := roleBeside(b, roles); role != "" {
			found = append(found, person{i, role})
			continue
		}
		if !looksLikeName(b.text) {
			continue
		}
		if i+1 < len(all) && isRole(all[i+1], roles) {
			found = append(found, person{i, all[i+1].text})
		} else if i > 0 && isRole(all[i-1], roles) && (i < 2 || !looksLikeName(all[i-2].text)) {
			found = append(found, person{i, all[i-1].text})
		}
	}
	return found
}

// isRole reports whether a line is a job title and no sentence.
func isRole(b stretch, roles []string) bool {
	return len(b.text) <= 90 && stemIn(b.lower, roles) && !strings.HasSuffix(b.text, ".") && len(strings.Fields(b.text)) <= 12
}

// roleBeside gives the role that stands with a name in the line itself.
func roleBeside(b stretch, roles []string) string {
	parts := b.cells
	if len(parts) == 0 && len(b.text) <= 140 {
		for _, mark := range [...]string{" – ", " — ", " - ", ": ", " | ", ", ", " ("} {
			if before, after, ok := strings.Cut(b.text, mark); ok {
				parts = []string{before, after}
				break
			}
		}
	}
	for i, part := range parts {
		if !looksLikeName(part) {
			continue
		}
		for j, other := range parts {
			if i != j && len(other) <= 100 && stemIn(plain(other), roles) {
				return other
			}
		}
	}
	return ""
}

// looksLikeName reports whether a text is two to four words as people's names are spelt, none of them a word of business.
func looksLikeName(text string) bool {
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
		if notNames[crawler.Lower(strings.Trim(w, ".'’"))] || !spelltAsName(w, i > 0) {
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
