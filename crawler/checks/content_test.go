package checks

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/crawler"
)

func pageOf(t *testing.T, body string) *crawler.Page {
	t.Helper()
	return crawler.NewPage(crawler.Answer{
		URL: &url.URL{Scheme: "https", Host: "www.fernley.example", Path: "/"}, Status: http.StatusOK, Body: []byte(body),
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
	}, nil)
}

// TestContent: what a page's content leaves out, and what it keeps.
func TestContent(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"around it": {
			`<header>site</header><nav>menu</nav><div role=navigation>more</div><main><h1>Damp</h1><p>text</p></main><aside>side</aside><div role=contentinfo>x</div><footer>foot</footer>`,
			[]string{"Damp", "text"},
		},
		"by name": {
			`<div class=breadcrumbs>Home</div><div id=cookie-note>Yes</div><div class="x newsletter-box">Mail</div><div class=related-posts>Other</div><p>text</p>`,
			[]string{"text"},
		},
		"named so and around the heading": {`<div class=menu-layout><h1>Damp</h1><p>text</p></div>`, []string{"Damp", "text"}},
		"what others said": {
			`<p>text</p><blockquote>said</blockquote><ol class=comment-list><li>hers</ol><div id=comment-12>his</div>`, []string{"text"},
		},
		"not seen": {
			`<p hidden>a</p><p>text<script>b</script><style>c</style></p><select><option>d</select><svg><text>e</text></svg><template><p>f</template>`, []string{"text"},
		},
		"by id":            {`<div id=left><p>side</p></div><div id=content><p>text</p></div>`, []string{"text"}},
		"two mains":        {`<p>before</p><main>one</main><main>two</main>`, []string{"before", "one", "two"}},
		"loose words":      {`<main>words <b>between</b><p>blocks</p>and after<br>all</main>`, []string{"words between", "blocks", "and after all"}},
		"a head of a part": {`<main><header>Part</header><p>text</p></main>`, []string{"Part", "text"}},
		"plain":            {"<p>The\u00a0board’s\u00adminutes \n 2026</p>", []string{"The board’s\u00adminutes 2026"}},
	} {
		var got []string
		for _, b := range contentOf(pageOf(t, "<body>"+c.body)).blocks {
			got = append(got, b.text)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestLines: a row is one line with its cells, a row that holds a heading is none, and links stand in their line.
func TestLines(t *testing.T) {
	type line struct {
		Text, Lower string
		Level       int
		Cells       []string
		Links       int
	}
	var got []line
	for _, s := range mainStretches(pageOf(t, `<body><main><h2>Our Team’s</h2>
		<table><tr><td>Jo Bloggs<td><td><p>Coach</p><p>North <a href=/n>area</a></p></table>
		<table><tr><td><h3>Looks</h3><td>only <a href=/b>b</a><a href=/c><img src=c.png></a></table><figure><a href=/d><img src=d.png></a><figcaption>Four</figcaption></figure></main>`)) {
		got = append(got, line{s.text, s.lower, s.level, s.cells, len(s.links)})
	}
	want := []line{
		{"Our Team’s", "our team's", 2, nil, 0},
		{"Jo Bloggs Coach North area", "jo bloggs coach north area", 0, []string{"Jo Bloggs", "", "Coach North area"}, 1},
		{"Looks", "looks", 3, nil, 0},
		{"only b", "only b", 0, nil, 2},
		{"Four", "four", 0, nil, 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCollapsed: a text in parts reads as its words with one blank between them.
func TestCollapsed(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		parts := make([]string, 1+r.IntN(4))
		for i := range parts {
			for range r.IntN(12) {
				parts[i] += string([]rune("abc   \n\t\x01\u00a0é’")[r.IntN(12)])
			}
		}
		want := "x" + strings.Join(strings.Fields(strings.Join(parts, "")), " ")
		if got := string(appendCollapsed([]byte("x"), parts)); got != want {
			t.Fatalf("%q: %q, want %q", parts, got, want)
		}
	}
}
