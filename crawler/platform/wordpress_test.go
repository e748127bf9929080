package platform_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/platform"
)

const (
	apiLink   = `<https://homes.test/wp-json/>; rel="https://api.w.org/"`
	postsPath = "/wp-json/wp/v2/posts?_fields=id,date_gmt,link,title,type,format,comment_status,author&per_page=20"
	remarks   = "/wp-json/wp/v2/comments?_fields=id,post,parent,author,author_name,date_gmt,content,link,type&per_page=100"

	postRows = `[{"id":9,"date_gmt":"2026-11-19T09:00:00","type":"post","link":"https:\/\/homes.test\/repairs-day\/","title":{"rendered":"Repairs &amp; you"},"comment_status":"open","author":1},
 {"id":8,"date_gmt":"2026-11-18T09:00:00","type":"post","link":"https:\/\/homes.test\/rent\/","title":{"rendered":"Rent"},"comment_status":"closed","author":2},
 {"id":7,"type":"post","link":"https:\/\/homes.test\/odd\/","comment_status":"maybe"},
 {"id":6,"type":"post","link":"https:\/\/elsewhere.test\/away\/","comment_status":"closed"}]`

	feedBody = `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:other="http://other.test/">
<channel><title>Example</title><link>https://homes.test</link>
<item><title>Repairs</title><link>https://homes.test/repairs-day/</link><pubDate>Thu, 19 Nov 2026 09:00:00 +0000</pubDate><wfw:commentRss>https://homes.test/repairs-day/feed/</wfw:commentRss><slash:comments>2</slash:comments></item>
<item><title>Rent</title><link>https://homes.test/rent</link><other:comments>5</other:comments></item>
<item><title>Talk</title><link>https://homes.test/talk/</link><slash:comments>many</slash:comments></item>
</channel></rss>`

	remarkRows = `[{"id":31,"post":9,"parent":30,"author":1,"author_name":"Example Homes","date_gmt":"2026-11-20T10:00:00","content":{"rendered":"<p>Sorry. Ring <b>0161 496 0000<\/b>.<\/p>\n"},"link":"https://homes.test/repairs-day/#comment-31","type":"comment"},
 {"id":30,"post":9,"parent":0,"author":0,"author_name":"Visitor A","date_gmt":"2026-11-20T09:00:00","content":{"rendered":"<p>No heat for a week.<br>I am at <i>12 High Street</i><script>x()</script><\/p>\n"},"link":"https://homes.test/repairs-day/#comment-30","type":"comment"},
 {"id":29,"post":4,"parent":0,"author":7,"author_name":"Visitor A","date_gmt":"2026-11-01T09:00:00","content":{"rendered":"<p>Old.<\/p>"},"link":"https://homes.test/old/comment-page-2/#comment-29","type":"comment"},
 {"id":28,"post":9,"parent":0,"author":0,"author_name":"Other site","date_gmt":"2026-11-01T09:00:00","content":{"rendered":"<p>[…] link<\/p>"},"link":"https://homes.test/repairs-day/#comment-28","type":"pingback"}]`
)

func wordpressTown() town {
	home := page("Example Homes | News", `<a href="/rent/">Rent</a>`)
	home.link = apiLink
	return town{
		"/": home, "/feed/": xmlBody(feedBody), "/sitemap.xml": xmlBody(emptyMap),
		postsPath: jsonBody(postRows), remarks: jsonBody(remarkRows),
		"/repairs-day/": page("Repairs", ""), "/rent/": page("Rent", ""), "/talk/": page("Talk", ""), "/odd/": page("Odd", ""),
	}
}

func TestWordPressFacts(t *testing.T) {
	_, asked := wordpressTown().visit(t, platform.Web(), webJob(), settings(t))
	two := 2
	for path, want := range map[string]*audit.PostFacts{
		"/repairs-day/": {CommentStatus: "open", Feed: &audit.FeedFacts{Slash: &two, RSS: true}},
		"/rent/":        {CommentStatus: "closed", Feed: &audit.FeedFacts{Control: true}},
		"/odd/":         {},
		"/talk/":        {},
	} {
		r := find(asked, path)
		if r == nil || r.Post == nil || !r.People {
			t.Errorf("%s: not asked for as a post with people on it: %+v", path, r)
			continue
		}
		if m := r.Post.PublishedMark; !r.Post.Published.IsZero() && (m == nil || !strings.Contains(postRows[m.Offset:m.Offset+m.Length], r.Post.Published.Format(time.DateOnly))) {
			t.Errorf("%s: where its day stands: %+v", path, m)
		}
		got := audit.PostFacts{CommentStatus: r.Post.CommentStatus, Feed: r.Post.Feed}
		if got.Feed != nil {
			bare := *got.Feed
			m := bare.Mark
			bare.Mark, got.Feed = nil, &bare
			marked := feedBody[m.Offset : m.Offset+m.Length]
			if !strings.HasPrefix(marked, "<item>") || marked != m.Excerpt || !strings.Contains(marked, strings.TrimSuffix(path, "/")) {
				t.Errorf("%s: the feed's mark is %q", path, marked)
			}
		}
		if diff := cmp.Diff(*want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
		if m := r.Post.StatusMark; m != nil {
			if got := postRows[m.Offset : m.Offset+m.Length]; got != `"`+want.CommentStatus+`"` || m.Excerpt != got {
				t.Errorf("%s: the row's mark is %q, its excerpt %q", path, got, m.Excerpt)
			}
		}
	}
	if m := find(asked, "/rent/").Post.StatusMark; m == nil || m.Path != "$[1].comment_status" {
		t.Errorf("mark of the second row: %+v", m)
	}
	for _, r := range asked {
		if strings.Contains(r.URL, "elsewhere") {
			t.Errorf("asked another site: %s", r.URL)
		}
	}
}

func TestWordPressComments(t *testing.T) {
	s := settings(t)
	walk, _ := wordpressTown().visit(t, platform.Web(), webJob(), s)
	id := func(n string) string { return audit.CommentID("c1", "wordpress", n) }
	post := func(path string) string { return audit.Hash("c1", "https://homes.test"+path) }
	name := func(n string) string { return s.Keys.Pseudonym("example", audit.Web, n) }
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC) }
	want := []audit.Comment{
		{ID: id("31"), Post: post("/repairs-day/"), System: "wordpress", URL: "https://homes.test/repairs-day/#comment-31",
			Author: name("Example Homes"), By: audit.AuthorOrganisation, Parent: id("30"), Time: at(20, 10), Text: "Sorry. Ring [phone]."},
		{ID: id("30"), Post: post("/repairs-day/"), System: "wordpress", URL: "https://homes.test/repairs-day/#comment-30",
			Author: name("Visitor A"), By: audit.AuthorPublic, Time: at(20, 9), Text: "No heat for a week.\nI am at [number] High Street"},
		{ID: id("29"), Post: post("/old/"), System: "wordpress", URL: "https://homes.test/old/comment-page-2/#comment-29",
			Author: name("Visitor A"), By: audit.AuthorUnknown, Time: at(1, 9), Text: "Old."},
	}
	for i := range want {
		want[i].TextHash, want[i].Print, want[i].Native, want[i].Method = audit.LongHash("text", want[i].Text), audit.Print(want[i].Text), true, audit.ByInterface
	}
	if diff := cmp.Diff(want, walk.Comments); diff != "" {
		t.Errorf("comments (-want +got):\n%s", diff)
	}
	shown := []audit.Listing{{Capture: walk.Listings[0].Capture, Method: audit.ByInterface, Complete: true, Comments: []string{id("31"), id("30"), id("29")}}}
	if diff := cmp.Diff(shown, walk.Listings); diff != "" || shown[0].Capture == "" {
		t.Errorf("the interface gave fewer than it gives at most, so it lists all (-want +got):\n%s", diff)
	}
	posts := map[string]bool{}
	for _, p := range walk.Posts {
		posts[p.ID] = true
	}
	for _, c := range walk.Comments {
		if !posts[c.Post] {
			t.Errorf("comment %s is on a post that the visit does not hold", c.URL)
		}
	}
	s.Text = false
	walk, _ = wordpressTown().visit(t, platform.Web(), webJob(), s)
	for _, c := range walk.Comments {
		if c.Text != "" || c.TextHash == "" {
			t.Errorf("text %q kept although none is to be kept", c.Text)
		}
	}
}

// An answer of a shape we do not know gives no facts; the posts that the feed names are read all the same.
func TestWordPressOddAnswers(t *testing.T) {
	for name, rest := range map[string]answer{
		"HTML":             page("Example", ""),
		"no route":         {status: 404, kind: "application/json", body: `{"code":"rest_no_route","message":"No route","data":{"status":404}}`},
		"forbidden":        {status: 401, kind: "application/json", body: `{"code":"rest_forbidden"}`},
		"an object":        jsonBody(`{"9":{"id":9,"link":"https://homes.test/repairs-day/","comment_status":"closed"}}`),
		"cut short":        jsonBody(postRows[:len(postRows)-30]),
		"a key twice":      jsonBody(`[{"id":9,"type":"post","link":"https://homes.test/repairs-day/","comment_status":"open","comment_status":"closed"}]`),
		"warning before":   jsonBody("<b>Notice</b>: x" + postRows),
		"something after":  jsonBody(postRows + "[]"),
		"nulls":            jsonBody(`[{"id":null,"link":null,"comment_status":null}]`),
		"status is number": jsonBody(`[{"id":9,"type":"post","link":"https://homes.test/repairs-day/","comment_status":1}]`),
		"too many":         jsonBody("[" + strings.Repeat(`{"id":9},`, 200) + `{"id":9}]`),
	} {
		t.Run(name, func(t *testing.T) {
			here := wordpressTown()
			here[postsPath] = rest
			_, asked := here.visit(t, platform.Web(), webJob(), settings(t))
			r := find(asked, "/repairs-day/")
			if r == nil || r.Post == nil {
				t.Fatalf("the post that the feed names was not read: %q", paths(asked))
			}
			if r.Post.CommentStatus != "" || r.Post.StatusMark != nil {
				t.Errorf("facts from an answer we do not understand: %+v", r.Post)
			}
		})
	}
	for name, body := range map[string]string{
		"cut short":       feedBody[:len(feedBody)-20],
		"HTML":            page("Example", "").body,
		"entity":          strings.Replace(feedBody, "<title>Rent", "<title>&nbsp;Rent", 1),
		"another charset": strings.Replace(feedBody, "UTF-8", "windows-1252", 1),
		"two roots":       feedBody + "<rss/>",
		"too deep":        strings.Replace(feedBody, "<other:comments>5", strings.Repeat("<a>", 40)+strings.Repeat("</a>", 40)+"<other:comments>5", 1),
	} {
		t.Run("feed "+name, func(t *testing.T) {
			here := wordpressTown()
			here["/feed/"] = xmlBody(body)
			_, asked := here.visit(t, platform.Web(), webJob(), settings(t))
			if r := find(asked, "/rent/"); r == nil || r.Post == nil || r.Post.Feed != nil || r.Post.CommentStatus != "closed" {
				t.Errorf("want the interface's facts and none of the feed: %+v", r)
			}
		})
	}
}

func TestFeedControl(t *testing.T) {
	item := func(link, elements string) string {
		return "<item><link>https://homes.test" + link + "</link>" + elements + "</item>"
	}
	whole := func(items ...string) string {
		return `<rss version="2.0" xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel>` +
			strings.Join(items, "") + `</channel></rss>`
	}
	both := "<wfw:commentRss>x</wfw:commentRss><slash:comments>0</slash:comments>"
	for _, c := range []struct {
		name    string
		body    string
		control bool
		facts   bool
	}{
		{"another carries both", whole(item("/rent/", ""), item("/x", both)), true, true},
		{"none does", whole(item("/rent/", ""), item("/x", "")), false, true},
		{"only itself", whole(item("/rent/", both), item("/x", "")), false, true},
		{"another carries one", whole(item("/rent/", ""), item("/x", "<slash:comments>3</slash:comments>")), false, true},
		{"the post stands twice", whole(item("/rent/", ""), item("/rent", both), item("/x", both)), false, false},
		{"two counts", whole(item("/rent/", both+both), item("/x", both)), false, false},
		{"Atom", `<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="https://homes.test/rent/"/></entry></feed>`, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			here := wordpressTown()
			here["/feed/"] = xmlBody(c.body)
			_, asked := here.visit(t, platform.Web(), webJob(), settings(t))
			f := find(asked, "/rent/").Post.Feed
			if (f != nil) != c.facts || (f != nil && f.Control != c.control) {
				t.Errorf("got %+v, want facts %t, control %t", f, c.facts, c.control)
			}
		})
	}
}

// A site without WordPress: the posts are those of its feed, and nothing is said of their comments.
func TestOtherFeeds(t *testing.T) {
	for name, body := range map[string]string{
		"Atom": `<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><entry><title>One &amp; all</title><published>2026-11-01T10:00:00+01:00</published>
			<link rel="self" href="/one.atom"/><link href="/news/one"/></entry></feed>`,
		"RSS": `<rss version="2.0"><channel><item><title>One &amp; all</title><link>https://homes.test/news/one</link><pubDate>Sun, 01 Nov 2026 09:00:00 GMT</pubDate></item></channel></rss>`,
	} {
		t.Run(name, func(t *testing.T) {
			home := page("Example Homes", "")
			home.body = strings.Replace(home.body, "</head>", `<link rel="alternate" type="application/rss+xml" href="/comments/feed/"><link rel="alternate" type="application/atom+xml" href="/news.xml"></head>`, 1)
			here := town{"/": home, "/news.xml": xmlBody(body), "/news/one": page("One", "")}
			walk, asked := here.visit(t, platform.Web(), webJob(), settings(t))
			want := []audit.Post{{ID: audit.Hash("c1", "https://homes.test/news/one"), URL: "https://homes.test/news/one", Title: "One & all",
				Published: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)}}
			if diff := cmp.Diff(want, walk.Posts); diff != "" {
				t.Errorf("posts (-want +got):\n%s", diff)
			}
			if r := find(asked, "/news/one"); r == nil || r.Post == nil || r.Post.CommentStatus != "" {
				t.Errorf("the post's page: %+v of %q", r, paths(asked))
			} else if m := r.Post.PublishedMark; m == nil || !strings.Contains(body[m.Offset:m.Offset+m.Length], "2026") || m.URL != "https://homes.test/news.xml" {
				t.Errorf("where its day stands: %+v", m)
			}
		})
	}
}

func TestPlainAddresses(t *testing.T) {
	home := page("Example Homes", "")
	home.link = `<https://homes.test/index.php?rest_route=/>; rel="https://api.w.org/"`
	here := town{
		"/": home,
		"/index.php?_fields=id,date_gmt,link,title,type,format,comment_status,author&per_page=20&rest_route=/wp/v2/posts": jsonBody(
			`[{"id":4,"type":"post","link":"https://homes.test/?p=4","title":{"rendered":"Four"},"comment_status":"open","author":1}]`),
		"/index.php?feed=rss2": xmlBody(`<rss><channel><item><link>https://homes.test/?p=4</link></item></channel></rss>`),
		"/?p=4":                page("Four", ""),
	}
	_, asked := here.visit(t, platform.Web(), webJob(), settings(t))
	r := find(asked, "/?p=4")
	if r == nil || r.Post == nil || r.Post.CommentStatus != "open" || r.Post.Feed == nil {
		t.Errorf("post at a plain address: %+v of %q", r, paths(asked))
	}
}

func TestUnchanged(t *testing.T) {
	s := settings(t)
	first, _ := wordpressTown().visit(t, platform.Web(), webJob(), s)
	job := webJob()
	plan := platform.Web().Plan(job, s)
	queue := plan.First()
	var posts []string
	for len(queue) > 0 {
		r := queue[0]
		queue = queue[1:]
		if r.Post != nil {
			posts = append(posts, r.URL+" "+r.Post.CommentStatus)
		}
		a := wordpressTown().answer(r)
		p := crawler.NewPage(a, nil)
		if o, ok := first.Pages[r.URL]; ok {
			a.Body, a.Status, a.Problem = nil, 304, ""
			p = crawler.NewUnchanged(a, o)
		}
		queue = append(queue, plan.Next(p)...)
	}
	walk := plan.Done(nil)
	want := []string{"https://homes.test/repairs-day/ open", "https://homes.test/rent/ closed", "https://homes.test/odd/ ", "https://homes.test/talk/ "}
	if diff := cmp.Diff(want, posts); diff != "" {
		t.Errorf("posts read on from memory (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(first.Coverage["forum"].Complete, walk.Coverage["forum"].Complete); diff != "" {
		t.Errorf("coverage differs when nothing has changed:\n%s", diff)
	}
}

// Of more comments than the interface gives at once it lists the newest: all since the second after the oldest of them. An empty
// list shows nothing.
func TestNewestCommentsAreAListing(t *testing.T) {
	here := wordpressTown()
	var rows []string
	for i := range 100 {
		at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC).Add(-time.Duration(i) * time.Hour)
		rows = append(rows, fmt.Sprintf(`{"id":%d,"post":9,"parent":0,"author":0,"author_name":"V","date_gmt":%q,"content":{"rendered":"<p>No %d<\/p>"},"link":"https://homes.test/repairs-day/#comment-%d","type":"comment"}`,
			1000-i, at.Format("2006-01-02T15:04:05"), i, 1000-i))
	}
	for body, want := range map[string]audit.Listing{
		"[" + strings.Join(rows, ",") + "]":      {Complete: true, Since: time.Date(2026, 11, 20, 9, 0, 1, 0, time.UTC).Add(-99 * time.Hour)},
		"[" + strings.Join(rows[:99], ",") + "]": {Complete: true},
		"[]":                                     {},
	} {
		here[remarks] = jsonBody(body)
		walk, _ := here.visit(t, platform.Web(), webJob(), settings(t))
		if len(walk.Listings) != 1 {
			t.Fatalf("%d listings", len(walk.Listings))
		}
		got := walk.Listings[0]
		if got.Complete != want.Complete || !got.Since.Equal(want.Since) || len(got.Comments) != len(walk.Comments) || got.Post != "" || got.Method != audit.ByInterface {
			t.Errorf("%d comments: %+v, want %+v", len(walk.Comments), got, want)
		}
	}
}
