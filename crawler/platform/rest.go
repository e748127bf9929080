package platform

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	maxRows    = 100 // of one answer; WordPress gives no more
	maxExcerpt = 200 // characters of a marker that are kept
)

// errShape says that an interface answered in a form we do not know. Nothing is taken from such an answer.
var errShape = errors.New("not the shape we know")

// span is a stretch of a body, in bytes.
type span struct{ offset, length int }

// A restPost is one row of /wp/v2/posts.
type restPost struct {
	id        int64
	link      string
	title     string
	published time.Time
	author    int64 // 0 where it is not told
	status    string
	at        span // the bytes of the status
	dayAt     span // those of the day
	index     int
}

// posts reads an answer of /wp/v2/posts. A row without a number or an address is left out; a status other than open or
// closed is "", which is no status. at is the time of the look.
func posts(body []byte, at time.Time) ([]restPost, error) {
	list, err := objects(body)
	if err != nil {
		return nil, fmt.Errorf("read posts: %w", err)
	}
	var found []restPost
	for i, r := range list {
		id, ok := r.number("id")
		link := r.written("link")
		if kind := r.written("type"); !ok || id == 0 || link == "" || (kind != "" && kind != "post") {
			continue
		}
		p := restPost{id: id, link: link, title: words(r.written("title", "rendered")), published: utcTime(r.written("date_gmt"), at), index: i}
		p.author, _ = r.number("author")
		if n := r.get("date_gmt"); n != nil && !p.published.IsZero() {
			p.dayAt = span{n.at, len(n.raw)}
		}
		if s := r.written("comment_status"); s == "open" || s == "closed" {
			n := r.get("comment_status")
			p.status, p.at = s, span{n.at, len(n.raw)}
		}
		found = append(found, p)
	}
	return found, nil
}

// A restComment is one row of /wp/v2/comments. Its author's name goes no further than the pseudonym.
type restComment struct {
	id, post, parent int64
	account          int64 // -1 where it is not told
	name             string
	at               time.Time
	text             string
	link             string
}

// comments reads an answer of /wp/v2/comments. Pingbacks and trackbacks are left out: no person wrote them here.
func comments(body []byte, at time.Time) (found []restComment, sent int, err error) {
	list, err := objects(body)
	if err != nil {
		return nil, 0, fmt.Errorf("read comments: %w", err)
	}
	for _, r := range list {
		id, ok := r.number("id")
		post, told := r.number("post")
		if !ok || !told || r.keys["content"] == nil || id == 0 || r.written("type") != "comment" {
			continue
		}
		c := restComment{id: id, post: post, account: -1, name: words(r.written("author_name")), at: utcTime(r.written("date_gmt"), at)}
		c.parent, _ = r.number("parent")
		if n, ok := r.number("author"); ok {
			c.account = n
		}
		c.text, c.link = words(r.written("content", "rendered")), r.written("link")
		found = append(found, c)
	}
	return found, len(list), nil
}

// restRoute is the address of a route of the interface at base, which is .../wp-json/ or, where addresses are plain,
// ...?rest_route=/. ok is false where base is neither.
func restRoute(base, route string, query url.Values) (string, bool) {
	u, err := url.Parse(base)
	if err != nil {
		return "", false
	}
	u.Fragment = ""
	q := u.Query()
	if root := q.Get("rest_route"); root != "" {
		q.Set("rest_route", strings.TrimSuffix(root, "/")+route)
	} else {
		u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/")+route, ""
	}
	maps.Copy(q, query)
	u.RawQuery = encode(q)
	return u.String(), true
}

// encode is Query.Encode with the two characters left readable that WordPress's own addresses leave so.
func encode(q url.Values) string {
	keys := make([]string, 0, len(q))
	for k := range q {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var parts []string
	for _, k := range keys {
		for _, v := range q[k] {
			v = strings.NewReplacer("%2F", "/", "%2C", ",").Replace(url.QueryEscape(v))
			parts = append(parts, url.QueryEscape(k)+"="+v)
		}
	}
	return strings.Join(parts, "&")
}
