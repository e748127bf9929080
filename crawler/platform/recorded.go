package platform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
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
	Count   *int
	Created time.Time
	Type    string
}

// ReadWordPress reads one answer of a WordPress, recognised by its shape: a list of posts, one of comments, a feed, or an
// error. Posts of which all are closed are closed; everything else that an interface says alone is unknown.
func ReadWordPress(body []byte, status int) Record {
	switch trimmed := bytes.TrimLeft(body, " \t\r\n\ufeff"); {
	case bytes.HasPrefix(trimmed, []byte("[")):
		return recordedList(body)
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
	list, err := rows(body)
	if err != nil {
		return unknownRecord(audit.ReasonParseChanged)
	}
	for _, r := range list {
		if _, ok := r["comment_status"]; ok {
			return recordedPosts(body)
		}
		if _, ok := r["content"]; ok && len(r["post"].raw) > 0 {
			return recordedComments(body)
		}
	}
	return unknownRecord(audit.ReasonNoMarker) // an empty list says nothing
}

func recordedPosts(body []byte) Record {
	list, err := posts(body, time.Time{})
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
		first := list[0]
		v, err := audit.NewVerdict(audit.Closed, "", "", &audit.Evidence{
			Type: audit.JSONPath, Rule: "wp-rest-closed", Version: 1, Path: fmt.Sprintf("$[%d].comment_status", first.index),
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
	list, err := comments(body, time.Time{})
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
