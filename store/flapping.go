package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"doorknock/audit"
)

// What the reference of an alert about a door that changes back and forth begins with; then follow, each after a space, the
// change at which it began to count as such and the time of the first change that counts.
const (
	flapping = "flapping"
	settled  = "settled"
)

// FlapRef is what the alert refers to that tells of a door that changes back and forth.
func FlapRef(began string, since time.Time) string {
	return flapping + " " + began + " " + stamp(since)
}

// SettledRef is what the alert refers to that tells that such a door has kept its state; flap is the reference of the first.
func SettledRef(flap string) string { return settled + strings.TrimPrefix(flap, flapping) }

// DoorChange is one confirmed change of a door that was not withdrawn.
type DoorChange struct {
	ID string
	At time.Time
}

// FlapFacts is a door that changes back and forth, as an alert needs it.
type FlapFacts struct {
	Since   time.Time // of the first change that counts
	Changes int       // since then
	Last    time.Time // the newest
	State   audit.State
	Settled bool // it is over
	Scope   string
}

// DoorChanges lists the changes of the door that a change is one of, oldest first: those from a time on.
func (db *DB) DoorChanges(ctx context.Context, change string, since time.Time) ([]DoorChange, error) {
	var all []DoorChange
	err := db.list(ctx, `SELECT n.id, n.observed_at FROM state_change c JOIN state_change n
		ON n.channel = c.channel AND n.check_id = c.check_id AND n.scope = c.scope
		WHERE c.id = ? AND n.withdrawn_at IS NULL AND n.observed_at >= ? ORDER BY n.observed_at, n.id`, []any{change, stamp(since)}, func(r *sql.Rows) error {
		var d DoorChange
		err := r.Scan(&d.ID, at(&d.At))
		all = append(all, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the changes of the door of %s: %w", change, err)
	}
	return all, nil
}

// Flapping lists the alerts about doors that change back and forth of which nothing has told yet that they are over.
func (db *DB) Flapping(ctx context.Context) ([]Alert, error) {
	var all []Alert
	err := db.list(ctx, `SELECT `+alertColumns+` FROM alert a WHERE a.kind = 'change' AND a.ref LIKE '`+flapping+` %'
		AND NOT EXISTS (SELECT 1 FROM alert s WHERE s.ref = '`+settled+`' || substr(a.ref, length('`+flapping+`') + 1)) ORDER BY a.observed_at, a.id`,
		nil, func(r *sql.Rows) error {
			a, err := scanAlert(r)
			all = append(all, a)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list doors that change back and forth: %w", err)
	}
	return all, nil
}

// Began gives the change of which an alert tells that a door changes back and forth since; "" where it tells of something else.
func (a Alert) Began() string {
	if parts := strings.Fields(a.Ref); len(parts) == 3 && (parts[0] == flapping || parts[0] == settled) {
		return parts[1]
	}
	return ""
}

// loadFlap fills in how often the door has changed since, and what it is now.
func (db *DB) loadFlap(ctx context.Context, f *AlertFacts) error {
	parts := strings.Fields(f.Ref)
	since, err := time.Parse(timeLayout, parts[2])
	if err != nil {
		return fmt.Errorf("read since when of alert %s: %w", f.ID, err)
	}
	changes, err := db.DoorChanges(ctx, parts[1], since)
	if err != nil || len(changes) == 0 {
		return err
	}
	last := changes[len(changes)-1]
	f.Flap = &FlapFacts{Since: since, Changes: len(changes), Last: last.At, Settled: parts[0] == settled}
	return db.list(ctx, `SELECT to_state, scope FROM state_change WHERE id = ?`, []any{last.ID}, func(r *sql.Rows) error {
		var state string
		err := r.Scan(&state, &f.Flap.Scope)
		var errState error
		f.Flap.State, errState = audit.ParseState(state)
		return errors.Join(err, errState)
	})
}
