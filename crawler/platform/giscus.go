package platform

import (
	"fmt"
	"time"

	"doorknock/audit"
)

type giscusComment struct {
	ID     string `json:"id"`
	Author struct {
		Login string `json:"login"`
	} `json:"author"`
	Association string          `json:"authorAssociation"`
	Created     string          `json:"createdAt"`
	HTML        string          `json:"bodyHTML"`
	Hidden      bool            `json:"isMinimized"` //nolint:misspell // its name there
	ReplyTo     *giscusReply    `json:"replyTo"`
	Replies     []giscusComment `json:"replies"`
}

type giscusReply struct {
	ID string `json:"id"`
}

// readGiscus reads a discussion. One that is not locked is for those with an account at GitHub. A page without a discussion
// is answered with 404, which says nothing.
func readGiscus(body []byte, at time.Time) (told, error) {
	var answer struct {
		Discussion *struct {
			Locked   *bool           `json:"locked"`
			Comments []giscusComment `json:"comments"`
		} `json:"discussion"`
		Error string `json:"error"`
	}
	if err := sound(body, &answer); err != nil {
		return told{}, fmt.Errorf("read giscus discussion: %w", err)
	}
	d := answer.Discussion
	switch {
	case d == nil && answer.Error == "":
		return told{}, errShape
	case d == nil || d.Locked == nil:
		return told{}, nil
	}
	t := marked(treeOf(body).get("discussion", "locked"), audit.Restricted, audit.KindLogin, "giscus-not-locked")
	if *d.Locked {
		t.state, t.kind, t.rule = audit.Closed, "", "giscus-locked"
	}
	t.listed = true
	for _, c := range flat(d.Comments, func(c giscusComment) []giscusComment { return c.Replies }) {
		if c.ID == "" || c.Hidden {
			continue
		}
		made := toldComment{id: c.ID, name: c.Author.Login, by: audit.AuthorPublic, at: isoTime(c.Created, at), text: words(c.HTML)}
		if c.Association == "OWNER" || c.Association == "MEMBER" {
			made.by = audit.AuthorOrganisation
		}
		if c.ReplyTo != nil {
			made.parent = c.ReplyTo.ID
		}
		t.comments = append(t.comments, made)
	}
	return t, nil
}
