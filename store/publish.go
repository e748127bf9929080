package store

import (
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"time"

	"doorknock/audit"
)

// Why a row is held back from the public.
const (
	HoldSite       = "site not confirmed" // no fetch has shown that the place is the organisation's own
	HoldQuarantine = "quarantined"        // a fleet-wide jump is being examined
	HoldOperator   = "held"               // the operator said so
)

// publishable are the tables whose rows the public sees from published_at on, unless they are held.
var publishable = [...]string{"state_now", "state_change", "value_change", "correction"}

// publication says from when the public may see a state that is confirmed now, or why it is held. The notice is given
// for good and bad news alike: were only bad news held, "being checked" would tell it. A correction that takes an
// accusation back waits for nobody.
func (r *recorder) publication(c audit.CheckID, s audit.State, correction bool) (published time.Time, hold string, err error) {
	if s == audit.Unknown {
		return time.Time{}, "", nil
	}
	held, err := r.isHeld(c)
	switch {
	case err != nil:
		return time.Time{}, "", err
	case held:
		return time.Time{}, HoldQuarantine, nil
	case !r.channel.Confirmed:
		return time.Time{}, HoldSite, nil
	case correction && !s.Negative():
		return r.now, "", nil
	}
	published, err = r.afterNotice(r.channel.Organisation, r.now)
	return published, "", err
}

// afterNotice is the end of the notice period to an organisation that begins now: by its nation's working days.
func (t *tx) afterNotice(organisation string, now time.Time) (time.Time, error) {
	if t.db.o.NoticeDays == 0 {
		return now, nil
	}
	nation := ""
	if _, err := t.row(`SELECT nation FROM organisation WHERE id = ?`, []any{organisation}, &nation); err != nil {
		return now, fmt.Errorf("read the nation of %s: %w", organisation, err)
	}
	return t.db.noticeEnds(nation, now), nil
}

// noticeEnds is the end of the notice period that begins now for an organisation of that nation. Of a year whose holidays
// nobody told it is counted without them, and the log says so.
func (db *DB) noticeEnds(nation string, now time.Time) time.Time {
	end := db.o.Holidays.After(nation, now, db.o.NoticeDays)
	if db.o.NoticeDays > 0 && !db.o.Holidays.Known(end) {
		db.log.Warn("a notice ends in a year whose bank holidays are not known, and is counted without them: install a newer doorknock, or add the year to configs/holidays.yaml",
			"ends", end.Format(time.DateOnly), "nation", nation)
	}
	return end
}

// announceAt is now, or never while a quarantine holds.
func announceAt(now time.Time, hold string) time.Time {
	if hold == HoldQuarantine {
		return time.Time{}
	}
	return now
}

// counts remembers from when scores follow: from now, where a state that counted no longer does, and from its
// publication. A change that counts at once has an event of its own.
func (r *recorder) counts(published time.Time, was audit.State, changed bool) {
	if published.Equal(r.now) && !changed {
		r.publish[published] = true
	}
	if published.After(r.now) {
		r.publish[published] = true
	}
	if !published.Equal(r.now) && was != audit.Unknown {
		r.publish[r.now] = true
	}
}

// doubts lets scores follow where the look began or ended a check of a state that counts, since what is being checked
// is in no sum; and where a door is new, since it counts among those that could be known.
func (r *recorder) doubts(f audit.Finding, was standing, pending audit.State) {
	began, ended := pending != audit.Unknown, was.pending != audit.Unknown
	if f.Scope == "" && (!was.held || (was.state != audit.Unknown && began != ended)) {
		r.publish[r.now] = true
	}
}

// saveStateEvents writes one event for each time from which states of this visit count. One that lies ahead, at the end
// of a notice, is announced then.
func (r *recorder) saveStateEvents() error {
	for when := range r.publish {
		err := r.raise(audit.Event{Kind: audit.EventState, Ref: r.visit.ID, At: r.visit.ObservedAt}, when)
		if err != nil {
			return err
		}
	}
	return nil
}

// confirmSite takes the visit's evidence that the place is the organisation's own, and releases what waited for it. The oldest
// evidence stands.
func (r *recorder) confirmSite() error {
	if r.visit.Confirmed == nil {
		return nil
	}
	if r.channel.Confirmed { // by the list, or by a look that may be younger
		return r.exec(`UPDATE channel SET confirmed_by = ?1 WHERE id = ?2 AND confirmed_by IS NOT NULL
			AND EXISTS (SELECT 1 FROM capture c WHERE c.id = confirmed_by ->> 'capture' AND c.observed_at > ?3)`,
			asJSON(r.visit.Confirmed), r.channel.ID, stamp(r.visit.ObservedAt))
	}
	err := r.exec(`UPDATE channel SET confirmed = 1, confirmed_by = ? WHERE id = ?`, asJSON(r.visit.Confirmed), r.channel.ID)
	if err != nil {
		return err
	}
	r.channel.Confirmed = true
	return r.releaseSite(r.channel, r.now)
}

// releaseSite publishes what was held because the channel was not confirmed.
func (t *tx) releaseSite(c audit.Channel, now time.Time) error {
	return t.release(`hold_reason = ? AND channel = ?`, now, HoldSite, c.ID)
}

// release ends the hold of the states and changes that where (constant words) selects, gives the notice, announces
// events that were held, and lets the scores follow.
func (t *tx) release(where string, now time.Time, args ...any) error {
	if err := t.exec(`UPDATE event SET announce_at = ?, again_at = ? WHERE announce_at IS NULL AND ref IN (SELECT id FROM state_change WHERE `+where+`)`,
		slices.Concat([]any{stamp(now), stamp(now)}, args)...); err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	var nations []string
	err := t.rows(`SELECT DISTINCT nation FROM organisation`, nil, func(r *sql.Rows) error {
		var n string
		err := r.Scan(&n)
		nations = append(nations, n)
		return err
	})
	if err != nil {
		return fmt.Errorf("list nations: %w", err)
	}
	of := where + ` AND organisation IN (SELECT id FROM organisation WHERE nation = ?)`
	for _, nation := range nations {
		if err := t.show(of, now, nation, slices.Concat(args, []any{nation})); err != nil {
			return err
		}
	}
	return nil
}

// show publishes, after a nation's notice, what where selects in it.
func (t *tx) show(where string, now time.Time, nation string, args []any) error {
	published := t.db.noticeEnds(nation, now)
	if err := t.recount(now, published, where, args...); err != nil {
		return err
	}
	for _, table := range publishable {
		set := `UPDATE ` + table + ` SET hold_reason = '', published_at = ? WHERE ` + where
		if err := t.exec(set, slices.Concat([]any{stamp(published)}, args)...); err != nil {
			return fmt.Errorf("publish %s: %w", table, err)
		}
	}
	return nil
}

// recount lets the scores of every channel with a state that where selects follow at that time.
func (t *tx) recount(now, when time.Time, where string, args ...any) error {
	var events []audit.Event
	err := t.rows(`SELECT DISTINCT channel, organisation FROM state_now WHERE `+where, args, func(r *sql.Rows) error {
		e := audit.Event{Kind: audit.EventState, At: now}
		err := r.Scan(&e.Channel, &e.Organisation)
		e.Ref = e.Channel
		events = append(events, e)
		return err
	})
	if err != nil {
		return fmt.Errorf("list what a hold covers: %w", err)
	}
	for _, e := range events {
		if err := t.saveEvent(e, now, when); err != nil {
			return err
		}
	}
	return nil
}

// eventID keeps apart the state events of one visit that count from different times.
func eventID(e audit.Event, announce time.Time) string {
	if e.Kind != audit.EventState {
		return audit.EventID(e.Kind, e.Ref)
	}
	return audit.EventID(e.Kind, e.Ref+"@"+strconv.FormatInt(announce.UnixMilli(), 10))
}
