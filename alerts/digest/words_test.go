package digest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorknock/audit"
)

// placed lists the names that a string fills in.
func placed(text string) []string {
	names := regexp.MustCompile(`\{[a-z]+\}`).FindAllString(text, -1)
	slices.Sort(names)
	return slices.Compact(names)
}

// TestEveryStringInBothLanguages: each has both, both fill in the same, and no sentence was left in the other language.
func TestEveryStringInBothLanguages(t *testing.T) {
	english, welsh := In(English).All(), In(Welsh).All()
	same := []string{"site.name", "site.title", "edition.title", "edition.sofar", "counts.reason", "nation.UK", "lang"}
	for key, en := range english {
		cy := welsh[key]
		switch {
		case en == "" || cy == "":
			t.Errorf("%s: %q, %q", key, en, cy)
		case !slices.Equal(placed(en), placed(cy)) && !strings.HasSuffix(key, ".one") && !strings.HasSuffix(key, ".other"):
			t.Errorf("%s: %q and %q fill in other names", key, en, cy)
		case en == cy && !slices.Contains(same, key):
			t.Errorf("%s is the same in both: %q", key, en)
		}
		if m := leftover.FindString(regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(cy, "")); m != "" && !slices.Contains([]string{"site.language", "page.other"}, key) {
			t.Errorf("%s: the Welsh says %q: %s", key, m, cy)
		}
	}
	if len(strings.Fields(welsh["months.long"])) != 12 || len(strings.Fields(welsh["months"])) != 12 {
		t.Error("a year has twelve months")
	}
}

// leftover are words that are English and no Welsh.
var leftover = regexp.MustCompile(`(?i)\b(the|and|was|were|is|are|of|you|your|with|what|this|that|which|from|before|not|page|week|month|door|doors|saw|seen|open|comments?)\b`)

// TestEveryReasonHasWords: the closed list of reasons, states and practices.
func TestEveryReasonHasWords(t *testing.T) {
	for _, language := range Languages() {
		w := In(language)
		for _, r := range audit.Reasons() {
			if strings.Contains(w.Reason(r), "⟦") {
				t.Errorf("%s: no words for %s", language, r)
			}
		}
		for _, s := range []audit.State{audit.Unknown, audit.Open, audit.Restricted, audit.Closed, audit.Absent} {
			if text := w.State(s, false) + w.State(s, true); strings.Contains(text, "⟦") {
				t.Errorf("%s: no words for %s: %s", language, s, text)
			}
		}
	}
	for _, id := range practices() {
		if In(Welsh).text["check."+string(id)] == "" {
			t.Errorf("the good practice %s has no question", id)
		}
	}
}

// TestEveryStringIsUsed: what nobody asks for goes, and what is asked for is there.
func TestEveryStringIsUsed(t *testing.T) {
	keys, starts := map[string]bool{}, map[string]bool{}
	quoted := regexp.MustCompile(`"([a-z][a-z0-9]*\.?(?:[a-z0-9_]+\.?)*)"`)
	for _, pattern := range []string{"*.go", "templates/*", "../../web/*.go", "../../web/templates/*.html", "../../cmd/doorknock/digest*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			body, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range quoted.FindAllStringSubmatch(string(body), -1) {
				if strings.HasSuffix(m[1], ".") {
					starts[m[1]] = true
				} else {
					keys[m[1]] = true
				}
			}
		}
	}
	starts["talk."], starts["against."], starts["forward."], starts["reader."] = true, true, true, true // put together in parts
	for key := range In(English).All() {
		plain := strings.TrimSuffix(strings.TrimSuffix(key, ".one"), ".other")
		used := keys[key] || keys[plain]
		for start := range starts {
			used = used || strings.HasPrefix(key, start)
		}
		if !used {
			t.Errorf("%q is in the catalogue and nobody asks for it", key)
		}
	}
}

// TestThousands: a number with four digits or more has commas, as on the pages.
func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 44499: "44,499", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %q, want %q", n, got, want)
		}
	}
	if got := In(English).Count("unseen.looked", 44499); got != "We looked 44,499 times." {
		t.Errorf("got %q", got)
	}
}
