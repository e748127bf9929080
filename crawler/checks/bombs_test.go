package checks_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"doorknock/crawler/checks"
)

// TestBombs reads pages made to cost much. Each is as large as a page may be; none may take more processor time than
// parsing it does many times over. The bound is loose, for slow machines; what it catches is work that grows with the square.
func TestBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	fill := func(s string) string { return strings.Repeat(s, bombSize/len(s)) }
	numbered := func(format string) string {
		var b strings.Builder
		for n := 0; b.Len() < bombSize; n++ {
			fmt.Fprintf(&b, format, n)
		}
		return b.String()
	}
	story := "<title>Doors</title><main>" + strings.Repeat("<p>Doors and lifts are made new.</p>", 40) + "</main>"
	const wp = `<meta name="generator" content="WordPress 6">`
	for name, body := range map[string]string{
		"paragraphs":                   fill("<p>x</p>"),
		"less-than signs":              fill("<"),
		"entities":                     fill("&amp;"),
		"NUL":                          fill("\x00"),
		"one attribute":                `<p class="` + fill("a ") + `">`,
		"many attributes":              `<p ` + fill(`data-comment-a=1 `) + `>`,
		"comments unclosed":            "<!--" + fill("comment"),
		"script unclosed":              "<script>" + fill("comment "),
		"misnested":                    fill("<a><b>")[:100_000],
		"deep":                         fill("<div>"),
		"many long values":             `<p ` + fill(`data-a="`+strings.Repeat("doors ", 40)+`" `) + `>`,
		"forms alike":                  wp + fill(`<form class="comment-form"><textarea name=comment></textarea>`),
		"tags that never end":          fill(`<form class="`),
		"links to log in":              wp + fill(`<a href="wp-login.php?redirect_to=x">log in to comment</a>`),
		"closed sentences":             wp + fill(`<div class=comments><p>Comments are closed</p></div>`),
		"closed in deep comment areas": wp + strings.Repeat("<div class=comments>", 400) + fill(`<p>Comments are closed</p>`),
		"nested places for closed":     wp + strings.Repeat(`<div class="nocomments meta post-meta">`, 400) + fill(`Comments are closed `),
		"nested headings":              strings.Repeat(`<h2 class="comments-title">`, 400) + "<form id=comments><textarea></textarea>" + fill(`9 comments `),
		"accounts":                     fill(`<a href="https://x.com/a">x</a>`),
		"posts off":                    wp + "<h1>About us all</h1>" + fill(`<b>Comments Off<span class=screen-reader-text> on x</span></b>`),
		"numbered comments":            wp + numbered(`<i id=comment-%d>x</i>`),
		"comments in comments":         wp + strings.Repeat(`<ul class=children>`, 300) + numbered(`<li id=comment-%d>`),
		"comments by class":            `<form class="comment-form"><textarea name=comment></textarea></form>` + fill(`<b class=comment>x</b>`),
		"teasers":                      fill(`<span class=comment-count><a href=/b#comments>3</a></span>`),
		"newest comments":              `<div class=recent-comments>` + fill(`<i class=comment>x</i>`),
		"invitations":                  strings.Repeat(`<link rel=canonical>`, 1000) + fill(`<a href=/b>have your say</a> `),
		"heads of columns":             fill(`<td>Replies <td>Topics <i></i><tr>`),
		"notes that never end":         story + "<script>a(comment); " + fill("/*") + "</script>",
		"notes at the end of lines":    story + "<script>" + fill(" // comment\n") + "</script>",
		"a story told in data":         story + `<script>{"a":"` + fill("the firm, the council and the minister all declined to comment on the lifts. ") + `"}</script>`,
		"sites in data":                story + "<script>" + fill(`"disqus.com",`) + "</script>",
		"addresses to share":           story + "<script>" + fill(`"mailto:?comment",`) + "</script>",
		"signs":                        fill("powered by phpbbwp-content/drupal.settings"),
	} {
		start := cpu(t)
		p := saved("https://x.test/", []byte(body))
		for _, r := range p.Read(checks.All()) {
			evident(t, p, r)
		}
		p.Comments("wordpress")
		p.Comments("custom")
		p.Outline()
		took := cpu(t) - start
		t.Logf("%-30s %v", name, took.Round(time.Millisecond))
		if took > 20*time.Second {
			t.Errorf("%s: %v", name, took)
		}
	}
}
