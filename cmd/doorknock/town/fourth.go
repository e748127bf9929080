package town

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/internal/fakegraph"
)

// The hosts of the fourth quarter: four landlords with a page on a Facebook of the town's own, and Meta's interface of it.
const (
	Lapwing  = "lapwing-homes.test"
	Magpie   = "magpie-homes.test"
	Nuthatch = "nuthatch-homes.test"
	Oriole   = "oriole-homes.test"

	facebookHost = "www.facebook.com"
	graphHost    = "graph.town.test"
	orioleToken  = "the-towns-own-token-of-oriole"
)

// A facebookPage is one page of the town's Facebook, as a stranger is shown it.
type facebookPage struct {
	Site *Site
	Name string // in its address
	Data string // what its script is drawn from, as Facebook's has it; "": a page to log in
	Own  *fakegraph.Page
}

// Fourth is the town's fourth quarter. Its Facebook lets us read its pages, as the real one does not: one shows its reviews,
// one has switched comments off on both posts that it shows, one asks to log in; the fourth landlord has connected its page.
func Fourth() Quarter {
	return Quarter{sites: fourthSites, facebook: fourthPages, Script: []Scene{{After: 21 * time.Second, Host: Oriole,
		Words: "Oriole Homes lets visitors post on its own page, and its token says so", Page: func(p *fakegraph.Page) { p.MayPost = true }}}}
}

func fourthSites(time.Time) []*Site {
	plain := func(host, id, name string, homes int) *Site {
		return &Site{Host: host, Organisation: organisation(id, name, "housing_association", audit.England, host, homes)}
	}
	return []*Site{plain(Lapwing, "lapwing-homes", "Lapwing Homes", 4100), plain(Magpie, "magpie-homes", "Magpie Homes", 5200),
		plain(Nuthatch, "nuthatch-homes", "Nuthatch Homes", 3300), plain(Oriole, "oriole-homes", "Oriole Homes", 7400)}
}

func fourthPages(sites []*Site, now time.Time) []facebookPage {
	ago := before(now)
	of := func(host string) *Site {
		for _, s := range sites {
			if s.Host == host {
				return s
			}
		}
		return &Site{}
	}
	const page = `{"page":{"delegate_page":{"id":"%d"},%s}}`
	return []facebookPage{
		{Site: of(Lapwing), Name: "lapwinghomes", Data: fmt.Sprintf(page, 501, `"items":[{"text":"3.1 (82 reviews)","timeline_context_list_item_type":"INTRO_CARD_RATING"}]`)},
		{Site: of(Magpie), Name: "magpiehomes", Data: fmt.Sprintf(page, 502, `"edges":[{"node":{"__typename":"Story","post_id":"7","feedback":{"have_comments_been_disabled":true,"comment_count":{"total_count":0}}}},`+
			`{"node":{"__typename":"Story","post_id":"8","feedback":{"have_comments_been_disabled":true,"comment_count":{"total_count":0}}}}]`)},
		{Site: of(Nuthatch), Name: "nuthatchhomes"},
		{Site: of(Oriole), Name: "oriolehomes", Own: &fakegraph.Page{ID: "504", Username: "oriolehomes", Name: "Oriole Homes", Token: orioleToken, Ratings: 12, Posts: []fakegraph.Post{
			{Number: "1", From: "504", Text: "Repairs day at Oriole Court on Friday", At: ago(2), Comments: []fakegraph.Comment{
				{Number: "11", From: "9001", Text: "The lift has been out since Monday and my mother cannot leave the house", At: ago(2).Add(time.Hour)},
				{Number: "12", Parent: "11", From: "504", Text: "We are sorry. The engineer comes tomorrow at nine.", At: ago(2).Add(3 * time.Hour)},
				{Number: "13", From: "9002", Text: "Nobody has answered my complaint for six weeks", At: ago(1), Hidden: true},
			}},
		}}},
	}
}

// Permission is what the town's Facebook allows, for the configuration key of that name.
func (t *Town) Permission() map[string]string {
	if len(t.facebook) == 0 {
		return nil
	}
	return map[string]string{facebookHost: "the demo's own Facebook, which allows it"}
}

// Graph gives the address of the town's stand-in for Meta's interface, and the file of tokens for it.
func (t *Town) Graph() (address, tokens string) {
	for _, p := range t.facebook {
		if p.Own != nil {
			tokens += p.Name + " " + p.Own.Token + "\n"
		}
	}
	return "http://" + graphHost, tokens
}

func (p facebookPage) address() string { return "http://" + facebookHost + "/" + p.Name }

// stranger answers as Facebook does to somebody who is not logged in. It allows robots no more than the real one.
func (t *Town) stranger(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/robots.txt" {
		fmt.Fprint(w, "User-agent: *\nDisallow: /\n")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	for _, p := range t.facebook {
		if p.Name != strings.Trim(r.URL.Path, "/") {
			continue
		}
		if p.Data == "" {
			fmt.Fprint(w, `<!doctype html><html><head><title>Log in to Facebook | Facebook</title></head><body><form id="login_form" method="post" action="/login/"><input name="email"><input type="password" name="pass"></form></body></html>`)
			return
		}
		fmt.Fprintf(w, `<!doctype html><html><head><title>%s | Facebook</title></head><body><div id="mount"></div><script type="application/json" data-sjs>%s</script></body></html>`,
			p.Site.Organisation.Name, p.Data)
		return
	}
	http.NotFound(w, r)
}
