package admin

import (
	"fmt"
	"net/http"
)

// figure is one number of the front page.
type figure struct {
	Words string
	N     int
}

// front is the first page: what waits, and the way to the others.
func (s *site) front() Page {
	return Page{Name: "front", Path: "/", Template: builtIn("front"), Get: func(r *http.Request) (View, error) {
		st, err := s.db.Status(r.Context(), s.now())
		if err != nil {
			return View{}, fmt.Errorf("count what waits: %w", err)
		}
		held, dead := 0, 0
		for _, n := range st.Held {
			held += n
		}
		for _, n := range st.Dead {
			dead += n
		}
		say := func(what string, n int) figure { return figure{s.dress.Say("admin.front." + what), n} }
		return View{Title: s.dress.Say("admin.front.menu"), Data: map[string]any{
			"Figures": []figure{
				say("organisations", st.Organisations), say("channels", st.Channels), say("due", st.Due),
				say("pending", st.Pending), say("held", held), say("quarantined", len(st.Quarantines)), say("dead", dead),
			},
			"Pages": s.menu()[1:],
		}}, nil
	}}
}

// setPassword says how to set a password, where there is none.
func (s *site) setPassword(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "unset", layout{Title: s.dress.Say("admin.unset.title")})
}
