package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// OperatorState is a state with all that the public may not see: what is pending, and what is held and why. For the
// operator's own pages and commands only.
type OperatorState struct {
	Organisation string         `json:"organisation"`
	Channel      string         `json:"channel"`
	Platform     audit.Platform `json:"platform"`
	Check        audit.CheckID  `json:"check"`
	Scope        string         `json:"scope"`
	Verdict      audit.Verdict  `json:"verdict"` // confirmed; unknown until one is
	Values       audit.Values   `json:"values,omitempty"`
	Stage        audit.Stage    `json:"stage"`
	Since        time.Time      `json:"since,omitzero"`
	SeenAt       time.Time      `json:"seen_at,omitzero"`
	Finding      string         `json:"finding"`
	Pending      audit.State    `json:"pending"`
	PendingAt    time.Time      `json:"pending_at,omitzero"`
	DueAgain     time.Time      `json:"due_again,omitzero"`
	LastAt       time.Time      `json:"last_at,omitzero"`
	LastReason   audit.Reason   `json:"last_reason"`
	PublishedAt  time.Time      `json:"published_at,omitzero"` // zero: held, or nothing confirmed
	HoldReason   string         `json:"hold_reason"`
}

// OperatorStates gives every state of an organisation, or of all where it is "".
func (db *DB) OperatorStates(ctx context.Context, organisation string) ([]OperatorState, error) {
	var all []OperatorState
	err := db.list(ctx, `SELECT organisation, channel, platform, check_id, scope, state, kind, last_reason, evidence, stage, since, seen_at,
			finding, pending, pending_at, due_again, last_at, published_at, hold_reason, named
		FROM state_now WHERE ?1 = '' OR organisation = ?1 ORDER BY organisation, channel, check_id, scope`, []any{organisation}, func(r *sql.Rows) error {
		s, err := scanOperatorState(r)
		all = append(all, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list states of %q: %w", organisation, err)
	}
	return all, nil
}

func scanOperatorState(r *sql.Rows) (OperatorState, error) {
	var s OperatorState
	var v verdictColumns
	var pending string
	err := r.Scan(&s.Organisation, &s.Channel, &s.Platform, &s.Check, &s.Scope, &v.state, &v.kind, &s.LastReason, fromJSON(&v.evidence),
		&s.Stage, at(&s.Since), at(&s.SeenAt), &s.Finding, &pending, at(&s.PendingAt), at(&s.DueAgain), at(&s.LastAt), at(&s.PublishedAt), &s.HoldReason, fromJSON(&s.Values))
	if err != nil {
		return s, err
	}
	if v.state == audit.Unknown.String() {
		if v.reason = string(s.LastReason); v.reason == "" {
			v.reason = string(audit.ReasonIncomplete) // seen once, and a second look is missing
		}
	}
	if s.Verdict, err = v.verdict(); err != nil {
		return s, fmt.Errorf("state %s of channel %s: %w", s.Check, s.Channel, err)
	}
	s.Pending, err = audit.ParseState(pending)
	return s, err
}

// Hold keeps an organisation's states and changes of one check from the public, and out of its score, until Release.
// What is confirmed later is held only by a new Hold.
func (db *DB) Hold(ctx context.Context, organisation string, c audit.CheckID, now time.Time) error {
	return db.write(ctx, fmt.Sprintf("hold %s of %s", c, organisation), func(t *tx) error {
		if err := t.recount(ms(now), ms(now), `organisation = ? AND check_id = ? AND hold_reason = ''`, organisation, string(c)); err != nil {
			return err
		}
		held := 0
		for _, table := range publishable {
			n, err := t.count(`UPDATE `+table+` SET published_at = NULL, hold_reason = ? WHERE organisation = ? AND check_id = ? AND hold_reason = ''`,
				HoldOperator, organisation, string(c))
			if err != nil {
				return err
			}
			held += n
		}
		if held == 0 {
			return ErrNotFound
		}
		return nil
	})
}

// Release ends the operator's Hold; the notice period begins again.
func (db *DB) Release(ctx context.Context, organisation string, c audit.CheckID, now time.Time) error {
	return db.write(ctx, fmt.Sprintf("release %s of %s", c, organisation), func(t *tx) error {
		return t.release(`hold_reason = ? AND organisation = ? AND check_id = ?`, ms(now), HoldOperator, organisation, string(c))
	})
}

// Findings lists the findings in force of one (channel, check, scope), oldest first: what `explain` and `audit.Confirm`
// tell from. Those that a correction took back are in Superseded.
func (db *DB) Findings(ctx context.Context, channel string, c audit.CheckID, scope string) ([]audit.Finding, error) {
	var all []audit.Finding
	err := db.list(ctx, `SELECT `+findingColumns+` FROM `+findingRows+` WHERE f.channel = ? AND f.check_id = ? AND f.scope = ? AND `+inForce+`
		ORDER BY f.observed_at, f.id`, []any{channel, string(c), scope}, func(r *sql.Rows) error {
		f, err := scanFinding(r)
		all = append(all, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list findings of %s %s: %w", channel, c, err)
	}
	return all, nil
}

// Superseded is a finding that a correction took back.
type Superseded struct {
	audit.Finding
	By string    // the finding that took its place
	At time.Time // when that was put in force
}

// Superseded lists the findings of one (channel, check, scope) that corrections took back, oldest first.
func (db *DB) Superseded(ctx context.Context, channel string, c audit.CheckID, scope string) ([]Superseded, error) {
	var all []Superseded
	err := db.list(ctx, `SELECT x.finding, x.by_finding, x.settled_at FROM correction x
		WHERE x.channel = ? AND x.check_id = ? AND x.scope = ? AND x.settled_at IS NOT NULL ORDER BY x.observed_at, x.finding`,
		[]any{channel, string(c), scope}, func(r *sql.Rows) error {
			var s Superseded
			err := r.Scan(&s.ID, &s.By, at(&s.At))
			all = append(all, s)
			return err
		})
	for i := range all {
		if err == nil {
			all[i].Finding, err = db.Finding(ctx, all[i].ID)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("list corrected findings of %s %s: %w", channel, c, err)
	}
	return all, nil
}

// Finding gives one finding by id.
func (db *DB) Finding(ctx context.Context, id string) (audit.Finding, error) {
	var found audit.Finding
	err := ErrNotFound
	scanned := db.list(ctx, `SELECT `+findingColumns+` FROM `+findingRows+` WHERE f.id = ?`, []any{id}, func(r *sql.Rows) error {
		found, err = scanFinding(r)
		return nil
	})
	if scanned != nil {
		err = scanned
	}
	if err != nil {
		return found, fmt.Errorf("finding %s: %w", id, err)
	}
	return found, nil
}

// Capture gives one capture by id, with its key: for replay, and for reading evidence to the operator.
func (db *DB) Capture(ctx context.Context, id string) (audit.Capture, error) {
	var c audit.Capture
	err := ErrNotFound
	scanned := db.list(ctx, `SELECT `+captureColumns+` FROM capture WHERE id = ?`, []any{id}, func(r *sql.Rows) error {
		err = r.Scan(captureInto(&c)...)
		return nil
	})
	if scanned != nil {
		err = scanned
	}
	if err != nil {
		return c, fmt.Errorf("capture %s: %w", id, err)
	}
	return c, nil
}
