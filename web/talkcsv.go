package web

import (
	"fmt"
	"net/http"
	"strconv"

	"doorknock/audit"
	"doorknock/store"
)

// talkCSV gives the figures of who talks and who answers as a file: one figure a line, and nothing of few.
func (s *site) talkCSV(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !audit.ValidOrganisationID(id) {
		return fmt.Errorf("organisation %q: %w", id, store.ErrNotFound)
	}
	public := s.db.Public(s.now())
	o, err := public.Organisation(r.Context(), id, s.now())
	if err != nil {
		return fmt.Errorf("read %s: %w", id, err)
	}
	report, err := s.talkReport(r.Context(), public, o.Organisation)
	if err != nil {
		return err
	}
	f := newCSV("organisation", "name", "figure", "of", "value", "unit", "sample")
	for _, l := range report.Lines() {
		var value any
		switch {
		case l.Sample < l.Least:
			value = s.words.say("org.talk.csv.toofew")
		case l.Value == nil:
			value = s.words.say("org.talk.csv.unreached")
		case l.Count:
			value = s.csvCount(int(*l.Value))
		default:
			value = strconv.FormatFloat(*l.Value, 'f', -1, 64)
		}
		f.row(o.ID, o.Name, l.Figure, l.Of, value, l.Unit, s.csvCount(l.Sample))
	}
	f.send(w, "doorknock-"+o.ID+"-talk.csv")
	return nil
}

// csvCount is a count of what people wrote, as a number where there are five or none.
func (s *site) csvCount(n int) any {
	if n > 0 && n < fewComments {
		return s.words.say("org.talk.few")
	}
	return n
}
