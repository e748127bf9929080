package web

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/store"
)

// documentLinked gives what the visit got of the document to which a finding's marker links; false where the marker is no
// link, its address is cut off, or no document came from there. The text of a document is never read.
func documentLinked(f store.FindingView) (store.PublicCapture, bool) {
	e := f.Verdict.Evidence()
	if e == nil {
		return store.PublicCapture{}, false
	}
	address, ok := linkOf(e.Excerpt, e.URL)
	if !ok {
		return store.PublicCapture{}, false
	}
	i := slices.IndexFunc(f.Captures, func(c store.PublicCapture) bool {
		return c.URL == address && c.Hash != "" && c.Status < 400 && !c.Earlier && (c.Document() || c.Unchanged != "" && namedDocument(c.URL))
	})
	if i < 0 {
		return store.PublicCapture{}, false
	}
	return f.Captures[i], true
}

// linkOf gives where a marker leads that is a link itself, without the fragment, seen from the page that it stands on.
func linkOf(marker, page string) (string, bool) {
	z := html.NewTokenizer(strings.NewReader(marker))
	if z.Next() != html.StartTagToken {
		return "", false
	}
	tag := z.Token()
	i := slices.IndexFunc(tag.Attr, func(a html.Attribute) bool { return a.Key == "href" })
	base, err := url.Parse(page)
	if tag.Data != "a" || i < 0 || err != nil {
		return "", false
	}
	to, err := base.Parse(strings.TrimSpace(tag.Attr[i].Val))
	if err != nil {
		return "", false
	}
	to.Fragment, to.RawFragment = "", ""
	return to.String(), true
}

// namedDocument reports whether an address ends as a document's does: a server that answers "as before" names no type.
func namedDocument(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	return slices.Contains([]string{".pdf", ".doc", ".docx", ".odt"}, strings.ToLower(path.Ext(u.Path)))
}

// documentLine is the document's line on the sheet.
func (s *site) documentLine(c store.PublicCapture) string {
	if c.Modified.IsZero() {
		return s.words.say("finding.document.value", "hash", c.Hash)
	}
	return s.words.say("finding.document.dated", "hash", c.Hash, "when", s.words.date(c.Modified))
}
