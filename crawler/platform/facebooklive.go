package platform

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

// lastly is how old a visitor's post may be that still shows that visitors may post.
const lastly = 30 * 24 * time.Hour

// graphInterface is how Meta's Graph API is asked.
func graphInterface() crawler.Interface {
	return crawler.Interface{Origin: "https://graph.facebook.com", Version: "v25.0", Gap: 500 * time.Millisecond, Budget: 4000, Heed: heedGraph}
}

// facebookCalls is the plan of a page that a key is held for, nil where none is.
func facebookCalls(j audit.Job, s crawler.Settings) crawler.Plan {
	account := facebookAccount(j.Channel.URL)
	key, own := keyFor(s, audit.Facebook, account)
	if key == "" || account == "" {
		return nil
	}
	c := calls(j, s, key, audit.AppToken, facebookSteps)
	if own {
		c.how = audit.PageToken
		c.start = []crawler.Request{c.call("me", c.graph("me"), url.Values{"fields": {"id,name,username"}})}
		return c
	}
	c.start = []crawler.Request{c.facebookPage(account)}
	return c
}

// facebookAccount is the page's name or number in its address.
func facebookAccount(address string) string {
	u, err := url.Parse(address)
	path := pathOf(address)
	switch {
	case err != nil || len(path) == 0:
		return ""
	case path[0] == "profile.php":
		return u.Query().Get("id")
	case (path[0] == "pages" || path[0] == "people" || path[0] == "p" || path[0] == "pg") && len(path) > 1:
		last := path[len(path)-1]
		if i := strings.LastIndexByte(last, '-'); i >= 0 && digits(last[i+1:]) {
			return last[i+1:]
		}
		return last
	}
	return path[0]
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func (c *caller) graph(path string) string { return "/" + c.s.Interface.Version + "/" + path }

const facebookPageFields = "id,name,username,link,is_published,rating_count,overall_star_rating,followers_count"

func (c *caller) facebookPage(id string) crawler.Request {
	return c.call("page", c.graph(url.PathEscape(id)), url.Values{"fields": {facebookPageFields}})
}

// facebookSteps asks for the page, then what its own token may see (settings, ratings), then its posts, then the comments of
// the newest.
func facebookSteps(c *caller, r reply) []crawler.Request {
	switch r.step {
	case "me":
		return c.facebookMe(r)
	case "page":
		return c.facebookSelf(r)
	case "settings":
		c.say(r, visitorPosts, "", r.facet(visitorPosts).Verdict, nil, nil)
	case "ratings":
		if f := r.facet(reviews); f.Verdict.State() != audit.Unknown {
			c.say(r, reviews, "", f.Verdict, f.Count, f.Claimed)
		}
	case "feed":
		return c.facebookFeed(r)
	case "comments":
		return c.facebookComments(r)
	}
	return nil
}

// facebookMe makes sure that the token is this page's own: its word about another page would be believed at once.
func (c *caller) facebookMe(r reply) []crawler.Request {
	if !r.read {
		return c.stop(r)
	}
	account, id := accountKey(facebookAccount(c.job.Channel.URL)), r.root.text("id")
	if id == "" || account != id && account != accountKey(r.root.text("username")) {
		c.why = audit.ReasonNoAccess // a token of another page
		return nil
	}
	c.found["page"] = id
	return []crawler.Request{c.facebookPage(id)}
}

func (c *caller) facebookSelf(r reply) []crawler.Request {
	if !r.read || r.root.text("id") == "" {
		return c.stop(r)
	}
	id := r.root.text("id")
	if c.how == audit.PageToken && id != c.found["page"] {
		c.why = audit.ReasonNoAccess
		return nil
	}
	c.found["page"] = id
	c.bears(r, r.root.get("name"))
	f := r.facet(reviews)
	c.say(r, reviews, "", f.Verdict, f.Count, f.Claimed)
	next := []crawler.Request{c.call("feed", c.graph(url.PathEscape(id)+"/feed"), url.Values{"limit": {strconv.Itoa(facebookPosts)}, "fields": {"id,created_time,permalink_url,message,status_type,from," +
		"attachments{media_type,type},comments.limit(0).summary(true)"}})}
	if c.how != audit.PageToken {
		return next
	}
	return append([]crawler.Request{
		c.call("settings", c.graph(url.PathEscape(id)+"/settings"), nil),
		c.call("ratings", c.graph(url.PathEscape(id)+"/ratings"), url.Values{"fields": {"created_time,recommendation_type,rating,review_text"}, "limit": {"50"}}),
	}, next...)
}

// facebookFeed lists the page's posts, newest first, and sees those that visitors wrote lately. The feed is ranked: its order
// says nothing of time.
func (c *caller) facebookFeed(r reply) (next []crawler.Request) {
	if !r.read {
		return c.stop(r)
	}
	rows, page := r.root.rows("data"), c.found["page"]
	c.latest(r, facebookDates(rows, page), r.root.get("paging", "next") == nil && len(rows) < facebookPosts)
	slices.SortStableFunc(rows, func(a, b *node) int { return b.when("created_time").Compare(a.when("created_time")) })
	for _, p := range rows {
		from := p.text("from", "id")
		if from != "" && from != page {
			c.facebookVisitor(r, p)
			continue
		}
		if len(next) == recentPosts || p.text("id") == "" {
			continue
		}
		post := c.post(cmp.Or(p.text("permalink_url"), "https://www.facebook.com/"+p.text("id")), p.text("message"), p.when("created_time"))
		c.number(post, p.text("id"))
		made := graphPost(p)
		c.say(r, commentsOn, post.URL, made.verdict, nil, made.post.Count)
		if n := made.post.Count; n != nil && *n > 0 {
			next = append(next, c.under(post, "comments", c.graph(url.PathEscape(p.text("id"))+"/comments"), url.Values{
				"filter": {"stream"}, "limit": {"100"}, "fields": {"id,created_time,message,from,parent{id},is_hidden,can_hide,comment_count,permalink_url"}}))
		}
	}
	return next
}

// facebookPosts is how many posts are asked for. The feed is ranked: only one that is shorter surely holds the newest.
const facebookPosts = 50

// facebookDates are the page's own posts; one whose author is withheld may be a visitor's.
func facebookDates(rows []*node, page string) (list []dated) {
	for _, p := range rows {
		if p.text("from", "id") == page {
			list = append(list, dated{p.get("created_time"), p.text("message"), p.text("permalink_url")})
		}
	}
	return list
}

// facebookVisitor takes a visitor's own post of the last weeks for what it shows: that visitors could post then. What the
// page's settings say is exact, and goes before it.
func (c *caller) facebookVisitor(r reply, p *node) {
	age := r.page.Answer.At.Sub(p.when("created_time"))
	if age < 0 || age > lastly || slices.ContainsFunc(c.readings, func(o audit.Reading) bool { return o.Check == visitorPosts && o.Verdict.State() != audit.Unknown }) {
		return
	}
	c.say(r, visitorPosts, "", p.get("id").verdict(audit.Open, "", "fb-visitor-post"), nil, nil)
}

// facebookComments takes a post's comments. Whose they are can be told only where the interface names authors, which it does
// for the page's own token.
func (c *caller) facebookComments(r reply) []crawler.Request {
	if !r.read {
		return nil
	}
	for _, x := range r.root.rows("data") {
		from := x.text("from", "id")
		by := audit.AuthorUnknown
		switch {
		case from != "" && from == c.found["page"]:
			by = audit.AuthorOrganisation
		case from != "":
			by = audit.AuthorPublic
		}
		hidden, _ := x.flag("is_hidden")
		c.hear(r.of, toldComment{hidden: hidden, id: cmp.Or(x.text("id"), commentNumber(x.text("permalink_url"))), parent: x.text("parent", "id"), by: by,
			at: x.when("created_time"), text: tidy(x.text("message"))}, x.text("permalink_url"), from)
	}
	f := r.facet(commentsOn)
	c.say(r, commentsOn, r.of.URL, f.Verdict, f.Count, f.Claimed)
	return nil
}

// commentNumber is a comment's number in its address, which stands for its id where that is withheld.
func commentNumber(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return cmp.Or(u.Query().Get("reply_comment_id"), u.Query().Get("comment_id"))
}

// Meta's codes: what is asked too often, and what is wrong with a token. 368 is a block for policy: nothing more is asked.
var (
	graphLimits = []int{4, 17, 32, 341, 613}
	graphTokens = []int{102, 190, 368, 459, 464}
)

// heedGraph reads Meta's error codes and its headers of use, in percent. At 95 it stops for as long as Meta asks, at 75 it
// slows down.
func heedGraph(status int, h http.Header, body []byte, now time.Time) crawler.Advice {
	code, sub := graphCode(body)
	said := strconv.Itoa(code)
	if sub != 0 {
		said += "/" + strconv.Itoa(sub)
	}
	use, wait := graphUse(h)
	switch {
	case slices.Contains(graphTokens, code):
		return refusedKey(said)
	case code == 3 || code == 10 || code >= 200 && code < 300:
		return crawler.Advice{Narrow: true, Said: said}
	case slices.Contains(graphLimits, code) || code >= 80000 && code < 80100:
		return crawler.Advice{Rest: max(wait, time.Hour), Reason: audit.ReasonRateLimited, Said: said}
	case use >= 95:
		return crawler.Advice{Rest: max(wait, time.Hour), Reason: audit.ReasonRateLimited, Said: strconv.Itoa(use) + " % used"}
	case use >= 75:
		return crawler.Advice{Rest: 30 * time.Second, Said: strconv.Itoa(use) + " % used"}
	}
	return restFor(status, h, now)
}

func graphCode(body []byte) (code, sub int) {
	if !strings.Contains(string(body[:min(len(body), 400)]), `"error"`) {
		return 0, 0
	}
	root, err := readTree(body)
	if err != nil {
		return 0, 0
	}
	if n := root.count("error", "code"); n != nil {
		code = *n
	}
	if n := root.count("error", "error_subcode"); n != nil {
		sub = *n
	}
	return code, sub
}

// graphUse is the largest share, in percent, of what may be asked, and how long Meta says to wait.
func graphUse(h http.Header) (percent int, wait time.Duration) {
	var app map[string]float64
	if json.Unmarshal([]byte(h.Get("X-App-Usage")), &app) == nil {
		for _, n := range app {
			percent = max(percent, int(n))
		}
	}
	var business map[string][]map[string]any
	if json.Unmarshal([]byte(h.Get("X-Business-Use-Case-Usage")), &business) != nil {
		return percent, 0
	}
	for _, list := range business {
		for _, one := range list {
			for key, v := range one {
				n, ok := v.(float64)
				switch {
				case !ok || n < 0 || n > 1e6:
				case key == "estimated_time_to_regain_access":
					wait = max(wait, time.Duration(n)*time.Minute)
				default:
					percent = max(percent, int(n))
				}
			}
		}
	}
	return percent, wait
}
