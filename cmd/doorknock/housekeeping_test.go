package main

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// What time alone makes due is done by the program that runs, at its start: words that were kept long enough go, old looks are
// rolled up, scores are made anew, and once a week the whole database is read for damage, which ends it in one sentence.
func TestKeepsHouse(t *testing.T) {
	t.Parallel()
	r := quiet(t, "")
	r.aged()
	r.start()
	for what, query := range map[string]string{
		"the old words go":            `SELECT 1 FROM comment WHERE text IS NULL AND forgotten_at IS NOT NULL`,
		"old looks are rolled up":     `SELECT 1 FROM finding_run`,
		"the week's check is noted":   `SELECT 1 FROM meta WHERE key = 'checked_at' AND value > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 hour')`,
		"scores are made":             `SELECT 1 FROM score WHERE organisation = 'alder'`, // no event asks for them
		"words that are new are kept": `SELECT 1 FROM comment WHERE text = 'new words'`,
	} {
		r.until(what, time.Minute, func() bool { return r.has(query) })
	}
	if code, took := r.stop(syscall.SIGTERM); code != 0 || took > stopsWithin {
		t.Errorf("SIGTERM: exit %d after %v\n%s", code, took, r.out)
	}
	r.execute(`UPDATE meta SET value = '2020-01-01T00:00:00.000Z' WHERE key = 'checked_at'`,
		`UPDATE visit SET channel = 'nowhere' WHERE id = 'visit0'`) // as no writer of ours can make one, and the start does not see
	code, out, errs := r.do("run", "--config", r.config)
	if code != 1 || !strings.Contains(errs, "the database is damaged") || !strings.Contains(errs, "doorknock restore") {
		t.Errorf("exit %d, want 1, what is wrong and what to do\n%s%s", code, out, errs)
	}
}

// aged makes the installation's database one that has lain for months: old looks that say the same, old words and new ones, and a
// check that is more than a week old. All its events were scored.
func (r *rig) aged() {
	r.t.Helper()
	s, err := settings{path: r.config}.withList()
	if err != nil {
		r.t.Fatal(err)
	}
	in, err := openInstallation(r.t.Context(), s.cfg, newLog(s.cfg.Log))
	if err != nil {
		r.t.Fatal(err)
	}
	if err := in.takeList(r.t.Context(), s.orgs, s.channels); err != nil {
		r.t.Fatal(err)
	}
	open, err := audit.NewVerdict(audit.Open, "", "", &audit.Evidence{Type: audit.Marker, Rule: "wp-open", Version: 1, Length: 4, Excerpt: "mark", Capture: "c"})
	if err != nil {
		r.t.Fatal(err)
	}
	c := s.channels[0]
	visit := func(n, daysAgo int, words string) {
		at := time.Now().Add(-time.Duration(daysAgo) * 24 * time.Hour)
		v := audit.Visit{V: 1, ID: fmt.Sprintf("visit%d", n), Channel: c, How: audit.Anonymous, Due: at, StartedAt: at, ObservedAt: at}
		v.Comments = []audit.Comment{{ID: fmt.Sprintf("m%d", n), Post: "p", System: "wordpress", By: audit.AuthorPublic, Time: at, Text: words, TextHash: words}}
		if _, err := in.db.Record(r.t.Context(), store.Recording{Visit: v, Now: at, Findings: []audit.Finding{{Check: "comments", Verdict: open, System: "wordpress"}}}); err != nil {
			r.t.Fatal(err)
		}
	}
	for n := range 8 {
		visit(n, 100-n, "old words")
	}
	visit(8, 0, "new words")
	if err := in.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.execute(`INSERT INTO meta (key, value) VALUES ('checked_at', '2020-01-01T00:00:00.000Z')`, `UPDATE event SET score_marked_at = recorded_at`)
}

// execute writes to the database while no program runs.
func (r *rig) execute(lines ...string) {
	r.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(r.dir, "data", "doorknock.db")+"?mode=rw&_foreign_keys=off")
	if err != nil {
		r.t.Fatal(err)
	}
	for _, line := range lines {
		if _, err := db.ExecContext(r.t.Context(), line); err != nil {
			r.t.Errorf("%s: %v", line, err)
		}
	}
	if err := db.Close(); err != nil {
		r.t.Fatal(err)
	}
}
