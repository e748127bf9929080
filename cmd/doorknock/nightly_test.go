//go:build nightly

package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/internal/wordpress"
)

// oneSite is a place with one organisation: a real WordPress.
type oneSite struct {
	site *wordpress.Site
	org  audit.Organisation
}

func (o oneSite) Hosts() map[string]string { return map[string]string{o.site.Host: o.site.Address} }

func (o oneSite) Organisations() ([]audit.Organisation, []audit.Channel) {
	return []audit.Organisation{o.org}, nil
}

// A real WordPress, from the first visit to the Slack stand-in and the page: every post as it truly is, a complaint
// told, and a closed post reopened: pending, confirmed, one change, one alert, and the timeline.
func TestWordPressToPage(t *testing.T) {
	for name, theme := range map[string]string{"classic theme": wordpress.Classic, "block theme": wordpress.Block} {
		t.Run(name, func(t *testing.T) { wordPressToPage(t, theme) })
	}
}

func wordPressToPage(t *testing.T, theme string) {
	site := wordpress.Start(t, wordpress.Options{Theme: theme, Title: "Example Homes"})
	homes := 1200
	where := oneSite{site, audit.Organisation{ID: "example-homes", Name: "Example Homes", Nation: audit.England, Sector: "council", Homes: &homes, Website: site.URL}}
	open := site.Add(wordpress.Post{Slug: "open", Title: "Repairs day", AgeDays: 2})
	empty := site.Add(wordpress.Post{Slug: "empty", Title: "Heating works", AgeDays: 3})
	shut := site.Add(wordpress.Post{Slug: "shut", Title: "Rent review", AgeDays: 4})
	site.Say(wordpress.Comment{Post: shut, Author: "Visitor A", Text: "When is the meeting?", AgeHours: 30})
	site.SetCommentStatus(shut, "closed")
	site.Add(wordpress.Post{Slug: "locked", Title: "Board papers", AgeDays: 5, CommentStatus: "closed"}) // keeps the whole site from changing
	r := newRig(t, where, "")
	r.start()
	base := r.out.address(t)
	state := func(post int) string {
		return `SELECT 1 FROM state_now WHERE check_id = 'comments' AND scope = '` + strings.ReplaceAll(site.Link(post), "'", "''") + `' AND state = `
	}
	r.until("the true state of every post", 2*time.Minute, func() bool {
		return r.has(state(open)+`'open'`) && r.has(state(empty)+`'open'`) && r.has(state(shut)+`'closed'`)
	})
	if wrong := r.rows(`SELECT scope, state FROM finding WHERE check_id = 'comments' AND scope <> '' AND
		((scope = '` + site.Link(shut) + `' AND state IN ('open', 'restricted', 'absent')) OR (scope IN ('` + site.Link(open) + `', '` + site.Link(empty) + `') AND state IN ('closed', 'restricted', 'absent')))`); len(wrong) > 0 {
		t.Errorf("answers against the truth: %v", wrong)
	}
	site.Say(wordpress.Comment{Post: open, Author: "Ruth Parry", Text: "No heating for nine days and nobody has come, ring 07700 900123. This is a disgrace, I want to complain."})
	r.until("the complaint reaches Slack", time.Minute, func() bool { return r.told("complaint") == 1 })
	site.SetCommentStatus(shut, "open")
	r.until("the reopened post is pending", time.Minute, func() bool {
		return r.has(`SELECT 1 FROM state_now WHERE scope = '` + site.Link(shut) + `' AND state = 'closed' AND pending = 'open'`)
	})
	r.until("the reopened post is confirmed and told", time.Minute, func() bool { return r.has(state(shut)+`'open'`) && r.told("a door opened") >= 1 })
	time.Sleep(5 * time.Second) // several more visits, none of which may tell it again
	if changes := r.rows(`SELECT from_state || ' ' || to_state || ' ' || scope FROM state_change WHERE check_id = 'comments' AND scope <> ''`); len(changes) != 1 || changes[0] != "closed open "+site.Link(shut) {
		t.Errorf("changes: %v, want one", changes)
	}
	if alerts := r.rows(`SELECT id FROM alert WHERE kind = 'change'`); len(alerts) != 1 {
		t.Errorf("alerts of changes: %v, want one", alerts)
	}
	if code, page := get(t, base+"/organisations/example-homes"); code != http.StatusOK || !strings.Contains(page, site.Link(shut)) {
		t.Errorf("the timeline does not tell the change: %d\n%s", code, page)
	}
	for _, e := range r.rows(`SELECT finding FROM state_now WHERE state <> 'unknown' AND scope <> ''`) {
		if out, code := r.ask("evidence", "replay", e); code != 0 {
			t.Errorf("replay of %s: exit %d\n%s", e, code, out)
		}
	}
	r.rests()
	r.checkWhole()
	r.checkPrivate("Ruth Parry", "07700 900123", "e2e-canary-secret")
}

// told counts the messages in the Slack stand-in that hold words.
func (r *rig) told(words string) (n int) {
	for _, m := range r.slack.Messages() {
		if m.Taken && strings.Contains(strings.ToLower(string(m.Raw)), words) {
			n++
		}
	}
	return n
}
