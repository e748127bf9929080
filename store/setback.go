package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// SetBack mends what a clock that has been set back would leave waiting until it comes there again: channels whose last
// look, and messages whose last step, lie in the future by now. Their next looks are spread over an interval, the messages
// go at once. It gives the number of channels; findings stay as they are. Where nothing lies in the future it writes nothing.
func (db *DB) SetBack(ctx context.Context, now time.Time) (channels int, err error) {
	now = ms(now)
	ahead := stamp(now.Add(clockAhead))
	var looks, messages int
	err = db.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM channel WHERE last_visit_at > ?1),
		EXISTS (SELECT 1 FROM alert_group g WHERE flushed_at > ?1 OR `+raisedAhead+`)
			OR EXISTS (SELECT 1 FROM delivery WHERE next_at > ?1 AND coalesce(tried_at, recorded_at) > ?1)`, ahead).Scan(&looks, &messages)
	if err != nil {
		return 0, fmt.Errorf("look for what lies in the future: %w", err)
	}
	if looks == 0 && messages == 0 {
		return 0, nil
	}
	err = db.write(ctx, "set back what waits", func(t *tx) error {
		if err := t.setBackMessages(ahead, stamp(now)); err != nil {
			return err
		}
		channels, err = t.setBackLooks(ahead, now)
		return err
	})
	return channels, err
}

// raisedAhead says of a group g that an alert which waits in it was raised in the future: ?1 is that.
const raisedAhead = `flush_at > ?1 AND EXISTS (SELECT 1 FROM alert_told w JOIN alert a ON a.id = w.alert
	WHERE w.alert_group = g.id AND w.delivery IS NULL AND a.recorded_at > ?1)`

func (t *tx) setBackMessages(ahead, now string) error {
	for _, q := range [...]string{
		`UPDATE alert_group AS g SET flush_at = ?2 WHERE flush_at > ?2 AND (flushed_at > ?1 OR ` + raisedAhead + `)`,
		`UPDATE alert_group SET flushed_at = ?2, repeat_at = min(repeat_at, strftime('%Y-%m-%dT%H:%M:%fZ', ?2, (repeat_ms / 1000) || ' seconds'))
			WHERE flushed_at > ?1`,
		`UPDATE delivery SET next_at = ?2 WHERE next_at > ?1 AND coalesce(tried_at, recorded_at) > ?1`,
	} {
		if err := t.exec(q, ahead, now); err != nil {
			return err
		}
	}
	return nil
}

// setBackLooks lets no look count as a channel's or lane's newest that has not come yet.
func (t *tx) setBackLooks(ahead string, now time.Time) (int, error) {
	var ids []string
	err := t.rows(`SELECT id FROM channel WHERE last_visit_at > ?`, []any{ahead}, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		due := now.Add(time.Duration((jitter(id) + 0.1) * 5 * float64(t.db.o.Interval)))
		if err := t.exec(`UPDATE channel SET last_visit_at = ?1, due_at = min(due_at, ?2) WHERE id = ?3`, stamp(now), stamp(due), id); err != nil {
			return 0, err
		}
		if err := t.exec(`UPDATE page_seen SET observed_at = ?1 WHERE channel = ?2 AND observed_at > ?1`, stamp(now), id); err != nil {
			return 0, err
		}
		if err := t.exec(`UPDATE route SET observed_at = ?1 WHERE channel = ?2 AND observed_at > ?1`, stamp(now), id); err != nil {
			return 0, err
		}
	}
	if len(ids) == 0 {
		return 0, nil
	}
	return len(ids), t.exec(`UPDATE host_memory SET observed_at = ?1, not_before = min(not_before, ?2) WHERE observed_at > ?3`,
		stamp(now), stamp(now.Add(blockedWeekly)), ahead)
}
