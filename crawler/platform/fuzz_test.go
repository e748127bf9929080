package platform

import (
	"bytes"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"doorknock/audit"
)

// postsMarkTheirStatus: the bytes of a status that decides are the status, as the body has it.
func postsMarkTheirStatus(t *testing.T, body []byte) {
	t.Helper()
	list, err := posts(body, time.Time{})
	if err != nil && len(list) > 0 {
		t.Fatal("posts beside an error")
	}
	for _, p := range list {
		if p.status == "" {
			continue
		}
		// The bytes of a status that decides must be the status, as the body has it.
		if got := body[p.at.offset : p.at.offset+p.at.length]; !strings.HasPrefix(string(got), `"`) || !strings.HasSuffix(string(got), `"`) {
			t.Fatalf("status %q is marked as %q", p.status, got)
		}
		if !utf8.ValidString(p.title) {
			t.Fatalf("title %q", p.title)
		}
	}
}

func commentsAreWhole(t *testing.T, body []byte) {
	t.Helper()
	list, _, _ := comments(body, time.Time{})
	for _, c := range list {
		if c.id <= 0 || c.post < 0 || len(c.text) > maxText || !utf8.ValidString(c.text) || !utf8.ValidString(c.name) {
			t.Fatalf("%+v", c)
		}
		commentedPage(c.link)
	}
}

func feedMarksItsItems(t *testing.T, body []byte) {
	t.Helper()
	if items, _, err := jsonFeed(body, time.Time{}); err != nil && len(items) > 0 || len(items) > maxItems {
		t.Fatalf("%d items of a JSON feed beside %v", len(items), err)
	}
	items, rss, err := feed(body, time.Time{})
	if err != nil && len(items) > 0 {
		t.Fatal("items beside an error")
	}
	for _, i := range items {
		raw := body[i.at.offset : i.at.offset+i.at.length]
		if !bytes.HasPrefix(raw, []byte("<")) || !bytes.HasSuffix(raw, []byte(">")) {
			t.Fatalf("an item's bytes are %q", raw)
		}
		if f := i.facts(body, audit.Mark{}, 1); rss && f != nil && !bytes.HasPrefix(raw, []byte(f.Mark.Excerpt)) {
			t.Fatalf("mark %+v of %q", f.Mark, raw)
		}
	}
}

func sitemapIsShort(t *testing.T, body []byte, robots string) {
	t.Helper()
	if plain, err := unzipped(body); err == nil {
		body = plain
	}
	pages, more, _ := sitemap(body, 10)
	if len(pages) > 10 || len(more) > maxSitemaps {
		t.Fatalf("%d pages, %d sitemaps", len(pages), len(more))
	}
	if found, _ := robotsSitemaps(robots, &url.URL{Scheme: "https", Host: "x.test"}); len(found) > 10 {
		t.Fatalf("%d sitemaps of robots.txt", len(found))
	}
}

func namesStandInside(t *testing.T, body []byte, name string) {
	t.Helper()
	for s := range signs(body) {
		if s.at.offset < 0 || s.at.length <= 0 || s.at.offset+s.at.length > len(body) {
			t.Fatalf("sign %+v of %d bytes", s, len(body))
		}
		for _, n := range namesOf(name) {
			if n.in(s.text) && len(n.all) == 0 {
				t.Fatalf("an empty name is in %q", s.text)
			}
		}
	}
}

// FuzzAnswer gives any bytes to everything that reads an interface's answer.
func FuzzAnswer(f *testing.F) {
	names := slices.Sorted(maps.Keys(interfaces))
	for i, p := range names {
		for _, c := range answerCases(f, p) {
			f.Add(i, c.bytes(), c.Status)
		}
	}
	for _, body := range []string{
		`{"id":7,"posts_count":1,"closed":true,"archived":false,"post_stream":{"posts":[{"id":1,"post_number":1,"cooked":"<p>x"}]}}`,
		`{"comments":[{"id":"a","pid":"","text":"x","user":{"name":"n"},"time":"2026-11-21T21:26:41Z"}],"info":{"url":"u","count":1}}`,
		`{"comments":[{"comment":{"id":"a"},"replies":[{"comment":{"id":"b"}}]}],"info":{"url":"u","count":1,"read_only":true}}`,
		`{"replies":[{"id":1,"created":1.5,"text":"x","replies":[{"id":2,"text":"y"}]}]}`, `[3,0]`,
		`{"topic_list":{"topics":[{"id":1,"closed":true,"archived":false}]}}`, `{"error_type":"not_logged_in"}`, `[{"id":1,"text":"x"}]`,
		`{"code":0,"response":{"id":"7","isClosed":true}}`, `{"code":0,"response":[{"id":"7","parent":6,"message":"<p>x"}]}`,
		`{"discussion":{"locked":true,"comments":[{"id":"x","author":{"login":"m"},"bodyHTML":"<p>x"}]}}`,
		`{"data":[{"attributes":{"drupal_internal__nid":4,"title":"x","comment":{"status":1,"comment_count":0}}}]}`,
		`[{"id":4,"link":"https://x.test/a","type":"post","comment_status":"closed","title":{"rendered":"A"},"date_gmt":"2026-11-19T09:00:00"}]`,
		` [ { "id" : 4 , "link":"x", "comment_status" : "open" } ] `, `[]`, `{}`, `[{"id":1e400,"link":"a"}]`, "[{\"\xff\":1}]", `[{"a":1,"a":2}]`, "\xef\xbb\xbf[]",
		`[{"id":4,"post":1,"parent":2,"author":0,"author_name":"A","date_gmt":"2026-11-19T09:00:00","content":{"rendered":"<p>x</p>"},"type":"comment","link":"https://x.test/#c"}]`,
		`[{"id":4,"post":1,"content":null,"type":"comment"}]`, `[{"id":4,"post":-1,"content":{"rendered":1},"type":"comment"}]`,
	} {
		f.Add(0, []byte(body), http.StatusOK)
	}
	f.Fuzz(func(t *testing.T, i int, body []byte, status int) {
		answerMarksStandInside(t, names[uint(i)%uint(len(names))], body, status)
		recordedMarksStandInside(t, body)
		postsMarkTheirStatus(t, body)
		commentsAreWhole(t, body)
	})
}

// FuzzMarkup gives any bytes to everything that reads a feed, a sitemap, or the name of whose page it is.
func FuzzMarkup(f *testing.F) {
	for _, s := range []string{
		`<rss xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"><channel><item><link>https://x.test/a</link><slash:comments>0</slash:comments><wfw:commentRss>y</wfw:commentRss></item><item/></channel></rss>`,
		`<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="https://x.test/"/><published>2026-11-19T09:00:00Z</published></entry></feed>`,
		"\xef\xbb\xbf<rss><channel><item><![CDATA[<item>]]></item></channel></rss>", "<rss><item></item></rss>", "<a:rss xmlns:a='x'/>",
		`<rss version="2.0"><channel><item><link>https://x.test/a/#comment-3</link><description>x</description></item></channel></rss>`,
		`<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:b,1:blog-1.post-2</id><content>x</content></entry></feed>`,
		`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://x.test/a</loc></url></urlset>`,
		`<sitemapindex><sitemap><loc>https://x.test/1.xml</loc></sitemap></sitemapindex>`, `<urlset><url><loc/></url></urlset>`, "<html>",
	} {
		f.Add([]byte(s), "Sitemap: /a\n")
	}
	f.Add([]byte("<title>A | Peabody</title>"), "Peabody")
	f.Add([]byte("<h1>x</h1><h1><meta property=og:site_name content=y></h1>"), "Y (Z)")
	f.Fuzz(func(t *testing.T, body []byte, words string) {
		feedMarksItsItems(t, body)
		commentFeedIsNumbered(t, body)
		sitemapIsShort(t, body, words)
		namesStandInside(t, body, words)
	})
}
