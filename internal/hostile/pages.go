package hostile

import (
	"fmt"
	"net/http"
	"strings"

	"doorknock/audit"
)

func types() []Case {
	typed := func(path, kind, body string, want audit.Reason) Case {
		return Case{Path: path, Want: want, serve: func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil // none, rather than what net/http would guess
			if kind != "" {
				w.Header().Set("Content-Type", kind)
			}
			write(w, body)
		}}
	}
	return []Case{
		typed("/type-none", "", "<!doctype html><p>hello"+form, audit.ReasonNotHTML),
		typed("/type-none-pdf", "", "%PDF-1.7 not a page", audit.ReasonNotHTML),
		typed("/type-plain", "text/plain", "<!doctype html><p>hello"+form, audit.ReasonNotHTML),
		typed("/type-pdf", "application/pdf", "%PDF-1.7 not a page", audit.ReasonNotHTML),
		typed("/type-lie-pdf", "text/html", "%PDF-1.7 not a page", audit.ReasonNotHTML),
		typed("/type-png", "image/png", "\x89PNG\r\n\x1a\n", audit.ReasonNotHTML),
		typed("/type-zip", "application/zip", "PK\x03\x04", audit.ReasonNotHTML),
		typed("/type-json", "application/json", `{"comment_status":"closed"}`, audit.ReasonNotHTML),
		typed("/type-odd", "text/html;;; =\"", "<p>hello", ""),
		{Path: "/video", Want: audit.ReasonNotHTML, Heavy: true, serve: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "video/mp4")
			flood(w, "\x00\x00\x00\x20ftypisom", 2<<30/12)
		}},
		{Path: "/endless", Want: audit.ReasonTooLarge, Heavy: true, serve: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			flood(w, "<p>and so on</p>", 2<<30/16)
		}},
	}
}

// sized is a page of n copies of one stretch, with what stands before and after.
func sized(path string, want audit.Reason, before, s string, n int, after string) Case {
	return Case{Path: path, Want: want, Heavy: true, serve: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		write(w, "<!doctype html><html lang=en><title>Hollybank Homes</title><body>"+before)
		flood(w, s, n)
		write(w, after)
	}}
}

// healthy is a page with which nothing is wrong, and on which everybody may comment.
func healthy(path string, size int) Case {
	return Case{Path: path, serve: func(w http.ResponseWriter, _ *http.Request) {
		page(w, form+strings.Repeat("<p>Homes, repairs and neighbours.</p>\n", size/38))
	}}
}

const nearLimit = 8<<20 - 4096 // bytes: as much as a page may have

// pages are hard to parse or hide a form where a careless reader does not look.
func pages() []Case {
	all := func(path, s string, want audit.Reason) Case { return sized(path, want, "", s, nearLimit/len(s), "") }
	most := func(path, s string, want audit.Reason) Case { // as many tags as a page may have
		return sized(path, want, "", s, 490_000/strings.Count(s, "<"), "")
	}
	return []Case{
		healthy("/healthy", 1<<10), healthy("/healthy-large", 300<<10),
		sized("/form-late", audit.ReasonTooLarge, "", "<p>ten megabytes of other words</p>", 10<<20/35, form),
		sized("/deep", audit.ReasonParseError, "", "<div>", 520, form),
		sized("/deep-100k", audit.ReasonParseError, "", "<div>", 100_000, form),
		{Path: "/empty", serve: func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/html") }},
		all("/flood-p", "<p>", audit.ReasonTooLarge), all("/flood-px", "<p>x</p>", audit.ReasonTooLarge),
		all("/flood-lt", "<", audit.ReasonTooLarge), all("/flood-nul", "\x00", ""), all("/flood-entities", "&notin;", ""), all("/flood-amp", "&", ""),
		all("/misnested", "<a><b></a></b>", audit.ReasonTooLarge), all("/nested-table", "<table><tr><td>", audit.ReasonTooLarge),
		all("/nested-select", "<select><option>", audit.ReasonTooLarge), all("/nested-svg", "<svg><path>", audit.ReasonTooLarge),
		all("/nested-template", "<template>", audit.ReasonTooLarge), all("/formatting", "<b><i><u>x", audit.ReasonTooLarge),
		all("/doctypes", "<!doctype html>", audit.ReasonTooLarge), all("/comments", "<!-- x -->", audit.ReasonTooLarge),
		most("/most-paragraphs", "<p>x</p>", ""), most("/most-misnested", "<a><b></a></b>", ""), most("/most-table", "<table><tr><td>", audit.ReasonParseError),
		most("/most-select", "<select><option>", ""), most("/most-svg", "<svg><path>", audit.ReasonParseError), most("/most-template", "<template>", audit.ReasonParseError),
		most("/most-formatting", "<b><i><u>x", audit.ReasonParseError), most("/most-attributes", "<p a=1 b=2>x", ""),
		sized("/most-bare-attributes", "", "", "<p a b c d e f g h i>x", 1_040_000/9, strings.Repeat("more words ", 100_000)),
		all("/flood-attributes", "<p a b c d e f g h i>x", audit.ReasonTooLarge),
		sized("/misnested-100k", audit.ReasonParseError, "", "<a><b>", 100_000, ""),
		sized("/attribute-long", "", `<div title="`, "a", nearLimit, `">`+form),
		sized("/attributes-many", "", "<div ", "", 0, manyAttributes()+">"+form),
		sized("/comment-unclosed", "", "<!-- ", "words ", nearLimit/6, form),
		sized("/script-unclosed", audit.ReasonNeedsJS, "<script>", "words ", nearLimit/6, form),
		sized("/json-deep", audit.ReasonNeedsJS, `<script type="application/ld+json">`, "[", 100_000, "</script>"+form),
		sized("/links-many", audit.ReasonTooLarge, "", `<a href="/a?x=1">Complaints</a>`, nearLimit/31, ""),
		sized("/forms-many", "", "", form, nearLimit/len(form), ""),
		sized("/word-long", "", "<p>", "a\u0301", nearLimit/3, "</p>"),
	}
}

func manyAttributes() string {
	var b strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&b, "a%d=b ", i)
	}
	return b.String()
}

// charsets say one thing and send another. A page that is mostly broken characters says nothing.
func charsets() []Case {
	typed := func(path, kind, body string, want audit.Reason) Case {
		return Case{Path: path, Want: want, serve: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			write(w, body)
		}}
	}
	const text = "<!doctype html><title>Hollybank</title><p>Hello from the caf\xe9</p>"
	return []Case{
		typed("/charset-unknown", "text/html; charset=klingon", text, ""),
		typed("/charset-disagree", "text/html; charset=iso-8859-1", `<meta charset="utf-8">`+text, ""),
		typed("/charset-invalid", "text/html; charset=utf-8", "<p>"+strings.Repeat("\xff\xfe\xc0\x80", 2000), audit.ReasonBadEncoding),
		typed("/charset-utf7", "text/html; charset=utf-7", "+ADw-p+AD4-hello", ""),
		typed("/charset-utf16", "text/html; charset=utf-16le", "<\x00p\x00>\x00h\x00i\x00", ""),
		typed("/charset-overlong", "text/html; charset=utf-8", "<p>"+strings.Repeat("\xc0\xbcform\xc0\xbe", 200), audit.ReasonBadEncoding),
		typed("/charset-wrong", "text/html; charset=utf-8", "<p>"+strings.Repeat("\xe9\xe8 a", 300), audit.ReasonBadEncoding),
		typed("/charset-surrogates", "text/html; charset=utf-8", "<p>"+strings.Repeat("\xed\xa0\x80", 300), audit.ReasonBadEncoding),
		typed("/charset-utf16-bare", "text/html", "<\x00p\x00>\x00h\x00i\x00<\x00/\x00h\x00t\x00m\x00l\x00>\x00", ""),
		typed("/charset-surrogate", "text/html; charset=utf-8", "<p>Hollybank \xed\xa0\x80 homes and many more plain words, so that this is little</p>", ""),
	}
}
