package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"doorknock/audit"
)

// A jump of the whole fleet is our fault until shown otherwise. These are the numbers of design.md section 2.
const (
	fleetWindow  = 24 * time.Hour
	fleetRead    = 20 // channels of the pair read in the window, at least
	fleetPending = 5  // of them with a new pending change, at least
)

// watchFleet puts the pair (platform, check) into quarantine when too many of its channels change at once. Until the
// operator releases the pair no look confirms anything of it, and what an older look confirms meanwhile is held from the
// public and from alerts. Only states of whole channels are counted: posts that close with age are no fault of ours.
func (r *recorder) watchFleet(c audit.CheckID) error {
	held, err := r.isHeld(c)
	if err != nil || held {
		return err
	}
	var read, pending int
	// What was pending when the operator released the pair has been looked at: only what is new since makes another jump.
	_, err = r.row(`SELECT count(DISTINCT channel), count(DISTINCT CASE WHEN state <> 'unknown' AND pending <> 'unknown' AND pending_at >= ?1
			AND pending_at > (SELECT coalesce(max(released_at), '') FROM quarantine WHERE platform = ?2 AND check_id = ?3) THEN channel END)
		FROM state_now WHERE platform = ?2 AND check_id = ?3 AND scope = '' AND last_at >= ?1`,
		[]any{stamp(r.now.Add(-fleetWindow)), string(r.channel.Platform), string(c)}, &read, &pending)
	if err != nil {
		return fmt.Errorf("watch fleet: %w", err)
	}
	if !r.db.jump(read, pending) {
		return nil
	}
	r.db.log.Warn("many doors changed at once, held until released", "platform", r.channel.Platform, "check", c, "read", read, "pending", pending)
	r.holds = nil
	return r.quarantine(r.channel.Platform, c, r.visit.ObservedAt, read, pending)
}

// jump reports whether so many of the places read move at once that the fault is likely ours. It divides: 0.29 times 100 is
// less than 29 to a computer, and 29 of 100 would be more than their share.
func (db *DB) jump(read, moved int) bool {
	return read >= fleetRead && moved >= fleetPending && float64(moved)/float64(read) > db.o.QuarantineShare
}

func (t *tx) quarantine(p audit.Platform, c audit.CheckID, since time.Time, read, moved int) error {
	return t.exec(`INSERT OR IGNORE INTO quarantine (platform, check_id, since, read, pending) VALUES (?, ?, ?, ?, ?)`,
		string(p), string(c), stamp(since), read, moved)
}

// holdsOf gives the stretches of time in which looks of a check confirm nothing. All of the platform's are read once for a
// visit: nearly always there is none.
func (r *recorder) holdsOf(c audit.CheckID) ([]audit.Hold, error) {
	if r.holds != nil {
		return r.holds[c], nil
	}
	holds := map[audit.CheckID][]audit.Hold{}
	err := r.rows(`SELECT check_id, since, released_at FROM quarantine WHERE platform = ? ORDER BY since`, []any{string(r.channel.Platform)}, func(row *sql.Rows) error {
		var c audit.CheckID
		var s audit.Hold
		err := row.Scan(&c, at(&s.From), at(&s.To))
		holds[c] = append(holds[c], s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list quarantines: %w", err)
	}
	r.holds = holds
	return holds[c], nil
}

// isHeld reports whether a check is held now.
func (r *recorder) isHeld(c audit.CheckID) (bool, error) {
	holds, err := r.holdsOf(c)
	return slices.ContainsFunc(holds, func(h audit.Hold) bool { return h.To.IsZero() }), err
}

// QuarantineHolds gives the stretches of time in which looks of a pair confirmed nothing, for whoever folds its findings anew.
func (db *DB) QuarantineHolds(ctx context.Context, p audit.Platform, c audit.CheckID) ([]audit.Hold, error) {
	var holds []audit.Hold
	if err := db.list(ctx, holdsQuery, []any{string(p), string(c)}, holdsInto(&holds)); err != nil {
		return nil, fmt.Errorf("list the quarantines of %s %s: %w", p, c, err)
	}
	return holds, nil
}

const holdsQuery = `SELECT since, released_at FROM quarantine WHERE platform = ? AND check_id = ? ORDER BY since`

func holdsInto(holds *[]audit.Hold) func(*sql.Rows) error {
	return func(r *sql.Rows) error {
		var s audit.Hold
		err := r.Scan(at(&s.From), at(&s.To))
		*holds = append(*holds, s)
		return err
	}
}

func (t *tx) quarantined(p audit.Platform, c audit.CheckID) (bool, error) {
	var n int
	_, err := t.row(`SELECT count(*) FROM quarantine WHERE platform = ? AND check_id = ? AND released_at IS NULL`, []any{string(p), string(c)}, &n)
	return n > 0, err
}

// A Quarantine is a pair that is held.
type Quarantine struct {
	Platform audit.Platform `json:"platform"`
	Check    audit.CheckID  `json:"check"`
	Since    time.Time      `json:"since,omitzero"`
	Read     int            `json:"read"`    // channels read in the 24 hours before
	Pending  int            `json:"pending"` // of them with a new pending change
	// Organisations have an answer now that waits for the release: a change that no look confirms, or what an older look had confirmed.
	Organisations int `json:"organisations"`
}

// Quarantines lists the pairs that are held now.
func (db *DB) Quarantines(ctx context.Context) ([]Quarantine, error) {
	var all []Quarantine
	err := db.list(ctx, `SELECT platform, check_id, since, read, pending, (SELECT count(DISTINCT organisation) FROM state_now s
			WHERE s.platform = q.platform AND s.check_id = q.check_id AND s.scope = '' AND (s.pending <> 'unknown' OR s.hold_reason = ?))
		FROM quarantine q WHERE released_at IS NULL ORDER BY since, platform, check_id`, []any{HoldQuarantine}, func(r *sql.Rows) error {
		var q Quarantine
		err := r.Scan(&q.Platform, &q.Check, at(&q.Since), &q.Read, &q.Pending, &q.Organisations)
		all = append(all, q)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list quarantines: %w", err)
	}
	return all, nil
}

// ReleaseQuarantine ends a pair's quarantine. What is pending is confirmed by the next look that says the same; what an
// older look had confirmed is published after its notice and announced.
func (db *DB) ReleaseQuarantine(ctx context.Context, p audit.Platform, c audit.CheckID, now time.Time) error {
	return db.write(ctx, fmt.Sprintf("release %s %s", p, c), func(t *tx) error {
		n, err := t.count(`UPDATE quarantine SET released_at = ? WHERE platform = ? AND check_id = ? AND released_at IS NULL`, stamp(now), string(p), string(c))
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNotFound
		}
		if err := t.release(`hold_reason = ? AND platform = ? AND check_id = ?`, now, HoldQuarantine, string(p), string(c)); err != nil {
			return err
		}
		for _, table := range publishable { // what the quarantine hid behind it holds on
			if err := t.exec(`UPDATE `+table+` SET published_at = NULL, hold_reason = ? WHERE platform = ? AND check_id = ?
				AND published_at >= ? AND channel IN (SELECT id FROM channel WHERE confirmed = 0)`, HoldSite, string(p), string(c), stamp(now)); err != nil {
				return err
			}
		}
		return nil
	})
}
