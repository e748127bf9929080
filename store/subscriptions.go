package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// Subscription is who gets the weekly edition: a mail address, or a receiver of the settings.
type Subscription struct {
	ID          string    `json:"id"`
	Address     string    `json:"address"` // "" where it is a receiver
	Receiver    string    `json:"receiver,omitempty"`
	Wants       Wants     `json:"wants"`
	Zone        string    `json:"zone"`
	Every       string    `json:"every"`             // EveryWeek, EveryMonth or EveryBoth
	Language    string    `json:"language"`          // en or cy
	Consent     string    `json:"consent,omitempty"` // the operator's words on where the reader said yes, if not to our own mail
	Listed      bool      `json:"listed"`            // the settings name it
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
	EndedAt     time.Time `json:"ended_at,omitzero"`
	EndedBy     string    `json:"ended_by,omitempty"`
	PausedUntil time.Time `json:"paused_until,omitzero"`
	RecordedAt  time.Time `json:"recorded_at"`
}

// Wants says of which organisations a reader wants to hear; empty lists limit nothing.
type Wants struct {
	Organisations []string `json:"organisations,omitempty"`
	Sectors       []string `json:"sectors,omitempty"`
	Nations       []string `json:"nations,omitempty"`
	Sizes         []string `json:"sizes,omitempty"` // of audit.Sizes
	Areas         []string `json:"areas,omitempty"` // local authorities
	Kinds         []string `json:"kinds,omitempty"` // of changes
}

// Which editions a reader gets.
const (
	EveryWeek  = "week"
	EveryMonth = "month"
	EveryBoth  = "both"
)

// Everies lists the values of Subscription.Every.
func Everies() []string { return []string{EveryWeek, EveryMonth, EveryBoth} }

// SubscriptionID names a subscription by its address or receiver, so that the same one is one row.
func SubscriptionID(address, receiver string) string {
	return audit.LongHash("subscription", address, receiver)
}

// Who ended a subscription.
const (
	EndedByReader   = "reader"
	EndedBySettings = "settings"
	EndedByBounce   = "bounce"
)

const subscriptionColumns = `s.id, s.address, s.receiver, s.wants, s.zone, s.listed, s.confirmed_at, s.ended_at, s.ended_by, s.paused_until, s.recorded_at, s.every, s.language, s.consent`

func scanSubscription(r *sql.Rows) (s Subscription, err error) {
	err = r.Scan(&s.ID, &s.Address, &s.Receiver, fromJSON(&s.Wants), &s.Zone, &s.Listed, at(&s.ConfirmedAt), at(&s.EndedAt), &s.EndedBy,
		at(&s.PausedUntil), at(&s.RecordedAt), &s.Every, &s.Language, &s.Consent)
	return s, err
}

// SyncSubscriptions makes the subscriptions that the settings name those addresses and receivers. Who ended a subscription
// by himself stays out, whatever the settings say.
func (db *DB) SyncSubscriptions(ctx context.Context, addresses, receivers []string, zone string, now time.Time) error {
	return db.write(ctx, "take up the readers of the settings", func(t *tx) error {
		var ids []string
		take := func(address, receiver string) error {
			id := SubscriptionID(address, receiver)
			ids = append(ids, id)
			return t.exec(`INSERT INTO subscription (id, address, receiver, wants, zone, listed, confirmed_at, recorded_at) VALUES (?1,?2,?3,'{}',?4,1,?5,?5)
				ON CONFLICT (id) DO UPDATE SET listed = 1, confirmed_at = coalesce(confirmed_at, ?5),
					ended_at = iif(ended_by = 'settings', NULL, ended_at), ended_by = iif(ended_by = 'settings', '', ended_by)`,
				id, address, receiver, zone, stamp(now))
		}
		for _, a := range addresses {
			if err := take(a, ""); err != nil {
				return err
			}
		}
		for _, r := range receivers {
			if err := take("", r); err != nil {
				return err
			}
		}
		return t.exec(`UPDATE subscription SET listed = 0, ended_at = coalesce(ended_at, ?1), ended_by = iif(ended_at IS NULL, 'settings', ended_by)
			WHERE listed = 1 AND id NOT IN (SELECT value FROM json_each(?2))`, stamp(now), asJSON(append([]string{}, ids...)))
	})
}

// Subscribers lists at most limit of those whose edition of a week or month (every says which) is still to be sent, in the
// order of their ids after one. An attempt that waits for its time is among them only from then on.
func (db *DB) Subscribers(ctx context.Context, week, every, after string, limit int, now time.Time) ([]Subscription, error) {
	var all []Subscription
	err := db.list(ctx, `SELECT `+subscriptionColumns+` FROM subscription s LEFT JOIN edition_sent e ON e.subscription = s.id AND e.week = ?1
		WHERE s.id > ?2 AND s.confirmed_at IS NOT NULL AND s.ended_at IS NULL AND coalesce(s.paused_until, '') <= ?3
			AND (e.week IS NULL OR (e.next_at IS NOT NULL AND e.next_at <= ?3))
			AND s.every IN (?5, 'both')
		ORDER BY s.id LIMIT ?4`, []any{week, after, stamp(now), limit, every}, func(r *sql.Rows) error {
		s, err := scanSubscription(r)
		all = append(all, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list readers of %s: %w", week, err)
	}
	return all, nil
}

// Subscriptions lists all that have not ended, and with all those that have too.
func (db *DB) Subscriptions(ctx context.Context, all bool) ([]Subscription, error) {
	var list []Subscription
	err := db.list(ctx, `SELECT `+subscriptionColumns+` FROM subscription s WHERE ?1 OR s.ended_at IS NULL ORDER BY s.recorded_at, s.id`, []any{all},
		func(r *sql.Rows) error {
			s, err := scanSubscription(r)
			list = append(list, s)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list readers: %w", err)
	}
	return list, nil
}

// Subscription gives one. ErrNotFound: there is none of that id.
func (db *DB) Subscription(ctx context.Context, id string) (Subscription, error) {
	s, found := Subscription{}, false
	err := db.list(ctx, `SELECT `+subscriptionColumns+` FROM subscription s WHERE s.id = ?`, []any{id}, func(r *sql.Rows) (err error) {
		found = true
		s, err = scanSubscription(r)
		return err
	})
	if err == nil && !found {
		err = ErrNotFound
	}
	if err != nil {
		return s, fmt.Errorf("read subscription %s: %w", id, err)
	}
	return s, nil
}

// AskToSubscribe writes an address that has not said yes, and reports whether a mail that asks for it may be sent: not to
// one that has it already, nor twice within an hour. An address that ended its subscription may ask again.
func (db *DB) AskToSubscribe(ctx context.Context, address string, as Choice, now time.Time) (id string, ask bool, err error) {
	id, as = SubscriptionID(address, ""), as.whole()
	err = db.write(ctx, "take up a reader", func(t *tx) error {
		var confirmed, ended, asked time.Time
		known, err := t.row(`SELECT confirmed_at, ended_at, asked_at FROM subscription WHERE id = ?`, []any{id}, at(&confirmed), at(&ended), at(&asked))
		if err != nil {
			return err
		}
		if known && (!confirmed.IsZero() && ended.IsZero() || now.Sub(asked) < time.Hour) {
			return nil
		}
		ask = true
		return t.exec(`INSERT INTO subscription (id, address, wants, zone, every, language, asked_at, recorded_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?7)
			ON CONFLICT (id) DO UPDATE SET asked_at = ?7, wants = ?3, every = ?5, language = ?6, confirmed_at = NULL`,
			id, address, asJSON(as.Wants), as.Zone, as.Every, as.Language, stamp(now))
	})
	return id, ask, err
}

// ConfirmSubscription writes that the address said yes.
func (db *DB) ConfirmSubscription(ctx context.Context, id string, now time.Time) error {
	return db.changeSubscription(ctx, "confirm", id, `confirmed_at = coalesce(confirmed_at, ?2), ended_at = NULL, ended_by = ''`, stamp(now))
}

// EndSubscription ends one; by is who did it.
func (db *DB) EndSubscription(ctx context.Context, id, by string, now time.Time) error {
	return db.changeSubscription(ctx, "end", id, `ended_by = iif(ended_at IS NULL, ?3, ended_by), ended_at = coalesce(ended_at, ?2)`, stamp(now), by)
}

// Choice is what a reader chooses.
type Choice struct {
	Wants    Wants
	Zone     string
	Every    string
	Language string
	Paused   time.Time // nothing is sent before; zero: not paused
}

// whole fills in what was not chosen.
func (c Choice) whole() Choice {
	if c.Every == "" {
		c.Every = EveryWeek
	}
	if c.Language == "" {
		c.Language = "en"
	}
	return c
}

// SetSubscription changes what a reader chose.
func (db *DB) SetSubscription(ctx context.Context, id string, c Choice) error {
	c = c.whole()
	return db.changeSubscription(ctx, "change", id, `wants = ?2, zone = ?3, paused_until = ?4, every = ?5, language = ?6`,
		asJSON(c.Wants), c.Zone, orNull(c.Paused), c.Every, c.Language)
}

func (db *DB) changeSubscription(ctx context.Context, what, id, set string, args ...any) error {
	return db.write(ctx, what+" subscription "+id, func(t *tx) error {
		n, err := t.count(`UPDATE subscription SET `+set+` WHERE id = ?1`, append([]any{id}, args...)...)
		if err == nil && n == 0 {
			err = fmt.Errorf("subscription %s: %w", id, ErrNotFound)
		}
		return err
	})
}

// WipeSubscription deletes all that is held on a reader. An address that the settings name comes back with them.
func (db *DB) WipeSubscription(ctx context.Context, id string) error {
	return db.write(ctx, "wipe subscription "+id, func(t *tx) error {
		if err := t.exec(`DELETE FROM edition_sent WHERE subscription = ?`, id); err != nil {
			return err
		}
		return t.exec(`DELETE FROM subscription WHERE id = ?`, id)
	})
}

// EditionsTo lists what was sent to a reader, newest first.
func (db *DB) EditionsTo(ctx context.Context, id string) ([]EditionSent, error) {
	var all []EditionSent
	err := db.list(ctx, `SELECT subscription, week, state, attempts, next_at, last_error, sent_at FROM edition_sent WHERE subscription = ?
		ORDER BY week DESC`, []any{id}, func(r *sql.Rows) error {
		var e EditionSent
		err := r.Scan(&e.Subscription, &e.Week, &e.State, &e.Attempts, at(&e.NextAt), &e.LastError, at(&e.SentAt))
		all = append(all, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list editions to %s: %w", id, err)
	}
	return all, nil
}

// EditionSent is one edition to one reader.
type EditionSent struct {
	Subscription string        `json:"subscription"`
	Week         string        `json:"week"`
	State        DeliveryState `json:"state"`
	Attempts     int           `json:"attempts"`
	NextAt       time.Time     `json:"next_at,omitzero"`
	LastError    string        `json:"last_error,omitempty"`
	SentAt       time.Time     `json:"sent_at,omitzero"`
}

// BeginEdition writes that an attempt starts, before it does, and gives how many there were with this one. doubted: an
// earlier one may have arrived.
func (db *DB) BeginEdition(ctx context.Context, subscription, week string, now time.Time) (attempts int, doubted bool, err error) {
	err = db.write(ctx, "begin edition "+week, func(t *tx) error {
		var state DeliveryState
		if _, err := t.row(`SELECT state FROM edition_sent WHERE subscription = ? AND week = ?`, []any{subscription, week}, &state); err != nil {
			return err
		}
		doubted = state == DeliverySending || state == DeliveryUncertain
		err := t.exec(`INSERT INTO edition_sent (subscription, week, state, attempts, last_error, recorded_at) VALUES (?1,?2,'sending',1,'',?3)
			ON CONFLICT (subscription, week) DO UPDATE SET state = 'sending', attempts = attempts + 1, next_at = NULL`, subscription, week, stamp(now))
		if err != nil {
			return err
		}
		_, err = t.row(`SELECT attempts FROM edition_sent WHERE subscription = ? AND week = ?`, []any{subscription, week}, &attempts)
		return err
	})
	return attempts, doubted, err
}

// EndEdition writes how an attempt ended.
func (db *DB) EndEdition(ctx context.Context, subscription, week string, end DeliveryEnd, now time.Time) error {
	var sent any
	if end.State == DeliverySent {
		sent = stamp(now)
	}
	return db.write(ctx, "end edition "+week, func(t *tx) error {
		return t.exec(`UPDATE edition_sent SET state = ?, next_at = ?, last_error = ?, sent_at = ? WHERE subscription = ? AND week = ?`,
			string(end.State), orNull(end.NextAt), end.Error, sent, subscription, week)
	})
}

// ReopenEditions makes due again, once, what was being sent when the program was killed.
func (db *DB) ReopenEditions(ctx context.Context, now time.Time) error {
	return db.write(ctx, "reopen editions", func(t *tx) error {
		return t.exec(`UPDATE edition_sent SET state = 'uncertain', next_at = ?, last_error = 'doorknock stopped while sending'
			WHERE state = 'sending'`, stamp(now))
	})
}

// ImportedReader is a reader who said yes elsewhere.
type ImportedReader struct {
	Address string
	Choice  Choice
}

// ImportSubscriptions takes up, all or none, readers whose consent was given elsewhere; consent says where. Who has the
// edition already keeps his own choices, and who ended it by himself, or was refused by his server, stays out.
func (db *DB) ImportSubscriptions(ctx context.Context, readers []ImportedReader, consent string, now time.Time) (taken int, err error) {
	err = db.write(ctx, "import readers", func(t *tx) error {
		taken = 0
		for _, r := range readers {
			as := r.Choice.whole()
			n, err := t.count(`INSERT INTO subscription (id, address, wants, zone, every, language, consent, confirmed_at, recorded_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?8)
				ON CONFLICT (id) DO UPDATE SET confirmed_at = ?8, consent = ?7, wants = ?3, zone = ?4, every = ?5, language = ?6 WHERE confirmed_at IS NULL AND ended_at IS NULL`,
				SubscriptionID(r.Address, ""), r.Address, asJSON(as.Wants), as.Zone, as.Every, as.Language, consent, stamp(now))
			if err != nil {
				return err
			}
			taken += n
		}
		return nil
	})
	return taken, err
}

// StaysOut reports whether a reader ended the edition by himself or was refused by his server: nobody but he begins it anew.
func (s Subscription) StaysOut() bool {
	return s.EndedBy == EndedByReader || s.EndedBy == EndedByBounce
}
