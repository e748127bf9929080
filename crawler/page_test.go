package crawler

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"doorknock/audit"
)

func pageOf(contentType, body string) *Page {
	return NewPage(Answer{
		URL: &url.URL{Scheme: "https", Host: "www.fernley.org.uk", Path: "/news/roof/"}, Status: 200, Body: []byte(body),
		Header: http.Header{"Content-Type": {contentType}},
	}, nil)
}

// TestBodyStaysAsItCame: to find out how a body is to be read writes nothing into it: the page's text may be the body itself.
func TestBodyStaysAsItCame(t *testing.T) {
	script := "<script>" + strings.Repeat("a = b; ", 200) + "</script>"
	for name, body := range map[string]string{
		"a meta behind a script":   script + "<meta charset=iso-8859-2>\xb3<p>",
		"a meta that never ends":   "\xb3" + script + "<meta charset=" + strings.Repeat("x ", lastMeta),
		"a remark that never ends": "\xb3" + script + "<!-- " + strings.Repeat("x ", lastMeta),
		"spoilt UTF-8":             "é\xffé<p>",
		"UTF-8":                    "<p>é<p>",
	} {
		came := []byte(body)
		NewPage(Answer{Body: came, Header: http.Header{"Content-Type": {"text/html"}}}, nil).Problem()
		if string(came) != body {
			t.Errorf("%s: the body was written to", name)
		}
	}
}

func TestCharsetOrder(t *testing.T) {
	far := strings.Repeat("a = b; ", 200)
	for name, c := range map[string]struct{ contentType, body, want string }{
		"mark before header":         {"text/html; charset=windows-1252", "\xef\xbb\xbfcaf\xc3\xa9", "café"},
		"UTF-16 by its mark":         {"text/html", "\xff\xfec\x00a\x00f\x00\xe9\x00", "café"},
		"header before meta":         {"text/html; charset=utf-8", `<meta charset="windows-1252">café`, `<meta charset="windows-1252">café`},
		"meta":                       {"text/html", "<meta charset=iso-8859-2>\xb3", "<meta charset=iso-8859-2>ł"},
		"meta behind a script":       {"text/html", "<script>" + far + "</script><META http-equiv=Content-Type content='text/html; charset=iso-8859-2'>\xb3", "<script>" + far + "</script><META http-equiv=Content-Type content='text/html; charset=iso-8859-2'>ł"},
		"meta in a remark":           {"text/html", "<!-- " + far + "<meta charset=iso-8859-2> -->\xe9", "<!-- " + far + "<meta charset=iso-8859-2> -->é"},
		"no meta behind a script":    {"text/html", "<script>" + far + "</script><p>\xe9", "<script>" + far + "</script><p>é"},
		"unknown name in header":     {"text/html; charset=klingon", "<meta charset=utf-8>é", "<meta charset=utf-8>é"},
		"nothing said, valid UTF-8":  {"text/html", "café", "café"},
		"nothing said, not UTF-8":    {"text/html", "caf\xe9", "café"},
		"nothing said, spoilt UTF-8": {"text/html", "é\xffé", "é\uFFFDé"},
		"nothing said, and a line":   {"text/html", strings.Repeat("caf\xe9 \xfc\xfc\xfc\xfc\xfc ", 30), strings.Repeat("café üüüüü ", 30)},
		"meta says UTF-16":           {"text/html", "<meta charset=utf-16>é", "<meta charset=utf-16>é"},
		"UTF-7 is not read":          {"text/html; charset=utf-7", "+ADw-p+AD4-", "+ADw-p+AD4-"},
		"one broken byte":            {"text/html; charset=utf-8", strings.Repeat("word ", 50) + "\xff", strings.Repeat("word ", 50) + "\uFFFD"},
	} {
		if got := pageOf(c.contentType, c.body).Source(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for name, c := range map[string]struct{ contentType, body string }{
		"Latin-1 sent as UTF-8":      {"text/html; charset=utf-8", strings.Repeat("\xe9\xe8 a", 30)},
		"Russian, and no word of it": {"text/html", strings.Repeat("\xcf\xf0\xe8\xe2\xe5\xf2 ", 30)},
		"lone surrogates":            {"text/html; charset=utf-8", strings.Repeat("\xed\xa0\x80", 30)},
		"overlong":                   {"text/html; charset=utf-8", strings.Repeat("\xc0\xbc", 30)},
	} {
		if got := pageOf(c.contentType, c.body).Problem(); got != audit.ReasonBadEncoding {
			t.Errorf("%s: problem %q, want bad_encoding", name, got)
		}
	}
}

// TestLocate finds elements again in bodies of several charsets, where other bytes look alike.
func TestLocate(t *testing.T) {
	const page = `<html><head><title>é</title></head><body><!-- <form id="f" class="x"> --><script>"<form id=\"f\" class=\"x\">"</script>
<p>żółw ü</p><FORM CLASS="x" ID='f'><textarea></textarea></FORM><p class="n">Kommentare geschlossen – für immer</p></body></html>`
	plain := strings.NewReplacer("ż", "z", "ó", "o", "ł", "l", "–", "-").Replace(page)
	for name, c := range map[string]struct {
		coding encoding.Encoding
		header string
		text   string
		before string
	}{
		"utf-8":           {nil, "text/html; charset=utf-8", page, ""},
		"utf-8 with mark": {nil, "text/html", page, "\xef\xbb\xbf"},
		"windows-1252":    {charmap.Windows1252, "text/html; charset=windows-1252", plain, ""},
		"iso-8859-2":      {charmap.ISO8859_2, "text/html; charset=iso-8859-2", strings.ReplaceAll(page, "–", "-"), ""},
		"utf-16le":        {unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "text/html", page, "\xff\xfe"},
		"shift_jis":       {japanese.ShiftJIS, "text/html; charset=shift_jis", strings.NewReplacer("é", "e", "ü", "u", "ż", "日", "ó", "本", "ł", "語", "–", "-").Replace(page), ""},
	} {
		body := c.text
		if c.coding != nil {
			var err error
			if body, err = c.coding.NewEncoder().String(c.text); err != nil {
				t.Fatal(name, err)
			}
		}
		p := pageOf(c.header, c.before+body)
		for tag, want := range map[string]string{"form": `<FORM CLASS="x" ID='f'><textarea></textarea></FORM>`, "p.n": `<p class="n">Kommentare geschlossen`} {
			n := p.ID("f")
			if tag == "p.n" {
				n = p.Class("n")[0]
			}
			at, ok := p.locate(n)
			if !ok || !strings.HasPrefix(at.excerpt, want) {
				t.Errorf("%s: %s located %v at %d: %q", name, tag, ok, at.offset, at.excerpt)
				continue
			}
			raw := string(p.Answer.Body[at.offset : at.offset+at.length])
			if c.coding != nil {
				raw, _ = c.coding.NewDecoder().String(raw)
			}
			if raw != at.excerpt {
				t.Errorf("%s: the bytes read %q, the excerpt %q", name, raw, at.excerpt)
			}
		}
	}
}

func TestLocateAmongEquals(t *testing.T) {
	p := pageOf("text/html; charset=utf-8", `<!doctype html><title>t</title><p class="c">one</p><p class="c">two</p><p class="c">three</p>`)
	for i, want := range []string{"one", "two", "three"} {
		at, ok := p.locate(p.Class("c")[i])
		if !ok || at.excerpt != `<p class="c">`+want+`</p>` {
			t.Errorf("element %d: %v %q", i, ok, at.excerpt)
		}
	}
	if _, ok := p.locate(p.Tag("body")[0]); ok {
		t.Error("an element that the parser made up was found in the body")
	}
	copied := pageOf("text/html; charset=utf-8", `<p><b class="x">one<p>two</b>`) // the parser copies <b> into the second paragraph
	if n := copied.Class("x"); len(n) != 2 {
		t.Fatalf("%d elements, want the copy too", len(n))
	}
	if at, ok := copied.locate(copied.Class("x")[1]); ok && !strings.HasPrefix(at.excerpt, `<b class="x">one`) {
		t.Errorf("a copied element was located as %q", at.excerpt)
	}
}

// TestLocateByWords: of many elements alike, one is told by the words in it, and not at all where something else could be it.
func TestLocateByWords(t *testing.T) {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, "<li>\n<span class=icon></span> Sentence number %d here</li>", 100+i)
	}
	p := pageOf("text/html; charset=utf-8", "<!doctype html><title>t</title><ul>"+b.String()+"</ul>")
	n := p.Tag("li")[41]
	if at, ok := p.byWords(n); !ok || !strings.HasPrefix(p.Source()[at:], "<li>\n<span class=icon></span> Sentence number 141") {
		t.Errorf("found %t at %d", ok, at)
	}
	if at, ok := p.locate(n); !ok || !strings.Contains(at.excerpt, "number 141 here") {
		t.Errorf("located %t as %q", ok, at.excerpt)
	}
	for name, body := range map[string]string{
		"a comment between":  "<li><!-- <li> -->Sentence number 141 here",
		"said in a script":   "<script>'Sentence number 141 here'</script><li>Sentence number 141 here",
		"another li between": "<li><ul><li>x</li></ul>Sentence number 141 here",
		"a made-up row":      "<table><tr><td>x</table><table><td><ul><li></ul></td></tr><td>Sentence number 141 here",
		"few letters":        "<li>141",
		"spelt otherwise":    "<li>&#83;entence&nbsp;number",
	} {
		p := pageOf("text/html; charset=utf-8", "<!doctype html><title>t</title>"+body)
		if at, ok := p.byWords(p.Tag("li")[0]); ok {
			t.Errorf("%s: found at %d", name, at)
		}
	}
	copied := pageOf("text/html; charset=utf-8", `<p><b class="x">one<p>two words here</b>`)
	if at, ok := copied.byWords(copied.Class("x")[1]); ok {
		t.Errorf("a copied element was found at %d", at)
	}
}

// TestDeepPage: what is found on a page too deep to parse was there; what is not found may be there.
func TestDeepPage(t *testing.T) {
	form := Check{ID: "form", Version: 1, Look: func(p *Page) Look {
		if f := p.Tag("form"); len(f) > 0 {
			return Look{State: audit.Open, Rule: "form", Mark: f[0]}
		}
		return Look{State: audit.Absent, Rule: "no-form"}
	}}
	deep := "<title>Deep</title>" + strings.Repeat("<div>", 600)
	with := pageOf("text/html", deep+`<form id="x"></form>`).Read([]Check{form})[0]
	if with.Verdict.State() != audit.Open || with.Verdict.Evidence().Offset != len(deep) {
		t.Errorf("form in a deep page: %v %s", with.Verdict.State(), with.Verdict.Reason())
	}
	without := pageOf("text/html", deep+strings.Repeat("words ", 200)).Read([]Check{form})[0]
	if without.Verdict.Reason() != audit.ReasonParseError {
		t.Errorf("deep page without form: %v %s, want unknown/parse_error", without.Verdict.State(), without.Verdict.Reason())
	}
}

func TestProblemOfAnswer(t *testing.T) {
	long := "<html><head><title>News | Fernley</title></head><body><main>" + strings.Repeat("Some words about the roof. ", 60) + "</main></body></html>"
	for name, c := range map[string]struct {
		status      int
		contentType string
		body        string
		given       audit.Reason
		want        audit.Reason
	}{
		"whole page":                {200, "text/html", long, "", ""},
		"given by the crawler":      {200, "text/html", long, audit.ReasonTooLarge, audit.ReasonTooLarge},
		"no answer":                 {0, "", "", audit.ReasonDNS, audit.ReasonDNS},
		"forbidden":                 {403, "text/html", long, "", audit.ReasonBlocked},
		"not found":                 {404, "text/html", long, "", audit.ReasonNotFound},
		"gone":                      {410, "text/html", long, "", audit.ReasonGone},
		"too many":                  {429, "text/html", "", "", audit.ReasonRateLimited},
		"partial":                   {206, "text/html", long, "", audit.ReasonServerError},
		"empty answer":              {204, "", "", "", audit.ReasonServerError},
		"challenge with 503":        {503, "text/html", "<title>Just a moment...</title>", audit.ReasonServerError, audit.ReasonBlocked},
		"plain text":                {200, "text/plain", long, "", audit.ReasonNotHTML},
		"no type":                   {200, "", long, "", audit.ReasonNotHTML},
		"PDF called HTML":           {200, "text/html", "%PDF-1.7 ...", "", audit.ReasonNotHTML},
		"xhtml":                     {200, "application/xhtml+xml", long, "", ""},
		"shell of an application":   {200, "text/html", `<title>x</title><div id="root"></div><script src="/a.js"></script>`, "", audit.ReasonNeedsJS},
		"consent host":              {200, "text/html", `<title>Before you continue</title><form action="https://consent.example/save"></form>`, "", audit.ReasonConsentWall},
		"article about 404 pages":   {200, "text/html", strings.ReplaceAll(long, "<main>", "<main><article><h1>404 ways to say sorry</h1>"), "", ""},
		"page with a log-in on top": {200, "text/html", strings.ReplaceAll(long, "<main>", `<form><input type=password></form><main>`), "", ""},
		"landlord's maintenance":    {200, "text/html", "<title>Maintenance | Fernley</title><h1>Blocked drains</h1><p>Ring us.</p>", "", ""},
		"under maintenance":         {200, "text/html", "<title>Under maintenance</title><p>Back at noon.</p>", "", audit.ReasonServerError},
		"log-in of a network":       {200, "text/html", "<title>Log into Fernbook</title><form><input type=password></form>", "", audit.ReasonLoginWall},
		"short page with a widget":  {200, "text/html", `<title>Contact</title><h1>Contact</h1><form><textarea></textarea><script src="https://challenges.cloudflare.com/turnstile/v0/api.js"></script></form><p>Ring us on a weekday between nine and five, or write.</p>`, "", ""},
		"challenge script beside content": {200, "text/html",
			strings.ReplaceAll(long, "</main>", `</main><script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>`), "", ""},
	} {
		p := pageOf(c.contentType, c.body)
		p.Answer.Status, p.Answer.Problem = c.status, c.given
		if got := p.Problem(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestPlainPath: an address that is taken for plain is spelt as resolving it would.
func TestPlainPath(t *testing.T) {
	p := pageOf("text/html", `<base href="/deep/er/">`)
	front, plain := newSpeller(p.base()), 0
	for _, href := range []string{"/", "/a", "/a/", "/a//b", "//a", "/./a", "/a/..", "/a/../b", "/.well-known/x", "/a.b", "/A_b-9.html", "/%41", "/a b", "/a?b", "/a#b",
		"a", "/é", "/a:b", "/\\a", "/" + strings.Repeat("a", maxURL)} {
		if plainPath(href) {
			plain++
		}
		address, _, ok := front.spell(p, href)
		u, want := p.Resolve(href)
		if want {
			u.Fragment, u.RawFragment = "", ""
		}
		if ok != want || ok && address != u.String() {
			t.Errorf("%.40q: %.60q, %v, want %v, %v", href, address, ok, u, want)
		}
	}
	if plain != 7 {
		t.Errorf("%d were plain", plain)
	}
}

func TestOutline(t *testing.T) {
	p := pageOf("text/html; charset=utf-8", `<html><head><title> Roof
 works </title><base href="https://evil.example/"><link rel="https://api.w.org/" href="https://www.fernley.org.uk/wp-json/">
<link rel="alternate" type="application/rss+xml" href="/feed/"><link rel="sitemap" href="/sitemap.xml"></head><body>
<a href="/news/#top">News</a><a href="/news/">again</a><a href="#here">here</a><a href="mailto:a@b.example">mail</a><a href="javascript:x()">x</a>
<a href="https://user:pw@www.fernley.org.uk/x">user</a><a href="https://elsewhere.example/">else</a><a href="https://my.fernley.org.uk/pay"><img alt="Pay rent"></a>
<a href="/long">`+strings.Repeat("é", 200)+`</a></body></html>`)
	want := audit.Outline{
		Title: "Roof works", API: "https://www.fernley.org.uk/wp-json/", Feeds: []string{"https://www.fernley.org.uk/feed/"},
		Sitemaps: []string{"https://www.fernley.org.uk/sitemap.xml"},
		Links: []audit.Link{
			{URL: "https://www.fernley.org.uk/news/", Text: "News again"},
			{URL: "https://my.fernley.org.uk/pay", Text: "Pay rent"},
			{URL: "https://www.fernley.org.uk/long", Text: strings.Repeat("é", maxLinkText/2)},
		},
	}
	if d := cmp.Diff(want, p.Outline()); d != "" {
		t.Errorf("outline (-want +got):\n%s", d)
	}
	if d := cmp.Diff(want, NewUnchanged(Answer{Status: 304}, want).Outline()); d != "" {
		t.Errorf("remembered outline (-want +got):\n%s", d)
	}
	var many strings.Builder
	for i := range 300 {
		fmt.Fprintf(&many, `<a href="/p%d">p</a>`, i)
	}
	if o := pageOf("text/html", many.String()).Outline(); len(o.Links) != maxLinks || !o.Cut {
		t.Errorf("%d links, cut %v", len(o.Links), o.Cut)
	}
}

// TestResolve: odd addresses are read as browsers read them, and none leads where a robot may not go.
func TestResolve(t *testing.T) {
	p := pageOf("text/html", `<base href="//evil.example/x/"><p>x`)
	for href, want := range map[string]string{
		"/complaints-100%":             "https://www.fernley.org.uk/complaints-100%25",
		"/con\ntact/\tcomplaints":      "https://www.fernley.org.uk/contact/complaints",
		"\\\\evil.example\\x":          "https://evil.example/x",
		"/\\evil.example":              "https://evil.example/",
		"https:complaints":             "https://www.fernley.org.uk/news/roof/complaints",
		"https:///www.fernley.org.uk/": "https://www.fernley.org.uk/",
		"HTTPS://WWW.Fernley.org.uk/x": "https://WWW.Fernley.org.uk/x",
		"https://fernl\u0435y.org.uk/": "https://xn--fernly-7of.org.uk/",
		"caf\u00e9 menu":               "https://www.fernley.org.uk/news/roof/caf%C3%A9%20menu",
		"?a=1":                         "https://www.fernley.org.uk/news/roof/?a=1",
		"javascript:alert(1)":          "", "java\nscript:alert(1)": "", "data:text/html,x": "", "ftp://x.example/": "", "mailto:a@b.example": "",
		"https://user:pw@www.fernley.org.uk/": "", "https://us\ner@www.fernley.org.uk/": "", "http://": "", "": "", " ": "", "http://[::1": "",
		"/" + strings.Repeat("a", 64<<10): "", "/" + strings.Repeat("\u00e9", 1000): "",
	} {
		got := ""
		if u, ok := p.Resolve(href); ok {
			got = u.String()
		}
		if got != want {
			t.Errorf("%.60q leads to %q, want %q", href, got, want)
		}
	}
}

func TestSigns(t *testing.T) {
	s := NewSigns("wp-content", "wp-content/themes", "drupal", "xyzw")
	p := pageOf("text/html; charset=utf-8", "ü <a href='/WP-Content/Themes/x'>Drupal")
	for sign, want := range map[string]string{"wp-content": "WP-Content", "wp-content/themes": "WP-Content/Themes", "drupal": "Drupal", "xyzw": "", "href": "href"} {
		if got := p.Sign(s, sign); got != want {
			t.Errorf("%s: %q, want %q", sign, got, want)
		}
	}
	if strays := p.Strays(); !slices.Equal(strays, []string{"href"}) {
		t.Errorf("strays %q, want href", strays)
	}
}

// TestSignsAgain: a sign is found behind words that begin as it does, and behind others that were found before.
func TestSignsAgain(t *testing.T) {
	s := NewSigns("resident", "residual", "resi", "residents' panel").WithPhrases([]string{"side by", "resided"})
	for text, want := range map[string]string{
		"":                        "",
		"resi":                    "resi",
		"Residue of a RESIDUAL":   "residual,resi",
		"presided resided":        "resi,resided",
		"besides, inside by side": "",
		"resident resident residents' panel residual, side by side": "resident,resi,residents' panel,residual,side by",
	} {
		seen := s.find(text)
		found := 0
		for _, one := range seen.found {
			if !strings.Contains(want, s.signs[one].text) {
				t.Errorf("%q: found %q", text, s.signs[one].text)
			}
			found++
		}
		if want != "" && found < len(strings.FieldsFunc(want, func(r rune) bool { return r == ',' })) {
			t.Errorf("%q: found %d, want %s", text, found, want)
		}
		for i, one := range s.signs {
			at := strings.Index(strings.ToLower(text), one.text)
			if !one.phrase && int(seen.at[i])-1 != at {
				t.Errorf("%q: %s at %d, want %d", text, one.text, seen.at[i]-1, at)
			}
		}
		if one := s.In(text); one != (want != "") {
			t.Errorf("%q: In says %v", text, one)
		}
	}
}
