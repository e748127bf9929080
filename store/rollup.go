package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"doorknock/audit"
)

// rollChannel rolls up the old findings of every door of a channel.
func (db *DB) rollChannel(ctx context.Context, channel string, now time.Time, out *Tidied) error {
	before := now.Add(-rollAfter)
	var doors []door
	err := db.list(ctx, `SELECT check_id, scope FROM finding WHERE channel = ? AND observed_at < ? GROUP BY 1, 2 HAVING count(*) > 2`,
		[]any{channel, stamp(before)}, func(r *sql.Rows) error {
			var d door
			err := r.Scan(&d.check, &d.scope)
			doors = append(doors, d)
			return err
		})
	if err != nil || len(doors) == 0 {
		return err
	}
	keep, err := db.named(ctx, channel)
	if err != nil {
		return err
	}
	platform, err := db.words(ctx, `SELECT platform FROM channel WHERE id = ?`, channel)
	if err != nil || len(platform) == 0 {
		return err
	}
	var batch []piece // of several doors: a commit costs more than most of what it holds
	for _, d := range doors {
		pieces, err := db.pieces(ctx, channel, audit.Platform(platform[0]), d, before, keep)
		if err != nil {
			return fmt.Errorf("plan to roll up %s %s: %w", d.check, d.scope, err)
		}
		for _, p := range pieces {
			if rows(batch)+len(p.Between) > tidyRows {
				if err := db.rollUp(ctx, batch, out); err != nil {
					return err
				}
				batch = nil
			}
			batch = append(batch, p)
		}
	}
	return db.rollUp(ctx, batch, out)
}

// named gives the findings of a channel that changes, corrections and states name. The fold's own supports are found by folding.
func (db *DB) named(ctx context.Context, channel string) (map[string]bool, error) {
	named, err := db.words(ctx, `SELECT first_finding FROM state_change WHERE channel = ?1 UNION SELECT finding FROM state_change WHERE channel = ?1
		UNION SELECT finding FROM state_now WHERE channel = ?1 UNION SELECT last_finding FROM state_now WHERE channel = ?1
		UNION SELECT finding FROM correction WHERE channel = ?1 UNION SELECT by_finding FROM correction WHERE channel = ?1
		UNION SELECT before FROM value_change WHERE channel = ?1 UNION SELECT first_finding FROM value_change WHERE channel = ?1
		UNION SELECT finding FROM value_change WHERE channel = ?1
		UNION SELECT r.first FROM finding f CROSS JOIN finding_run r ON r.first = f.id WHERE f.channel = ?1`, channel)
	if err != nil {
		return nil, fmt.Errorf("list findings that are named: %w", err)
	}
	keep := make(map[string]bool, len(named))
	for _, id := range named {
		keep[id] = true
	}
	return keep, nil
}

// door is a check of a channel's scope.
type door struct{ check, scope string }

// piece is a stretch of at most tidyRows findings, and how many its door must still have for it to hold.
type piece struct {
	audit.Stretch
	has int
}

func rows(batch []piece) (n int) {
	for _, p := range batch {
		n += len(p.Between)
	}
	return n
}

// pieces finds what of a door can be rolled up.
func (db *DB) pieces(ctx context.Context, channel string, p audit.Platform, d door, before time.Time, keep map[string]bool) ([]piece, error) {
	var all []audit.Finding
	err := db.list(ctx, historyQuery, []any{channel, d.check, d.scope}, func(r *sql.Rows) error {
		f, err := scanFinding(r)
		all = append(all, f)
		return err
	})
	if err != nil {
		return nil, err
	}
	holds, err := db.QuarantineHolds(ctx, p, audit.CheckID(d.check))
	if err != nil {
		return nil, err
	}
	var pieces []piece
	left := len(all)
	for _, s := range audit.Stretches(all, before, func(id string) bool { return keep[id] }, db.o.ConfirmAfter, holds...) {
		for len(s.Between) > 0 { // a long stretch piece by piece; each piece ends with what the next one leaves out
			one := s
			if len(s.Between) > tidyRows {
				one.Last, one.Between = s.Between[tidyRows], s.Between[:tidyRows]
			}
			pieces = append(pieces, piece{one, left})
			left -= len(one.Between)
			s.Between = s.Between[len(one.Between):]
		}
	}
	return pieces, nil
}

// rollUp puts the findings between the ends of stretches into runs, in one transaction. A door that got a finding since its
// stretches were found is left for the next time.
func (db *DB) rollUp(ctx context.Context, batch []piece, out *Tidied) error {
	if len(batch) == 0 {
		return nil
	}
	n := 0
	err := db.write(ctx, "roll up findings", func(t *tx) error {
		var moved door
		for _, p := range batch {
			d := door{string(p.Last.Check), p.Last.Scope}
			if d == moved {
				continue
			}
			held, err := t.holds(p)
			if err != nil {
				return fmt.Errorf("%s %s: %w", d.check, d.scope, err)
			}
			if !held {
				moved = d
				continue
			}
			if err := t.rollUp(p.Stretch); err != nil {
				return fmt.Errorf("%s %s: %w", d.check, d.scope, err)
			}
			n += len(p.Between)
		}
		return nil
	})
	if err == nil {
		out.Findings += n
	}
	return err
}

// holds reports whether the door of a piece still has as many findings as when the piece was found.
func (t *tx) holds(p piece) (bool, error) {
	var n int
	_, err := t.row(`SELECT count(*) FROM finding f WHERE f.channel = ? AND f.check_id = ? AND f.scope = ? AND `+inForce,
		[]any{p.Last.Channel, string(p.Last.Check), p.Last.Scope}, &n)
	return n == p.has, err
}

func (t *tx) rollUp(s audit.Stretch) error {
	run, err := t.extendRun(s)
	if err != nil {
		return fmt.Errorf("run from %s to %s: %w", s.First.ID, s.Last.ID, err)
	}
	for _, x := range s.Between {
		if err := t.leaveOut(x, run); err != nil {
			return fmt.Errorf("finding %s: %w", x.ID, err)
		}
	}
	return nil
}

// extendRun gives the run that begins with the stretch's first finding, making it or moving its end.
func (t *tx) extendRun(s audit.Stretch) (run int64, err error) {
	_, err = t.row(`INSERT INTO finding_run (finding, first, from_at, looks) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (first) DO UPDATE SET finding = excluded.finding, looks = looks + excluded.looks RETURNING run`,
		[]any{s.Last.ID, s.First.ID, stamp(s.First.ObservedAt), len(s.Between)}, &run)
	return run, err
}

// leaveOut deletes a finding whose run says what it said. The address of one that pages may have shown goes on leading to
// its run.
func (t *tx) leaveOut(x *audit.Finding, run int64) error {
	if x.Scope == "" && x.Verdict.State() != audit.Unknown {
		if err := t.exec(`INSERT INTO finding_rolled (key, run) VALUES (?, ?) ON CONFLICT DO NOTHING`, rolledKey(x.ID), run); err != nil {
			return err
		}
	}
	return t.exec(`DELETE FROM finding WHERE id = ?`, x.ID)
}

// rolledKey is the first 8 bytes of a finding's id as a number; 0 for what is no id.
func rolledKey(id string) int64 {
	b, err := hex.DecodeString(id)
	if err != nil || len(b) < 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(b))
}

// RolledUp gives the finding that ends the run into which a finding was rolled up; ErrNotFound: there is none.
func (db *DB) RolledUp(ctx context.Context, id string) (last string, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT r.finding FROM finding_rolled x JOIN finding_run r ON r.run = x.run WHERE x.key = ?`, rolledKey(id)).Scan(&last)
	if err != nil {
		return "", fmt.Errorf("find the run of finding %s: %w", id, notFound(err))
	}
	return last, nil
}

// runEndedBy gives the run that ends with a finding; nil: there is none.
func (db *DB) runEndedBy(ctx context.Context, finding string) (*audit.Run, error) {
	var run audit.Run
	err := db.read.QueryRowContext(ctx, `SELECT first, from_at, looks FROM finding_run WHERE finding = ?`, finding).Scan(&run.First, at(&run.From), &run.Looks)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // most findings end no run
	}
	if err != nil {
		return nil, fmt.Errorf("read the run that ends with finding %s: %w", finding, err)
	}
	return &run, nil
}
