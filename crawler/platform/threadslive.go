package platform

import (
	"net/url"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

const threadsPlatform audit.Platform = "threads"

// Threads asks Meta's Threads API with the account's own token.
func Threads() crawler.Platform {
	return crawler.Platform{
		Name: threadsPlatform, Lanes: []string{"threads.net", "threads.com"},
		CannotSee: "Threads tells only the account's own people who may reply; of other accounts nothing is told to a program.",
		NextStep:  "You can look: open the newest posts and see whether you may reply. Your account? Connect it.",
		Interface: crawler.Interface{Origin: "https://graph.threads.net", Version: "v1.0", Gap: 500 * time.Millisecond, Budget: 4000, Heed: heedGraph},
		Source: crawler.Source{
			Asks:   "The account's own newest posts with who may reply, and the replies to ten of them.",
			Costs:  "No money. About twelve calls for one look.",
			Never:  "Replies are not kept longer than 30 days, their authors only as pseudonyms.",
			Access: "An app with the Threads use case, and a token of the account with threads_basic and threads_read_replies; a line \"account token\" in the file.",
		},
		Plan: func(j audit.Job, s crawler.Settings) crawler.Plan {
			path := pathOf(j.Channel.URL)
			if len(path) == 0 {
				return silent(j, s, audit.ReasonNotFound)
			}
			key, own := keyFor(s, threadsPlatform, path[0])
			if !own {
				return silent(j, s, audit.ReasonNoAccess)
			}
			c := calls(j, s, key, audit.PageToken, threadsSteps)
			c.start = []crawler.Request{c.call("me", c.graph("me"), url.Values{"fields": {"id,username,name"}})}
			return c
		},
	}
}

func threadsSteps(c *caller, r reply) (next []crawler.Request) {
	if !r.read {
		return c.stop(r)
	}
	switch r.step {
	case "me":
		if r.root.text("id") == "" || accountKey(r.root.text("username")) != accountKey(pathOf(c.job.Channel.URL)[0]) {
			c.why = audit.ReasonNoAccess // a token of another account
			return nil
		}
		c.found["name"] = r.root.text("username")
		c.bears(r, r.root.get("name"))
		return []crawler.Request{c.call("posts", c.graph("me/threads"), url.Values{"limit": {"10"}, "fields": {"id,text,permalink,timestamp,media_type,has_replies,reply_audience"}})}
	case "posts":
		var list []dated
		for _, p := range r.root.rows("data") {
			list = append(list, dated{p.get("timestamp"), p.text("text"), ""})
		}
		c.latest(r, list, true)
		for _, p := range r.root.rows("data") {
			if p.text("permalink") == "" || p.text("id") == "" {
				continue
			}
			made := threadsPost(p)
			post := c.post(p.text("permalink"), p.text("text"), made.post.Created)
			c.say(r, replies, post.URL, made.verdict, nil, nil)
			if has, _ := p.flag("has_replies"); has {
				next = append(next, c.under(post, "replies", c.graph(url.PathEscape(p.text("id"))+"/conversation"), url.Values{"limit": {"50"},
					"fields": {"id,text,username,timestamp,permalink,replied_to,hide_status"}}))
			}
		}
	case "replies":
		for _, x := range r.root.rows("data") {
			who, by := x.text("username"), audit.AuthorUnknown
			switch {
			case who != "" && accountKey(who) == accountKey(c.found["name"]):
				by = audit.AuthorOrganisation
			case who != "":
				by = audit.AuthorPublic
			}
			c.hear(r.of, toldComment{id: x.text("id"), parent: x.text("replied_to", "id"), by: by, at: x.when("timestamp"), text: tidy(x.text("text")),
				hidden: x.text("hide_status") == "HIDDEN"}, x.text("permalink"), who)
		}
	}
	return next
}
