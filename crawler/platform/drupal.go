package platform

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

const drupal = "drupal"

// drupalTypes are the kinds of content that hold a site's news, as Drupal and its builders name them.
var drupalTypes = []string{"article", "news", "blog_post", "blog"}

// drupalNode is one item of Drupal's JSON:API with the status of its comment field: 0 hidden, 1 closed, 2 open.
type drupalNode struct {
	id        string
	link      string // relative
	title     string
	published time.Time
	status    int
	field     *node // the bytes of the status
}

// drupalNodes reads an answer of /jsonapi/node/TYPE. A comment field may bear any name: it is the one with a status and a
// count of comments. An item with several, or with none, says nothing of comments.
func drupalNodes(body []byte, at time.Time) ([]drupalNode, error) {
	var answer struct {
		Data []struct {
			Attributes map[string]json.RawMessage `json:"attributes"`
		} `json:"data"`
	}
	if err := sound(body, &answer); err != nil {
		return nil, fmt.Errorf("read drupal nodes: %w", err)
	}
	if answer.Data == nil || len(answer.Data) > maxRows {
		return nil, fmt.Errorf("%d nodes: %w", len(answer.Data), errShape)
	}
	var list []drupalNode
	all := treeOf(body).get("data")
	for i, d := range answer.Data {
		n := drupalNode{status: -1}
		n.read(d.Attributes, all.nth(i).get("attributes"), at)
		if n.link != "" {
			list = append(list, n)
		}
	}
	return list, nil
}

func (n *drupalNode) read(attributes map[string]json.RawMessage, placed *node, at time.Time) {
	var number int64
	var path struct {
		Alias string `json:"alias"`
	}
	var created string
	for key, into := range map[string]any{"drupal_internal__nid": &number, "path": &path, "title": &n.title, "created": &created} {
		if json.Unmarshal(attributes[key], into) != nil {
			continue
		}
	}
	n.published = isoTime(created, at)
	if number > 0 {
		n.id = strconv.FormatInt(number, 10)
		n.link = "/node/" + n.id
	}
	if path.Alias != "" {
		n.link = path.Alias
	}
	fields := 0
	for key, raw := range attributes {
		var field struct {
			Status *int `json:"status"`
			Count  *int `json:"comment_count"`
		}
		if len(raw) > 0 && raw[0] == '{' && json.Unmarshal(raw, &field) == nil && field.Status != nil && field.Count != nil {
			n.field, n.status = placed.get(key, "status"), *field.Status
			fields++
		}
	}
	if fields != 1 || n.status < 0 || n.status > 2 {
		n.field, n.status = nil, -1
	}
}

// told is what the field says: hidden and closed are both closed to new comments.
func (n drupalNode) told() told {
	if n.status != 0 && n.status != 1 {
		return told{}
	}
	return marked(n.field, audit.Closed, "", "drupal-field-closed")
}

// recordNodes is what a list of items says by itself.
func recordNodes(body []byte, status int) Record {
	list, err := drupalNodes(body, time.Time{})
	if failed := failure(status, err); failed != "" {
		return unknownRecord(failed)
	}
	record, closed := unknownRecord(audit.ReasonNoMarker), 0
	for _, n := range list {
		post := RecordedPost{ID: n.id, Reason: audit.ReasonNoMarker, Created: n.published}
		if n.told().state == audit.Closed {
			post.State, post.Reason = audit.Closed, ""
			closed++
		}
		record.Posts = append(record.Posts, post)
	}
	if closed > 0 && closed == len(list) {
		record.Verdict = list[0].told().verdict(body, audit.SavedPage, "", "")
	}
	return record
}

func (f *facts) askDrupal() crawler.Request {
	u := url.URL{Scheme: f.site.Scheme, Host: f.site.Host, Path: "/jsonapi/node/" + drupalTypes[f.tried],
		RawQuery: "page%5Blimit%5D=" + strconv.Itoa(maxPosts) + "&sort=-created"}
	f.tried++
	return crawler.Request{URL: u.String(), For: forDrupal, Accept: "application/vnd.api+json, application/json;q=0.9", Priority: 900}
}

// readDrupal takes the items of one kind of content; of kinds that the site does not have the next is asked for. Like a
// feed the answer is never remembered.
func (f *facts) readDrupal(p *crawler.Page) (next []crawler.Request) {
	list, err := []drupalNode(nil), error(nil)
	if answered(p) {
		list, err = drupalNodes(p.Answer.Body, p.Answer.At)
	}
	if len(list) == 0 || err != nil {
		if missing := p.Answer.Problem == audit.ReasonNotFound || answered(p) && err == nil; missing && f.tried < len(drupalTypes) {
			next = append(next, f.askDrupal())
		}
		return next
	}
	for _, n := range list {
		link, ok := p.Resolve(n.link)
		if !ok {
			continue
		}
		made := audit.PostFacts{URL: link.String(), NativeID: n.id, Title: cut(n.title, 300), Published: n.published, System: drupal}
		if t := n.told(); t.state == audit.Closed {
			made.CommentStatus, made.StatusMark = "closed", markOf(t, p)
		} else if n.status == 2 {
			made.CommentStatus = "open"
		}
		f.rest = append(f.rest, made)
	}
	return nil
}

// markOf is where in an answer the bytes stand that tell a post's state.
func markOf(t told, p *crawler.Page) *audit.Mark {
	e := t.verdict(p.Answer.Body, audit.Anonymous, p.Answer.Capture, p.URL().String()).Evidence()
	if e == nil {
		return nil
	}
	return &audit.Mark{Capture: e.Capture, URL: e.URL, Path: e.Path, Offset: e.Offset, Length: e.Length, Excerpt: e.Excerpt}
}
