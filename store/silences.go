package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// Silence keeps alerts that all its matchers hold for from being told, from StartsAt until EndsAt. What it kept back stays
// on record and is counted; it is not told later.
type Silence struct {
	ID       string    `json:"id"`
	Matchers []string  `json:"matchers"`
	Author   string    `json:"author"`
	Comment  string    `json:"comment"`
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
	Kept     int       `json:"kept"` // alerts that it kept back, each counted once
}

// Active reports whether the silence is in force at a time.
func (s Silence) Active(now time.Time) bool { return !now.Before(s.StartsAt) && now.Before(s.EndsAt) }

// AddSilence writes a silence, once, and gives its id.
func (db *DB) AddSilence(ctx context.Context, s Silence, now time.Time) (id string, err error) {
	id = audit.Hash(append([]string{"silence", s.Author, s.Comment, stamp(s.StartsAt)}, s.Matchers...)...)
	err = db.write(ctx, "add silence", func(t *tx) error {
		return t.exec(`INSERT INTO silence (id, matchers, author, comment, starts_at, ends_at, recorded_at) VALUES (?,?,?,?,?,?,?)
			ON CONFLICT DO NOTHING`, id, asJSON(s.Matchers), s.Author, s.Comment, stamp(s.StartsAt), stamp(s.EndsAt), stamp(now))
	})
	return id, err
}

// Silences lists those that end after a time, the next to end first.
func (db *DB) Silences(ctx context.Context, after time.Time) ([]Silence, error) {
	var all []Silence
	err := db.list(ctx, `SELECT id, matchers, author, comment, starts_at, ends_at,
			(SELECT count(DISTINCT alert) FROM alert_told WHERE silence = s.id AND silence <> '')
		FROM silence s WHERE ends_at > ? ORDER BY ends_at, id`, []any{stamp(after)}, func(r *sql.Rows) error {
		s, err := scanSilence(r)
		all = append(all, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list silences: %w", err)
	}
	return all, nil
}

func scanSilence(r *sql.Rows) (s Silence, err error) {
	err = r.Scan(&s.ID, fromJSON(&s.Matchers), &s.Author, &s.Comment, at(&s.StartsAt), at(&s.EndsAt), &s.Kept)
	return s, err
}

// ExpireSilence ends a silence now. ErrNotFound: none in force or to come has that id.
func (db *DB) ExpireSilence(ctx context.Context, id string, now time.Time) error {
	return db.write(ctx, "expire silence "+id, func(t *tx) error {
		n, err := t.count(`UPDATE silence SET ends_at = ?2, starts_at = min(starts_at, ?2) WHERE id = ?1 AND ends_at > ?2`, id, stamp(now))
		if err == nil && n == 0 {
			err = fmt.Errorf("silence %s: %w", id, ErrNotFound)
		}
		if err != nil {
			return err
		}
		// Those that wait for its end, and those that are being brought up to date and may say that it is in force.
		return t.exec(`UPDATE slack_message SET edit_at = `+dueAnew+` WHERE edit_at IS NOT NULL`, stamp(now))
	})
}

// AckAlert writes that somebody has taken an alert on; the first one stands. ErrNotFound: there is no such alert.
func (db *DB) AckAlert(ctx context.Context, alert, author, note string, now time.Time) error {
	return db.write(ctx, "acknowledge alert "+alert, func(t *tx) error {
		n, err := t.count(`INSERT INTO alert_ack (alert, author, note, recorded_at) SELECT id, ?2, ?3, ?4 FROM alert WHERE id = ?1
			ON CONFLICT DO NOTHING`, alert, author, note, stamp(now))
		if err != nil {
			return err
		}
		if n > 0 {
			return t.restate([]string{alert}, now)
		}
		var known int
		if _, err := t.row(`SELECT count(*) FROM alert WHERE id = ?`, []any{alert}, &known); err != nil || known > 0 {
			return err
		}
		return fmt.Errorf("alert %s: %w", alert, ErrNotFound)
	})
}

// Unacknowledged lists the alerts that a route's groups told before a time, that nobody has acknowledged, and that the
// organisation has not answered in public. Only alerts raised within a day of that time are among them, and only those
// that the receiver was not told of before.
func (db *DB) Unacknowledged(ctx context.Context, route, receiver string, before time.Time) ([]Alert, error) {
	var all []Alert
	err := db.list(ctx, `SELECT `+alertColumns+` FROM alert a JOIN alert_told t ON t.alert = a.id
		JOIN alert_group g ON g.id = t.alert_group JOIN delivery d ON d.id = t.delivery
		WHERE g.route = ?1 AND d.sent_at <= ?3 AND a.recorded_at > ?4 AND NOT `+answered+`
		AND NOT EXISTS (SELECT 1 FROM alert_ack k WHERE k.alert = a.id)
		AND NOT EXISTS (SELECT 1 FROM alert_told o WHERE o.alert = a.id AND o.receiver = ?2)
		ORDER BY a.observed_at, a.id`, []any{route, receiver, stamp(before), stamp(before.Add(-24 * time.Hour))}, func(r *sql.Rows) error {
		a, err := scanAlert(r)
		all = append(all, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list what nobody acknowledged: %w", err)
	}
	return all, nil
}

// Raised is an alert with when it was raised, and what has become of it.
type Raised struct {
	Alert
	At       time.Time `json:"raised_at"`
	AckedBy  string    `json:"acked_by"` // "": nobody
	Note     string    `json:"note"`
	Answered bool      `json:"answered"` // the organisation's public answer was seen
	Silenced bool      `json:"silenced"` // kept back from at least one receiver
	Told     bool      `json:"told"`     // a message about it was made for at least one receiver
	Waits    bool      `json:"waits"`    // at least one receiver is still to be told
	// Inhibited and Flapping are the alert, if any, that keeps it back from at least one receiver: for as long as that one
	// holds, or by telling that the door changes back and forth. Lapsed: what it told of had ended before it was let through.
	Inhibited string `json:"inhibited,omitempty"`
	Flapping  string `json:"flapping,omitempty"`
	Lapsed    bool   `json:"lapsed,omitempty"`
}

// AlertsRaised lists the alerts raised since a time, oldest first.
func (db *DB) AlertsRaised(ctx context.Context, since time.Time) ([]Raised, error) {
	return db.raised(ctx, `a.recorded_at >= ?`, stamp(since))
}

// AlertRaised gives one alert with what has become of it. ErrNotFound: there is none of that id.
func (db *DB) AlertRaised(ctx context.Context, id string) (Raised, error) {
	all, err := db.raised(ctx, `a.id = ?`, id)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("alert %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return Raised{}, err
	}
	return all[0], nil
}

// raised lists the alerts for which where, a constant with one argument, holds.
func (db *DB) raised(ctx context.Context, where string, arg any) ([]Raised, error) {
	var all []Raised
	err := db.list(ctx, `SELECT `+alertColumns+`, a.recorded_at, coalesce(k.author, ''), coalesce(k.note, ''),
			`+answered+`,
			EXISTS (SELECT 1 FROM alert_told t WHERE t.alert = a.id AND t.silence <> ''),
			coalesce((SELECT max(t.inhibited) FROM alert_told t WHERE t.alert = a.id AND t.delivery IS NULL), ''),
			coalesce((SELECT max(t.flapping) FROM alert_told t WHERE t.alert = a.id), ''),
			EXISTS (SELECT 1 FROM alert_told t WHERE t.alert = a.id AND t.lapsed),
			EXISTS (SELECT 1 FROM alert_told t WHERE t.alert = a.id AND t.delivery IS NOT NULL),
			EXISTS (SELECT 1 FROM alert_told t WHERE t.alert = a.id AND `+waits+`)
		FROM alert a LEFT JOIN alert_ack k ON k.alert = a.id WHERE `+where+` ORDER BY a.recorded_at, a.id`,
		[]any{arg}, func(r *sql.Rows) error {
			var a Raised
			err := r.Scan(append(alertInto(&a.Alert), at(&a.At), &a.AckedBy, &a.Note, &a.Answered, &a.Silenced,
				&a.Inhibited, &a.Flapping, &a.Lapsed, &a.Told, &a.Waits)...)
			all = append(all, a)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	return all, nil
}

// Telling is how an alert is told to one receiver.
type Telling struct {
	Receiver   string
	Silence    string     // the silence that kept it back; "": none
	Waits      time.Time  // when its group's message goes out, at the earliest; zero: it waits for nothing
	Deliveries []Delivery // the messages that hold it, oldest first: the first, then reminders
}

// Tellings lists how an alert was told, receiver by receiver.
func (db *DB) Tellings(ctx context.Context, alert string) ([]Telling, error) {
	var all []Telling
	var groups []string
	err := db.list(ctx, `SELECT t.receiver, t.silence, iif(`+waits+`, g.flush_at, NULL), g.id
		FROM alert_told t JOIN alert a ON a.id = t.alert JOIN alert_group g ON g.id = t.alert_group WHERE t.alert = ? ORDER BY t.receiver`, []any{alert}, func(r *sql.Rows) error {
		var t Telling
		var group string
		err := r.Scan(&t.Receiver, &t.Silence, at(&t.Waits), &group)
		all, groups = append(all, t), append(groups, group)
		return err
	})
	for i := range all {
		if err != nil {
			break
		}
		all[i].Deliveries, err = db.deliveries(ctx, `alert_group = ?1 AND EXISTS (SELECT 1 FROM json_each(alerts) WHERE value = ?2)
			ORDER BY rowid`, groups[i], alert)
	}
	if err != nil {
		return nil, fmt.Errorf("list how alert %s was told: %w", alert, err)
	}
	return all, nil
}

const alertColumns = `a.id, a.kind, a.ref, a.event, a.organisation, a.sector, a.channel, a.platform, a.check_id, a.urgency, a.observed_at, a.found`

func alertInto(a *Alert) []any {
	return []any{&a.ID, &a.Kind, &a.Ref, &a.Event, &a.Organisation, &a.Sector, &a.Channel, &a.Platform, &a.Check, &a.Urgency, at(&a.ObservedAt), fromJSON(&a.Found)}
}

func scanAlert(r *sql.Rows) (a Alert, err error) {
	err = r.Scan(alertInto(&a)...)
	return a, err
}
