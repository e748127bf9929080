package platform

import (
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

const recency audit.CheckID = "recency"

// leastOneSided is how many posts there must be before it is said that all are jobs and outages.
const leastOneSided = 5

// dated is one post of an account with the value that says when it was published.
type dated struct {
	at             *node
	title, address string
}

// latest says how old the newest post of an account is, and whether all its posts are jobs and outages. whole says that the list
// begins with the newest post of all: of one that may leave newer posts out, nothing is old. An empty list says nothing, nor
// does one with a post whose day cannot be read.
func (c *caller) latest(r reply, list []dated, whole bool) {
	var newest dated
	notices, now := 0, r.page.Answer.At
	for _, d := range list {
		at := d.at.when()
		if at.IsZero() || at.After(now.Add(time.Hour)) {
			whole = false
			continue
		}
		if newest.at == nil || at.After(newest.at.when()) {
			newest = d
		}
		if c.s.Notice != nil && c.s.Notice(tidyLine(d.title), d.address) {
			notices++
		}
	}
	if newest.at == nil {
		return
	}
	state, kind, rule := crawler.NewestPost(now.Sub(newest.at.when()))
	switch {
	case state == audit.Restricted && !whole:
		c.say(r, recency, "", audit.UnknownFor(audit.ReasonIncomplete), nil, nil)
		return
	case state == audit.Open && len(list) >= leastOneSided && notices == len(list):
		state, kind, rule = audit.Restricted, audit.KindPartial, "jobs-or-outages"
	}
	c.say(r, recency, "", newest.at.verdict(state, kind, rule), nil, nil)
	c.valued(recency, audit.Values{audit.ValueNewest: audit.Text(newest.at.when().UTC().Format(time.DateOnly)),
		audit.ValueItems: audit.Number(len(list)), audit.ValueNotices: audit.Number(notices)})
}

// valued adds figures to the answer about the channel that was given to a question.
func (c *caller) valued(id audit.CheckID, values audit.Values) {
	for i := range c.readings {
		if r := &c.readings[i]; r.Check == id && r.Scope == "" && r.Verdict.State() != audit.Unknown {
			r.Values = values
		}
	}
}
