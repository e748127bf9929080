package platform

import (
	"slices"

	"doorknock/audit"
	"doorknock/crawler"
)

// Facebook asks for the page and nothing else. facebook.com forbids robots, so the answer is unknown/robots unless the
// operator holds a permission; and a page that does come says nothing yet, since no parser reads it.
func Facebook() crawler.Platform {
	return crawler.Platform{
		Name:  audit.Facebook,
		Lanes: []string{"facebook.com", "fb.com"},
		CannotSee: "Facebook forbids robots to read its pages, and no longer tells a stranger whether visitor posts or " +
			"reviews are switched on; only the page's own people, or somebody who looks, can tell.",
		NextStep: "You can look: open the page and see whether it offers you a box to write in. Your page? Its settings say so exactly.",
		Plan: func(j audit.Job, s crawler.Settings) crawler.Plan {
			return &facebook{address: j.Channel.URL, questions: questions(s.Checks), reason: audit.ReasonNotLooked}
		},
	}
}

type facebook struct {
	address   string
	questions []audit.CheckID
	readings  []audit.Reading
	reason    audit.Reason
}

// questions are what anybody would ask of a page, and what else the table of checks asks here.
func questions(checks []crawler.Check) []audit.CheckID {
	ids := []audit.CheckID{"visitor_posts", "reviews", "comments", "replies"}
	for _, c := range checks {
		if slices.Contains(c.On, audit.Facebook) && !slices.Contains(ids, c.ID) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func (f *facebook) First() []crawler.Request {
	return []crawler.Request{{URL: f.address, For: crawler.ForHome}}
}

// Next keeps the reason. A page that came whole was understood no further than that: no_marker.
func (f *facebook) Next(p *crawler.Page) []crawler.Request {
	f.reason = p.Problem()
	if f.reason == "" {
		f.reason = audit.ReasonNoMarker
	}
	for _, id := range f.questions {
		f.readings = append(f.readings, unknownReading(id, p, f.reason))
	}
	return nil
}

func (f *facebook) Done([]crawler.Request) crawler.Walk {
	w := crawler.Walk{Coverage: map[audit.CheckID]audit.Coverage{}, Readings: f.readings}
	for _, id := range f.questions {
		w.Coverage[id] = audit.Coverage{Reason: f.reason}
	}
	return w
}

// unknownReading is an answer that the plan has although no page gave it.
func unknownReading(c audit.CheckID, p *crawler.Page, r audit.Reason) audit.Reading {
	return audit.Reading{
		Check: c, URL: p.URL().String(), Capture: p.Answer.Capture, Verdict: audit.UnknownFor(r), At: p.Answer.At,
	}
}
