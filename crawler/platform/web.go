package platform

import (
	"hash/maphash"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// Web is an organisation's own site. Its posts and their comments are read through WordPress's interface and feed where
// there is one, else through whatever feed the site has.
func Web() crawler.Platform {
	return crawler.Platform{
		Name: audit.Web, Anonymous: true,
		CannotSee: "What stands behind a log-in, what a script draws after the page has come, and what lies more than two " +
			"clicks from the home page.",
		NextStep: "You can look: open the page and see whether it lets you speak.",
		Plan:     newWeb,
	}
}

// What the requests of this plan are for, beside the crawler's own purposes.
const (
	forPosts    crawler.Purpose = "posts"
	forComments crawler.Purpose = "comments"
	forFeed     crawler.Purpose = "feed"
	forSitemap  crawler.Purpose = "sitemap"

	forDrupal      crawler.Purpose = "drupal"
	forForum       crawler.Purpose = "forum"
	forTopics      crawler.Purpose = "topics"
	forTopic       crawler.Purpose = "topic"
	forCommentFeed crawler.Purpose = "comment feed"
	forDocument    crawler.Purpose = "document"
)

const (
	maxPosts   = 20
	acceptJSON = "application/json"
	acceptFeed = "application/rss+xml, application/atom+xml;q=0.9, application/feed+json;q=0.9, application/xml;q=0.8, text/xml;q=0.8"
	acceptXML  = "application/xml, text/xml;q=0.9"
	acceptFile = "application/pdf, */*;q=0.1"
	acceptDays = "text/calendar, */*;q=0.1"

	maxDocuments = 8 // of one visit
	maxCalendars = 3 // likewise
)

// web walks one site. One request is out at a time: a lane takes no more, and what to ask next depends on the answer.
// First the home page; then what it names (interface, feed, sitemaps); then pages, the best first. It holds on to no page:
// thousands of visits may be waiting for their lanes.
type web struct {
	job       audit.Job
	settings  crawler.Settings
	looked    bool         // the home page was answered for
	gap       audit.Reason // why the home page carries no proof of absence, "" where it does
	refused   []audit.Reading
	menu      bool     // the home page's menu is not in its markup
	home      uint64   // hash of what the home page says, good for this visit
	alike     int      // other pages that say the very same
	site      *url.URL // the address that answered for the home page; nil where it could not be read
	moved     string
	named     *audit.Evidence
	desk      []crawler.Request // interface, feed and sitemaps, to be asked before any page
	released  bool              // the posts have been handed to the walk
	fed       bool              // a feed of posts was asked for
	documents int               // asked for
	calendars calendars
	facts     facts
	maps      sitemaps
	walk      walk
	outlines  map[string]audit.Outline
}

func newWeb(j audit.Job, s crawler.Settings) crawler.Plan {
	return &web{
		job: j, settings: s, outlines: map[string]audit.Outline{},
		facts: facts{job: j, settings: s},
		walk:  newWalk(s.Words),
	}
}

func (w *web) First() []crawler.Request {
	w.walk.asked = 1
	return []crawler.Request{{URL: w.job.Channel.URL, For: crawler.ForHome, Priority: 1000}}
}

func (w *web) Next(p *crawler.Page) []crawler.Request {
	switch p.Answer.Request.For {
	case crawler.ForHome:
		w.readHome(p)
	case crawler.ForRobots:
		if answered(p) {
			named, all := robotsSitemaps(string(p.Answer.Body), w.site)
			w.maps.gap = w.maps.gap || !all
			w.nameSitemaps(named)
		}
	case forPosts:
		w.facts.readPosts(p, w.outlines)
	case forFeed:
		w.facts.readFeed(p)
		if w.released { // a page of news named it, later than the home page's were read
			w.addPosts()
		}
	case forComments:
		w.facts.readComments(p, w.outlines)
	case forSitemap:
		w.desk = append(w.maps.read(p), w.desk...)
	case forDocument: // its text is not read: what it is called stands where it is linked
		if p.Unchanged || answered(p) {
			w.outlines[p.Answer.Request.URL] = audit.Outline{}
		}
	case crawler.ForCalendar:
		w.calendars.read(p)
	case forDrupal:
		w.desk = append(w.desk, w.facts.readDrupal(p)...)
	case forTopics:
		w.desk = append(w.desk, w.facts.readTopics(p)...)
	case forForum:
		w.readForum(p)
	case forTopic:
		w.facts.readTopic(p)
	case forCommentFeed:
		w.facts.readCommentFeed(p)
	case forServer:
		w.facts.readServer(p)
	case forThread:
		w.readThread(p)
	case crawler.ForPage:
		w.readPage(p)
	}
	return w.ask()
}

// ask gives the one request that comes next, none when nothing is left or a limit is reached.
func (w *web) ask() []crawler.Request {
	if len(w.desk) > 0 {
		r := w.desk[0]
		w.desk = w.desk[1:]
		return []crawler.Request{r}
	}
	if w.site == nil {
		return nil
	}
	w.release()
	if w.walk.asked < w.limit() {
		if c := w.walk.best(w.job.Light); c != nil {
			if c.post != nil {
				if list := w.facts.askThread(*c.post, "", false); len(list) > 0 {
					w.desk = append(w.desk, list[1:]...)
					return list[:1]
				}
			}
			w.walk.asked++
			c.asked, c.again = true, false
			return []crawler.Request{w.request(c)}
		}
	}
	if r, ok := w.calendars.ask(); ok && !w.job.Light {
		return []crawler.Request{r}
	}
	if c := w.walk.document(); c != nil && !w.job.Light && w.documents < maxDocuments {
		w.documents++
		c.asked = true
		return []crawler.Request{{URL: c.url, For: forDocument, Accept: acceptFile, Depth: c.depth, HashOnly: true}}
	}
	return nil
}

func (w *web) limit() int {
	if w.job.Light {
		return 2 // the home page and one complaints page
	}
	return w.settings.MaxPages
}

func (w *web) request(c *candidate) crawler.Request {
	r := crawler.Request{URL: c.url, For: crawler.ForPage, Depth: c.depth, Post: c.post, Priority: int(c.class)}
	for _, id := range c.checks {
		r.Words = append(r.Words, string(id))
	}
	if c.post != nil {
		r.People = true
	}
	return r
}

// release hands posts and sitemap entries to the walk, once all that is said of posts is known.
func (w *web) release() {
	if w.released {
		return
	}
	w.released = true
	if w.job.Light {
		return
	}
	for _, u := range w.maps.pages {
		w.walk.addListed(u)
	}
	if len(w.facts.rest)+len(w.facts.feed) == 0 {
		w.facts.listed = w.maps.newest(maxPosts)
	}
	w.addPosts()
}

func (w *web) addPosts() {
	for i, post := range w.facts.posts() {
		if i < maxPosts {
			w.walk.addPost(post, i)
		}
	}
}

func (w *web) readHome(p *crawler.Page) {
	w.looked, w.moved = true, movedTo(p)
	if !p.Unchanged {
		w.gap = p.Problem()
	}
	if w.gap != "" {
		w.refuse(p)
		return
	}
	if !p.Unchanged && p.Landmark() == nil {
		w.gap = audit.ReasonUnrecognised
	}
	if !p.Unchanged {
		w.menu, w.home = menuDrawn(p), textOf(p)
	}
	w.site = p.URL()
	w.walk.site = p.URL()
	w.walk.markRead(p)
	w.maps.site, w.facts.site = p.URL(), p.URL()
	if !p.Unchanged {
		w.named = bears(p, w.job.OrganisationName)
	}
	o := w.follow(p, 0)
	if w.menu {
		delete(w.outlines, p.Answer.Request.URL) // to be read anew, for an outline does not tell
	}
	if w.job.Light {
		return
	}
	w.askInterface(o)
	w.facts.hear(p)
	if w.meetServer(p) {
		delete(w.outlines, p.Answer.Request.URL) // to be read anew, for an outline does not tell of its server
	}
	w.askSitemaps(o)
}

// refuse answers every check where robots.txt forbids the home page.
func (w *web) refuse(p *crawler.Page) {
	if w.gap != audit.ReasonRobots {
		return
	}
	for _, c := range w.settings.Checks {
		w.refused = append(w.refused, unknownReading(c.ID, p, w.gap))
	}
}

func (w *web) readPage(p *crawler.Page) {
	if !p.Unchanged && p.Problem() != "" {
		return
	}
	if !p.Unchanged && w.maps.nonsense != 0 && w.maps.nonsense != w.home && textOf(p) == w.maps.nonsense {
		return // what the site answers where nothing is: no page, and not read
	}
	w.walk.markRead(p)
	w.facts.hear(p)
	o := w.follow(p, p.Answer.Request.Depth)
	if feed := mainFeed(o.Feeds, w.site); feed != "" && !w.fed && len(w.facts.rest) == 0 && !w.job.Light {
		w.askFeed(feed)
	}
	if w.meetServer(p) {
		delete(w.outlines, p.Answer.Request.URL) // to be read anew, for an outline does not tell of its server
	}
	if !p.Unchanged && textOf(p) == w.home && keyOf(p.URL().String()) != keyOf(w.site.String()) { // it may be read again
		w.alike++
	}
}

var textSeed = maphash.MakeSeed()

func textOf(p *crawler.Page) uint64 { return maphash.String(textSeed, p.Text()) }

// sorry reports whether the site says one and the same thing wherever one looks, in its own frame and with its whole
// menu, as sites do while they are repaired. A home page has a few other names of its own.
func (w *web) sorry() bool { return w.alike > 2 }

// follow takes a page's links into the walk and remembers its outline.
func (w *web) follow(p *crawler.Page, depth int) audit.Outline {
	o := p.Outline()
	var met []int32
	if p.Unchanged {
		met = w.walk.meetAll(o.Links)
	} else {
		o.Cut, met = false, w.walk.meetAll(p.Links())
		if depth <= 1 && p.Answer.Request.Post == nil {
			met = append(met, w.walk.telling(w.walk.meetAll(p.Elsewhere()))...)
		}
	}
	for _, i := range met {
		w.walk.addMet(i, depth+1, depth < w.settings.MaxDepth)
	}
	w.walk.cut = w.walk.cut || o.Cut
	w.walk.twins(p.URL(), o.Variants)
	o.Calendars = w.calendars.meet(p, o.Calendars)
	if !p.Unchanged {
		o.Links, o.Cut = w.walk.remember(met)
	}
	if p.Unchanged || p.Landmark() != nil { // what was not recognised is read anew the next time
		w.outlines[p.Answer.Request.URL] = o
	}
	return o
}

func (w *web) askInterface(o audit.Outline) {
	feed := mainFeed(o.Feeds, w.site)
	if o.API != "" && w.facts.useAPI(o.API) {
		w.desk = append(w.desk, w.facts.askPosts())
		if feed == "" {
			feed = wordpressFeed(o.API)
		}
	}
	if feed != "" {
		w.askFeed(feed)
	}
	if r, ok := w.facts.askComments(); ok {
		w.desk = append(w.desk, r)
	}
	if r, ok := w.facts.askCommentFeed(o.Feeds); ok {
		w.desk = append(w.desk, r)
	}
	switch o.MadeBy {
	case drupal:
		w.desk = append(w.desk, w.facts.askDrupal())
	case discourse:
		w.desk = append(w.desk, w.facts.askTopics())
	}
}

func (w *web) askFeed(address string) {
	w.fed = true
	w.desk = append(w.desk, crawler.Request{URL: address, For: forFeed, Accept: acceptFeed, Priority: 900})
}

// askSitemaps asks for those that robots.txt names, and for the two addresses where one may be found unnamed.
// robots.txt costs no request of its own: the crawler has it since before the home page.
func (w *web) askSitemaps(o audit.Outline) {
	root := &url.URL{Scheme: w.site.Scheme, Host: w.site.Host, Path: "/robots.txt"}
	w.desk = append(w.desk, crawler.Request{URL: root.String(), For: crawler.ForRobots, Priority: 900})
	w.nameSitemaps(o.Sitemaps)
	guesses := []string{"/sitemap.xml"}
	if o.API != "" {
		guesses = append(guesses, "/wp-sitemap.xml")
	}
	for _, g := range guesses {
		root.Path = g
		if r, ok := w.maps.guess(root.String()); ok {
			w.desk = append(w.desk, r)
		}
	}
}

func (w *web) nameSitemaps(addresses []string) {
	for _, a := range addresses {
		if r, ok := w.maps.named(a, 1); ok {
			w.desk = append(w.desk, r)
		}
	}
}

func (w *web) Done(unread []crawler.Request) crawler.Walk {
	for _, r := range unread {
		w.maps.gap = w.maps.gap || r.For == forSitemap
	}
	if w.sorry() {
		w.outlines = nil // nothing of this is the site
	}
	comments, listings := w.facts.heard.all(w.settings.Text)
	return crawler.Walk{
		Coverage: w.coverage(), Posts: w.facts.seenPosts(), Comments: comments, Listings: listings,
		Confirmed: w.named, Moved: w.moved, Pages: w.outlines, Readings: w.refused,
	}
}

// movedTo is the address of another site that the home page sends its visitors to.
func movedTo(p *crawler.Page) string {
	if p.Answer.Problem != audit.ReasonRedirectedAway {
		return ""
	}
	if to, ok := p.Resolve(p.Answer.Header.Get("Location")); ok {
		return to.String()
	}
	return p.URL().String()
}

// menuDrawn reports whether a page has a place for its menu that holds no link: a script fills it, and what it leads to
// is not seen.
func menuDrawn(p *crawler.Page) bool {
	for _, n := range p.Elements() {
		role := strings.ToLower(crawler.Attr(n, "role"))
		own := strings.Contains(n.Data, "-") && (strings.Contains(n.Data, "nav") || strings.Contains(n.Data, "menu") || strings.Contains(n.Data, "header"))
		if (n.Data == "nav" || role == "navigation" || own) && !leads(n) && !pages(n) {
			return true
		}
	}
	return false
}

// pages reports whether an element is for the pages of a list, of which there may be one only.
func pages(n *html.Node) bool {
	names := strings.ToLower(crawler.Attr(n, "class") + " " + crawler.Attr(n, "id") + " " + crawler.Attr(n, "aria-label"))
	return strings.Contains(names, "pagin") || strings.Contains(names, "breadcrumb")
}

// leads reports whether an element holds a link.
func leads(n *html.Node) bool {
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && (c.Data == "a" || c.Data == "area") && crawler.Attr(c, "href") != "" {
			return true
		}
	}
	return false
}
