package platform

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

// Discourse asks a forum of its own address, by its public interface.
func Discourse() crawler.Platform {
	return crawler.Platform{
		Name: discourse, Anonymous: true,
		CannotSee: "A Discourse forum tells which topics are closed; whether anybody may open an account, and what was taken down, it does not tell.",
		NextStep:  "Nothing to do: the next look comes by itself.",
		Interface: crawler.Interface{Gap: time.Second, Budget: 2_000, Heed: heedForum},
		Source: crawler.Source{
			Asks:   "Whether one must sign in to read, the newest topics with whether they are closed, and the words in ten of them.",
			Costs:  "Nothing: no key, no money. About twelve calls for one look at one forum.",
			Never:  "Only what the forum shows everybody is asked for.",
			Access: "Nobody needs to ask. A forum behind a log-in is known to be one, and no more.",
		},
		Plan: func(j audit.Job, s crawler.Settings) crawler.Plan {
			u, err := url.Parse(j.Channel.URL)
			if err != nil {
				return silent(j, s, audit.ReasonNotFound)
			}
			if s.Interface.Origin == "" {
				s.Interface.Origin = u.Scheme + "://" + u.Host
			}
			c := calls(j, s, "", audit.Anonymous, forumSteps)
			c.found["base"] = strings.TrimRight(u.EscapedPath(), "/")
			c.start = []crawler.Request{c.call("about", c.found["base"]+"/site/basic-info.json", nil), c.call("latest", c.found["base"]+"/latest.json", nil)}
			return c
		},
	}
}

// forumSteps reads a forum's own words for what a stranger may do.
func forumSteps(c *caller, r reply) (next []crawler.Request) {
	at := r.page.Answer
	if at.Body == nil {
		return c.stop(r)
	}
	t, err := readDiscourse(at.Body, at.At)
	if failed := failure(at.Status, err); failed != "" && !t.standsInError() {
		c.why = failed
		if r.step == "topic" {
			c.say(r, commentsOn, r.of.URL, audit.UnknownFor(failed), nil, nil)
		}
		return nil
	}
	v := t.verdict(at.Body, c.how, at.Capture, r.page.URL().String())
	switch r.step {
	case "about":
		if v.State() != audit.Unknown { // one must sign in to read
			c.say(r, commentsOn, c.job.Channel.URL, v, nil, nil)
		}
		c.forumName(r)
	case "latest":
		if v.State() != audit.Unknown {
			c.say(r, commentsOn, c.job.Channel.URL, v, nil, nil)
			return nil
		}
		return c.forumTopics(r)
	case "topic":
		c.forumTopic(r, t, v)
	}
	return nil
}

func (c *caller) forumName(r reply) {
	if root, err := readTree(r.page.Answer.Body); err == nil {
		c.bears(r, root.get("title"))
	}
}

func (c *caller) forumTopics(r reply) (next []crawler.Request) {
	topics, err := discourseTopics(r.page.Answer.Body)
	if err != nil {
		c.why = audit.ReasonParseChanged
		return nil
	}
	for _, d := range topics {
		if len(next) == recentPosts || d.ID == 0 || d.Visible != nil && !*d.Visible {
			continue
		}
		id := strconv.FormatInt(d.ID, 10)
		post := c.post(c.s.Interface.Origin+c.found["base"]+"/t/"+id, d.Title, isoTime(d.Created, r.page.Answer.At))
		next = append(next, c.under(post, "topic", c.found["base"]+"/t/"+id+".json", nil))
	}
	return next
}

func (c *caller) forumTopic(r reply, t told, v audit.Verdict) {
	n := len(t.comments)
	c.say(r, commentsOn, r.of.URL, v, &n, t.stated)
	for _, x := range newest(t.comments, maxOfPage, func(x toldComment) time.Time { return x.at }) {
		if x.opens || x.program {
			continue
		}
		c.hear(r.of, x, r.of.URL, x.name)
	}
}

func heedForum(status int, h http.Header, _ []byte, now time.Time) crawler.Advice {
	return restFor(status, h, now)
}

// DisqusForum asks Disqus for the threads of a forum, with the key that is held for Disqus.
func DisqusForum() crawler.Platform {
	return crawler.Platform{
		Name: disqus, Lanes: []string{"disqus.com"},
		CannotSee: "Disqus tells whether each thread is closed, but not whether comments wait for approval, nor what was taken down.",
		NextStep:  "Whoever runs doorknock can get a free key and name its file under platforms.disqus.token_file.",
		Interface: crawler.Interface{Origin: disqusAddress, Version: "3.0", Gap: 4 * time.Second, Heed: heedKeyed},
		Source: crawler.Source{
			Asks:   "The newest threads of the forum with whether they are closed, and the comments of ten of them. Under a site's own pages: the thread of each page that shows Disqus.",
			Costs:  "No money. About eleven of the 1,000 calls an hour that a key may make.",
			Never:  "Comments are not kept longer than 30 days, their authors only as pseudonyms.",
			Access: "An account at Disqus, and an application's public key.",
		},
		Plan: func(j audit.Job, s crawler.Settings) crawler.Plan {
			forum := disqusForumOf(j.Channel.URL)
			switch {
			case forum == "":
				return silent(j, s, audit.ReasonNotFound)
			case s.Held[disqus] == "":
				return silent(j, s, audit.ReasonNoAccess)
			}
			c := calls(j, s, disqus, audit.AppToken, disqusSteps)
			c.start = []crawler.Request{c.call("threads", c.disqus("forums/listThreads.json"), url.Values{"forum": {forum}, "limit": {strconv.Itoa(recentPosts)}})}
			return c
		},
	}
}

func (c *caller) disqus(call string) string { return "/api/" + c.s.Interface.Version + "/" + call }

// disqusForumOf is the forum's name: of disqus.com/home/forum/NAME, or of NAME.disqus.com.
func disqusForumOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	name, ok := strings.CutSuffix(strings.ToLower(u.Hostname()), ".disqus.com")
	if path := pathOf(address); (!ok || name == "www") && len(path) == 3 && path[0] == "home" && path[1] == "forum" {
		name, ok = path[2], true
	}
	if !ok || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return ""
	}
	return name
}

func disqusSteps(c *caller, r reply) (next []crawler.Request) {
	at := r.page.Answer
	if at.Body == nil {
		return c.stop(r)
	}
	root, err := readTree(at.Body)
	code := root.count("code")
	switch failed := failure(at.Status, err); {
	case failed != "":
		c.why = failed
		return nil
	case code == nil || *code == 0 && !root.isList("response"):
		c.why = audit.ReasonParseChanged
		return nil
	case *code != 0:
		c.why = audit.ReasonNoAccess
		return nil
	}
	if r.step == "posts" {
		if t, err := readDisqus(at.Body, at.At); err == nil {
			for _, x := range t.comments {
				c.hear(r.of, x, r.of.URL, x.name)
			}
		}
		return nil
	}
	for _, d := range root.rows("response") {
		closed := d.get("isClosed")
		off, told := closed.flag()
		if !told || d.text("link") == "" || d.text("id") == "" {
			continue
		}
		v := closed.verdict(audit.Restricted, audit.KindLogin, "disqus-not-closed")
		if off {
			v = closed.verdict(audit.Closed, "", "disqus-closed")
		}
		post := c.post(d.text("link"), d.text("title"), utcTime(d.text("createdAt"), at.At))
		c.say(r, commentsOn, post.URL, v, nil, d.count("posts"))
		next = append(next, c.under(post, "posts", c.disqus("threads/listPosts.json"), url.Values{"thread": {d.text("id")}, "limit": {"100"}}))
	}
	return next
}
