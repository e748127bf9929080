package platform

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

const (
	trustpilot audit.Platform = "trustpilot"
	google     audit.Platform = "google"
)

// Trustpilot asks Trustpilot's interface for a profile and its newest reviews.
func Trustpilot() crawler.Platform {
	return crawler.Platform{
		Name: trustpilot, Lanes: []string{"trustpilot.com"},
		CannotSee: "On Trustpilot anybody may review any company and the company cannot switch that off, so that a company without a profile counts as open with no reviews; whether reviews were reported and taken down is not told.",
		NextStep:  "Whoever runs doorknock can get a key and name its file under platforms.trustpilot.token_file.",
		Interface: crawler.Interface{Origin: "https://api.trustpilot.com", Version: "v1", Gap: 500 * time.Millisecond, Budget: 5_000, Heed: heedKeyed},
		Source: crawler.Source{
			Asks:   "The profile of the domain, its number of reviews, and the hundred newest reviews with the company's answers.",
			Costs:  "A key of a business account; the data of other companies is a paid product of Trustpilot. Three calls for one look.",
			Never:  "Reviews are not published again, and not kept longer than 30 days; their authors are kept only as pseudonyms.",
			Access: "A Trustpilot business account with access to its interface, and an application's key.",
		},
		Plan: func(j audit.Job, s crawler.Settings) crawler.Plan {
			path := pathOf(j.Channel.URL)
			key, _ := keyFor(s, trustpilot, "")
			switch {
			case len(path) < 2 || path[0] != "review":
				return silent(j, s, audit.ReasonNotFound)
			case key == "":
				return silent(j, s, audit.ReasonNoAccess)
			}
			c := calls(j, s, key, audit.AppToken, trustpilotSteps)
			c.start = []crawler.Request{c.call("find", c.trustpilot("business-units/find"), url.Values{"name": {path[1]}})}
			return c
		},
	}
}

func (c *caller) trustpilot(path string) string { return "/" + c.s.Interface.Version + "/" + path }

func trustpilotSteps(c *caller, r reply) []crawler.Request {
	if r.step == "find" && r.page.Answer.Status == http.StatusNotFound && r.root != nil && r.root.text("message") != "" {
		// There is no profile yet: the first who writes a review makes it. Only the answer to this call means that.
		c.say(r, reviews, "", r.root.get("message").verdict(audit.Open, "", "trustpilot-no-profile"), nil, new(0))
		return nil
	}
	if !r.read {
		return c.stop(r)
	}
	f := r.facet(reviews)
	switch r.step {
	case "find":
		c.bears(r, r.root.get("displayName"))
		c.say(r, reviews, "", f.Verdict, nil, f.Claimed)
		id := r.root.text("id")
		if id == "" {
			return nil
		}
		return []crawler.Request{c.call("reviews", c.trustpilot("business-units/"+url.PathEscape(id)+"/reviews"), url.Values{"perPage": {"100"}})}
	case "reviews":
		post := c.post(c.job.Channel.URL, "Reviews", time.Time{})
		for _, x := range r.root.rows("reviews") {
			id := x.text("id")
			c.hear(post, toldComment{id: id, by: audit.AuthorPublic, at: x.when("createdAt"), text: tidy(x.text("title") + "\n" + x.text("text"))},
				"https://www.trustpilot.com/reviews/"+url.PathEscape(id), x.text("consumer", "id"))
			if y := x.get("companyReply"); y != nil && id != "" {
				c.hear(post, toldComment{id: id + " answer", parent: id, by: audit.AuthorOrganisation, at: y.when("createdAt"), text: tidy(y.text("text"))},
					"https://www.trustpilot.com/reviews/"+url.PathEscape(id), "\x00the company")
			}
		}
	}
	return nil
}

// heedKeyed reads the answers of an interface that says by their status alone that a key is no good.
func heedKeyed(status int, h http.Header, _ []byte, now time.Time) crawler.Advice {
	if status == http.StatusUnauthorized {
		return refusedKey("401")
	}
	if status == http.StatusForbidden {
		return crawler.Advice{Narrow: true, Said: "403"}
	}
	return restFor(status, h, now)
}

// Google asks the Places API for a place's number of reviews. What it answers may not be kept, so no words and no captures
// of reviews are asked for: only that the place takes them, and how many there are that day.
func Google() crawler.Platform {
	return crawler.Platform{
		Name: google, Lanes: []string{"google.com", "google.co.uk", "g.page"},
		CannotSee: "Google shows everybody's reviews of a place and its owner cannot switch them off; whether the owner answers is told to the owner alone.",
		NextStep:  "Whoever runs doorknock can get a paid key, name its file under platforms.google.token_file, and say under platforms.google.cap what may be spent in a month.",
		Interface: crawler.Interface{Origin: "https://places.googleapis.com", Version: "v1", Gap: 500 * time.Millisecond, Budget: 1_000, Heed: heedGoogle},
		Source: crawler.Source{
			Asks:   "Whether the place is there, and how many reviews it has: one call, which asks for no review.",
			Costs:  "Google bills a call that asks for a number of reviews at about 2 US cents. platforms.google.cap is what may be spent in a calendar month; without it nothing is asked.",
			Never:  "What Google tells of a place may not be kept: only the place's id may. doorknock keeps that the place takes reviews and the number of the day as its own observation; ask for legal advice before you publish the number.",
			Access: "A Google Cloud project with billing, the Places API (New) enabled, and an API key restricted to it. The channel's address must hold the place's id.",
		},
		Plan: func(j audit.Job, s crawler.Settings) crawler.Plan {
			u, err := url.Parse(j.Channel.URL)
			if err != nil {
				return silent(j, s, audit.ReasonNotFound)
			}
			place := placeID(u)
			key, _ := keyFor(s, google, "")
			switch {
			case place == "": // a map's own number is no id of the interface
				return silent(j, s, audit.ReasonNotFound)
			case key == "":
				return silent(j, s, audit.ReasonNoAccess)
			case s.Interface.Cap == 0:
				return silent(j, s, audit.ReasonRateLimited)
			}
			c := calls(j, s, key, audit.AppToken, googleSteps)
			r := c.call("place", "/"+s.Interface.Version+"/places/"+url.PathEscape(place), url.Values{"fields": {"id,displayName,userRatingCount,googleMapsUri"}})
			r.Call.Most, r.HashOnly = googlePrice, true
			c.start = []crawler.Request{r}
			return c
		},
	}
}

// googlePrice is what a call for a place's number of reviews costs, in millionths of a US dollar.
const googlePrice = 20_000

// placeID is the id of a place in the address of its reviews.
func placeID(u *url.URL) string {
	q := u.Query()
	for _, id := range []string{q.Get("placeid"), q.Get("place_id"), strings.TrimPrefix(q.Get("q"), "place_id:")} {
		if id != "" && strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == "" {
			return id
		}
	}
	return ""
}

func googleSteps(c *caller, r reply) []crawler.Request {
	if !r.read {
		return c.stop(r)
	}
	c.bears(r, r.root.get("displayName", "text"))
	f := r.facet(reviews)
	c.say(r, reviews, "", f.Verdict, nil, f.Claimed)
	return nil
}
