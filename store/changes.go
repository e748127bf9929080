package store

import (
	"database/sql"
	"time"

	"doorknock/audit"
)

// What a withdrawn change says of itself.
const (
	undone = "a visit that arrived late shows that it did not happen so"
	reread = "the same bytes, read again by a newer rule, do not show it"
	unsaid = "a person took back what they had said"
)

// saveChanges makes the rows of state_change what the fold says: new ones are added with their event, those no longer
// in the fold are withdrawn and keep their row, those that come back stand again. Those that are history are added too, and
// are no news: fresh says that one is.
func (r *recorder) saveChanges(key audit.Finding, folded []audit.Change) (fresh, withdrawn bool, err error) {
	rows, err := r.changesOf(key)
	if err != nil {
		return false, false, err
	}
	for _, c := range folded {
		row, known := rows[c.ID]
		delete(rows, c.ID)
		switch {
		case !known && r.noNews(c):
			err = r.announce(c)
		case !known:
			fresh, err = true, r.announce(c)
		case !row.stands:
			fresh, err = fresh || !row.history, r.reinstate(c, row.history)
		case row.finding != c.Finding || !row.lastSeen.Equal(c.LastSeen): // a late look confirmed it earlier, or no longer so early
			err = r.amend(c)
		}
		if err != nil {
			return fresh, withdrawn, err
		}
	}
	for id, row := range rows {
		if !row.stands {
			continue
		}
		withdrawn = true
		if err := r.withdraw(id); err != nil {
			return fresh, withdrawn, err
		}
	}
	return fresh, withdrawn, nil
}

// noNews reports whether a change is history, or was confirmed by a look that lies in the future. That look was made by a clock that
// has been set back since, and showed no change then: it only seems to follow on the one that is recorded now.
func (r *recorder) noNews(c audit.Change) bool {
	return c.Historic(r.now, staleCrawl) || c.ConfirmedAt.Sub(r.now) > clockAhead
}

// changeRow is what saveChanges needs of a row of state_change.
type changeRow struct {
	finding  string    // the one that confirmed it
	lastSeen time.Time // last look that showed the old state
	stands   bool      // not withdrawn
	history  bool      // never announced
}

func (t *tx) changesOf(key audit.Finding) (map[string]changeRow, error) {
	rows := make(map[string]changeRow)
	err := t.rows(`SELECT id, finding, last_seen, withdrawn_at IS NULL, history FROM state_change WHERE channel = ? AND check_id = ? AND scope = ?`,
		[]any{key.Channel, string(key.Check), key.Scope}, func(r *sql.Rows) error {
			var id string
			var row changeRow
			err := r.Scan(&id, &row.finding, at(&row.lastSeen), &row.stands, &row.history)
			rows[id] = row
			return err
		})
	return rows, err
}

func (r *recorder) announce(c audit.Change) error {
	published, hold, err := r.publication(c.Check, c.To, r.correcting)
	if err != nil {
		return err
	}
	history := !r.correcting && r.noNews(c)
	err = r.exec(`INSERT INTO state_change (id, organisation, channel, platform, check_id, scope, from_state, to_state,
			first_finding, finding, first_seen, observed_at, recorded_at, published_at, hold_reason, correction, reread, last_seen, last_how, history)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?)`,
		c.ID, r.channel.Organisation, c.Channel, string(r.channel.Platform), string(c.Check), c.Scope, c.From.String(), c.To.String(),
		c.FirstFinding, c.Finding, stamp(c.FirstSeen), stamp(c.ConfirmedAt), stamp(r.now), orNull(published), hold, r.correcting,
		orNull(c.LastSeen), string(c.LastHow), history)
	if err != nil || r.correcting || history {
		return err
	}
	r.out.Changes = append(r.out.Changes, c)
	return r.raise(audit.Event{Kind: audit.EventChange, Check: c.Check, Ref: c.ID, At: c.ConfirmedAt}, announceAt(r.now, hold))
}

// reinstate lets a withdrawn change stand again. Its alert is offered again: the alert stage may have passed it over
// while it was withdrawn, and drops it by its natural key where it did not.
func (r *recorder) reinstate(c audit.Change, history bool) error {
	if err := r.amend(c); err != nil || r.correcting || history {
		return err
	}
	r.out.Changes = append(r.out.Changes, c)
	return r.exec(`UPDATE event SET score_marked_at = NULL, alert_marked_at = NULL WHERE id = ?`, audit.EventID(audit.EventChange, c.ID))
}

func (r *recorder) amend(c audit.Change) error {
	return r.exec(`UPDATE state_change SET withdrawn_at = NULL, correction = '', finding = ?, observed_at = ?, last_seen = ?, last_how = ? WHERE id = ?`,
		c.Finding, stamp(c.ConfirmedAt), orNull(c.LastSeen), string(c.LastHow), c.ID)
}

func (r *recorder) withdraw(id string) error {
	why := undone
	if r.correcting {
		why = reread
	}
	if r.visit.How == audit.ByWitness && r.correcting {
		why = unsaid
	}
	return r.exec(`UPDATE state_change SET withdrawn_at = ?, correction = ? WHERE id = ?`, stamp(r.now), why, id)
}
