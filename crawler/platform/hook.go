package platform

import (
	"errors"
	"fmt"
	"time"

	"doorknock/audit"
)

// ErrHook says that a message is none of Facebook's about pages.
var ErrHook = errors.New("not a message about a page")

// A Told is what one message of Facebook says of one page.
type Told struct {
	Page     string // its number
	At       time.Time
	Comments []audit.Comment
	Posts    []audit.Post
	Outcomes map[string]int // comment, answer, hidden, removed, edited, visitor_post, other
}

// ReadHook reads a message that Facebook sent, which may tell of several pages. whose gives a page's channel, false for one that
// nobody here knows: of that nothing is read. Names of people end here.
func ReadHook(body []byte, keys *audit.Keys, whose func(page string) (audit.Channel, bool)) ([]Told, error) {
	root, err := readTree(body)
	if err != nil {
		return nil, fmt.Errorf("read message: %w", errors.Join(ErrHook, err))
	}
	if root.text("object") != "page" || !root.isList("entry") {
		return nil, ErrHook
	}
	var all []Told
	for _, e := range root.rows("entry") {
		t := Told{Page: e.text("id"), At: e.when("time"), Outcomes: map[string]int{}}
		if ch, known := whose(t.Page); known {
			for _, change := range e.rows("changes") {
				if change.text("field") == "feed" {
					t.hear(ch, keys, change.get("value"))
				}
			}
		}
		all = append(all, t)
	}
	return all, nil
}

// hear takes one event.
func (t *Told) hear(ch audit.Channel, keys *audit.Keys, v *node) {
	item, verb, author := v.text("item"), v.text("verb"), v.text("from", "id")
	if author == "" {
		author = v.text("sender_id")
	}
	switch {
	case item != "comment" && verb == "add" && author != "" && author != t.Page && (item == "post" || item == "status" || item == "photo" || item == "video" || item == "share"):
		t.Outcomes["visitor_post"]++
		return
	case item != "comment" || v.text("comment_id") == "" || v.text("post_id") == "":
		t.Outcomes["other"]++
		return
	}
	post := facebookPost(ch, v.text("post_id"), v.text("post", "permalink_url"))
	c := audit.Comment{
		ID: audit.CommentID(ch.ID, string(audit.Facebook), v.text("comment_id")), Post: post.ID, System: string(audit.Facebook), URL: post.URL, Native: true, Method: audit.ByInterface,
		By: audit.AuthorPublic, Time: v.when("created_time"), Text: audit.Redact(cut(tidy(v.text("message")), maxText)),
	}
	c.TextHash, c.Print = audit.LongHash("text", c.Text), audit.Print(c.Text)
	switch author {
	case "":
		c.By, author = audit.AuthorUnknown, "\x00nameless "+v.text("comment_id")
	case t.Page:
		c.By = audit.AuthorOrganisation
	}
	c.Author = keys.Pseudonym(ch.Organisation, ch.Platform, author)
	if up := v.text("parent_id"); up != "" && up != v.text("post_id") {
		c.Parent = audit.CommentID(ch.ID, string(audit.Facebook), up)
	}
	switch verb {
	case "add":
		t.Outcomes[map[bool]string{true: "answer", false: "comment"}[c.By == audit.AuthorOrganisation]]++
		t.Posts = append(t.Posts, post)
	case "edit", "edited":
		t.Outcomes["edited"]++
	case "hide":
		c.Hidden = true
		t.Outcomes["hidden"]++
	case "remove":
		c.Removed = true
		t.Outcomes["removed"]++
	default: // unhide among them: that it was hidden once stays true
		t.Outcomes["other"]++
		return
	}
	t.Comments = append(t.Comments, c)
}

// facebookPost is the post of a number as the looks know it.
func facebookPost(ch audit.Channel, number, address string) audit.Post {
	if address == "" {
		address = "https://www.facebook.com/" + number
	}
	return audit.Post{ID: audit.Hash(ch.ID, address), URL: address, Native: number}
}
