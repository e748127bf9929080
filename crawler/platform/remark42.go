package platform

import (
	"fmt"
	"time"

	"doorknock/audit"
)

const remark42 = "remark42"

// remarkInfo is what Remark42 says of one page's comments. ReadOnly is left out where it is false.
type remarkInfo struct {
	URL      string `json:"url"`
	Count    *int   `json:"count"`
	ReadOnly bool   `json:"read_only"`
}

type remarkComment struct {
	ID     string `json:"id"`
	Parent string `json:"pid"`
	Text   string `json:"text"`
	Delete bool   `json:"delete"`
	User   struct {
		Name  string `json:"name"`
		ID    string `json:"id"`
		Admin bool   `json:"admin"`
	} `json:"user"`
	Time string `json:"time"`
}

// readRemark42 reads an answer of Remark42: /info or /find of one page. Only these tell of its state: /config speaks of all
// pages, and /list leaves "read_only" out.
func readRemark42(body []byte, at time.Time) (told, error) {
	switch has := shape(body); {
	case has["info"] && has["comments"]:
		return remarkFound(body, at)
	case has["count"] && has["url"]:
		var info remarkInfo
		if err := sound(body, &info); err != nil {
			return told{}, fmt.Errorf("read remark42 info: %w", err)
		}
		t := info.state(treeOf(body))
		t.stated = info.Count
		return t, nil
	case has["auth_providers"], has["code"] && has["error"]:
		return told{}, sound(body, &struct{}{})
	}
	var pages []remarkInfo
	if err := sound(body, &pages); err != nil {
		return told{}, fmt.Errorf("read remark42 list: %w", err)
	}
	return told{}, nil
}

func (i remarkInfo) state(n *node) told {
	switch {
	case i.Count == nil || i.URL == "":
		return told{}
	case i.ReadOnly:
		return marked(n.get("read_only"), audit.Closed, "", "remark42-read-only")
	}
	return marked(n.get("count"), audit.Open, "", "remark42-not-read-only")
}

func remarkFound(body []byte, at time.Time) (told, error) {
	type branch struct {
		remarkComment
		Comment *remarkComment `json:"comment"`
		Replies []branch       `json:"replies"`
	}
	var found struct {
		Comments []branch   `json:"comments"`
		Info     remarkInfo `json:"info"`
	}
	if err := sound(body, &found); err != nil {
		return told{}, fmt.Errorf("read remark42 comments: %w", err)
	}
	t := found.Info.state(treeOf(body).get("info"))
	t.listed = true
	for _, b := range flat(found.Comments, func(b branch) []branch { return b.Replies }) {
		c := b.remarkComment
		if b.Comment != nil { // format=tree
			c = *b.Comment
		}
		if c.ID == "" || c.Delete {
			continue
		}
		by := audit.AuthorPublic
		if c.User.Admin {
			by = audit.AuthorOrganisation
		}
		t.comments = append(t.comments, toldComment{id: c.ID, parent: c.Parent, name: c.User.Name, by: by, at: isoTime(c.Time, at), text: words(c.Text)})
	}
	return t, nil
}

// remarkMembers reads Remark42's /config: whether one needs an account to write. ok is false where it does not tell.
func remarkMembers(body []byte) (members, ok bool) {
	var config struct {
		Providers   []string `json:"auth_providers"`
		Subscribers bool     `json:"subscribers_only"`
	}
	if sound(body, &config) != nil || config.Providers == nil {
		return false, false
	}
	for _, p := range config.Providers {
		if p == "anonymous" && !config.Subscribers {
			return false, true
		}
	}
	return true, true
}
