package platform

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"doorknock/audit"
	"doorknock/crawler"
)

// class is how soon a page is read. A visit has few pages, so posts and pages with a check's words share them: first the
// most promising page of each check and the ten newest posts, then the other pages with words, then the rest.
type class int

const (
	classBest  class = 90 // the first link that names a check in its text and its address
	classPost  class = 80 // less one for each newer post
	classWords class = 70
	classNear  class = 58 // one click from home: without a sitemap all of these are needed
	classNews  class = 55
	classFar   class = 30
)

// candidate is an address of the site that the walk knows of.
type candidate struct {
	key    string // see key
	url    string
	depth  int
	checks []audit.CheckID // whose words the link or the address holds
	class  class
	post   *audit.PostFacts
	follow bool // within the clicks that are read
	file   bool // a document we cannot read
	asked  bool
	read   bool
	again  bool // to be read once more, with what a server of comments says of it
}

// walk is what is known of a site's pages.
type walk struct {
	site     *url.URL
	words    *crawler.Words
	known    map[string]*candidate // by key
	seen     seenLinks
	order    []*candidate
	twin     map[string]*candidate  // by key: of a page that was read in another language, as its variant says
	named    map[audit.CheckID]bool // a best page of the check is among the candidates
	away     map[audit.CheckID]bool // a link whose text holds the check's words leads to another site
	asked    int
	again    int  // pages that were to be read once more
	cut      bool // some links of a page were not remembered
	papers   bool // a document is linked, here or on another host, that may hold what is published
	captures []string
}

// usualLinks is how many links a site of ten pages shows.
const usualLinks = 200

func newWalk(words *crawler.Words) walk {
	return walk{words: words, known: map[string]*candidate{}, seen: seenLinks{at: make(map[uint64]int32, usualLinks)}, twin: map[string]*candidate{}, named: map[audit.CheckID]bool{}, away: map[audit.CheckID]bool{}}
}

// meet gives where among the seen a link is. Whether its text holds a check's words is found out once.
func (w *walk) meet(l audit.Link) int32 {
	i, again := w.seen.take(l)
	if !again {
		w.seen.all[i].names = len(w.words.In(l.Text)) > 0
	}
	return i
}

func (w *walk) meetAll(links []audit.Link) []int32 {
	met := make([]int32, len(links))
	for i, l := range links {
		met[i] = w.meet(l)
	}
	return met
}

// telling are the links whose text holds some check's words, or which lead to a document that may hold what is published.
func (w *walk) telling(met []int32) []int32 {
	return slices.DeleteFunc(met, func(i int32) bool { return !w.seen.all[i].names && !isPaper(w.seen.all[i].link) })
}

func isPaper(l audit.Link) bool {
	u, err := url.Parse(l.URL)
	return err == nil && document(u) && !ofOtherKind(u, l.Text)
}

// add takes a link that was seen. One that is too many clicks away is noted all the same where it holds a check's words:
// while it is unread, nothing is absent.
func (w *walk) add(l audit.Link, depth int, follow bool) { w.addMet(w.meet(l), depth, follow) }

// addMet is add for a link that was met.
func (w *walk) addMet(i int32, depth int, follow bool) {
	s := &w.seen.all[i]
	if s.added && s.depth <= depth && (s.follow || !follow) {
		return
	}
	if !s.added || depth < s.depth {
		s.depth = depth
	}
	s.added, s.follow = true, s.follow || follow
	l := s.link
	u, err := url.Parse(l.URL)
	if err == nil && document(u) { // also where uploads lie, which hold no pages
		s.tells = true // of what kind it is, the next visit asks of the same text
		w.papers = w.papers || !ofOtherKind(u, l.Text)
	}
	if err != nil || len(l.URL) > maxAddress || skipped(u) {
		return
	}
	address := w.words.In(u.Path, u.RawQuery)
	var text []audit.CheckID
	if s.names {
		text = w.words.In(l.Text)
	}
	both := union(slices.Clone(address), text)
	s.tells = s.tells || len(both) > 0
	elsewhere := hostKey(u) != hostKey(w.site)
	if elsewhere && !crawler.SameSite(u, w.site) {
		w.leadsAway(u, crawler.Spaced(l.Text), text)
		return
	}
	if len(both) == 0 && (elsewhere || !follow || document(u)) {
		return
	}
	c := w.candidate(u, l.URL, depth)
	c.follow = c.follow || follow
	c.checks = union(c.checks, both)
	c.class = max(c.class, w.rank(depth, address, text, c.checks))
}

// candidate gives that of an address, written as it was seen.
func (w *walk) candidate(u *url.URL, written string, depth int) *candidate {
	k := key(u)
	c, ok := w.known[k]
	if !ok {
		u := *u
		u.Fragment, u.RawFragment = "", ""
		address := u.String()
		if address == written { // as most are: one text is held for link, address and key
			address = written
		}
		if strings.HasSuffix(address, k) {
			k = address[len(address)-len(k):]
		}
		c = &candidate{key: k, url: address, depth: depth, file: document(&u)}
		w.known[k], w.order = c, append(w.order, c)
	}
	c.depth = min(c.depth, depth)
	return c
}

func (w *walk) rank(depth int, address, text, all []audit.CheckID) class {
	for _, id := range address {
		if slices.Contains(text, id) && !w.named[id] {
			w.named[id] = true
			return classBest
		}
	}
	switch {
	case w.words.OfSite(all):
		return classWords
	case depth <= 1:
		return classNear
	case len(all) > 0:
		return classNews
	}
	return classFar
}

// addListed takes an address that a sitemap lists, if it holds a check's words: a site whose news are listed by a script
// names them nowhere else.
func (w *walk) addListed(address string) {
	if u, err := url.Parse(address); err == nil && len(w.words.In(u.Path, u.RawQuery)) > 0 {
		w.add(audit.Link{URL: address}, 2, true)
	}
}

// addPost takes a post of which an interface or a feed has told, the i-th newest.
func (w *walk) addPost(post audit.PostFacts, i int) {
	u, err := url.Parse(post.URL)
	if err != nil || len(post.URL) > maxAddress || document(u) {
		return
	}
	w.add(audit.Link{URL: post.URL, Text: post.Title}, 2, false)
	c := w.candidate(u, post.URL, 2)
	c.post, c.follow = &post, true
	c.class = max(c.class, classPost-class(i))
}

// tell gives a post what its server of comments said, and has its page read once more where it was read without. The page
// that has been read stands, should that not come to pass.
func (w *walk) tell(post audit.PostFacts) {
	u, err := url.Parse(post.URL)
	if err != nil {
		return
	}
	c := w.candidate(u, post.URL, 2)
	c.post, c.follow = &post, true
	if c.asked && w.again < maxAgain {
		w.again++
		c.again, c.class = true, max(c.class, classPost)
	}
}

// best is the candidate to read next; for a light visit only a page of complaints.
func (w *walk) best(light bool) *candidate {
	var best *candidate
	for _, c := range w.order {
		if (c.asked || w.done(c)) && !c.again || !c.follow || c.file || (light && !slices.Contains(c.checks, "complaints_page")) {
			continue
		}
		if best == nil || c.class > best.class {
			best = c
		}
	}
	return best
}

// document is the next document with the words of a question about the whole site, nil without.
func (w *walk) document() *candidate {
	for _, c := range w.order {
		if c.file && c.follow && !c.asked && w.words.OfSite(c.checks) {
			return c
		}
	}
	return nil
}

// twins notes that a page which was read names these as itself in other languages.
func (w *walk) twins(page *url.URL, variants []string) {
	c := w.known[key(page)]
	for _, v := range variants {
		if u, err := url.Parse(v); err == nil && c != nil && key(u) != key(page) {
			w.twin[key(u)] = c
		}
	}
}

// done reports whether a page needs no reading any more: it was read, or was in another language, in which it is no
// second page. One of which more is asked, as one in Welsh is of the languages, is read all the same.
func (w *walk) done(c *candidate) bool {
	if c.read {
		return true
	}
	t := w.twin[c.key]
	if t == nil {
		return false
	}
	return t.read && !slices.ContainsFunc(c.checks, func(id audit.CheckID) bool { return !slices.Contains(t.checks, id) })
}

// languageless is a page's key without the folder of its language, English or Welsh.
func languageless(key string) string {
	host, path, ok := strings.Cut(key, "/")
	first, rest, deeper := strings.Cut(path, "/")
	if !ok || !deeper || !languageFolders[first] {
		return key
	}
	return host + "/" + rest
}

var languageFolders = set("en cy en-gb cy-gb en_gb cy_gb")

// markRead notes that a page was read whole. The address that answered counts as read too.
func (w *walk) markRead(p *crawler.Page) {
	if asked, err := url.Parse(p.Answer.Request.URL); err == nil {
		w.candidate(asked, p.Answer.Request.URL, p.Answer.Request.Depth).read = true
	}
	c := w.candidate(p.URL(), "", p.Answer.Request.Depth)
	c.read, c.asked = true, true
	if p.Answer.Capture != "" && len(w.captures) < 100 {
		w.captures = append(w.captures, p.Answer.Capture)
	}
}

const maxRemembered = 150 // links of one page

// remember keeps the links that a later walk needs: first those with words, in page order, then the others, whose text
// is needed no more.
func (w *walk) remember(met []int32) (kept []audit.Link, cutShort bool) {
	kept = make([]audit.Link, 0, min(len(met), maxRemembered))
	for _, telling := range [...]bool{true, false} {
		for _, i := range met {
			s := &w.seen.all[i]
			if s.tells != telling {
				continue
			}
			if len(kept) == maxRemembered {
				return kept, true
			}
			l := s.link
			if !telling {
				l.Text = ""
			}
			kept = append(kept, l)
		}
	}
	return kept, false
}

func union(a, b []audit.CheckID) []audit.CheckID {
	for _, id := range b {
		if !slices.Contains(a, id) {
			a = append(a, id)
		}
	}
	return a
}

// hostKey is a host without www., which is the same site by all usage.
func hostKey(u *url.URL) string {
	return strings.TrimPrefix(strings.ToLower(u.Host), "www.")
}

// key is one page's name whatever way its address is written.
func key(u *url.URL) string {
	k := hostKey(u) + strings.TrimRight(u.EscapedPath(), "/")
	if u.RawQuery != "" {
		k += "?" + u.RawQuery
	}
	return k
}

var (
	documents = set(".pdf .doc .docx .odt .rtf .xls .xlsx .ods .csv .ppt .pptx .txt")
	assets    = set(".jpg .jpeg .png .gif .svg .webp .avif .ico .css .js .json .xml .zip .gz .mp3 .mp4 .mov .avi .ics .vcf " +
		".woff .woff2 .exe .apk .wav .rss .atom")
)

var (
	machinery = []string{"/wp-json", "/wp-admin", "/wp-login", "/wp-content/", "/xmlrpc.php", "/cdn-cgi/", "/logout"}
	actions   = []string{"replytocom", "share", "rest_route", "feed", "add-to-cart", "like_comment", "action"}
)

func document(u *url.URL) bool { return documents[strings.ToLower(path.Ext(u.Path))] }

// ofOtherKind reports whether a document is called, by its link or its file, one of a kind that holds nothing which a landlord is to
// publish: a form to fill in, a map, a leaflet. Every other may.
func ofOtherKind(u *url.URL, text string) bool {
	file := strings.TrimSuffix(path.Base(u.Path), path.Ext(u.Path))
	for word := range strings.FieldsFuncSeq(strings.ToLower(text+" "+file), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if otherPapers[word] {
			return true
		}
	}
	return false
}

var otherPapers = set("form forms map maps leaflet leaflets flyer flyers poster posters menu brochure brochures timetable certificate ffurflen ffurflenni taflen taflenni posteri tystysgrif amserlen")

// skipped are addresses that hold no page of their own: pictures and other assets, feeds, the interface, log-in and
// the many forms of a link that does something.
func skipped(u *url.URL) bool {
	p := strings.ToLower(u.Path)
	if assets[path.Ext(p)] || strings.HasSuffix(strings.TrimRight(p, "/"), "/feed") {
		return true
	}
	if slices.ContainsFunc(machinery, func(part string) bool { return strings.Contains(p, part) }) {
		return true
	}
	if u.RawQuery == "" {
		return false
	}
	return slices.ContainsFunc(actions, u.Query().Has)
}
