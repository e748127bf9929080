package pipeline

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// childEnv names the folder in which a copy of the test program works until it is killed, and patienceEnv how long its queue waits for
// a word about what it has given out.
const (
	childEnv    = "DOORKNOCK_PIPELINE_CHILD"
	patienceEnv = "DOORKNOCK_PIPELINE_ACK_WAIT"
)

// hurried is the patience of a program that is soon killed: what it had in hand is soon offered to the next.
const hurried = 200 * time.Millisecond

// child runs all stages in the folder, as the program does.
func child(dir string) {
	ctx := context.Background()
	keys, err := audit.NewKeys([]byte("0123456789abcdef0123456789abcdef"))
	orExit(err)
	log := quiet()
	db, err := store.Open(ctx, store.Options{Dir: filepath.Join(dir, "db"), ConfirmAfter: time.Hour, Interval: time.Hour, Log: log})
	orExit(err)
	patience, err := time.ParseDuration(os.Getenv(patienceEnv))
	orExit(err)
	broker, err := Open(ctx, Options{Dir: filepath.Join(dir, "queue"), AckWait: patience, Log: log})
	orExit(err)
	fmt.Println("ready")
	parts := Parts{
		Broker: broker, Keys: keys, DB: db, Checks: checks(), Every: 20 * time.Millisecond, Log: log, Hands: 3,
		Visit: func(_ context.Context, job audit.Job) (audit.Visit, error) {
			time.Sleep(10 * time.Millisecond)
			return seen(job), nil
		},
		Assess: func(audit.Stream, string) audit.Assessment {
			return audit.Assessment{Urgency: "none", Lang: "en", Model: "test"}
		},
		Rate: func(audit.Organisation, []store.ScoreInput, time.Time) []audit.Score {
			return []audit.Score{{Part: "door", Method: 1}}
		},
		Alert: func(ctx context.Context, e audit.Event) error {
			return db.MarkEvent(ctx, store.AlertStage, e.ID, time.Now())
		},
	}
	orExit(Run(ctx, log, parts.Stages()...))
}

func orExit(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// Killed at any moment, again and again, the program ends with the same rows as one that was left in peace.
func TestKilled(t *testing.T) {
	const channels = 40
	hosts := make([]string, channels)
	for i := range hosts {
		hosts[i] = fmt.Sprintf("h%d.example", i)
	}
	r := newRig(t, hosts...)
	r.close()
	kills := 20
	if testing.Short() {
		kills = 5
	}
	for range kills {
		runChild(t, r.dir, time.Duration(rand.IntN(150))*time.Millisecond, hurried)
	}
	settledAsOnce(t, r, channels)
}

// settledAsOnce lets the program work until nothing is left to do, and wants the rows that one run in peace would leave. What a slow
// machine does not get done in one run gets a longer one, and more patience.
func settledAsOnce(t *testing.T, r *rig, channels int) {
	t.Helper()
	r.open()
	left := len(r.due())
	r.close()
	t.Logf("%d of %d channels still due", left, channels)
	for done, turn := false, time.Duration(1); !done; turn++ {
		if turn > 20 {
			r.open()
			r.tellQueue()
			t.Fatalf("not settled in %d runs after the last kill: %d due, unmarked %d %d", turn-1, len(r.due()), len(r.unmarked(ConsumerScore)), len(r.unmarked(ConsumerAlert)))
		}
		runChild(t, r.dir, turn*2*time.Second, turn*hurried)
		r.open()
		done = len(r.due()) == 0 && len(r.unmarked(ConsumerScore)) == 0 && len(r.unmarked(ConsumerAlert)) == 0
		r.close()
	}
	db, err := sql.Open("sqlite3", filepath.Join(r.dir, "db", "doorknock.db"))
	must(t, err)
	defer func() { must(t, db.Close()) }()
	for query, want := range map[string]string{
		`SELECT count(*) FROM visit`:                         fmt.Sprint(channels),
		`SELECT count(*) FROM finding`:                       fmt.Sprint(channels),
		`SELECT count(*) FROM comment`:                       fmt.Sprint(channels),
		`SELECT count(*) FROM assessment`:                    fmt.Sprint(channels),
		`SELECT count(*) FROM score`:                         fmt.Sprint(channels),
		`SELECT count(*) FROM event WHERE kind = 'assessed'`: fmt.Sprint(channels),
		`SELECT count(DISTINCT channel) FROM visit WHERE id IN (SELECT visit FROM finding)`: fmt.Sprint(channels),
		`PRAGMA integrity_check`: "ok",
	} {
		var got string
		must(t, db.QueryRow(query).Scan(&got))
		if got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

// runChild starts the program, lets it work for a while after it says that it is ready, and kills it.
func runChild(t *testing.T, dir string, after, patience time.Duration) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childEnv+"="+dir, patienceEnv+"="+patience.String())
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	line, _ := bufio.NewReader(out).ReadString('\n')
	if line != "ready\n" {
		t.Errorf("the child says %q", line)
	}
	time.Sleep(after)
	must(t, c.Process.Kill())
	_ = c.Wait()
}
