package alerts

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"doorknock/audit"

	"doorknock/internal/fakeslack"
	"doorknock/store"
)

// Environment of the child process of the tests below.
const (
	childDir = "DOORKNOCK_TEST_ALERTS_DIR"
	childURL = "DOORKNOCK_TEST_ALERTS_URL"
	childBot = "DOORKNOCK_TEST_ALERTS_BOT" // not "": by bot token, else by webhook
	childDie = "DOORKNOCK_TEST_ALERTS_DIE" // the named point at which it kills itself when it first comes there
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := child(context.Background(), dir, os.Getenv(childURL)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m) // no test leaves a goroutine behind
}

// child tells all unmarked events until it is killed.
func child(ctx context.Context, dir, url string) error {
	db, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		return err
	}
	c := slackConfig(url)
	if os.Getenv(childBot) != "" {
		c = botConfig(url)
	}
	c.Route.GroupBy, c.Route.GroupWait = []string{"organisation"}, new(20*time.Millisecond)
	a, err := New(Options{Store: db, Config: c, Wording: wording, Reached: func(point string) {
		if point == os.Getenv(childDie) {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // not one step more
		}
	}})
	if err != nil {
		return err
	}
	events, err := db.Unmarked(ctx, store.AlertStage, time.Now().Add(time.Hour), 100)
	if err != nil {
		return err
	}
	for _, e := range events {
		if err := a.HandleEvent(ctx, e); err != nil {
			return err
		}
	}
	return a.Run(ctx)
}

// organisation writes one with a site, both of the name id.
func (f *fixture) organisation(id string) {
	f.t.Helper()
	f.exec(`INSERT INTO organisation (id, name, nation, sector, homes, website, predecessors, rp_code, parent, note, listed, recorded_at)
		SELECT ?1, 'Org '||?1, nation, sector, homes, website, predecessors, rp_code, parent, note, listed, recorded_at
		FROM organisation WHERE id = 'elm'`, id)
	f.exec(`INSERT INTO channel (id, organisation, platform, url, lane, confirmed, listed, due_at, moved_to, recorded_at)
		VALUES (?1,?1,'web','https://'||?1||'.test/',?1||'.test',1,1,?2,'',?2)`, id, stamp(f.now))
}

// TestKilledAtRandom kills the program with SIGKILL again and again. Every alert arrives at least once, and of its
// messages at most one does not say that it is a repeat.
func TestKilledAtRandom(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes")
	}
	const organisations, kills = 4, 20
	f := newFixture(t, time.Now())
	for i := range organisations {
		f.organisation(fmt.Sprintf("org%d", i))
		f.change(fmt.Sprintf("org%d", i), "", "", audit.Open, audit.Closed)
	}
	f.close()
	fake := &fakeslack.Server{Patience: 150 * time.Millisecond} // long enough to be killed between accepting and the answer
	fake.Script(fakeslack.Cut, fakeslack.Broken, fakeslack.Slow, fakeslack.Slow, fakeslack.Slow, fakeslack.Slow, fakeslack.Slow)
	server := httptest.NewServer(fake)
	defer server.Close()
	start := func() *exec.Cmd {
		c := exec.CommandContext(t.Context(), os.Args[0])
		c.Env = append(os.Environ(), childDir+"="+f.dir, childURL+"="+server.URL)
		c.Stderr = os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	kill := func(c *exec.Cmd) {
		_ = c.Process.Kill()
		_ = c.Wait()
	}
	for range kills {
		c := start()
		time.Sleep(time.Duration(rand.IntN(250)) * time.Millisecond) // the time of a kill is what is tried
		kill(c)
	}
	last := start()
	defer kill(last)
	told := func() map[string]int {
		unmarked := map[string]int{}
		for _, m := range fake.Messages() {
			if !m.Taken {
				continue
			}
			for i := range organisations {
				if name := fmt.Sprintf("Org org%d", i); strings.Contains(m.Text, name) {
					if _, seen := unmarked[name]; !seen || !strings.Contains(m.Text, RepeatNote) {
						unmarked[name]++
					}
				}
			}
		}
		return unmarked
	}
	until(t, "every alert arrived", func() bool { return len(told()) == organisations })
	for name, n := range told() {
		if n > 1 {
			t.Errorf("%s: %d messages that do not say they are repeats", name, n)
		}
	}
	t.Logf("%d alerts, %d kills, %d messages", organisations, kills, len(fake.Messages()))
}
