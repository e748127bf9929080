package platform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"doorknock/crawler"
)

const (
	maxRows    = 100 // of one answer; WordPress gives no more
	maxExcerpt = 200 // characters of a marker that are kept
)

// errShape says that an interface answered in a form we do not know. Nothing is taken from such an answer.
var errShape = errors.New("not the shape we know")

// span is a stretch of a body, in bytes.
type span struct{ offset, length int }

// row is one object of a JSON list, each key with its value's bytes and their place in the body.
type row map[string]value

type value struct {
	raw []byte
	at  span
}

// rows reads a body that is one JSON list of objects and nothing else. A key that stands twice in an object, however deep,
// makes the answer ambiguous, so the whole of it is refused.
func rows(body []byte) ([]row, error) {
	if err := crawler.SoundJSON(body); err != nil {
		return nil, fmt.Errorf("%w: %w", errShape, err)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if err := delimiter(d, '['); err != nil {
		return nil, err
	}
	var list []row
	for d.More() {
		if len(list) == maxRows {
			return nil, fmt.Errorf("more than %d rows: %w", maxRows, errShape)
		}
		r, err := object(d)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", len(list), err)
		}
		list = append(list, r)
	}
	if err := delimiter(d, ']'); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("bytes after the list: %w", errShape)
	}
	return list, nil
}

func object(d *json.Decoder) (row, error) {
	if err := delimiter(d, '{'); err != nil {
		return nil, err
	}
	r := row{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("read key: %w", err)
		}
		key, _ := token.(string)
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, fmt.Errorf("read value of %q: %w", key, err)
		}
		end := int(d.InputOffset())
		r[key] = value{raw: raw, at: span{end - len(raw), len(raw)}}
	}
	return r, delimiter(d, '}')
}

func delimiter(d *json.Decoder, want json.Delim) error {
	token, err := d.Token()
	if err != nil {
		return fmt.Errorf("read list: %w", err)
	}
	if token != want {
		return fmt.Errorf("%v where %v was expected: %w", token, want, errShape)
	}
	return nil
}

func (r row) text(key string) string {
	var s string
	if json.Unmarshal(r[key].raw, &s) != nil {
		return ""
	}
	return s
}

// rendered is the text of a field that WordPress gives as {"rendered": "<p>…</p>"}.
func (r row) rendered(key string) string {
	var s struct {
		Rendered string `json:"rendered"`
	}
	if json.Unmarshal(r[key].raw, &s) != nil {
		return ""
	}
	return s.Rendered
}

// number reads a whole number of at least 0; ok is false where there is none.
func (r row) number(key string) (n int64, ok bool) {
	v, there := r[key]
	if !there || json.Unmarshal(v.raw, &n) != nil || n < 0 || bytes.Equal(v.raw, []byte("null")) {
		return 0, false
	}
	return n, true
}

// A restPost is one row of /wp/v2/posts.
type restPost struct {
	id        int64
	link      string
	title     string
	published time.Time
	author    int64 // 0 where it is not told
	status    string
	at        span // the bytes of the status
	index     int
}

// posts reads an answer of /wp/v2/posts. A row without a number or an address is left out; a status other than open or
// closed is "", which is no status. at is the time of the look.
func posts(body []byte, at time.Time) ([]restPost, error) {
	list, err := rows(body)
	if err != nil {
		return nil, fmt.Errorf("read posts: %w", err)
	}
	var found []restPost
	for i, r := range list {
		id, ok := r.number("id")
		link := r.text("link")
		if kind := r.text("type"); !ok || id == 0 || link == "" || (kind != "" && kind != "post") {
			continue
		}
		p := restPost{id: id, link: link, title: words(r.rendered("title")), published: utcTime(r.text("date_gmt"), at), index: i}
		p.author, _ = r.number("author")
		if s := r.text("comment_status"); s == "open" || s == "closed" {
			p.status, p.at = s, r["comment_status"].at
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
func comments(body []byte, at time.Time) ([]restComment, error) {
	list, err := rows(body)
	if err != nil {
		return nil, fmt.Errorf("read comments: %w", err)
	}
	var found []restComment
	for _, r := range list {
		id, ok := r.number("id")
		post, told := r.number("post")
		_, content := r["content"]
		if !ok || !told || !content || id == 0 || r.text("type") != "comment" {
			continue
		}
		c := restComment{id: id, post: post, account: -1, name: words(r.text("author_name")), at: utcTime(r.text("date_gmt"), at)}
		c.parent, _ = r.number("parent")
		if n, ok := r.number("author"); ok {
			c.account = n
		}
		c.text, c.link = words(r.rendered("content")), r.text("link")
		found = append(found, c)
	}
	return found, nil
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
