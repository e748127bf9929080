package platform

import (
	"slices"

	"doorknock/audit"
	"doorknock/crawler"
)

// Facebook asks Meta's interface where a token is held: the page's own token says exactly who may post, an app's token shows
// little more than what is open. Without one it asks for the page and nothing else: facebook.com forbids robots, so the answer
// is unknown/robots unless the operator holds a permission; a page that does come is read by the checks.
func Facebook() crawler.Platform {
	return crawler.Platform{
		Name:  audit.Facebook,
		Lanes: []string{"facebook.com", "fb.com"},
		CannotSee: "Facebook forbids robots to read its pages, and no longer tells a stranger whether visitor posts or " +
			"reviews are switched on; only the page's own people, or somebody who looks, can tell.",
		NextStep:  "You can look: three questions, one minute; whoever runs this copy gives you a link. Your page? Its settings say so exactly.",
		Interface: graphInterface(),
		Source: crawler.Source{
			Asks: "With a page's own token: its settings, its reviews where Meta still serves them, its newest posts, and the comments of ten of them with answers and with those that " +
				"are hidden. With an app's token: a page's name, number of ratings, posts, and comments without their authors. With neither: nothing, for robots.txt forbids it.",
			Costs:  "No money. About 15 calls for one look at one page; doorknock stops at 4,000 a day, slows down where Meta says that three quarters of its limit are used, and stops at 95 %.",
			Never:  "An app's answers may be used to analyse and show posts, not to build profiles of people. Comments are not kept longer than 30 days, their authors only as pseudonyms.",
			Access: "Your own page: `doorknock connect facebook` walks you through it in ten minutes. Other pages: an app with Page Public Content Access, which takes Meta's review and a verified business.",
		},
		Plan: func(j audit.Job, s crawler.Settings) crawler.Plan {
			if p := facebookCalls(j, s); p != nil {
				return p
			}
			asked := askedHere(s.Checks)
			return &facebook{name: j.OrganisationName, address: j.Channel.URL, asked: asked, questions: questions(asked), reason: audit.ReasonNotLooked}
		},
	}
}

type facebook struct {
	name      string // of the organisation
	address   string
	confirmed *audit.Evidence
	asked     []audit.CheckID // by the checks
	questions []audit.CheckID
	readings  []audit.Reading
	reason    audit.Reason
}

// askedHere are the questions of the table of checks that are asked of pages of Facebook.
func askedHere(checks []crawler.Check) (ids []audit.CheckID) {
	for _, c := range checks {
		if slices.Contains(c.On, audit.Facebook) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// questions are what anybody would ask of a page, and what else is asked here.
func questions(asked []audit.CheckID) []audit.CheckID {
	ids := []audit.CheckID{visitorPosts, reviews, commentsOn, replies}
	for _, id := range asked {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (f *facebook) First() []crawler.Request {
	return []crawler.Request{{URL: f.address, For: crawler.ForHome}}
}

// Next keeps the reason of a page that did not come. One that came is read by the checks, drawn by a script or not; what
// they do not ask, it does not say.
func (f *facebook) Next(p *crawler.Page) []crawler.Request {
	f.reason = p.Problem()
	came := f.reason == "" || f.reason == audit.ReasonNeedsJS
	if came {
		f.reason, f.confirmed = audit.ReasonNoMarker, bears(p, f.name)
	}
	for _, id := range f.questions {
		if !came || !slices.Contains(f.asked, id) {
			f.readings = append(f.readings, unknownReading(id, p, f.reason))
		}
	}
	return nil
}

func (f *facebook) Done([]crawler.Request) crawler.Walk {
	w := crawler.Walk{Coverage: map[audit.CheckID]audit.Coverage{}, Readings: f.readings, Confirmed: f.confirmed}
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
