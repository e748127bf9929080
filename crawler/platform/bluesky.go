package platform

import (
	"strings"

	"doorknock/audit"
)

// readBluesky reads an answer of Bluesky's public interface. Who may reply stands on the root post of a thread alone, in
// its threadgate: none, or one without a list of those allowed, is for everybody; an empty list is for nobody.
// `viewer.replyDisabled` speaks of the caller and is not looked at.
func readBluesky(a *answer) {
	r, f := a.root, a.facet(replies)
	switch {
	case r.isList("feed"):
		a.blueskyFeed(r.rows("feed"))
	case r.isList("posts"):
		f.posts(blueskyPosts(r.rows("posts")))
	case r.isList("thread"):
		a.flatThread(r.rows("thread"))
	case r.get("thread") != nil:
		a.thread(r.get("thread"))
	case r.text("record", "$type") == "app.bsky.feed.threadgate":
		f.Verdict = gateVerdict(r, nil)
	case r.get("did") != nil && r.get("handle") != nil: // a profile
	default:
		a.unread()
	}
}

// blueskyFeed lists the account's own posts; what it only reposts is somebody else's. A row of another form may be a post
// too, so that nothing can be said of all.
func (a *answer) blueskyFeed(rows []*node) {
	var own []*node
	for _, item := range rows {
		switch {
		case item.get("post", "uri") == nil:
			a.unread()
			return
		case item.get("reason") == nil:
			own = append(own, item.get("post"))
		}
	}
	a.facet(replies).posts(blueskyPosts(own))
}

func blueskyPosts(rows []*node) []judged {
	var all []judged
	for _, p := range rows {
		all = append(all, blueskyPost(p))
	}
	return all
}

// blueskyPost is one post. A reply bears no gate of its own: its thread's root has it.
func blueskyPost(p *node) judged {
	kind := strings.TrimSuffix(strings.TrimPrefix(p.text("embed", "$type"), "app.bsky.embed."), "#view")
	j := unsaid(RecordedPost{ID: p.text("uri"), Count: p.count("replyCount"), Created: p.when("record", "createdAt"), Type: kind})
	if p.get("uri") != nil && p.get("record") != nil && p.get("record", "reply") == nil {
		j.verdict = gateVerdict(p.get("threadgate"), p.get("uri"))
	}
	return j
}

// gateVerdict reads a threadgate; post is the value that stands for a root post without one.
func gateVerdict(gate, post *node) audit.Verdict {
	record := gate.get("record")
	switch allow := record.get("allow"); {
	case gate == nil && post != nil:
		return post.verdict(audit.Open, "", "bsky-no-gate")
	case record == nil:
		return audit.UnknownFor(audit.ReasonParseChanged)
	case record.keys["allow"] == nil:
		return record.get("$type").orItself(record).verdict(audit.Open, "", "bsky-gate-open")
	case allow == nil || allow.raw[0] != '[':
		return audit.UnknownFor(audit.ReasonParseChanged)
	case len(allow.list) == 0:
		return allow.verdict(audit.Closed, "", "bsky-gate-nobody")
	default:
		rule := allow.list[0].get("$type")
		kind := audit.KindMembers
		if strings.Contains(rule.text(), "follow") {
			kind = audit.KindFollowers
		}
		return rule.orItself(allow.list[0]).verdict(audit.Restricted, kind, "bsky-gate-some")
	}
}

// thread reads a thread that is a tree. The root is asked, be it the post that was asked for or one of those above it.
func (a *answer) thread(t *node) {
	f := a.facet(replies)
	root := t
	for root.get("parent", "post") != nil {
		root = root.get("parent")
	}
	post := root.get("post")
	if post == nil { // not found, blocked
		f.Verdict = audit.UnknownFor(audit.ReasonNotFound)
		if b, _ := t.flag("blocked"); b {
			f.Verdict = audit.UnknownFor(audit.ReasonNoAccess)
		}
		return
	}
	f.posts([]judged{blueskyPost(post)})
	if root != t {
		return // only one branch of the thread is here
	}
	owner := post.text("author", "did")
	own, whole := branch(t, owner)
	f.Count = new(len(t.rows("replies")))
	f.replied(own, whole)
}

// branch looks below a post for the owner's replies to others, and whether every reply is there. What the owner writes
// below a post of its own goes on with it and answers nobody.
func branch(t *node, owner string) (own, whole bool) {
	shown := t.rows("replies")
	claimed := t.count("post", "replyCount")
	whole = claimed != nil && *claimed == len(shown)
	for _, r := range shown {
		mine := r.text("post", "author", "did") == owner && t.text("post", "author", "did") != owner
		below, all := branch(r, owner)
		own, whole = own || mine || below, whole && all
	}
	return own, whole
}

// flatThread reads a thread that is a list of posts with their depth. Whom a reply answers is told by its parent's address.
func (a *answer) flatThread(rows []*node) {
	f := a.facet(replies)
	var root *node
	authors := map[string]string{} // of posts, by address
	for _, r := range rows {
		post := r.get("value", "post")
		authors[post.text("uri")] = post.text("author", "did")
		if post != nil && post.get("record", "reply") == nil {
			root = post
		}
	}
	if root == nil {
		return
	}
	f.posts([]judged{blueskyPost(root)})
	shown, own, owner := 0, false, root.text("author", "did")
	for _, r := range rows {
		reply := r.get("value", "post", "record", "reply")
		if reply == nil {
			continue
		}
		shown++
		to := authors[reply.text("parent", "uri")]
		own = own || (r.text("value", "post", "author", "did") == owner && to != "" && to != owner)
	}
	f.Count = new(shown)
	f.replied(own, false)
}

// blueskyErrors are the names of errors that say more than their status.
var blueskyErrors = map[string]audit.Reason{
	"NotFound": audit.ReasonNotFound, "RateLimitExceeded": audit.ReasonRateLimited, "BlockedActor": audit.ReasonNoAccess, "BlockedByActor": audit.ReasonNoAccess,
	"AuthMissing": audit.ReasonNoAccess, "AuthenticationRequired": audit.ReasonNoAccess, "InvalidToken": audit.ReasonNoAccess, "ExpiredToken": audit.ReasonNoAccess,
	"AccountTakedown": audit.ReasonGone, "AccountDeactivated": audit.ReasonGone, "UpstreamFailure": audit.ReasonServerError, "InternalServerError": audit.ReasonServerError,
	"InvalidRequest": audit.ReasonInternal, "MethodNotImplemented": audit.ReasonAPIDeprecated, "XRPCNotSupported": audit.ReasonAPIDeprecated,
}

func blueskyError(a *answer) audit.Reason {
	name := a.root.text("error")
	if name == "" {
		return ""
	}
	if message := strings.ToLower(a.root.text("message")); name == "InvalidRequest" && strings.Contains(message, "not found") {
		return audit.ReasonNotFound
	}
	if r := blueskyErrors[name]; r != "" {
		return r
	}
	if r := callFailed(a.status); r != "" {
		return r
	}
	return audit.ReasonParseChanged
}
