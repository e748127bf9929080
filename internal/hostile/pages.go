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

const nearLimit = 8<<20 - 4096 // bytes: as much as a page may have

// pages are hard to parse or hide a form where a careless reader does not look. Want "" means only that nothing
// before the parser refuses them.
func pages() []Case {
	all := func(path, s string) Case { return sized(path, "", "", s, nearLimit/len(s), "") }
	return []Case{
		sized("/form-late", audit.ReasonTooLarge, "", "<p>ten megabytes of other words</p>", 10<<20/35, form),
		sized("/deep", audit.ReasonParseError, "", "<div>", 520, form),
		sized("/deep-100k", audit.ReasonParseError, "", "<div>", 100_000, form),
		{Path: "/empty", serve: func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/html") }},
		sized("/tags-almost-too-many", "", "", "<p>x</p>", 240_000, ""),
		all("/flood-p", "<p>"), all("/flood-px", "<p>x</p>"), all("/flood-lt", "<"), all("/flood-nul", "\x00"),
		all("/flood-entities", "&notin;"), all("/flood-amp", "&"), all("/misnested", "<a><b></a></b>"),
		all("/nested-table", "<table><tr><td>"), all("/nested-select", "<select><option>"),
		all("/nested-svg", "<svg><path>"), all("/nested-template", "<template>"), all("/formatting", "<b><i><u>x"),
		all("/doctypes", "<!doctype html>"), all("/comments", "<!-- x -->"),
		sized("/attribute-long", "", `<div title="`, "a", nearLimit, `">`+form),
		sized("/attributes-many", "", "<div ", "", 0, manyAttributes()+">"+form),
		sized("/comment-unclosed", "", "<!-- ", "words ", nearLimit/6, form),
		sized("/script-unclosed", "", "<script>", "words ", nearLimit/6, form),
		sized("/json-deep", "", `<script type="application/ld+json">`, "[", 100_000, "</script>"+form),
		sized("/links-many", "", "", `<a href="/a?x=1">Complaints</a>`, nearLimit/31, ""),
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
		typed("/charset-surrogate", "text/html; charset=utf-8", "<p>Hollybank \xed\xa0\x80 homes and many more plain words, so that this is little</p>", ""),
	}
}
