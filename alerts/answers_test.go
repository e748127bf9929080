package alerts

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/internal/fakeslack"
	"doorknock/internal/servers"
	"doorknock/store"
)

// outcome is what an answer leaves behind.
type outcome struct {
	lost      bool // nobody can say whether the message was taken
	permanent bool // trying again cannot help
}

// answers is every way in which the stand-in answers, with what follows by robustness.md section 4.
var answers = map[fakeslack.Answer]outcome{
	fakeslack.OK:       {},
	fakeslack.TooMany:  {},
	fakeslack.Broken:   {},
	fakeslack.HTML:     {},
	fakeslack.Slow:     {lost: true},
	fakeslack.Cut:      {lost: true},
	fakeslack.Dropped:  {lost: true},
	fakeslack.Gateway:  {lost: true},
	fakeslack.Refused:  {permanent: true},
	fakeslack.Archived: {permanent: true},
	fakeslack.NotOK:    {permanent: true},

	fakeslack.NotOKFor("not_in_channel"):      {permanent: true},
	fakeslack.NotOKFor("invalid_auth"):        {permanent: true},
	fakeslack.NotOKFor("account_inactive"):    {permanent: true},
	fakeslack.NotOKFor("msg_too_long"):        {permanent: true},
	fakeslack.NotOKFor("invalid_blocks"):      {permanent: true},
	fakeslack.NotOKFor("ratelimited"):         {},
	fakeslack.NotOKFor("service_unavailable"): {},
	fakeslack.NotOKFor("internal_error"):      {lost: true},
	fakeslack.NotOKFor("an_error_of_2031"):    {},
}

// errKilled is the panic that stands for SIGKILL: nothing after it runs, and what was committed stays.
var errKilled = errors.New("killed")

// shift is one delivery and its sender, on a clock that the test moves. Whoever is killed is followed by another.
type shift struct {
	t       *testing.T
	f       *fixture
	address string
	now     time.Time
	dieAt   string // once
	slow    bool   // an answer never comes
}

// sender makes an Alerter as a start of the program does.
func (s *shift) sender() (*Alerter, *outlet) {
	s.t.Helper()
	a, err := New(Options{Store: s.f.db, Config: slackConfig(s.address), Wording: wording, Now: func() time.Time { return s.now },
		Reached: func(point string) {
			if point == s.dieAt {
				s.dieAt = ""
				panic(errKilled)
			}
		}})
	if err != nil {
		s.t.Fatal(err)
	}
	if s.slow { // any other answer comes, however busy the machine is
		a.receivers["team"].receiver.(*slackHook).transport.(*http.Transport).ResponseHeaderTimeout = 100 * time.Millisecond
	}
	return a, a.receivers["team"]
}

// step makes one attempt and reports whether the sender was killed in it.
func (s *shift) step(a *Alerter, o *outlet) (killed bool) {
	s.t.Helper()
	defer func() {
		if p := recover(); p != nil {
			killed = true
		}
	}()
	if _, err := a.deliver(s.t.Context(), o); err != nil {
		s.t.Fatal(err)
	}
	return false
}

// work sends until nothing is left to send, at the times that the sender itself names.
func (s *shift) work(reopen bool) store.Delivery {
	s.t.Helper()
	a, o := s.sender()
	for range 20 {
		if s.step(a, o) {
			a, o = s.sender()
			if reopen { // as Run does
				if err := s.f.db.ReopenDeliveries(s.t.Context(), s.now); err != nil {
					s.t.Fatal(err)
				}
			}
		}
		d := s.f.deliveries(s.t.Context())[0]
		if d.NextAt.IsZero() {
			return d
		}
		s.now = s.now.Add(max(d.NextAt.Sub(s.now), 2*time.Second))
	}
	s.t.Fatal("it never ends")
	return store.Delivery{}
}

// TestEveryAnswerAndEveryDeath gives a delivery every answer there is, and kills its sender at every step on the way.
// The alert arrives; a second time only where the answer was lost, and then it says so; what was refused for good is
// dead, with its reason.
func TestEveryAnswerAndEveryDeath(t *testing.T) {
	for answer, is := range answers {
		for _, point := range []string{"", BeforeSend, AfterSend, BeforeMarkSent} {
			if point != "" && strings.Contains(string(answer), ":") {
				continue // a death does not ask which error it was
			}
			t.Run(string(answer)+" "+point, func(t *testing.T) { answerAndDeath(t, answer, is, point, true) })
			if point == BeforeMarkSent { // not killed: the end could not be written
				t.Run(string(answer)+" unwritten", func(t *testing.T) { answerAndDeath(t, answer, is, point, false) })
			}
		}
	}
}

func answerAndDeath(t *testing.T, answer fakeslack.Answer, is outcome, point string, reopen bool) {
	t.Parallel()
	fake := &fakeslack.Server{}
	fake.Script(answer)
	server := httptest.NewServer(fake)
	defer server.Close()
	s := &shift{t: t, f: newFixture(t, time.Now()), address: server.URL, now: time.Now(), dieAt: point, slow: answer == fakeslack.Slow}
	a, _ := s.sender()
	handle(t, a, s.f.change("elm", "", "", audit.Open, audit.Closed))
	d := s.work(reopen)
	var taken, unmarked int
	for _, m := range fake.Messages() {
		marked := strings.Contains(string(m.Raw), RepeatNote)
		if m.Taken {
			if taken++; taken > 1 && !marked {
				t.Error("came again without saying so")
			}
			if !marked {
				unmarked++
			}
		}
	}
	lost := is.lost || point == AfterSend || point == BeforeMarkSent
	switch {
	case is.permanent && (point == "" || point == BeforeSend):
		if d.State != store.DeliveryDead || taken > 0 || d.LastError == "" {
			t.Errorf("refused for good: %+v, taken %d times", d, taken)
		}
		return
	case d.State != store.DeliverySent || taken == 0:
		t.Errorf("ended as %+v, taken %d times", d, taken)
	case taken > 1 && !lost:
		t.Errorf("taken %d times though no answer was lost", taken)
	}
	if doubt := lost || point == BeforeSend; d.Doubted != doubt {
		t.Errorf("doubted %v, want %v: %s", d.Doubted, doubt, d.LastError)
	}
	if !lost && point == "" && unmarked != taken {
		t.Error("says that it is a repeat, and is none")
	}
}

// A receiver that takes the message and is gone, with the answer, is told again when it is back, as a repeat.
func TestAcceptAndDie(t *testing.T) {
	fake := &fakeslack.Server{}
	fake.Script(fakeslack.Cut)
	address := fmt.Sprintf("127.0.0.1:%d", servers.Port(t)) // to which it comes back
	server := serveAt(t, address, fake)
	s := &shift{t: t, f: newFixture(t, time.Now()), address: server.URL, now: time.Now()}
	a, o := s.sender()
	handle(t, a, s.f.change("elm", "", "", audit.Open, audit.Closed))
	s.step(a, o)
	server.Close()
	for range 3 { // nobody is there: surely not delivered, and the doubt of the first attempt stays
		s.now = s.f.deliveries(t.Context())[0].NextAt.Add(time.Second)
		s.step(a, o)
	}
	if d := s.f.deliveries(t.Context())[0]; d.State != store.DeliveryQueued || !d.Doubted || d.Attempts != 4 {
		t.Errorf("while it is away: %+v", d)
	}
	back := serveAt(t, address, fake)
	defer back.Close()
	s.now = s.now.Add(time.Hour)
	if d := s.work(true); d.State != store.DeliverySent {
		t.Errorf("when it is back: %+v", d)
	}
	all := fake.Messages()
	if len(all) != 2 || strings.Contains(string(all[0].Raw), RepeatNote) || !strings.Contains(string(all[1].Raw), RepeatNote) {
		t.Errorf("%d messages, want one and its repeat", len(all))
	}
}

// A late answer within the limit is an answer.
func TestLateAnswer(t *testing.T) {
	fake := &fakeslack.Server{Patience: 50 * time.Millisecond}
	fake.Script(fakeslack.Slow)
	hook, _ := hookAt(t, fake)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := hook.Send(ctx, oneAlert); err != nil {
		t.Error(err)
	}
}

// An answer whose end is missing tells nothing.
func TestHalfAnAnswer(t *testing.T) {
	for _, half := range []string{"", `{"ok":fal`, `{"ok":tr`} {
		hook, _ := hookAt(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "40")
			_, _ = fmt.Fprint(w, half)
			panic(http.ErrAbortHandler)
		}))
		if err := hook.Send(t.Context(), oneAlert); class(err) != "uncertain" {
			t.Errorf("%q: %v is %s, want uncertain", half, err, class(err))
		}
	}
	for _, whole := range []string{`{"ok": false, "error": "invalid_auth"}`, "{\n\"ok\" : false,\n\"error\":\"is_archived\"}"} {
		hook, _ := hookAt(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, whole) }))
		if err := hook.Send(t.Context(), oneAlert); class(err) != "permanent" {
			t.Errorf("%q: %v is %s, want permanent", whole, err, class(err))
		}
	}
}

// A delivery whose answer is lost every time is tried for three days, each time as a repeat, and then given up.
func TestGivenUpAfterThreeDays(t *testing.T) {
	fake := &fakeslack.Server{}
	var script []fakeslack.Answer
	for range 40 {
		script = append(script, fakeslack.Cut)
	}
	fake.Script(script...)
	server := httptest.NewServer(fake)
	defer server.Close()
	s := &shift{t: t, f: newFixture(t, time.Now()), address: server.URL, now: time.Now()}
	a, _ := s.sender()
	handle(t, a, s.f.change("elm", "", "", audit.Open, audit.Closed))
	began := s.now
	d := s.work(true)
	if d.State != store.DeliveryDead || s.now.Sub(began) > giveUp || s.now.Sub(began) < giveUp-lastDoubt {
		t.Errorf("given up after %v: %+v", s.now.Sub(began), d)
	}
	for i, m := range fake.Messages() {
		if strings.Contains(string(m.Raw), RepeatNote) != (i > 0) {
			t.Errorf("message %d of %d: marked wrongly", i+1, len(fake.Messages()))
		}
	}
	t.Logf("%d attempts in three days", len(fake.Messages()))
}

func serveAt(t *testing.T, address string, h http.Handler) *httptest.Server {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(h)
	_ = server.Listener.Close()
	server.Listener = l
	server.Start()
	return server
}
