package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"doorknock/audit"
)

// keepHooks is for how long the counts of what platforms told are kept.
const keepHooks = 90 * 24 * time.Hour

// CountHooks counts what became of one message that a platform sent by itself, by outcome.
func (db *DB) CountHooks(ctx context.Context, outcomes map[string]int, now time.Time) error {
	return db.write(ctx, "count messages of platforms", func(t *tx) error { return t.countHooks(outcomes, now) })
}

func (t *tx) countHooks(outcomes map[string]int, now time.Time) error {
	for outcome, n := range outcomes {
		err := t.exec(`INSERT INTO hook (day, outcome, count, last_at) VALUES (?1, ?2, ?3, ?4)
			ON CONFLICT (day, outcome) DO UPDATE SET count = count + excluded.count, last_at = excluded.last_at`,
			now.UTC().Format(time.DateOnly), outcome, n, stamp(now))
		if err != nil {
			return err
		}
	}
	return t.exec(`DELETE FROM hook WHERE day < ?`, now.Add(-keepHooks).UTC().Format(time.DateOnly))
}

// slackHooks begins the outcomes of what Slack sent; the others are Facebook's.
const slackHooks = "slack: "

// SlackHook names an outcome of what Slack sent.
func SlackHook(what string) string { return slackHooks + what }

// HookFrom says who sent what an outcome counts, Facebook or Slack, and what became of it.
func HookFrom(outcome string) (from, what string) {
	if what, is := strings.CutPrefix(outcome, slackHooks); is {
		return "Slack", what
	}
	return "Facebook", outcome
}

// Hooks gives the counts of the last thirty days by outcome.
func (db *DB) Hooks(ctx context.Context, now time.Time) (map[string]int, error) {
	return db.counts(ctx, `SELECT outcome, sum(count) FROM hook WHERE day > ? GROUP BY 1`, now.Add(-30*24*time.Hour).UTC().Format(time.DateOnly))
}

// PageChannel gives the listed Facebook channel among whose posts are some of the page of that number, and false where no
// look has seen one.
func (db *DB) PageChannel(ctx context.Context, page string) (c audit.Channel, known bool, err error) {
	err = db.list(ctx, `SELECT `+channelColumns+` FROM channel c WHERE c.platform = 'facebook' AND c.listed = 1
		AND EXISTS (SELECT 1 FROM post p WHERE p.channel = c.id AND p.native >= ?1 || '_' AND p.native < ?1 || '`+"`"+`') LIMIT 1`, []any{page}, func(r *sql.Rows) error {
		known = true
		return r.Scan(channelInto(&c)...)
	})
	if err != nil {
		return c, false, fmt.Errorf("look for the page %s: %w", page, err)
	}
	return c, known, nil
}

// KeyTrouble is a key of a platform that is refused, and since when.
type KeyTrouble struct {
	Key   string    `json:"key"`
	Said  string    `json:"said"` // the interface's own code
	Since time.Time `json:"since"`
}

// keyTroubles lists the keys that were refused at the last look.
func (db *DB) keyTroubles(ctx context.Context) (all []KeyTrouble, err error) {
	err = db.list(ctx, `SELECT h.interfaces FROM host_memory h WHERE h.interfaces <> 'null' ORDER BY h.lane`, nil, func(r *sql.Rows) error {
		var of map[string]audit.InterfaceMemory
		if err := r.Scan(fromJSON(&of)); err != nil {
			return err
		}
		for name, m := range of {
			if m.Trouble == audit.ReasonNoAccess {
				all = append(all, KeyTrouble{name, m.Said, m.Since})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list keys in trouble: %w", err)
	}
	return all, nil
}
