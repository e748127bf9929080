package checks

import (
	"doorknock/audit"
	"doorknock/crawler"
)

// VisitorPosts asks whether a visitor may write a post of their own on the organisation's page.
func VisitorPosts() crawler.Check {
	return crawler.Check{
		ID:    "visitor_posts",
		Title: "May visitors post on the page?",
		Why:   "Where visitors may post, a tenant can begin a conversation and need not wait for one.",
		Basis: "practice, in the Door: whether one can begin a conversation",
		Rule: "Facebook forbids robots to read its pages and tells a stranger's program nothing of this setting, so an anonymous look is unknown. " +
			"A saved page does not say it either: the page's own token does (its setting USERS_CAN_POST: open, closed, or restricted to posts that are approved first), and people who look do. " +
			"Through an app's token a visitor's post of the last 30 days shows that visitors could post then; that there is none shows nothing.",
		Version: 1,
		Door:    true,
		On:      []audit.Platform{audit.Facebook},
		Never:   []audit.State{audit.Absent},
		Site:    true,
		Look:    facebookVisitorPosts,
		Fold:    foldSettings,
	}
}
