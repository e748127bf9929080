package platform

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// recorded is a body that a real WordPress sent. Without the shared data the test is skipped, with CI=true it fails.
func recorded(t *testing.T, name string) []byte {
	t.Helper()
	shared := os.Getenv("DOORKNOCK_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	body, err := os.ReadFile(filepath.Join(shared, "corpus", "recorded", "wordpress", name))
	switch {
	case err == nil:
		return body
	case os.Getenv("CI") == "true":
		t.Fatalf("the shared recordings are missing: %v", err)
	default:
		t.Skipf("the shared recordings are missing: %v", err)
	}
	return nil
}

// expected is what index.csv says of a recorded body.
func expected(t *testing.T, name string, into any) {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(string(recorded(t, "index.csv")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if line[0] == name {
			if err := json.Unmarshal([]byte(line[8]), into); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("%s is not in index.csv", name)
}

func TestRecordedPosts(t *testing.T) {
	var want struct {
		Rest map[string]string `json:"rest"`
	}
	expected(t, "site-a-posts.json", &want)
	body := recorded(t, "site-a-posts.json")
	list, err := posts(body, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range list {
		got[strconv.FormatInt(p.id, 10)] = p.status
		if marked := string(body[p.at.offset : p.at.offset+p.at.length]); marked != `"`+p.status+`"` {
			t.Errorf("post %d: the mark is %q", p.id, marked)
		}
		if p.published.IsZero() || p.link == "" {
			t.Errorf("post %d: %+v", p.id, p)
		}
	}
	if diff := cmp.Diff(want.Rest, got); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
	if list, err := posts(recorded(t, "rest-posts.json"), time.Time{}); err != nil || len(list) != 1 || list[0].status != "open" {
		t.Errorf("posts of another server: %+v, %v", list, err)
	}
	for _, name := range []string{"site-a-no-route.json", "site-a-post-404.json"} {
		if list, err := posts(recorded(t, name), time.Time{}); err == nil || len(list) > 0 {
			t.Errorf("%s: %+v, want an error", name, list)
		}
	}
}

func TestRecordedComments(t *testing.T) {
	list, _, err := comments(recorded(t, "site-a-comments-5.json"), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 3 || list[1].account != 1 || list[1].parent != 2 || !list[0].at.Equal(time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC)) {
		t.Errorf("comments: %+v", list)
	}
	if list, _, err := comments(recorded(t, "rest-comments.json"), time.Time{}); err != nil || len(list) != 1 || list[0].account != 0 {
		t.Errorf("comments of another server: %+v, %v", list, err)
	}
}

func TestRecordedFeed(t *testing.T) {
	var want struct {
		Counts map[string]*int `json:"counts"`
	}
	expected(t, "site-a-feed.xml", &want)
	items, rss, err := feed(recorded(t, "site-a-feed.xml"), time.Time{})
	if err != nil || !rss {
		t.Fatal(rss, err)
	}
	byPath := map[string]feedItem{}
	for _, i := range items {
		byPath[strings.Trim(strings.TrimPrefix(i.link, "http://example.test"), "/")] = i
	}
	list, err := posts(recorded(t, "site-a-posts.json"), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		i, ok := byPath[strings.Trim(strings.TrimPrefix(p.link, "http://example.test"), "/")]
		if !ok {
			t.Errorf("post %d has no item", p.id)
			continue
		}
		id := strconv.FormatInt(p.id, 10)
		if diff := cmp.Diff(want.Counts[id], i.slash); diff != "" {
			t.Errorf("post %s (-want +got):\n%s", id, diff)
		}
		if i.rss != (i.slash != nil) || !i.published.Equal(p.published) {
			t.Errorf("post %s: %+v, published %v", id, i, p.published)
		}
	}
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"<p>One</p>\n<p>Two<br />three</p>":                   "One\nTwo\nthree",
		"A &amp; B &#8217;s &lt;b&gt;":                        "A & B ’s <b>",
		"<script>no</script>yes<style>no</style>":             "yes",
		"<ul><li>a</li><li>b</li></ul>":                       "a\nb",
		"unclosed <b":                                         "unclosed",
		"<blockquote><p>quoted</p></blockquote><p>mine</p>\n": "quoted\nmine",
		"bad \xff byte":                                       "bad \uFFFD byte",
	} {
		if got := words(in); got != want {
			t.Errorf("words(%q) = %q, want %q", in, got, want)
		}
	}
	if long := words("<p>" + strings.Repeat("é ", maxText)); len(long) > maxText || !utf8.ValidString(long) {
		t.Errorf("%d bytes", len(long))
	}
}

func TestSitemapLimits(t *testing.T) {
	many := "<urlset>" + strings.Repeat("<url><loc>https://homes.test/a</loc></url>", maxSitemapURLs+1) + "</urlset>"
	if pages, _, err := sitemap([]byte(many), maxSitemapURLs); err == nil || len(pages) != maxSitemapURLs {
		t.Errorf("%d addresses, %v", len(pages), err)
	}
	deep := func(n int) []byte { // with urlset itself
		return []byte("<urlset>" + strings.Repeat("<a>", n-1) + strings.Repeat("</a>", n-1) + "</urlset>")
	}
	if _, _, err := sitemap(deep(32), maxSitemapURLs); err != nil {
		t.Errorf("32 deep: %v", err)
	}
	if _, _, err := sitemap(deep(33), maxSitemapURLs); !errors.Is(err, errTooMuch) {
		t.Errorf("33 deep: %v", err)
	}
	long := "<urlset>" + strings.Repeat(" ", maxXMLBytes-len("<urlset></urlset>")) + "</urlset>"
	if _, _, err := sitemap([]byte(long), maxSitemapURLs); err != nil {
		t.Errorf("%d bytes: %v", len(long), err)
	}
	for name, body := range map[string]string{
		"an entity bomb":  `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>`,
		"outside entity":  `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>&a;</loc></url></urlset>`,
		"gzip":            "\x1f\x8b\x08\x00",
		"plain text":      "https://homes.test/a\n",
		"nothing":         "",
		"a page":          "<html><body></body></html>",
		"too deep":        "<urlset>" + strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100) + "</urlset>",
		"a byte too many": strings.Replace(long, " ", "  ", 1),
		"not closed":      "<urlset><url><loc>https://homes.test/a</loc></url>",
		"text afterwards": "<urlset></urlset>x",
	} {
		if _, _, err := sitemap([]byte(body), maxSitemapURLs); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
