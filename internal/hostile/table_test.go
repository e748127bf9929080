package hostile

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"doorknock/audit"
)

// row is one row of docs/hostile.md.
type row struct {
	input, answer string
	shown         []string
}

// TestTable compares docs/hostile.md with what this server sends: every case stands in one row, with the answer that is
// written there, and everything that a row names exists.
func TestTable(t *testing.T) {
	wants := map[string]audit.Reason{}
	for _, c := range Cases() {
		if _, twice := wants[c.Path]; twice {
			t.Errorf("%s is two cases", c.Path)
		}
		wants[c.Path] = c.Want
	}
	for _, c := range Robots() {
		wants["robots-"+c.Name] = c.Want
	}
	seen := map[string]string{}
	rows := rowsOf(t)
	for _, r := range rows {
		if len(r.shown) == 0 {
			t.Errorf("%q is shown by nothing", r.input)
		}
		for _, name := range r.shown {
			want, served := wants[name]
			switch {
			case !served && !testExists(t, name):
				t.Errorf("%q is shown by %s, which does not exist", r.input, name)
			case served && seen[name] != "":
				t.Errorf("%s stands in two rows: %q and %q", name, seen[name], r.input)
			case served:
				seen[name] = r.input
				if !says(r.answer, want) {
					t.Errorf("%s is answered %q, the row says %s", name, want, r.answer)
				}
			}
		}
	}
	for name := range wants {
		if seen[name] == "" {
			t.Errorf("%s has no row", name)
		}
	}
	t.Logf("%d rows, %d cases", len(rows), len(seen))
}

// says reports whether a row's answer is the reason; what a row has in italics is read, in that row's way.
func says(answer string, want audit.Reason) bool {
	if want == "" {
		return strings.HasPrefix(answer, "*")
	}
	return answer == "`"+string(want)+"`"
}

func rowsOf(t *testing.T) (rows []row) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "hostile.md"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if len(cells) != 3 || strings.HasPrefix(strings.TrimSpace(cells[0]), "---") || strings.TrimSpace(cells[0]) == "input" {
			continue
		}
		r := row{input: strings.TrimSpace(cells[0]), answer: strings.TrimSpace(cells[1])}
		for name := range strings.FieldsSeq(cells[2]) {
			r.shown = append(r.shown, strings.Trim(name, "`"))
		}
		rows = append(rows, r)
	}
	return rows
}

// testExists looks for the function of a test, named by its package's folder.
func testExists(t *testing.T, name string) bool {
	t.Helper()
	folder, function, ok := strings.Cut(name, ".")
	if !ok {
		return false
	}
	files, err := filepath.Glob(filepath.Join("..", "..", folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	wanted := regexp.MustCompile(`(?m)^func ` + regexp.QuoteMeta(function) + `\(`)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if wanted.Match(source) {
			return true
		}
	}
	return false
}
