package web

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"time"

	"doorknock/alerts/digest"
	"doorknock/audit"
)

// datesBack is how long a day that has passed stays in a calendar.
const datesBack = 31 * 24 * time.Hour

// calendar answers with the days on which duties begin or end for the organisations that the query chooses. When an
// organisation is to reply to something that is held is not among them: that there is something says already what was seen.
func (s *site) calendar(w http.ResponseWriter, r *http.Request) error {
	all, err := s.db.Organisations(r.Context())
	if err != nil {
		return fmt.Errorf("read the organisations of a calendar: %w", err)
	}
	only, err := digest.Chosen(r.Context(), s.db, digest.ReadWants(r.URL.Query()))
	if err != nil {
		return fmt.Errorf("choose the organisations of a calendar: %w", err)
	}
	if only != nil {
		all = slices.DeleteFunc(all, func(o audit.Organisation) bool { return !slices.Contains(only, o.ID) })
	}
	words, today := digest.In(language(r)), s.now().UTC().Truncate(24*time.Hour)
	c := digest.Calendar{Name: words.Say("dates.name"), Made: today,
		Dates: digest.DutyDates(s.duties, s.editionOptions(r).Titles, all, today.Add(-datesBack), language(r))}
	if len(all) == 1 {
		c.Name += ": " + all[0].Name
	}
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		return err //nolint:wrapcheck // says what it wrote
	}
	w.Header().Set("Content-Disposition", `inline; filename="doorknock-duties.ics"`)
	sendMarked(w, r, "text/calendar; charset=utf-8", b.Bytes())
	return nil
}
