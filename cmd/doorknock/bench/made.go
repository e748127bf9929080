package bench

import (
	"fmt"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// firstDay is when made visits begin; each goes on six hours later than the one before.
var firstDay = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func channelOf(i int) audit.Channel {
	url := "http://" + host("b", i) + "/"
	return audit.Channel{ID: audit.ChannelID("bench", audit.Web, url), Organisation: "bench", Platform: audit.Web, URL: url, Lane: host("b", i), Confirmed: true}
}

// verdict is what a made page says: open for most, with the evidence that a constructor asks for.
func verdict(i int, url string) audit.Verdict {
	state := audit.Open
	if i%5 == 0 {
		state = audit.Closed
	}
	v, err := audit.NewVerdict(state, "", "", &audit.Evidence{
		Type: audit.Marker, Rule: "bench", Version: 1, How: audit.Anonymous, URL: url, Capture: audit.LongHash("bench", url),
		Offset: 1200, Length: 40, Excerpt: `<form id="commentform" class="comment-form">`,
	})
	if err != nil {
		return audit.UnknownFor(audit.ReasonInternal)
	}
	return v
}

var doors = []audit.CheckID{"comments", "forum", "social_links", "complaints_page"}

// madeVisit is a look at a channel that found its doors, without any fetching.
func madeVisit(j audit.Job, now time.Time) audit.Visit {
	v := audit.Visit{V: 1, ID: j.ID, Channel: j.Channel, How: audit.Anonymous, Due: j.Due, StartedAt: now, ObservedAt: now, First: j.First, Captures: []audit.Capture{}}
	for i, c := range doors {
		v.Readings = append(v.Readings, audit.Reading{Check: c, URL: j.Channel.URL, Verdict: verdict(i, j.Channel.URL), At: now})
	}
	return v
}

// madeRecording is the nth look of a list: ten findings and ten new comments.
func madeRecording(c audit.Channel, n int) store.Recording {
	now := firstDay.Add(time.Duration(n/100) * 6 * time.Hour)
	j := audit.Job{Channel: c, Due: now}
	j.ID = audit.JobID(c.ID, now)
	v := madeVisit(j, now)
	r := store.Recording{Now: now}
	for i := range 10 {
		f := audit.Finding{Visit: v.ID, Channel: c.ID, Check: "comments", How: audit.Anonymous, ObservedAt: now, System: "wordpress", Verdict: verdict(1, c.URL)}
		if i > 0 {
			f.Scope = fmt.Sprintf("%spost-%d", c.URL, i)
		}
		f.ID = audit.FindingID(v.ID, f.Check, f.Scope)
		r.Findings = append(r.Findings, f)
		id := audit.CommentID(c.ID, "wordpress", fmt.Sprint(n, i))
		v.Comments = append(v.Comments, audit.Comment{ID: id, Post: "p", System: "wordpress", Author: id, By: audit.AuthorPublic, Time: now,
			Text: "The lift in our block has been out of order since Monday and nobody answers. Could somebody please tell us when it is mended?", TextHash: id})
	}
	v.Readings = nil
	r.Visit = v
	return r
}
