package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorknock/cmd/doorknock/town"
)

// An operator's commands write beside a running doorknock, which takes up what they ask for.
func TestCommandsBesideARun(t *testing.T) {
	t.Parallel() // it waits most of the time
	r := newRig(t, openTown(t, town.Old()), "")
	r.start()
	r.until("a visit is recorded", time.Minute, func() bool { return r.has(`SELECT 1 FROM channel WHERE last_visit_at IS NOT NULL`) })
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(r.dir, "data", "doorknock.db")+"?mode=rw&_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	var channel, organisation string
	if err := db.QueryRowContext(t.Context(), `SELECT id, organisation FROM channel WHERE last_visit_at IS NOT NULL`).Scan(&channel, &organisation); err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	for _, row := range []string{ // a question that is held; and an event that was given up, which would wait two minutes
		`INSERT INTO quarantine (platform, check_id, since, read, pending) VALUES ('web', 'reviews', '2026-11-21T10:00:00.000Z', 40, 12)`,
		fmt.Sprintf(`INSERT INTO event (id, kind, organisation, channel, check_id, ref, count, observed_at, recorded_at, announce_at, alert_marked_at)
			VALUES ('0123456789abcdef0123456789abcdef', 'state', '%s', '%s', '', 'x', 0, '%[3]s', '%[3]s', '%[3]s', '%[3]s')`, organisation, channel, now),
		fmt.Sprintf(`INSERT INTO dead_letter (id, stream, consumer, ref, channel, reason, deliveries, times, advisory, first_at, last_at)
			VALUES ('letter', 'EVENTS', 'score', '0123456789abcdef0123456789abcdef', '%s', 'poison', 8, 1, 'a', '%[2]s', '%[2]s')`, channel, now),
	} {
		if _, err := db.ExecContext(t.Context(), row); err != nil {
			t.Fatalf("%s: %v", row, err)
		}
	}
	say := func(code int, want string, args ...string) {
		t.Helper()
		var out bytes.Buffer
		if got := run(t.Context(), append(args, "--config", r.config), strings.NewReader(""), &out, &out); got != code || !strings.Contains(out.String(), want) {
			t.Errorf("%v: exit %d, want %d\n%swant %q", args, got, code, out.String(), want)
		}
	}
	say(0, `letter  an event for score of http://`, "dead", "list")
	say(0, `"reason":"poison"`, "dead", "list", "--json")
	say(0, "given up and not done since, EVENTS: 1", "status")
	say(exitUsage, "there is no dead letter", "dead", "replay", "none")
	say(exitUsage, "name the letters", "dead", "replay")
	say(0, `"check":"reviews"`, "quarantine", "list", "--json")
	say(0, "web reviews is released", "quarantine", "release", "web", "reviews")
	say(0, "Nothing is held.", "quarantine", "list")
	say(0, "is announced again", "dead", "replay", "letter")
	r.until("the running program has done it", time.Minute, func() bool {
		var marked int
		return db.QueryRowContext(t.Context(), `SELECT count(*) FROM event WHERE ref = 'x' AND score_marked_at IS NOT NULL`).Scan(&marked) == nil && marked == 1
	})
	say(0, "Nothing was given up.", "dead", "list")
	say(0, "has been done since", "dead", "replay", "letter")
	r.until("every organisation was looked at twice", time.Minute, func() bool {
		return !r.has(`SELECT 1 FROM channel c WHERE platform = 'web' AND (SELECT count(*) FROM visit v WHERE v.channel = c.id) < 2`)
	})
	say(0, "All of it is read as then.", "evidence", "replay")
	say(0, `"differ":[]`, "evidence", "replay", "--json", "--organisation", organisation)
	say(exitUsage, "want a day", "evidence", "replay", "--since", "yesterday")
	if code, _ := r.stop(15); code != 0 {
		t.Errorf("run ended with %d\n%s", code, r.out)
	}
}
