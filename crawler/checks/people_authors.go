package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// PeopleAuthors asks whether those who write for the landlord do it under their own names.
func PeopleAuthors() crawler.Check {
	return crawler.Check{
		ID:    "people_authors",
		Title: "Do the news and posts name who wrote them?",
		Why:   "People answer people. A notice without an author asks for no answer.",
		Basis: "practice, in no score: it counts who signs what is written",
		Rule: "Asked of the posts that were read, at most the newest 20: a post names its author where an element that is marked for the author, or a line near the " +
			"heading that begins with \"by\", holds a person's name, or where the site's feed names a person as its author (dc:creator, an author of RSS, Atom or JSON Feed), or " +
			"WordPress's interface says that it is of the account of such a person, by two posts of the feed at least. A team, the organisation and a log-in name are none. Open where three posts or more " +
			"do, restricted (some posts) where one or two do, absent where every post was read whole and none has a place for an author. " +
			"Posts are counted; names are not kept, and the evidence is the post's heading.",
		Version:   2,
		Published: true,
		OnPages:   true,
		On:        []audit.Platform{audit.Web},
		Words:     []string{"news", "blog", "stories", "newyddion"},
		Look:      lookAuthor,
		Fold:      foldAuthors,
	}
}

// authorStems are signs of an author in the markup or the text of a post.
var authorStems = []string{"author", "byline", "by-line", "written by", "posted by", "words by", "contributor", "awdur", "ysgrifennwyd", "rel=\"me"}

func lookAuthor(p *crawler.Page) crawler.Look {
	if !isPost(p) {
		return crawler.Look{Reason: audit.ReasonNotLooked}
	}
	head := headOf(p)
	one := 1
	switch byline, name := bylineOf(p); {
	case head != nil && name:
		return crawler.Look{State: audit.Open, Rule: "named-author", Mark: head, Count: &one}
	case head != nil && p.Answer.Request.Post != nil && p.Answer.Request.Post.Signed != "":
		return crawler.Look{State: audit.Open, Rule: "author-in-feed", Mark: head, Beside: []string{p.Answer.Request.Post.Signed}, Count: &one}
	case byline || speaksOf(p, authorStems) || tells(p, authorStems):
		return crawler.Look{Reason: audit.ReasonNoMarker} // somebody's, perhaps a person's
	case p.Answer.Request.Post == nil:
		return crawler.Look{Reason: audit.ReasonNotLooked} // it may be a list of posts
	}
	return crawler.Look{State: audit.Absent, Rule: "no-author"}
}

// isPost reports whether a page is one post: it was asked for as one, or it lies below the news and has one heading.
func isPost(p *crawler.Page) bool {
	if p.Answer.Request.Post != nil {
		return true
	}
	path := strings.Trim(p.URL().Path, "/")
	return isNews(p) && strings.Contains(path, "/") && len(visible(p, p.Tag("h1"))) == 1 && len(p.Tag("article")) <= 1
}

func headOf(p *crawler.Page) *html.Node {
	for _, n := range p.Tag("h1") {
		if !p.Hidden(n) && p.ShortText(n) != "" {
			return n
		}
	}
	return nil
}

// authorNames are the names of elements that hold a post's author, and nothing else.
var authorNames = [...]string{"byline", "author", "entry-author", "post-author", "author-name", "article-author", "posted-by", "post-byline", "article__author", "news-author"}

// nearHead is how many blocks after the heading a line may stand that begins with "by".
const nearHead = 6

// bylineOf reports whether the page has a place for its author, and whether a person's name stands there.
func bylineOf(p *crawler.Page) (there, named bool) {
	for _, class := range authorNames {
		for _, n := range visible(p, p.Class(class)) {
			if ofAnother(p, n) || crawler.IsComment(n) || withinComment(n) {
				continue
			}
			there = true
			if crawler.IsAuthor(p.ShortText(n)) {
				return true, true
			}
		}
	}
	all := mainStretches(p)
	for i := range all {
		if all[i].level != 1 {
			continue
		}
		for _, b := range all[i+1 : min(i+1+nearHead, len(all))] {
			rest, by := crawler.CutBy(b.lower)
			there = there || by && len(b.text) < 120 || len(b.text) < 60 && crawler.IsName(b.text)
			if by && crawler.IsAuthor(b.text[len(b.text)-len(rest):]) {
				return true, true
			}
		}
	}
	return there, false
}

func withinComment(n *html.Node) bool {
	for e := n.Parent; e != nil; e = e.Parent {
		if crawler.IsComment(e) {
			return true
		}
	}
	return false
}

// enoughAuthors is from how many posts on staff are taken to write under their own names.
const enoughAuthors = 3

// foldAuthors counts the posts that name their author. It keeps one finding, of the channel: who wrote which post is
// nobody's business here. How many posts name theirs is its count, of how many its value.
func foldAuthors(f crawler.Folding) []audit.Finding {
	var of audit.Of
	var by *audit.Evidence
	for _, r := range lastOfEach(f.Readings) {
		switch r.Verdict.State() {
		case audit.Open:
			of.Open++
			if by == nil {
				by = r.Verdict.Evidence()
			}
		case audit.Absent:
			of.Absent++
		default:
			of.Unknown++
		}
	}
	x := finding(f, "", authorsVerdict(f, of, by))
	x.Count = &of.Open
	if of.Total() > 0 {
		x.Values = audit.Values{audit.ValueItems: audit.Number(of.Total())}
	}
	return []audit.Finding{x}
}

func authorsVerdict(f crawler.Folding, of audit.Of, by *audit.Evidence) audit.Verdict {
	switch {
	case of.Total() == 0:
		return audit.UnknownFor(audit.ReasonNotLooked)
	case of.Open == 0 && of.Unknown > 0:
		return audit.UnknownFor(audit.ReasonNoMarker)
	case of.Open == 0:
		return absentFrom(f)
	case of.Open < enoughAuthors && of.Unknown > 0:
		return audit.UnknownFor(audit.ReasonNoMarker) // the others may name theirs
	}
	state, kind, rule := audit.Open, audit.Kind(""), "named-authors"
	if of.Open < enoughAuthors {
		state, kind, rule = audit.Restricted, audit.KindSomePosts, "few-named-authors"
	}
	e := *by
	e.Rule = rule
	v, err := audit.NewVerdict(state, "", kind, &e)
	if err != nil {
		return audit.UnknownFor(audit.ReasonInternal)
	}
	return v
}
