package town

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
)

// The hosts of the new quarter. Kerbside is no host: it stands for all sites built by Kerbside Sites.
const (
	FennelCourt = "fennel-court.test"
	Ashmead     = "ashmead-homes.test"
	Tollgate    = "tollgate-housing.test"
	Weirside    = "weirside-homes.test"
	Blackthorn  = "blackthorn-estates.test"
	Kerbside    = "*.kerbside"
)

// kerbsideSites is how many small organisations use the same builder: a fleet is watched from twenty channels on.
const kerbsideSites = 25

// New is the town's new quarter.
func New() Quarter { return Quarter{sites: newSites, Script: newScript()} }

// newSites are the hard cases on their first day.
func newSites(now time.Time) []*Site {
	ago := before(now)
	all := []*Site{
		{Host: FennelCourt, Forum: true, Organisation: organisation("fennel-court", "Fennel Court Homes", "housing_association", audit.England, FennelCourt, 2600)},
		{Host: Ashmead, Members: true, Organisation: organisation("ashmead-homes", "Ashmead Homes", "housing_association", audit.Scotland, Ashmead, 4100), Posts: []Post{
			{ID: 71, Title: "New windows in Ashmead Row", Text: "The scaffold goes up in May.", At: ago(4), Open: true},
			{ID: 72, Title: "Who is who in your office", Text: "Three new faces, and one old one.", At: ago(40), Open: true},
		}},
		{Host: Tollgate, Walled: true, Organisation: organisation("tollgate-housing", "Tollgate Housing", "housing_association", audit.England, Tollgate, 9700)},
		{Host: Weirside, Lost: true, Organisation: organisation("weirside-homes", "Weirside Homes", "almo", audit.England, Weirside, 7300), Posts: []Post{
			{ID: 81, Title: "Our new web address", Text: "The old pages are gone, and these take their place.", At: ago(3), Open: true},
			{ID: 82, Title: "A path along the weir", Text: "Wide enough for a pram and a wheelchair side by side.", At: ago(11), Open: true},
		}},
		{Host: Blackthorn, Hostile: true, Organisation: organisation("blackthorn-estates", "Blackthorn Estates", "housing_association", audit.England, Blackthorn, 600)},
	}
	for i := range kerbsideSites {
		all = append(all, kerbsideSite(i, ago))
	}
	return all
}

var (
	trees  = []string{"Alder", "Birch", "Cedar", "Elm", "Hazel"}
	places = []string{"Row", "Court", "Green", "Yard", "Close"}
)

func kerbsideSite(i int, ago func(int) time.Time) *Site {
	name := trees[i/len(places)] + " " + places[i%len(places)]
	id := strings.ToLower(strings.ReplaceAll(name, " ", "-")) + "-coop"
	host := id + ".test"
	return &Site{Host: host, Kerbside: true, Organisation: organisation(id, name+" Co-op", "co_op", audit.England, host, 20+i), Posts: []Post{
		{ID: 1, Title: "Painting day", Text: "Bring a brush and an old shirt.", At: ago(5 + i), Open: true},
		{ID: 2, Title: "Our yearly meeting", Text: "All members may vote, and there is soup.", At: ago(50 + i), Open: true},
	}}
}

// newScript is what happens in the new quarter.
func newScript() []Scene {
	return []Scene{
		{After: 10 * time.Second, Host: Weirside, Words: "Weirside Homes' pages are found again", Change: func(s *Site, _ time.Time) { s.Lost = false }},
		{After: 21 * time.Second, Host: Kerbside, Words: "Kerbside Sites changes the pages of 25 co-ops overnight: the comment box is now drawn by a script",
			Change: func(s *Site, _ time.Time) { s.Drawn = true }},
		{After: 28 * time.Second, Host: Kerbside, Words: "Kerbside Sites puts the box back into the pages",
			Change: func(s *Site, _ time.Time) { s.Drawn = false }},
	}
}

// kerbside answers as a site of that builder: no interface, no feed, a box to write in under each piece of news.
func (s *Site) kerbside(w http.ResponseWriter, r *http.Request) {
	var post *Post
	if id, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/news/")); err == nil {
		if i := slices.IndexFunc(s.Posts, func(p Post) bool { return p.ID == id }); i >= 0 {
			post = &s.Posts[i]
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	switch {
	case r.URL.Path == "/sitemap.xml":
		s.kerbsideMap(w)
		return
	case r.URL.Path != "/" && post == nil:
		w.WriteHeader(http.StatusNotFound)
	}
	_ = kerbsidePages.Execute(w, struct { // a reader that went away needs no answer
		Site *Site
		Post *Post
		Home bool
	}{s, post, r.URL.Path == "/"})
}

func (s *Site) kerbsideMap(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/xml")
	fmt.Fprintf(w, `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>http://%s/</loc></url>`, s.Host)
	for _, p := range s.Posts {
		fmt.Fprintf(w, "<url><loc>http://%s/news/%d</loc><lastmod>%s</lastmod></url>", s.Host, p.ID, p.At.Format(time.DateOnly))
	}
	fmt.Fprint(w, "</urlset>")
}

var kerbsidePages = template.Must(template.New("kerbside").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{if .Post}}{{.Post.Title}} - {{end}}{{.Site.Organisation.Name}}</title>
{{if .Site.Drawn}}<script src="/k.js" defer></script>{{end}}</head><body>
<header><a href="/">{{.Site.Organisation.Name}}</a></header>
<main>{{if .Home}}<h1>{{.Site.Organisation.Name}}</h1><p>We are a small co-op: we own our homes together, keep them up together and decide together. On the first Sunday of the month we meet in the shared kitchen, look at the accounts, choose who mends what, and eat. Visitors are welcome at the table, and so are children and dogs that get on with other dogs.</p>
<h2>News</h2><ul>{{range .Site.Posts}}<li><a href="/news/{{.ID}}">{{.Title}}</a></li>{{end}}</ul>
{{else if .Post}}<article class="news"><h1>{{.Post.Title}}</h1><time datetime="{{.Post.At.Format "2006-01-02"}}">{{.Post.At.Format "2 January 2006"}}</time><p>{{.Post.Text}}</p><p>It is the same as every year: some of us carry, some of us cook, and somebody finds the ladder. If you cannot come, tell a neighbour what you think and it will be said at the table. If you can come for an hour only, come for that hour; nobody counts, and there is a chair for whoever needs to sit.</p></article>
{{if not .Site.Drawn}}<section id="comments" class="comments"><h2>Comments</h2><form class="comment-form" action="/news/{{.Post.ID}}/comment" method="post"><label>Your comment <textarea name="comment"></textarea></label><button>Send comment</button></form></section>{{end}}
{{else}}<h1>Page not found</h1><p>There is nothing at this address.</p>{{end}}</main>
<footer><p>{{.Site.Organisation.Name}}</p></footer></body></html>
`))
