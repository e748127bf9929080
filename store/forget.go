package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// keepReadings is how long the readings of a page outlive its being the page's newest capture: a visit that was on its
// way when the page changed may still refer to them. keepPages is how long a page is remembered that no visit reads,
// keepLetters how long a dead letter is listed.
const (
	keepReadings = 48 * time.Hour
	keepPages    = 60 * 24 * time.Hour
	keepLetters  = 90 * 24 * time.Hour
)

// Forgotten says what Forget dropped.
type Forgotten struct {
	Texts int      // comments whose text went
	Files []string // sealed evidence files, relative to the evidence folder, to be deleted; their keys are gone already
}

// Forget drops comments' text after retain.text, keeping hash, length class, labels and time, and the sealed captures
// after retain.captures, keeping their hash. It then empties the log file, where dropped words would otherwise remain.
func (db *DB) Forget(ctx context.Context, now time.Time) (Forgotten, error) {
	var out Forgotten
	err := db.write(ctx, "forget", func(t *tx) (err error) {
		out = Forgotten{}
		if out.Texts, err = t.forgetTexts(now); err != nil {
			return fmt.Errorf("texts: %w", err)
		}
		if out.Files, err = t.forgetCaptures(now); err != nil {
			return fmt.Errorf("captures: %w", err)
		}
		if err := t.exec(`DELETE FROM dead_letter WHERE last_at < ?`, stamp(now.Add(-keepLetters))); err != nil {
			return fmt.Errorf("dead letters: %w", err)
		}
		return t.forgetPages(now)
	})
	if err != nil || (out.Texts == 0 && len(out.Files) == 0) {
		return out, err
	}
	return out, db.emptyLog(ctx)
}

func (t *tx) forgetTexts(now time.Time) (int, error) {
	n, err := t.count(`UPDATE comment SET text = NULL, forgotten_at = ? WHERE text IS NOT NULL AND recorded_at <= ?`,
		stamp(now), stamp(now.Add(-t.db.o.RetainText)))
	if err != nil {
		return 0, err
	}
	return n, t.exec(`UPDATE assessment SET spans = '[]', clauses = '[]', signs = '[]', hazards = (
			SELECT coalesce(json_group_array(json_set(value, '$.text', '', '$.start', 0, '$.end', 0)), '[]') FROM json_each(assessment.hazards))
		WHERE comment IN (SELECT id FROM comment WHERE forgotten_at = ?)`, stamp(now))
}

func (t *tx) forgetCaptures(now time.Time) ([]string, error) {
	const old = `sealed = 1 AND dropped_at IS NULL AND recorded_at <= ? AND file NOT IN (SELECT c.file FROM kept h JOIN capture c ON c.id = h.capture)`
	before := stamp(now.Add(-t.db.o.RetainCaptures))
	var files []string
	err := t.rows(`SELECT DISTINCT file FROM capture WHERE file <> '' AND `+old, []any{before}, func(r *sql.Rows) error {
		var file string
		err := r.Scan(&file)
		files = append(files, file)
		return err
	})
	if err != nil {
		return nil, err
	}
	// A page whose body is gone must be read anew, not asked for changes.
	if err := t.exec(`DELETE FROM page_seen WHERE capture IN (SELECT id FROM capture WHERE `+old+`)`, before); err != nil {
		return nil, err
	}
	return files, t.exec(`UPDATE capture SET file = '', seal_key = NULL, asked = iif(asked IS NULL, NULL, '{}'), dropped_at = ? WHERE `+old, stamp(now), before)
}

func (t *tx) forgetPages(now time.Time) error {
	if err := t.exec(`DELETE FROM page_seen WHERE observed_at < ?`, stamp(now.Add(-keepPages))); err != nil {
		return fmt.Errorf("pages: %w", err)
	}
	if err := t.exec(`DELETE FROM route WHERE observed_at < ?`, stamp(now.Add(-keepPages))); err != nil {
		return fmt.Errorf("ways: %w", err)
	}
	err := t.exec(`UPDATE capture SET readings = NULL WHERE readings IS NOT NULL AND recorded_at < ?
		AND id NOT IN (SELECT capture FROM page_seen)`, stamp(now.Add(-keepReadings)))
	if err != nil {
		return fmt.Errorf("readings: %w", err)
	}
	return nil
}

// emptyLog folds the write-ahead log into the file and cuts it to nothing.
func (db *DB) emptyLog(ctx context.Context) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	var busy, pages, moved int
	if err := db.conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved); err != nil {
		return fmt.Errorf("empty the log: %w", err)
	}
	if busy != 0 {
		db.log.Warn("the log still holds forgotten words, a reader was at work; the next run empties it")
	}
	return nil
}
