package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"doorknock/audit"
)

// Repeat is a finding of an earlier visit of a channel that stands for a later one too, since every answer of the site was as
// before.
type Repeat struct {
	ID    string
	Check audit.CheckID
	Scope string
}

// errRepeat says that a finding which was to be repeated has gone meanwhile. The visit comes again, and finds its way anew.
var errRepeat = errors.New("a finding that stood is not there any more")

// Repeats lists what an earlier visit of a channel found, as far as no correction has taken it back.
func (db *DB) Repeats(ctx context.Context, channel, visit string) ([]Repeat, error) {
	var all []Repeat
	err := db.list(ctx, `SELECT f.id, f.check_id, f.scope FROM finding f WHERE f.visit = ? AND f.channel = ? AND `+inForce+` ORDER BY f.rowid`,
		[]any{visit, channel}, func(r *sql.Rows) error {
			var x Repeat
			err := r.Scan(&x.ID, &x.Check, &x.Scope)
			all = append(all, x)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("findings of visit %s: %w", visit, err)
	}
	return all, nil
}

// repeat writes the findings of an earlier visit again as this one's, and brings the states up to date that they are the
// newest word of: one statement each for all of them. A state of which they are not, or which waits for a second look, is
// settled by itself.
func (r *recorder) repeat(all []Repeat) error {
	if len(all) == 0 {
		return nil
	}
	pairs := make([][2]string, len(all)) // the new id, the old
	for i, x := range all {
		pairs[i] = [2]string{audit.FindingID(r.visit.ID, x.Check, x.Scope), x.ID}
	}
	seen, now, how := stamp(r.visit.ObservedAt), stamp(r.now), string(r.visit.How)
	n, err := r.count(`INSERT INTO finding (id, visit, channel, check_id, scope, state, reason, kind, evidence, how, system,
			count_seen, count_claimed, of_posts, named, observed_at, recorded_at)
		SELECT j.value ->> 0, ?2, f.channel, f.check_id, f.scope, f.state, f.reason, f.kind, f.evidence, ?3, f.system,
			f.count_seen, f.count_claimed, f.of_posts, f.named, ?4, ?5
		FROM json_each(?1) j CROSS JOIN finding f ON f.id = j.value ->> 1 AND f.channel = ?6`, asJSON(pairs), r.visit.ID, how, seen, now, r.channel.ID)
	if err != nil {
		return err
	}
	if n != len(all) {
		return errRepeat
	}
	n, err = r.count(`UPDATE state_now SET last_finding = f.id, last_at = ?2, observed_at = ?2, recorded_at = ?3,
			finding = iif(finding = o.id, f.id, finding), how = iif(finding = o.id, ?4, state_now.how),
			seen_at = iif(finding = o.id, ?2, seen_at), witnesses = iif(finding = o.id, 0, witnesses)
		FROM finding o CROSS JOIN finding f
		WHERE state_now.channel = ?5 AND last_at < ?2 AND o.id = last_finding AND o.visit = ?6
			AND f.channel = ?5 AND f.check_id = state_now.check_id AND f.scope = state_now.scope AND f.observed_at = ?2 AND f.visit = ?1
			AND (o.state = 'unknown' OR finding = o.id AND pending = 'unknown' AND NOT named_pending AND state_now.named IS o.named)`,
		r.visit.ID, seen, now, how, r.channel.ID, sameAs(r.visit))
	if err != nil || n == len(all) {
		return err
	}
	return r.settleRest()
}

// settleRest settles the states of which this visit's findings are not the newest word yet.
func (r *recorder) settleRest() error {
	var rest []audit.Finding
	err := r.rows(`SELECT `+findingColumns+` FROM `+findingRows+` WHERE f.visit = ? AND NOT EXISTS (SELECT 1 FROM state_now s
		WHERE s.channel = f.channel AND s.check_id = f.check_id AND s.scope = f.scope AND s.last_finding = f.id) ORDER BY f.rowid`,
		[]any{r.visit.ID}, func(row *sql.Rows) error {
			f, err := scanFinding(row)
			rest = append(rest, f)
			return err
		})
	if err != nil {
		return fmt.Errorf("list what is to be settled: %w", err)
	}
	return r.settleAll(rest)
}
