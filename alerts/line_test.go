package alerts

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/store"
)

func TestWhichMessageGoesNext(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return now.Add(time.Duration(minutes) * time.Minute) }
	waits := func(id string, attempts, tried, next int) store.Waiting {
		w := store.Waiting{ID: id, State: store.DeliveryQueued, Attempts: attempts, NextAt: at(next)}
		if attempts > 0 {
			w.TriedAt = at(tried)
		}
		return w
	}
	doubted := func(w store.Waiting) store.Waiting {
		w.State, w.Doubted = store.DeliveryUncertain, true
		return w
	}
	reminder := func(w store.Waiting) store.Waiting { w.Reminder = true; return w }
	urgent := func(w store.Waiting) store.Waiting { w.Alone = true; return w }
	var crowded []store.Waiting
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		crowded = append(crowded, waits(id, 0, 0, 0))
	}
	for _, x := range []struct {
		name    string
		line    line
		waiting []store.Waiting
		want    choice
	}{
		{"nothing waits", line{}, nil, choice{}},
		{"the first made goes first", line{}, []store.Waiting{waits("a", 0, 0, 0), waits("b", 0, 0, -1)}, choice{id: "a"}},
		{"all wait for the first's next attempt", line{}, []store.Waiting{waits("a", 1, -1, 1), waits("b", 0, 0, 0)}, choice{next: at(1)}},
		{"it is due", line{}, []store.Waiting{waits("a", 1, -1, 0), waits("b", 0, 0, 0)}, choice{id: "a"}},
		{"the receiver took another meanwhile", line{took: now}, []store.Waiting{waits("a", 9, -1, 4), waits("b", 0, 0, 0)}, choice{id: "a"}},
		{"what may have arrived keeps nobody waiting", line{}, []store.Waiting{doubted(waits("a", 1, -1, 9)), waits("b", 0, 0, 0)}, choice{id: "b", next: at(9)}},
		{"and goes at its time", line{}, []store.Waiting{doubted(waits("a", 1, -9, 0)), waits("b", 0, 0, 0)}, choice{id: "a"}},
		{"is it the message or the receiver?", line{}, []store.Waiting{waits("a", 5, -1, 4), waits("b", 1, -9, 2), waits("c", 0, 0, 0)}, choice{id: "c", over: "a", next: at(4)}},
		{"it is the receiver", line{}, []store.Waiting{waits("a", 5, -2, 3), waits("b", 0, 0, 0), waits("c", 1, -1, 0)}, choice{next: at(3)}},
		{"it is the message", line{apart: map[string]bool{"a": true}}, []store.Waiting{waits("a", 5, -2, 3), waits("b", 0, 0, 0)}, choice{id: "b", next: at(3)}},
		{"a crowd becomes one", line{}, crowded, choice{id: "a", carry: []string{"b", "c", "d", "e", "f"}}},
		{"what is urgent goes by itself", line{}, append([]store.Waiting{urgent(waits("u", 0, 0, 0))}, crowded...), choice{id: "u"}},
		{"and is carried by none", line{}, append(slices.Clone(crowded), urgent(waits("u", 0, 0, 0))), choice{id: "a", carry: []string{"b", "c", "d", "e", "f"}}},
		{"of its kind", line{}, append(slices.Clone(crowded), reminder(waits("g", 0, 0, 0))), choice{id: "a", carry: []string{"b", "c", "d", "e", "f"}}},
	} {
		t.Run(x.name, func(t *testing.T) {
			got := x.line.choose(x.waiting, now)
			if diff := cmp.Diff(x.want, got, cmp.AllowUnexported(choice{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestDownForHours (for a day, at night): what was raised while the receiver was away arrives when it is back, in order, as few messages of which
// each tells all of its alerts one by one; what comes after comes by itself. Nothing says that it is a repeat, for nothing was taken before.
func TestDownForHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		a, d := office(t, f, RouteConfig{GroupWait: seconds(0), GroupInterval: seconds(0)})
		a.idle = 10 * time.Minute // what is due names its own time
		d.down = start.Add(awayFor)
		var want []string
		raise := func(n int, every time.Duration) {
			for i := range n {
				f.now = time.Now()
				e := f.change([]string{"elm", "oak"}[i%2], "", "", audit.Open, audit.Closed)
				want = append(want, e.Ref)
				handle(t, a, e)
				time.Sleep(every)
			}
		}
		running(t, a, time.Minute, func() {
			raise(1, awayFor-4*time.Hour)
			raise(24, 10*time.Minute)
			raise(3, 10*time.Minute) // the receiver is back
		})
		if diff := cmp.Diff(want, d.refs); diff != "" {
			t.Errorf("lost, twice or out of order: %s", diff)
		}
		got := d.taken()
		if len(got) > 10 || got[0].Items != mostTogether || got[1].Items != mostTogether || slices.ContainsFunc(got, func(m sentMessage) bool { return m.Repeat }) {
			t.Errorf("%d messages: %+v", len(got), got)
		}
		if got[0].At > awayFor+lastRetry+time.Second {
			t.Errorf("told %v after the receiver was back", got[0].At-awayFor)
		}
		for _, x := range f.deliveries(t.Context()) {
			if x.State != store.DeliverySent {
				t.Errorf("%+v", x)
			}
		}
		t.Logf("28 alerts, %d attempts, %d messages", d.tries, len(got))
		f.close()
	})
}

// TestAMessageThatNobodyTakesKeepsNobodyWaiting: one that the receiver chokes on is tried at its own times, and what is
// behind it goes within two minutes, in order.
func TestAMessageThatNobodyTakesKeepsNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		a, d := office(t, f, RouteConfig{GroupWait: seconds(0), GroupInterval: seconds(0)})
		poison := f.change("elm", "", "", audit.Open, audit.Closed)
		d.chokes = poison.Ref
		var want []string
		running(t, a, 3*time.Hour, func() {
			handle(t, a, poison)
			for range 8 {
				time.Sleep(45 * time.Second)
				e := f.change("oak", "", "", audit.Open, audit.Closed)
				want = append(want, e.Ref)
				handle(t, a, e)
			}
		})
		if diff := cmp.Diff(want, d.refs); diff != "" {
			t.Error(diff)
		}
		for i, m := range d.taken() {
			if late := m.At - time.Duration(i+1)*45*time.Second; late > 2*time.Minute {
				t.Errorf("message %d came %v late", i, late)
			}
		}
		f.close()
	})
}

// TestACarriedMessageEndsAsItsCarrier: given up together, sent again together, and each alert is told once. What had no room in the
// message goes by itself.
func TestACarriedMessageEndsAsItsCarrier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		a, d := office(t, f, RouteConfig{GroupWait: seconds(0), GroupInterval: seconds(0)})
		for i := range 9 {
			handle(t, a, f.change([]string{"elm", "oak"}[i%2], "", "", audit.Open, audit.Closed))
			time.Sleep(time.Second)
		}
		d.script = []error{fmt.Errorf("%w: token_revoked", ErrPermanent)}
		running(t, a, time.Minute)
		states := map[store.DeliveryState]int{}
		for _, x := range f.deliveries(t.Context()) {
			states[x.State]++
			if (x.State == store.DeliveryDead) != (x.LastError != "") {
				t.Errorf("no reason, or one without need: %+v", x)
			}
		}
		dead, err := f.db.Deliveries(t.Context(), store.DeadDeliveries, 100)
		if err != nil || states[store.DeliveryDead] != mostTogether || states[store.DeliverySent] != 9-mostTogether || len(dead) != 1 || len(d.refs) != 9-mostTogether {
			t.Fatalf("%v, %d listed, %v", states, len(dead), err)
		}
		if matters, err := f.db.Matters(t.Context(), time.Now()); err != nil || len(matters) != 1 || matters[0].Topic != store.Undelivered {
			t.Errorf("the operator is told %+v, %v", matters, err)
		}
		var carried string
		for _, x := range f.deliveries(t.Context()) {
			if x.CarriedBy != "" {
				carried = x.ID
			}
		}
		if err := f.db.RetryDelivery(t.Context(), carried, time.Now()); err != nil { // it sends the whole
			t.Fatal(err)
		}
		if err := f.db.RetryDelivery(t.Context(), dead[0].ID, time.Now()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("sent again twice: %v", err)
		}
		running(t, a, time.Minute)
		if got := d.taken(); got[len(got)-1].Items != mostTogether || len(slices.Compact(slices.Sorted(slices.Values(d.refs)))) != 9 || len(d.refs) != 9 {
			t.Errorf("%+v", got)
		}
		f.close()
	})
}
