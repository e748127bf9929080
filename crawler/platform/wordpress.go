package platform

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

// facts are what a site's interface and feed say of its posts and their comments. Each part that did not come, or came
// in a shape we do not know, is simply missing.
type facts struct {
	job      audit.Job
	settings crawler.Settings
	site     *url.URL
	api      string            // base address of WordPress's interface, "" without
	rest     []audit.PostFacts // by the interface, newest first
	feed     []audit.PostFacts // by the feed, newest first
	heard    heard
	listed   []audit.PostFacts // by sitemaps, newest first; only where neither interface nor feed tells of posts
	others   []audit.Post      // posts that only a comment told of
	signers  map[string]string // who signed the posts of the feed, by key: pseudonyms, for this visit alone
	tried    int               // of drupalTypes
	server   *server           // that keeps the comments; nil while none was met
	threads  map[string]bool   // pages whose comments it was asked for, by key
}

// useAPI takes the interface's address where it is on the same site.
func (f *facts) useAPI(base string) bool {
	u, err := url.Parse(base)
	if err != nil || !crawler.SameSite(u, f.site) {
		return false
	}
	f.api = base
	return true
}

func (f *facts) askPosts() crawler.Request {
	address, _ := restRoute(f.api, "/wp/v2/posts", url.Values{
		"per_page": {strconv.Itoa(maxPosts)}, "_fields": {"id,date_gmt,link,title,type,format,comment_status,author"},
	})
	return crawler.Request{URL: address, For: forPosts, Accept: acceptJSON, Priority: 900}
}

func (f *facts) askComments() (crawler.Request, bool) {
	if f.api == "" || f.settings.Keys == nil {
		return crawler.Request{}, false
	}
	address, ok := restRoute(f.api, "/wp/v2/comments", url.Values{
		"per_page": {strconv.Itoa(restComments)}, "_fields": {"id,post,parent,author,author_name,date_gmt,content,link,type"},
	})
	return crawler.Request{URL: address, For: forComments, Accept: acceptJSON, Priority: 900, People: true}, ok
}

// mainFeed is the first feed that is not one of comments; the site's own posts come first by every system's custom.
func mainFeed(feeds []string, site *url.URL) string {
	for _, f := range feeds {
		u, err := url.Parse(f)
		if err == nil && crawler.SameSite(u, site) && !strings.Contains(strings.ToLower(f), "comments") {
			return f
		}
	}
	return ""
}

// wordpressFeed is where WordPress keeps its feed when the page does not say.
func wordpressFeed(api string) string {
	u, err := url.Parse(api)
	if err != nil {
		return ""
	}
	if u.Query().Has("rest_route") {
		u.RawQuery = "feed=rss2"
		return u.String()
	}
	before, _, ok := strings.Cut(u.Path, "/wp-json")
	if !ok {
		return ""
	}
	u.Path, u.RawPath, u.RawQuery = before+"/feed/", "", ""
	return u.String()
}

// answered reports whether the body of an answer is all that was sent. A body that is no page is right here.
func answered(p *crawler.Page) bool {
	a := p.Answer
	return a.Status == http.StatusOK && (a.Problem == "" || a.Problem == audit.ReasonNotHTML)
}

func (f *facts) readPosts(p *crawler.Page, outlines map[string]audit.Outline) {
	switch {
	case p.Unchanged:
		f.rest = p.Outline().Posts
	case !answered(p):
		return
	default:
		list, err := posts(p.Answer.Body, p.Answer.At)
		if err != nil {
			return
		}
		for _, post := range list {
			f.rest = append(f.rest, f.fromRow(post, p))
		}
	}
	outlines[p.Answer.Request.URL] = audit.Outline{Posts: f.rest}
}

func (f *facts) fromRow(post restPost, p *crawler.Page) audit.PostFacts {
	made := audit.PostFacts{
		URL: post.link, NativeID: strconv.FormatInt(post.id, 10), Title: cut(post.title, 300), Published: post.published,
		Author: f.account(post.author), CommentStatus: post.status,
	}
	if post.status != "" {
		made.StatusMark = markAt(p, post.at, fmt.Sprintf("$[%d].comment_status", post.index))
	}
	if post.dayAt.length > 0 {
		made.PublishedMark = markAt(p, post.dayAt, fmt.Sprintf("$[%d].date_gmt", post.index))
	}
	return made
}

// markAt is a mark of a stretch of an answer; path is "" where it is no value of JSON.
func markAt(p *crawler.Page, at span, path string) *audit.Mark {
	return &audit.Mark{
		Capture: p.Answer.Capture, URL: p.URL().String(), Path: path, Offset: at.offset, Length: at.length,
		Excerpt: excerpt(p.Answer.Body[at.offset : at.offset+at.length]),
	}
}

// account is the pseudonym of an account of the site, which no author's name can have. "" for none.
func (f *facts) account(n int64) string {
	if n <= 0 || f.settings.Keys == nil {
		return ""
	}
	return f.settings.Keys.Pseudonym(f.job.Channel.Organisation, audit.Web, "\x00account "+strconv.FormatInt(n, 10))
}

// readFeed takes a feed in. It is never remembered, so that it is always asked for whole: WordPress answers 304 as long
// as no post has changed, even where comments have since been switched off for all of them.
func (f *facts) readFeed(p *crawler.Page) {
	if !answered(p) {
		return
	}
	read := feed
	if bytes.HasPrefix(bytes.TrimLeft(p.Answer.Body, "\xef\xbb\xbf \t\r\n"), []byte("{")) {
		read = jsonFeed
	}
	if items, rss, err := read(p.Answer.Body, p.Answer.At); err == nil {
		f.fromItems(items, rss, p)
	}
}

func (f *facts) fromItems(items []feedItem, rss bool, p *crawler.Page) {
	carrying := 0
	for _, i := range items {
		if i.carries() {
			carrying++
		}
	}
	mark := audit.Mark{Capture: p.Answer.Capture, URL: p.URL().String()}
	for _, i := range items {
		link, ok := p.Resolve(i.link)
		if !ok {
			continue
		}
		made := audit.PostFacts{URL: link.String(), Title: cut(i.title, 300), Published: i.published}
		if i.dayAt.length > 0 && !i.published.IsZero() {
			made.PublishedMark = markAt(p, i.dayAt, "")
		}
		if f.person(i.author) {
			made.Signed = p.Answer.Capture
			f.sign(made.URL, i.author)
		}
		if rss {
			made.Feed = i.facts(p.Answer.Body, mark, carrying)
		}
		f.feed = append(f.feed, made)
	}
}

// posts joins what interface and feed say of each post of this site: those of the interface first, then those that only
// the feed has. A post that stands twice in the feed has no facts of the feed.
func (f *facts) posts() []audit.PostFacts {
	items := map[string]*audit.FeedFacts{}
	twice, signed, accounts := map[string]bool{}, map[string]string{}, f.signedAccounts()
	for _, p := range f.feed {
		k := keyOf(p.URL)
		signed[k] = cmp.Or(p.Signed, signed[k])
		_, seen := items[k]
		items[k], twice[k] = p.Feed, seen
	}
	var joined []audit.PostFacts
	known := map[string]bool{}
	for _, p := range slices.Concat(f.rest, f.feed, f.listed) {
		k := keyOf(p.URL)
		if known[k] || known[languageless(k)] || !f.here(p.URL) {
			continue
		}
		known[k], known[languageless(k)] = true, true
		p.Feed, p.Signed = items[k], cmp.Or(signed[k], accounts[p.Author])
		if twice[k] {
			p.Feed = nil
		}
		joined = append(joined, p)
	}
	return joined
}

func keyOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return key(u)
}

func (f *facts) here(address string) bool {
	u, err := url.Parse(address)
	return err == nil && f.site != nil && (u.Scheme == "http" || u.Scheme == "https") && u.User == nil &&
		len(address) <= maxAddress && hostKey(u) == hostKey(f.site)
}

// readComments makes the comments that people wrote. Their authors' names end here, as pseudonyms.
func (f *facts) readComments(p *crawler.Page, outlines map[string]audit.Outline) {
	if p.Unchanged {
		outlines[p.Answer.Request.URL] = audit.Outline{}
		return
	}
	if !answered(p) || f.settings.Keys == nil {
		return
	}
	list, sent, err := comments(p.Answer.Body, p.Answer.At)
	if err != nil {
		return
	}
	outlines[p.Answer.Request.URL] = audit.Outline{}
	l := audit.Listing{Capture: p.Answer.Capture, Method: audit.ByInterface, Complete: len(list) > 0} // an empty list proves nothing
	addresses, accounts := map[int64]string{}, map[string]bool{}
	for _, post := range f.rest {
		if n, err := strconv.ParseInt(post.NativeID, 10, 64); err == nil {
			addresses[n] = post.URL
		}
		accounts[post.Author] = post.Author != ""
	}
	for _, c := range list {
		if made, ok := f.comment(c, addresses, accounts); ok {
			f.heard.add(made)
			l.Comments = append(l.Comments, made.ID)
		}
		if sent >= restComments && (l.Since.IsZero() || c.at.Before(l.Since)) {
			l.Since = c.at
		}
	}
	if sent >= restComments { // the newest; of what was said in the second of the oldest some may be left out
		l.Since = l.Since.Add(time.Second)
	}
	f.heard.listings = append(f.heard.listings, l)
}

// restComments is how many comments the interface is asked for, which is the most that it gives at once.
const restComments = 100

const wordpress = "wordpress"

func (f *facts) comment(c restComment, addresses map[int64]string, accounts map[string]bool) (audit.Comment, bool) {
	channel := f.job.Channel
	post, told := addresses[c.post]
	if !told {
		post = commentedPage(c.link)
		addresses[c.post] = post
		if f.here(post) {
			f.tellOf(audit.Post{ID: audit.Hash(channel.ID, post), URL: post})
		}
	}
	if !f.here(post) {
		return audit.Comment{}, false
	}
	id := strconv.FormatInt(c.id, 10)
	author := c.name
	if author == "" {
		author = "\x00nameless " + id // two nameless people are not one
	}
	text := audit.Redact(c.text)
	made := audit.Comment{
		ID: audit.CommentID(channel.ID, wordpress, id), Post: audit.Hash(channel.ID, post), System: wordpress, URL: c.link,
		Author: f.settings.Keys.Pseudonym(channel.Organisation, audit.Web, author), By: f.by(c.account, accounts),
		Time: c.at, Text: text, Native: true, Method: audit.ByInterface,
	}
	if c.parent > 0 {
		made.Parent = audit.CommentID(channel.ID, wordpress, strconv.FormatInt(c.parent, 10))
	}
	return made, true
}

// by: the account that writes the site's posts is the organisation's. Another account may be any reader's who has one.
func (f *facts) by(account int64, writers map[string]bool) audit.Author {
	switch {
	case account == 0:
		return audit.AuthorPublic
	case account > 0 && writers[f.account(account)]:
		return audit.AuthorOrganisation
	}
	return audit.AuthorUnknown
}

var commentPage = regexp.MustCompile(`/comment-page-[0-9]+/?$`)

// commentedPage is the page that a comment's own address points into.
func commentedPage(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	u.Fragment, u.RawFragment = "", ""
	if q := u.Query(); q.Has("cpage") {
		q.Del("cpage")
		u.RawQuery = encode(q)
	}
	u.Path, u.RawPath = commentPage.ReplaceAllString(u.Path, "/"), ""
	return u.String()
}

// seenPosts are the posts of the visit, as rows.
func (f *facts) seenPosts() []audit.Post {
	var seen []audit.Post
	for _, p := range f.posts() {
		seen = append(seen, audit.Post{
			ID: audit.Hash(f.job.Channel.ID, p.URL), URL: p.URL, Title: p.Title, Published: p.Published, Native: p.NativeID,
		})
	}
	return append(seen, f.others...)
}
