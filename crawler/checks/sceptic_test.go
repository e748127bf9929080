package checks_test

import (
	"slices"
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

const wp = `<link rel="stylesheet" href="/wp-content/themes/town/style.css">`

// post is a page of a news item, with what stands in its head, on its body and below its text.
func post(head, class, below string) string {
	return `<!doctype html><html lang="en-GB"><head><title>New doors for Elm Court | Fernley Homes</title>` + head + `</head><body class="` + class +
		`"><header><nav><a href="/">Home</a> <a href="/news/">News</a></nav></header><main id="content"><article class="hentry"><h1>New doors for Elm Court</h1><p>` +
		strings.Repeat("Joiners hang the new doors in the last week of the month, one landing after the other. ", 5) + `</p></article>` + below +
		`</main><footer><p>Fernley Homes</p></footer></body></html>`
}

// TestNoAccusation holds pages as British landlords' sites have them, each of which once was, or might be, misread. None
// of them says that comments are closed, and none proves that there are none.
func TestNoAccusation(t *testing.T) {
	closed := `<p class="no-comments">Comments are closed.</p>`
	for name, page := range map[string]string{
		"a related post's words":           post(wp, "single single-post", `<div class="related-posts"><ul><li><a href="/b">Bins</a>`+closed+`</li></ul></div>`),
		"a side bar's words":               post(wp, "single single-post", `<aside>`+closed+`</aside>`),
		"a teaser in an article":           post(wp, "single single-post", `<article class="card"><h3>Bins</h3>`+closed+`</article>`),
		"a teaser's comment link":          post("", "", `<div class="list"><h3>Bins</h3><span class="comments-link">Comments closed</span></div>`),
		"a rule of the house":              post("", "", `<div id="comments"><p>Comments are closed after 14 days.</p></div>`),
		"closed at night":                  post("", "", `<div id="comments"><p>Comments are closed overnight and at weekends.</p></div>`),
		"WordPress, a rule of the house":   post(wp, "single", `<p class="comments-closed">Comments are closed on posts older than two weeks.</p>`),
		"a frame beside the sentence":      post("", "", `<div id="comments"><p>Comments are closed.</p><iframe src="https://talk.example/comments?x=1"></iframe></div>`),
		"an element of its own":            post("", "", `<town-comments post="4"></town-comments>`),
		"drawn on scroll":                  post("", "", `<div data-lazy="/api/comments?post=4"></div>`),
		"a heading and an empty place":     post("", "", `<h2>Comments</h2><div class="js-feed"></div>`),
		"a button":                         post("", "", `<button type="button">3 comments</button><div class="js"></div>`),
		"Welsh words, a place to fill":     post("", "", `<h2>Sylwadau</h2><div class="rhestr"></div>`),
		"a form swallowed by a style":      post("", "", `<style><form id="commentform"><textarea></textarea></form>`),
		"a form swallowed by a remark":     post("", "", `<!-- <form class="comment-form"><textarea></textarea></form>`),
		"a form in noscript":               post("", "", `<noscript><form class="comment-form"><textarea></textarea></form></noscript>`),
		"AMP, comments on the full page":   post("", "", `<a href="/news/doors/#comments">View comments</a>`),
		"Jetpack's frame":                  post(wp, "single", `<div id="respond" class="comment-respond"><iframe src="https://jetpack.wordpress.com/jetpack-comment/?blogid=1"></iframe></div>`),
		"a password before the post":       post(wp, "single", `<form action="/wp-login.php?action=postpass" class="post-password-form" method="post"><p>This content is password protected.</p><input type="password" name="post_password"></form>`),
		"Squarespace's data":               post("", "", `<script>Static.SQUARESPACE_CONTEXT={"item":{"commentState":2}}</script>`),
		"an invitation to a consultation":  post("", "", `<p>Have your say on our consultation pages.</p>`),
		"cut off in the middle":            strings.TrimSuffix(post("", "", ``), `</main><footer><p>Fernley Homes</p></footer></body></html>`),
		"cut off after the closed words":   strings.TrimSuffix(post(wp, "single", closed), `</main><footer><p>Fernley Homes</p></footer></body></html>`),
		"closed under a form's heading":    post(wp, "single", `<p class="no-comments">Comments are closed.</p><div id="respond"><h3 id="reply-title">Leave a Reply</h3></div>`),
		"a letter's box never closed":      post(wp, "single", `<form class="wpcf7-form" action="/contact/"><textarea name="comment"><div id="respond" class="comment-respond"></div></textarea></form>`),
		"tags that a reader sees":          post("", "", `&lt;/p>&lt;div id="respond">&lt;form>`),
		"a remark never closed":            strings.Replace(post("", "", ""), "</article>", "<!-- </article>", 1),
		"data of an open post":             post("", "", `<p>"post":{"comment_status":"open"}</p>`),
		"a choice never closed":            strings.Replace(post("", "", ""), "</article>", "<select></article>", 1),
		"a template never closed":          strings.Replace(post("", "", ""), "</article>", "<template></article>", 1),
		"two sentences, one of them hides": post("", "", `<div id="comments"><p class="msg-a">Comments are closed.</p><p class="msg-b">Sign in to comment.</p></div>`),
	} {
		r := comments(saved("https://www.fernley.example/news/doors/", []byte(page)))
		if s := r.Verdict.State(); s == audit.Closed || s == audit.Absent {
			t.Errorf("%s: %v by %+v", name, s, r.Verdict.Evidence())
		}
	}
}

// TestSilentPost: where a system prints nothing for a closed post without comments, the page shows no place to talk, and of
// the post nothing is said.
func TestSilentPost(t *testing.T) {
	for name, page := range map[string]string{
		"a block theme":                   post(wp, "single single-post postid-7", ``),
		"an empty area":                   post(wp, "single single-post postid-7", `<div id="comments" class="comments-area"> </div>`),
		"the script that moves forms":     post(wp+`<script src="/wp-includes/js/comment-reply.min.js" id="comment-reply-js"></script>`, "single single-post", ``),
		"a query's own names":             post(wp, "single", `<script>var q={"comments_per_page":"50"}</script>`),
		"a count of none":                 post(wp, "single", `<script type="application/ld+json">{"@type":"Article","commentCount":0}</script>`),
		"a newspaper's opinions":          post(wp, "single", `<a href="/comment/">Opinion</a>`),
		"an icon":                         post(wp, "single", `<i class="icon-comment-alt"></i>`),
		"Drupal, a node without comments": post(`<meta name="generator" content="Drupal 10">`, "page-node-type-news", ``),
	} {
		p := saved("https://www.fernley.example/news/doors/", []byte(page))
		p.Answer.Request.Post = &audit.PostFacts{URL: "https://www.fernley.example/news/doors/", Title: "New doors for Elm Court"}
		r := comments(p)
		if r.Verdict.State() != audit.Absent {
			t.Errorf("%s: the page alone: %v/%s", name, r.Verdict.State(), r.Verdict.Reason())
		}
		v := audit.Visit{ID: "v", Channel: audit.Channel{ID: "c", Platform: audit.Web}, How: audit.Anonymous}
		found, err := crawler.Fold([]crawler.Check{checks.Comments()}, v, []audit.Reading{r}, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if f.Verdict.State() != audit.Unknown {
				t.Errorf("%s: the post %q: %v", name, f.Scope, f.Verdict.State())
			}
		}
	}
	for name, page := range map[string]string{
		"an area with a frame":         post(wp, "single", `<div id="comments"><iframe src="/talk"></iframe></div>`),
		"a script of comments":         post(wp, "single", `<script src="/wp-content/plugins/lazy-comments/a.js"></script>`),
		"an action to comment":         post(wp, "single", `<script type="application/ld+json">{"potentialAction":{"@type":"CommentAction"}}</script>`),
		"a count of three":             post(wp, "single", `<script type="application/ld+json">{"commentCount":3}</script>`),
		"an empty area, no WordPress":  post("", "", `<div id="comments"></div>`),
		"a link to its own comments":   post(wp, "single", `<a href="/news/doors/#comment">Talk</a>`),
		"a form that asks for a phone": post(wp, "single", `<form class="talk"><input name="phone"><textarea name="comment"></textarea></form>`),
	} {
		if r := comments(saved("https://www.fernley.example/news/doors/", []byte(page))); r.Verdict.State() == audit.Absent {
			t.Errorf("%s: absent", name)
		}
	}
}

// TestClosedSaysSo: what the rules above let pass is still seen.
func TestClosedSaysSo(t *testing.T) {
	for name, page := range map[string]string{
		"WordPress":       post(wp, "single", `<div id="comments"><p class="no-comments">Comments are closed.</p></div>`),
		"Welsh WordPress": post(wp, "single", `<div id="comments"><p class="no-comments">Mae sylwadau wedi cau.</p></div>`),
		"a site's own":    post("", "", `<section id="comments"><h2>Comments</h2><p>Comments are closed.</p></section>`),
	} {
		if r := comments(saved("https://www.fernley.example/news/doors/", []byte(page))); r.Verdict.State() != audit.Closed {
			t.Errorf("%s: %v/%s", name, r.Verdict.State(), r.Verdict.Reason())
		}
	}
}

// TestFactsNeedThePage: what interface and feed say counts only beside the post's own page, whole, without another way in.
func TestFactsNeedThePage(t *testing.T) {
	mark := &audit.Mark{Capture: "rest", Path: "$[0].comment_status", Offset: 1, Length: 8, Excerpt: `"closed"`}
	left := &audit.FeedFacts{Control: true, Mark: &audit.Mark{Capture: "feed", Offset: 10, Length: 6, Excerpt: "<item>"}}
	own := post(wp, "single single-post", ``)
	say := func(title, status string, f *audit.FeedFacts) *audit.PostFacts {
		return &audit.PostFacts{URL: "https://www.fernley.example/news/doors/", Title: title, CommentStatus: status, StatusMark: mark, Feed: f}
	}
	const title = "New doors for Elm Court"
	for name, c := range map[string]struct {
		page  string
		post  *audit.PostFacts
		state audit.State
	}{
		"closed, the post's own page":         {own, say(title, "closed", nil), audit.Closed},
		"closed, its title drawn otherwise":   {own, say("NEW DOORS – for ‘Elm Court’", "closed", nil), audit.Closed},
		"closed, another page in its place":   {own, say("Rents in April", "closed", nil), audit.Unknown},
		"closed, a post without a title":      {own, say("", "closed", nil), audit.Unknown},
		"closed, the page cut short":          {own[:len(own)-60], say(title, "closed", nil), audit.Unknown},
		"closed, form and words both stand":   {post(wp, "single", `<p class="no-comments">Comments are closed.</p><form id="commentform" action="/wp-comments-post.php"><textarea name="comment"></textarea></form>`), say(title, "closed", nil), audit.Unknown},
		"closed, a frame of another system":   {post(wp, "single", `<iframe src="https://talk.example/comments/4"></iframe>`), say(title, "closed", nil), audit.Unknown},
		"closed, a script of another system":  {post(wp, "single", `<script src="https://cdn.example/town-comments.js"></script>`), say(title, "closed", nil), audit.Unknown},
		"closed, wpDiscuz's own form stands":  {post(wp, "single", `<form class="wpd_comm_form"><textarea></textarea></form>`), say(title, "closed", nil), audit.Open},
		"closed, drawn by a script":           {`<!doctype html><html><head><title>` + title + `</title><script src="/wp-content/app.js"></script></head><body><h1>` + title + `</h1><div id="root"></div></body></html>`, say(title, "closed", nil), audit.Unknown},
		"closed, back soon":                   {`<!doctype html><html><head><title>` + title + `</title></head><body><h1>We'll be back soon</h1><p>` + strings.Repeat("Our site is resting. ", 20) + `</p></body></html>`, say(title, "closed", nil), audit.Unknown},
		"left out of the feed":                {own, say(title, "open", left), audit.Closed},
		"left out of the feed, another page":  {own, say("Rents in April", "open", left), audit.Unknown},
		"left out of the feed, AMP list":      {post(wp, "single", `<amp-list src="/api/comments"></amp-list>`), say(title, "open", left), audit.Unknown},
		"left out of the feed, a frame":       {post(wp, "single", `<iframe src="https://talk.example/discussion/4"></iframe>`), say(title, "open", left), audit.Unknown},
		"nothing on a page in a post's place": {strings.ReplaceAll(post("", "", ""), title, "Something went wrong"), say(title, "", nil), audit.Unknown},
	} {
		p := saved("https://www.fernley.example/news/doors/", []byte(c.page))
		p.Answer.Request.Post = c.post
		if r := comments(p); r.Verdict.State() != c.state {
			t.Errorf("%s: %v/%s by %+v", name, r.Verdict.State(), r.Verdict.Reason(), r.Verdict.Evidence())
		}
	}
}

// TestQuietSites: only a page that says no word of what is asked for is silent about it.
func TestQuietSites(t *testing.T) {
	for name, c := range map[string]struct {
		below string
		loud  []string // checks for which the page is not silent
	}{
		"nothing":                     {``, nil},
		"a link that sends a form":    {`<a href="javascript:__doPostBack('c','')">Complaints</a>`, []string{"complaints_page"}},
		"a choice in a list":          {`<select><option value="/c">Complaints and forum</option></select>`, []string{"complaints_page", "forum"}},
		"a picture as a button":       {`<form action="/c"><input type="image" src="c.gif" alt="Complaints"></form>`, []string{"complaints_page"}},
		"broken by a soft hyphen":     {`<p>Com&shy;plaints: ring us.</p>`, []string{"complaints_page"}},
		"a mutation in Welsh":         {`<p>Canmoliaeth a chwynion.</p>`, []string{"complaints_page"}},
		"menus as data":               {`<script type="application/json">{"menu":[{"t":"Residents forum","u":"/f"},{"t":"x","u":"https:\/\/facebook.com\/fernley"}]}</script>`, []string{"forum", "social_links"}},
		"in noscript":                 {`<noscript><a href="/complaints">Tell us</a> <a href="https://www.instagram.com/fernley">Us</a></noscript>`, []string{"complaints_page", "social_links"}},
		"an icon without a link":      {`<a href="#" class="icon fa-facebook"></a>`, []string{"social_links"}},
		"an address of the site":      {`<a href="/go/facebook"><img src="f.png" alt=""></a>`, []string{"social_links"}},
		"in an attribute":             {`<button data-url="https%3A%2F%2Fx.com%2Ffernley">us</button>`, []string{"social_links"}},
		"words only":                  {`<p>Follow us for the latest.</p>`, []string{"social_links"}},
		"what English readers follow": {`<a href="/en/">English</a>`, []string{"languages"}},
		"a heading against a word":    {`<div>and<h2>Upcoming events</h2></div>`, []string{"events"}},
		"a day and a place":           {`<dl><dt>Date</dt><dd>12 May</dd><dt>Venue</dt><dd>Hall</dd></dl>`, []string{"events"}},
		"heads of a forum in a menu":  {`<nav><ul><li>Topic</li><li>Replies</li><li>Views</li></ul></nav>`, []string{"forum"}},
		"a share button says nothing": {`<a class="share" href="https://www.facebook.com/sharer.php?u=1">Share</a>`, nil},
	} {
		p := saved("https://www.fernley.example/about/", []byte(post("", "", c.below)))
		for _, r := range p.Read([]crawler.Check{checks.ComplaintsPage(), checks.Forum(), checks.SocialLinks(), checks.Events(), checks.Languages()}) {
			loud := r.Verdict.State() != audit.Unknown || r.Verdict.Reason() != audit.ReasonNotLooked
			if want := slices.Contains(c.loud, string(r.Check)); loud != want {
				t.Errorf("%s: %s is %v/%s", name, r.Check, r.Verdict.State(), r.Verdict.Reason())
			}
		}
	}
}
