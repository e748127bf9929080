package platform_test

import (
	"slices"
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/platform"
)

const (
	remarkAsked = "https://talk.homes.test/api/v1/find?format=plain&site=homes&sort=-time&url=https%3A%2F%2Fhomes.test%2F"
	remarkPage  = `<div id="remark42"></div><script>var remark_config = {host: 'https://talk.homes.test/', site_id: "homes", components: ['embed']};</script>`
	remarkSaid  = `{"comments":[{"id":"b","pid":"a","text":"<p>Soon.</p>","user":{"name":"Office","id":"x","admin":true},"time":"2026-11-21T10:00:00Z"},
{"id":"a","pid":"","text":"<p>No heat.</p>","user":{"name":"Visitor A","id":"y","admin":false},"time":"2026-11-20T09:00:00Z"}],"info":{"url":"u","count":2,"read_only":true}}`
)

func remarkTown(news, rent, config string) town {
	with := func(title string) answer {
		a := page(title, remarkPage)
		a.lists = "remark42"
		return a
	}
	home := page("Example Homes | News", `<a href="/news">News</a>`)
	home.body = strings.Replace(home.body, "<head>", `<head><link rel=alternate type="application/rss+xml" href="/feed">`, 1)
	return town{
		"/": home, "/news": with("News of the lifts"), "/rent": with("Rent"),
		"/feed": xmlBody(`<rss version="2.0"><channel><item><title>Rent</title><link>https://homes.test/rent</link></item></channel></rss>`),
		"https://talk.homes.test/api/v1/config?site=homes": jsonBody(config),
		remarkAsked + "news": jsonBody(news), remarkAsked + "rent": jsonBody(rent),
	}
}

const anybody = `{"auth_providers":["anonymous"],"readonly_age":0,"subscribers_only":false}`

// What a server of comments says of a page stands beside it when its page is read; the first page that shows the server is
// read once more for that. Its comments are taken.
func TestServerOfComments(t *testing.T) {
	for name, c := range map[string]struct{ config, news, status string }{
		"closed":               {anybody, remarkSaid, "closed"},
		"open to everybody":    {anybody, strings.Replace(remarkSaid, `,"read_only":true`, "", 1), "open"},
		"open to members":      {`{"auth_providers":["github"]}`, strings.Replace(remarkSaid, `,"read_only":true`, "", 1), "login"},
		"subscribers only":     {strings.Replace(anybody, "false", "true", 1), strings.Replace(remarkSaid, `,"read_only":true`, "", 1), "login"},
		"nobody knows to whom": {`<html>`, strings.Replace(remarkSaid, `,"read_only":true`, "", 1), ""},
		"another shape":        {anybody, `{"hello":1}`, ""},
		"a key twice":          {anybody, strings.Replace(remarkSaid, `"count":2`, `"read_only":false,"count":2`, 1), ""},
	} {
		walk, asked := remarkTown(c.news, c.news, c.config).visit(t, platform.Web(), webJob(), settings(t))
		for _, path := range []string{"/news", "/rent"} {
			last := ""
			for _, r := range asked {
				if r.URL == "https://homes.test"+path && r.Post != nil {
					last = r.Post.CommentStatus
					if m := r.Post.StatusMark; m != nil && c.news[m.Offset:m.Offset+m.Length] != m.Excerpt {
						t.Errorf("%s: mark %+v", name, m)
					}
				}
			}
			if last != c.status {
				t.Errorf("%s: %s was read last with %q beside it, want %q", name, path, last, c.status)
			}
		}
		for _, r := range asked {
			if r.For == "thread" && !r.People {
				t.Errorf("%s: an answer with people's words is not sealed", name)
			}
		}
		if want := map[bool]int{true: 2, false: 0}[strings.Contains(c.news, "comments") && name != "a key twice"]; len(walk.Comments) != want {
			t.Errorf("%s: %d comments, want %d", name, len(walk.Comments), want)
		}
	}
	walk, asked := remarkTown(remarkSaid, remarkSaid, anybody).visit(t, platform.Web(), webJob(), settings(t))
	n := map[string]int{}
	for _, r := range asked {
		n[r.URL]++
	}
	if n["https://homes.test/news"] > 2 || n["https://homes.test/rent"] > 2 || n[remarkAsked+"news"] != 1 || n["https://talk.homes.test/api/v1/config?site=homes"] != 1 {
		t.Errorf("asked too often: %v", n)
	}
	by := map[audit.Author]int{}
	for _, c := range walk.Comments {
		by[c.By]++
		if c.By == audit.AuthorOrganisation && c.Parent != audit.CommentID("c1", "remark42", "a") {
			t.Errorf("parent %q", c.Parent)
		}
	}
	if by[audit.AuthorOrganisation] != 1 || by[audit.AuthorPublic] != 1 {
		t.Errorf("authors %v", by)
	}
	if _, remembered := walk.Pages["https://homes.test/news"]; remembered && !slices.ContainsFunc(asked, func(r crawler.Request) bool { return r.Post != nil && strings.HasSuffix(r.URL, "/news") }) {
		t.Error("a page that leads to its server is remembered, so that the server is not met the next time")
	}
}

// Isso gives comments and no state; giscus's closed discussions are told by their lock.
func TestOtherServersOfComments(t *testing.T) {
	isso := page("Lifts", `<script data-isso="//homes.test/isso/" src="/isso/js/embed.min.js"></script><section id="isso-thread"></section>`)
	isso.lists = "isso"
	walk, _ := (town{"/": page("Example Homes | News", `<a href="/news/lifts">News</a>`), "/news/lifts": isso,
		"/isso/?uri=%2Fnews%2Flifts": jsonBody(`{"id":null,"total_replies":2,"hidden_replies":0,"replies":[{"id":1,"parent":null,"created":1795296471.474043,"mode":1,"text":"<p>No heat.</p>","author":"A","replies":[{"id":2,"parent":1,"created":1795296472.1,"mode":1,"text":"<p>Same.</p>","author":null,"replies":[]}]}],"config":{}}`),
	}).visit(t, platform.Web(), webJob(), settings(t))
	if len(walk.Comments) != 2 || walk.Comments[1].Parent != walk.Comments[0].ID || walk.Comments[0].By != audit.AuthorUnknown {
		t.Errorf("%+v", walk.Comments)
	}
	if _, remembered := walk.Pages["https://homes.test/news/lifts"]; remembered {
		t.Error("a page that leads to its server is remembered, so that the server is not met the next time")
	}
	talk := page("Lifts", `<script src="https://giscus.app/client.js" data-repo="homes/talk" data-category="News" data-mapping="pathname"></script><div class="giscus"></div>`)
	talk.lists = "giscus"
	_, asked := (town{"/": page("Example Homes | News", `<a href="/news/lifts.html">News</a>`), "/news/lifts.html": talk,
		"https://giscus.app/api/discussions?category=News&last=20&number=0&repo=homes%2Ftalk&strict=false&term=news%2Flifts": jsonBody(`{"discussion":{"locked":true,"comments":[]}}`),
	}).visit(t, platform.Web(), webJob(), settings(t))
	status := ""
	for _, r := range asked {
		if r.Post != nil && r.For == "page" {
			status = r.Post.System + " " + r.Post.CommentStatus
		}
	}
	if status != "giscus closed" {
		t.Errorf("read last with %q beside it", status)
	}
}
