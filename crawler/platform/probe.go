package platform

import (
	"net/url"
	"strings"

	"doorknock/audit"
	"doorknock/crawler"
)

// A Probe is one call that shows what a key can see. None of them costs money.
type Probe struct {
	Shows string // what one may see where it is answered
	path  string
	query url.Values
}

// probes are the calls by which `doorknock doctor` tries a key. own are those of an account's own key.
var probes = map[audit.Platform]struct{ own, other []Probe }{
	audit.Facebook: {
		own: []Probe{
			{"the page that the token is of", "me", url.Values{"fields": {"id,name"}}},
			{"whether visitors may post (settings)", "me/settings", nil},
			{"posts with comments, answers and who wrote them", "me/feed", url.Values{"limit": {"1"}, "fields": {"id,from,comments.limit(1){id,from,is_hidden}"}}},
			{"reviews", "me/ratings", url.Values{"limit": {"1"}}},
		},
		other: []Probe{
			{"names and numbers of ratings of other pages", "facebook", url.Values{"fields": {"id,name,rating_count"}}},
			{"posts and comments of other pages", "facebook/feed", url.Values{"limit": {"1"}, "fields": {"id"}}},
		},
	},
	instagram: {own: []Probe{
		{"the account that the token is of", "me", url.Values{"fields": {"id,username"}}},
		{"whether comments are on, post by post", "me/media", url.Values{"limit": {"1"}, "fields": {"id,is_comment_enabled"}}},
	}},
	threadsPlatform: {own: []Probe{
		{"the account that the token is of", "me", url.Values{"fields": {"id,username"}}},
		{"who may reply, post by post", "me/threads", url.Values{"limit": {"1"}, "fields": {"id,reply_audience"}}},
	}},
	youtube:    {other: []Probe{{"videos and whether comments are on", "/youtube/VERSION/i18nLanguages", url.Values{"part": {"snippet"}}}}},
	bluesky:    {other: []Probe{{"who may reply, post by post", "/xrpc/app.bsky.actor.getProfile", url.Values{"actor": {"bsky.app"}}}}},
	xPlatform:  {other: []Probe{{"what was spent this month (posts are read only under platforms.x.cap)", "usage/tweets", nil}}},
	trustpilot: {other: []Probe{{"profiles and their number of reviews", "business-units/find", url.Values{"name": {"trustpilot.com"}}}}},
	google:     {other: []Probe{{"that a place is there (reviews are counted only under platforms.google.cap)", "places/ChIJj61dQgK6j4AR4GeTYWZsWWo", url.Values{"fields": {"id"}}}}},
	disqus:     {other: []Probe{{"threads, whether they are closed, and their comments", "/api/VERSION/forums/details.json", url.Values{"forum": {"disqus"}}}}},
}

// Probes gives the calls that show what a key of a platform can see; of a key that is an account's own, other ones.
func Probes(p audit.Platform, own bool) []Probe {
	if own {
		return probes[p].own
	}
	return probes[p].other
}

// Probing is a platform's row whose visit makes these calls with one key, and tells of each whether it was answered: "" where
// it was, else why not.
func Probing(p crawler.Platform, key string, calls []Probe, told func(Probe, audit.Reason)) crawler.Platform {
	p.Plan = func(j audit.Job, s crawler.Settings) crawler.Plan {
		return &probing{caller: caller{job: j, s: s, key: key, found: map[string]string{}}, calls: calls, told: told}
	}
	return p
}

// Asking is a platform's row whose visit makes one call with a key, and tells what was answered, or why nothing was.
func Asking(p crawler.Platform, key, path string, query map[string]string, told func(body []byte, why audit.Reason)) crawler.Platform {
	call := Probe{path: path, query: url.Values{}}
	for k, v := range query {
		call.query.Set(k, v)
	}
	p.Plan = func(j audit.Job, s crawler.Settings) crawler.Plan {
		t := &probing{caller: caller{job: j, s: s, key: key, found: map[string]string{}}, calls: []Probe{call}}
		t.told = func(_ Probe, why audit.Reason) { told(t.body, why) }
		return t
	}
	return p
}

type probing struct {
	caller
	calls []Probe
	told  func(Probe, audit.Reason)
	next  int
	body  []byte // of the last answer
}

func (t *probing) First() []crawler.Request {
	if t.next == len(t.calls) {
		return nil
	}
	p := t.calls[t.next]
	path := strings.ReplaceAll(p.path, "VERSION", t.s.Interface.Version)
	if !strings.HasPrefix(path, "/") {
		path = t.graph(path)
	}
	return []crawler.Request{t.call("probe", path, p.query)}
}

func (t *probing) Next(p *crawler.Page) []crawler.Request {
	t.body = p.Answer.Body
	t.told(t.calls[t.next], t.whyNot(p))
	t.next++
	return t.First()
}

// whyNot reads an answer only as far as it says whether one was allowed to ask.
func (t *probing) whyNot(p *crawler.Page) audit.Reason {
	at := p.Answer
	if at.Status == 0 || at.Body == nil {
		return at.Problem
	}
	a := &answer{status: at.Status}
	root, err := readTree(at.Body)
	if err != nil {
		return a.noJSON()
	}
	a.root = root
	if face, known := interfaces[t.job.Channel.Platform]; known {
		for _, id := range face.asks {
			a.facets = append(a.facets, Facet{Check: id})
		}
		if why := face.fails(a); why != "" {
			return why
		}
	}
	return callFailed(at.Status)
}

func (t *probing) Done([]crawler.Request) crawler.Walk { return crawler.Walk{} }
