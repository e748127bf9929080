package town

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ServeHTTP answers for the host that was asked for.
func (t *Town) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t.waiting.Add(1)
	defer t.waiting.Add(-1)
	t.mu.Lock()
	defer t.mu.Unlock()
	w.Header().Set("Date", t.now().UTC().Format(http.TimeFormat))
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	switch host {
	case facebookHost:
		t.stranger(w, r)
		return
	case graphHost:
		t.graph.ServeHTTP(w, r)
		return
	}
	i := slices.IndexFunc(t.sites, func(s *Site) bool { return s.Host == host })
	if i < 0 {
		http.NotFound(w, r)
		return
	}
	t.requests[host]++
	s := t.sites[i]
	if s.Down {
		panic(http.ErrAbortHandler) // cuts the connection
	}
	if s.Hostile && r.URL.Path != "/" {
		t.hostile.ServeHTTP(w, r)
		return
	}
	s.answer(w, r)
}

func (s *Site) answer(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/robots.txt":
		s.robots(w)
	case s.Lost:
		w.WriteHeader(http.StatusNotFound)
		s.page(w, "missing", "Page not found", nil)
	case s.Walled:
		s.page(w, "wall", "Before you continue", nil)
	case s.Scripted:
		s.scripted(w)
	case s.Kerbside:
		s.kerbside(w, r)
	case s.Posts != nil && s.wordpress(w, r):
	default:
		s.plain(w, r)
	}
}

// plain answers for what every ordinary site has.
func (s *Site) plain(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/sitemap.xml":
		s.sitemap(w)
	case "/":
		s.page(w, "home", s.Organisation.Name, nil)
	case "/contact/complaints":
		s.page(w, "complaints", "Make a complaint", nil)
	case "/get-involved":
		s.page(w, "involve", "Get involved", nil)
	default:
		if r.URL.Path == "/community/" && s.Forum {
			s.page(w, "forum", "Residents' forum", nil)
			return
		}
		if r.URL.Path == "/house-rules" && s.Rules != "" {
			s.page(w, "rules", "House rules for our social media", nil)
			return
		}
		w.WriteHeader(http.StatusNotFound)
		s.page(w, "missing", "Page not found", nil)
	}
}

func (s *Site) robots(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain")
	if s.Forbids {
		fmt.Fprint(w, "User-agent: *\nDisallow: /\n")
		return
	}
	fmt.Fprintf(w, "User-agent: *\nDisallow: /wp-admin/\nSitemap: http://%s/sitemap.xml\n", s.Host)
}

func (s *Site) sitemap(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/xml")
	fmt.Fprint(w, xml.Header, `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
	paths := []string{"/", "/contact/complaints", "/get-involved"}
	if s.Forum {
		paths = append(paths, "/community/")
	}
	if s.Rules != "" {
		paths = append(paths, "/house-rules")
	}
	for _, p := range paths {
		fmt.Fprintf(w, "<url><loc>http://%s%s</loc></url>", s.Host, p)
	}
	for _, p := range s.Posts {
		fmt.Fprintf(w, "<url><loc>%s</loc></url>", s.link(p))
	}
	fmt.Fprint(w, "</urlset>")
}

// wordpress answers as a small WordPress would: REST interface, feed and post pages. It reports whether it did.
func (s *Site) wordpress(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case r.URL.Path == "/wp-json/wp/v2/posts":
		s.restPosts(w)
	case r.URL.Path == "/wp-json/wp/v2/comments":
		s.restComments(w)
	case r.URL.Path == "/feed" || r.URL.Path == "/feed/":
		s.feed(w)
	case strings.HasPrefix(r.URL.Path, "/news/"):
		id, err := strconv.Atoi(strings.Trim(strings.TrimPrefix(r.URL.Path, "/news/"), "/"))
		i := slices.IndexFunc(s.Posts, func(p Post) bool { return p.ID == id })
		if err != nil || i < 0 {
			return false
		}
		s.page(w, "post", s.Posts[i].Title, &s.Posts[i])
	default:
		return false
	}
	return true
}

func (s *Site) link(p Post) string { return fmt.Sprintf("http://%s/news/%d/", s.Host, p.ID) }

func status(open bool) string {
	if open {
		return "open"
	}
	return "closed"
}

const gmt = "2006-01-02T15:04:05"

func (s *Site) restPosts(w http.ResponseWriter) {
	rows := []map[string]any{}
	for _, p := range s.Posts {
		rows = append(rows, map[string]any{
			"id": p.ID, "date_gmt": p.At.Format(gmt), "link": s.link(p), "title": map[string]string{"rendered": p.Title},
			"type": "post", "format": "standard", "author": 1, "comment_status": status(p.Open),
		})
	}
	writeJSON(w, rows)
}

func (s *Site) restComments(w http.ResponseWriter) {
	rows := []map[string]any{}
	for _, p := range s.Posts {
		for _, c := range p.Comments {
			rows = append(rows, map[string]any{
				"id": c.ID, "post": p.ID, "parent": c.Parent, "author": c.Author, "author_name": c.Name, "type": "comment",
				"date_gmt": c.At.Format(gmt), "link": fmt.Sprintf("%s#comment-%d", s.link(p), c.ID), "status": "approved",
				"content": map[string]string{"rendered": "<p>" + template.HTMLEscapeString(c.Text) + "</p>\n"},
			})
		}
	}
	slices.SortFunc(rows, func(a, b map[string]any) int { return strings.Compare(b["date_gmt"].(string), a["date_gmt"].(string)) })
	w.Header().Set("X-Wp-Total", strconv.Itoa(len(rows)))
	w.Header().Set("X-Wp-Totalpages", "1")
	writeJSON(w, rows)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // a reader that went away needs no answer
}

func (s *Site) feed(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/rss+xml; charset=UTF-8")
	fmt.Fprintf(w, `%s<rss version="2.0" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"><channel><title>%s</title><link>http://%s</link>`,
		xml.Header, template.HTMLEscapeString(s.Organisation.Name), s.Host)
	for _, p := range s.Posts {
		fmt.Fprintf(w, "\n<item><title>%s</title><link>%s</link><pubDate>%s</pubDate><guid isPermaLink=\"false\">http://%s/?p=%d</guid>",
			template.HTMLEscapeString(p.Title), s.link(p), p.At.Format(time.RFC1123Z), s.Host, p.ID)
		if p.Open || len(p.Comments) > 0 {
			fmt.Fprintf(w, "<wfw:commentRss>%sfeed/</wfw:commentRss><slash:comments>%d</slash:comments>", s.link(p), len(p.Comments))
		}
		fmt.Fprint(w, "</item>")
	}
	fmt.Fprint(w, "\n</channel></rss>")
}

func (s *Site) page(w http.ResponseWriter, kind, title string, p *Post) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	if s.Posts != nil {
		w.Header().Add("Link", fmt.Sprintf(`<http://%s/wp-json/>; rel="https://api.w.org/"`, s.Host))
	}
	_ = pages.Execute(w, struct { // a reader that went away needs no answer
		Kind, Title string
		Site        *Site
		Post        *Post
	}{kind, title, s, p})
}

var pages = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Title}}{{if ne .Kind "home"}} - {{.Site.Organisation.Name}}{{end}}</title>
{{if .Site.Posts}}<meta name="generator" content="WordPress 6.1.9">
<link rel="https://api.w.org/" href="http://{{.Site.Host}}/wp-json/">
<link rel="alternate" type="application/rss+xml" title="News" href="http://{{.Site.Host}}/feed/">{{end}}
</head><body{{if .Post}} class="single single-post"{{else if eq .Kind "forum"}} id="phpbb"{{end}}>
<header><a href="/">{{.Site.Organisation.Name}}</a><nav><ul><li><a href="/">Home</a></li><li><a href="/contact/complaints">Complaints</a></li><li><a href="/get-involved">Get involved</a></li>{{if .Site.Forum}}<li><a href="/community/">Residents' forum</a></li>{{end}}{{if .Site.Rules}}<li><a href="/house-rules">House rules for our social media</a></li>{{end}}</ul></nav></header>
<main>
{{if eq .Kind "home"}}<h1>{{.Site.Organisation.Name}}</h1><p>We look after homes and the people in them. Report a repair, pay your rent or tell us how we are doing. Our office is open from nine to five on weekdays, and for an emergency such as a burst pipe the repairs line answers day and night.</p>
<p>Every year we ask every household what we should do better. Last year you said that the stairs were dark and the bins too few; there are new lamps in all stairwells now, and more bins behind the shops.</p>
{{if .Site.Hostile}}<h2>News</h2><ul><li><a href="/bomb-gzip">News of the spring</a></li><li><a href="/deep">News of the summer</a></li><li><a href="/loop">News of the autumn</a></li></ul>
{{else if .Site.Posts}}<h2>News</h2><ul>{{range .Site.Posts}}<li><a href="/news/{{.ID}}/">{{.Title}}</a></li>{{end}}</ul>{{end}}
{{else if eq .Kind "complaints"}}<h1>Make a complaint</h1><p>If something has gone wrong, tell us. Our complaints policy has two stages. At stage 1 we answer within 10 working days, at stage 2 within 20 working days. You may ask a friend, a councillor or an adviser to speak for you, and we will tell you each time who is looking into it and when you will hear from us next.</p>
<form action="/contact/send" method="post"><label>Your complaint <textarea name="complaint"></textarea></label><button>Send</button></form>
<p>You can ask the <a href="https://www.housing-ombudsman.org.uk/">Housing Ombudsman</a> for advice at any time.</p>
{{else if eq .Kind "involve"}}<h1>Get involved</h1><p>Join the tenants' panel. It meets on the first Tuesday of the month in the hall next to our office, and there is always tea. The panel reads our plans before we decide on them, asks the questions that we would rather not hear, and writes its own page in our yearly report.</p><p>You need no experience: we pay for the bus, for child care and for a short course if you would like one. Ring us or ask at the desk.</p>
{{else if eq .Kind "rules"}}<h1>House rules for our social media</h1><p>We want to hear from you on our page, and we want you to feel safe there. Say what you think of us, and be kind to each other.</p><p>We remove comments on our page that are abusive or that name a private person, and we tell the writer why.</p><p>{{.Site.Rules}}</p>
{{else if eq .Kind "wall"}}<h1>Before you continue</h1><form action="/collectConsent" method="post"><p>We and our partners keep cookies on your device.</p><button name="all">Accept all</button> <button name="some">More options</button></form>
{{else if eq .Kind "forum"}}<h1>Residents' forum</h1><p>Talk to each other about the stairs, the bins, the garden and the rent. Everybody who lives with us may open a topic; somebody from our office reads along and answers on weekdays. Be kind to each other: there are people behind the names.</p><ul class="topiclist forums"><li class="row"><a href="/community/viewforum.php?f=2" class="forumtitle">Repairs and the building</a> 14 topics</li><li class="row"><a href="/community/viewforum.php?f=3" class="forumtitle">Neighbours and the garden</a> 9 topics</li></ul>
{{else if eq .Kind "missing"}}<h1>Page not found</h1><p>There is nothing at this address.</p>
{{else}}<article id="post-{{.Post.ID}}" class="post type-post status-publish"><h1 class="entry-title">{{.Post.Title}}</h1><div class="entry-content"><p>{{.Post.Text}}</p><p>We write here about what we build, mend and plan, and about the people who live in our homes. If something in this article is unclear, ring us between nine and five, or come to the desk: there is always somebody who can look it up with you and who stays until it is answered.</p></div></article>
<div id="comments" class="comments-area">
{{if .Post.Comments}}<h2 class="comments-title">{{len .Post.Comments}} {{if eq 1 (len .Post.Comments)}}comment{{else}}comments{{end}} on “{{.Post.Title}}”</h2><ol class="comment-list">
{{range .Post.Comments}}<li id="comment-{{.ID}}" class="comment depth-1{{if .Author}} bypostauthor{{end}}"><article class="comment-body"><b class="fn">{{.Name}}</b> <time datetime="{{.At.Format "2006-01-02T15:04:05Z07:00"}}">{{.At.Format "2 January 2006"}}</time><div class="comment-content"><p>{{.Text}}</p></div></article></li>
{{end}}</ol>{{end}}
{{if and .Post.Open .Site.Members}}<div id="respond" class="comment-respond"><h3 id="reply-title" class="comment-reply-title">Leave a Reply</h3><p class="must-log-in">You must be <a href="http://{{.Site.Host}}/wp-login.php?redirect_to=http%3A%2F%2F{{.Site.Host}}%2Fnews%2F{{.Post.ID}}%2F">logged in</a> to post a comment.</p></div>
{{else if .Post.Open}}<div id="respond" class="comment-respond"><h3 id="reply-title" class="comment-reply-title">Leave a Reply</h3><form action="http://{{.Site.Host}}/wp-comments-post.php" method="post" id="commentform" class="comment-form"><p class="comment-form-comment"><label for="comment">Comment</label><textarea id="comment" name="comment" required></textarea></p><input type="hidden" name="comment_post_ID" value="{{.Post.ID}}"><input type="submit" value="Post Comment"></form></div>
{{else if .Post.Comments}}<p class="no-comments">Comments are closed.</p>{{end}}
</div>{{end}}
</main>
<footer><p>{{.Site.Organisation.Name}}, 1 Example Street</p><p><a href="https://www.facebook.com/{{.Site.Organisation.ID}}">Facebook</a> <a href="https://www.youtube.com/@{{.Site.Organisation.ID}}">YouTube</a></p></footer>
</body></html>
`))
