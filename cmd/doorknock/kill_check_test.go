package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/alerts"
)

// rest lets both installations come to rest and compares them.
func (k *killing) rest() {
	k.t.Helper()
	k.env, k.rested = nil, time.Now()
	k.start()
	quiet, missing := 0, ""
	defer func() {
		if k.t.Failed() {
			k.t.Log("the last difference: " + missing)
		}
	}()
	k.until("both are at rest and say the same", 3*time.Minute, func() bool {
		if missing = k.restless(k.calm, "calm"); missing == "" {
			missing = k.restless(k.rig, "killed")
		}
		if missing == "" {
			missing = cmp.Diff(k.calm.rows(statesQuery), k.rows(statesQuery))
		}
		if quiet++; missing != "" {
			quiet = 0
		}
		return quiet == 2
	})
	k.rests()
	for what, query := range map[string]string{"changes": changesQuery, "complaint alerts": complaintsQuery, "change alerts": changeAlertsQuery} {
		if diff := cmp.Diff(k.calm.rows(query), k.rows(query)); diff != "" {
			k.t.Errorf("%s (-calm +killed):\n%s", what, diff)
		}
	}
	k.checkWhole()
	k.checkSums()
	k.checkLost()
	k.checkEvidence()
	k.repeats = checkMessages(k.t, k.rig)
	if n := checkMessages(k.t, k.calm); n > 0 {
		k.t.Errorf("%d repeats where nobody was killed", n)
	}
}

// changeAlertsQuery tells the alerts about whole channels by what they say: their ids hold times.
const changeAlertsQuery = `SELECT c.organisation, c.check_id, c.from_state, c.to_state FROM alert a JOIN state_change c ON c.id = a.ref
	WHERE a.kind = 'change' AND c.scope = '' AND c.withdrawn_at IS NULL ORDER BY 1, 2, c.first_seen`

// restless says what is left to do, or "".
func (k *killing) restless(r *rig, name string) string {
	want := map[bool]string{true: "open", false: "closed"}[k.open]
	for what, query := range map[string]string{
		"states to be confirmed": `SELECT organisation, check_id, scope, state, pending FROM state_now WHERE pending <> 'unknown'`,
		"Millrace's door":        `SELECT state FROM state_now WHERE organisation = 'millrace-homes' AND check_id = 'comments' AND state <> '` + want + `'`,
		"events to be marked":    `SELECT kind, ref FROM event WHERE alert_marked_at IS NULL OR score_marked_at IS NULL`,
		"deliveries to be sent":  `SELECT state, last_error FROM delivery WHERE state <> 'sent'`,
		"alerts to be told":      `SELECT t.alert ` + untold,
		"complaints to be told":  fmt.Sprintf(`SELECT count(*) FROM alert WHERE kind IN ('complaint', 'hazard') HAVING count(*) <> %d`, k.letters),
	} {
		if left := r.rows(query); len(left) > 0 {
			return fmt.Sprintf("%s, %s: %v", name, what, left)
		}
	}
	return ""
}

// checkLost says which rows were committed before a kill and are gone.
func (k *killing) checkLost() {
	k.t.Helper()
	for table, id := range rowTables {
		there := map[string]bool{}
		for _, row := range k.rows(`SELECT ` + id + ` FROM ` + table) {
			there[row] = true
		}
		for row := range k.seen[table] {
			if !there[row] {
				k.t.Errorf("%s %s was committed before a kill and is gone", table, row)
			}
		}
	}
}

// checkEvidence looks for the file of every capture.
func (k *killing) checkEvidence() {
	k.t.Helper()
	for _, row := range k.rows(`SELECT file, max(file_offset) FROM capture WHERE file <> '' GROUP BY file`) {
		file, offset, _ := strings.Cut(row, "|")
		info, err := os.Stat(filepath.Join(k.dir, "data", "evidence", file))
		if err != nil || fmt.Sprint(info.Size()) == offset {
			k.t.Errorf("the evidence of a recorded capture is not there: %s at %s, %v", file, offset, err)
		}
	}
}

// sweeps lets the evidence of the kills grow old and starts the program: what they left behind goes, and nothing else. What
// came after the last kill stays young: its visit may have been on its way when the program was ended, and is recorded now.
func (k *killing) sweeps() {
	k.t.Helper()
	dir, old := filepath.Join(k.dir, "data", "evidence"), time.Now().Add(-leftOverAge-time.Hour)
	named := map[string]bool{}
	for _, file := range k.rows(`SELECT file FROM capture WHERE file <> ''`) {
		named[file] = true
	}
	left := slices.DeleteFunc(evidenceFiles(k.t, dir), func(file string) bool {
		info, err := os.Stat(filepath.Join(dir, file))
		if err != nil {
			k.t.Fatal(err)
		}
		return info.ModTime().After(k.rested)
	})
	for _, file := range left {
		if err := os.Chtimes(filepath.Join(dir, file), old, old); err != nil {
			k.t.Fatal(err)
		}
	}
	if left = slices.DeleteFunc(left, func(file string) bool { return named[file] }); len(left) == 0 {
		k.t.Error("the kills left no evidence behind: were they where they should be?")
	}
	k.start()
	k.until("the left-over evidence is removed", time.Minute, func() bool {
		return !slices.ContainsFunc(left, func(file string) bool {
			_, err := os.Stat(filepath.Join(dir, file))
			return err == nil
		})
	})
	k.kill()
	k.checkEvidence()
	k.t.Logf("%d left-over evidence files of %d are removed", len(left), len(left)+len(named))
}

// checkSums compares what is counted as it comes with a count from the beginning, and every score with one made anew.
func (k *killing) checkSums() {
	k.t.Helper()
	for what, query := range map[string]string{
		"comments of a week": `SELECT m.channel, m.week, count(*), sum(m.author_by = 2), count(a.comment), coalesce(sum(a.is_complaint), 0)
				FROM comment m LEFT JOIN assessment a ON a.comment = m.id GROUP BY 1, 2
			EXCEPT SELECT channel, week, comments, by_organisation, assessed, complaints FROM comment_week`,
		"weeks without comments":     `SELECT channel, week FROM comment_week EXCEPT SELECT channel, week FROM comment`,
		"new comments of a visit":    `SELECT id FROM visit v WHERE new_comments <> (SELECT count(*) FROM comment WHERE visit = v.id)`,
		"comments not assessed":      `SELECT id FROM comment EXCEPT SELECT comment FROM assessment`,
		"refusals that nobody made":  `SELECT stream, consumer, reason FROM dead_letter WHERE reason <> ''`,
		"the newest visit":           `SELECT id FROM channel c WHERE last_visit_at <> (SELECT max(observed_at) FROM visit WHERE channel = c.id)`,
		"visits without their event": `SELECT id FROM visit v WHERE new_comments > 0 AND NOT EXISTS (SELECT 1 FROM event WHERE kind = 'comments' AND ref = v.id)`,
	} {
		if wrong := k.rows(query); len(wrong) > 0 {
			k.t.Errorf("%s do not add up: %v", what, wrong)
		}
	}
	ctx := context.Background()
	in, err := openReader(ctx, k.config)
	if err != nil {
		k.t.Fatal(err)
	}
	defer in.Close()
	var want []string
	for _, id := range k.rows(`SELECT id FROM organisation ORDER BY id`) {
		answers, err := in.db.ScoreInputs(ctx, id)
		if err != nil {
			k.t.Fatal(err)
		}
		of, err := in.db.Organisation(ctx, id)
		if err != nil {
			k.t.Fatal(err)
		}
		for _, s := range in.rate(of, answers, time.Now()) {
			want = append(want, fmt.Sprintf("%s|%s|%s|%d|%d", id, s.Part, s.Band, s.Known, s.Applicable))
		}
	}
	if diff := cmp.Diff(sorted(want), sorted(k.rows(`SELECT organisation, part, band, known, applicable FROM score`))); diff != "" {
		k.t.Errorf("scores (-made anew +stored):\n%s", diff)
	}
}

// checkMessages reads what the receiver took and counts the messages that came again. A delivery came at least once; only
// the first of its messages may leave unsaid that it is a repeat; and where there are more, or one says so, an answer was
// lost.
func checkMessages(t *testing.T, r *rig) (repeats int) {
	t.Helper()
	of := map[string]string{} // a letter's delivery
	tells := map[string]int{} // how many letters are a delivery's
	doubted := map[string]bool{}
	for _, row := range r.rows(`SELECT d.id, d.doubted, m.text FROM delivery d, json_each(d.alerts) j JOIN alert a ON a.id = j.value JOIN comment m ON m.id = a.ref WHERE d.carried_by = ''`) {
		cells := strings.SplitN(row, "|", 3)
		of[letterIn.FindString(cells[2])], doubted[cells[0]] = cells[0], cells[1] == "1"
		tells[cells[0]]++
	}
	came, whole := map[string]int{}, map[string]bool{}
	for _, m := range r.slack.Messages() {
		if m.Path != r.hook {
			t.Errorf("a message of somebody else's: %s", m.Path)
		}
		letter := letterIn.Find(m.Raw)
		if !m.Taken || letter == nil {
			continue
		}
		id, marked := of[string(letter)], bytes.Contains(m.Raw, []byte(alerts.RepeatNote))
		said := map[string]bool{}
		for _, l := range letterIn.FindAll(m.Raw, -1) {
			said[string(l)] = true
		}
		// Of a group that gathered while nobody was there to send it, a message counts those for which it has no room.
		left := tells[id] - len(said)
		whole[id] = whole[id] || left == 0 || bytes.Contains(m.Raw, fmt.Appendf(nil, "And %d more.", left))
		if marked != doubted[id] && (marked || came[id] > 0) {
			t.Errorf("delivery %s: message %d marked as a repeat: %v, its answer was lost: %v", id, came[id]+1, marked, doubted[id])
		}
		if came[id]++; came[id] > 1 {
			repeats++
			if !marked {
				t.Errorf("delivery %s: message %d, of %v, does not say that it is a repeat: %v", id, came[id], m.At,
					r.rows(`SELECT state, doubted, attempts, recorded_at, tried_at, sent_at, last_error FROM delivery WHERE id = '`+id+`'`))
			}
		}
	}
	for letter, id := range of {
		if !whole[id] {
			t.Errorf("%s never came, of %d of delivery %s, of which %d messages came", letter, tells[id], id, came[id])
		}
	}
	return repeats
}
