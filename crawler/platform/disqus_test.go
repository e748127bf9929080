package platform_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
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

// A key of Disqus is sent to the bare origin, and no oftener than its limit allows. Who may hold keys of single accounts
// writes each behind the account's name; an error repeats nothing of the file.
func TestCredentials(t *testing.T) {
	for name, c := range map[string]struct {
		platform, text, base string
		budget               int
		want                 string
	}{
		"disqus":          {disqusName, " canary-0123456789\n", "", 0, "disqus https://disqus.com 4s anonymous"},
		"another address": {disqusName, "canary-0123456789", "https://other.test/api/", 3600, "disqus https://other.test 1s anonymous"},
		"none":            {disqusName, "# nothing yet\n\n", "", 0, "the file holds no key"},
		"youtube":         {"youtube", "canary-0123456789", "", 0, "youtube https://www.googleapis.com 0s app_token"},
		"two accounts":    {"facebook", "Ash.Homes canary-0123456789\ncanary-of-app-012345", "", 0, "facebook https://graph.facebook.com 0s app_token, facebook/ashhomes https://graph.facebook.com 0s page_token"},
		"one twice":       {"facebook", "ashhomes canary-0123456789\nAsh.Homes canary-of-app-012345", "", 0, "line 2: a second key for the same account"},
		"an account of x": {"x", "ashhomes canary-0123456789", "", 0, "line 1: want one key"},
		"words":           {"facebook", "the token is canary-0123456789", "", 0, "line 1: want one key, or an account's name and its key"},
		"takes none":      {"web", "canary-0123456789", "", 0, ""},
	} {
		held, err := platform.Credentials(c.platform, c.text, c.base, c.budget)
		var all []string
		for _, name := range slices.Sorted(maps.Keys(held)) {
			k := held[name]
			all = append(all, fmt.Sprintf("%s %s %v %s", name, k.Origin, k.Gap, cmp.Or(k.How, audit.Anonymous)))
		}
		got := strings.Join(all, ", ")
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

const disqusName = "disqus"
