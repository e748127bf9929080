package platform_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/crawler/platform"
)

// TestSignedPosts: that a feed names a person as the author of a post goes to the post's page, without the name.
func TestSignedPosts(t *testing.T) {
	home := func(kind string) answer {
		return answer{body: strings.Replace(page("Example Homes", "").body, "</title>", `</title><link rel=alternate type="`+kind+`" href="/feed">`, 1)}
	}
	rss := func(items string) answer {
		return xmlBody(`<rss xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>News of Example Homes</title>` + items + `</channel></rss>`)
	}
	item := func(path, author string) string {
		return `<item><title>A garden</title><link>https://homes.test` + path + `</link>` + author + `<pubDate>Mon, 02 Nov 2026 10:00:00 +0000</pubDate></item>`
	}
	by := func(name string) string { return "<dc:creator><![CDATA[" + name + "]]></dc:creator>" }
	atom := func(of, entry string) answer {
		return xmlBody(`<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>` + of + `<entry><title>A garden</title><link href="https://homes.test/x/a"/>` + entry + `</entry></feed>`)
	}
	jf := func(of, item string) answer {
		return answer{kind: "application/feed+json", body: `{"version":"https://jsonfeed.org/version/1.1","title":"News",` + of + `"items":[{"id":1,"url":"https://homes.test/x/a",` + item + `"title":"A garden"}]}`}
	}
	const jane, team = "<author><email>jane@homes.test</email><name>Jane Doe-Smith</name></author>", "<author><name>Example Homes</name></author>"
	for name, c := range map[string]struct {
		kind   string
		feed   answer
		signed string // the paths of the posts that are signed
	}{
		"RSS":                       {"application/rss+xml", rss(item("/x/a", by("Jane Doe-Smith")) + item("/x/b", by("Comms Team")) + item("/x/c", by("admin")) + item("/x/d", "")), "/x/a"},
		"RSS, an address of mail":   {"application/rss+xml", rss(item("/x/a", "<author>jane@homes.test (Jane Doe-Smith)</author>") + item("/x/b", "<author>news@homes.test</author>")), "/x/a"},
		"RSS, two of them":          {"application/rss+xml", rss(item("/x/a", by("Comms Team")+by("Jane Doe-Smith"))), "/x/a"},
		"RSS, the organisation":     {"application/rss+xml", rss(item("/x/a", by("Example Homes"))), ""},
		"RSS, the feed's own name":  {"application/rss+xml", xmlBody(`<rss xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Ash Elm</title>` + item("/x/a", by("Ash Elm")) + `</channel></rss>`), ""},
		"Atom":                      {"application/atom+xml", atom("", jane), "/x/a"},
		"Atom, of the whole feed":   {"application/atom+xml", atom(jane, ""), "/x/a"},
		"Atom, the entry's is none": {"application/atom+xml", atom(jane, team), ""},
		"JSON Feed":                 {"application/feed+json", jf("", `"authors":[{"name":"Jane Doe-Smith"}],`), "/x/a"},
		"JSON Feed, of the whole":   {"application/feed+json", jf(`"author":{"name":"Jane Doe-Smith"},`, ""), "/x/a"},
		"JSON Feed, the team":       {"application/feed+json", jf(`"author":{"name":"Jane Doe-Smith"},`, `"author":{"name":"Comms team"},`), ""},
	} {
		town := town{"/": home(c.kind), "/feed": c.feed}
		for _, p := range []string{"a", "b", "c", "d"} {
			town["/x/"+p] = page("A garden", "")
		}
		if got := signedIn(t, town); got != c.signed {
			t.Errorf("%s: signed %q, want %q", name, got, c.signed)
		}
	}
}

// signedIn gives the paths of the posts that are asked for as signed. Nothing that is asked or told names anybody.
func signedIn(t *testing.T, town town) string {
	t.Helper()
	var signed []string
	walk, asked := town.visit(t, platform.Web(), webJob(), settings(t))
	for _, r := range asked {
		if r.Post != nil && r.Post.Signed != "" {
			if r.Post.Signed != "capture of https://homes.test/feed" && r.Post.Signed != "capture of https://homes.test/feed/" {
				t.Errorf("%s is signed by %q", r.URL, r.Post.Signed)
			}
			signed = append(signed, strings.TrimPrefix(r.URL, "https://homes.test"))
		}
	}
	told, err := json.Marshal([]any{walk, asked})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Jane", "jane", "Smith"} {
		if strings.Contains(string(told), name) {
			t.Errorf("%q is told: %s", name, told)
		}
	}
	return strings.Join(signed, " ")
}

// TestSignedAccounts: where two posts of the feed say that an account is one person's, its further posts, which the interface alone
// lists, are signed too.
func TestSignedAccounts(t *testing.T) {
	for name, c := range map[string]struct {
		authors []string // of the feed's posts a, b, c
		want    string
	}{
		"two posts of one person":   {[]string{"Jane Doe-Smith", "Jane Doe-Smith"}, "/a /b /c /d"},
		"one post alone":            {[]string{"Jane Doe-Smith"}, "/a"},
		"two people at one account": {[]string{"Jane Doe-Smith", "John Doe"}, "/a /b"},
		"a person and a team":       {[]string{"Jane Doe-Smith", "Jane Doe-Smith", "Comms Team"}, "/a /b"},
		"a team":                    {[]string{"Comms Team", "Comms Team"}, ""},
	} {
		var rows, items []string
		for i, p := range []string{"a", "b", "c", "d"} {
			rows = append(rows, fmt.Sprintf(`{"id":%d,"type":"post","link":"https://homes.test/%s","title":{"rendered":"A garden"},"author":7,"date_gmt":"2026-11-0%dT10:00:00"}`, i+1, p, 9-i))
			if i < len(c.authors) {
				items = append(items, `<item><title>A garden</title><link>https://homes.test/`+p+`</link><dc:creator>`+c.authors[i]+`</dc:creator></item>`)
			}
		}
		town := town{"/wp-json/wp/v2/posts": jsonBody("[" + strings.Join(rows, ",") + "]"),
			"/feed/": xmlBody(`<rss xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>News</title>` + strings.Join(items, "") + `</channel></rss>`)}
		home := page("Example Homes", "")
		home.link = `<https://homes.test/wp-json/>; rel="https://api.w.org/"`
		town["/"] = home
		for _, p := range []string{"/a", "/b", "/c", "/d"} {
			town[p] = page("A garden", "")
		}
		for route, a := range town { // the interface is asked with a query
			if strings.HasPrefix(route, "/wp-json") {
				town[route+"?_fields=id,date_gmt,link,title,type,format,comment_status,author&per_page=20"] = a
			}
		}
		if diff := cmp.Diff(c.want, signedIn(t, town)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
