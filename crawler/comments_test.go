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
	if err != nil || len(files) < 12 {
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
