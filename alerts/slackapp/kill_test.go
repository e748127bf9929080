package slackapp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorknock/alerts"
	"doorknock/alerts/slackapp"
	"doorknock/internal/fakeslack"
	"doorknock/store"
)

// Environment of the child process of the test below.
const (
	childDir = "DOORKNOCK_TEST_SLACKAPP_DIR"
	childURL = "DOORKNOCK_TEST_SLACKAPP_URL"
	childDie = "DOORKNOCK_TEST_SLACKAPP_DIE" // the named point at which it kills itself when it first comes there
)

// child listens to the stand-in until it is killed, beside the test's own look at the database.
func child(ctx context.Context, dir string) error {
	db, err := store.Open(ctx, store.Options{Dir: dir, Beside: true})
	if err != nil {
		return err
	}
	o := slackapp.Options{Receiver: "team", Bot: "xoxb-canary", App: "xapp-canary", API: os.Getenv(childURL) + "/api/", Store: db, Reached: dieAt}
	o.Wording.Base = "http://127.0.0.1:8080"
	app, err := slackapp.New(ctx, o)
	if err != nil {
		return err
	}
	app.Hurry(20)
	return app.Run(ctx, paper(filepath.Join(dir, told)))
}

func dieAt(point string) {
	if point == os.Getenv(childDie) {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // not one step more
	}
}

// beforeTell is a point of the test's own: the subscription is written, and the channel was not told.
const beforeTell = "before_tell"

// told is the file in which the child writes what channels are told.
const told = "told"

// paper stands in for the alerter: it writes down what a channel is told.
type paper string

func (p paper) Changed(context.Context, []string) {}

func (p paper) Tell(_ context.Context, _, channel string, m alerts.Message) error {
	dieAt(beforeTell)
	f, err := os.OpenFile(string(p), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, channel, m.Items[0].Lines[0].Plain())
	return errors.Join(err, f.Close())
}

// siege is an app that is killed, a process each time, while people press and type.
type siege struct {
	*rig
	n     int
	acked []string       // alerts that were taken on
	wrong []string       // alerts that were called wrong
	asked map[string]int // of each kind
	twice map[string]int // answers that may come again, by trigger
	all   []string       // triggers
}

// TestAsksKilledAtEveryStep kills the program at every named point of the way of what is asked in Slack: a press on Acknowledge,
// Snooze, This is wrong, and the commands subscribe and silence. Slack sends again what it was not told of. All is done, nothing twice;
// whoever asked is answered, twice only where the answer had been sent before the kill; a channel that subscribed is told.
func TestAsksKilledAtEveryStep(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes")
	}
	began := time.Now()
	s := &siege{rig: newRig(t, slackapp.Options{}), asked: map[string]int{}, twice: map[string]int{}}
	kinds := []string{"ack", "snooze", "wrong", "subscribe", "silence"}
	for i := range killsAtAsk {
		for j, point := range slackapp.Points() {
			s.round(point, kinds[(i+j)%len(kinds)])
		}
		s.round(beforeTell, "subscribe")
	}
	s.check()
	t.Logf("%d kills in %v", killsAtAsk*(1+len(slackapp.Points())), time.Since(began).Round(time.Second))
}

// round has something asked, the program killed at the point, and started again until all is done.
func (s *siege) round(point, kind string) {
	s.t.Helper()
	trigger, envelope, payload := s.ask(kind)
	first := s.start(point)
	id := s.hand(envelope, payload)
	end := time.AfterFunc(time.Minute, func() { _ = first.Process.Signal(syscall.SIGTERM) })
	_ = first.Wait()
	end.Stop()
	if w, ok := first.ProcessState.Sys().(syscall.WaitStatus); !ok || w.Signal() != syscall.SIGKILL {
		s.t.Fatalf("%s of %s was not reached: %v", point, kind, first.ProcessState)
	}
	second := s.start("")
	defer func() {
		_ = second.Process.Kill()
		_ = second.Wait()
	}()
	if !slices.Contains(s.slack.Seen().Acked, id) {
		id = s.hand(envelope, payload)
	} else {
		s.connected()
	}
	s.wait("not acknowledged", func(seen fakeslack.Seen) bool { return slices.Contains(seen.Acked, id) })
	s.done()
	if point == slackapp.AfterAnswer {
		s.twice[trigger]++
	}
}

// ask makes what a person does next.
func (s *siege) ask(kind string) (trigger, envelope string, payload map[string]any) {
	s.n++
	s.asked[kind]++
	trigger = fmt.Sprintf("%s-%d", kind, s.n)
	s.all = append(s.all, trigger)
	press := func(action alerts.SlackAction) (string, string, map[string]any) {
		id := s.alert(store.AlertComplaint, "elm", trigger, "normal")
		switch action {
		case alerts.SlackAck:
			s.acked = append(s.acked, id)
		case alerts.SlackWrong:
			s.wrong = append(s.wrong, id)
		}
		return trigger, "interactive", s.slack.Press(s.at, trigger, string(action), s.value(action, id))
	}
	switch kind {
	case "ack":
		return press(alerts.SlackAck)
	case "snooze":
		return press(alerts.SlackSnooze)
	case "wrong":
		return press(alerts.SlackWrong)
	case "subscribe":
		return trigger, "slash_commands", s.slack.Command(s.at, trigger, fmt.Sprintf("subscribe check=question_%d", s.n))
	}
	return trigger, "slash_commands", s.slack.Command(s.at, trigger, fmt.Sprintf("silence organisation=elm kind=change 2h reason %d", s.n))
}

func (s *siege) start(point string) *exec.Cmd {
	s.wait("the connection of the dead stands", func(seen fakeslack.Seen) bool { return seen.Connected == 0 })
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childDir+"="+s.home, childURL+"="+s.at, childDie+"="+point)
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *siege) connected() {
	s.t.Helper()
	s.wait("no connection", func(seen fakeslack.Seen) bool { return seen.Connected == 1 })
}

// hand sends what is asked down the connection, once there is one.
func (s *siege) hand(envelope string, payload map[string]any) string {
	s.t.Helper()
	s.connected()
	id, err := s.slack.Envelope(envelope, payload)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// check reads what has become of it all.
func (s *siege) check() {
	s.t.Helper()
	ctx := s.t.Context()
	answers := map[string]int{}
	for _, a := range s.slack.Seen().Answers {
		answers[a.To]++
	}
	for _, trigger := range s.all {
		if n := answers[trigger]; n < 1 || n > 1+s.twice[trigger] {
			s.t.Errorf("%s was answered %d times", trigger, n)
		}
	}
	for _, id := range s.acked {
		if a, err := s.db.AlertRaised(ctx, id); err != nil || a.AckedBy != "sam (Slack)" {
			s.t.Errorf("not taken on: %+v, %v", a, err)
		}
	}
	wrong, err := s.db.SaidWrong(ctx, time.Time{})
	if err != nil || len(wrong) != len(s.wrong) {
		s.t.Errorf("%d were called wrong, want %d: %v", len(wrong), len(s.wrong), err)
	}
	silences, err := s.db.Silences(ctx, time.Time{})
	if want := s.asked["snooze"] + s.asked["silence"]; err != nil || len(silences) != want {
		s.t.Errorf("%d silences, want %d: %v", len(silences), want, err)
	}
	subscriptions, err := s.db.SlackSubscriptions(ctx)
	want := s.asked["subscribe"]
	if err != nil || len(subscriptions) != want {
		s.t.Errorf("%d subscriptions, want %d: %v", len(subscriptions), want, err)
	}
	said, err := os.ReadFile(filepath.Join(s.home, told))
	if lines := bytes.Count(said, []byte("\n")); err != nil || lines < want || strings.Count(string(said), "because sam (Slack) asked") != lines {
		s.t.Errorf("channels were told %q, %v", said, err)
	}
}
