package audit_test

import (
	compare "cmp"
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

// FuzzUntrusted: any text, in every way that it goes out: on a line, on a terminal, where lines stay, and without names and numbers.
func FuzzUntrusted(f *testing.F) {
	hostile.Seed(f)
	for _, s := range []string{
		"", "Mr Mr Smith", "07700 900123@a.b", "1 1 1 Street", "flat 1 flat 2 3 st", "M1 1AE M1 1AE", "a@b.c@d.e", "\xff\xfe",
		"+44 (0)20 7946 0123", "Dr. (at) x.y", "jo(at)x.y0123456789012", "someone@example.org",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u := audit.Untrusted(text)
		plain, terminal, lines := u.Plain(140), u.Terminal(), u.Text()
		if wild := compare.Or(wildness(plain, false), wildness(terminal, false), wildness(lines, true)); wild != "" {
			t.Errorf("%q, %q or %q holds %s", plain, terminal, lines, wild)
		}
		if utf8.RuneCountInString(plain) > 140 || len(terminal) > audit.MaxLog {
			t.Errorf("%d characters on a line, %d bytes on a terminal", utf8.RuneCountInString(plain), len(terminal))
		}
		if again := audit.Untrusted(plain).Plain(140); again != plain {
			t.Errorf("twice escaped differs: %q, %q", plain, again)
		}
		if again := audit.Untrusted(lines).Text(); again != lines {
			t.Errorf("twice differs: %q, %q", lines, again)
		}
		redactedWell(t, text)
	})
}

func redactedWell(t *testing.T, in string) {
	t.Helper()
	out := audit.Redact(in)
	if !utf8.ValidString(out) || len(out) > 10*len(in) {
		t.Fatalf("Redact(%q) = %q: %d bytes from %d, UTF-8 %t", in, out, len(out), len(in), utf8.ValidString(out))
	}
	if again := audit.Redact(out); again != out {
		t.Fatalf("Redact twice: %q, then %q", out, again)
	}
	if strings.HasPrefix(in, "someone@example.org") && strings.Contains(out, "someone@example.org") {
		t.Fatalf("an address was left in %q", out)
	}
}
