package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"doorknock/audit"
)

func valuesColumn(v audit.Values) any {
	if len(v) == 0 {
		return nil
	}
	return asJSON(v)
}

// saveWording keeps the sentences that a finding's value "wording" stands for: once, however often they are seen.
func (t *tx) saveWording(f audit.Finding) error {
	id := f.Values[audit.ValueWording].Text
	if id == "" || len(f.Wording) == 0 {
		return nil
	}
	return t.exec(`INSERT INTO wording (id, sentences, recorded_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING`, id, asJSON(f.Wording), stamp(t.db.o.Now()))
}

// saveValueChanges makes the rows of value_change what the fold says. They are told on the timeline and raise no event: what
// a door's values are is no state, and nobody is alerted.
func (r *recorder) saveValueChanges(key audit.Finding, folded []audit.ValueChange) error {
	stands := map[string]bool{} // by id, of the rows there are
	err := r.rows(`SELECT id, withdrawn_at IS NULL FROM value_change WHERE channel = ? AND check_id = ? AND scope = ?`,
		[]any{key.Channel, string(key.Check), key.Scope}, func(row *sql.Rows) error {
			var id string
			var is bool
			err := row.Scan(&id, &is)
			stands[id] = is
			return err
		})
	if err != nil {
		return fmt.Errorf("list changes of values: %w", err)
	}
	for _, c := range folded {
		_, known := stands[c.ID]
		delete(stands, c.ID)
		if err := r.saveValueChange(c, known); err != nil {
			return fmt.Errorf("change of values: %w", err)
		}
	}
	for id, is := range stands {
		if !is {
			continue
		}
		if err := r.exec(`UPDATE value_change SET withdrawn_at = ? WHERE id = ?`, stamp(r.now), id); err != nil {
			return fmt.Errorf("withdraw change of values: %w", err)
		}
	}
	return nil
}

func (r *recorder) saveValueChange(c audit.ValueChange, known bool) error {
	if known {
		return r.exec(`UPDATE value_change SET withdrawn_at = NULL, before = ?, finding = ?, observed_at = ? WHERE id = ?`,
			c.Before, c.Finding, stamp(c.ConfirmedAt), c.ID)
	}
	published, hold, err := r.publication(c.Check, audit.Open, false)
	if err != nil {
		return err
	}
	return r.exec(`INSERT INTO value_change (id, organisation, channel, platform, check_id, scope, from_named, to_named, before, first_finding,
			finding, first_seen, observed_at, recorded_at, published_at, hold_reason)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.ID, r.channel.Organisation, c.Channel, string(r.channel.Platform), string(c.Check), c.Scope, asJSON(c.From), asJSON(c.To), c.Before,
		c.FirstFinding, c.Finding, stamp(c.FirstSeen), stamp(c.ConfirmedAt), stamp(r.now), orNull(published), hold)
}

// ShownValueChange is a published change of a door's values.
type ShownValueChange struct {
	audit.ValueChange
	Organisation, OrganisationName string
	Platform                       audit.Platform
	URL                            string // of the place
	PublishedAt                    time.Time
	Was, Is                        []string // the sentences of the old and the new wording, where that is what changed
}

// ValueChanges lists published changes of values with their sentences, newest first. One that was withdrawn is no longer
// shown: it said nothing against anybody.
func (p *Public) ValueChanges(ctx context.Context, of ChangesOf) ([]ShownValueChange, error) {
	all, err := p.valueChanges(ctx, `(v.scope = '' OR ?6) AND (?2 = '' OR v.organisation = ?2) AND (v.observed_at, v.id) < (?3, ?4)
		ORDER BY v.observed_at DESC, v.id DESC LIMIT ?5`, of.Organisation, of.before(), of.BeforeID, of.Limit, of.Posts)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := p.words(ctx, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (p *Public) valueChanges(ctx context.Context, where string, args ...any) (all []ShownValueChange, err error) {
	err = p.db.list(ctx, `SELECT v.id, v.organisation, o.name, v.channel, v.platform, c.url, v.check_id, v.scope, v.from_named, v.to_named, v.before,
			v.first_finding, v.finding, v.first_seen, v.observed_at, v.published_at
		FROM value_change v JOIN channel c ON c.id = v.channel JOIN organisation o ON o.id = c.organisation
		WHERE c.listed = 1 AND o.listed = 1 AND v.hold_reason = '' AND v.published_at <= ?1 AND v.withdrawn_at IS NULL AND `+where,
		append([]any{stamp(p.now)}, args...), func(r *sql.Rows) error {
			var x ShownValueChange
			err := r.Scan(&x.ID, &x.Organisation, &x.OrganisationName, &x.Channel, &x.Platform, &x.URL, &x.Check, &x.Scope, fromJSON(&x.From), fromJSON(&x.To),
				&x.Before, &x.FirstFinding, &x.Finding, at(&x.FirstSeen), at(&x.ConfirmedAt), at(&x.PublishedAt))
			all = append(all, x)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list changes of values: %w", err)
	}
	return all, nil
}

// words adds the sentences of a change of wording.
func (p *Public) words(ctx context.Context, x *ShownValueChange) (err error) {
	if x.From[audit.ValueWording].Text == x.To[audit.ValueWording].Text {
		return nil
	}
	if x.Was, err = p.sentences(ctx, x.From); err != nil {
		return err
	}
	x.Is, err = p.sentences(ctx, x.To)
	return err
}

// sentences gives those that the value "wording" stands for; none where there is no such value.
func (p *Public) sentences(ctx context.Context, v audit.Values) (all []string, err error) {
	id := v[audit.ValueWording].Text
	if id == "" {
		return nil, nil
	}
	err = p.db.read.QueryRowContext(ctx, `SELECT sentences FROM wording WHERE id = ?`, id).Scan(fromJSON(&all))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read wording %s: %w", id, err)
	}
	return all, nil
}
