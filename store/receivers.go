package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Why is one word for why an attempt to deliver failed, as metrics count it.
type Why string

// The reasons, of which an attempt has the first that fits.
const (
	WhyAuth    Why = "auth"    // the receiver does not know us, or does not let us in
	WhyRate    Why = "rate"    // it asks to wait
	WhyLost    Why = "lost"    // the message was handed over whole, and the answer was lost
	WhyRefused Why = "refused" // it refuses the message for good
	WhyTimeout Why = "timeout" // it could not be reached in time
	WhyNetwork Why = "network" // it could not be reached
	WhyOther   Why = "other"   // it has trouble of its own, or something else answered in its place
)

// ReceiverState is how a receiver fares.
type ReceiverState struct {
	Name         string    `json:"name"`
	SentAt       time.Time `json:"sent_at,omitzero"`       // when it last took a message
	FailingSince time.Time `json:"failing_since,omitzero"` // the first attempt of those that have failed since; zero: it takes what it is sent
	Why          Why       `json:"why,omitempty"`          // of the last failure
	LastError    string    `json:"last_error,omitempty"`
}

// fared writes how an attempt at a receiver ended.
func (t *tx) fared(delivery string, end DeliveryEnd, now time.Time) error {
	if end.State == DeliverySent {
		return t.exec(`INSERT INTO receiver (name, sent_at, failing_since, why, last_error, recorded_at)
			SELECT receiver, ?2, NULL, '', '', ?2 FROM delivery WHERE id = ?1
			ON CONFLICT (name) DO UPDATE SET sent_at = ?2, failing_since = NULL, recorded_at = ?2`, delivery, stamp(now))
	}
	if end.Why == "" { // no attempt was made
		return nil
	}
	return t.exec(`INSERT INTO receiver (name, sent_at, failing_since, why, last_error, recorded_at)
		SELECT receiver, NULL, ?2, ?3, ?4, ?2 FROM delivery WHERE id = ?1
		ON CONFLICT (name) DO UPDATE SET failing_since = coalesce(failing_since, ?2), why = ?3, last_error = ?4, recorded_at = ?2`,
		delivery, stamp(now), string(end.Why), end.Error)
}

// Receivers lists how each receiver that was ever sent something fares, by name.
func (db *DB) Receivers(ctx context.Context) ([]ReceiverState, error) {
	var all []ReceiverState
	err := db.list(ctx, `SELECT name, sent_at, failing_since, why, last_error FROM receiver ORDER BY name`, nil, func(r *sql.Rows) error {
		var s ReceiverState
		err := r.Scan(&s.Name, at(&s.SentAt), at(&s.FailingSince), &s.Why, &s.LastError)
		all = append(all, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list how receivers fare: %w", err)
	}
	return all, nil
}
