package crawler

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// Themes and systems that give their comments no id of a known kind still name them: the word for a comment stands last in an
// id before its number (kommentar_31, blog-comment-31), or in a class last or before a word for one of several (c-comment-card,
// comments__item), or names the list in which they stand. Much else is named so: a part of a comment, a button, the box to
// write one. A comment is only what has words of its own and says who wrote them or when.
var (
	// commentWords are the words for comments in the languages in which sites name their markup, one's before several's.
	commentWords = ranked(
		"comment", "kommentar", "commentaire", "comentario", "commento", "reactie", "komentarz", "komentar", "yorum",
		"comments", "kommentare", "kommentarer", "commentaires", "comentarios", "commenti", "reacties", "komentarze", "komentare", "yorumlar", "commentlist",
	)
	// severalFrom is the rank of the first word for several comments.
	severalFrom = commentWords["comments"]
	// itemWords follow the word for a comment in the name of one; those up to itemOfMany also that for several.
	itemWords = ranked(
		"item", "entry", "single", "card", "row", "node", "article", "user", "child", "element", "unit", "default", // Contao's template of one is comment_default
		"list", "main", "box", "block", "wrapper", "wrap", "container", "holder", "post", "reply",
	)
	itemOfMany = itemWords["list"] // "comments-list-item"
	// storyWords begin the names of stories that are filed under comments: those are their editors'.
	storyWords = ranked("category", "tag", "post", "section", "article", "story", "teaser", "header", "format", "type", "rubrik", "ressort")
	// listWords follow the word for comments in the name of their list.
	listWords = ranked("list", "lists", "listing", "thread", "threads", "container", "wrapper", "items", "area", "section", "box", "body", "content", "inner", "scroll", "all", "block")
	// elsewhereWords are in the names of what lists the comments on other pages.
	elsewhereWords = ranked("recent", "latest", "newest", "last", "letzte", "neueste", "neuste", "derniers", "ultimos", "popular", "top", "widget")
)

// nameWords takes the name of an id or a class apart: "c-comment-card__text", "commentsList".
func nameWords(name string) (words []string) {
	start, before := 0, rune(0)
	cut := func(end int) {
		if end > start {
			words = append(words, Lower(name[start:end]))
		}
	}
	for i, r := range name {
		switch {
		case r == '-' || r == '_':
			cut(i)
			start = i + 1
		case unicode.IsUpper(r) && unicode.IsLower(before):
			cut(i)
			start = i
		}
		before = r
	}
	cut(len(name))
	return words
}

// lastCommentWord gives the place of the last word for comments, -1 where there is none.
func lastCommentWord(words []string) int {
	for i, word := range slices.Backward(words) {
		if isCommentWord(word) {
			return i
		}
	}
	return -1
}

// namedItem gives what a class says before the word for a comment where it is one's name.
func namedItem(words []string) (whose string, is bool) {
	at := lastCommentWord(words)
	if at < 0 || !allIn(words[at+1:], itemWords) {
		return "", false
	}
	if last := words[len(words)-1]; commentWords[words[at]] >= severalFrom && (at == len(words)-1 || itemWords[last] >= itemOfMany) {
		return "", false
	}
	first := slices.IndexFunc(words, isCommentWord)
	if slices.ContainsFunc(words[:first], func(word string) bool { _, is := storyWords[word]; return is }) {
		return "", false
	}
	return strings.Join(words[:first], " "), true
}

func isCommentWord(word string) bool {
	_, is := commentWords[word]
	return is
}

// namesList reports whether a class or an id is that of a list of comments.
func namesList(words []string) bool {
	at := lastCommentWord(words)
	return at >= 0 && allIn(words[at+1:], listWords) && (commentWords[words[at]] >= severalFrom || at < len(words)-1)
}

func allIn(words []string, table map[string]int) bool {
	for _, word := range words {
		if _, is := table[word]; !is {
			return false
		}
	}
	return true
}

// numberedName gives the number in an id that ends with the word for a comment and one.
func numberedName(id string) string {
	if !commentNames.In(id) {
		return "" // as most
	}
	words := nameWords(id)
	last := len(words) - 1
	if last < 1 || len(words[last]) >= 24 || strings.Trim(words[last], "0123456789") != "" {
		return ""
	}
	if !isCommentWord(words[last-1]) {
		return ""
	}
	return words[last]
}

// addNumbered takes the comments that are told by their numbers.
func (p *Page) addNumbered(r *roots) {
	numbers := map[*html.Node]string{}
	var numbered []*html.Node
	for _, n := range p.index().named {
		if number := numberedName(Attr(n, "id")); number != "" {
			numbers[n] = number
			numbered = append(numbered, n)
		}
	}
	for _, n := range p.commentsAmong(numbered) {
		r.add(n, numbers[n])
	}
}

// namedComments gives the comments by the class that most of them bear, else those that stand in a list of comments.
func (p *Page) namedComments() (found []*html.Node) {
	for _, group := range p.namedGroups() {
		if among := p.commentsAmong(group); len(among) > len(found) {
			found = among
		}
	}
	if len(found) == 0 {
		found = p.commentsAmong(p.listItems())
	}
	return found
}

// mostGroups is how many groups of names are looked through: a page has a few, and each costs a walk through the page at most.
const mostGroups = 24

// namedGroups gives the elements whose classes are a comment's, together those whose names begin alike, in the order of the page.
func (p *Page) namedGroups() (groups [][]*html.Node) {
	place, x := map[string]int{}, p.index()
	var numbers [][]int32
	for i := range x.classes.names {
		c := &x.classes.names[i]
		if !commentNames.In(c.name) {
			continue
		}
		whose, is := namedItem(nameWords(asWritten(x.nodes[x.classes.chain[c.last].node], c.name)))
		at, known := place[whose]
		if !is || !known && len(numbers) == mostGroups {
			continue
		}
		if !known {
			at, place[whose] = len(numbers), len(numbers)
			numbers = append(numbers, nil)
		}
		numbers[at] = x.classes.numbers(c, numbers[at])
	}
	for _, all := range numbers {
		slices.Sort(all)
		var group []*html.Node
		for _, number := range slices.Compact(all) {
			group = append(group, x.nodes[number])
		}
		groups = append(groups, group)
	}
	return groups
}

// asWritten gives a class of an element as it is written there.
func asWritten(n *html.Node, class string) string {
	for name := range strings.FieldsSeq(Attr(n, "class")) {
		if Lower(name) == class {
			return name
		}
	}
	return class
}

// commentNames are in every name that holds a word for comments.
var commentNames = NewSigns("comment", "kommentar", "comentario", "commento", "commenti", "reactie", "komentar", "yorum")

// listItems gives the items of the page's lists of comments: of what is named so, and of a list in it.
func (p *Page) listItems() (all []*html.Node) {
	if !p.namesComments() {
		return nil
	}
	for _, tag := range [...]string{"article", "li"} {
		for _, n := range p.Tag(tag) {
			if isCommentList(n.Parent) || (n.Parent.Data == "ul" || n.Parent.Data == "ol") && isCommentList(n.Parent.Parent) {
				all = append(all, n)
			}
		}
		if len(all) > 0 {
			return all
		}
	}
	return nil
}

// namesComments reports whether a class or an id of the page holds a word for comments.
func (p *Page) namesComments() bool {
	x := p.index()
	return slices.ContainsFunc(x.classes.names, func(c className) bool { return commentNames.In(c.name) }) ||
		slices.ContainsFunc(x.named, func(n *html.Node) bool { return commentNames.In(Attr(n, "id")) })
}

func isCommentList(n *html.Node) bool {
	return n != nil && n.Data != "body" && hasName(n, namesList)
}

// hasName reports whether an element has an id or a class of a kind, by its words.
func hasName(n *html.Node, is func(words []string) bool) bool {
	for _, key := range [...]string{"class", "id"} {
		value := Attr(n, key)
		if !commentNames.In(value) {
			continue
		}
		for name := range strings.FieldsSeq(value) {
			if is(nameWords(name)) {
				return true
			}
		}
	}
	return false
}

// namesElsewhere reports whether a name is that of a list of the comments on other pages.
func namesElsewhere(words []string) bool {
	return lastCommentWord(words) >= 0 && slices.ContainsFunc(words, func(word string) bool { _, is := elsewhereWords[word]; return is })
}

// commentsAmong gives those of the elements, which are in the order of the page, that are comments. Of several around the same
// words it is the innermost: what stands around it has none of its own. There are none where they lead to several pages'
// comments: that is a list of what is said elsewhere.
func (p *Page) commentsAmong(elements []*html.Node) []*html.Node {
	r, place := newRoots(), ""
	for _, n := range slices.Backward(elements) {
		if !holdsComment(n) || p.Hidden(n) || isElsewhere(n) || !p.isSaid(n, r) {
			continue
		}
		r.add(n, strconv.Itoa(len(r.order)))
		switch at := p.leadsTo(n); {
		case place == "":
			place = at
		case at != "" && at != place:
			return nil
		}
	}
	slices.Reverse(r.order)
	return r.order
}

// leadsTo gives the page to whose comments the first link of an element leads that leads to one, "" where none does.
func (p *Page) leadsTo(n *html.Node) string {
	for _, e := range elementsIn(n) {
		if e.Data != "a" {
			continue
		}
		u, ok := p.Resolve(Attr(e, "href"))
		if ok && commentNames.In(u.Fragment) && u.Path != "" {
			return strings.TrimRight(u.Path, "/")
		}
	}
	return ""
}

// holdsComment reports whether an element is of a tag in which sites set a whole comment, and is no story and no part of a form.
func holdsComment(n *html.Node) bool {
	switch n.Data {
	case "div", "li", "article", "section", "dd", "tr", "td", "table", "blockquote":
	default:
		return false
	}
	for e := n.Parent; e != nil; e = e.Parent {
		if e.Data == "form" {
			return false
		}
	}
	for c := range n.Descendants() {
		if c.Data == "h1" {
			return false
		}
	}
	return true
}

func isElsewhere(n *html.Node) bool {
	for e := n; e != nil && e.Data != "body"; e = e.Parent {
		if hasName(e, namesElsewhere) {
			return true
		}
	}
	return false
}

// isSaid reports whether what is an element's own, without the comments in it, says something beside links and names who
// wrote it, or when.
func (p *Page) isSaid(n *html.Node, r *roots) bool {
	if !saysMoreThanLinks(n, r) {
		return false
	}
	own := r.extent(n)
	author := authorIn(own)
	if (author == nil || p.ShortText(author) == "") && p.commentTime(own).IsZero() {
		return false
	}
	var c PageComment
	p.readComment(&c, nil, own)
	return strings.TrimSpace(strings.TrimPrefix(c.Text, c.Author)) != ""
}
