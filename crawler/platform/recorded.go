package platform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

// A Record is what one recorded answer of a site's interface says of comments, by itself.
type Record struct {
	Verdict      audit.Verdict
	Comments     *int  // comments in the answer; nil where it lists none
	OwnerReplied *bool // nil where it cannot be told
	Posts        []RecordedPost
}

// RecordedPost is one post of an answer that lists posts.
type RecordedPost struct {
	ID      string
	State   audit.State
	Reason  audit.Reason
	Kind    audit.Kind
	Count   *int
	Created time.Time
	Type    string

	verdict audit.Verdict
}

// ReadRecorded reads one recorded answer of a system's own interface, recognised by its shape. ok is false where the system has
// no reader here.
func ReadRecorded(system string, body []byte, status int) (r Record, ok bool) {
	switch system {
	case wordpress:
		return ReadWordPress(body, status), true
	case discourse:
		if shape(body)["topic_list"] && failure(status, nil) == "" {
			return recordTopics(body, time.Time{}), true
		}
		return recordedBy(readDiscourse, body, status), true
	case isso:
		record := recordedBy(readIsso, body, status)
		if counts, ok := issoCounts(body); ok {
			for i, n := range counts {
				record.Posts = append(record.Posts, RecordedPost{ID: strconv.Itoa(i + 1), Reason: audit.ReasonNoMarker, Count: &n})
			}
		}
		return record, true
	case drupal:
		return recordNodes(body, status), true
	case disqus:
		return recordedBy(readDisqus, body, status), true
	case giscus:
		return recordedBy(readGiscus, body, status), true
	case remark42:
		return recordedBy(readRemark42, body, status), true
	}
	return Record{}, false
}

// recordedBy reads an answer by a system's reader. A feed of such a system lists comments.
func recordedBy(read reader, body []byte, status int) Record {
	if bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n\ufeff"), []byte("<")) {
		items, _, err := feed(body, time.Time{})
		if err == nil {
			n := len(items)
			return Record{Verdict: audit.UnknownFor(audit.ReasonNoMarker), Comments: &n}
		}
	}
	t, err := read(body, time.Time{})
	if failed := failure(status, err); failed != "" && !t.standsInError() {
		return unknownRecord(failed)
	}
	record := Record{Verdict: t.verdict(body, audit.SavedPage, "", "")}
	record.Comments = t.stated
	if t.listed {
		n := len(t.comments)
		record.Comments, record.OwnerReplied = &n, t.ownerReplied()
	}
	return record
}

// standsInError reports whether what an answer says stands although its status is that of a failure: that one has to sign in, and a
// reason of its own. Nothing is open or closed by an error.
func (t told) standsInError() bool {
	return t.state == audit.Restricted || t.state == audit.Unknown && t.reason != ""
}

// failure says why an interface's answer tells nothing, "" where it came as it should.
func failure(status int, err error) audit.Reason {
	switch {
	case status == http.StatusBadRequest && err == nil:
		return audit.ReasonNotFound // so Remark42 and Isso answer for a page that they do not know
	case (status == http.StatusUnauthorized || status == http.StatusForbidden) && err == nil:
		return audit.ReasonNoAccess // the program itself refuses, and nothing before it
	case crawler.ReasonOfStatus(status) != "":
		return crawler.ReasonOfStatus(status)
	case err != nil:
		return audit.ReasonParseChanged
	}
	return ""
}

// ownerReplied says whether the organisation is among those who answered; nil where nobody tells who wrote, or where not all
// comments are listed and it is not among those that are.
func (t told) ownerReplied() *bool {
	yes, known := false, len(t.comments) > 0 && !t.partial
	for _, c := range t.comments {
		if c.opens || c.program {
			continue
		}
		yes = yes || c.by == audit.AuthorOrganisation
		known = known && c.by != audit.AuthorUnknown
	}
	if !yes && !known {
		return nil
	}
	return &yes
}

// ReadWordPress reads one answer of a WordPress, recognised by its shape: a list of posts, one of comments, a feed, or an
// error. Posts of which all are closed are closed; everything else that an interface says alone is unknown.
func ReadWordPress(body []byte, status int) Record {
	switch trimmed := bytes.TrimLeft(body, " \t\r\n\ufeff"); {
	case crawler.ReasonOfStatus(status) == "" && bytes.HasPrefix(trimmed, []byte("[")):
		return recordedList(body)
	case crawler.ReasonOfStatus(status) == "" && bytes.HasPrefix(trimmed, []byte("{")) && shape(body)["comment_status"]:
		return recordedPosts(body, len(body)-len(trimmed))
	case bytes.HasPrefix(trimmed, []byte("{")):
		return unknownRecord(errorReason(body, status))
	case bytes.HasPrefix(trimmed, []byte("<")):
		return recordedFeed(body, status)
	}
	if r := crawler.ReasonOfStatus(status); r != "" {
		return unknownRecord(r)
	}
	return unknownRecord(audit.ReasonParseChanged)
}

func unknownRecord(r audit.Reason) Record { return Record{Verdict: audit.UnknownFor(r)} }

// errorReason reads WordPress's error body, whose own status is better than none.
func errorReason(body []byte, status int) audit.Reason {
	var e struct {
		Code string `json:"code"`
		Data struct {
			Status int `json:"status"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &e) != nil || e.Code == "" {
		return audit.ReasonParseChanged
	}
	if e.Data.Status != 0 {
		status = e.Data.Status
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return audit.ReasonNoAccess
	case http.StatusOK:
		return audit.ReasonParseChanged
	}
	return crawler.ReasonOfStatus(status)
}

func recordedList(body []byte) Record {
	list, err := objects(body)
	if err != nil {
		return unknownRecord(audit.ReasonParseChanged)
	}
	for _, r := range list {
		if r.keys["comment_status"] != nil {
			return recordedPosts(body, -1)
		}
		if r.keys["content"] != nil && r.keys["post"] != nil {
			return recordedComments(body)
		}
	}
	return unknownRecord(audit.ReasonNoMarker) // an empty list says nothing
}

// recordedPosts reads a list of posts, or the one post that begins at single, where that is not under 0.
func recordedPosts(body []byte, single int) Record {
	listed := body
	if single >= 0 {
		listed = slices.Concat(body[:single], []byte("["), body[single:], []byte("]"))
	}
	list, err := posts(listed, time.Time{})
	if err != nil || len(list) == 0 {
		return unknownRecord(audit.ReasonParseChanged)
	}
	record := unknownRecord(audit.ReasonNoMarker)
	closed := 0
	for _, p := range list {
		post := RecordedPost{ID: strconv.FormatInt(p.id, 10), Reason: audit.ReasonNoMarker, Created: p.published}
		if p.status == "closed" {
			post.State, post.Reason = audit.Closed, ""
			closed++
		}
		record.Posts = append(record.Posts, post)
	}
	if closed == len(list) {
		first, path := list[0], fmt.Sprintf("$[%d].comment_status", list[0].index)
		if single >= 0 {
			first.at.offset, path = first.at.offset-1, "$.comment_status"
		}
		v, err := audit.NewVerdict(audit.Closed, "", "", &audit.Evidence{
			Type: audit.JSONPath, Rule: "wp-rest-closed", Version: 1, Path: path,
			Offset: first.at.offset, Length: first.at.length, Excerpt: excerpt(body[first.at.offset : first.at.offset+first.at.length]),
			How: audit.SavedPage,
		})
		if err == nil {
			record.Verdict = v
		}
	}
	return record
}

// recordedComments counts them. That an account wrote one does not make it the organisation's: only where no account
// wrote any is it sure that the organisation did not.
func recordedComments(body []byte) Record {
	list, _, err := comments(body, time.Time{})
	if err != nil {
		return unknownRecord(audit.ReasonParseChanged)
	}
	record := unknownRecord(audit.ReasonNoMarker)
	n, visitors := len(list), true
	for _, c := range list {
		visitors = visitors && c.account == 0
	}
	record.Comments = &n
	if visitors && n > 0 {
		no := false
		record.OwnerReplied = &no
	}
	return record
}

func recordedFeed(body []byte, status int) Record {
	items, _, err := feed(body, time.Time{})
	if err != nil {
		if r := crawler.ReasonOfStatus(status); r != "" {
			return unknownRecord(r)
		}
		return unknownRecord(audit.ReasonParseChanged)
	}
	record := unknownRecord(audit.ReasonNoMarker)
	for _, i := range items {
		id := i.link
		if u, err := url.Parse(i.guid); err == nil && u.Query().Get("p") != "" {
			id = u.Query().Get("p")
		}
		record.Posts = append(record.Posts, RecordedPost{ID: id, Reason: audit.ReasonNoMarker, Count: i.slash, Created: i.published})
	}
	return record
}
