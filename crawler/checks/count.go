package checks

import (
	"slices"
	"strconv"
	"strings"

	"doorknock/audit"
	"doorknock/crawler"
)

// countComments gives the comments that the page lists (pingbacks left out), and the number it states; nil where not
// told.
func countComments(p *crawler.Page, system string) (count, claimed *int) {
	if system == "none" || system == "" && !p.TellsComments() {
		return nil, nil
	}
	n, pings := p.Listed(system)
	if claimed = claimedCount(p); claimed == nil && n == 0 && saysNone(p) {
		claimed = new(int)
	}
	if n == 0 && claimed != nil && *claimed == 0 {
		return &n, claimed // it lists none that we know of, and says that there are none
	}
	if n == 0 && (!listsAlways[system] || claimed != nil && *claimed > pings) {
		return nil, claimed // listed in some way we do not know, or not at all
	}
	return &n, claimed
}

// newestComment gives the time of the comment that may be the newest of those listed, as closely as the page states it.
func newestComment(p *crawler.Page, system string) (newest crawler.When) {
	for _, w := range p.Times(system) {
		if !w.From.After(p.Answer.At) {
			newest = crawler.When(audit.Written(newest).Later(audit.Written(w)))
		}
	}
	return newest
}

// listsAlways are the systems whose list we know so well that none found means none listed.
var listsAlways = map[string]bool{"wordpress": true, "jetpack": true, "drupal": true, "blogger": true, "jcomments": true}

// claimedCount reads the number that the heading of a comment area states.
func claimedCount(p *crawler.Page) *int {
	heads := slices.Concat(p.Tag("h2"), p.Tag("h3"), p.Tag("h4"), p.Tag("h5"), p.Tag("h6"),
		p.Class("comments-title"), p.Class("comment-title"), p.Class("comments-heading"))
	for _, n := range heads {
		v, ok := statedNumber(p.ShortText(n))
		if ok && !p.Hidden(n) && area(n) != nil {
			return &v
		}
	}
	return nil
}

// noneYet are the names that systems give to the words which stand in the place of a list without comments.
var noneYet = []string{"no_comments", "no-comments", "nocomments", "no-comments-yet"}

// saysNone reports whether words of a comment area, named so, stand where the list would be, and do not say that it is
// closed.
func saysNone(p *crawler.Page) bool {
	for _, name := range noneYet {
		for _, n := range p.Class(name) {
			text := p.ShortText(n)
			if n.Data != "body" && text != "" && len(text) < maxHeading && !p.Hidden(n) && isList(n) && !saysClosed(text) && area(n.Parent) != nil {
				return true
			}
		}
	}
	return false
}

var numberWords = map[string]int{
	"no": 0, "keine": 0, "kein": 0, "sin": 0, "nessun": 0, "aucun": 0, "one": 1, "ein": 1, "eine": 1, "un": 1, "una": 1, "two": 2, "three": 3, "four": 4, "five": 5,
}

// statedNumber reads "12 Comments", "1,234 thoughts on …", "Kommentare (5)", "One Response". Anything else is not told.
func statedNumber(text string) (int, bool) {
	if len(text) > 200 || !countSigns.In(text) {
		return 0, false
	}
	words := strings.Fields(crawler.Lower(text))
	if len(words) == 0 || !isCommentWord(strings.Join(words, " ")) && !strings.Contains(text, "espons") && !strings.Contains(text, "houghts on") && !strings.Contains(text, "hought on") && !strings.Contains(text, "eplies") {
		return 0, false
	}
	if n, ok := numberWords[words[0]]; ok && len(words) > 1 && (isCommentWord(words[1]) || strings.HasPrefix(words[1], "respons") || strings.HasPrefix(words[1], "thought") || strings.HasPrefix(words[1], "repl")) {
		return n, true
	}
	last := len(words) - 1
	for _, at := range [...][2]int{{0, 1}, {last, last - 1}} {
		n, ok := plainNumber(strings.Trim(words[at[0]], "():"))
		if ok && (last == 0 || !strings.ContainsAny(words[at[1]], "0123456789")) { // "1 234" is not 1, nor 234
			return n, true
		}
	}
	return 0, false
}

// countSigns are what every heading with a number of comments holds, in either case, and few others.
var countSigns = crawler.NewSigns(slices.Concat(commentStems, []string{"koment", "espons", "houghts on", "hought on", "eplies"})...)

// plainNumber reads digits with at most one kind of thousands separator, up to 10^9.
func plainNumber(s string) (int, bool) {
	for _, sep := range [...]string{",", "."} {
		if parts := strings.Split(s, sep); len(parts) > 1 {
			for i, part := range parts {
				if i > 0 && len(part) != 3 || i == 0 && (part == "" || len(part) > 3) {
					return 0, false
				}
			}
			s = strings.Join(parts, "")
		}
	}
	if s == "" || len(s) > 9 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}
