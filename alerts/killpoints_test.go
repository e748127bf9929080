package alerts

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/internal/fakeslack"
)

// march is a store in which one alert after another is raised, and a program that tells a stand-in for Slack of them and is
// killed, a process each time.
type march struct {
	t     *testing.T
	f     *fixture
	fake  *fakeslack.Server
	url   string
	bot   bool
	names []string // of the organisations, one an alert
	lost  int      // alerts told by a message whose answer nobody could read: once more each, at the most
}

// TestKilledAtEveryStep kills the program with SIGKILL at every named point of an alert's way, while the receiver answers as on
// bad days. Every alert arrives. It arrives a second time only where an answer was lost, and then says so. The order is kept.
func TestKilledAtEveryStep(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes")
	}
	for _, mode := range []string{"webhook", "bot"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			m := &march{t: t, f: newFixture(t, time.Now()), fake: &fakeslack.Server{Patience: time.Minute}, bot: mode == "bot"}
			m.f.close()
			server := httptest.NewServer(m.fake)
			t.Cleanup(server.Close)
			m.url = server.URL
			began := time.Now()
			for i := range killsAtStep {
				for _, point := range Points() {
					m.round(point, killAnswers[i%len(killAnswers)])
				}
				m.settle() // before more wait than one message shows
			}
			m.check()
			t.Logf("%d kills in %v, %d alerts, %d requests, the answers of %d lost", killsAtStep*len(Points()), time.Since(began).Round(time.Second),
				len(m.names), len(m.fake.Messages()), m.lost)
		})
	}
}

// round raises an alert, has the receiver answer the next request so, and lets the program live until it comes to the point.
func (m *march) round(point string, answer fakeslack.Answer) {
	m.t.Helper()
	name := fmt.Sprintf("org%04d", len(m.names))
	m.f.organisation(name)
	m.f.now = time.Now()
	m.f.change(name, "", "", audit.Open, audit.Closed)
	m.names = append(m.names, "Org "+name)
	if answer != fakeslack.OK && (point == AfterSend || point == BeforeMarkSent || point == AfterMark) {
		m.fake.Script(answer)
	}
	m.hasten()
	before := len(m.fake.Messages())
	c := m.start(point)
	end := time.AfterFunc(time.Minute, func() { _ = c.Process.Signal(syscall.SIGTERM) })
	_ = c.Wait()
	end.Stop()
	if s, ok := c.ProcessState.Sys().(syscall.WaitStatus); !ok || s.Signal() != syscall.SIGKILL {
		m.t.Fatalf("%s was not reached: %v", point, c.ProcessState)
	}
	for _, x := range m.fake.Messages()[before:] {
		if x.Taken && (point == AfterSend || point == BeforeMarkSent) || x.Answer == fakeslack.Cut || x.Answer == fakeslack.Gateway || x.Answer == fakeslack.Dropped {
			for _, name := range m.names {
				m.lost += min(strings.Count(string(x.Raw), name), 1) // of many that waited one message was made
			}
		}
	}
}

// hasten brings the repeats forward that wait a minute and more.
func (m *march) hasten() {
	m.f.exec(`UPDATE delivery SET next_at = ? WHERE next_at IS NOT NULL AND doubted`, stamp(time.Now()))
}

func (m *march) start(point string) *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childDir+"="+m.f.dir, childURL+"="+m.url, childDie+"="+point)
	if m.bot {
		c.Env = append(c.Env, childBot+"=yes")
	}
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		m.t.Fatal(err)
	}
	return c
}

// settle lets the program live until nothing waits.
func (m *march) settle() {
	m.t.Helper()
	c := m.start("")
	defer func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	}()
	until(m.t, "nothing waits", func() bool {
		m.hasten()
		time.Sleep(100 * time.Millisecond)
		return len(m.f.ask(`SELECT id, state FROM delivery WHERE state NOT IN ('sent') UNION ALL SELECT id, kind FROM event WHERE alert_marked_at IS NULL
			UNION ALL SELECT alert, receiver FROM alert_told WHERE delivery IS NULL`)) == 0
	})
}

// check reads what stands in the channel: by organisation, for no message tells of two of which one was told before.
func (m *march) check() {
	m.t.Helper()
	times, first := map[string]int{}, []string{}
	for _, x := range m.fake.Messages() {
		if !x.Taken || strings.Contains(x.Path, "chat.update") {
			continue
		}
		marked := strings.Contains(string(x.Raw), RepeatNote)
		for _, name := range m.names {
			if !strings.Contains(string(x.Raw), name) {
				continue
			}
			if times[name]++; times[name] > 1 && !marked {
				m.t.Errorf("%s was told again without a word of it", name)
			}
			if times[name] == 1 && !marked {
				first = append(first, name)
			}
		}
	}
	more := 0
	for _, name := range m.names {
		if times[name] == 0 {
			m.t.Errorf("%s was never told", name)
		}
		more += max(times[name]-1, 0)
	}
	if more > m.lost {
		m.t.Errorf("%d alerts came twice, and the answers of %d were lost", more, m.lost)
	}
	if !slices.IsSorted(first) {
		m.t.Errorf("out of order: %v", first)
	}
}
