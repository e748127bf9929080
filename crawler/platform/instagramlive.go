package platform

import (
	"net/url"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

const instagram audit.Platform = "instagram"

// Instagram asks Meta's interface with an account's own token, and nothing of other accounts: it would tell how many comments a
// post has, which says nothing of whether one may comment.
func Instagram() crawler.Platform {
	return crawler.Platform{
		Name: instagram, Lanes: []string{"instagram.com"},
		CannotSee: "Instagram tells only the account's own people whether comments are on, and what they say; of other accounts it tells how many comments a post has, and no more.",
		NextStep:  "You can look: open the newest posts and see whether you may comment. Your account? Connect it.",
		Interface: crawler.Interface{Origin: "https://graph.facebook.com", Version: "v25.0", Gap: 500 * time.Millisecond, Budget: 4000, Heed: heedGraph},
		Source: crawler.Source{
			Asks:   "Of an account's own token: its ten newest posts with whether comments are on, and the comments with answers. Of other accounts nothing: Meta tells only numbers, which say nothing of a door.",
			Costs:  "No money. About twelve calls for one look at one account.",
			Never:  "Comments are not kept longer than 30 days, their authors only as pseudonyms.",
			Access: "A professional account joined to a Facebook page, and a token with instagram_basic, instagram_manage_comments and pages_read_engagement; a line \"account token\" in the file.",
		},
		Plan: func(j audit.Job, s crawler.Settings) crawler.Plan {
			path := pathOf(j.Channel.URL)
			if len(path) == 0 {
				return silent(j, s, audit.ReasonNotFound)
			}
			key, own := keyFor(s, instagram, path[0])
			if own {
				c := calls(j, s, key, audit.PageToken, instagramSteps)
				c.start = []crawler.Request{c.call("me", c.graph("me"), url.Values{"fields": {"id,username,name"}})}
				return c
			}
			return silent(j, s, audit.ReasonNoAccess)
		},
	}
}

func instagramSteps(c *caller, r reply) (next []crawler.Request) {
	if !r.read {
		return c.stop(r)
	}
	switch r.step {
	case "me":
		id := r.root.text("id")
		if id == "" || accountKey(r.root.text("username")) != accountKey(pathOf(c.job.Channel.URL)[0]) {
			c.why = audit.ReasonNoAccess // a token of another account
			return nil
		}
		c.found["name"] = r.root.text("username")
		c.bears(r, r.root.get("name"))
		return []crawler.Request{c.call("media", c.graph(url.PathEscape(id)+"/media"), url.Values{"limit": {"10"},
			"fields": {"id,caption,media_type,media_product_type,permalink,timestamp,comments_count,is_comment_enabled"}})}
	case "media":
		var list []dated
		for _, m := range r.root.rows("data") {
			list = append(list, dated{m.get("timestamp"), m.text("caption"), ""})
		}
		c.latest(r, list, true)
		for _, m := range r.root.rows("data") {
			f := Facet{}
			f.posts([]judged{mediaPost(m)})
			p := f.Posts[0]
			if m.text("permalink") == "" {
				continue
			}
			post := c.post(m.text("permalink"), m.text("caption"), p.Created)
			c.say(r, commentsOn, post.URL, p.verdict, nil, p.Count)
			if p.Count != nil && *p.Count > 0 {
				next = append(next, c.under(post, "comments", c.graph(url.PathEscape(p.ID)+"/comments"), url.Values{"limit": {"50"},
					"fields": {"id,text,timestamp,username,from,hidden,parent_id,replies{id,text,timestamp,username,from,hidden}"}}))
			}
		}
	case "comments":
		for _, x := range r.root.rows("data") {
			c.instagramComment(r.of, x, x.text("parent_id"))
			for _, y := range x.rows("replies", "data") {
				c.instagramComment(r.of, y, x.text("id"))
			}
		}
	}
	return next
}

func (c *caller) instagramComment(post audit.Post, x *node, parent string) {
	who, by := x.text("username"), audit.AuthorUnknown
	if who == "" {
		who = x.text("from", "username")
	}
	switch {
	case who != "" && accountKey(who) == accountKey(c.found["name"]):
		by = audit.AuthorOrganisation
	case who != "":
		by = audit.AuthorPublic
	}
	hidden, _ := x.flag("hidden")
	c.hear(post, toldComment{id: x.text("id"), parent: parent, by: by, at: x.when("timestamp"), text: tidy(x.text("text")), hidden: hidden}, "", who)
}
