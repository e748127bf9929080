package store

import (
	"database/sql"
	"slices"

	"doorknock/audit"
)

// undone is what a withdrawn change says of itself.
const undone = "a visit that arrived late shows that it did not happen so"

// saveChanges makes the rows of state_change what the fold says: new ones are added with their event, those no longer
// in the fold are withdrawn and keep their row, those that come back stand again.
func (r *recorder) saveChanges(key audit.Finding, folded []audit.Change) (fresh, withdrawn bool, err error) {
	stands, err := r.changesOf(key)
	if err != nil {
		return false, false, err
	}
	for _, c := range folded {
		was, known := stands[c.ID]
		if known && was {
			continue
		}
		fresh = true
		if known {
			err = r.reinstate(c)
		} else {
			err = r.announce(c)
		}
		if err != nil {
			return fresh, withdrawn, err
		}
	}
	for id, standing := range stands {
		if !standing || slices.ContainsFunc(folded, func(c audit.Change) bool { return c.ID == id }) {
			continue
		}
		withdrawn = true
		if err := r.withdraw(id); err != nil {
			return fresh, withdrawn, err
		}
	}
	return fresh, withdrawn, nil
}

// changesOf lists the known changes of one (channel, check, scope), true for those that stand.
func (t *tx) changesOf(key audit.Finding) (map[string]bool, error) {
	stands := make(map[string]bool)
	err := t.rows(`SELECT id, withdrawn_at IS NULL FROM state_change WHERE channel = ? AND check_id = ? AND scope = ?`,
		[]any{key.Channel, string(key.Check), key.Scope}, func(row *sql.Rows) error {
			var id string
			var standing bool
			err := row.Scan(&id, &standing)
			stands[id] = standing
			return err //nolint:wrapcheck // the caller says what it was doing
		})
	return stands, err
}

func (r *recorder) announce(c audit.Change) error {
	published, hold, err := r.publication(c.Check, c.To, false)
	if err != nil {
		return err
	}
	err = r.exec(`INSERT INTO state_change (id, organisation, channel, platform, check_id, scope, from_state, to_state,
			first_finding, finding, first_seen, observed_at, recorded_at, published_at, hold_reason, correction)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')`,
		c.ID, r.channel.Organisation, c.Channel, string(r.channel.Platform), string(c.Check), c.Scope, c.From.String(), c.To.String(),
		c.FirstFinding, c.Finding, stamp(c.FirstSeen), stamp(c.ConfirmedAt), stamp(r.now), orNull(published), hold)
	if err != nil {
		return err
	}
	r.out.Changes = append(r.out.Changes, c)
	return r.raise(audit.Event{Kind: audit.EventChange, Check: c.Check, Ref: c.ID, At: c.ConfirmedAt}, announceAt(r.now, hold))
}

// reinstate lets a withdrawn change stand again. Its alert is offered again: the alert stage may have passed it over
// while it was withdrawn, and drops it by its natural key where it did not.
func (r *recorder) reinstate(c audit.Change) error {
	err := r.exec(`UPDATE state_change SET withdrawn_at = NULL, correction = '', finding = ?, observed_at = ? WHERE id = ?`,
		c.Finding, stamp(c.ConfirmedAt), c.ID)
	if err != nil {
		return err
	}
	r.out.Changes = append(r.out.Changes, c)
	return r.exec(`UPDATE event SET score_marked_at = NULL, alert_marked_at = NULL WHERE id = ?`, audit.EventID(audit.EventChange, c.ID))
}

func (r *recorder) withdraw(id string) error {
	return r.exec(`UPDATE state_change SET withdrawn_at = ?, correction = ? WHERE id = ?`, stamp(r.now), undone, id)
}
