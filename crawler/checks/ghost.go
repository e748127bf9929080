package checks

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// seeGhost reads the setting that Ghost prints with its comments: "all" for everybody who has joined, "paid" for those who
// pay. It prints neither setting nor script where comments are off, and none on a post that its reader may not read.
func seeGhost(p *crawler.Page) []crawler.Look {
	for _, n := range p.Tag("script") {
		if crawler.Attr(n, "data-ghost-comments") == "" || inTemplate(n.Parent) {
			continue
		}
		switch set := crawler.Attr(n, "data-comments-enabled"); set {
		case "all", "paid":
			l := crawler.Look{State: audit.Restricted, Kind: audit.KindMembers, Rule: "ghost-members", Mark: n}
			if said := `data-comments-enabled="` + set + `"`; strings.Count(p.Source(), said) == 1 {
				l.Mark, l.Needle = nil, said
			}
			return []crawler.Look{l}
		}
	}
	return nil
}

// nodeBBPart gives the first visible element that NodeBB names so on the page of a topic.
func nodeBBPart(p *crawler.Page, want func(component string, n *html.Node) bool) *html.Node {
	topic := false
	var found *html.Node
	for _, n := range p.Elements() {
		component := crawler.Attr(n, "component")
		topic = topic || component == "topic"
		if found == nil && !p.Hidden(n) && want(component, n) {
			found = n
		}
	}
	if !topic {
		return nil
	}
	return found
}

// nodeBBLocked gives the lock in a topic's head, which is hidden by one class while one may write there: a lock with a class
// that we do not know may be a hidden one, spelt otherwise. Beside a button to reply it says nothing, and nor does the button.
func nodeBBLocked(p *crawler.Page) *html.Node {
	n := nodeBBLock(p)
	if n == nil || nodeBBButton(p) != nil || slices.ContainsFunc(names(n), func(name string) bool { return !lockClasses[name] }) {
		return nil
	}
	return n
}

func nodeBBLock(p *crawler.Page) *html.Node {
	return nodeBBPart(p, func(component string, n *html.Node) bool {
		return component == "topic/locked" || hasName(n, "fa-lock") && componentAround(n) == "post/header"
	})
}

func nodeBBButton(p *crawler.Page) *html.Node {
	return nodeBBPart(p, func(component string, _ *html.Node) bool { return component == "topic/reply" })
}

var lockClasses = map[string]bool{"pull-left": true, "fa": true, "fa-fw": true, "fa-lock": true}

func componentAround(n *html.Node) string {
	for e := n.Parent; e != nil; e = e.Parent {
		if c := crawler.Attr(e, "component"); c != "" {
			return c
		}
	}
	return ""
}

// nodeBBForm gives the button to reply as one sees it who has not signed in: others may see it because they may.
func nodeBBForm(p *crawler.Page) *html.Node {
	if p.ID("logged-out-menu") == nil || p.ID("logged-in-menu") != nil || nodeBBLock(p) != nil || nodeBBLogin(p) != nil {
		return nil
	}
	return nodeBBButton(p)
}

// nodeBBLogin gives the link that invites those without an account to sign in and reply.
func nodeBBLogin(p *crawler.Page) *html.Node {
	return nodeBBPart(p, func(component string, n *html.Node) bool { return component == "topic/reply/guest" && n.Data == "a" })
}
