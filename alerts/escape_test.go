package alerts

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/internal/hostile"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/name, or rewrites it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (run with -update and look at the difference):\n%s", path, diff)
	}
}

func TestForeignTextInTheFallbackLine(t *testing.T) {
	var b strings.Builder
	for _, h := range hostile.Texts() {
		b.WriteString(h.Name + "\t" + slackText(audit.Untrusted(h.Text), maxQuote) + "\n")
	}
	golden(t, "fallback.golden", b.String())
}

// checkTame fails where s holds anything that acts on the text around it.
func checkTame(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%q is not UTF-8", s)
	}
	marks := 0
	for _, r := range s {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r), unicode.Is(unicode.Bidi_Control, r):
			t.Errorf("%q holds %U", s, r)
		case unicode.Is(unicode.M, r):
			if marks++; marks > 4 {
				t.Errorf("%q holds a tower of marks", s)
			}
		default:
			marks = 0
		}
	}
}

// mrkdwnIsText reads the fallback line back as Slack does: what it shows is the plain text and nothing in it is markup.
func mrkdwnIsText(t *testing.T, text string) {
	t.Helper()
	u := audit.Untrusted(text)
	got := slackText(u, maxQuote)
	if strings.ContainsAny(got, "<>`") {
		t.Errorf("%q holds markup", got)
	}
	for _, mark := range []string{"*", "_", "~", "@", ":"} {
		if strings.Count(got, mark) != strings.Count(got, mark+"\u200b") {
			t.Errorf("%q has %s as markup", got, mark)
		}
	}
	shown := strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "\u200b", "").Replace(got)
	if want := strings.ReplaceAll(u.Plain(maxQuote), "`", "'"); shown != want {
		t.Errorf("shown %q, want %q", shown, want)
	}
}
