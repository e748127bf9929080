package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"doorknock/audit"
)

// VisitsOf says which recorded visits to go through; its zero value says all.
type VisitsOf struct {
	Channel      string
	Organisation string
	Since        time.Time
}

// VisitKey is the place of a visit in the order in which visits are gone through: by channel, then by time.
type VisitKey struct {
	Channel    string
	ObservedAt time.Time
	ID         string
}

// StoredVisits gives recorded visits, but for people's looks, which no rule reads, behind a place, channel by channel and oldest first, at most limit of them: their
// envelopes with the coverage, no captures and no readings. The zero key is before the first.
func (db *DB) StoredVisits(ctx context.Context, of VisitsOf, behind VisitKey, limit int) ([]audit.Visit, error) {
	since := ""
	if !of.Since.IsZero() {
		since = stamp(of.Since)
	}
	var all []audit.Visit
	err := db.list(ctx, `SELECT `+channelColumns+`, v.id, v.how, v.started_at, v.observed_at, v.first, v.light, v.coverage
		FROM visit v JOIN channel c ON c.id = v.channel
		WHERE v.how <> 'witness' AND (v.channel, v.observed_at, v.id) > (?, ?, ?) AND (?4 = '' OR v.channel = ?4) AND (?5 = '' OR c.organisation = ?5) AND v.observed_at >= ?6
		ORDER BY v.channel, v.observed_at, v.id LIMIT ?7`,
		[]any{behind.Channel, stamp(behind.ObservedAt), behind.ID, of.Channel, of.Organisation, since, limit}, func(r *sql.Rows) error {
			v := audit.Visit{V: 1}
			var gaps sql.NullString
			err := r.Scan(append(channelInto(&v.Channel), &v.ID, &v.How, at(&v.StartedAt), at(&v.ObservedAt), &v.First, &v.Light, &gaps)...)
			if err == nil && gaps.Valid {
				v.Coverage, err = coverageOf(gaps.String)
			}
			all = append(all, v)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list recorded visits: %w", err)
	}
	return all, nil
}

// papers stands in place of a reason where all pages were read and documents are linked that nobody read.
const papers audit.Reason = "papers"

// gaps is what is kept of a visit's coverage: why a check's was not complete, "" where it was. The captures follow from
// those of the visit.
func gaps(of map[audit.CheckID]audit.Coverage) map[audit.CheckID]audit.Reason {
	m := make(map[audit.CheckID]audit.Reason, len(of))
	for id, c := range of {
		m[id] = c.Reason
		switch {
		case !c.Complete && c.Reason == "":
			m[id] = audit.ReasonIncomplete
		case c.Complete && c.Papers:
			m[id] = papers
		}
	}
	return m
}

func coverageOf(text string) (map[audit.CheckID]audit.Coverage, error) {
	var kept map[audit.CheckID]audit.Reason
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		return nil, fmt.Errorf("read coverage: %w", err)
	}
	of := make(map[audit.CheckID]audit.Coverage, len(kept))
	for id, reason := range kept {
		of[id] = audit.Coverage{Complete: reason == "", Reason: reason}
		if reason == papers {
			of[id] = audit.Coverage{Complete: true, Papers: true}
		}
	}
	return of, nil
}

func askedColumn(c audit.Capture) any {
	if c.Asked == nil {
		return nil
	}
	return asJSON(c.Asked)
}

func madeFromColumn(c audit.Capture) any {
	if c.MadeFrom == nil {
		return nil
	}
	return asJSON(c.MadeFrom)
}

const captureColumns = `id, url, status, reason, type, hash, bytes, observed_at, file, file_offset, sealed, seal_key, unchanged, took_s, asked, made_from`

func captureInto(c *audit.Capture) []any {
	return []any{&c.ID, &c.URL, &c.Status, &c.Reason, &c.Type, &c.Hash, &c.Bytes, at(&c.At), &c.File, &c.Offset, &c.Sealed, &c.Key,
		&c.Unchanged, &c.Took, fromJSON(&c.Asked), fromJSON(&c.MadeFrom)}
}

// VisitCaptures gives what a visit's requests got, in the order in which they were sent, with their keys.
func (db *DB) VisitCaptures(ctx context.Context, visit string) ([]audit.Capture, error) {
	var all []audit.Capture
	err := db.list(ctx, `SELECT `+captureColumns+` FROM capture WHERE visit = ? ORDER BY rowid`, []any{visit}, func(r *sql.Rows) error {
		var c audit.Capture
		err := r.Scan(captureInto(&c)...)
		all = append(all, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list captures of visit %s: %w", visit, err)
	}
	return all, nil
}

// VisitFindings gives the findings of a visit that are in force.
func (db *DB) VisitFindings(ctx context.Context, visit string) ([]audit.Finding, error) {
	var all []audit.Finding
	err := db.list(ctx, `SELECT `+findingColumns+` FROM `+findingRows+` WHERE f.visit = ? AND `+inForce+` ORDER BY f.check_id, f.scope, f.id`, []any{visit},
		func(r *sql.Rows) error {
			f, err := scanFinding(r)
			all = append(all, f)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list findings of visit %s: %w", visit, err)
	}
	return all, nil
}
