package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Heartbeat is what came of the pings that say that all is well.
type Heartbeat struct {
	PingedAt     time.Time `json:"pinged_at,omitzero"`     // when the address last took one
	FailingSince time.Time `json:"failing_since,omitzero"` // first of those that have failed since; zero: none
	HeldSince    time.Time `json:"held_since,omitzero"`    // since when none is sent, because something is wrong here; zero: they are sent
	Why          string    `json:"why,omitempty"`          // what is wrong
}

// Heartbeat gives what came of the last ping; zero where there never was one.
func (db *DB) Heartbeat(ctx context.Context) (h Heartbeat, err error) {
	err = db.list(ctx, `SELECT pinged_at, failing_since, held_since, why FROM heartbeat`, nil, func(r *sql.Rows) error {
		return r.Scan(at(&h.PingedAt), at(&h.FailingSince), at(&h.HeldSince), &h.Why)
	})
	if err != nil {
		return h, fmt.Errorf("read the heartbeat: %w", err)
	}
	return h, nil
}

// KeepHeartbeat writes what came of a ping.
func (db *DB) KeepHeartbeat(ctx context.Context, h Heartbeat, now time.Time) error {
	return db.write(ctx, "keep the heartbeat", func(t *tx) error {
		return t.exec(`INSERT INTO heartbeat (one, pinged_at, failing_since, held_since, why, recorded_at) VALUES (1, ?1, ?2, ?3, ?4, ?5)
			ON CONFLICT (one) DO UPDATE SET pinged_at = ?1, failing_since = ?2, held_since = ?3, why = ?4, recorded_at = ?5`,
			orNull(h.PingedAt), orNull(h.FailingSince), orNull(h.HeldSince), h.Why, stamp(now))
	})
}

// How long something may wait before it counts as stuck. Each is many times what it takes on a day when all is well.
const (
	lateEvent    = 15 * time.Minute // from the record to the end of scoring and alerting
	lateDelivery = time.Hour        // from its making to its receiver; what is held for the night is no delivery yet
	lateLook     = time.Hour        // without any look, where channels are due
	lateGroup    = 15 * time.Minute // past the time at which a group's message goes out
)

// stuck gives, for each thing that must move, its words where it does not. ?1 to ?4 are the times before which it is late.
var stuck = []struct{ words, query string }{
	{"events wait to be scored or told: a stage does not move", `SELECT EXISTS (SELECT 1 FROM event
		WHERE (score_marked_at IS NULL OR alert_marked_at IS NULL) AND announce_at < ?1 AND recorded_at < ?1)`},
	{"messages wait for their receiver: doorknock status names it", `SELECT EXISTS (SELECT 1 FROM delivery WHERE next_at IS NOT NULL AND recorded_at < ?2)`},
	{"channels are due and nothing was looked at for an hour", `SELECT EXISTS (SELECT 1 FROM channel WHERE listed = 1 AND due_at < ?3)
		AND NOT EXISTS (SELECT 1 FROM visit WHERE recorded_at >= ?3)`},
	{"groups of alerts are past their time: alerts do not move", `SELECT EXISTS (SELECT 1 FROM alert_group WHERE flush_at < ?4)`},
}

// Stuck says what does not move that should, in the words of the first such thing, or "". An error: the database cannot be read
// or takes no write.
func (db *DB) Stuck(ctx context.Context, now time.Time) (string, error) {
	if err := db.Writable(ctx); err != nil {
		return "", fmt.Errorf("look whether all is well: %w", err)
	}
	before := func(d time.Duration) string { return stamp(now.Add(-d)) }
	for _, s := range stuck {
		is := false
		err := db.read.QueryRowContext(ctx, s.query, before(lateEvent), before(lateDelivery), before(lateLook), before(lateGroup)).Scan(&is)
		if err != nil {
			return "", fmt.Errorf("look whether all is well: %w", err)
		}
		if is {
			return s.words, nil
		}
	}
	return "", nil
}
