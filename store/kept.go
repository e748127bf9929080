package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kept is a sealed capture that somebody keeps beyond retain.captures: for a dispute, say. It stands against the clock alone: who
// asks to be erased is erased, kept or not.
type Kept struct {
	Capture    string    `json:"capture"`
	URL        string    `json:"url"`
	By         string    `json:"by"` // who answers for it
	Reason     string    `json:"reason"`
	At         time.Time `json:"at"`
	CapturedAt time.Time `json:"captured_at"`
}

// What can be wrong with a capture that is to be kept or erased.
var (
	ErrPlain   = errors.New("it is not sealed: it shows no comments, lies in a file with others, and no clock drops it")
	ErrDropped = errors.New("its file and key were dropped already")
	ErrNoOwner = errors.New("to keep a capture takes the name of who answers for it, and a reason")
)

// Keep keeps a capture until LetGo. To keep it again is to write name and reason anew.
func (db *DB) Keep(ctx context.Context, h Kept) error {
	if strings.TrimSpace(h.By) == "" || strings.TrimSpace(h.Reason) == "" {
		return ErrNoOwner
	}
	return db.write(ctx, "keep a capture", func(t *tx) error {
		if _, err := t.sealedCapture(h.Capture); err != nil {
			return fmt.Errorf("keep capture %s: %w", h.Capture, err)
		}
		return t.exec(`INSERT INTO kept (capture, by, reason, recorded_at) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET by = excluded.by, reason = excluded.reason, recorded_at = excluded.recorded_at`, h.Capture, h.By, h.Reason, stamp(h.At))
	})
}

// LetGo gives a capture back to the clock; ErrNotFound where nobody keeps it.
func (db *DB) LetGo(ctx context.Context, capture string) error {
	return db.write(ctx, "let a capture go", func(t *tx) error {
		n, err := t.count(`DELETE FROM kept WHERE capture = ?`, capture)
		if err == nil && n == 0 {
			err = fmt.Errorf("let capture %s go: %w", capture, ErrNotFound)
		}
		return err
	})
}

// KeptCaptures lists what is kept so, the longest kept first.
func (db *DB) KeptCaptures(ctx context.Context) ([]Kept, error) {
	var all []Kept
	err := db.list(ctx, `SELECT h.capture, c.url, h.by, h.reason, h.recorded_at, c.observed_at FROM kept h JOIN capture c ON c.id = h.capture
		WHERE c.dropped_at IS NULL ORDER BY h.recorded_at, h.capture`, nil, func(r *sql.Rows) error {
		var h Kept
		err := r.Scan(&h.Capture, &h.URL, &h.By, &h.Reason, at(&h.At), at(&h.CapturedAt))
		all = append(all, h)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list kept captures: %w", err)
	}
	return all, nil
}

// sealedCapture gives when a sealed capture that still has its file was recorded, and of which channel it is.
func (t *tx) sealedCapture(id string) (c struct {
	channel string
	at      time.Time
}, err error) {
	var sealed, dropped bool
	found, err := t.row(`SELECT channel, recorded_at, sealed, dropped_at IS NOT NULL FROM capture WHERE id = ?`, []any{id}, &c.channel, at(&c.at), &sealed, &dropped)
	switch {
	case err != nil:
		return c, err
	case !found:
		return c, ErrNotFound
	case !sealed:
		return c, ErrPlain
	case dropped:
		return c, ErrDropped
	}
	return c, nil
}
