package web

import (
	"context"
	"net/http"

	"doorknock/score"
)

func (s *site) method(w http.ResponseWriter, r *http.Request) error {
	looked, err := s.db.Public(s.now()).LastLook(r.Context())
	if err != nil {
		return err
	}
	type stateWords struct {
		Chip  chip
		Means string
	}
	type platformWords struct{ Place, CannotSee string }
	type checkWords struct {
		CheckDoc

		Asked string
		Law   []dutyRow
		Means []stateWords
	}
	page := struct {
		States    []stateWords
		Checks    []checkWords
		Platforms []platformWords
		Method    int
		People    string // how often two people who looked saw the same; "": nobody has looked
	}{Method: score.Method}
	if page.People, err = s.agreement(r.Context()); err != nil {
		return err
	}
	for _, shape := range shapes {
		page.States = append(page.States, stateWords{chip{shape, s.words.say("state." + shape)}, s.words.say("method.states." + shape)})
	}
	for _, c := range s.checks {
		w := checkWords{CheckDoc: c, Asked: s.whom(s.duties.Asked[c.ID]), Law: s.rows(c.ID)}
		for _, state := range c.States {
			shape := state.String()
			w.Means = append(w.Means, stateWords{chip{shape, s.stateWord(c, shape)}, s.means(c, shape)})
		}
		page.Checks = append(page.Checks, w)
	}
	for _, p := range s.platforms {
		page.Platforms = append(page.Platforms, platformWords{s.place(p.Name, ""), p.CannotSee})
	}
	return s.show(w, r, "method", s.words.say("method.title"), looked, page)
}

// agreement says how often two people who looked at the same door saw the same.
func (s *site) agreement(ctx context.Context) (string, error) {
	a, err := s.db.Public(s.now()).Agreement(ctx)
	if err != nil || a.Pairs == 0 {
		return "", err
	}
	return s.words.say("method.look.agreement", "pairs", a.Pairs, "same", a.Same), nil
}

// means says what a state of a check rests on.
func (s *site) means(c CheckDoc, shape string) string {
	if c.duty() {
		return s.words.say("method.published." + shape)
	}
	return s.words.say("method.means." + shape)
}
