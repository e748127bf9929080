package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
)

// waits says of a row t of alert_told, and of its alert a, that it is still to be told there. What was answered in time is not, but
// what is urgent or says that somebody may be in danger.
const waits = `t.delivery IS NULL AND t.silence = '' AND t.flapping = '' AND t.lapsed = 0 AND (a.resolved_at IS NULL OR a.urgency = 'urgent' OR a.kind = 'private')`

// holdsFor is how long at most what an alert tells of counts as going on.
const holdsFor = 14 * 24 * time.Hour

// holds says of an alert a that what it tells of goes on: the organisation has given no public answer that we have seen, and
// the door has not changed since.
const holds = `NOT ` + answered + ` AND NOT EXISTS (SELECT 1 FROM state_change c WHERE c.id = a.ref AND (c.withdrawn_at IS NOT NULL OR EXISTS (SELECT 1 FROM state_change n
		WHERE n.channel = c.channel AND n.check_id = c.check_id AND n.scope = c.scope AND n.withdrawn_at IS NULL AND n.observed_at > c.observed_at)))`

// Holding lists the alerts of the last fourteen days that tell of what still goes on, oldest first: those that are wanted, of
// the given kinds, or of all kinds where none is given. Those to the operator hold while what they are about is on record as it was: a platform that
// cannot be read, a question held, a silence in force. What is a moment, as the end of a silence, does not hold.
func (db *DB) Holding(ctx context.Context, kinds []AlertKind, wanted func(Alert) bool, now time.Time) ([]Alert, error) {
	var all []Alert
	err := db.list(ctx, `SELECT `+alertColumns+` FROM alert a WHERE a.recorded_at > ?1 AND (?2 = 'null' OR a.kind IN (SELECT value FROM json_each(?2)))
		AND `+holds+` AND NOT (?3 AND a.over_at IS NOT NULL) ORDER BY a.observed_at, a.id`, []any{stamp(now.Add(-holdsFor)), asJSON(kinds), db.past}, func(r *sql.Rows) error {
		a, err := scanAlert(r)
		if wanted(a) {
			all = append(all, a)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list alerts that hold: %w", err)
	}
	held := all[:0]
	for _, a := range all {
		goesOn, err := db.goesOn(ctx, a, now)
		if err != nil {
			return nil, err
		}
		if goesOn {
			held = append(held, a)
		}
	}
	return held, nil
}

// goesOn asks of an operator's alert whether its matter stands. Of any other kind holds has said so.
func (db *DB) goesOn(ctx context.Context, a Alert, now time.Time) (bool, error) {
	switch a.Kind {
	case AlertBacklog, AlertSpike, AlertGood: // each is about a moment
		return false, nil
	case AlertOperator:
	default:
		return true, nil
	}
	word, key, _ := strings.Cut(a.Ref, " ")
	topic, since := Topic(word), now.Add(-holdsFor)
	if db.past { // its row says so
		return topic != SilenceEnded, nil
	}
	switch topic {
	case SilenceStarted:
		s, err := db.Silences(ctx, now)
		return slices.ContainsFunc(s, func(s Silence) bool { return s.ID == key && s.Active(now) }), err
	case SilenceEnded:
		return false, nil
	case Unreadable: // until it is resolved
		return true, nil
	case Blind:
		since = now.Add(-matterFor) // it is made of the looks of a day
	}
	query, known := matterQueries[topic]
	if !known {
		return false, nil
	}
	found, err := db.matters(ctx, topic, query, "", since, now)
	if err != nil {
		return false, fmt.Errorf("look whether %s goes on: %w", a.Ref, err)
	}
	return slices.ContainsFunc(found, func(m Matter) bool { return m.Key == key || topic == Blind && m.Platform == a.Platform }), nil
}

// MarkOver writes of the alerts to the operator of the last fortnight which of their matters are over, so that it can be told later
// when they were. A matter that goes on again is not.
func (db *DB) MarkOver(ctx context.Context, now time.Time) error {
	since := stamp(now.Add(-holdsFor))
	was := map[string]bool{}
	var all []Alert
	err := db.list(ctx, `SELECT `+alertColumns+`, a.over_at IS NOT NULL FROM alert a WHERE a.kind = 'operator' AND a.recorded_at > ?`, []any{since}, func(r *sql.Rows) error {
		var a Alert
		var over bool
		err := r.Scan(append(alertInto(&a), &over)...)
		all, was[a.ID] = append(all, a), over
		return err
	})
	if err != nil {
		return fmt.Errorf("list alerts to the operator: %w", err)
	}
	for _, a := range all {
		goesOn, err := db.goesOn(ctx, a, now)
		if err != nil {
			return err
		}
		if goesOn != was[a.ID] {
			continue
		}
		var over any
		if !goesOn {
			over = stamp(now)
		}
		if err := db.write(ctx, "mark what alert "+a.ID+" is about", func(t *tx) error {
			return t.exec(`UPDATE alert SET over_at = ? WHERE id = ?`, over, a.ID)
		}); err != nil {
			return err
		}
	}
	return nil
}
