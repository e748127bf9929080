package checks_test

import (
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// TestNamesOfOthers: a word of comments that is part of another story's name, of what is cited of another site, of a drawing
// or of a program's source is no place to talk.
func TestNamesOfOthers(t *testing.T) {
	for name, below := range map[string]string{
		"a link to what somebody said elsewhere": `<p>The makers <a href="https://code.example/tools/issues/9479#issuecomment-5428">gave up on it</a> for now.</p>`,
		"a story whose name holds the word":      `<ul><li><a href="/news/2026/tenants-comment-on-the-new-lifts">Tenants comment on the new lifts</a></li></ul>`,
		"a headline that holds the word":         `<h3><a href="/news/no-comment-from-the-council-on-rents">No comment from the council on rents</a></h3>`,
		"a menu's section of opinions":           `<nav><a href="/komentare/">Komentáře</a></nav>`,
		"a newspaper's section":                  `<a href="/opinion/comment/">Opinion</a>`,
		"a sheet of drawings":                    `<svg><symbol id="icons-reply-small"><path d="M0 0"></path></symbol><mask id="maskComments"></mask></svg>`,
		"a listing of code":                      `<pre><code><span class="line"><span class="token comment">// doors.c</span></span></code></pre>`,
		"a call that makes a remark":             `<script>var mark = document.createComment("slot");</script>`,
		"the first to know":                      `<p>Be the first to know about new homes.</p>`,
		"a column of remarks":                    `<table><tr><th>Measure</th><th>Comments</th></tr><tr><td>Repairs</td><td>Better than last year</td></tr><tr><td>Calls</td><td>As planned</td></tr></table>`,
		"Squarespace's settings of a site":       `<script>Static.SQUARESPACE_CONTEXT={"websiteSettings":{"commentLikesAllowed":true,"commentAnonAllowed":true,"disqusShortname":"","commentsEnabled":false}}</script>`,
		"Blogger's list of links to a post": `<link href="https://www.blogger.com/static/x.css"><div class="comments" id="comments"><a name="comments"></a><div id="Blog1_backlinks-container">` +
			`<a name="links"></a><h4>Links to this post</h4><p class="comment-footer"><a class="comment-link" href="https://www.blogger.com/blog-this.g">Create a Link</a></p></div></div>`,
	} {
		r := comments(saved("https://www.fernley.example/news/doors/", []byte(post("", "", below))))
		if r.Verdict.State() != audit.Absent {
			t.Errorf("%s: %v/%s", name, r.Verdict.State(), r.Verdict.Reason())
		}
	}
}

// TestPlacesToTalk: what looks like one of those and is, or may be, a place to talk, is never taken for none.
func TestPlacesToTalk(t *testing.T) {
	for name, below := range map[string]string{
		"comments in a forum beside the site":   `<a href="/forum/news-comments/doors/forum-65645/comment/">Read what was written (1)</a>`,
		"a story's own comments":                `<a href="/doors-in-may/comment">Talk</a>`,
		"a thread elsewhere":                    `<p>Discuss this post <a href="https://talk.example/r/homes/comments/7n3/doors">over there</a>.</p>`,
		"a thread elsewhere, by its words":      `<a href="https://talk.example/r/homes/comments/7n3/doors">Discuss these doors</a>`,
		"a thread elsewhere, by a number":       `<a href="https://talk.example/r/homes/comments/7n3/doors">12</a>`,
		"the page of this story's comments":     `<a href="/comments/doors">Doors: all that was said</a>`,
		"the first to write":                    `<p>Be the first to comment.</p>`,
		"a response to write":                   `<div class="js"></div><span>Write the first response</span>`,
		"a place for responses":                 `<div class="js-responsesWrapper"></div>`,
		"a column of numbers":                   `<table><tr><th>Story</th><th>Comments</th></tr><tr><td>Lifts</td><td>12</td></tr></table>`,
		"a column that leads there":             `<table><tr><th>Story</th><th>Comments</th></tr><tr><td>Lifts</td><td><a href="/t/4">what they say</a></td></tr></table>`,
		"a span in code that never ended":       `<code><div><span class="comment">Doors are fine.</span></div>`,
		"Squarespace's data of a post":          `<script>Static.SQUARESPACE_CONTEXT={"websiteSettings":{"commentAnonAllowed":true},"item":{"commentState":1}}</script>`,
		"Blogger's area with something in it":   `<link href="https://www.blogger.com/static/x.css"><div class="comments" id="comments"><div id="Blog1_backlinks-container"><h4>Links</h4></div><p>Sign in</p></div>`,
		"a headline that leads to the comments": `<h3><a href="/news/doors/comments-on-the-new-doors">Comments on the new doors</a></h3>`,
	} {
		r := comments(saved("https://www.fernley.example/news/doors/", []byte(post("", "", below))))
		if s := r.Verdict.State(); s == audit.Absent || s == audit.Closed {
			t.Errorf("%s: %v by %+v", name, s, r.Verdict.Evidence())
		}
	}
}

// TestTalkBelowAPost reads what stands below a post in testdata: what is no place to talk leaves it without one, what may be
// one never does.
func TestTalkBelowAPost(t *testing.T) {
	for file, none := range map[string]bool{"talk-none.txt": true, "talk-some.txt": false} {
		for _, line := range lines(t, file) {
			name, below, _ := strings.Cut(line, " | ")
			r := comments(saved("https://www.fernley.example/news/doors/", []byte(post("", "", below))))
			if s := r.Verdict.State(); s == audit.Closed || (s == audit.Absent) != none {
				t.Errorf("%s: %v/%s by %+v", name, s, r.Verdict.Reason(), r.Verdict.Evidence())
			}
		}
	}
}

// TestUnseenParts: why a part that is loaded later, or stands in a frame, leaves a question open. Of a whole site's forum or
// reviews a frame that says nothing tells nothing.
func TestUnseenParts(t *testing.T) {
	for below, want := range map[string][2]audit.Reason{
		`<div hx-get="/fragments/12" hx-trigger="load"></div>`:     {audit.ReasonNeedsJS, audit.ReasonNeedsJS},
		`<iframe src="https://talk.example/embed/12"></iframe>`:    {audit.ReasonThirdParty, audit.ReasonThirdParty},
		`<iframe src="https://widgets.example/embed/12"></iframe>`: {"", audit.ReasonNotLooked},
		`<iframe src="/fragments/12"></iframe>`:                    {audit.ReasonNoMarker, audit.ReasonNotLooked},
		`<esi:include src="/fragments/12"/>`:                       {audit.ReasonNoMarker, audit.ReasonNotLooked},
		`<div id="menu" up-defer up-href="/menu"></div>`:           {"", audit.ReasonNotLooked},
	} {
		p := saved("https://www.fernley.example/news/doors/", []byte(post("", "", below)))
		r := p.Read([]crawler.Check{checks.Comments(), checks.Forum(), checks.Reviews()})
		if got := r[0].Verdict.Reason(); got != want[0] {
			t.Errorf("comments: %q, want %q: %s", got, want[0], below)
		}
		for _, site := range r[1:] {
			if got := site.Verdict.Reason(); got != want[1] {
				t.Errorf("%s: %q, want %q: %s", site.Check, got, want[1], below)
			}
		}
	}
}

// TestFramesByTheirHost: a frame of the site is told by the name of its host, where that is not the page's own.
func TestFramesByTheirHost(t *testing.T) {
	for page, want := range map[[2]string]audit.State{
		{"https://www.fernley.org.uk/news/doors/", "https://weather.fernley.org.uk/w/12"}:   audit.Absent,
		{"https://www.fernley.org.uk/news/doors/", "//oembed.fernley.org.uk/x1"}:            audit.Absent,
		{"https://www.fernley.org.uk/news/doors/", "https://widgets.fernley.org.uk/12"}:     audit.Unknown,
		{"https://www.fernley.org.uk/news/doors/", "https://video-talk.fernley.org.uk/12"}:  audit.Unknown,
		{"https://events.fernley.org.uk/news/doors/", "https://events.fernley.org.uk/e/12"}: audit.Unknown,
		{"https://www.events.org.uk/news/doors/", "https://widgets.events.org.uk/12"}:       audit.Unknown,
	} {
		r := comments(saved(page[0], []byte(post("", "", `<iframe src="`+page[1]+`"></iframe>`))))
		if r.Verdict.State() != want {
			t.Errorf("%v on %s, want %v: %s", r.Verdict.State(), page[0], want, page[1])
		}
	}
}

// TestAnswerablePages: on a site that takes answers to every page, a page that shows no place to is not known.
func TestAnswerablePages(t *testing.T) {
	r := comments(saved("https://medium.com/@fernley/doors-1a2b", []byte(post("", "", ""))))
	if r.Verdict.State() != audit.Unknown || r.System != "medium" {
		t.Errorf("%v of %q", r.Verdict.State(), r.System)
	}
}

// TestPlacesNamed: a place for comments that a script is to fill tells by its name whose they are.
func TestPlacesNamed(t *testing.T) {
	for below, want := range map[string]string{
		`<div class="disqusContainer commentsHolder"></div>`:                                                         "disqus",
		`<section class="fb_comments_wrapper"></section>`:                                                            "facebook",
		`<div class="spot-im-replies-box"></div>`:                                                                    "openweb",
		`<aside id="comments" class="comments-block"><button>Show</button></aside>`:                                  "custom",
		`<span class="comment-count">3</span>`:                                                                       "",
		`<a class="comments" href="#talk">3</a>`:                                                                     "",
		`<div id="comments"><div class="customer-reviews">Five stars</div></div>`:                                    "",
		`<script>var next = {"src":"https://fernley.coral.coralproject.net/assets/js/count.js"}</script><div></div>`: "coral",
	} {
		r := comments(saved("https://www.fernley.example/news/doors/", []byte(post("", "", below))))
		if r.Verdict.State() != audit.Unknown || r.System != want {
			t.Errorf("%v of %q, want %q: %s", r.Verdict.State(), r.System, want, below)
		}
	}
}

// TestFormsByTheirButton: a form without a telling name takes comments where its button adds one beside those that are
// counted; one in which somebody else's comment is reported takes none.
func TestFormsByTheirButton(t *testing.T) {
	for below, want := range map[string]audit.State{
		`<h2>6 people have commented</h2><form class="x7"><input type="radio" name="s"><textarea name="t"></textarea><button>Add my comment</button></form>`:   audit.Open,
		`<form class="x7"><textarea name="t"></textarea><button>Add my comment</button></form>`:                                                                audit.Unknown,
		`<h2>6 people have commented</h2><form class="x7"><textarea name="t"></textarea><button>Send</button></form>`:                                          audit.Unknown,
		`<h2>6 people have commented</h2><form class="contact"><textarea name="t"></textarea><button>Post comment</button></form>`:                             audit.Unknown,
		`<div id="comments"><form id="mod"><select><option>Spam</option><option>Harassment</option></select><textarea name="comment"></textarea></form></div>`: audit.Unknown,
	} {
		r := comments(saved("https://www.fernley.example/news/doors/", []byte(post("", "", below))))
		if r.Verdict.State() != want {
			t.Errorf("%v, want %v: %s", r.Verdict.State(), want, below)
		}
	}
}

// TestNoPersonsWords: a box to write in, and a heading with the number of comments, are no comment, whatever their class.
func TestNoPersonsWords(t *testing.T) {
	for _, below := range []string{
		`<div class="post comment" id="comment_form_for_x"><form class="new_comment"><label>Your comment</label><textarea name="comment"></textarea><script>check("x")</script></form></div>`,
		`<section id="comments"><div class="comment-container"><h2>Share your voice</h2><a href="#comments">0 comments</a></div></section>`,
	} {
		p := saved("https://www.fernley.example/news/doors/", []byte(post("", "", below)))
		if all := p.Comments("custom"); len(all) > 0 {
			t.Errorf("%q read as a comment", all[0].Text)
		}
	}
}
