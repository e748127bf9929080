package platform

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

const xPlatform audit.Platform = "x"

// What X asks for, in millionths of a US dollar: a post that is read, and a user.
const (
	xPostPrice = 5_000
	xUserPrice = 10_000
	xPosts     = 10
	xReplies   = 50
)

// X asks the paid X API. It is asked nothing unless the operator names what may be spent in a month.
func X() crawler.Platform {
	return crawler.Platform{
		Name: xPlatform, Lanes: []string{"x.com", "twitter.com"},
		CannotSee: "X tells who may reply to each post; it has no setting by which nobody may, and does not show which replies were hidden or who was blocked.",
		NextStep:  "Whoever runs doorknock can buy access and name a key and a cap under platforms.x.",
		Interface: crawler.Interface{Origin: "https://api.x.com", Version: "2", Gap: time.Second, Budget: 3_000, Heed: heedX},
		Source: crawler.Source{
			Asks:   "The account, its ten newest posts with who may reply, and of those with replies the last seven days' replies, fifty at most.",
			Costs:  "X is paid by what is read: 0.5 US cents a post and 1 cent an account. One look costs 6 cents, and up to 25 cents more for each post whose replies are read. platforms.x.cap is what may be spent in a calendar month; without it nothing is asked.",
			Never:  "Posts are not kept longer than 30 days, and not used to watch single people.",
			Access: "A developer account at X with pay per use, an app, and its bearer token. Look every week at most: set crawl.interval with the bill in mind.",
		},
		Plan: func(j audit.Job, s crawler.Settings) crawler.Plan {
			path := pathOf(j.Channel.URL)
			key, _ := keyFor(s, xPlatform, "")
			switch {
			case len(path) == 0:
				return silent(j, s, audit.ReasonNotFound)
			case key == "":
				return silent(j, s, audit.ReasonNoAccess)
			case s.Interface.Cap == 0:
				return silent(j, s, audit.ReasonRateLimited)
			}
			c := calls(j, s, key, audit.AppToken, xSteps)
			c.start = []crawler.Request{c.priced("user", c.x("users/by/username/"+url.PathEscape(strings.TrimPrefix(path[0], "@"))), nil, 1, xUserPrice)}
			c.start[0].Call.Most += xPosts * xPostPrice // a look that could not be finished is not begun
			return c
		},
	}
}

func (c *caller) x(path string) string { return "/" + c.s.Interface.Version + "/" + path }

// priced is a call that costs by the rows that it brings, at most so many.
func (c *caller) priced(step, path string, query url.Values, most int, price int64) crawler.Request {
	r := c.call(step, path, query)
	r.Call = &crawler.Call{Most: int64(most) * price, Cost: func(body []byte) int64 { return int64(xRows(body)) * price }}
	return r
}

// xRows counts what an answer charges for: the rows of its data.
func xRows(body []byte) int {
	root, err := readTree(body)
	switch data := root.get("data"); {
	case err != nil || data == nil:
		return 0
	case root.isList("data"):
		return len(data.list)
	}
	return 1
}

const xFields = "created_at,author_id,conversation_id,public_metrics,reply_settings,attachments"

func xSteps(c *caller, r reply) (next []crawler.Request) {
	if r.said { // a protected account: an answer, though it comes as an error
		c.say(r, replies, c.job.Channel.URL, r.facet(replies).Verdict, nil, nil)
	}
	if !r.read {
		return c.stop(r)
	}
	switch r.step {
	case "user":
		id := r.root.text("data", "id")
		if !digits(id) {
			return c.stop(r)
		}
		c.found["id"] = id
		c.bears(r, r.root.get("data", "name"))
		return []crawler.Request{c.priced("posts", c.x("users/"+id+"/tweets"), url.Values{"max_results": {"10"}, "exclude": {"retweets,replies"}, "tweet.fields": {xFields}}, xPosts, xPostPrice)}
	case "posts":
		var list []dated
		for _, p := range r.root.rows("data") {
			list = append(list, dated{p.get("created_at"), p.text("text"), ""})
		}
		c.latest(r, list, true)
		f := r.facet(replies)
		for _, p := range f.Posts[:min(len(f.Posts), recentPosts)] {
			post := c.post("https://x.com/i/status/"+p.ID, c.xText(r, p.ID), p.Created)
			c.say(r, replies, post.URL, p.verdict, nil, p.Count)
			if p.Count != nil && *p.Count > 0 && digits(p.ID) {
				q := c.priced("replies", c.x("tweets/search/recent"), url.Values{"query": {"conversation_id:" + p.ID}, "max_results": {"50"}, "tweet.fields": {xFields + ",in_reply_to_user_id,referenced_tweets"}}, xReplies, xPostPrice)
				q.Post = c.under(post, "", "", nil).Post
				next = append(next, q)
			}
		}
	case "replies":
		for _, row := range r.root.rows("data") {
			c.xReply(r.of, row)
		}
	}
	return next
}

func (c *caller) xText(r reply, id string) string {
	for _, p := range r.root.rows("data") {
		if p.text("id") == id {
			return p.text("text")
		}
	}
	return ""
}

func (c *caller) xReply(post audit.Post, row *node) {
	who, by, parent := row.text("author_id"), audit.AuthorUnknown, ""
	switch {
	case who != "" && who == c.found["id"]:
		by = audit.AuthorOrganisation
	case who != "":
		by = audit.AuthorPublic
	}
	for _, key := range [...]string{"referenced_tweets", "referenced_posts"} {
		for _, of := range row.rows(key) {
			if of.text("type") == "replied_to" && !strings.HasSuffix(post.URL, "/"+of.text("id")) {
				parent = of.text("id")
			}
		}
	}
	c.hear(post, toldComment{id: row.text("id"), parent: parent, by: by, at: row.when("created_at"), text: tidy(row.text("text"))},
		"https://x.com/i/status/"+row.text("id"), who)
}

// heedX reads X's headers of what is left, and its problems: money or access that is used up ends the day's calls.
func heedX(status int, h http.Header, body []byte, now time.Time) crawler.Advice {
	switch {
	case status == http.StatusUnauthorized:
		return refusedKey("401")
	case status == http.StatusForbidden && strings.Contains(string(body[:min(len(body), 2000)]), "/client-forbidden"):
		return refusedKey("client-forbidden")
	case status == http.StatusTooManyRequests && strings.Contains(string(body[:min(len(body), 2000)]), "/usage-capped"):
		return crawler.Advice{Rest: tomorrow, Reason: audit.ReasonRateLimited, Said: "usage-capped"}
	}
	if rest := heedReset(h, now, "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset"); rest > 0 {
		return crawler.Advice{Rest: rest, Reason: audit.ReasonRateLimited, Said: "limit used up"}
	}
	return restFor(status, h, now)
}
