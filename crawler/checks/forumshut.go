package checks

import (
	"slices"
	"strings"

	"doorknock/audit"
	"doorknock/crawler"
)

// openOrShut is for a page that a forum's software made.
func openOrShut(p *crawler.Page, b board, at sign) crawler.Look {
	if post := p.Answer.Request.Post; post != nil && post.StatusMark != nil && post.StatusMark.Path == loginRequired {
		return crawler.Look{State: audit.Restricted, Kind: audit.KindLogin, Rule: ruleLoginRequired, Mark: at.node, Needle: at.needle, System: b.system, Beside: []string{post.StatusMark.Capture}}
	}
	if countedThreads(p) == nil {
		if l := shutForum(p, forumReads); l.State == audit.Restricted {
			l.System = b.system
			return l
		}
	}
	return crawler.Look{State: audit.Open, Rule: "forum-software", Mark: at.node, Needle: at.needle, System: b.system}
}

// loginRequired is where Discourse's interface says that one has to log in to read anything.
const (
	loginRequired     = "$.login_required"
	ruleLoginRequired = "forum-login-required"
)

// foldForum is foldSite, but that what a forum says of the whole of itself needs no other page: there is none to be read.
func foldForum(f crawler.Folding) []audit.Finding {
	if slices.ContainsFunc(f.Readings, func(r audit.Reading) bool {
		e := r.Verdict.Evidence()
		return e != nil && e.Rule == ruleLoginRequired
	}) {
		f.Coverage.Complete = true
	}
	return foldSite(f)
}

// What a sentence asks to log in for: to read a forum, or to do anything there.
var (
	forumReads = []string{"view", "read", "see ", "access", "enter", "browse", "visit", "gweld", "darllen"}
	forumUses  = append([]string{"join", "use ", "take part", "post", "reply", "ymuno", "defnyddio"}, forumReads...)
)

var (
	asksLogin     = []string{"log in", "login", "logged in", "logged-in", "sign in", "signed in", "mewngofnodi", "mewngofnodwch"}
	membersForums = []string{
		"members-only forum", "members only forum", "forum is for members only", "forum is for registered", "forum is only for members", "forum is only for registered",
		"forum is only open to members", "forum is only open to registered", "forum is open to members only", "forum is open only to members", "forum is open to registered members only",
		"fforwm i aelodau yn unig",
	}
)

// shutStems are the stems of which one must stand in the text of a page whose content is looked through.
var shutStems = slices.Concat(asksLogin, membersForums)

// longestSentence is how long a sentence may be by which a place says who is let in, in bytes; what is longer is a story.
const longestSentence = 200

// shutForum gives the block of a page's own content that says whom its forum lets in. News tells of a forum, and a block that
// links another site speaks of what is there.
func shutForum(p *crawler.Page, uses []string) crawler.Look {
	if !speaksOf(p, forumStems) || !p.SaysAny(textSigns, shutStems) || isNews(p) || toldOnADay(p) {
		return crawler.Look{}
	}
	c := contentOf(p)
	for i, b := range c.blocks {
		if !stemIn(b.lower, forumStems) || c.linksAway(p, i) {
			continue
		}
		for _, s := range sentences(b) {
			switch {
			case len(s) > longestSentence || denies(s) || stemIn(s, []string{"no need", "don't need", "without"}):
			case asksToLogIn(s, uses):
				return crawler.Look{State: audit.Restricted, Kind: audit.KindLogin, Rule: "forum-log-in", Mark: b.n}
			case stemIn(s, membersForums):
				return crawler.Look{State: audit.Restricted, Kind: audit.KindMembers, Rule: "forum-for-members", Mark: b.n}
			}
		}
	}
	return crawler.Look{}
}

// asksToLogIn reports whether a sentence asks to log in, and behind that names what one may then do, and the forum.
func asksToLogIn(sentence string, uses []string) bool {
	for _, ask := range asksLogin {
		_, then, asked := strings.Cut(sentence, ask)
		to, place := firstIn(then, uses), firstIn(then, forumStems)
		if asked && to >= 0 && place > to && strings.Contains(then[:to+1], " ") {
			return true
		}
	}
	return false
}

// firstIn gives where the first of the stems stands in a text, -1 for none.
func firstIn(text string, stems []string) int {
	first := -1
	for _, stem := range stems {
		if i := strings.Index(text, stem); i >= 0 && (first < 0 || i < first) {
			first = i
		}
	}
	return first
}

// linksAway reports whether a block of the content holds a link to another site.
func (c content) linksAway(p *crawler.Page, block int) bool {
	return slices.ContainsFunc(c.links, func(l contentLink) bool {
		u, ok := p.Resolve(crawler.Attr(l.n, "href"))
		return l.block == block && ok && u.Hostname() != "" && !p.OwnSite(u)
	})
}
