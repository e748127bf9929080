package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"doorknock/store"
)

// Work that was given up is counted, by stream, with what to do.
func TestStatusCountsDeadLetters(t *testing.T) {
	var out bytes.Buffer
	printStatus(&out, store.Status{Dead: map[string]int{"JOBS": 3}}, nil)
	if !strings.Contains(out.String(), "JOBS: 3") || !strings.Contains(out.String(), "dead") {
		t.Error(out.String())
	}
}

func TestStatusTellsOfTheClock(t *testing.T) {
	last := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	for _, x := range []struct {
		clock store.ClockOff
		want  string
	}{
		{store.ClockOff{}, ""},
		{store.ClockOff{Visits: 3, Ahead: 24 * time.Hour, Last: last}, "the clock was wrong at 3 visits, the last on 2026-11-22 09:30 UTC, when it was 24h0m0s ahead as"},
		{store.ClockOff{Visits: 1, Ahead: -time.Hour, Last: last}, "the clock was wrong at 1 visit, the last on 2026-11-22 09:30 UTC, when it was 1h0m0s behind as"},
	} {
		var out bytes.Buffer
		printStatus(&out, store.Status{Clock: x.clock}, nil)
		if told := strings.Contains(out.String(), "clock"); told != (x.want != "") || !strings.Contains(out.String(), x.want) {
			t.Errorf("%+v: %s, want %q", x.clock, out.String(), x.want)
		}
	}
}

// A receiver that takes nothing is named with since when, why and what to do; one that takes what it is sent is not.
func TestStatusNamesWhatFails(t *testing.T) {
	since := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	var out bytes.Buffer
	printStatus(&out, store.Status{Heartbeat: store.Heartbeat{HeldSince: since, PingedAt: since.Add(-time.Hour), Why: "messages wait"}, Receivers: []store.ReceiverState{
		{Name: "comms", FailingSince: since, Why: store.WhyAuth, LastError: "invalid_auth"}, {Name: "duty", SentAt: since}}}, nil)
	for _, want := range []string{"the receiver comms takes nothing since 2026-11-22 09:30 UTC (auth: invalid_auth): its token, address or password",
		"no heartbeat is sent since 2026-11-22 09:30 UTC: messages wait; the last was 2026-11-22 08:30 UTC"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in %s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "duty") {
		t.Error("a receiver that takes what it is sent is named")
	}
}

// Places that could not be read and addresses that led elsewhere are named, ten of each; what an address says reaches no terminal as it is.
func TestStatusNamesPlaces(t *testing.T) {
	var s store.Status
	for range 12 {
		s.Unread = append(s.Unread, store.UnreadPlace{Organisation: "oak", URL: "https://oak.test/", Reason: "dns", Since: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)})
		s.Moved = append(s.Moved, store.MovedPlace{Organisation: "elm", URL: "https://elm.test/", To: "https://new\x1b[2J.test/"})
	}
	var out bytes.Buffer
	printStatus(&out, s, nil)
	for want, n := range map[string]int{"https://oak.test/ could not be read at the last looks (dns) since 2026-11-20 09:00 UTC: `doorknock explain oak`": 10, "and 2 more places that could not be read": 1,
		"https://elm.test/ of elm led to https://new": 10, "put it into the list": 10, "and 2 more places that led elsewhere": 1, "\x1b": 0} {
		if got := strings.Count(out.String(), want); got != n {
			t.Errorf("%q %d times, want %d, in %s", want, got, n, out.String())
		}
	}
}

// A queue that cannot be reached is named with since when, why, and what waits for it.
func TestStatusTellsOfTheQueue(t *testing.T) {
	for _, x := range []struct {
		queue store.QueueAway
		want  string
	}{
		{store.QueueAway{}, ""},
		{store.QueueAway{Since: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC), Why: "EOF\x1b[2J", Looks: 3, Events: 1},
			"the queue cannot be reached since 2026-11-22 09:30 UTC (EOF"},
		{store.QueueAway{Since: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC), Why: "EOF", Looks: 3, Events: 1}, "(EOF): 3 looks and 1 event wait for it"},
	} {
		var out bytes.Buffer
		printStatus(&out, store.Status{Queue: x.queue}, nil)
		if told := strings.Contains(out.String(), "queue"); told != (x.want != "") || !strings.Contains(out.String(), x.want) || strings.Contains(out.String(), "\x1b") {
			t.Errorf("%+v: %q, want %q", x.queue, out.String(), x.want)
		}
	}
	var out bytes.Buffer
	printStatus(&out, store.Status{QueueLost: store.QueueLost{At: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC), Streams: []string{"JOBS", "VISITS"}}}, nil)
	if want := "the queue lost what it held (JOBS, VISITS) at 2026-11-22 09:30 UTC: nothing is lost"; !strings.Contains(out.String(), want) {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
