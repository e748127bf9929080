package alerts

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/store"
)

// desk is a receiver that answers by a script and keeps what it took.
type desk struct {
	mu     sync.Mutex
	script []error
	sent   []sentMessage
	refs   []string  // of the alerts that it took, in order
	tries  int       // requests
	down   time.Time // until then it takes nothing
	chokes string    // a message that begins with this alert's ref it never takes
}

type sentMessage struct {
	At       time.Duration // since the desk's first day began
	Title    string
	Items    int
	Repeat   bool
	Reminder bool
	Escalate bool
	Resolved bool
}

var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // where synctest's clock begins

// Send takes or refuses by the script; an uncertain message was taken.
func (d *desk) Send(_ context.Context, m Message) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var err error
	if len(d.script) > 0 {
		err, d.script = d.script[0], d.script[1:]
	}
	d.tries++
	if time.Now().Before(d.down) || d.chokes != "" && m.Items[0].Alert.Ref == d.chokes {
		err = errors.New("down")
	}
	if err == nil || errors.Is(err, ErrUncertain) {
		for _, i := range m.Items {
			d.refs = append(d.refs, i.Alert.Ref)
		}
		d.sent = append(d.sent, sentMessage{time.Since(start), m.Title.Plain(), len(m.Items), m.Repeat, m.Reminder, m.Escalate, m.Resolved})
	}
	return err
}

func (d *desk) taken() []sentMessage {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]sentMessage(nil), d.sent...)
}

// office is an Alerter that sends everything to one desk.
func office(t *testing.T, f *fixture, route RouteConfig) (*Alerter, *desk) {
	t.Helper()
	return deskOf(t, f, route, ReceiverConfig{Name: "desk", Log: &LogConfig{}})
}

func deskOf(t *testing.T, f *fixture, route RouteConfig, c ReceiverConfig) (*Alerter, *desk) {
	t.Helper()
	route.Receiver = "desk"
	a, err := New(Options{Store: f.db, Config: Config{Complaints: ComplaintsEach, Route: route, Receivers: []ReceiverConfig{c}}})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{}
	a.receivers["desk"].receiver = d
	return a, d
}

func handle(t *testing.T, a *Alerter, events ...audit.Event) {
	t.Helper()
	for _, e := range events {
		if err := a.HandleEvent(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

// running runs the Alerter for a time on the bubble's clock.
func running(t *testing.T, a *Alerter, d time.Duration, during ...func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	for _, do := range during {
		do()
	}
	time.Sleep(d)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func seconds(n int) *time.Duration { d := time.Duration(n) * time.Second; return &d }

func TestGroupWaitsAndThenKeepsItsInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		a, d := office(t, f, RouteConfig{})
		running(t, a, 10*time.Minute, func() {
			handle(t, a, f.change("elm", "", "", audit.Open, audit.Closed))
			time.Sleep(10 * time.Second)
			handle(t, a, f.comment(said{visit: f.visit("elm", false), channel: "elm", complaint: true}), // joins
				f.change("oak", "", "", audit.Closed, audit.Open)) // another organisation: a group of its own
			time.Sleep(60 * time.Second)
			handle(t, a, f.comment(said{visit: f.visit("elm", false), channel: "elm", complaint: true})) // waits for the interval
		})
		want := []sentMessage{
			{At: 30 * time.Second, Title: "Elm Homes: 2 alerts", Items: 2},
			{At: 40 * time.Second, Title: "Oak Homes: a door opened", Items: 1},
			{At: 330 * time.Second, Title: "Elm Homes: a comment read as a complaint", Items: 1},
		}
		if diff := cmp.Diff(want, d.taken()); diff != "" {
			t.Error(diff)
		}
		if n := f.unmarked(); n != 0 {
			t.Errorf("%d events unmarked", n)
		}
		f.close()
	})
}

func TestReminderUntilAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		a, d := office(t, f, RouteConfig{GroupWait: seconds(0), RepeatInterval: seconds(3600)})
		running(t, a, 5*time.Hour, func() {
			e := f.comment(said{visit: f.visit("elm", false), channel: "elm", complaint: true})
			handle(t, a, e)
			time.Sleep(150 * time.Minute)
			f.comment(said{visit: f.visit("elm", false), channel: "elm", parent: e.Ref, by: audit.AuthorOrganisation})
		})
		title := "Elm Homes: a comment read as a complaint"
		want := []sentMessage{{Title: title, Items: 1}, {At: time.Hour, Title: title, Items: 1, Reminder: true},
			{At: 2 * time.Hour, Title: title, Items: 1, Reminder: true}}
		if diff := cmp.Diff(want, d.taken()); diff != "" {
			t.Error(diff)
		}
		f.close()
	})
}

func TestWhatIsWorthAnAlert(t *testing.T) {
	now := time.Date(2026, 11, 12, 12, 0, 0, 0, time.UTC)
	f := newFixture(t, now)
	fresh, first := f.visit("elm", false), f.visit("elm", true)
	both := f.visit("elm", false)
	whole := f.change("elm", "", both, audit.Open, audit.Closed)
	part := f.change("elm", "https://elm.test/post", both, audit.Open, audit.Closed)
	undone := f.change("elm", "", "", audit.Open, audit.Absent)
	f.exec(`UPDATE state_change SET withdrawn_at = ? WHERE id = ?`, stamp(now), undone.Ref)
	gas := `[{"id":"gas","affirmed":true,"context":"affirmed"},{"id":"gas","affirmed":true},{"id":"fire","affirmed":false,"context":"negated"}]`
	danger := `[{"id":"self_harm","kind":"private","affirmed":true,"context":"affirmed"}]`
	noGas := `[{"id":"gas","affirmed":false,"context":"negated"}]`
	for _, tt := range []struct {
		name  string
		event audit.Event
		want  string
	}{
		{"complaint", f.comment(said{visit: fresh, channel: "elm", complaint: true, at: now.Add(-time.Hour)}), "complaint normal"},
		{"complaint without a time", f.comment(said{visit: fresh, channel: "elm", complaint: true}), "complaint normal"},
		{"danger without complaint", f.comment(said{visit: fresh, channel: "elm", hazards: gas, urgency: "urgent"}), "hazard urgent"},
		{"danger denied", f.comment(said{visit: fresh, channel: "elm", hazards: noGas}), ""},
		{"no complaint", f.comment(said{visit: fresh, channel: "elm"}), ""},
		{"the organisation's own", f.comment(said{visit: fresh, channel: "elm", complaint: true, by: audit.AuthorOrganisation}), ""},
		{"a person in danger", f.comment(said{visit: fresh, channel: "elm", complaint: true, hazards: danger, urgency: "urgent"}), "private urgent"},
		{"a person in danger, a week ago, at a first look", f.comment(said{visit: first, channel: "elm", hazards: danger, urgency: "urgent", at: now.Add(-7 * 24 * time.Hour)}), "private urgent"},
		{"a person in danger, long ago", f.comment(said{visit: f.visit("elm", true), channel: "elm", hazards: danger, urgency: "urgent", at: now.Add(-40 * 24 * time.Hour)}), "backlog none"},
		{"a duty", f.comment(said{visit: fresh, channel: "elm", hazards: `[{"id":"eviction","kind":"duty","affirmed":true}]`}), "complaint normal"},
		{"old", f.comment(said{visit: fresh, channel: "elm", complaint: true, at: now.Add(-25 * time.Hour)}), "backlog none"},
		{"first look", f.comment(said{visit: first, channel: "elm", complaint: true, at: now}), "backlog none"},
		{"first look again", f.comment(said{visit: first, channel: "elm", complaint: true, at: now}), ""}, // the visit has its alert
		{"door", whole, "change normal"},
		{"post beside its door", part, ""},
		{"post alone", f.change("elm", "https://elm.test/other", "", audit.Closed, audit.Open), "change none"},
		{"withdrawn", undone, ""},
		{"erased", f.event(audit.EventAssessed, "elm", "", "gone"), ""},
		{"not told", f.event(audit.EventComments, "elm", "", fresh), ""},
	} {
		a, err := New(Options{Store: f.db, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		before := f.alerts()
		handle(t, a, tt.event, tt.event) // an event comes twice
		var got string
		for id, what := range f.alerts() {
			if before[id] == "" {
				got += what
			}
		}
		if got != tt.want {
			t.Errorf("%s: raised %q, want %q", tt.name, got, tt.want)
		}
	}
	if n := f.unmarked(); n != 0 {
		t.Errorf("%d events unmarked", n)
	}
}

func TestHowADeliveryEnds(t *testing.T) {
	down := errors.New("refused")
	for _, tt := range []struct {
		name   string
		script []error
		want   []sentMessage
		state  store.DeliveryState
	}{
		{"at once", nil, []sentMessage{{At: 0}}, store.DeliverySent},
		{"surely not delivered, twice", []error{down, down}, []sentMessage{{At: 6 * time.Second}}, store.DeliverySent},
		{"asked to wait", []error{&RetryAfter{After: 90 * time.Second, Err: down}}, []sentMessage{{At: 90 * time.Second}}, store.DeliverySent},
		{"answer lost", []error{ErrUncertain}, []sentMessage{{At: 0}, {At: time.Minute, Repeat: true}}, store.DeliverySent},
		{"answer lost, then refused", []error{ErrUncertain, down}, []sentMessage{{At: 0}, {At: time.Minute + 4*time.Second, Repeat: true}}, store.DeliverySent},
		{"for good", []error{fmt.Errorf("%w: no such channel", ErrPermanent)}, nil, store.DeliveryDead},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, time.Now())
				a, d := office(t, f, RouteConfig{GroupWait: seconds(0)})
				a.idle = 10 * time.Minute // what is due names its own time
				d.script = tt.script
				running(t, a, time.Hour, func() { handle(t, a, f.change("elm", "", "", audit.Open, audit.Closed)) })
				got := d.taken()
				for i := range got {
					got[i].Title, got[i].Items = "", 0
					got[i].At = roundUp(got[i].At, tt.want, i)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Error(diff)
				}
				if list := f.deliveries(t.Context()); len(list) != 1 || list[0].State != tt.state {
					t.Errorf("deliveries: %+v", list)
				}
				f.close()
			})
		})
	}
}

// roundUp takes a time that chance made up to a fifth shorter as the wanted one.
func roundUp(got time.Duration, want []sentMessage, i int) time.Duration {
	if i < len(want) && got <= want[i].At && got >= want[i].At*4/5-time.Second {
		return want[i].At
	}
	return got
}

func TestOneMessageASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		a, d := office(t, f, RouteConfig{GroupWait: seconds(0), GroupBy: []string{"organisation", "kind"}})
		handle(t, a, f.change("elm", "", "", audit.Open, audit.Closed), f.change("oak", "", "", audit.Open, audit.Closed),
			f.comment(said{visit: f.visit("elm", false), channel: "elm", complaint: true}))
		running(t, a, time.Minute)
		var times []time.Duration
		for _, m := range d.taken() {
			times = append(times, m.At)
		}
		if diff := cmp.Diff([]time.Duration{0, time.Second, 2 * time.Second}, times); diff != "" {
			t.Error(diff)
		}
		f.close()
	})
}

// TestKilledAnywhere stops between any two steps, as a kill does, and begins again: every alert arrives, and a
// second message is marked as a repeat.
func TestKilledAnywhere(t *testing.T) {
	ctx := t.Context()
	for step := range 5 {
		t.Run(fmt.Sprint(step), func(t *testing.T) {
			f := newFixture(t, time.Now())
			a, d := office(t, f, RouteConfig{GroupWait: seconds(0)})
			e := f.change("elm", "", "", audit.Open, audit.Closed)
			steps := []func(){
				func() { handle(t, a, e) },
				func() {
					if _, err := a.flushDue(ctx); err != nil {
						t.Fatal(err)
					}
				},
				func() {
					if err := f.db.BeginDelivery(ctx, f.deliveries(ctx)[0].ID, time.Now()); err != nil {
						t.Fatal(err)
					}
				},
				func() { _ = d.Send(ctx, Message{Items: make([]Item, 1)}) }, // accepted; the mark is never written
			}
			for _, do := range steps[:step] {
				do()
			}
			f.close()
			f.open()
			again, d2 := office(t, f, RouteConfig{GroupWait: seconds(0)})
			handle(t, again, e, e)
			if err := again.store.ReopenDeliveries(ctx, time.Now()); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if _, err := again.flushDue(ctx); err != nil {
					t.Fatal(err)
				}
				o := again.receivers["desk"]
				if _, err := again.deliver(ctx, o); err != nil {
					t.Fatal(err)
				}
			}
			got := d2.taken()
			if len(got) != 1 || got[0].Items != 1 || got[0].Repeat != (step >= 3) {
				t.Errorf("after the restart: %+v", got)
			}
			if list := f.deliveries(ctx); len(list) != 1 || list[0].State != store.DeliverySent {
				t.Errorf("deliveries: %+v", list)
			}
		})
	}
}

func TestReceiverTakenOutOfTheConfig(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		a, d := office(t, f, RouteConfig{})
		handle(t, a, f.change("elm", "", "", audit.Open, audit.Closed))
		soon, _ := office(t, f, RouteConfig{GroupWait: seconds(0)})
		handle(t, soon, f.change("oak", "", "", audit.Open, audit.Closed))
		for i, n := range []int{1, 2} { // what was queued is given up at the start, what waited when it is due
			a.receivers = map[string]*outlet{}
			running(t, a, time.Second+time.Duration(i)*time.Minute)
			dead := 0
			for _, x := range f.deliveries(t.Context()) {
				if x.State == store.DeliveryDead && x.LastError != "" {
					dead++
				}
			}
			if dead != n {
				t.Errorf("%d deliveries given up, want %d", dead, n)
			}
		}
		if len(d.taken()) != 0 {
			t.Error("something was sent")
		}
		f.close()
	})
}
