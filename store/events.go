package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// The consumers of events.
const (
	ScoreStage = "score"
	AlertStage = "alert"
)

// The events a stage has nothing to do for are marked for it when they are made.
func forScore(k audit.EventKind) bool { return k != audit.EventAssessed }
func forAlert(k audit.EventKind) bool { return k == audit.EventChange || k == audit.EventAssessed }

// raise commits an event of this visit's channel with the transaction, and hands it out if it is to be announced now.
func (r *recorder) raise(e audit.Event, announce time.Time) error {
	e.Organisation, e.Channel = r.channel.Organisation, r.channel.ID
	if err := r.saveEvent(e, r.now, announce); err != nil {
		return err
	}
	if !announce.IsZero() && !announce.After(r.now) {
		if r.visit.How == audit.ByWitness { // it came by no queue, and no stage hands it on: the relay looks for it
			if err := r.exec(`UPDATE event SET again_at = coalesce(again_at, ?) WHERE id = ?`, stamp(announce), eventID(e, announce)); err != nil {
				return err
			}
		}
		e.V, e.ID = 1, eventID(e, announce)
		r.out.Events = append(r.out.Events, e)
	}
	return nil
}

// saveEvent writes an event, unless it is there. announce zero: held until a release.
func (t *tx) saveEvent(e audit.Event, now, announce time.Time) error {
	var score, alert any
	if !forScore(e.Kind) {
		score = stamp(now)
	}
	if !forAlert(e.Kind) {
		alert = stamp(now)
	}
	var again any
	if t.db.o.Beside && !announce.After(now) { // nobody in this process announces it
		again = orNull(announce)
	}
	err := t.exec(`INSERT INTO event (id, kind, organisation, channel, check_id, ref, count, observed_at, recorded_at,
			announce_at, score_marked_at, alert_marked_at, again_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		eventID(e, announce), string(e.Kind), e.Organisation, e.Channel, string(e.Check), e.Ref, e.Count, stamp(e.At), stamp(now),
		orNull(announce), score, alert, again)
	if err != nil {
		return fmt.Errorf("event %s of %s: %w", e.Kind, e.Ref, err)
	}
	return nil
}

// markColumn names the column of a consumer's mark; a closed list, so that no outside word becomes SQL.
func markColumn(consumer string) (string, error) {
	switch consumer {
	case ScoreStage:
		return "score_marked_at", nil
	case AlertStage:
		return "alert_marked_at", nil
	}
	return "", fmt.Errorf("no consumer %q", consumer)
}

// Unmarked lists the events that should have been announced before that time and that the consumer has not dealt with, oldest first.
func (db *DB) Unmarked(ctx context.Context, consumer string, before time.Time, limit int) ([]audit.Event, error) {
	column, err := markColumn(consumer)
	if err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = -1
	}
	var all []audit.Event
	err = db.list(ctx, `SELECT `+eventColumns+` FROM event WHERE `+column+` IS NULL AND announce_at < ? ORDER BY announce_at, id LIMIT ?`,
		[]any{stamp(before), limit}, func(r *sql.Rows) error {
			var e audit.Event
			err := r.Scan(eventInto(&e)...)
			all = append(all, e)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list events for %s: %w", consumer, err)
	}
	return all, nil
}

// AskedEvent is an event that a command beside the running program asked to be announced, and when.
type AskedEvent struct {
	audit.Event
	AskedAt time.Time
}

// AskedAgain lists the events asked for since a time that somebody has still to deal with, those asked for first before.
func (db *DB) AskedAgain(ctx context.Context, since time.Time) ([]AskedEvent, error) {
	var all []AskedEvent
	err := db.list(ctx, `SELECT `+eventColumns+`, again_at FROM event
		WHERE again_at >= ? AND announce_at IS NOT NULL AND (score_marked_at IS NULL OR alert_marked_at IS NULL) ORDER BY again_at, id`,
		[]any{stamp(since)}, func(r *sql.Rows) error {
			var e AskedEvent
			err := r.Scan(append(eventInto(&e.Event), at(&e.AskedAt))...)
			all = append(all, e)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list events asked for again: %w", err)
	}
	return all, nil
}

const eventColumns = `id, kind, organisation, channel, check_id, ref, count, observed_at`

func eventInto(e *audit.Event) []any {
	e.V = 1
	return []any{&e.ID, &e.Kind, &e.Organisation, &e.Channel, &e.Check, &e.Ref, &e.Count, at(&e.At)}
}

// MarkEvent says that the consumer has dealt with the event. Marking twice keeps the first time.
func (db *DB) MarkEvent(ctx context.Context, consumer, id string, now time.Time) error {
	return db.write(ctx, "mark event "+id, func(t *tx) error { return t.mark(consumer, id, now) })
}

func (t *tx) mark(consumer, id string, now time.Time) error {
	column, err := markColumn(consumer)
	if err != nil {
		return err
	}
	return t.exec(`UPDATE event SET `+column+` = coalesce(`+column+`, ?) WHERE id = ?`, stamp(now), id)
}
