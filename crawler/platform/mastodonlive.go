package platform

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

const mastodon audit.Platform = "mastodon"

// Mastodon asks the server that an account lives on, by its public interface.
func Mastodon() crawler.Platform {
	return crawler.Platform{
		Name: mastodon, Lanes: []string{"mastodon.social", "mastodon.online", "mastodon.scot", "toot.wales", "mstdn.social"}, Anonymous: true,
		CannotSee: "Mastodon has no switch for replies: a public post can always be answered; how many answers there are, a server knows only of those that reached it.",
		NextStep:  "Nothing to do: the next look comes by itself.",
		Interface: crawler.Interface{Gap: time.Second, Budget: 5_000, Heed: heedMastodon},
		Source: crawler.Source{
			Asks:   "The account, its twenty newest posts, and the answers to ten of them.",
			Costs:  "Nothing: no key, no money. About twelve calls for one look at one account; a server allows 300 in five minutes.",
			Never:  "Only public posts are asked for, and only what a server tells everybody.",
			Access: "Nobody needs to ask, unless a server demands that one signs in: then the answer is unknown.",
		},
		Plan: func(j audit.Job, s crawler.Settings) crawler.Plan {
			path := pathOf(j.Channel.URL)
			u, err := url.Parse(j.Channel.URL)
			if err != nil || len(path) == 0 || !strings.HasPrefix(path[0], "@") {
				return silent(j, s, audit.ReasonNotFound)
			}
			if s.Interface.Origin == "" {
				s.Interface.Origin = u.Scheme + "://" + u.Host
			}
			c := calls(j, s, "", audit.Anonymous, mastodonSteps)
			c.start = []crawler.Request{c.call("account", "/api/v1/accounts/lookup", url.Values{"acct": {strings.TrimPrefix(path[0], "@")}})}
			return c
		},
	}
}

func mastodonSteps(c *caller, r reply) (next []crawler.Request) {
	switch {
	case !r.read:
		return c.stop(r)
	case r.step == "account":
		id := r.root.text("id")
		if id == "" || !digits(id) && len(id) > 40 {
			c.why = audit.ReasonParseChanged
			return nil
		}
		c.found["id"] = id
		c.bears(r, r.root.get("display_name"))
		return []crawler.Request{c.call("posts", "/api/v1/accounts/"+url.PathEscape(id)+"/statuses", url.Values{"exclude_reblogs": {"true"}, "exclude_replies": {"true"}, "limit": {"20"}})}
	case r.step == "posts":
		var list []dated
		for _, x := range r.root.rows() {
			if x.get("reblog") == nil {
				list = append(list, dated{x.get("created_at"), words(x.text("content")), ""})
			}
		}
		c.latest(r, list, true)
		for _, x := range r.root.rows() {
			if x.get("reblog") != nil || x.text("url") == "" || len(next) == recentPosts {
				continue
			}
			made := status(x)
			post := c.post(x.text("url"), words(x.text("content")), made.post.Created)
			c.say(r, replies, post.URL, made.verdict, nil, made.post.Count)
			if n := made.post.Count; n != nil && *n > 0 {
				next = append(next, c.under(post, "context", "/api/v1/statuses/"+url.PathEscape(x.text("id"))+"/context", nil))
			}
		}
	case r.step == "context":
		for _, x := range r.root.rows("descendants") {
			who, by := x.text("account", "id"), audit.AuthorPublic
			if who == "" || x.text("visibility") != "public" && x.text("visibility") != "unlisted" {
				continue
			}
			if who == c.found["id"] {
				by = audit.AuthorOrganisation
			}
			c.hear(r.of, toldComment{id: x.text("id"), parent: x.text("in_reply_to_id"), by: by, at: x.when("created_at"), text: words(x.text("content"))}, x.text("url"), who)
		}
	}
	return next
}

func heedMastodon(status int, h http.Header, _ []byte, now time.Time) crawler.Advice {
	if rest := heedReset(h, now, "X-Ratelimit-Remaining", "X-Ratelimit-Reset"); rest > 0 {
		return crawler.Advice{Rest: rest, Reason: audit.ReasonRateLimited, Said: "limit used up"}
	}
	return restFor(status, h, now)
}
