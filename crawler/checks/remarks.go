package checks

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// commentedOut reports whether a part of the page that is taken out by <!-- and --> speaks of comments: some sites keep
// there what a script puts back, and Blazor the name of what its program draws.
func commentedOut(p *crawler.Page) bool {
	return slices.ContainsFunc(p.Remarks(), func(n *html.Node) bool {
		said := crawler.Lower(n.Data)
		switch {
		case !commentSigns.In(said):
			return false // as most
		case strings.HasPrefix(said, "blazor:"):
			return speaksAfterAll(said)
		}
		return strings.Contains(said, "<") && speaksAfterAll(withoutSentences(besideTitle.Replace(said)))
	})
}

// besideTitle takes the places out of a theme's markup where the number of comments stands beside a title or a date.
var besideTitle = without("post-meta-comments", "entry-meta-comments", "meta-comments", "comments-number", "comments-count", "comment-count", "comment_count")

// withoutSentences leaves out of markup what it tells in sentences: that its makers like to hear comments, or who sent them. A place to
// talk is an element, or a word or two that lead to one, and comes with no sentence that is put back. Markup that holds a box, a frame
// or a script is left as it is.
func withoutSentences(markup string) string {
	if stemIn(markup, fillingTags) {
		return markup
	}
	var kept strings.Builder
	for part := range strings.SplitAfterSeq(markup, ">") {
		text, tag, _ := strings.Cut(part, "<")
		if !isTold(text) {
			kept.WriteString(text)
		}
		kept.WriteByte('<')
		kept.WriteString(tag)
	}
	return kept.String()
}

// fillingTags begin the elements that hold what a reader or a script writes.
var fillingTags = []string{"<form", "<textarea", "<input", "<button", "<iframe", "<object", "<script", "<template", "<noscript"}

// isTold reports whether a text in lower case is at least a sentence of plain words, and none with which a site speaks of its place for comments.
func isTold(text string) bool {
	words := strings.Fields(text)
	if len(words) < leastWords || strings.ContainsAny(text, "{}[]=;") || inviting.in(text) != "" || closedPhrases.in(text) != "" || loginPhrases.in(text) != "" {
		return false
	}
	plain := 0
	for _, word := range words {
		if plainWord(word) {
			plain++
		}
	}
	return 4*plain >= 3*len(words) && !keepingSigns.In(" "+strings.ReplaceAll(text, "your comment", "comment"))
}
