package checks

import (
	"doorknock/audit"
	"doorknock/crawler"
)

// weighTold adds what the interface of a system other than WordPress's says of the post. The page has to show that very
// system and nothing that contradicts: a closed field beside a form is not closed. Drupal's and Discourse's own pages need
// not name the system where they print nothing of it; one that lies on a server of its own has its container in the page.
// Drupal's "open" says nothing of who may write, which its page tells.
func weighTold(p *crawler.Page, l crawler.Look, post *audit.PostFacts) crawler.Look {
	own := post.System == "drupal" || post.System == "discourse"
	silent := l.System == "" || l.System == "none"
	if l.System != post.System && (!own || !silent) || post.System == "drupal" && post.CommentStatus == "open" {
		return l
	}
	closed := post.CommentStatus == "closed"
	switch {
	case own && closed && (l.State != audit.Unknown || showsWay(p) || drawnElsewhere(p)):
		return crawler.Look{Reason: audit.ReasonNoMarker, System: post.System}
	case l.State != audit.Unknown:
		return l
	case own && closed:
		if n, s := p.Drawer("comments"); n != nil {
			return crawler.Look{Reason: audit.ReasonNeedsJS, System: s.Name}
		}
	}
	said := crawler.Look{Facts: post.StatusMark, System: post.System}
	switch post.CommentStatus {
	case "closed":
		said.State, said.Rule = audit.Closed, post.System+"-told-closed"
	case "login":
		said.State, said.Kind, said.Rule = audit.Restricted, audit.KindLogin, post.System+"-told-members"
	case "open":
		said.State, said.Rule = audit.Open, post.System+"-told-open"
	default:
		return l
	}
	return said
}
