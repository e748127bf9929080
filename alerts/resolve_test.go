package alerts

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/store"
)

// answer writes an organisation's own comment, as a later visit finds it, and gives its event.
func (f *fixture) answer(c said) audit.Event {
	f.now = time.Now()
	c.by = audit.AuthorOrganisation
	if c.visit == "" {
		c.visit = f.visit(c.channel, false)
	}
	return f.comment(c)
}

// TestAnAnswerResolves: told once, in each shape that a thread may have, and only where the receiver was told of the complaint.
func TestAnAnswerResolves(t *testing.T) {
	title := "Elm Homes: a comment read as a complaint"
	told := sentMessage{Title: title, Items: 1}
	resolved := sentMessage{At: 20 * time.Minute, Title: title + ", answered in public", Items: 1, Resolved: true}
	off := false
	for _, tt := range []struct {
		name   string
		route  RouteConfig
		send   *bool
		answer func(complaint audit.Event) said
		want   []sentMessage
	}{
		{"under it", RouteConfig{GroupWait: seconds(0)}, nil, func(e audit.Event) said { return said{parent: e.Ref} }, []sentMessage{told, resolved}},
		{"beside it, later", RouteConfig{GroupWait: seconds(0)}, nil, func(audit.Event) said { return said{at: time.Now()} }, []sentMessage{told, resolved}},
		{"beside it, without a time", RouteConfig{GroupWait: seconds(0)}, nil, func(audit.Event) said { return said{} }, []sentMessage{told}},
		{"not wanted", RouteConfig{GroupWait: seconds(0)}, &off, func(e audit.Event) said { return said{parent: e.Ref} }, []sentMessage{told}},
		{"before group_wait has run out", RouteConfig{GroupWait: seconds(1800)}, nil, func(e audit.Event) said { return said{parent: e.Ref} }, nil},
		{"reminded before, not after", RouteConfig{GroupWait: seconds(0), RepeatInterval: seconds(900)}, nil,
			func(e audit.Event) said { return said{parent: e.Ref} },
			[]sentMessage{told, {At: 15 * time.Minute, Title: title, Items: 1, Reminder: true}, resolved}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, time.Now())
				a, d := deskOf(t, f, tt.route, ReceiverConfig{Name: "desk", Log: &LogConfig{}, SendResolved: tt.send})
				running(t, a, 20*time.Minute, func() {
					e := f.comment(said{visit: f.visit("elm", false), channel: "elm", complaint: true, at: time.Now()})
					handle(t, a, e)
					time.Sleep(20 * time.Minute)
					s := tt.answer(e)
					s.channel = "elm"
					own := f.answer(s)
					handle(t, a, own, own)
				})
				if diff := cmp.Diff(tt.want, d.taken()); diff != "" {
					t.Error(diff)
				}
				f.close()
			})
		})
	}
}

// TestWhatWasAnsweredFirst: a complaint that is read with its answer is told to nobody; a danger is, and says so.
func TestWhatWasAnsweredFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		a, d := office(t, f, RouteConfig{GroupWait: seconds(0)})
		running(t, a, time.Minute, func() {
			visit := f.visit("elm", false)
			plain := f.comment(said{visit: visit, channel: "elm", complaint: true, at: time.Now()})
			danger := f.comment(said{visit: visit, channel: "elm", complaint: true, at: time.Now(), urgency: "urgent", hazards: `[{"id":"gas","kind":"danger","affirmed":true}]`})
			f.answer(said{visit: visit, channel: "elm", parent: plain.Ref, at: time.Now()})
			f.answer(said{visit: visit, channel: "elm", parent: danger.Ref, at: time.Now()})
			handle(t, a, plain, danger)
		})
		var titles []string
		for _, m := range d.taken() {
			titles = append(titles, m.Title)
		}
		want := []string{"Elm Homes: a comment that names a danger", "Elm Homes: a comment that names a danger, answered in public"}
		if diff := cmp.Diff(want, titles); diff != "" {
			t.Error(diff)
		}
		if got := f.ask(`SELECT kind || resolved_by, resolved_at IS NOT NULL FROM alert`); len(got) != 2 {
			t.Errorf("alerts: %v", got)
		}
		f.close()
	})
}

// TestResolvedWaitsForItsAlert: word of an answer never comes before word of the complaint, and a complaint that is delivered
// after its answer says so itself.
func TestResolvedWaitsForItsAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		a, d := office(t, f, RouteConfig{GroupWait: seconds(0)})
		d.script = []error{&RetryAfter{After: 40 * time.Minute, Err: errors.New("busy")}}
		running(t, a, 30*time.Minute, func() {
			e := f.comment(said{visit: f.visit("elm", false), channel: "elm", complaint: true, at: time.Now()})
			handle(t, a, e)
			time.Sleep(20 * time.Minute)
			handle(t, a, f.answer(said{channel: "elm", parent: e.Ref, at: time.Now()}))
		})
		want := []sentMessage{{At: 40 * time.Minute, Title: "Elm Homes: a comment read as a complaint, answered in public", Items: 1}}
		if diff := cmp.Diff(want, d.taken()); diff != "" {
			t.Error(diff)
		}
		f.close()
	})
}

func TestWordsOfAnAnswer(t *testing.T) {
	friday := time.Date(2026, 11, 13, 16, 0, 0, 0, time.UTC)
	f := store.AlertFacts{Nation: "England", ResolvedAt: friday.Add(80 * time.Hour), Comment: &store.CommentFacts{Said: friday, Latest: friday}}
	for _, tt := range []struct {
		reply *store.ReplyFacts
		want  string
	}{
		{nil, "Answered in public; seen 17 Nov 2026 at 00:00 UTC."},
		{&store.ReplyFacts{Said: friday.Add(66*time.Hour + 10*time.Minute)}, "Answered in public after 2 days 18 h (working hours: 2 h 10 min)."},
		{&store.ReplyFacts{Said: friday.Add(5 * time.Minute), Manner: audit.MannerStock},
			"Answered in public after 5 min (working hours: 5 min). It reads as a standard answer, such as “please message us”."},
		{&store.ReplyFacts{Said: friday, Latest: friday.Add(8 * time.Hour), Beside: true},
			"Answered in public; seen 17 Nov 2026 at 00:00 UTC; the answer stands beside the comment, not under it: that it answers this one is our reading."},
	} {
		f.Reply = tt.reply
		if got := (Wording{Holidays: audit.Holidays{First: 2026, Last: 2026}}).answered(f).Plain(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}
