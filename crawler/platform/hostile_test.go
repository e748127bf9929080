package platform_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/platform"
	"doorknock/evidence"
)

// TestHostileSitemaps: a sitemap that is a circle, a bomb, too long, packed or somebody else's ends the walk in good time
// and completes it only where every sitemap was read whole: else nothing is absent.
func TestHostileSitemaps(t *testing.T) {
	index := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "<sitemap><loc>https://homes.test/s%d.xml</loc></sitemap>", i)
		}
		return "<sitemapindex>" + b.String() + "</sitemapindex>"
	}
	to := func(path string) answer {
		return xmlBody("<sitemapindex><sitemap><loc>https://homes.test" + path + "</loc></sitemap></sitemapindex>")
	}
	list := func(entries string) answer { return xmlBody("<urlset>" + entries + "</urlset>") }
	for name, c := range map[string]struct {
		here     town
		complete bool
	}{
		"whole":                  {town{"/sitemap.xml": list(menuMap[len("<urlset>") : len(menuMap)-len("</urlset>")])}, true},
		"names itself":           {town{"/sitemap.xml": to("/sitemap.xml")}, true},
		"two name each other":    {town{"/sitemap.xml": to("/b.xml"), "/b.xml": to("/sitemap.xml")}, true},
		"four levels":            {town{"/sitemap.xml": to("/b.xml"), "/b.xml": to("/c.xml"), "/c.xml": to("/d.xml"), "/d.xml": list("")}, false},
		"ten thousand sitemaps":  {town{"/sitemap.xml": xmlBody(index(10_000))}, false},
		"a million addresses":    {town{"/sitemap.xml": list(strings.Repeat("<url><loc>/a</loc></url>", 8<<20/26))}, false},
		"over the limit":         {town{"/sitemap.xml": list(strings.Repeat(" ", 8<<20))}, false},
		"thirty-two deep":        {town{"/sitemap.xml": list(strings.Repeat("<a>", 31) + strings.Repeat("</a>", 31))}, true},
		"thirty-three deep":      {town{"/sitemap.xml": list(strings.Repeat("<a>", 32) + strings.Repeat("</a>", 32))}, false},
		"an entity bomb":         {town{"/sitemap.xml": xmlBody(`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>`)}, false},
		"an outside entity":      {town{"/sitemap.xml": xmlBody(`<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>&a;</loc></url></urlset>`)}, false},
		"a hundred deep":         {town{"/sitemap.xml": list(strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100))}, false},
		"packed":                 {town{"/sitemap.xml": xmlBody("\x1f\x8b\x08\x00")}, false},
		"named packed in robots": {town{"/robots.txt": {kind: "text/plain", body: "Sitemap: https://homes.test/sitemap.xml.gz"}, "/sitemap.xml.gz": {kind: "application/gzip", problem: audit.ReasonNotHTML, body: "\x1f\x8b"}}, false},
		"another host's":         {town{"/robots.txt": {kind: "text/plain", body: "Sitemap: https://evil.test/s.xml"}}, false},
		"an address of none":     {town{"/robots.txt": {kind: "text/plain", body: "Sitemap: https://homes.test/%zz"}}, false},
		"eleven in robots":       {town{"/robots.txt": {kind: "text/plain", body: strings.Repeat("Sitemap: https://homes.test/sitemap.xml\n", 11)}, "/sitemap.xml": list("")}, false},
		"an entry of none":       {town{"/sitemap.xml": list("<url><loc>https://homes.test/complaints-100%</loc></url>")}, false},
		"cut short":              {town{"/sitemap.xml": xmlBody("<urlset><url><loc>https://homes.test/a</loc></url>")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.here["/"] = page("Example Homes", manyLinks)
			for _, p := range []string{"/a", "/b", "/c"} {
				c.here[p] = page("More", "")
			}
			start := time.Now()
			walk, asked := c.here.visit(t, platform.Web(), webJob(), settings(t))
			if got := walk.Coverage["forum"]; got.Complete != c.complete {
				t.Errorf("coverage %+v, want complete %t", got, c.complete)
			}
			maps := 0
			for _, r := range asked {
				if strings.Contains(r.URL, "evil.test") {
					t.Errorf("asked %s", r.URL)
				}
				if strings.HasSuffix(r.URL, ".xml") {
					maps++
				}
			}
			if took := time.Since(start); maps > 32 || took > 2*time.Minute {
				t.Errorf("%d sitemaps asked for in %v", maps, took)
			}
		})
	}
}

// TestSitemapOfFiftyMegabytes: of a sitemap that is made while it is sent no more is taken, or held, than of any body, whether
// it says how long it is or not, and the site was not read whole.
func TestSitemapOfFiftyMegabytes(t *testing.T) {
	const entry, large = "<url><loc>http://homes.test/a</loc></url>\n", 50_000_001
	for _, c := range []struct {
		name     string
		size     int
		told     bool // by Content-Length
		complete bool
	}{
		{"small", 10 * len(entry), true, true}, {"large", large, false, false}, {"large, and says so", large, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var sent atomic.Int64
			maps := func(w http.ResponseWriter, _ *http.Request) {
				const before, after = "<urlset>", "</urlset>"
				w.Header().Set("Content-Type", "application/xml")
				entries := strings.Repeat(entry, (c.size-len(before)-len(after))/len(entry)/1000+1)
				if c.told {
					w.Header().Set("Content-Length", fmt.Sprint(len(before)+1000*len(entries)+len(after)))
				}
				_, err := io.WriteString(w, before)
				for range 1000 {
					if err != nil {
						return
					}
					_, err = io.WriteString(w, entries)
					sent.Add(int64(len(entries)))
				}
				_, _ = io.WriteString(w, after)
			}
			site := http.NewServeMux()
			site.HandleFunc("/sitemap.xml", maps)
			for _, path := range []string{"/{$}", "/a", "/b", "/c", "/homes", "/jobs"} {
				site.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.WriteString(w, page("Example Homes "+r.URL.Path, manyLinks).body)
				})
			}
			l := goLive(t, site, nil, func(o *crawler.Options) { o.Hosts["homes.test"] = o.Hosts["web.far.test"] })
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			v := l.look(audit.Web, "http://homes.test/")
			runtime.ReadMemStats(&after)
			made := after.TotalAlloc - before.TotalAlloc
			t.Logf("%d bytes sent, %d MB of memory made, coverage %+v", sent.Load(), made/1_000_000, v.Coverage["forum"])
			if got := v.Coverage["forum"]; got.Complete != c.complete {
				t.Errorf("coverage %+v, want complete %t", got, c.complete)
			}
			if sent.Load() > 30_000_000 || made > 150_000_000 { // a connection takes some before anybody reads
				t.Errorf("%d bytes sent, %d bytes of memory made", sent.Load(), made)
			}
			for _, x := range l.keeper.all {
				if len(x.Body) > evidence.MaxBody || !c.complete && strings.HasSuffix(x.URL, ".xml") && x.Truncated != "length" {
					t.Errorf("%s: %d bytes kept, cut by %q", x.URL, len(x.Body), x.Truncated)
				}
			}
		})
	}
}

// TestHostileFeeds: a feed that is a bomb, or says what cannot be, gives no facts of its posts.
func TestHostileFeeds(t *testing.T) {
	for name, body := range map[string]string{
		"an entity bomb":        `<!DOCTYPE x [<!ENTITY a "2">]>` + strings.Replace(feedBody, "<slash:comments>2", "<slash:comments>&a;", 1),
		"a negative count":      strings.ReplaceAll(feedBody, "<slash:comments>", "<slash:comments>-"),
		"a count beyond belief": strings.ReplaceAll(feedBody, "<slash:comments>", "<slash:comments>99999999999999999999"),
		"a count in words":      strings.ReplaceAll(feedBody, "<slash:comments>", "<slash:comments>1.2K"),
		"a count of Arabic":     strings.ReplaceAll(feedBody, "<slash:comments>", "<slash:comments>١٢"),
		"over the limit":        feedBody + strings.Repeat(" ", 8<<20),
	} {
		t.Run(name, func(t *testing.T) {
			here := wordpressTown()
			here["/feed/"] = xmlBody(body)
			_, asked := here.visit(t, platform.Web(), webJob(), settings(t))
			if r := find(asked, "/repairs-day/"); r == nil || r.Post == nil || r.Post.Feed != nil {
				t.Errorf("want the post, and no facts of the feed: %+v", r)
			}
		})
	}
}
