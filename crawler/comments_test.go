package crawler

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// listedComment is what testdata/listed/<page>.json says of one comment. An empty id is made from the words.
type listedComment struct {
	ID     string `json:"id"`
	Author string `json:"author"`
	From   string `json:"from"`
	To     string `json:"to,omitempty"`
	Text   string `json:"text"`
	Parent string `json:"parent,omitempty"`
}

// TestListedComments reads every page of testdata/listed, each as one system marks its comments up.
func TestListedComments(t *testing.T) {
	files, err := filepath.Glob("testdata/listed/*.html")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d pages, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".html"), func(t *testing.T) {
			var want struct {
				System   string          `json:"system"`
				Comments []listedComment `json:"comments"`
			}
			raw, err := os.ReadFile(strings.TrimSuffix(file, ".html") + ".json")
			if err == nil {
				err = json.Unmarshal(raw, &want)
			}
			body, err2 := os.ReadFile(file)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			got := []listedComment{}
			for i, c := range listedPage(body).Comments(want.System) {
				l := listedComment{ID: c.ID, Author: c.Author, From: c.When.From.UTC().Format(time.RFC3339), Text: c.Text, Parent: c.Parent}
				if !c.When.To.Equal(c.When.From) {
					l.To = c.When.To.UTC().Format(time.RFC3339)
				}
				if i < len(want.Comments) && want.Comments[i].ID == "" && l.ID != "" {
					l.ID = ""
				}
				got = append(got, l)
			}
			if diff := cmp.Diff(want.Comments, got); diff != "" {
				t.Errorf("comments (-want +got):\n%s", diff)
			}
		})
	}
}

func listedPage(body []byte) *Page {
	u := &url.URL{Scheme: "https", Host: "www.fernley.example", Path: "/news/doors/"}
	return NewPage(Answer{
		Request: Request{URL: u.String()}, URL: u, Status: 200, Body: body, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		At: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
	}, nil)
}

// FuzzComments: whatever a page lists, no comment is its own parent, none comes twice, and every parent is listed.
func FuzzComments(f *testing.F) {
	for _, seed := range []string{
		`<li id="comment-1"><p>a</p><ul class="children"><li id="comment-2">b</li></ul></li>`,
		`<dl><dt id="comment-1">a</dt><dd>b</dd><dt id="comment-1">c</dt></dl>`, `<a id="comment-3"></a><div>x</div>`,
		`<div typeof="Comment" about="#comment-1">a<div itemtype="https://schema.org/Comment">b</div></div>`,
		`<script type="application/ld+json">{"@type":"Article","comment":[{"@type":"Comment","text":"a","comment":{"@type":"Comment","@id":"#comment-1","text":"<p>b"}}]}</script>`,
	} {
		for _, system := range []string{"wordpress", "blogger", "custom"} {
			f.Add(seed, system)
		}
	}
	f.Fuzz(func(t *testing.T, body, system string) {
		all := listedPage([]byte(body)).Comments(system)
		ids := map[string]bool{}
		for _, c := range all {
			if c.ID == "" || ids[c.ID] || c.Parent == c.ID {
				t.Fatalf("id %q, parent %q, seen %t", c.ID, c.Parent, ids[c.ID])
			}
			ids[c.ID] = true
		}
		for _, c := range all {
			if c.Parent != "" && !ids[c.Parent] {
				t.Fatalf("parent %q is not listed", c.Parent)
			}
		}
	})
}

// What stands in a list of comments and is none: what WordPress quotes of a page that links here, an element that is named
// after the comment around it, and a row of links.
func TestNoComments(t *testing.T) {
	for name, c := range map[string]struct {
		system, body    string
		comments, pings int
	}{
		"a quotation":          {"wordpress", `<ol><li id="comment-1"><p>No heat for a week.</p></li><li id="comment-2"><p>[…] The lifts of Hollybank […]</p></li></ol>`, 1, 1},
		"in letters":           {"wordpress", `<ol><li id="comment-2"><p>[...] The lifts of <a href="/">Hollybank</a> are mended [...]</p></li></ol>`, 0, 1},
		"what a person quotes": {"wordpress", `<ol><li id="comment-2"><p>[…] The lifts of Hollybank […] That is not true.</p></li></ol>`, 1, 0},
		"a named part":         {"custom", `<div id="comment-1314239400067-e19c"><p id="comment-1314239400067-e19c_1_5">Isaac: No heat.</p></div>`, 1, 0},
		"a row of links":       {"custom", `<ul><li class="comment"><a href="#comments">Discuss</a> <small><a href="#comments">Comment</a>, <a href="/blog">Blog about</a></small></li></ul>`, 0, 0},
		"words and a link":     {"custom", `<ul><li class="comment"><a href="/mo">Mo</a> No heat for a week.</li></ul>`, 1, 0},
		"a story by its tag":   {"wordpress", `<div class="hentry post_tag-kommentar"><span class="author-name">Mo</span><p>No heat for a week.</p></div>`, 0, 0},
		"comments elsewhere":   {"wordpress", `<ul class="comments-list"><li>3 May 2026, Mo on <a href="/lifts/#comment-1">Lifts</a></li><li>4 May 2026, Mo on <a href="/bins/#comment-2">Bins</a></li></ul>`, 0, 0},
		"a place without any":  {"custom", `<div class="comment"><p>Be civil to your neighbours.</p></div>`, 0, 0},
		"written small":        {"custom", `<ul><li itemscope itemtype="http://schema.org/comment"><p itemprop="text">No heat.</p></li></ul>`, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := listedPage([]byte("<html><body><main>" + c.body + "</main></body></html>"))
			comments, pings := p.Listed(c.system)
			if all := p.Comments(c.system); comments != c.comments || pings != c.pings || len(all) != c.comments {
				t.Errorf("%d comments and %d pingbacks, listed %+v; want %d and %d", comments, pings, all, c.comments, c.pings)
			}
		})
	}
}
