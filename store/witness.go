package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"doorknock/audit"
)

// Witnessed is what Record keeps of a person's look beside its visit.
type Witnessed struct {
	Statement audit.Statement
	Inviter   string
	Artefact  string // id of the sealed capture among the visit's, or ""
}

// saveWitness keeps who said it. It stands before the findings, whose fold asks whom they come from.
func (r *recorder) saveWitness(w *Witnessed) error {
	if w == nil {
		return nil
	}
	s := w.Statement
	return r.exec(`INSERT INTO witness (visit, campaign, invite, inviter, organisation, channel, statement, artefact, withdrawn_why, observed_at, recorded_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?)`,
		r.visit.ID, s.Campaign, s.Invite, w.Inviter, r.channel.Organisation, r.channel.ID, string(s.Bytes()), w.Artefact, stamp(r.visit.ObservedAt), stamp(r.now))
}

// A Look is what one person said of one place, for the operator.
type Look struct {
	Visit        string          `json:"visit"`
	Campaign     string          `json:"campaign"`
	Invite       string          `json:"invite"`
	Inviter      string          `json:"inviter"`
	Organisation string          `json:"organisation"`
	Name         string          `json:"name"`
	Channel      string          `json:"channel"`
	Statement    audit.Statement `json:"statement"` // empty once withdrawn
	Artefact     string          `json:"artefact"`
	At           time.Time       `json:"at"`
	Recorded     time.Time       `json:"recorded"`
	Approved     time.Time       `json:"approved,omitzero"`
	Withdrawn    time.Time       `json:"withdrawn,omitzero"`
	Why          string          `json:"why,omitempty"` // it was withdrawn
}

// Looks lists what people said in a campaign ("": in all), newest first, at most limit.
func (db *DB) Looks(ctx context.Context, campaign string, limit int) ([]Look, error) {
	return db.looks(ctx, `(?1 = '' OR w.campaign = ?1) ORDER BY w.recorded_at DESC, w.visit LIMIT ?2`, campaign, limit)
}

// Look gives one person's look by its visit.
func (db *DB) Look(ctx context.Context, visit string) (Look, error) {
	all, err := db.looks(ctx, `w.visit = ?`, visit)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("read look %s: %w", visit, ErrNotFound)
	}
	if err != nil {
		return Look{}, err
	}
	return all[0], nil
}

// looks lists the looks that where (constant words) selects.
func (db *DB) looks(ctx context.Context, where string, args ...any) ([]Look, error) {
	var all []Look
	err := db.list(ctx, `SELECT w.visit, w.campaign, w.invite, w.inviter, w.organisation, o.name, w.channel, w.statement, w.artefact, w.observed_at, w.recorded_at,
			w.approved_at, w.withdrawn_at, w.withdrawn_why FROM witness w JOIN organisation o ON o.id = w.organisation WHERE `+where, args, func(r *sql.Rows) error {
		var x Look
		var text string
		err := r.Scan(&x.Visit, &x.Campaign, &x.Invite, &x.Inviter, &x.Organisation, &x.Name, &x.Channel, &text, &x.Artefact, at(&x.At), at(&x.Recorded),
			at(&x.Approved), at(&x.Withdrawn), &x.Why)
		if err == nil && text != "" {
			err = fromJSON(&x.Statement).Scan(text)
		}
		all = append(all, x)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list what people said: %w", err)
	}
	return all, nil
}

// ApproveLook says that the operator has looked at what came with an answer and takes it for another person's. What it then
// confirms is news as any other.
func (db *DB) ApproveLook(ctx context.Context, visit string, now time.Time) error {
	return db.resettleLook(ctx, visit, now, false, `UPDATE witness SET approved_at = coalesce(approved_at, ?2) WHERE visit = ?1 AND withdrawn_at IS NULL`)
}

// WithdrawLook takes back what a person said: it counts no more, its words go and the key of its picture with them. What
// rested on it alone is no longer confirmed. It gives the files to be deleted.
func (db *DB) WithdrawLook(ctx context.Context, visit, why string, now time.Time) (files []string, err error) {
	err = db.write(ctx, "withdraw look "+visit, func(t *tx) error {
		files = nil
		err := t.rows(`SELECT c.file FROM capture c JOIN witness w ON w.artefact = c.id WHERE w.visit = ? AND c.file <> ''`, []any{visit}, func(r *sql.Rows) error {
			var file string
			err := r.Scan(&file)
			files = append(files, file)
			return err
		})
		if err != nil {
			return err
		}
		if err := t.exec(`UPDATE capture SET file = '', seal_key = NULL, dropped_at = ?2 WHERE id = (SELECT artefact FROM witness WHERE visit = ?1)`, visit, stamp(now)); err != nil {
			return err
		}
		return t.resettleLook(visit, ms(now), true, `UPDATE witness SET withdrawn_at = coalesce(withdrawn_at, ?2), statement = '', withdrawn_why = ?3 WHERE visit = ?1`, why)
	})
	if err != nil {
		return nil, err
	}
	return files, db.emptyLog(ctx)
}

func (db *DB) resettleLook(ctx context.Context, visit string, now time.Time, correcting bool, change string) error {
	return db.write(ctx, "settle look "+visit, func(t *tx) error { return t.resettleLook(visit, ms(now), correcting, change) })
}

// resettleLook changes a look's row and folds anew every state that it speaks of.
func (t *tx) resettleLook(visit string, now time.Time, correcting bool, change string, more ...any) error {
	n, err := t.count(change, append([]any{visit, stamp(now)}, more...)...)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return err
	}
	r := &recorder{tx: t, now: now, out: &Recorded{}, publish: map[time.Time]bool{}, correcting: correcting}
	found, err := t.row(`SELECT `+channelColumns+` FROM channel c JOIN witness w ON w.channel = c.id WHERE w.visit = ?`, []any{visit}, channelInto(&r.channel)...)
	if err != nil || !found {
		return errors.Join(err, fmt.Errorf("channel of look %s: %w", visit, ErrNotFound))
	}
	// Its events name the visit again, at another time: what the scores made of the first is made anew.
	r.visit = audit.Visit{ID: visit, ObservedAt: now, How: audit.ByWitness}
	var keys []audit.Finding
	err = t.rows(`SELECT check_id, scope FROM finding WHERE visit = ?`, []any{visit}, func(rows *sql.Rows) error {
		k := audit.Finding{Channel: r.channel.ID}
		err := rows.Scan(&k.Check, &k.Scope)
		keys = append(keys, k)
		return err
	})
	if err != nil {
		return err
	}
	for _, k := range keys {
		was, err := r.standing(k.Channel, k.Check, k.Scope)
		if err != nil {
			return err
		}
		if err := r.refold(k, was); err != nil {
			return fmt.Errorf("%s: %w", k.Check, err)
		}
	}
	return r.saveStateEvents()
}
