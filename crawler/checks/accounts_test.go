package checks

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"doorknock/crawler"
)

// FuzzParts: whatever a page links, an account is an address of the web on another site or a forum of its own,
// and its evidence is bytes of the page.
func FuzzParts(f *testing.F) {
	f.Add([]byte(`<footer><a href="https://www.facebook.com/oak">F</a><a rel=me href="https://a.example/@oak">M</a><p>site by <a href="https://x.com/agency">A</a></footer>`))
	f.Add([]byte(`<script type="application/ld+json">{"@graph":[{"@type":["Organization"],"sameAs":["https:\/\/g.page\/oak",3]}]}</script>`))
	f.Add([]byte(`<a href="https://google.com/maps?cid=1">a</a><a href="//facebook.com/%zz">b</a><a href=/forum/x>c</a>`))
	f.Add([]byte("we reply within one working day, monday to friday 9am-5pm"))
	u := &url.URL{Scheme: "https", Host: "oak.test", Path: "/"}
	f.Fuzz(func(t *testing.T, body []byte) {
		promisesAreBounded(t, string(body))
		p := crawler.NewPage(crawler.Answer{URL: u, Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Body: body}, nil)
		for _, l := range AccountsLinked(p) {
			at, err := url.Parse(l.URL)
			if err != nil || (at.Scheme != "https" && at.Scheme != "http") || at.Host == "" || place(l.Where) < 0 {
				t.Fatalf("%+v: %v", l, err)
			}
			if l.Mark.Offset < 0 || l.Mark.Length <= 0 || l.Mark.Offset+l.Mark.Length > len(body) {
				t.Fatalf("%+v of %d bytes", l, len(body))
			}
			if l.Platform == "facebook" && strings.Contains(l.URL, "sharer") {
				t.Fatalf("%+v shares", l)
			}
		}
	})
}
