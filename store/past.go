package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"
)

// Past is a database in memory that is filled with what is on record of a time, moment by moment, so that alerts can be told
// again by other settings. It holds what telling depends on and nobody's words, and ends with Close.
type Past struct {
	*DB
	Moments []Moment // in order; those before the time that was asked for are done
}

// Moment is a time at which something was written that alerts depend on. Alert is the alert that was raised then: it is for whoever
// plays the past to raise. All others are rows that Do writes.
type Moment struct {
	At    time.Time
	What  string // comment, change, withdrawn, ack, silence, silence_over, answer, over, alert
	Ref   string
	Alert *Alert
	// Seen is when what a change tells was seen. Answered: an alert had its public answer before it was raised.
	Seen     time.Time
	Answered bool
}

// pastMoments gives what was written of the alerts raised from ?1 on: of the comments they are about and the organisations' answers,
// of the doors whose changes they tell, and of what people did.
const pastMoments = `WITH told AS (SELECT * FROM was.alert WHERE recorded_at >= ?1),
	about AS (SELECT ref FROM told WHERE kind IN ` + answerable + `),
	door AS (SELECT DISTINCT c.channel, c.check_id, c.scope FROM told JOIN was.state_change c ON c.id = told.ref WHERE told.kind = 'change'),
	change AS (SELECT c.* FROM door JOIN was.state_change c ON c.channel = door.channel AND c.check_id = door.check_id AND c.scope = door.scope)
	SELECT recorded_at AS moment, 1 AS turn, 'comment' AS what, id, observed_at, 0 FROM was.comment WHERE id IN (SELECT ref FROM about)
	UNION ALL SELECT recorded_at, 2, 'comment', id, observed_at, 0 FROM was.comment WHERE author_by = 2 AND parent <> '' AND parent IN (SELECT ref FROM about)
	UNION ALL SELECT recorded_at, 1, 'change', id, observed_at, 0 FROM change
	UNION ALL SELECT withdrawn_at, 2, 'withdrawn', id, observed_at, 0 FROM change WHERE withdrawn_at IS NOT NULL
	UNION ALL SELECT recorded_at, 1, 'silence', id, starts_at, 0 FROM was.silence WHERE ends_at > ?1
	UNION ALL SELECT ends_at, 1, 'silence_over', id, ends_at, 0 FROM was.silence WHERE ends_at > ?1
	UNION ALL SELECT recorded_at, 3, 'alert', id, observed_at, coalesce(resolved_at <= recorded_at, 0) FROM told
	UNION ALL SELECT k.recorded_at, 4, 'ack', k.alert, k.recorded_at, 0 FROM was.alert_ack k JOIN told ON told.id = k.alert
	UNION ALL SELECT resolved_at, 4, 'answer', id, observed_at, 0 FROM told WHERE resolved_at IS NOT NULL
	UNION ALL SELECT over_at, 4, 'over', id, observed_at, 0 FROM told WHERE over_at IS NOT NULL
	ORDER BY moment, turn, id`

// pastRows are the statements that write again what a moment wrote, by what it is.
var pastRows = map[string][]string{
	"comment":   {`INSERT INTO comment SELECT * FROM was.comment WHERE id = ?`, `UPDATE comment SET text = NULL WHERE id = ?`},
	"change":    {`INSERT INTO state_change SELECT * FROM was.state_change WHERE id = ?`, `UPDATE state_change SET withdrawn_at = NULL WHERE id = ?`},
	"withdrawn": {`UPDATE state_change SET withdrawn_at = (SELECT withdrawn_at FROM was.state_change w WHERE w.id = state_change.id) WHERE id = ?`},
	"silence":   {`INSERT INTO silence SELECT * FROM was.silence WHERE id = ?`},
	"ack":       {`INSERT INTO alert_ack SELECT * FROM was.alert_ack WHERE alert = ?`},
	"answer": {`UPDATE alert SET (resolved_at, resolved_by) = (SELECT resolved_at, resolved_by FROM was.alert w WHERE w.id = alert.id)
		WHERE id = ? AND resolved_at IS NULL`},
	"over": {`UPDATE alert SET over_at = (SELECT over_at FROM was.alert w WHERE w.id = alert.id) WHERE id = ?`},
}

// Past makes the past from since on, whose clock now is: an empty one with the places that its alerts are about and the Slack
// channels that ask for alerts today.
func (db *DB) Past(ctx context.Context, since time.Time, now func() time.Time) (p *Past, err error) {
	o := Options{Dir: db.o.Dir, Now: now, Log: slog.New(slog.DiscardHandler)}
	p = &Past{DB: &DB{o: o, log: o.Log, past: true, stmts: map[string]kept{}}}
	defer func() {
		if err != nil {
			err = fmt.Errorf("make ready what is on record since %s: %w", stamp(since), err)
			_ = p.Close()
		}
	}()
	memory := connector{dsn: "file:/past-" + rand.Text() + "?vfs=memdb&_foreign_keys=off&_synchronous=off&_txlock=immediate" + keepPrepared}
	p.writer, p.read = sql.OpenDB(memory), sql.OpenDB(memory)
	if p.conn, err = p.writer.Conn(ctx); err != nil {
		return nil, err
	}
	was := address(filepath.Join(db.o.Dir, databaseFile)) + "?vfs=unix&mode=ro"
	if _, err = p.conn.ExecContext(ctx, `ATTACH ? AS was`, was); err != nil {
		return nil, err
	}
	if err = p.fill(ctx, since); err != nil {
		return nil, err
	}
	return p, p.remember(ctx, since)
}

// fill makes the tables as the database has them, and copies what does not change.
func (p *Past) fill(ctx context.Context, since time.Time) error {
	var schema []string
	rows, err := p.conn.QueryContext(ctx, `SELECT sql FROM was.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type = 'index', rowid`)
	err = each(rows, err, func(r *sql.Rows) error {
		var s string
		err := r.Scan(&s)
		schema = append(schema, s)
		return err
	})
	if err != nil {
		return err
	}
	return p.write(ctx, "copy its frame", func(t *tx) error {
		for _, s := range schema {
			if _, err := p.conn.ExecContext(t.ctx, s); err != nil {
				return err
			}
		}
		return errors.Join(t.exec(`INSERT INTO channel SELECT * FROM was.channel WHERE id IN (SELECT channel FROM was.alert WHERE recorded_at >= ?)`, stamp(since)),
			t.exec(`INSERT INTO organisation SELECT * FROM was.organisation WHERE id IN (SELECT organisation FROM channel)`),
			t.exec(`INSERT INTO slack_subscription SELECT * FROM was.slack_subscription WHERE ended_at IS NULL`))
	})
}

// remember reads the moments, and does those from before since.
func (p *Past) remember(ctx context.Context, since time.Time) error {
	var all []Moment
	rows, err := p.conn.QueryContext(ctx, pastMoments, stamp(since))
	err = each(rows, err, func(r *sql.Rows) error {
		var m Moment
		var turn int
		err := r.Scan(at(&m.At), &turn, &m.What, &m.Ref, at(&m.Seen), &m.Answered)
		all = append(all, m)
		return err
	})
	if err != nil {
		return fmt.Errorf("list what was written: %w", err)
	}
	for _, m := range all {
		if !m.At.Before(since) {
			p.Moments = append(p.Moments, m)
		} else if err := p.Do(ctx, m); err != nil {
			return err
		}
	}
	return p.alerts(ctx)
}

// alerts fills in those that were raised.
func (p *Past) alerts(ctx context.Context) error {
	for i, m := range p.Moments {
		if m.What != "alert" {
			continue
		}
		rows, err := p.conn.QueryContext(ctx, `SELECT `+alertColumns+` FROM was.alert a WHERE a.id = ?`, m.Ref)
		err = each(rows, err, func(r *sql.Rows) error {
			a, err := scanAlert(r)
			p.Moments[i].Alert = &a
			return err
		})
		if err != nil {
			return fmt.Errorf("read alert %s: %w", m.Ref, err)
		}
	}
	return nil
}

// Do writes what a moment wrote. An alert is raised by whoever plays the past.
func (p *Past) Do(ctx context.Context, m Moment) error {
	return p.write(ctx, "write "+m.What+" "+m.Ref+" again", func(t *tx) error {
		for _, query := range pastRows[m.What] {
			if err := t.exec(query, m.Ref); err != nil {
				return err
			}
		}
		return nil
	})
}
