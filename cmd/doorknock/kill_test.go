package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

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

// killing is a trial that is killed again and again.
type killing struct {
	*trial
	seen   map[string]map[string]bool // by table, the ids of rows that a reader saw committed
	upTo   map[string]string          // by table, the rowid up to which they were read
	rested time.Time                  // the start of the last rest: no kill came after it
}

func newKilling(t *testing.T) *killing {
	t.Helper()
	where := openTown(t, town.Old())
	k := &killing{trial: newTrial(t, where, where), seen: map[string]map[string]bool{}, upTo: map[string]string{}}
	k.built = faulty
	k.flags = []string{"--tick", "100ms", "--ack-wait", "300ms"}
	k.begin()
	k.kill()
	return k
}

// round starts the program and lets it live until its kill.
func (k *killing) round(r round) {
	k.t.Helper()
	const patience = slower * 30 * time.Second // of a loaded machine
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
