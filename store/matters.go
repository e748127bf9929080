package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"doorknock/audit"
)

// Topic is what an alert to the operator is about.
type Topic string

// The topics.
const (
	SilenceStarted Topic = "silence_started"
	SilenceEnded   Topic = "silence_ended"
	Quarantined    Topic = "quarantined"   // many doors changed at once: held until released
	GaveUp         Topic = "gave_up"       // the queue gave up a piece of work
	Undelivered    Topic = "undelivered"   // a message was given up, and not one about our own trouble
	Disconnected   Topic = "disconnected"  // a receiver's Slack app was taken away, or its token is refused
	Blind          Topic = "blind"         // most places of a platform could be read before and cannot be now
	KeyRefused     Topic = "key_refused"   // a platform refuses a key: what it opened cannot be seen until there is a new one
	Unreadable     Topic = "unreadable"    // one place could not be read, look after look
	DigestFailed   Topic = "digest_failed" // editions of a week that could not be sent
)

// Matter is one thing that the operator should know: our own trouble, or a silence that began or ended.
type Matter struct {
	Topic    Topic
	Key      string // names it among its topic, for good
	At       time.Time
	Platform audit.Platform
	Check    audit.CheckID
	Read     int    // places read (quarantined, blind), deliveries tried (gave_up), looks (unreadable)
	Of       int    // of them, those that changed or could not be seen
	Place    string // address, or receiver
	Detail   string // what went wrong, or the silence's comment; unreadable: an audit.Reason
	Silence  Silence
}

// Ref is what the alert about a matter refers to.
func (m Matter) Ref() string { return string(m.Topic) + " " + m.Key }

// Shares of a platform's places from which on it counts as blind.
const (
	blindRead  = 5
	blindShare = 0.6
)

// matterQueries give the rows of one topic each, as matters are scanned. ?1 is the time from which on, ?2 now, ?3 one key or ”.
var matterQueries = map[Topic]string{
	SilenceStarted: `SELECT id, starts_at, '', '', 0, 0, '', '' FROM silence WHERE starts_at > ?1 AND starts_at <= ?2 AND ?3 IN ('', id)`,
	SilenceEnded:   `SELECT id, ends_at, '', '', 0, 0, '', '' FROM silence WHERE ends_at > ?1 AND ends_at <= ?2 AND starts_at < ends_at AND ?3 IN ('', id)`,
	Quarantined: `SELECT platform || ' ' || check_id || ' ' || since, since, platform, check_id, read, pending, '', ''
		FROM quarantine WHERE since > ?1 AND (released_at IS NULL OR ?3 <> '') AND ?3 IN ('', platform || ' ' || check_id || ' ' || since)`,
	GaveUp: `SELECT id, last_at, coalesce((SELECT platform FROM channel WHERE id = l.channel), ''), '', deliveries, 0, url, stream FROM (` + letters + `) l
		WHERE last_at > ?1 AND (NOT done OR ?3 <> '') AND ?3 IN ('', id)`,
	Undelivered: `SELECT id, tried_at, '', '', attempts, 0, receiver, last_error FROM delivery
		WHERE state = 'dead' AND carried_by = '' AND tried_at > ?1 AND ?3 IN ('', id)
		AND EXISTS (SELECT 1 FROM json_each(delivery.alerts) j JOIN alert a ON a.id = j.value WHERE a.kind <> 'operator')`,
	Disconnected: `SELECT receiver || ' ' || since, since, '', '', 0, 0, receiver, trouble FROM slack_app
		WHERE since > ?1 AND trouble <> '' AND ?3 IN ('', receiver || ' ' || since)`,
	DigestFailed: `SELECT week, max(recorded_at), '', '', sum(state = 'dead'), count(*), '', max(last_error) FROM edition_sent
		WHERE week IN (SELECT week FROM edition_sent WHERE state = 'dead' AND recorded_at > ?1) AND ?3 IN ('', week) GROUP BY week`,
	Blind: `SELECT key, now, platform, '', read, unseen, '', '' FROM (SELECT platform || ' ' || substr(?2, 1, 10) AS key, ?2 AS now, platform,
			count(*) AS read, sum(unseen) AS unseen
		FROM (SELECT platform, channel, min(last_reason <> '') AS unseen FROM state_now WHERE last_at > ?1 AND scope = ''
			GROUP BY platform, channel HAVING max(state <> 'unknown')) GROUP BY platform)
		WHERE read >= ` + fmt.Sprint(blindRead) + ` AND unseen > read * ` + fmt.Sprint(blindShare) + ` AND ?3 IN ('', key)`,
	KeyRefused: `SELECT name || ' ' || since, since, iif(instr(name, '/') > 0, substr(name, 1, instr(name, '/') - 1), name), '', 0, 0, name, said FROM (
			SELECT k.key AS name, min(strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(k.value, '$.since'))) AS since, max(json_extract(k.value, '$.said')) AS said
			FROM host_memory h, json_each(h.interfaces) k WHERE h.interfaces <> 'null' AND json_extract(k.value, '$.trouble') = 'no_access' GROUP BY 1)
		WHERE since > ?1 AND ?3 IN ('', name || ' ' || since)`,
	Unreadable: unreadNews,
}

// matterFor is how long after it began a matter is still news.
const matterFor = 24 * time.Hour

// Matters lists what the operator should know of the last day. Each stays the same by its Ref, however often it is asked for.
func (db *DB) Matters(ctx context.Context, now time.Time) ([]Matter, error) {
	var all []Matter
	for topic, query := range matterQueries {
		found, err := db.matters(ctx, topic, query, "", now.Add(-matterFor), now)
		if err != nil {
			return nil, fmt.Errorf("list matters of %s: %w", topic, err)
		}
		all = append(all, found...)
	}
	return all, nil
}

func (db *DB) matters(ctx context.Context, topic Topic, query, key string, from, now time.Time) ([]Matter, error) {
	var all []Matter
	err := db.list(ctx, query, []any{stamp(from), stamp(now), key}, func(r *sql.Rows) error {
		m := Matter{Topic: topic}
		err := r.Scan(&m.Key, at(&m.At), &m.Platform, &m.Check, &m.Read, &m.Of, &m.Place, &m.Detail)
		all = append(all, m)
		return err
	})
	return all, err
}

// loadMatter fills in what an operator's alert is about as the rows say now. A platform that is blind no longer keeps what
// its reference says: which platform.
func (db *DB) loadMatter(ctx context.Context, f *AlertFacts) error {
	topic, key, _ := strings.Cut(f.Ref, " ")
	m := Matter{Topic: Topic(topic), Key: key, At: f.ObservedAt, Platform: f.Platform, Check: f.Check}
	f.Matter = &m
	if m.Topic == Unreadable {
		return db.loadUnread(ctx, f, &m)
	}
	query, known := matterQueries[m.Topic]
	if !known {
		return nil
	}
	now := f.ObservedAt
	if m.Topic != Blind {
		now = db.o.Now()
	}
	found, err := db.matters(ctx, m.Topic, query, key, f.ObservedAt.Add(-matterFor), now)
	if err != nil {
		return err
	}
	if len(found) == 1 {
		m = found[0]
	}
	if m.Topic != SilenceStarted && m.Topic != SilenceEnded {
		return nil
	}
	silences, err := db.Silences(ctx, time.Time{})
	for _, s := range silences {
		if s.ID == key {
			m.Silence = s
		}
	}
	return err
}
