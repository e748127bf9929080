package digest_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/internal/hostile"
)

// named is an edition in which every name is text.
func named(text string) digest.Edition {
	c := []digest.Change{{Organisation: "elm", Name: text, Check: "May visitors comment on posts?", From: audit.Open, To: audit.Closed, ConfirmedAt: now, Finding: "f1", Correction: "read anew"}}
	return digest.Edition{Week: "2026-W47", From: now, To: now.AddDate(0, 0, 7), MadeAt: now, Opened: c, Closed: c, Corrected: c, Comments: 9, Doors: 4, Known: 3, Visits: 2}
}

func written(t *testing.T, text string) (plain, page string) {
	t.Helper()
	var a, b bytes.Buffer
	if err := named(text).Tell(digest.English).Text(&a); err != nil {
		t.Fatal(err)
	}
	if err := named(text).Tell(digest.English).HTML(&b); err != nil {
		t.Fatal(err)
	}
	return a.String(), b.String()
}

// elements lists the elements of a page with their attributes.
func elements(t *testing.T, page string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode || n.Type == html.CommentNode {
			b.WriteString(n.Data + "\n")
			for _, a := range n.Attr {
				b.WriteString(" " + a.Key + "=" + a.Val + "\n")
			}
		}
	}
	return b.String()
}

func wantSame(t *testing.T, name, text string) {
	t.Helper()
	wantPlain, wantPage := written(t, "Elm Homes")
	plain, page := written(t, text)
	if elements(t, page) != elements(t, wantPage) {
		t.Errorf("%s: the page is built otherwise than with plain words", name)
	}
	if strings.Count(plain, "\n") != strings.Count(wantPlain, "\n") || len(plain) > len(wantPlain)+3*4*130 {
		t.Errorf("%s: the text has %d lines, %d bytes", name, strings.Count(plain, "\n"), len(plain))
	}
	for what, out := range map[string]string{"text": plain, "page": page} {
		if i := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) }); i >= 0 {
			t.Errorf("%s: the %s holds %q", name, what, out[i:min(i+8, len(out))])
		}
	}
}

// A name adds no element to the page of an edition and no line to its text.
func TestNamesInEditionsAreText(t *testing.T) {
	for _, h := range hostile.Texts() {
		wantSame(t, h.Name, h.Text)
	}
}

func FuzzEdition(f *testing.F) {
	hostile.Seed(f)
	f.Fuzz(func(t *testing.T, text string) { wantSame(t, text, text) })
}
