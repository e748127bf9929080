package platform

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"doorknock/audit"
)

const isso = "isso"

type issoComment struct {
	ID      int64         `json:"id"`
	Parent  *int64        `json:"parent"`
	Created float64       `json:"created"` // Unix seconds
	Mode    int           `json:"mode"`    // 1 shown, 2 waits for the moderator, 4 taken out
	Text    *string       `json:"text"`
	Author  *string       `json:"author"`
	Replies []issoComment `json:"replies"`
}

// readIsso reads an answer of Isso: a thread, the latest comments, or counts. Isso has no sign by which a thread is closed.
func readIsso(body []byte, at time.Time) (told, error) {
	switch has := shape(body); {
	case has["replies"]:
		var thread struct {
			Replies []issoComment `json:"replies"`
		}
		if err := sound(body, &thread); err != nil {
			return told{}, fmt.Errorf("read isso thread: %w", err)
		}
		return issoListed(thread.Replies, at), nil
	case has["config"], has["error"], has["message"]:
		return told{}, sound(body, &struct{}{})
	}
	if _, ok := issoCounts(body); ok {
		return told{}, nil
	}
	var latest []issoComment
	if err := sound(body, &latest); err != nil {
		return told{}, fmt.Errorf("read isso comments: %w", err)
	}
	return issoListed(latest, at), nil
}

// issoCounts reads the answer to a question for counts: numbers, in the order in which pages were named.
func issoCounts(body []byte) (counts []int, ok bool) {
	if sound(body, &counts) != nil || len(counts) == 0 || len(counts) > maxRows {
		return nil, false
	}
	for _, n := range counts {
		ok = n >= 0 && n <= maxCount
		if !ok {
			return nil, false
		}
	}
	return counts, true
}

func issoListed(list []issoComment, at time.Time) told {
	t := told{listed: true}
	for _, c := range flat(list, func(c issoComment) []issoComment { return c.Replies }) {
		if c.ID == 0 || c.Text == nil || c.Mode != 1 && c.Mode != 0 {
			continue
		}
		made := toldComment{id: strconv.FormatInt(c.ID, 10), by: audit.AuthorUnknown, at: unixTime(c.Created, at), text: words(*c.Text)}
		if c.Parent != nil {
			made.parent = strconv.FormatInt(*c.Parent, 10)
		}
		if c.Author != nil {
			made.name = *c.Author
		}
		t.comments = append(t.comments, made)
	}
	return t
}

// unixTime reads Unix seconds with a fraction.
func unixTime(seconds float64, at time.Time) time.Time {
	if !(seconds > 0 && seconds < 1<<40) {
		return time.Time{}
	}
	whole, part := math.Modf(seconds)
	return plausible(time.Unix(int64(whole), int64(part*1e6)*1e3).UTC(), at)
}
