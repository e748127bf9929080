package platform_test

import (
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/platform"
)

const (
	disqusPage    = `<div id="disqus_thread"></div><script>/* this.page.identifier = PAGE_IDENTIFIER; */ (function(){var s=document.createElement('script');s.src='https://fernley.disqus.com/embed.js';})();</script>`
	disqusAsked   = "https://disqus.com/api/3.0/threads/details.json?forum=fernley&thread%3Alink=https%3A%2F%2Fhomes.test%2Fnews"
	disqusPosts   = "https://disqus.com/api/3.0/threads/listPosts.json?forum=fernley&limit=100&thread%3Alink=https%3A%2F%2Fhomes.test%2Fnews"
	disqusDetails = `{"code":0,"response":{"id":"77","forum":"fernley","link":"https://homes.test/news","isClosed":true,"posts":2}}`
	disqusList    = `{"cursor":{"hasNext":false},"code":0,"response":[
{"id":"12","parent":11,"createdAt":"2026-11-20T10:00:00","message":"<p>Soon.</p>","isDeleted":false,"isSpam":false,"author":{"name":"Office"}},
{"id":"11","parent":null,"createdAt":"2026-11-20T09:00:00","message":"<p>No heat.</p>","isDeleted":false,"isSpam":false,"author":{"name":"Visitor A"}},
{"id":"13","parent":null,"createdAt":"2026-11-20T11:00:00","message":"<p>Buy.</p>","isDeleted":false,"isSpam":true,"author":{"name":"B"}}]}`
)

func disqusVisit(t *testing.T, body, details string, held bool) (crawler.Walk, []crawler.Request) {
	talk := page("News of the lifts", body)
	talk.lists = "disqus"
	s := settings(t)
	if held {
		s.Held = map[string]string{"disqus": "https://disqus.com"}
	}
	return (town{"/": page("Example Homes | News", `<a href="/news">News</a>`), "/news": talk, disqusAsked: jsonBody(details), disqusPosts: jsonBody(disqusList),
		strings.ReplaceAll(disqusAsked, "thread%3Alink=https%3A%2F%2Fhomes.test%2Fnews", "thread%3Aident=n-7"): jsonBody(details)}).visit(t, platform.Web(), webJob(), s)
}

// What Disqus says of a thread stands beside its page, where a key is held; where none is, nobody is asked.
func TestDisqus(t *testing.T) {
	for name, c := range map[string]struct {
		body, details string
		held          bool
		status        string
		comments      int
	}{
		"closed":            {disqusPage, disqusDetails, true, "closed", 2},
		"not closed":        {disqusPage, strings.Replace(disqusDetails, "true", "false", 1), true, "login", 2},
		"no key held":       {disqusPage, disqusDetails, false, "", 0},
		"no such thread":    {disqusPage, `{"code":2,"response":"Unable to find thread"}`, true, "", 2},
		"a key twice":       {disqusPage, strings.Replace(disqusDetails, `"posts"`, `"isClosed":false,"posts"`, 1), true, "", 2},
		"another shape":     {disqusPage, `{"code":0,"response":{"hello":1}}`, true, "", 2},
		"two forums":        {disqusPage + `<script src="//other.disqus.com/embed.js"></script>`, disqusDetails, true, "", 0},
		"by its name":       {disqusPage + `<script>var disqus_identifier = 'n-7';</script>`, disqusDetails, true, "closed", 0},
		"by a hidden name":  {disqusPage + `<script>var disqus_identifier = NAME + 7;</script>`, disqusDetails, true, "", 0},
		"by the old script": {`<div id="disqus_thread"></div><script>var disqus_shortname = "fernley"; x.src = '//' + disqus_shortname + '.disqus.com/embed.js';</script>`, disqusDetails, true, "closed", 2},
		"a forum of nobody": {`<div id="disqus_thread"></div><script src="/embed.js"></script>`, disqusDetails, true, "", 0},
	} {
		walk, asked := disqusVisit(t, c.body, c.details, c.held)
		status, keyed := "", 0
		for _, r := range asked {
			if r.Post != nil && r.For == "page" {
				status = r.Post.CommentStatus
			}
			if strings.HasPrefix(r.URL, "https://disqus.com") {
				keyed++
				if r.Key != "disqus" || !r.People {
					t.Errorf("%s: %+v", name, r)
				}
			} else if r.Key != "" {
				t.Errorf("%s: the key is sent to %s", name, r.URL)
			}
		}
		if status != c.status || len(walk.Comments) != c.comments || (keyed > 0) != (c.status != "" || c.comments > 0) {
			t.Errorf("%s: read last with %q beside it, want %q; %d comments, want %d; %d asked", name, status, c.status, len(walk.Comments), c.comments, keyed)
		}
	}
	walk, _ := disqusVisit(t, disqusPage, disqusDetails, true)
	c := walk.Comments[0]
	if c.Parent != walk.Comments[1].ID || c.By != audit.AuthorUnknown || c.Time.Hour() != 10 || c.System != "disqus" || !c.Native {
		t.Errorf("%+v", walk.Comments)
	}
}

// A key is made for Disqus only, sent to the bare origin, and no oftener than its limit allows.
func TestCredential(t *testing.T) {
	c, ok := platform.Credential("disqus", "canary-0123456789", "", 0)
	if !ok || c.Origin != "https://disqus.com" || c.Gap.Seconds() != 4 {
		t.Errorf("%+v", c)
	}
	if c, _ = platform.Credential("disqus", "canary-0123456789", "https://other.test/api/", 3600); c.Origin != "https://other.test" || c.Gap.Seconds() != 1 {
		t.Errorf("%+v", c)
	}
	if _, ok = platform.Credential("facebook", "canary-0123456789", "", 0); ok {
		t.Error("a key for what takes none")
	}
}
