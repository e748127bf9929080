package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"doorknock/audit"
)

// A Cause is why a place cannot be read, as far as the operator would do the same about it.
type Cause string

// The causes.
const (
	NoAnswer   Cause = "no_answer" // no such name, no connection, no trustworthy encryption, nothing in time, an error in place of a page
	TurnedAway Cause = "blocked"   // the site refuses our reader, or asks it to slow down
	NoRobots   Cause = "robots"    // its robots.txt could not be read, so that nothing may be asked of it
)

// From how many looks, or how long, on a place is a matter for the operator. A robots.txt that is away for a month may be
// taken as none by RFC 9309; we ask a person instead.
const (
	unreadLooks  = 3
	unreadRobots = 30 * 24 * time.Hour
)

// causes gives the cause of a reason in the column named, NULL for any other.
func causes(column string) string {
	return `CASE WHEN ` + column + ` IN ('dns', 'network', 'tls', 'timeout', 'server_error') THEN 'no_answer'
		WHEN ` + column + ` IN ('blocked', 'rate_limited') THEN 'blocked' WHEN ` + column + ` = 'robots' THEN 'robots' END`
}

// unreadable gives the listed places that could not be read at the last looks, as matters are scanned: the key holds organisation,
// channel, cause, and the time since when nothing was read, so that it is another once something was.
var unreadable = `SELECT organisation || ' ' || id || ' ' || cause || ' ' || missed_at AS key, last_visit_at, platform, '', looks, 0, url, unread FROM (
		SELECT c.*, ` + causes("c.unread") + ` AS cause, (SELECT count(*) FROM visit v WHERE v.channel = c.id AND v.observed_at >= c.missed_at
			AND v.how NOT IN ('witness', 'saved_page') AND ` + causes("v.unread") + ` = ` + causes("c.unread") + `) AS looks
		FROM channel c INDEXED BY channel_unread JOIN organisation o ON o.id = c.organisation AND o.listed = 1
		WHERE c.unread <> '' AND c.listed = 1 AND c.missed_at IS NOT NULL AND c.last_visit_at > ?1)
	WHERE looks >= ` + fmt.Sprint(unreadLooks) + ` AND (cause <> 'robots' OR julianday(last_visit_at) - julianday(missed_at) >= ` + fmt.Sprint(unreadRobots.Hours()/24) + `)
		AND ?3 IN ('', key)`

// unreadNews leaves out those that have their alert. One whose time lies later is of the same failure: an older look that got
// nothing came late.
var unreadNews = `SELECT * FROM (` + unreadable + `) WHERE NOT EXISTS (SELECT 1 FROM alert a WHERE a.ref >= '` + string(Unreadable) + ` ' || key
	AND a.ref < '` + string(Unreadable) + ` ' || substr(key, 1, length(key) - 24) || '~')`

// Unread is what the key of such a matter says.
type Unread struct {
	Organisation string
	Channel      string
	Cause        Cause
	Since        time.Time // due time of the first look that got nothing
}

// Unread reads the matter's key. The zero value: it is another's.
func (m Matter) Unread() Unread {
	parts := strings.Fields(m.Key)
	if m.Topic != Unreadable || len(parts) != 4 {
		return Unread{}
	}
	since, err := time.Parse(time.RFC3339, parts[3])
	if err != nil {
		return Unread{}
	}
	return Unread{parts[0], parts[1], Cause(parts[2]), since}
}

// An UnreadPlace is a place that could not be read at its last looks, from the third on.
type UnreadPlace struct {
	Organisation string       `json:"organisation"`
	URL          string       `json:"url"`
	Cause        Cause        `json:"cause"`
	Reason       audit.Reason `json:"reason"` // of the newest look
	Looks        int          `json:"looks"`  // of that cause, as far as they are kept
	Since        time.Time    `json:"since"`  // due time of the first look that got nothing
}

// unreadPlaces lists what the operator was told of, or will be.
func (db *DB) unreadPlaces(ctx context.Context, now time.Time) ([]UnreadPlace, error) {
	found, err := db.matters(ctx, Unreadable, unreadable+` ORDER BY key`, "", time.Time{}, now)
	if err != nil {
		return nil, fmt.Errorf("list places that cannot be read: %w", err)
	}
	all := make([]UnreadPlace, len(found))
	for i, m := range found {
		u := m.Unread()
		all[i] = UnreadPlace{u.Organisation, m.Place, u.Cause, audit.Reason(m.Detail), m.Read, u.Since}
	}
	return all, nil
}

// A MovedPlace is a place whose address led to another site at the last look. Nothing there was read: whether it is theirs is for a person to say.
type MovedPlace struct {
	Organisation string `json:"organisation"`
	URL          string `json:"url"`
	To           string `json:"to"` // foreign text
}

func (db *DB) movedPlaces(ctx context.Context) ([]MovedPlace, error) {
	all := []MovedPlace{}
	err := db.list(ctx, `SELECT c.organisation, c.url, c.moved_to FROM channel c INDEXED BY channel_moved JOIN organisation o ON o.id = c.organisation AND o.listed = 1
		WHERE c.moved_to <> '' AND c.listed = 1 ORDER BY c.organisation, c.url`, nil, func(r *sql.Rows) error {
		var m MovedPlace
		err := r.Scan(&m.Organisation, &m.URL, &m.To)
		all = append(all, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list places that lead elsewhere: %w", err)
	}
	return all, nil
}

// loadUnread fills in what an alert says of a place from the alert itself, since it is told once more when the place was read
// again, and no row speaks of the trouble then.
func (db *DB) loadUnread(ctx context.Context, f *AlertFacts, m *Matter) error {
	m.Read, m.Detail = f.Found.Count, string(f.Found.Reason)
	return db.list(ctx, `SELECT url, platform FROM channel WHERE id = ?`, []any{m.Unread().Channel}, func(r *sql.Rows) error {
		return r.Scan(&m.Place, &m.Platform)
	})
}

// ReadAgain marks as resolved the alerts about places of which a look has got something since. A place that left the list was not
// read again.
func (db *DB) ReadAgain(ctx context.Context, now time.Time) error {
	open := map[string]Unread{} // by alert
	err := db.list(ctx, `SELECT id, ref FROM alert INDEXED BY alert_unread WHERE resolved_at IS NULL AND ref LIKE 'unreadable %'`, nil, func(r *sql.Rows) error {
		var id, ref string
		err := r.Scan(&id, &ref)
		topic, key, _ := strings.Cut(ref, " ")
		open[id] = Matter{Topic: Topic(topic), Key: key}.Unread()
		return err
	})
	if err != nil || len(open) == 0 {
		return err
	}
	var again []string
	for id, u := range open {
		var read int
		if err := db.read.QueryRowContext(ctx, `SELECT count(*) FROM channel c JOIN organisation o ON o.id = c.organisation
			WHERE c.id = ? AND c.listed = 1 AND o.listed = 1 AND (c.missed_at IS NULL OR c.missed_at > ?)`, u.Channel, stamp(u.Since)).Scan(&read); err != nil {
			return fmt.Errorf("look whether channel %s was read again: %w", u.Channel, err)
		}
		if read > 0 {
			again = append(again, id)
		}
	}
	if len(again) == 0 {
		return nil
	}
	return db.write(ctx, "resolve alerts about places", func(t *tx) error {
		return t.exec(`UPDATE alert SET resolved_at = ? WHERE resolved_at IS NULL AND id IN (SELECT value FROM json_each(?))`, stamp(now), asJSON(again))
	})
}
