package checks

import (
	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// Forum asks whether the site has a place where residents talk to each other.
func Forum() crawler.Check {
	return crawler.Check{
		ID:    "forum",
		Title: "Is there a residents' forum?",
		Why:   "A contact centre is no replacement for dialogue between residents.",
		Basis: "practice, in the Door: whether residents can talk with each other",
		Rule: "Open where a page of the site is part of a forum: told by its software's own marks, by posts marked up as a discussion's, or by a list " +
			"whose columns count replies and views, or topics and posts. Restricted (login) where a sentence of the page itself, in its own content and not in its news, " +
			"asks to log in to see or use the forum, or where Discourse's interface says so of the whole of it; (members) where it says that the forum is for members " +
			"or registered people only. Of a page that a forum's software made only a sentence on who may read it counts. " +
			"A link to a forum elsewhere, to a platform for engagement, to a group of a network or to a host of the site's own name that is named for talk, whatever " +
			"its words are, a frame of a host that is named for talk, a part that is loaded later, or the word in a menu, is not one, and no absence either.",
		Version: 6,
		Door:    true,
		On:      []audit.Platform{audit.Web},
		Site:    true,
		Words:   []string{"forum", "community", "discussion", "message board", "fforwm", "cymuned"},
		Look:    lookForum,
		Fold:    foldForum,
	}
}

var forumStems = []string{"forum", "fforwm", "message board"}

func lookForum(p *crawler.Page) crawler.Look {
	b, at, ok := boardOf(p)
	if ok {
		return openOrShut(p, b, at)
	}
	if n, s := p.Drawer("forum"); n != nil {
		return crawler.Look{Reason: audit.ReasonNeedsJS, System: s.Name}
	}
	if leadsElsewhere(p, forumStems) || linksTalkPlace(p) {
		return crawler.Look{Reason: audit.ReasonThirdParty} // not seen open, and not absent either
	}
	if l := shutForum(p, forumUses); l.State == audit.Restricted {
		return l
	}
	if speaksOf(p, boardNames) || countedRow(p, func(*html.Node) bool { return true }) != nil {
		return crawler.Look{Reason: audit.ReasonNoMarker} // a part of a forum's page that is not whole
	}
	return quietIfWhole(p, forumStems)
}
