package platform

import (
	"doorknock/audit"
	"doorknock/crawler"
)

// LinkedIn, TikTok and Nextdoor are listed, so that people can look: their interfaces tell nothing of a page that is not
// one's own, and their terms forbid programs to read them. Nobody is asked.

// LinkedIn is a row for pages that only people can look at.
func LinkedIn() crawler.Platform {
	return peopleOnly("linkedin", []string{"linkedin.com"},
		"LinkedIn tells a program nothing of a page unless it belongs to the page's own people, and its terms forbid reading it otherwise.",
		"To the page's own people, after LinkedIn's approval for community management; doorknock does not ask it yet.")
}

// TikTok is a row for accounts that only people can look at.
func TikTok() crawler.Platform {
	return peopleOnly("tiktok", []string{"tiktok.com"},
		"TikTok's interface for research does not tell whether comments are on, nor who wrote them; nothing else is open to a program.",
		"To approved researchers of public bodies alone; doorknock does not ask it.")
}

// Nextdoor is a row for pages that only people can look at.
func Nextdoor() crawler.Platform {
	return peopleOnly("nextdoor", []string{"nextdoor.co.uk", "nextdoor.com"},
		"Nextdoor shows its pages to those who are signed in alone, and its interface speaks only for the account that allowed it.",
		"To the account's own people; doorknock does not ask it.")
}

func peopleOnly(name audit.Platform, lanes []string, cannot, access string) crawler.Platform {
	return crawler.Platform{
		Name: name, Lanes: lanes, CannotSee: cannot, NextStep: "You can look: three questions, one minute.",
		Source: crawler.Source{Asks: "Nothing. People look, by the form for witnesses.", Costs: "Nothing.", Never: "What a person sees there while signed in is said without names.", Access: access},
		Plan:   func(j audit.Job, s crawler.Settings) crawler.Plan { return silent(j, s, audit.ReasonNoAccess) },
	}
}

// AllAgents and HomeViews have no interface: their page of a landlord is read like any page, as far as robots.txt allows.

// AllAgents is a row for profiles at allAgents.
func AllAgents() crawler.Platform { return reviewSite("allagents", "allagents.co.uk", "allAgents") }

// HomeViews is a row for profiles at HomeViews.
func HomeViews() crawler.Platform { return reviewSite("homeviews", "homeviews.com", "HomeViews") }

func reviewSite(name audit.Platform, lane, title string) crawler.Platform {
	return crawler.Platform{
		Name: name, Lanes: []string{lane},
		CannotSee: title + " has no interface; of its page one sees whether it shows reviews, not whether the landlord answers or has some taken down.",
		NextStep:  "You can look: open the profile and see whether you may leave a review.",
		Source: crawler.Source{
			Asks: "The one page of the landlord's profile, where " + lane + "'s robots.txt allows it.", Costs: "Nothing: one page and robots.txt.",
			Never: "Reviews are neither kept nor published.", Access: "Nobody needs to ask; where robots.txt forbids it, only people can look.",
		},
		Plan: func(j audit.Job, _ crawler.Settings) crawler.Plan {
			asked := []audit.CheckID{reviews}
			return &facebook{name: j.OrganisationName, address: j.Channel.URL, asked: asked, questions: asked, reason: audit.ReasonNotLooked}
		},
	}
}
