package town

import (
	"fmt"
	"net/http"
	"time"

	"doorknock/audit"
)

// The hosts of the third quarter. The group and its customers' site belong to one organisation.
const (
	HeronGroup     = "heron-group.test"
	HeronCustomers = "heron-customers.test"
	Copperfield    = "copperfield-homes.test"
	Glasswing      = "glasswing-homes.test"
)

// What Copperfield's house rules say last, before and after they are shortened.
const (
	promised = "Our page is monitored Monday to Friday, 9am to 5pm. We aim to reply within one working day."
	watched  = "Our page is monitored Monday to Friday, 9am to 5pm."
)

// Third is the town's third quarter: a group with two sites, rules for talking that lose their reply time, and a site that
// a script draws.
func Third() Quarter { return Quarter{sites: thirdSites, Script: thirdScript()} }

func thirdSites(now time.Time) []*Site {
	ago := before(now)
	heron := organisation("heron-homes", "Heron Homes", "housing_association", audit.England, HeronGroup, 18900)
	return []*Site{
		{Host: HeronGroup, Organisation: heron, Posts: []Post{
			{ID: 91, Title: "Our results for the year", Text: "We let more homes than the year before, and mended more roofs.", At: ago(12)},
			{ID: 92, Title: "A new member of our board", Text: "She has worked in housing for twenty years.", At: ago(33)},
		}},
		{Host: HeronCustomers, Organisation: heron, Rules: watched, Posts: []Post{
			{ID: 95, Title: "Walk with us round Heron Green", Text: "Come and say what should be mended first.", At: ago(2), Open: true},
			{ID: 96, Title: "Lifts: what we did in spring", Text: "Six are new, and four are still to come.", At: ago(25), Open: true},
		}},
		{Host: Copperfield, Rules: promised, Organisation: organisation("copperfield-homes", "Copperfield Homes", "housing_association", audit.England, Copperfield, 6600)},
		{Host: Glasswing, Scripted: true, Organisation: organisation("glasswing-homes", "Glasswing Homes", "housing_association", audit.Wales, Glasswing, 2200)},
	}
}

func thirdScript() []Scene {
	return []Scene{{After: 17 * time.Second, Host: Copperfield, Words: "Copperfield Homes takes the reply time out of its house rules",
		Change: func(s *Site, _ time.Time) { s.Rules = watched }}}
}

// scripted answers with a page that is nothing without its script.
func (s *Site) scripted(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	fmt.Fprintf(w, `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>%s</title></head><body><div id="app"></div><script src="/app.js"></script></body></html>`, s.Organisation.Name)
}
