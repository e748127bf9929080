package alerts

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/store"
)

// TestMutedUntil reads testdata/intervals.json: intervals, moments, and until when a route muted in them tells nothing.
func TestMutedUntil(t *testing.T) {
	data, err := os.ReadFile("testdata/intervals.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name     string
		Location string
		Weekdays []string
		Times    [][2]string
		Active   bool // the only times in which anything is told
		Muted    map[string]string
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		r := TimeRange{Weekdays: c.Weekdays, Location: c.Location}
		for _, clock := range c.Times {
			r.Times = append(r.Times, ClockRange{clock[0], clock[1]})
		}
		read, err := TimeInterval{TimeIntervals: []TimeRange{r}}.read()
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		mute, active := []interval{read}, []interval(nil)
		if c.Active {
			mute, active = active, mute
		}
		for moment, want := range c.Muted {
			now, err := time.Parse(time.RFC3339, moment)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if until := mutedUntil(now, mute, active); !until.IsZero() {
				got = until.UTC().Format(time.RFC3339)
			}
			if got != want {
				t.Errorf("%s: at %s muted until %q, want %q", c.Name, moment, got, want)
			}
		}
	}
}

// quiet is a configuration that is muted from 18:00 to 08:00.
func quiet() Config {
	return Config{
		TimeIntervals: []TimeInterval{{Name: "nights", TimeIntervals: []TimeRange{{Times: []ClockRange{{"18:00", "08:00"}}, Location: "Europe/London"}}}},
		Route:         RouteConfig{Receiver: "desk", GroupWait: seconds(0), MuteTimeIntervals: []string{"nights"}},
		Complaints:    ComplaintsEach,
		Receivers:     []ReceiverConfig{{Name: "desk", Log: &LogConfig{}}, {Name: "duty", Log: &LogConfig{}}},
	}
}

// officeOf is an Alerter of a configuration whose receivers are desks.
func officeOf(t *testing.T, f *fixture, c Config) (*Alerter, map[string]*desk) {
	t.Helper()
	a, err := New(Options{Store: f.db, Config: c})
	if err != nil {
		t.Fatal(err)
	}
	desks := map[string]*desk{}
	for name, o := range a.receivers {
		desks[name] = &desk{}
		o.receiver = desks[name]
	}
	return a, desks
}

// TestQuietHours: the bubble's clock begins at midnight, in the quiet hours. What is urgent goes at once, the rest at 08:00 in
// one message.
func TestQuietHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		a, desks := officeOf(t, f, quiet())
		a.idle = 10 * time.Minute // what is due names its own time
		running(t, a, 9*time.Hour, func() {
			handle(t, a, f.comment(said{visit: f.visit("elm", false), channel: "elm", complaint: true}),
				f.change("elm", "", "", audit.Open, audit.Closed),
				f.comment(said{visit: f.visit("elm", false), channel: "elm", complaint: true, urgency: "urgent"}))
		})
		want := []sentMessage{{Title: "Elm Homes: a comment read as a complaint", Items: 1}, {At: 8 * time.Hour, Title: "Elm Homes: 2 alerts", Items: 2}}
		if diff := cmp.Diff(want, desks["desk"].taken()); diff != "" {
			t.Error(diff)
		}
		f.close()
	})
}

// TestSilence: what a silence keeps back is never told, its beginning and end are, and it is counted.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		c := quiet()
		c.Route.MuteTimeIntervals = nil
		a, desks := officeOf(t, f, c)
		running(t, a, 2*time.Hour, func() {
			s, err := NewSilence([]string{`organisation = elm`, `kind =~ "complaint|change"`}, "sam", "moving the site", time.Now(), time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.db.AddSilence(t.Context(), s, time.Now()); err != nil {
				t.Fatal(err)
			}
			handle(t, a, f.change("elm", "", "", audit.Open, audit.Closed), f.change("oak", "", "", audit.Open, audit.Closed))
			time.Sleep(70 * time.Minute)
			handle(t, a, f.change("elm", "", "", audit.Closed, audit.Open))
		})
		got := map[string]time.Duration{}
		for _, m := range desks["desk"].taken() {
			got[m.Title] += m.At.Truncate(5*time.Minute) + time.Duration(m.Items)
		}
		want := map[string]time.Duration{"Oak Homes: a door closed": 1, "doorknock: a silence began": 1,
			"doorknock: a silence ended": time.Hour + 1, "Elm Homes: a door opened": 70*time.Minute + 1}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		all, err := f.db.Silences(t.Context(), time.Time{})
		if err != nil || len(all) != 1 || all[0].Kept != 1 || all[0].Active(time.Now()) {
			t.Errorf("silences %+v, %v", all, err)
		}
		f.close()
	})
}

// TestEscalation: what nobody takes on is told elsewhere, once and saying so; what was acknowledged or answered is not.
func TestEscalation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		c := quiet()
		c.Route.MuteTimeIntervals, c.Route.RepeatInterval, c.Route.GroupInterval = nil, seconds(3600), seconds(0)
		c.Route.Escalate = &EscalateConfig{After: 30 * time.Minute, Receiver: "duty"}
		a, desks := officeOf(t, f, c)
		running(t, a, 100*time.Minute, func() {
			visit := f.visit("elm", false)
			taken := f.comment(said{visit: visit, channel: "elm", complaint: true})
			answered := f.comment(said{visit: visit, channel: "elm", complaint: true})
			left := f.comment(said{visit: visit, channel: "elm", complaint: true})
			handle(t, a, taken, answered, left)
			time.Sleep(10 * time.Minute)
			if err := f.db.AckAlert(t.Context(), store.AlertID(store.AlertComplaint, taken.Ref), "sam", "on it", time.Now()); err != nil {
				t.Error(err)
			}
			f.comment(said{visit: visit, channel: "elm", parent: answered.Ref, by: audit.AuthorOrganisation})
		})
		got := desks["duty"].taken()
		if len(got) != 1 || got[0].Items != 1 || !got[0].Escalate || got[0].At < 30*time.Minute || got[0].At > 31*time.Minute+5*time.Second {
			t.Errorf("the second receiver was told %+v", got)
		}
		var reminded []int
		for _, m := range desks["desk"].taken() {
			if m.Reminder {
				reminded = append(reminded, m.Items)
			}
		}
		if diff := cmp.Diff([]int{1}, reminded); diff != "" { // neither of the acknowledged one nor of the answered one
			t.Error(diff)
		}
		f.close()
	})
}

func TestSilenceMistakes(t *testing.T) {
	now := time.Now()
	for want, args := range map[string]struct {
		matchers []string
		comment  string
		lasts    time.Duration
	}{
		"needs a matcher": {nil, "why", time.Hour}, "needs a time": {[]string{"kind=change"}, "why", 0},
		"needs a comment": {[]string{"kind=change"}, "", time.Hour}, `label "colour"`: {[]string{"colour=red"}, "why", time.Hour},
	} {
		if _, err := NewSilence(args.matchers, "sam", args.comment, now, args.lasts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
	f := newFixture(t, now)
	if err := f.db.AckAlert(context.Background(), "nothing", "sam", "", now); err == nil {
		t.Error("an alert that is not there was acknowledged")
	}
	if err := f.db.ExpireSilence(context.Background(), "nothing", now); err == nil {
		t.Error("a silence that is not there was ended")
	}
}

// TestOperatorMatters: our own trouble is told once each, and says what to do.
func TestOperatorMatters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		c := quiet()
		c.Route.MuteTimeIntervals = nil
		a, desks := officeOf(t, f, c)
		f.exec(`INSERT INTO quarantine (platform, check_id, since, read, pending) VALUES ('web','comments',?,25,9)`, stamp(time.Now().Add(-time.Minute)))
		f.exec(`INSERT INTO dead_letter (id, stream, consumer, ref, channel, reason, deliveries, times, advisory, first_at, last_at)
			VALUES ('d1','JOBS','crawl','','','the disk is full',8,1,'a',?1,?1)`, stamp(time.Now().Add(-time.Minute)))
		f.exec(`INSERT INTO host_memory (lane, robots, blocked, day, requests, observed_at, recorded_at, interfaces) SELECT l.value, '{}', 0, '', 0, ?1, ?1, json_object('youtube', json_object('trouble', 'no_access', 'said', 'keyInvalid', 'since', ?1),
			'x', json_object('trouble', 'rate_limited', 'since', ?1)) FROM json_each('["one","two"]') l`, time.Now().Add(-time.Minute).UTC().Format(time.RFC3339Nano))
		running(t, a, 20*time.Minute)
		total := 0
		for _, m := range desks["desk"].taken() {
			total += m.Items
		}
		if total != 3 {
			t.Errorf("told %+v", desks["desk"].taken())
		}
		var words strings.Builder
		for id := range f.alerts() {
			facts, err := f.db.AlertFacts(t.Context(), []string{id})
			if err != nil {
				t.Fatal(err)
			}
			words.WriteString(Compose(facts, wording, true).text(5000))
		}
		for _, want := range []string{"9 of 25 places on web", "doorknock quarantine release web comments", "doorknock dead replay d1", "after 8 attempts", "The key youtube is refused by youtube: keyInvalid.", "doorknock doctor"} {
			if !strings.Contains(words.String(), want) {
				t.Errorf("%q is not in %s", want, words.String())
			}
		}
		f.close()
	})
}

// TestPreviewSaysWhatRunSends: the alerts of a day, sent by the running alerter and worked out afterwards from what is on
// record, make the same messages.
func TestPreviewSaysWhatRunSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		c := quiet()
		c.Route.GroupWait, c.Route.GroupInterval = seconds(30), seconds(300)
		c.Route.Routes = []RouteConfig{{Receiver: "duty", Matchers: []string{"urgency=urgent"}, Continue: true}, {Matchers: []string{"organisation=oak"}}}
		a, desks := officeOf(t, f, c)
		running(t, a, time.Hour, func() {
			s, err := NewSilence([]string{"organisation=oak"}, "sam", "trial", time.Now().Add(9*time.Hour), 2*time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.db.AddSilence(t.Context(), s, time.Now()); err != nil {
				t.Fatal(err)
			}
			for i := range 40 {
				handle(t, a, f.comment(said{visit: f.visit("elm", false), channel: "elm", complaint: true, urgency: []string{"normal", "urgent"}[i%7/6]}))
				time.Sleep(17 * time.Minute)
				handle(t, a, f.change("oak", "", "", audit.Open, audit.Closed))
				time.Sleep(time.Duration(i%3) * time.Minute)
			}
		})
		foretold, err := Preview(t.Context(), Options{Config: c, Store: f.db}, start)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]sentMessage{}
		for _, m := range foretold {
			got[m.Receiver] = append(got[m.Receiver], sentMessage{At: m.At.Sub(start).Truncate(time.Minute), Title: Compose(m.Facts, wording, false).Title.Plain(), Items: len(m.Facts)})
		}
		for name, d := range desks {
			want := d.taken()
			for i := range want {
				want[i].At = want[i].At.Truncate(time.Minute)
			}
			if diff := cmp.Diff(want, got[name]); diff != "" || len(want) < 5 {
				t.Errorf("%s: %d messages, %s", name, len(want), diff)
			}
		}
		f.close()
	})
}
