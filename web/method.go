package web

import (
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
	page := struct {
		States    []stateWords
		Checks    []CheckDoc
		Platforms []platformWords
		Method    int
	}{Checks: s.checks, Method: score.Door(nil).Method}
	for _, shape := range shapes {
		page.States = append(page.States, stateWords{chip{shape, s.words.say("state." + shape)}, s.words.say("method.states." + shape)})
	}
	for _, p := range s.platforms {
		page.Platforms = append(page.Platforms, platformWords{s.place(p.Name, ""), p.CannotSee})
	}
	return s.show(w, r, "method", s.words.say("method.title"), looked, page)
}
