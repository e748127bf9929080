package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/alerts"
	"doorknock/cmd/doorknock/town"
	"doorknock/pipeline"
)

// round is one kill: at a named point when it is reached for the nth time, or at a random moment where point is "".
type round struct {
	point string
	nth   int
	after time.Duration
}

// sends reports whether the point is reached only by a message on its way to a receiver.
func (r round) sends() bool {
	return r.point == alerts.BeforeSend || r.point == alerts.AfterSend || r.point == alerts.BeforeMarkSent
}

// rounds are all kills of a run of the test, those of one kind after the other.
func rounds(rng *rand.Rand) []round {
	var all []round
	for range killsAtRandom {
		all = append(all, round{after: time.Duration(rng.IntN(1500)) * time.Millisecond})
	}
	for _, p := range []round{
		{point: pipeline.AfterCapture, nth: 6}, {point: pipeline.AfterCommit, nth: 6}, {point: pipeline.BeforeAck, nth: 20},
		{point: alerts.BeforeSend, nth: 2}, {point: alerts.AfterSend, nth: 2}, {point: alerts.BeforeMarkSent, nth: 2},
	} {
		for range killsAtPoint {
			all = append(all, round{point: p.point, nth: 1 + rng.IntN(p.nth)})
		}
	}
	return all
}

// Killed at random times and at every named point, the program ends as one that was left in peace: the same states,
// changes and alerts; no committed row lost; every table what its findings and comments make of it; every alert delivered,
// and delivered again only where the answer was lost, which the message then says.
func TestKills(t *testing.T) {
	if testing.Short() {
		t.Skip("kills the program dozens of times")
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	k := newKilling(t)
	died, began := map[string]int{}, time.Now()
	all := rounds(rand.New(rand.NewPCG(seed, 0)))
	for i, r := range all {
		k.round(r)
		died[r.point]++
		if (i+1)%25 == 0 || i+1 == len(all) {
			k.turn()
			k.rest()
			k.tidy()
			t.Logf("after %d kills, %v: the same; last %q", i+1, time.Since(began).Round(time.Second), r.point)
		}
		if t.Failed() {
			t.Fatalf("after round %d of %d, %+v", i+1, len(all), r)
		}
	}
	k.sweeps()
	t.Logf("%d kills %v in %v, %d letters, %d messages of which %d repeats", len(all), died, time.Since(began).Round(time.Second),
		k.letters, len(k.slack.Messages()), k.repeats)
}

// Only a program built for it can be told to kill itself.
func TestOrdinaryProgramKnowsNoNamedPoints(t *testing.T) {
	for _, b := range []struct {
		built func() (string, error)
		knows bool
	}{{binary, false}, {faulty, true}} {
		path, err := b.built()
		if err != nil {
			t.Fatal(err)
		}
		program, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if knows := bytes.Contains(program, []byte("DOORKNOCK_DIE_AT")); knows != b.knows {
			t.Errorf("%s knows the variable: %v, want %v", path, knows, b.knows)
		}
	}
}

// killing is an installation that is killed again and again, beside one that is left in peace.
type killing struct {
	*rig
	calm    *rig
	where   *town.Town
	seen    map[string]map[string]bool // by table, the ids of rows that a reader saw committed
	upTo    map[string]string          // by table, the rowid up to which they were read
	letters int                        // complaints written in the town so far
	open    bool                       // Millrace's door
	repeats int                        // messages that came more than once
}

func newKilling(t *testing.T) *killing {
	t.Helper()
	k := &killing{where: openTown(t, town.Old()), seen: map[string]map[string]bool{}, upTo: map[string]string{}}
	k.where.Change(town.QuarryLane, func(s *town.Site) { s.Down = false })
	k.rig, k.calm = newRig(t, k.where, ""), newRig(t, k.where, "")
	k.built = faulty
	k.flags = []string{"--tick", "100ms", "--ack-wait", "300ms"}
	for _, r := range []*rig{k.rig, k.calm} {
		r.start()
	}
	for _, r := range []*rig{k.rig, k.calm} {
		r.until("a first look at everybody", time.Minute, func() bool {
			return r.has(`SELECT 1 WHERE (SELECT count(DISTINCT channel) FROM visit) >= 6`) && r.has(`SELECT 1 FROM score`)
		})
	}
	k.kill()
	return k
}

// letterIn finds the number of a letter in what was made of it.
var letterIn = regexp.MustCompile(`Letter (\d{4})`)

// write puts a complaint under a post of one of three organisations.
func (k *killing) write() {
	hosts := []string{town.Larkfield, town.Fernbank, town.QuarryLane}
	k.where.Change(hosts[k.letters%len(hosts)], func(s *town.Site) {
		p := &s.Posts[k.letters/len(hosts)%len(s.Posts)]
		p.Comments = append(p.Comments, town.Comment{ID: 1000 + k.letters, Name: "Ruth P", At: time.Now().UTC().Truncate(time.Second),
			Text: fmt.Sprintf("Letter %04d: no heating or hot water for nine days and nobody has come. This is a disgrace.", k.letters)})
	})
	k.letters++
}

// tidy takes the letters out of the town again, for a site's interface lists no more than a hundred comments.
func (k *killing) tidy() {
	for _, host := range []string{town.Larkfield, town.Fernbank, town.QuarryLane} {
		k.where.Change(host, func(s *town.Site) {
			for i := range s.Posts {
				s.Posts[i].Comments = slices.DeleteFunc(s.Posts[i].Comments, func(c town.Comment) bool { return c.ID >= 1000 })
			}
		})
	}
}

// turn opens Millrace's door or closes it.
func (k *killing) turn() {
	k.open = !k.open
	k.where.Change(town.Millrace, func(s *town.Site) {
		for i := range s.Posts {
			s.Posts[i].Open = k.open
		}
	})
}

// round starts the program and lets it live until its kill.
func (k *killing) round(r round) {
	k.t.Helper()
	const patience = 30 * time.Second // of a loaded machine
	k.env = nil
	within := r.after
	if r.point != "" {
		k.env, within = []string{fmt.Sprintf("DOORKNOCK_DIE_AT=%s:%d", r.point, r.nth)}, patience
	}
	k.write()
	k.start()
	dead, begin := make(chan error, 1), time.Now()
	go func(c *exec.Cmd) { dead <- c.Wait() }(k.cmd)
	looking, writing := time.NewTicker(100*time.Millisecond), time.NewTicker(time.Second)
	defer looking.Stop()
	defer writing.Stop()
	end := time.NewTimer(within)
	defer end.Stop()
	for {
		select {
		case <-dead:
			if s, ok := k.cmd.ProcessState.Sys().(syscall.WaitStatus); r.point == "" || !ok || s.Signal() != syscall.SIGKILL {
				k.t.Errorf("the program ended by itself after %v: %v\n%s", time.Since(begin), k.cmd.ProcessState, k.out)
			}
			k.cmd = nil
			return
		case <-end.C:
			if r.point != "" {
				k.t.Errorf("%s was not reached %d times in %v\n%s", r.point, r.nth, within, k.out)
			}
			k.look() // the last rows that it is known to have committed
			_ = k.cmd.Process.Kill()
			<-dead
			k.cmd = nil
			return
		case <-looking.C:
			k.look()
		case <-writing.C:
			if r.sends() { // the one message that was left to send has gone
				k.write()
			}
		}
	}
}

// rowTables are the tables whose rows stay for ever, by the column that names a row.
var rowTables = map[string]string{"visit": "id", "capture": "id", "finding": "id", "comment": "id", "assessment": "comment", "event": "id",
	"state_change": "id", "alert": "id", "delivery": "id", "post": "id"}

// look notes the rows that are committed now.
func (k *killing) look() {
	k.t.Helper()
	db := k.db()
	defer db.Close()
	for table, id := range rowTables {
		if k.seen[table] == nil {
			k.seen[table], k.upTo[table] = map[string]bool{}, "0"
		}
		for _, row := range queryRows(k.t, db, fmt.Sprintf(`SELECT rowid, %s FROM %s WHERE rowid > %s ORDER BY rowid`, id, table, k.upTo[table])) {
			var name string
			k.upTo[table], name, _ = strings.Cut(row, "|")
			k.seen[table][name] = true
		}
	}
}

// rest lets both installations come to rest and compares them.
func (k *killing) rest() {
	k.t.Helper()
	k.env = nil
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
	if code, took := k.stop(syscall.SIGTERM); code != 0 || took > 10*time.Second {
		k.t.Errorf("SIGTERM: exit %d after %v\n%s", code, took, k.out)
	}
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
		"alerts to be told":      `SELECT alert FROM alert_told WHERE delivery IS NULL`,
		"complaints to be told":  fmt.Sprintf(`SELECT count(*) FROM alert WHERE kind = 'complaint' HAVING count(*) <> %d`, k.letters),
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

// sweeps lets all evidence grow old and starts the program: what the kills left behind goes, and nothing else.
func (k *killing) sweeps() {
	k.t.Helper()
	dir, old := filepath.Join(k.dir, "data", "evidence"), time.Now().Add(-leftOverAge-time.Hour)
	named := map[string]bool{}
	for _, file := range k.rows(`SELECT file FROM capture WHERE file <> ''`) {
		named[file] = true
	}
	left := evidenceFiles(k.t, dir)
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
		for _, s := range in.rate(id, answers) {
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
	doubted := map[string]bool{}
	for _, row := range r.rows(`SELECT d.id, d.doubted, m.text FROM delivery d, json_each(d.alerts) j JOIN alert a ON a.id = j.value JOIN comment m ON m.id = a.ref`) {
		cells := strings.SplitN(row, "|", 3)
		of[letterIn.FindString(cells[2])], doubted[cells[0]] = cells[0], cells[1] == "1"
	}
	came := map[string]int{}
	for _, m := range r.slack.Messages() {
		letter := letterIn.Find(m.Raw)
		if !m.Taken || letter == nil {
			continue
		}
		id, marked := of[string(letter)], bytes.Contains(m.Raw, []byte(alerts.RepeatNote))
		if marked != doubted[id] && (marked || came[id] > 0) {
			t.Errorf("delivery %s: message %d marked as a repeat: %v, its answer was lost: %v", id, came[id]+1, marked, doubted[id])
		}
		if came[id]++; came[id] > 1 {
			repeats++
			if !marked {
				t.Errorf("delivery %s: message %d does not say that it is a repeat", id, came[id])
			}
		}
	}
	for letter, id := range of {
		if came[id] == 0 {
			t.Errorf("%s never came", letter)
		}
	}
	return repeats
}
