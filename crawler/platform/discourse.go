package platform

import (
	"fmt"
	"strconv"
	"time"

	"doorknock/audit"
)

const discourse = "discourse"

type discourseTopic struct {
	ID         int64  `json:"id"`
	Title      string `json:"title"`
	Slug       string `json:"slug"`
	Closed     *bool  `json:"closed"`
	Archived   *bool  `json:"archived"`
	Visible    *bool  `json:"visible"`
	Posts      *int   `json:"posts_count"`
	Created    string `json:"created_at"`
	PostStream struct {
		Posts []discoursePost `json:"posts"`
	} `json:"post_stream"`
}

type discoursePost struct {
	ID       int64  `json:"id"`
	Number   int    `json:"post_number"`
	ReplyTo  *int   `json:"reply_to_post_number"`
	Username string `json:"username"`
	UserID   *int64 `json:"user_id"`
	Created  string `json:"created_at"`
	Cooked   string `json:"cooked"`
	Staff    bool   `json:"staff"`
	Hidden   bool   `json:"hidden"`
	Type     int    `json:"post_type"` // 1 a person's, 2 a moderator's act, 3 a note of the system, 4 a whisper
}

// readDiscourse reads an answer of Discourse. A topic tells whether it is closed or archived; where it is neither, an
// account is needed to write in it. What it says of the one who asks ("can_create_topic") is not used.
func readDiscourse(body []byte, at time.Time) (told, error) {
	switch has := shape(body); {
	case has["post_stream"]:
		return discourseRead(body, at)
	case has["topic_list"], has["category_list"], has["about"], has["categories"]:
		return told{}, sound(body, &struct{}{})
	case has["latest_posts"]:
		var latest struct {
			Posts []discoursePost `json:"latest_posts"`
		}
		if err := sound(body, &latest); err != nil {
			return told{}, fmt.Errorf("read discourse posts: %w", err)
		}
		t := told{listed: true, partial: true}
		t.comments = discourseComments(latest.Posts, at)
		return t, nil
	case has["errors"] || has["error_type"]:
		return discourseError(body)
	case has["login_required"]:
		var site struct {
			Login bool `json:"login_required"`
		}
		if err := sound(body, &site); err != nil || !site.Login {
			return told{}, err
		}
		return marked(treeOf(body).get("login_required"), audit.Restricted, audit.KindLogin, "discourse-login-required"), nil
	}
	return told{}, errShape
}

func discourseError(body []byte) (told, error) {
	var e struct {
		Type string `json:"error_type"`
	}
	if err := sound(body, &e); err != nil {
		return told{}, err
	}
	switch e.Type {
	case "not_logged_in":
		return marked(treeOf(body).get("error_type"), audit.Restricted, audit.KindLogin, "discourse-not-logged-in"), nil
	case "invalid_access":
		return told{reason: audit.ReasonNoAccess}, nil
	case "not_found":
		return told{reason: audit.ReasonNotFound}, nil
	case "rate_limit":
		return told{reason: audit.ReasonRateLimited}, nil
	}
	return told{reason: audit.ReasonNoMarker}, nil
}

func discourseRead(body []byte, at time.Time) (told, error) {
	var topic discourseTopic
	if err := sound(body, &topic); err != nil {
		return told{}, fmt.Errorf("read discourse topic: %w", err)
	}
	t := topic.state(treeOf(body))
	t.listed = true
	t.comments = discourseComments(topic.PostStream.Posts, at)
	t.partial = topic.Posts == nil || *topic.Posts > len(topic.PostStream.Posts)
	return t, nil
}

// state reads a topic; n is the same with the places of its values.
func (d discourseTopic) state(n *node) told {
	switch {
	case d.Closed == nil || d.Archived == nil || d.ID == 0:
		return told{}
	case *d.Closed:
		return marked(n.get("closed"), audit.Closed, "", "discourse-closed")
	case *d.Archived:
		return marked(n.get("archived"), audit.Closed, "", "discourse-archived")
	}
	return marked(n.get("closed"), audit.Restricted, audit.KindLogin, "discourse-open-to-members")
}

// discourseComments are the posts of a list. The program's own account is staff, and nobody.
func discourseComments(list []discoursePost, at time.Time) (all []toldComment) {
	byNumber := map[int]string{}
	for _, p := range list {
		byNumber[p.Number] = strconv.FormatInt(p.ID, 10)
	}
	for _, p := range list {
		if p.ID == 0 || p.Hidden {
			continue
		}
		made := toldComment{id: strconv.FormatInt(p.ID, 10), name: p.Username, by: audit.AuthorPublic, at: isoTime(p.Created, at), text: words(p.Cooked), opens: p.Number == 1}
		made.program = p.Type > 2 || p.Username == "system" || p.UserID != nil && *p.UserID < 0
		if p.Staff {
			made.by = audit.AuthorOrganisation
		}
		if p.ReplyTo != nil {
			made.parent = byNumber[*p.ReplyTo]
		}
		all = append(all, made)
	}
	return all
}

// discourseTopics reads the topics of /latest.json.
func discourseTopics(body []byte) ([]discourseTopic, error) {
	var latest struct {
		List struct {
			Topics []discourseTopic `json:"topics"`
		} `json:"topic_list"`
	}
	if err := sound(body, &latest); err != nil {
		return nil, fmt.Errorf("read discourse topics: %w", err)
	}
	if len(latest.List.Topics) > maxRows {
		return nil, fmt.Errorf("%d topics: %w", len(latest.List.Topics), errShape)
	}
	return latest.List.Topics, nil
}

// topicsIn is the list of topics in an answer that discourseTopics read.
func topicsIn(body []byte) *node { return treeOf(body).get("topic_list", "topics") }

// recordTopics is what a list of topics says by itself.
func recordTopics(body []byte, at time.Time) Record {
	topics, err := discourseTopics(body)
	if err != nil {
		return unknownRecord(audit.ReasonParseChanged)
	}
	record := unknownRecord(audit.ReasonNoMarker)
	var first [3]told // restricted, closed, unknown
	var n [3]int
	placed := topicsIn(body)
	for i, d := range topics {
		t := d.state(placed.nth(i))
		kind := map[audit.State]int{audit.Restricted: 0, audit.Closed: 1, audit.Unknown: 2}[t.state]
		if n[kind]++; n[kind] == 1 {
			first[kind] = t
		}
		post := RecordedPost{ID: strconv.FormatInt(d.ID, 10), State: t.state, Count: d.Posts, Created: isoTime(d.Created, at)}
		if t.state == audit.Unknown {
			post.Reason = audit.ReasonNoMarker
		}
		record.Posts = append(record.Posts, post)
	}
	switch {
	case n[2] > 0 || len(topics) == 0:
	case n[1] == 0:
		record.Verdict = first[0].verdict(body, audit.SavedPage, "", "")
	case n[0] == 0:
		record.Verdict = first[1].verdict(body, audit.SavedPage, "", "")
	default:
		some := first[1]
		some.state, some.kind, some.rule = audit.Restricted, audit.KindSomePosts, "some-posts"
		record.Verdict = some.verdict(body, audit.SavedPage, "", "")
	}
	return record
}
