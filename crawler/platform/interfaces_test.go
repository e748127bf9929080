package platform_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler/platform"
)

func madeBy(generator, feed string) answer {
	home := page("Example Homes | News", `<a href="/about">About</a>`)
	head := `<head><meta name="generator" content="` + generator + `">`
	if feed != "" {
		head += `<link rel=alternate type="application/atom+xml" href="` + feed + `">`
	}
	home.body = strings.Replace(home.body, "<head>", head, 1)
	return home
}

const drupalAsk = "?page%5Blimit%5D=20&sort=-created"

// Drupal's interface tells of each item's comment field, whatever it is called; a site without articles has news.
func TestDrupal(t *testing.T) {
	nodes := `{"jsonapi":{"version":"1.0"},"data":[
{"type":"node--news","id":"u1","attributes":{"drupal_internal__nid":4,"title":"Lifts","created":"2026-11-19T09:00:00+00:00","path":{"alias":"/lifts","pid":1},"field_talk":{"status":1,"cid":0,"comment_count":0}}},
{"type":"node--news","id":"u2","attributes":{"drupal_internal__nid":5,"title":"Rent","path":{"alias":null},"comment":{"status":0,"comment_count":3}}},
{"type":"node--news","id":"u3","attributes":{"drupal_internal__nid":6,"title":"Bins","path":{"alias":"/bins"},"comment":{"status":2,"comment_count":0}}},
{"type":"node--news","id":"u4","attributes":{"drupal_internal__nid":7,"title":"Two","path":{"alias":"/two"},"a":{"status":1,"comment_count":0},"b":{"status":2,"comment_count":0}}},
{"type":"node--news","id":"u5","attributes":{"title":"None","path":{"alias":"https://elsewhere.test/x"},"status":true}}]}`
	here := town{"/": madeBy("Drupal 10 (https://www.drupal.org)", ""), "/jsonapi/node/news" + drupalAsk: {kind: "application/vnd.api+json", body: nodes},
		"/lifts": page("Lifts", ""), "/node/5": page("Rent", ""), "/bins": page("Bins", ""), "/two": page("Two", "")}
	_, asked := here.visit(t, platform.Web(), webJob(), settings(t))
	if find(asked, "/jsonapi/node/article"+drupalAsk) == nil {
		t.Error("articles were not asked for first")
	}
	for path, want := range map[string]string{"/lifts": "closed $.data[0].attributes.field_talk.status 1", "/node/5": "closed $.data[1].attributes.comment.status 0", "/bins": "open", "/two": ""} {
		r := find(asked, path)
		if r == nil || r.Post == nil || r.Post.System != "drupal" {
			t.Errorf("%s: %+v", path, r)
			continue
		}
		got := r.Post.CommentStatus
		if m := r.Post.StatusMark; m != nil {
			got += " " + m.Path + " " + nodes[m.Offset:m.Offset+m.Length]
		}
		if got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	for _, r := range asked {
		if strings.Contains(r.URL, "elsewhere") {
			t.Errorf("asked another site: %s", r.URL)
		}
	}
	here["/jsonapi/node/article"+drupalAsk] = answer{status: 403, kind: "application/vnd.api+json", body: `{"errors":[]}`}
	if _, asked := here.visit(t, platform.Web(), webJob(), settings(t)); find(asked, "/jsonapi/node/news"+drupalAsk) != nil {
		t.Error("a site that refuses is asked again")
	}
}

// Discourse's topics are posts: closed, archived or for members. What stands in them are comments, but for what opens them.
func TestDiscourse(t *testing.T) {
	latest := `{"topic_list":{"can_create_topic":false,"topics":[{"id":7,"title":"Lifts","slug":"lifts","closed":true,"archived":false,"visible":true,"posts_count":2,"created_at":"2026-11-19T09:00:00.000Z"},
{"id":8,"title":"Rent","slug":"rent","closed":false,"archived":false,"visible":true},{"id":9,"title":"Gone","slug":"gone","closed":true,"archived":true,"visible":false}]}}`
	topic := `{"id":7,"closed":true,"archived":false,"posts_count":4,"post_stream":{"posts":[
{"id":70,"post_number":1,"username":"office","user_id":2,"staff":true,"post_type":1,"created_at":"2026-11-19T09:00:00.000Z","cooked":"<p>The lifts.</p>"},
{"id":71,"post_number":2,"username":"mo","user_id":3,"staff":false,"post_type":1,"reply_to_post_number":null,"created_at":"2026-11-19T10:00:00.000Z","cooked":"<p>Still broken.</p>"},
{"id":72,"post_number":3,"username":"office","user_id":2,"staff":true,"post_type":1,"reply_to_post_number":2,"created_at":"2026-11-19T11:00:00.000Z","cooked":"<p>Sorry.</p>"},
{"id":73,"post_number":4,"username":"system","user_id":-1,"staff":true,"post_type":3,"created_at":"2026-11-19T12:00:00.000Z","cooked":""}]}}`
	walk, asked := (town{"/": madeBy("Discourse 3.2.0", ""), "/latest.json": jsonBody(latest), "/t/7.json": jsonBody(topic),
		"/t/lifts/7": page("Lifts", ""), "/t/rent/8": page("Rent", "")}).visit(t, platform.Web(), webJob(), settings(t))
	for path, want := range map[string]string{"/t/lifts/7": "closed", "/t/rent/8": "login"} {
		if r := find(asked, path); r == nil || r.Post == nil || r.Post.CommentStatus != want || r.Post.System != "discourse" {
			t.Errorf("%s: %+v", path, r)
		}
	}
	if find(asked, "/t/gone/9") != nil {
		t.Error("a topic that is not shown was asked for")
	}
	if len(walk.Comments) != 2 || walk.Comments[0].By != audit.AuthorPublic || walk.Comments[1].By != audit.AuthorOrganisation || walk.Comments[1].Parent != walk.Comments[0].ID {
		t.Errorf("comments %+v", walk.Comments)
	}
}

// A Discourse that one has to log in to read says so of itself; one that nobody may write in for a while is not for members.
func TestDiscourseShut(t *testing.T) {
	shut := town{"/": madeBy("Discourse 3.2.0", ""), "/site/basic-info.json": jsonBody(`{"title":"Homes","login_required":true}`),
		"/latest.json": {status: 403, kind: "application/json", body: `{"errors":["Log in."],"error_type":"not_logged_in"}`}}
	last := func(here town) (post *audit.PostFacts) {
		_, asked := here.visit(t, platform.Web(), webJob(), settings(t))
		for _, r := range asked {
			if r.URL == "https://homes.test/" || r.URL == "https://homes.test" {
				post = r.Post
			}
		}
		return post
	}
	if post := last(shut); post == nil || post.System != "discourse" || post.CommentStatus != "login" || post.StatusMark == nil || post.StatusMark.Excerpt != "true" {
		t.Errorf("%+v", post)
	}
	for name, body := range map[string]string{"for all to read": `{"login_required":false}`, "said twice": `{"login_required":true,"login_required":false}`, "another shape": `[]`} {
		shut["/site/basic-info.json"] = jsonBody(body)
		if post := last(shut); post != nil {
			t.Errorf("%s: %+v", name, post)
		}
	}
	latest := jsonBody(`{"topic_list":{"topics":[{"id":7,"title":"Lifts","slug":"lifts","closed":true,"archived":false,"visible":true},{"id":8,"title":"Rent","slug":"rent","closed":false,"archived":false,"visible":true}]}}`)
	latest.header = http.Header{"Discourse-Readonly": {"true"}}
	_, asked := (town{"/": madeBy("Discourse 3.2.0", ""), "/latest.json": latest, "/t/lifts/7": page("Lifts", ""), "/t/rent/8": page("Rent", "")}).visit(t, platform.Web(), webJob(), settings(t))
	for path, want := range map[string]string{"/t/lifts/7": "closed", "/t/rent/8": ""} {
		if r := find(asked, path); r == nil || r.Post == nil || r.Post.CommentStatus != want {
			t.Errorf("%s: %+v", path, r)
		}
	}
}

// A server of comments that the home page shows is asked for the other pages before they are read; and one that calls a
// thread by another name than its page's path is asked by that.
func TestServerOnTheHomePage(t *testing.T) {
	home := page("Example Homes | News", remarkPage+`<a href="/news">News</a>`)
	home.lists = "remark42"
	news := page("News of the lifts", remarkPage)
	news.lists = "remark42"
	_, asked := (town{"/": home, "/news": news, "https://talk.homes.test/api/v1/config?site=homes": jsonBody(anybody), remarkAsked: jsonBody(remarkSaid), remarkAsked + "news": jsonBody(remarkSaid)}).
		visit(t, platform.Web(), webJob(), settings(t))
	var statuses []string
	for _, r := range asked {
		if r.Post != nil && r.For == "page" {
			statuses = append(statuses, r.URL+" "+r.Post.CommentStatus)
		}
	}
	slices.Sort(statuses)
	if diff := cmp.Diff([]string{"https://homes.test/ closed", "https://homes.test/news closed"}, statuses); diff != "" {
		t.Error(diff)
	}
	isso := page("Lifts", `<script data-isso="//homes.test/isso/" src="/isso/js/embed.min.js"></script><section id="isso-thread" data-isso-id="n-7"></section>`)
	isso.lists = "isso"
	_, asked = (town{"/": page("Example Homes | News", `<a href="/news/lifts">News</a>`), "/news/lifts": isso}).visit(t, platform.Web(), webJob(), settings(t))
	if find(asked, "/isso/?uri=n-7") == nil || find(asked, "/isso/?uri=%2Fnews%2Flifts") != nil {
		t.Errorf("asked %v", paths(asked))
	}
}

// Feeds of comments tell the same numbers as the pages do.
func TestFeedsOfComments(t *testing.T) {
	blogger := `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0">
<entry><id>tag:blogger.com,1999:blog-1.post-5038916005497812552</id><published>2026-10-27T05:39:00.000-07:00</published><content type="html">When do they come?</content>
<link rel="alternate" type="text/html" href="https://homes.test/2026/10/doors.html?showComment=1#c5038916005497812552"/><author><name>Ruth</name></author>
<thr:in-reply-to href="https://homes.test/2026/10/doors.html" ref="tag:blogger.com,1999:blog-1.post-2"/></entry></feed>`
	doors := page("Doors", `<div id="comments"><ol><li id="bc_0_0B" class="comment" kind="b"><div id="c5038916005497812552"><cite class="user">Ruth</cite> <span class="datetime">27 October 2026</span><p class="comment-content">When do they come?</p></div></li></ol></div>`)
	doors.lists = "blogger"
	home := madeBy("blogger", "https://homes.test/feeds/posts/default")
	home.body = strings.Replace(home.body, "<main>", `<main><a href="/2026/10/doors.html">News of doors</a>`, 1)
	walk, _ := (town{"/": home, "/feeds/comments/default?max-results=100": xmlBody(blogger), "/2026/10/doors.html": doors}).visit(t, platform.Web(), webJob(), settings(t))
	if len(walk.Comments) != 1 || walk.Comments[0].ID != audit.CommentID("c1", "blogger", "5038916005497812552") || walk.Comments[0].Time.IsZero() || !walk.Comments[0].TimeMax.IsZero() {
		t.Errorf("comments %+v", walk.Comments)
	}
	wordpress := `<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<item><title>By: Visitor A</title><link>https://homes.test/repairs-day/#comment-30</link><dc:creator>Visitor A</dc:creator><pubDate>Fri, 20 Nov 2026 09:00:00 +0000</pubDate><description>No heat</description><content:encoded><![CDATA[<p>No heat for a week.</p>]]></content:encoded></item>
<item><title>By: A site</title><link>https://homes.test/repairs-day/#comment-32</link><description>[&#8230;] see their page [&#8230;]</description></item></channel></rss>`
	listing := page("Repairs", wordpressList)
	listing.lists = "wordpress"
	home = madeBy("WordPress 6", "https://homes.test/comments/feed/")
	home.body = strings.Replace(home.body, "<main>", `<main><a href="/repairs-day/">News of repairs</a>`, 1)
	walk, _ = (town{"/": home, "/comments/feed/": xmlBody(wordpress), "/repairs-day/": listing}).visit(t, platform.Web(), webJob(), settings(t))
	if len(walk.Comments) != 3 {
		t.Errorf("%d comments of WordPress, want 3: %+v", len(walk.Comments), walk.Comments)
	}
	if got := byNumber(walk.Comments, "wordpress", 34)[30]; !strings.HasPrefix(got, "unknown|No heat for a week.|2026-11-20T09:00:00Z") {
		t.Errorf("comment 30: %q", got)
	}
}

// Whatever a page's scripts hold, no server of comments is asked at an address that is none.
func FuzzServer(f *testing.F) {
	f.Add(remarkPage, "remark42")
	f.Add(`<script data-isso="//x.test/isso/"></script>`, "isso")
	f.Add(`<script src="https://giscus.app/client.js" data-repo="a/b" data-mapping="pathname"></script>`, "giscus")
	f.Add(disqusPage+`<script>var disqus_identifier = 'n';</script>`, "disqus")
	f.Fuzz(func(t *testing.T, body, system string) {
		talk := page("Lifts", body)
		talk.lists = system
		held := settings(t)
		held.Held = map[string]string{"disqus": "https://disqus.com"}
		_, asked := (town{"/": page("Example Homes | News", `<a href="/news/x">News</a>`), "/news/x": talk}).visit(t, platform.Web(), webJob(), held)
		for _, r := range asked {
			if r.Key != "" && !strings.HasPrefix(r.URL, "https://disqus.com/api/3.0/threads/") {
				t.Errorf("asked %q with a key", r.URL)
			}
			if !strings.HasPrefix(r.URL, "http://") && !strings.HasPrefix(r.URL, "https://") {
				t.Errorf("asked %q", r.URL)
			}
		}
	})
}
