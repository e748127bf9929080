package platform_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/platform"
)

// posts are the paths of what was asked for as a post, in the order of asking.
func posts(asked []crawler.Request) (found []string) {
	for _, r := range asked {
		if r.Post != nil {
			found = append(found, strings.TrimPrefix(r.URL, "https://homes.test"))
		}
	}
	return found
}

func gzipped(s string) answer {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s)) // into memory
	_ = z.Close()
	return answer{kind: "application/gzip", body: b.String()}
}

const newsMap = `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://homes.test/</loc></url><url><loc>https://homes.test/news/</loc></url><url><loc>https://homes.test/news/page-2</loc></url>
<url><loc>https://homes.test/news/new-roofs-for-elm-road</loc><lastmod>2026-11-01</lastmod></url>
<url><loc>https://homes.test/news/2026/a-garden-for-all</loc><lastmod>2026-11-20T10:00:00+00:00</lastmod></url>
<url><loc>https://homes.test/n/77</loc><news:news><news:title>Rent day</news:title><news:publication_date>2026-11-10T08:00Z</news:publication_date></news:news></url>
<url><loc>https://homes.test/news/annual-report-of-last-year.pdf</loc></url>
<url><loc>https://homes.test/about/what-we-do-here</loc></url></urlset>`

// TestNewsWithoutWalking: the posts of sites that are not WordPress are found where the site lists them.
func TestNewsWithoutWalking(t *testing.T) {
	home := page("Example Homes", "")
	withFeed := func(kind string) answer {
		return answer{body: strings.Replace(home.body, "</title>", `</title><link rel=alternate type="`+kind+`" href="/news/feed">`, 1)}
	}
	fromMap := []string{"/news/2026/a-garden-for-all", "/n/77", "/news/new-roofs-for-elm-road"}
	for _, c := range []struct {
		name string
		town town
		want []string
	}{
		{"RSS", town{"/": withFeed("application/rss+xml"), "/news/feed": xmlBody(`<rss><channel><item><title>A</title><link>https://homes.test/x/a</link></item></channel></rss>`)}, []string{"/x/a"}},
		{"Atom", town{"/": withFeed("application/atom+xml"), "/news/feed": xmlBody(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title><link href="/x/a"/></entry></feed>`)}, []string{"/x/a"}},
		{"JSON Feed", town{"/": withFeed("application/feed+json"), "/news/feed": {kind: "application/feed+json", body: `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":1,"url":"https://homes.test/x/a","title":"A"},{"id":2}]}`}}, []string{"/x/a"}},
		{"JSON of another kind", town{"/": withFeed("application/feed+json"), "/news/feed": jsonBody(`{"items":[{"url":"https://homes.test/x/a"}]}`)}, nil},
		{"a feed that only the page of news names", town{
			"/":         page("Example Homes", `<a href="/news/">News</a>`),
			"/news/":    {body: strings.Replace(page("News", "").body, "</title>", `</title><link rel=alternate type="application/rss+xml" href="/news/rss">`, 1)},
			"/news/rss": xmlBody(`<rss><channel><item><title>A</title><link>https://homes.test/x/a</link></item></channel></rss>`),
		}, []string{"/x/a"}},
		{"a sitemap", town{"/": home, "/sitemap.xml": xmlBody(newsMap)}, fromMap},
		{"a sitemap that is a compressed file", town{"/": home, "/robots.txt": {kind: "text/plain", body: "Sitemap: /sitemap.xml.gz"}, "/sitemap.xml.gz": gzipped(newsMap)}, fromMap},
		{"a feed goes before a sitemap", town{"/": withFeed("application/rss+xml"), "/news/feed": xmlBody(`<rss><channel><item><title>A</title><link>https://homes.test/x/a</link></item></channel></rss>`),
			"/sitemap.xml": xmlBody(newsMap)}, []string{"/x/a"}},
		{"a feed of Welsh and English", town{"/": withFeed("application/rss+xml"), "/news/feed": xmlBody(`<rss><channel><item><title>A</title><link>https://homes.test/en/n/a</link></item>
			<item><title>A</title><link>https://homes.test/cy/n/a</link></item><item><title>B</title><link>https://homes.test/cy/n/b</link></item></channel></rss>`)}, []string{"/en/n/a", "/cy/n/b"}},
	} {
		_, asked := c.town.visit(t, platform.Web(), webJob(), settings(t))
		if d := cmp.Diff(c.want, posts(asked)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

// TestTwentyPostsAtMost: of a sitemap with many news the newest are read.
func TestTwentyPostsAtMost(t *testing.T) {
	var b strings.Builder
	for i := range 28 {
		fmt.Fprintf(&b, `<url><loc>https://homes.test/blog/post-number-%d</loc><lastmod>2026-10-%02d</lastmod></url>`, i+1, i+1)
	}
	_, asked := town{"/": page("Example Homes", ""), "/sitemap.xml": xmlBody("<urlset>" + b.String() + "</urlset>")}.visit(t, platform.Web(), webJob(), settings(t))
	got := posts(asked)
	if len(got) != 20 || got[0] != "/blog/post-number-28" || got[19] != "/blog/post-number-9" {
		t.Errorf("%d posts: %q", len(got), got)
	}
}

// TestBombInASitemap: a small file that holds more than a sitemap may is a gap, and nothing of it is used.
func TestBombInASitemap(t *testing.T) {
	bomb := gzipped("<urlset>" + strings.Repeat(" ", 9<<20) + `<url><loc>https://homes.test/news/a-b-c</loc></url></urlset>`)
	walk, asked := town{"/": page("Example Homes", ""), "/sitemap.xml": bomb}.visit(t, platform.Web(), webJob(), settings(t))
	if c := walk.Coverage["forum"]; c.Complete || posts(asked) != nil {
		t.Errorf("coverage %+v, posts %q", c, posts(asked))
	}
}

// TestOnePageInTwoLanguages: a page is not read again in Welsh, unless it is there that something more is asked.
func TestOnePageInTwoLanguages(t *testing.T) {
	both := func(title, path, welsh, body string) answer {
		a := page(title, body)
		a.body = strings.Replace(a.body, "</title>", `</title><link rel=alternate hreflang=en href="`+path+`"><link rel=alternate hreflang=cy href="`+welsh+`">`, 1)
		return a
	}
	here := town{
		"/":            both("Example Homes", "/", "/cy/", `<a href="/complain">Complaints</a> <a href="/cy/cwyno">Complaints (Welsh)</a> <a href="/cy/">Forum Cymraeg</a>`),
		"/complain":    both("Complaints", "/complain", "/cy/cwyno", ""),
		"/cy/cwyno":    both("Cwynion", "/complain", "/cy/cwyno", ""),
		"/cy/":         both("Enghraifft", "/", "/cy/", ""),
		"/sitemap.xml": xmlBody(menuMap),
	}
	walk, asked := here.visit(t, platform.Web(), webJob(), settings(t))
	if find(asked, "/cy/cwyno") != nil || !walk.Coverage["complaints_page"].Complete {
		t.Errorf("complaints: asked %q, coverage %+v", paths(asked), walk.Coverage["complaints_page"])
	}
	if find(asked, "/cy/") == nil {
		t.Errorf("a page in Welsh of which more is asked was not read: %q", paths(asked))
	}
	if v := walk.Pages["https://homes.test/complain"].Variants; len(v) != 2 {
		t.Errorf("remembered variants: %q", v) // an unchanged page has its twins too
	}
}

// TestSoftNotFound: a site that answers 200 to everything is told by its answer where surely nothing is, and such an
// answer is no page that was read.
func TestSoftNotFound(t *testing.T) {
	lost := page("Example", "We have moved a few things around lately.")
	here := town{"/": page("Example Homes", `<a href="/complaints">Complaints</a>`), "/complaints": lost, "/sitemap.xml": lost}
	walk, _ := here.visit(t, platform.Web(), webJob(), settings(t))
	if c := walk.Coverage["complaints_page"]; c.Complete || c.Reason != audit.ReasonIncomplete {
		t.Errorf("%+v: the page of complaints was never seen", c)
	}
	here["/complaints"] = page("Complaints", "How to complain.")
	if walk, _ = here.visit(t, platform.Web(), webJob(), settings(t)); !walk.Coverage["complaints_page"].Complete {
		t.Errorf("%+v, though its own page was read", walk.Coverage["complaints_page"])
	}
}

// TestDocumentsAfterPages: documents named for a question are asked for last, a few, by hash alone; their text stays
// unread, so that nothing is absent beside them.
func TestDocumentsAfterPages(t *testing.T) {
	var links strings.Builder
	for i := range 12 {
		fmt.Fprintf(&links, `<a href="/files/%d.pdf">Complaints paper %d</a> `, i, i)
	}
	here := town{"/": page("Example Homes", links.String()+`<a href="/files/plan.pdf">A plan</a> <a href="/complaints">Complaints</a>`),
		"/complaints": page("Complaints", ""), "/sitemap.xml": xmlBody(menuMap)}
	walk, asked := here.visit(t, platform.Web(), webJob(), settings(t))
	n, last := 0, len(asked)-8
	for i, r := range asked {
		if r.For == "document" {
			n++
			if !r.HashOnly || i < last || strings.Contains(r.URL, "plan") {
				t.Errorf("request %d of %d: %+v", i, len(asked), r)
			}
		}
	}
	if c := walk.Coverage["complaints_page"]; n != 8 || c.Complete {
		t.Errorf("%d documents, coverage %+v", n, c)
	}
}
