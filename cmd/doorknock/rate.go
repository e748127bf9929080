package main

import (
	"time"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/platform"
	"doorknock/score"
	"doorknock/store"
)

// rate makes an organisation's Door and its Duties at a time of its published answers. Doors that an anonymous look cannot
// answer on their platform count in neither the sum nor the coverage.
func (in *installation) rate(o audit.Organisation, answers []store.ScoreInput, at time.Time) []audit.Score {
	anonymous := anonymousPlatforms()
	door := map[audit.CheckID]bool{}
	for _, c := range in.checks {
		door[c.ID] = c.Door
	}
	sites := siteQuestions(in.checks)
	answers = audit.OverSites(answers, func(a store.ScoreInput) (string, audit.SiteAnswer) {
		if a.Platform != audit.Web || !sites[a.Check] {
			return "", audit.SiteAnswer{}
		}
		return string(a.Check), audit.SiteAnswer{State: a.State}
	})
	doors, published := make([]score.Input, 0, len(answers)), make([]score.Input, 0, len(answers))
	for _, a := range answers {
		asked := anonymous[a.Platform] && in.duties.Asks(a.Check, o)
		doors = append(doors, score.Input{Check: a.Check, State: a.State, Counts: door[a.Check] && asked})
		published = append(published, score.Input{Check: a.Check, State: a.State, Counts: asked})
	}
	return []audit.Score{score.Door(doors), score.Duties(in.duties.InForce(o, at), published)}
}

// siteQuestions are those that an organisation's sites answer together.
func siteQuestions(all []crawler.Check) map[audit.CheckID]bool {
	m := map[audit.CheckID]bool{}
	for _, c := range all {
		m[c.ID] = c.Site
	}
	return m
}

// anonymousPlatforms are those at which an anonymous look can answer.
func anonymousPlatforms() map[audit.Platform]bool {
	m := map[audit.Platform]bool{}
	for _, p := range platform.All() {
		m[p.Name] = p.Anonymous
	}
	return m
}
