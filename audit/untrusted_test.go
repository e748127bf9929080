package audit_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/internal/hostile"
)

var update = flag.Bool("update", false, "rewrite the golden file")

// What every hostile text becomes, to be read by a person: as a line, on a terminal, and where lines stay.
func TestForeignTextIsTame(t *testing.T) {
	var b strings.Builder
	for _, h := range hostile.Texts() {
		u := audit.Untrusted(h.Text)
		fmt.Fprintf(&b, "== %s\nplain    %s\nterminal %s\ntext     %q\n", h.Name, u.Plain(140), audit.Cut(u.Terminal(), 160), audit.Cut(u.Text(), 160))
		for what, got := range map[string]string{"Plain": u.Plain(140), "Terminal": u.Terminal(), "Text": u.Text(), "%v": fmt.Sprintf("%v", u), "%#v": fmt.Sprintf("%#v", u)} {
			if wild := wildness(got, what == "Text"); wild != "" {
				t.Errorf("%s: %s holds %s: %.200q", h.Name, what, wild, got)
			}
		}
	}
	const path = "testdata/untrusted.golden"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (run with -update and look at the difference):\n%s", path, diff)
	}
}

// wildness names the first thing in s that acts on the text around it.
func wildness(s string, lines bool) string {
	if !utf8.ValidString(s) {
		return "what is not UTF-8"
	}
	marks := 0
	for _, r := range s {
		switch {
		case lines && (r == '\n' || r == '\t'):
			marks = 0
		case unicode.IsControl(r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r), unicode.Is(unicode.Bidi_Control, r):
			return fmt.Sprintf("%U", r)
		case unicode.Is(unicode.M, r):
			if marks++; marks > 4 {
				return "a tower of marks"
			}
		default:
			marks = 0
		}
	}
	return ""
}

func TestLinkIsAnAddressOrNothing(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"https://example.test/a?b=c", "https://example.test/a?b=c"},
		{" http://example.test ", "http://example.test"},
		{"javascript:alert(1)", ""},
		{"data:text/html,x", ""},
		{"//example.test", ""},
		{"https://user:pass@example.test/", ""},
		{"https://example.test/|<!channel>", "https://example.test/%7C%3C%21channel%3E"},
		{"https://example.test/\u202etxt", "https://example.test/%E2%80%AEtxt"},
		{"https://exa\nmple.test/", ""},
		{"https://example.test/" + strings.Repeat("a", 3000), ""},
		{"", ""},
	} {
		if got := audit.Untrusted(tt.in).Link(); got != tt.want && strings.ReplaceAll(tt.want, "%21", "!") != got {
			t.Errorf("Link(%.60q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestCutIsBetweenGraphemes(t *testing.T) {
	for _, tt := range []struct {
		in    string
		limit int
		want  string
	}{
		{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"", 3, ""}, {"abc", 0, ""}, {"abc", 1, "…"},
		{"e\u0301e\u0301e\u0301", 4, "e\u0301…"},
		{"🇬🇧🇬🇧🇬🇧", 4, "🇬🇧…"},
		{"👩‍👩‍👧x", 4, "…"},
		{"a👍🏽b", 3, "a…"},
		{"ab\u1112\u1161\u11abc", 4, "ab…"},
		{"abक्षc", 5, "ab…"},
	} {
		if got := audit.Cut(tt.in, tt.limit); got != tt.want {
			t.Errorf("audit.Cut(%q, %d) = %q, want %q", tt.in, tt.limit, got, tt.want)
		}
	}
}

func FuzzPlain(f *testing.F) {
	hostile.Seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		got := audit.Untrusted(text).Plain(140)
		if wild := wildness(got, false); wild != "" {
			t.Errorf("%q holds %s", got, wild)
		}
		if n := utf8.RuneCountInString(got); n > 140 {
			t.Errorf("%d characters", n)
		}
		if again := audit.Untrusted(got).Plain(140); again != got {
			t.Errorf("twice escaped differs: %q, %q", got, again)
		}
	})
}

func FuzzTerminal(f *testing.F) {
	hostile.Seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		got := audit.Untrusted(text).Terminal()
		if wild := wildness(got, false); wild != "" {
			t.Errorf("%q holds %s", got, wild)
		}
		if len(got) > audit.MaxLog {
			t.Errorf("%d bytes", len(got))
		}
	})
}

func FuzzText(f *testing.F) {
	hostile.Seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		got := audit.Untrusted(text).Text()
		if wild := wildness(got, true); wild != "" {
			t.Errorf("%q holds %s", got, wild)
		}
		if again := audit.Untrusted(got).Text(); again != got {
			t.Errorf("twice differs: %q, %q", got, again)
		}
	})
}
