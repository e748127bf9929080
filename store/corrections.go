package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// Corrected is one finding that today's rules read otherwise. Both stay; By takes the place of Old.
type Corrected struct {
	Old audit.Finding
	By  audit.Finding // its id is made here
}

// FileCorrections writes the newer readings of one visit beside its findings. Nothing follows from them before
// SettleCorrections; filing twice changes nothing, and filing another reading before that replaces the first.
func (db *DB) FileCorrections(ctx context.Context, channel audit.Channel, all []Corrected, now time.Time) error {
	return db.write(ctx, "file corrections of channel "+channel.ID, func(t *tx) error {
		r := &recorder{tx: t, now: ms(now), channel: channel}
		for _, c := range all {
			c.By.ID = audit.CorrectedID(c.Old.ID, c.By.Verdict, c.By.Values)
			c.By.Visit, c.By.Channel, c.By.Check, c.By.Scope = c.Old.Visit, c.Old.Channel, c.Old.Check, c.Old.Scope
			c.By.How, c.By.ObservedAt = c.Old.How, c.Old.ObservedAt
			if err := r.append([]audit.Finding{c.By}); err != nil {
				return fmt.Errorf("%s %s: %w", c.Old.Check, c.Old.Scope, err)
			}
			if err := r.saveWording(c.By); err != nil {
				return fmt.Errorf("wording of %s: %w", c.Old.Check, err)
			}
			if err := r.fileCorrection(c); err != nil {
				return fmt.Errorf("%s %s: %w", c.Old.Check, c.Old.Scope, err)
			}
		}
		return nil
	})
}

func (r *recorder) fileCorrection(c Corrected) error {
	fromRule, fromVersion := ruleOf(c.Old.Verdict)
	toRule, toVersion := ruleOf(c.By.Verdict)
	return r.exec(`INSERT INTO correction (finding, by_finding, organisation, channel, platform, check_id, scope, from_state, to_state,
			from_rule, from_version, to_rule, to_version, observed_at, recorded_at, shown, hold_reason)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '')
		ON CONFLICT (finding) DO UPDATE SET by_finding = excluded.by_finding, to_state = excluded.to_state, to_rule = excluded.to_rule,
			to_version = excluded.to_version WHERE settled_at IS NULL`,
		c.Old.ID, c.By.ID, r.channel.Organisation, r.channel.ID, string(r.channel.Platform), string(c.Old.Check), c.Old.Scope,
		c.Old.Verdict.State().String(), c.By.Verdict.State().String(), fromRule, fromVersion, toRule, toVersion,
		stamp(c.Old.ObservedAt), stamp(r.now))
}

func ruleOf(v audit.Verdict) (string, int) {
	if e := v.Evidence(); e != nil {
		return e.Rule, e.Version
	}
	return "", 0
}

// settleMost is how many states one transaction folds anew: a running doorknock waits for it.
const settleMost = 50

// SettleCorrections puts what was filed in force: every state that it touches is folded anew. An announced change that
// falls keeps its row and says why, one that appears is never announced, and scores follow. Where too many places of one
// platform change their answer at once, the newer rule is held as any jump of the fleet: nothing new is shown before the
// operator releases it. It gives how many states it folded; what is left by a program that dies is settled by the next call.
func (db *DB) SettleCorrections(ctx context.Context, now time.Time) (settled int, err error) {
	if err := db.write(ctx, "look for a jump", func(t *tx) error { return t.watchCorrections(ms(now)) }); err != nil {
		return 0, err
	}
	for {
		n := 0
		err := db.write(ctx, "settle corrections", func(t *tx) (err error) {
			n, err = t.settleSome(ms(now))
			return err
		})
		settled += n
		if err != nil || n == 0 {
			return settled, err
		}
	}
}

// watchCorrections puts a pair into quarantine of which too many places are read otherwise than before.
func (t *tx) watchCorrections(now time.Time) error {
	type pair struct {
		platform, check string
		read, changed   int
	}
	var jumps []pair
	err := t.rows(`SELECT c.platform, c.check_id, (SELECT count(*) FROM state_now s WHERE s.platform = c.platform AND s.check_id = c.check_id AND s.scope = ''),
			count(DISTINCT c.channel)
		FROM correction c WHERE c.settled_at IS NULL AND c.scope = '' AND c.from_state <> 'unknown' AND c.from_state <> c.to_state GROUP BY 1, 2`, nil,
		func(r *sql.Rows) error {
			var p pair
			err := r.Scan(&p.platform, &p.check, &p.read, &p.changed)
			if t.db.jump(p.read, p.changed) {
				jumps = append(jumps, p)
			}
			return err
		})
	if err != nil {
		return err
	}
	for _, p := range jumps {
		held, err := t.quarantined(audit.Platform(p.platform), audit.CheckID(p.check))
		if err != nil || held {
			return err
		}
		t.db.log.Warn("a newer rule reads many places otherwise, held until released", "platform", p.platform, "check", p.check, "places", p.read, "otherwise", p.changed)
		if err := t.quarantine(audit.Platform(p.platform), audit.CheckID(p.check), now, p.read, p.changed); err != nil {
			return err
		}
	}
	return nil
}

// triple is one (channel, check, scope) with corrections to be settled.
type triple struct {
	channel, scope string
	check          audit.CheckID
}

func (t *tx) settleSome(now time.Time) (int, error) {
	var open []triple
	err := t.rows(`SELECT DISTINCT channel, check_id, scope FROM correction WHERE settled_at IS NULL ORDER BY channel, check_id, scope LIMIT ?`,
		[]any{settleMost}, func(r *sql.Rows) error {
			var k triple
			err := r.Scan(&k.channel, &k.check, &k.scope)
			open = append(open, k)
			return err
		})
	if err != nil {
		return 0, err
	}
	var r *recorder
	for i, k := range open {
		if r == nil || r.channel.ID != k.channel {
			if r, err = t.corrector(k.channel, now); err != nil {
				return 0, err
			}
		}
		if err := r.settleCorrected(k); err != nil {
			return 0, fmt.Errorf("%s %s of channel %s: %w", k.check, k.scope, k.channel, err)
		}
		if i+1 == len(open) || open[i+1].channel != k.channel {
			if err := r.saveStateEvents(); err != nil {
				return 0, err
			}
		}
	}
	return len(open), nil
}

// corrector is a recorder without a visit: its events name the channel.
func (t *tx) corrector(channel string, now time.Time) (*recorder, error) {
	r := &recorder{tx: t, now: now, out: &Recorded{}, publish: map[time.Time]bool{}, correcting: true}
	found, err := t.row(`SELECT `+channelColumns+` FROM channel c WHERE c.id = ?`, []any{channel}, channelInto(&r.channel)...)
	if err == nil && !found {
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("channel %s: %w", channel, err)
	}
	r.visit = audit.Visit{ID: channel, ObservedAt: now}
	// What stands remembered of the pages was read by older rules: the next visit reads them anew.
	return r, t.exec(`UPDATE page_seen SET reader = 0 WHERE channel = ?`, channel)
}

// settleCorrected puts the corrections of one state in force and folds it.
func (r *recorder) settleCorrected(k triple) error {
	was, err := r.standing(k.channel, k.check, k.scope)
	if err != nil {
		return err
	}
	key := []any{k.channel, string(k.check), k.scope}
	err = r.exec(`UPDATE correction SET settled_at = ?4, shown = from_state <> 'unknown' AND (from_state = ?5 OR EXISTS (SELECT 1 FROM state_change s
			WHERE s.channel = ?1 AND s.check_id = ?2 AND s.scope = ?3 AND s.reread = 0 AND s.published_at <= ?4 AND s.hold_reason = ''
			AND correction.from_state IN (s.from_state, s.to_state)))
		WHERE channel = ?1 AND check_id = ?2 AND scope = ?3 AND settled_at IS NULL`, append(key, stamp(r.now), was.seen(r.now))...)
	if err != nil {
		return err
	}
	if err := r.refold(audit.Finding{Channel: k.channel, Check: k.check, Scope: k.scope}, was); err != nil {
		return err
	}
	// It is shown with the state that follows from it, never before; and where nothing follows, now.
	held, err := r.isHeld(k.check)
	if err != nil {
		return err
	}
	hold := ""
	if held {
		hold = HoldQuarantine
	}
	err = r.exec(`UPDATE correction SET hold_reason = coalesce(nullif(s.hold_reason, ''), ?5),
			published_at = CASE WHEN s.hold_reason <> '' OR ?5 <> '' THEN NULL ELSE max(coalesce(s.published_at, ?4), ?4) END
		FROM state_now s WHERE s.channel = ?1 AND s.check_id = ?2 AND s.scope = ?3
			AND correction.channel = ?1 AND correction.check_id = ?2 AND correction.scope = ?3 AND correction.settled_at = ?4`,
		append(key, stamp(r.now), hold)...)
	if err != nil {
		return err
	}
	_, err = r.setDue(k.channel) // what waits for a second look, and what lately changed, may be otherwise now
	return err
}

// seen is the state that the public sees, "" where it sees none.
func (s standing) seen(now time.Time) string {
	if s.state == audit.Unknown || s.hold != "" || s.publishedAt.IsZero() || s.publishedAt.After(now) {
		return ""
	}
	return s.state.String()
}
