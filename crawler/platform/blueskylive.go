package platform

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

const bluesky audit.Platform = "bluesky"

// Bluesky asks Bluesky's public interface, which needs no key and says of every post who may reply.
func Bluesky() crawler.Platform {
	return crawler.Platform{
		Name: bluesky, Lanes: []string{"bsky.app"}, Anonymous: true,
		CannotSee: "Bluesky tells exactly who may reply to each post, and which replies the author hid; it does not tell who was blocked.",
		NextStep:  "Nothing to do: the next look comes by itself.",
		Interface: crawler.Interface{Origin: "https://public.api.bsky.app", Gap: 500 * time.Millisecond, Budget: 20_000, Heed: heedBluesky},
		Source: crawler.Source{
			Asks:   "The account's thirty newest posts with their gates, and the threads under ten of them.",
			Costs:  "Nothing: no key, no money. About ten calls for one look at one account.",
			Never:  "Posts of people who ask not to be shown to those who are not signed in are not kept.",
			Access: "Nobody needs to ask: the interface is public. doorknock keeps its robots.txt and its limits.",
		},
		Plan: func(j audit.Job, s crawler.Settings) crawler.Plan {
			actor := blueskyActor(pathOf(j.Channel.URL))
			if actor == "" {
				return silent(j, s, audit.ReasonNotFound)
			}
			c := calls(j, s, "", audit.Anonymous, blueskySteps)
			c.start = []crawler.Request{c.call("profile", "/xrpc/app.bsky.actor.getProfile", url.Values{"actor": {actor}}),
				c.call("feed", "/xrpc/app.bsky.feed.getAuthorFeed", url.Values{"actor": {actor}, "limit": {"30"}, "filter": {"posts_no_replies"}})}
			return c
		},
	}
}

// blueskyActor is the handle or id in the address of a profile.
func blueskyActor(path []string) string {
	if len(path) < 2 || path[0] != "profile" {
		return ""
	}
	actor, err := url.PathUnescape(path[1])
	if err != nil {
		return ""
	}
	return actor
}

func blueskySteps(c *caller, r reply) (next []crawler.Request) {
	switch {
	case !r.read:
		return c.stop(r)
	case r.step == "profile":
		c.bears(r, r.root.get("displayName"))
	case r.step == "feed":
		var list []dated
		for _, x := range r.root.rows("feed") {
			if x.get("reason") == nil { // else somebody else's, or one that is pinned above newer ones
				list = append(list, dated{x.get("post", "record", "createdAt"), x.text("post", "record", "text"), ""})
			}
		}
		c.latest(r, list, true)
		for _, f := range r.facet(replies).Posts[:min(len(r.facet(replies).Posts), recentPosts)] {
			post := c.post(blueskyAddress(f.ID), c.blueskyText(r, f.ID), f.Created)
			c.say(r, replies, post.URL, f.verdict, nil, f.Count)
			if f.Count != nil && *f.Count > 0 {
				next = append(next, c.under(post, "thread", "/xrpc/app.bsky.feed.getPostThread", url.Values{"uri": {f.ID}, "depth": {"6"}, "parentHeight": {"0"}}))
			}
		}
	case r.step == "thread":
		t := r.root.get("thread")
		if f := r.facet(replies); len(f.Posts) > 0 {
			c.say(r, replies, r.of.URL, f.Posts[0].verdict, f.Count, f.Posts[0].Count)
		}
		hidden := map[string]bool{}
		if gate := t.get("post", "threadgate", "record", "hiddenReplies"); gate != nil {
			for _, h := range gate.list {
				hidden[h.text()] = true
			}
		}
		c.blueskyBranch(r.of, t, t.text("post", "author", "did"), "", hidden)
	}
	return next
}

// blueskyText is the text of a post of the feed.
func (c *caller) blueskyText(r reply, uri string) string {
	for _, x := range r.root.rows("feed") {
		if x.text("post", "uri") == uri {
			return x.text("post", "record", "text")
		}
	}
	return ""
}

// blueskyAddress is where people read a post: at://did/app.bsky.feed.post/key is bsky.app/profile/did/post/key.
func blueskyAddress(uri string) string {
	parts := strings.Split(strings.TrimPrefix(uri, "at://"), "/")
	if len(parts) != 3 {
		return uri
	}
	return "https://bsky.app/profile/" + parts[0] + "/post/" + parts[2]
}

// blueskyBranch takes the replies below a post. Whoever does not want to be shown to strangers is left out.
func (c *caller) blueskyBranch(post audit.Post, t *node, owner, parent string, hidden map[string]bool) {
	for _, x := range t.rows("replies") {
		uri, who := x.text("post", "uri"), x.text("post", "author", "did")
		if uri == "" || who == "" || shy(x.get("post", "author")) {
			continue
		}
		by := audit.AuthorPublic
		if who == owner {
			by = audit.AuthorOrganisation
		}
		c.hear(post, toldComment{id: uri, parent: parent, by: by, at: x.when("post", "record", "createdAt"), text: tidy(x.text("post", "record", "text")), hidden: hidden[uri]},
			blueskyAddress(uri), who)
		c.blueskyBranch(post, x, owner, uri, hidden)
	}
}

// shy reports whether an account asks not to be shown to those who are not signed in.
func shy(author *node) bool {
	for _, l := range author.rows("labels") {
		if l.text("val") == "!no-unauthenticated" {
			return true
		}
	}
	return false
}

func heedBluesky(status int, h http.Header, _ []byte, now time.Time) crawler.Advice {
	if rest := heedReset(h, now, "Ratelimit-Remaining", "Ratelimit-Reset"); rest > 0 {
		return crawler.Advice{Rest: rest, Reason: audit.ReasonRateLimited, Said: "limit used up"}
	}
	return restFor(status, h, now)
}
