package platform

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"doorknock/audit"
)

func FuzzPosts(f *testing.F) {
	for _, s := range []string{
		`[{"id":4,"link":"https://x.test/a","type":"post","comment_status":"closed","title":{"rendered":"A"},"date_gmt":"2026-11-19T09:00:00"}]`,
		` [ { "id" : 4 , "link":"x", "comment_status" : "open" } ] `, `[]`, `{}`, `[{"id":1e400,"link":"a"}]`, "[{\"\xff\":1}]", `[{"a":1,"a":2}]`, "\xef\xbb\xbf[]",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
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
	})
}

func FuzzComments(f *testing.F) {
	for _, s := range []string{
		`[{"id":4,"post":1,"parent":2,"author":0,"author_name":"A","date_gmt":"2026-11-19T09:00:00","content":{"rendered":"<p>x</p>"},"type":"comment","link":"https://x.test/#c"}]`,
		`[{"id":4,"post":1,"content":null,"type":"comment"}]`, `[{"id":4,"post":-1,"content":{"rendered":1},"type":"comment"}]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		list, _, _ := comments(body, time.Time{})
		for _, c := range list {
			if c.id <= 0 || c.post < 0 || len(c.text) > maxText || !utf8.ValidString(c.text) || !utf8.ValidString(c.name) {
				t.Fatalf("%+v", c)
			}
			commentedPage(c.link)
		}
	})
}

func FuzzFeed(f *testing.F) {
	for _, s := range []string{
		`<rss xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"><channel><item><link>https://x.test/a</link><slash:comments>0</slash:comments><wfw:commentRss>y</wfw:commentRss></item><item/></channel></rss>`,
		`<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="https://x.test/"/><published>2026-11-19T09:00:00Z</published></entry></feed>`,
		"\xef\xbb\xbf<rss><channel><item><![CDATA[<item>]]></item></channel></rss>", "<rss><item></item></rss>", "<a:rss xmlns:a='x'/>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
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
			if f := i.facts(body, audit.Mark{}, 1); rss && f != nil && f.Mark.Length != len(raw) {
				t.Fatalf("mark %+v", f.Mark)
			}
		}
	})
}

func FuzzSitemap(f *testing.F) {
	for _, s := range []string{
		`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://x.test/a</loc></url></urlset>`,
		`<sitemapindex><sitemap><loc>https://x.test/1.xml</loc></sitemap></sitemapindex>`, `<urlset><url><loc/></url></urlset>`, "<html>",
	} {
		f.Add([]byte(s), "Sitemap: /a\n")
	}
	f.Fuzz(func(t *testing.T, body []byte, robots string) {
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
	})
}

func FuzzName(f *testing.F) {
	f.Add([]byte("<title>A | Peabody</title>"), "Peabody")
	f.Add([]byte("<h1>x</h1><h1><meta property=og:site_name content=y></h1>"), "Y (Z)")
	f.Fuzz(func(t *testing.T, body []byte, name string) {
		for _, s := range signs(body) {
			if s.at.offset < 0 || s.at.length <= 0 || s.at.offset+s.at.length > len(body) {
				t.Fatalf("sign %+v of %d bytes", s, len(body))
			}
			for _, n := range namesOf(name) {
				if n.in(s.text) && len(n.all) == 0 {
					t.Fatalf("an empty name is in %q", s.text)
				}
			}
		}
	})
}
