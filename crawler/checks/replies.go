package checks

import (
	"doorknock/audit"
	"doorknock/crawler"
)

// Replies asks whether people may reply to what the organisation posts, on platforms whose comments are replies.
func Replies() crawler.Check {
	return crawler.Check{
		ID:    "replies",
		Title: "May people reply to posts?",
		Why:   "An account that nobody may answer is a notice board.",
		Basis: "practice, in the Door: whether one can talk back",
		Rule: "What the platform's interface says of each of the newest posts: Bluesky's threadgate, X's reply settings, Threads' audience. On Mastodon nobody can switch replies " +
			"off, so that a public post is open. Where some posts are open and others not, it is restricted to some posts. An account is closed only where two posts are and none is open; " +
			"one that lets only some people reply is restricted.",
		Version: 1,
		Door:    true,
		On:      []audit.Platform{"bluesky", "mastodon", "threads", "x"},
		Never:   []audit.State{audit.Absent},
		Look:    lookReplies,
		Fold:    foldComments,
	}
}

// lookReplies is for a page, which no platform makes to say who may reply: Facebook's data says of a post whether comments are off, and
// that is another question.
func lookReplies(p *crawler.Page) crawler.Look {
	if onFacebook(p) {
		return facebookVisitorPosts(p)
	}
	return crawler.Look{}
}
