package platform

import (
	"cmp"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

const (
	forServer crawler.Purpose = "server" // what holds for all comments of a server
	forThread crawler.Purpose = "thread" // one post's comments
)

// What a visit asks of servers of comments, at most, and of how many pages that were read already it asks anew what they are
// with the answer beside them.
const (
	maxThreads = 20
	maxAgain   = 5
	maxFailed  = 2 // after which the server is left alone
)

// A server keeps the comments of a site's pages: Isso's and Remark42's own, giscus's discussions, Disqus's threads. It is told by the first
// page that shows it; a visit asks one.
type server struct {
	system   string
	base     string // without a slash at the end
	site     string // what the server calls the site
	category string // giscus
	mapping  string // giscus: by what a page is named
	named    bool   // a page names its thread, so that it has to be read first
	settled  bool   // what holds for all was asked, or need not be
	known    bool   // it was answered
	members  bool   // one needs an account
	failed   int    // answers that did not come
}

// serverOf reads where a page's comments are kept; ok is false where it does not say, or where nobody is answered without a
// key that is not held.
func serverOf(p *crawler.Page, system string, held map[string]string) (s server, ok bool) {
	switch system {
	case isso:
		s, ok = issoServer(p)
	case remark42:
		s, ok = remarkServer(p)
	case giscus:
		s, ok = giscusServer(p)
	case disqus:
		s, ok = disqusServer(p, held[disqus])
	}
	s.system = system
	return s, ok
}

func issoServer(p *crawler.Page) (server, bool) {
	for _, n := range p.Tag("script") {
		at := crawler.Attr(n, "data-isso")
		if before, _, ok := strings.Cut(crawler.Attr(n, "src"), "/js/embed."); at == "" && ok && strings.Contains(before, "isso") {
			at = before
		}
		if u, ok := p.Resolve(at); at != "" && ok {
			return server{base: strings.TrimRight(u.String(), "/"), settled: true, named: issoThread(p) != ""}, true
		}
	}
	return server{}, false
}

// issoThread is the name that a page gives its thread, where that is not its path.
func issoThread(p *crawler.Page) string {
	if n := p.ID("isso-thread"); n != nil {
		return crawler.Attr(n, "data-isso-id")
	}
	return ""
}

func remarkServer(p *crawler.Page) (server, bool) {
	for _, n := range p.Tag("script") {
		c := n.FirstChild
		if c == nil || !strings.Contains(c.Data, "remark_config") {
			continue
		}
		u, ok := p.Resolve(setting(c.Data, "host"))
		site := setting(c.Data, "site_id")
		if ok && site != "" && setting(c.Data, "host") != "" {
			return server{base: strings.TrimRight(u.String(), "/"), site: site}, true
		}
	}
	return server{}, false
}

// setting reads key: "value" in a script's object; "" where the value is no plain string.
func setting(script, key string) string {
	for {
		i := strings.Index(script, key)
		if i < 0 {
			return ""
		}
		word := i > 0 && (script[i-1] == '_' || script[i-1] >= 'a' && script[i-1] <= 'z')
		script = script[i+len(key):]
		rest := strings.TrimLeft(strings.TrimLeft(script, `"'`), " \t\r\n")
		if word || !strings.HasPrefix(rest, ":") {
			continue
		}
		rest = strings.TrimLeft(rest[1:], " \t\r\n")
		if rest == "" || rest[0] != '"' && rest[0] != '\'' {
			return ""
		}
		value, _, ok := strings.Cut(rest[1:], rest[:1])
		if !ok || len(value) > maxAddress || strings.ContainsAny(value, "\\\n") {
			return ""
		}
		return value
	}
}

// requests asks for the comments of a page, and for their state where that is another answer. thread is what the page calls
// its own thread, "" where it does not.
func (s server) requests(page *url.URL, thread string) []string {
	plain := url.URL{Scheme: page.Scheme, Host: page.Host, Path: page.Path, RawPath: page.RawPath}
	switch s.system {
	case isso:
		return []string{s.base + "/?" + url.Values{"uri": {cmp.Or(thread, plain.Path)}}.Encode()}
	case remark42:
		return []string{s.base + "/api/v1/find?" + url.Values{"site": {s.site}, "url": {plain.String()}, "sort": {"-time"}, "format": {"plain"}}.Encode()}
	case giscus:
		if address, ok := s.giscus(&plain); ok {
			return []string{address}
		}
	case disqus:
		return s.disqus(page, thread)
	}
	return nil
}

// threadOf is what a page calls its own thread; ok is false where it has a name for it that cannot be read.
func threadOf(p *crawler.Page, system string) (name string, ok bool) {
	switch system {
	case isso:
		return issoThread(p), true
	case disqus:
		name, _, ok = disqusThread(p)
		return name, ok
	}
	return "", true
}

func (s server) reader() reader {
	switch s.system {
	case isso:
		return readIsso
	case remark42:
		return readRemark42
	case disqus:
		return readDisqus
	}
	return readGiscus
}

// meetServer takes a page's server of comments, and asks for that page's own comments where they were not asked for before
// it was read. It reports whether the page led to a question.
func (w *web) meetServer(p *crawler.Page) bool {
	f := &w.facts
	r, ok := commentsReading(p)
	if !ok || w.job.Light || r.Verdict.State() != audit.Unknown || r.Verdict.Reason() != audit.ReasonThirdParty {
		return false
	}
	if f.server == nil {
		s, ok := serverOf(p, r.System, f.settings.Held)
		if !ok {
			return false
		}
		f.server = &s
	}
	if f.server.system != r.System {
		return false
	}
	post := audit.PostFacts{URL: p.Answer.Request.URL, Title: cut(p.Title(), 300)}
	if given := p.Answer.Request.Post; given != nil {
		post = *given
	}
	thread, ok := threadOf(p, r.System)
	if !ok {
		return false
	}
	list := f.askThread(post, thread, true)
	w.desk = append(w.desk, list...)
	return len(list) > 0
}

// askThread asks the server of comments, where there is one, for those of a post, and before that for what holds for all.
// read says that the post's page was read, which may name its thread.
func (f *facts) askThread(post audit.PostFacts, thread string, read bool) (list []crawler.Request) {
	u, err := url.Parse(post.URL)
	if f.server == nil || f.server.named && !read || f.server.failed >= maxFailed || f.threads[keyOf(post.URL)] || len(f.threads) >= maxThreads || err != nil || f.settings.Keys == nil {
		return nil
	}
	addresses := f.server.requests(u, thread)
	if len(addresses) == 0 {
		return nil
	}
	if f.threads == nil {
		f.threads = map[string]bool{}
	}
	f.threads[keyOf(post.URL)] = true
	if !f.server.settled {
		f.server.settled = true
		list = append(list, crawler.Request{URL: f.server.base + "/api/v1/config?" + url.Values{"site": {f.server.site}}.Encode(), For: forServer, Accept: acceptJSON, Priority: 900})
	}
	key := ""
	if f.settings.Held[f.server.system] != "" {
		key = f.server.system
	}
	for _, address := range addresses {
		list = append(list, crawler.Request{URL: address, For: forThread, Accept: acceptJSON, Priority: 900, People: true, Post: &post, Key: key})
	}
	return list
}

func (f *facts) readServer(p *crawler.Page) {
	if answered(p) {
		f.server.members, f.server.known = remarkMembers(p.Answer.Body)
	}
}

// readThread takes a post's comments, and has its page read with what the server says of it.
func (w *web) readThread(p *crawler.Page) {
	f := &w.facts
	if p.Answer.Status == 0 {
		f.server.failed++
	}
	if !answered(p) {
		return
	}
	t, err := f.server.reader()(p.Answer.Body, p.Answer.At)
	if err != nil {
		return
	}
	post := *p.Answer.Request.Post
	f.hearTold(t, f.server.system, post, p.Answer.Capture)
	status := f.status(t)
	if status == "" {
		return
	}
	post.System, post.CommentStatus, post.StatusMark = f.server.system, status, markOf(t, p)
	w.walk.tell(post)
}

// status is what a server's answer comes to for somebody without an account.
func (f *facts) status(t told) string {
	switch {
	case t.state == audit.Closed:
		return "closed"
	case t.state == audit.Restricted, t.state == audit.Open && f.server.known && f.server.members:
		return "login"
	case t.state == audit.Open && f.server.known:
		return "open"
	}
	return "" // nobody told whether everybody may write
}

// hearTold takes the comments that an interface lists, and what its capture shows by that: "" where it is a feed, which lists
// the newest of all posts.
func (f *facts) hearTold(t told, system string, post audit.PostFacts, capture string) {
	if f.settings.Keys == nil || !f.here(post.URL) {
		return
	}
	id := audit.Hash(f.job.Channel.ID, post.URL)
	f.tellOf(audit.Post{ID: id, URL: post.URL, Title: post.Title, Published: post.Published})
	listed := newest(t.comments, maxOfPage, func(c toldComment) time.Time { return c.at })
	l := audit.Listing{Capture: capture, Method: audit.ByInterface, Post: id, Complete: len(listed) == len(t.comments) && t.whole(system)}
	for _, c := range listed {
		if c.opens || c.program {
			continue
		}
		author := c.name
		if author == "" {
			author = "\x00nameless " + c.id
		}
		made := audit.Comment{
			ID: audit.CommentID(f.job.Channel.ID, system, c.id), Post: id, System: system, URL: post.URL, By: c.by, Native: true,
			Author: f.settings.Keys.Pseudonym(f.job.Channel.Organisation, audit.Web, author), Time: c.at, Text: audit.Redact(c.text),
			Method: audit.ByInterface,
		}
		if c.parent != "" {
			made.Parent = audit.CommentID(f.job.Channel.ID, system, c.parent)
		}
		f.heard.add(made)
		l.Comments = append(l.Comments, made.ID)
	}
	if capture != "" {
		f.heard.listings = append(f.heard.listings, l)
	}
}

// whole reports whether an answer shows all comments there are: it states no more than it lists, or comes from a server that
// says when there are more. An empty list alone proves nothing.
func (t told) whole(system string) bool {
	if t.stated != nil {
		return !t.partial && *t.stated <= len(t.comments)
	}
	return t.listed && !t.partial && len(t.comments) > 0 && (system == "disqus" || system == discourse)
}

const giscus = "giscus"

func giscusServer(p *crawler.Page) (server, bool) {
	for _, n := range p.Tag("script") {
		if repo := crawler.Attr(n, "data-repo"); repo != "" && strings.Contains(crawler.Attr(n, "src"), "giscus.app/client.js") {
			return server{base: "https://giscus.app", site: repo, category: crawler.Attr(n, "data-category"), mapping: crawler.Attr(n, "data-mapping"), settled: true}, true
		}
	}
	return server{}, false
}

// giscus asks for the discussion that a page is mapped to. Of the mappings only those by address can be told without a script.
func (s server) giscus(page *url.URL) (string, bool) {
	term := page.String()
	switch s.mapping {
	case "pathname":
		term = strings.TrimPrefix(page.Path, "/")
		if term = strings.TrimSuffix(term, path.Ext(term)); term == "" {
			term = "index"
		}
	case "url":
	default:
		return "", false
	}
	return s.base + "/api/discussions?" + url.Values{
		"repo": {s.site}, "term": {term}, "category": {s.category}, "number": {"0"}, "strict": {"false"}, "last": {strconv.Itoa(maxPosts)},
	}.Encode(), true
}
