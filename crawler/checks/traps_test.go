package checks_test

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// TestTraps reads every page of testdata/traps: each holds one thing that was, or could be, taken for what it is not. The
// .want file names the trap in its first line. Then, where the page was not read whole with status 200 at an ordinary
// address, "at=" and "status="; and a line for each check, with the state that it must give, or after "not" those that it
// must not. What else stands there ("count=1", "system=phpbb") must hold, or after "not" must not.
func TestTraps(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "traps", "*.html"))
	if err != nil || len(files) < 50 {
		t.Fatalf("%d traps: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".html"), func(t *testing.T) { trap(t, file) })
	}
}

func trap(t *testing.T, file string) {
	t.Helper()
	said, rest, _ := strings.Cut(string(body(t, strings.TrimSuffix(file, ".html")+".want")), "\n")
	if !strings.HasPrefix(said, "# ") || rest == "" {
		t.Fatalf("the trap is not named: %q", said)
	}
	at, status := "https://www.fernley.example/news/doors/", 200
	for line := range strings.Lines(rest) {
		words := strings.Fields(line)
		if strings.Contains(words[0], "=") {
			for _, w := range words {
				if v, ok := strings.CutPrefix(w, "at="); ok {
					at = v
				} else if v, ok := strings.CutPrefix(w, "status="); ok {
					status, _ = strconv.Atoi(v)
				}
			}
			continue
		}
		p := answered(at, status, body(t, file))
		p.Answer.Problem = crawler.ReasonOfStatus(status)
		wantOfTrap(t, said, p, words)
	}
}

func wantOfTrap(t *testing.T, said string, p *crawler.Page, words []string) {
	t.Helper()
	i := slices.IndexFunc(checks.All(), func(c crawler.Check) bool { return string(c.ID) == words[0] })
	if i < 0 {
		t.Fatalf("no check %q", words[0])
	}
	r := p.Read(checks.All()[i : i+1])[0]
	evident(t, p, r)
	got := append(described(r), r.Verdict.State().String())
	not := words[1] == "not"
	for _, w := range words[1:] {
		if w != "not" && slices.Contains(got, w) == not {
			t.Errorf("%s: %s is %v, want %v (%s)", said[2:], r.Check, got, words[1:], evidenceOf(r))
		}
	}
}

func evidenceOf(r audit.Reading) string {
	if e := r.Verdict.Evidence(); e != nil {
		return e.Rule + ": " + e.Excerpt
	}
	return "no evidence"
}
