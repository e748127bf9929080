package alerts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // the rows of a test are written beside the store

	"doorknock/audit"
	"doorknock/internal/emptystore"
	"doorknock/store"
)

// fixture is a real store with rows that a crawl would have left.
type fixture struct {
	t   testing.TB
	db  *store.DB
	dir string
	n   int
	now time.Time // of the rows that are written next
}

func newFixture(t testing.TB, now time.Time) *fixture {
	t.Helper()
	f := &fixture{t: t, dir: t.TempDir(), now: now}
	f.open()
	t.Cleanup(f.close)
	f.exec(`INSERT INTO organisation (id, name, nation, sector, homes, website, predecessors, rp_code, parent, note, listed, recorded_at)
		VALUES ('elm','Elm Homes','England','council',NULL,'https://elm.test/','[]','','','',1,?1),
		('oak','Oak Homes','England','almo',NULL,'https://oak.test/','[]','','','',1,?1)`, stamp(now))
	for _, o := range []string{"elm", "oak"} {
		f.exec(`INSERT INTO channel (id, organisation, platform, url, lane, confirmed, listed, due_at, last_visit_at, moved_to, recorded_at)
			VALUES (?1,?1,'web','https://'||?1||'.test/',?1||'.test',1,1,?2,?2,'',?2)`, o, stamp(now))
		f.exec(`INSERT INTO visit (id, channel, how, started_at, observed_at, recorded_at, first, light, moved, requests, unchanged, new_comments)
			VALUES ('first-'||?1,?1,'anonymous',?2,?2,?2,1,0,'',1,0,0)`, o, stamp(now.AddDate(0, 0, -30)))
	}
	return f
}

func (f *fixture) open() {
	f.t.Helper()
	db, err := store.Open(f.t.Context(), store.Options{Dir: emptystore.In(f.t, f.dir)})
	if err != nil {
		f.t.Fatal(err)
	}
	f.db = db
}

func (f *fixture) close() {
	f.t.Helper()
	if err := f.db.Close(); err != nil {
		f.t.Error(err)
	}
}

// side is a connection beside the store's own.
func (f *fixture) side() *sql.DB {
	f.t.Helper()
	side, err := sql.Open("sqlite3", "file:"+filepath.Join(f.dir, "doorknock.db")+"?_busy_timeout=5000")
	if err != nil {
		f.t.Fatal(err)
	}
	return side
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func (f *fixture) exec(query string, args ...any) {
	f.t.Helper()
	side := f.side()
	_, err := side.Exec(query, args...)
	if err = errors.Join(err, side.Close()); err != nil {
		f.t.Fatalf("%s: %v", query, err)
	}
}

// visit writes a visit and gives its id.
func (f *fixture) visit(channel string, first bool) string {
	f.n++
	id := fmt.Sprintf("v%d", f.n)
	f.exec(`INSERT INTO visit (id, channel, how, started_at, observed_at, recorded_at, first, light, moved, requests, unchanged, new_comments)
		VALUES (?,?,'anonymous',?,?,?,?,0,'',1,0,0)`, id, channel, stamp(f.now), stamp(f.now), stamp(f.now), first)
	return id
}

// said is a comment as a test writes it.
type said struct {
	visit, channel, parent, text, urgency, hazards string
	by                                             audit.Author
	at                                             time.Time
	complaint                                      bool
}

// comment writes an assessed comment and gives its event.
func (f *fixture) comment(c said) audit.Event {
	f.n++
	id := fmt.Sprintf("c%d", f.n)
	var at any
	if !c.at.IsZero() {
		at = stamp(c.at)
	}
	if c.hazards == "" {
		c.hazards = "[]"
	}
	if c.urgency == "" {
		c.urgency = "normal"
	}
	f.exec(`INSERT INTO comment (id, organisation, channel, visit, post, system, url, author, author_by, parent, said_at, said_max, week, text,
		text_hash, length_class, observed_at, recorded_at) VALUES (?1,?2,?2,?3,'p','wordpress','https://elm.test/p#'||?1,'',?4,?5,?6,NULL,
		'2026-W46',?7,'','short',?8,?8)`, id, c.channel, c.visit, c.by, c.parent, at, c.text, stamp(f.now))
	f.exec(`INSERT INTO assessment (comment, complaint, is_complaint, hazards, urgency, lang, tier, spans, model, observed_at, recorded_at)
		VALUES (?,0.9,?,?,?,'en',0,'[]','rules-1',?7,?7)`, id, c.complaint, c.hazards, c.urgency, nil, nil, stamp(f.now))
	return f.event(audit.EventAssessed, c.channel, "", id)
}

// change writes a confirmed change, seen by a visit of its own unless one is given, and gives its event.
func (f *fixture) change(channel, scope, visit string, from, to audit.State) audit.Event {
	if visit == "" {
		visit = f.visit(channel, false)
	}
	f.n++
	id := fmt.Sprintf("x%d", f.n)
	f.exec(`INSERT INTO finding (id, visit, channel, check_id, scope, state, reason, kind, evidence, how, system, observed_at, recorded_at)
		VALUES ('f'||?1,?2,?3,'comments',?4,?5,'','','{}','anonymous','',?6,?6)`, id, visit, channel, scope, to.String(), stamp(f.now))
	f.exec(`INSERT INTO state_change (id, organisation, channel, platform, check_id, scope, from_state, to_state, first_finding, finding, first_seen,
		observed_at, recorded_at, published_at, hold_reason, withdrawn_at, correction)
		VALUES (?1,?2,?2,'web','comments',?3,?4,?5,'f'||?1,'f'||?1,?6,?6,?6,?6,'',NULL,'')`, id, channel, scope, from.String(), to.String(), stamp(f.now))
	return f.event(audit.EventChange, channel, "comments", id)
}

func (f *fixture) event(k audit.EventKind, channel string, check audit.CheckID, ref string) audit.Event {
	e := audit.Event{V: 1, ID: audit.EventID(k, ref), Kind: k, Organisation: channel, Channel: channel, Check: check, Ref: ref, At: f.now}
	f.exec(`INSERT INTO event (id, kind, organisation, channel, check_id, ref, count, observed_at, recorded_at, announce_at)
		VALUES (?1,?2,?3,?3,?4,?5,1,?6,?6,?6)`, e.ID, string(k), channel, string(check), ref, stamp(f.now))
	return e
}

// ask gives the rows of a query of two text columns.
func (f *fixture) ask(query string) map[string]string {
	f.t.Helper()
	side := f.side()
	rows, err := side.Query(query)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	found := map[string]string{}
	for rows.Next() {
		var id, what string
		if err := rows.Scan(&id, &what); err != nil {
			f.t.Fatal(err)
		}
		found[id] = what
	}
	if err := errors.Join(rows.Err(), side.Close()); err != nil {
		f.t.Fatal(err)
	}
	return found
}

// alerts gives kind and urgency of every alert, by id.
func (f *fixture) alerts() map[string]string {
	return f.ask(`SELECT id, kind || ' ' || urgency FROM alert`)
}

// unmarked counts the events that the alert stage has not dealt with.
func (f *fixture) unmarked() int {
	return len(f.ask(`SELECT id, kind FROM event WHERE alert_marked_at IS NULL`))
}

func (f *fixture) deliveries(ctx context.Context) []store.Delivery {
	f.t.Helper()
	list, err := f.db.Deliveries(ctx, store.AllDeliveries, 100)
	if err != nil {
		f.t.Fatal(err)
	}
	return list
}
