package platform

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

const youtube audit.Platform = "youtube"

// YouTube asks the YouTube Data API with the operator's own key: the channel, its newest videos, and the comments under each.
func YouTube() crawler.Platform {
	return crawler.Platform{
		Name: youtube, Lanes: []string{"youtube.com", "youtu.be"},
		CannotSee: "YouTube tells exactly whether comments are switched off on a video, but not whether comments wait for approval, nor what was removed.",
		NextStep:  "Whoever runs doorknock can get a free key and name its file under platforms.youtube.token_file.",
		Interface: crawler.Interface{Origin: "https://www.googleapis.com", Version: "v3", Gap: 250 * time.Millisecond, Budget: 9000, Heed: heedGoogle},
		Source: crawler.Source{
			Asks:   "The channel by its handle, its ten newest videos, and the first hundred comments under each with the answers shown.",
			Costs:  "No money. About 14 of the 10,000 calls a day that a key may make, for one look at one channel; doorknock stops at 9,000.",
			Never:  "Copies of comments are not kept longer than 30 days, and figures are not sold or mixed with those of other video sites.",
			Access: "A key for the YouTube Data API v3 from Google's cloud console: a project, the API enabled, an API key restricted to it.",
		},
		Plan: func(j audit.Job, s crawler.Settings) crawler.Plan {
			key, _ := keyFor(s, youtube, "")
			if key == "" {
				return silent(j, s, audit.ReasonNoAccess)
			}
			c := calls(j, s, key, audit.AppToken, youTubeSteps)
			query, ok := youTubeChannel(pathOf(j.Channel.URL))
			if !ok {
				return silent(j, s, audit.ReasonNotFound)
			}
			query.Set("part", "snippet,contentDetails")
			c.start = []crawler.Request{c.call("channel", c.youTube("channels"), query)}
			return c
		},
	}
}

func (c *caller) youTube(list string) string { return "/youtube/" + c.s.Interface.Version + "/" + list }

// youTubeChannel is the question by which a channel's address is found: a handle, an id, or a name of the old kind.
func youTubeChannel(path []string) (url.Values, bool) {
	switch {
	case len(path) == 0:
		return nil, false
	case strings.HasPrefix(path[0], "@"):
		return url.Values{"forHandle": {path[0]}}, true
	case path[0] == "channel" && len(path) > 1:
		return url.Values{"id": {path[1]}}, true
	case path[0] == "user" && len(path) > 1:
		return url.Values{"forUsername": {path[1]}}, true
	case path[0] == "c" && len(path) > 1:
		return url.Values{"forHandle": {"@" + path[1]}}, true
	}
	return url.Values{"forHandle": {"@" + path[0]}}, true
}

func youTubeSteps(c *caller, r reply) []crawler.Request {
	if r.step == "comments" { // switched off is an answer, though it comes as an error
		return c.youTubeThreads(r)
	}
	if !r.read {
		return c.stop(r)
	}
	rows := r.root.rows("items")
	switch r.step {
	case "channel":
		if len(rows) == 0 {
			c.why = audit.ReasonNotFound
			return nil
		}
		c.bears(r, rows[0].get("snippet", "title"))
		c.found["channel"] = rows[0].text("id")
		uploads := rows[0].text("contentDetails", "relatedPlaylists", "uploads")
		if uploads == "" {
			return nil
		}
		return []crawler.Request{c.call("uploads", c.youTube("playlistItems"), url.Values{"part": {"contentDetails"}, "playlistId": {uploads}, "maxResults": {"50"}})}
	case "uploads":
		return c.youTubeVideos(rows)
	case "videos":
		return c.youTubeComments(r, rows)
	case "answers":
		for _, x := range rows {
			c.youTubeComment(r.of, x, x.text("snippet", "parentId"))
		}
	}
	return nil
}

func (c *caller) youTubeVideos(rows []*node) []crawler.Request {
	var ids []string
	for _, x := range rows[:min(len(rows), recentPosts)] {
		if id := x.text("contentDetails", "videoId"); id != "" {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	c.found["asked"] = strconv.Itoa(len(ids))
	return []crawler.Request{c.call("videos", c.youTube("videos"), url.Values{"part": {"snippet,statistics,status"}, "id": {strings.Join(ids, ",")}})}
}

func (c *caller) youTubeComments(r reply, rows []*node) (next []crawler.Request) {
	var list []dated
	for _, v := range rows {
		list = append(list, dated{v.get("snippet", "publishedAt"), v.text("snippet", "title"), ""})
	}
	c.latest(r, list, strconv.Itoa(len(rows)) == c.found["asked"])
	for _, v := range rows {
		id := v.text("id")
		if id == "" {
			continue
		}
		post := c.post(youTubeWatch+url.QueryEscape(id), v.text("snippet", "title"), v.when("snippet", "publishedAt"))
		if kids, _ := v.flag("status", "madeForKids"); kids {
			c.found["kids "+post.URL] = "yes"
		}
		if n := v.count("statistics", "commentCount"); n != nil {
			c.found["stated "+post.URL] = strconv.Itoa(*n)
		}
		next = append(next, c.under(post, "comments", c.youTube("commentThreads"),
			url.Values{"part": {"snippet,replies"}, "videoId": {id}, "maxResults": {"100"}, "order": {"time"}, "textFormat": {"plainText"}}))
	}
	return next
}

const youTubeWatch = "https://www.youtube.com/watch?v="

// youTubeThreads takes what a video's comments say. Where YouTube itself switches comments off, because a video is made for
// children, that is nothing the landlord did.
func (c *caller) youTubeThreads(r reply) (next []crawler.Request) {
	if len(r.facets) == 0 || r.of.URL == "" {
		return nil
	}
	f := r.facet(commentsOn)
	v := f.Verdict
	if v.State() == audit.Closed && c.found["kids "+r.of.URL] != "" {
		v = ruled(v, ruleKids)
	}
	var claimed *int
	if n, err := strconv.Atoi(c.found["stated "+r.of.URL]); err == nil {
		claimed = &n
	}
	c.say(r, commentsOn, r.of.URL, v, f.Count, claimed)
	if !r.read {
		return nil
	}
	for _, t := range r.root.rows("items") {
		top := t.get("snippet", "topLevelComment")
		c.youTubeComment(r.of, top, "")
		shown := t.rows("replies", "comments")
		for _, x := range shown {
			c.youTubeComment(r.of, x, top.text("id"))
		}
		if n := t.count("snippet", "totalReplyCount"); n != nil && *n > len(shown) && c.left > 0 && top.text("id") != "" {
			c.left--
			next = append(next, c.under(r.of, "answers", c.youTube("comments"),
				url.Values{"part": {"snippet"}, "parentId": {top.text("id")}, "maxResults": {"100"}, "textFormat": {"plainText"}}))
		}
	}
	return next
}

// ruleKids is the rule of comments that the platform itself switched off.
const ruleKids = "yt-made-for-kids"

func (c *caller) youTubeComment(post audit.Post, x *node, parent string) {
	author := x.text("snippet", "authorChannelId", "value")
	by := audit.AuthorUnknown
	switch {
	case author != "" && author == c.found["channel"]:
		by = audit.AuthorOrganisation
	case author != "":
		by = audit.AuthorPublic
	}
	said := x.text("snippet", "textOriginal")
	if said == "" {
		said = x.text("snippet", "textDisplay")
	}
	c.hear(post, toldComment{id: x.text("id"), parent: parent, by: by, at: x.when("snippet", "publishedAt"), text: tidy(said)},
		post.URL+"&lc="+url.QueryEscape(x.text("id")), author)
}

// ruled is the same verdict by another rule.
func ruled(v audit.Verdict, rule string) audit.Verdict {
	e := v.Evidence()
	if e == nil {
		return v
	}
	e.Rule = rule
	made, err := audit.NewVerdict(v.State(), "", v.Kind(), e)
	if err != nil {
		return audit.UnknownFor(audit.ReasonInternal)
	}
	return made
}

// pacific is where Google's day of quota ends.
var pacific = time.FixedZone("PST", -8*60*60)

// quotaNames are the reasons by which Google says that the day's calls are used up, and keyNames those that mean the key.
var (
	quotaNames = []string{"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"}
	keyNames   = []string{"keyInvalid", "keyExpired", "accessNotConfigured", "ipRefererBlocked", "authError", "API_KEY_INVALID", "SERVICE_DISABLED",
		"API_KEY_SERVICE_BLOCKED", "CONSUMER_SUSPENDED", "BILLING_DISABLED", "PERMISSION_DENIED", "UNAUTHENTICATED"}
)

// heedGoogle reads the errors of Google's interfaces: a day's quota ends at midnight in California, and a key that is no good
// is left alone until tomorrow.
func heedGoogle(status int, h http.Header, body []byte, now time.Time) crawler.Advice {
	if status == http.StatusOK {
		return crawler.Advice{}
	}
	for _, name := range googleNames(body) {
		switch {
		case slices.Contains(quotaNames, name):
			day := now.In(pacific)
			return crawler.Advice{Rest: time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, pacific).Sub(now), Said: name}
		case slices.Contains(keyNames, name):
			return refusedKey(name)
		}
	}
	return restFor(status, h, now)
}

// googleNames are the names that an error of Google's gives itself, the closest first.
func googleNames(body []byte) (names []string) {
	root, err := readTree(body)
	if err != nil {
		return nil
	}
	e := root.get("error")
	for _, x := range append(e.rows("errors"), e.rows("details")...) {
		if n := x.text("reason"); n != "" {
			names = append(names, n)
		}
	}
	if n := e.text("status"); n != "" && len(names) == 0 {
		names = append(names, n)
	}
	return names
}
