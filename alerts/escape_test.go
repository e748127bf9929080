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

// hostile is what somebody may write to act in the place where it is shown.
var hostile = []struct{ name, text string }{
	{"broadcast", "<!channel> <!here> <!everyone> @here"},
	{"mention", "<@U123> <#C1> <!subteam^S1>"},
	{"link", "<https://evil.test|click> https://evil.test/?a=1&b=2 mailto:x@evil.test"},
	{"emphasis", "*bold* _it_ ~no~ `code` ```block``` > quote :bomb:"},
	{"entity", "&lt;!channel&gt; &amp;amp;"},
	{"lines", "one\r\ntwo\n\n\tthree\u2028four\u2029five\vsix"},
	{"escape", "\x1b[31mred\x1b[0m\x1b]8;;https://evil.test\x07link\x1b]8;;\x07 \u009b2J bell\x07 nul\x00 del\x7f"},
	{"bidi", "abc\u202etxt.exe\u202c \u2066isolate\u2069 \u200fmark\u061c"},
	{"tower", "Z\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030aa\u0336\u0336lgo"},
	{"hidden", "zero\u200bwidth\ufeff \u00adsoft \U000e0041\U000e0042tags \u3164filler \ue000private"},
	{"invalid", "bad \xff\xfe bytes \xed\xa0\x80"},
	{"flags", strings.Repeat("🇬🇧", 90)},
	{"family", strings.Repeat("👩‍👩‍👧‍👦", 40)},
	{"skin", "a" + strings.Repeat("👍🏽", 100)},
	{"long", strings.Repeat("damp and mould ", 7000)},
	{"many lines", strings.Repeat("line\n", 1000)},
	{"welsh", "Mae'r tŷ yn oer; does dim gwres. Ŵyr neb pam?"},
	{"json", `"}],"blocks":[{"type":"section","text":{"type":"mrkdwn","text":"<!channel>"}}]`},
	{"format", "%s %d %!x(MISSING) {{.}} ${PATH}"},
}

func TestForeignTextIsHarmlessInEverySink(t *testing.T) {
	var b strings.Builder
	for _, h := range hostile {
		u := Untrusted(h.text)
		b.WriteString("== " + h.name + "\nplain    " + u.Plain(maxQuote) + "\nmrkdwn   " + u.Mrkdwn(maxQuote) +
			"\nterminal " + cut(u.Terminal(), 160) + "\n")
	}
	golden(t, "hostile.golden", b.String())
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
		if got := Untrusted(tt.in).Link(); got != tt.want && strings.ReplaceAll(tt.want, "%21", "!") != got {
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
	} {
		if got := cut(tt.in, tt.limit); got != tt.want {
			t.Errorf("cut(%q, %d) = %q, want %q", tt.in, tt.limit, got, tt.want)
		}
	}
}

func seedHostile(f *testing.F) {
	for _, h := range hostile {
		f.Add(h.text)
	}
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
			if marks++; marks > maxMarks {
				t.Errorf("%q holds a tower of marks", s)
			}
		default:
			marks = 0
		}
	}
}

func FuzzPlain(f *testing.F) {
	seedHostile(f)
	f.Fuzz(func(t *testing.T, text string) {
		got := Untrusted(text).Plain(maxQuote)
		checkTame(t, got)
		if n := utf8.RuneCountInString(got); n > maxQuote {
			t.Errorf("%d characters", n)
		}
		if again := Untrusted(got).Plain(maxQuote); again != got {
			t.Errorf("twice escaped differs: %q, %q", got, again)
		}
	})
}

// FuzzMrkdwn reads the output back as Slack does: what it shows is the plain text and nothing in it is markup.
func FuzzMrkdwn(f *testing.F) {
	seedHostile(f)
	f.Fuzz(func(t *testing.T, text string) {
		u := Untrusted(text)
		got := u.Mrkdwn(maxQuote)
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
	})
}

func FuzzTerminal(f *testing.F) {
	seedHostile(f)
	f.Fuzz(func(t *testing.T, text string) {
		got := Untrusted(text).Terminal()
		checkTame(t, got)
		if len(got) > maxLog {
			t.Errorf("%d bytes", len(got))
		}
	})
}
