package store

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"doorknock/audit"
)

const aDay = 24 * hour

func TestNext(t *testing.T) {
	const channel = "c"
	usual := 6*hour + time.Duration(jitter(channel)*float64(6*hour))
	if usual < 6*hour*9/10 || usual > 6*hour*11/10 {
		t.Fatalf("usual interval %v, want 6 h within a tenth", usual)
	}
	old := day0.Add(-90 * aDay)
	tests := []struct {
		name string
		past past
		want time.Duration
		why  string
	}{
		{"nothing special", past{}, usual, "usual"},
		{"a second look is sooner", past{again: day0.Add(2 * hour)}, 2 * hour, "second look"},
		{"a second look is later than the next", past{again: day0.Add(24 * hour)}, usual, "usual"},
		{"blocked once", past{blocked: 1}, 2 * usual, "1 times"},
		{"blocked three times", past{blocked: 3}, usual * 28, "once a week"},
		{"blocked three times with a second look", past{blocked: 3, again: day0.Add(2 * hour)}, usual * 28, "once a week"},
		{"blocked after a change", past{blocked: 1, changed: day0}, 2 * usual, "less often"},
		{"asked to wait", past{again: day0.Add(2 * hour), notBefore: day0.Add(9 * hour)}, 9 * hour, "asked us to wait"},
		{"a change today", past{changed: day0}, usual / 2, "a door changed on 2 November 2026"},
		{"a change six days ago", past{changed: day0.Add(-6 * aDay)}, usual / 2, "a door changed"},
		{"a change a week ago", past{changed: day0.Add(-7 * aDay)}, usual, "usual"},
		{"four complaints out of nothing", past{complaints: 4, spoken: "2026-W45"}, usual, "usual"},
		{"five complaints out of nothing", past{complaints: 5, spoken: "2026-W45"}, usual / 2, "5 complaints in three days, after 0"},
		{"many, as always", past{complaints: 30, before: 30 * 18, spoken: "2026-W45"}, usual, "usual"},
		{"many, three times as many as usual", past{complaints: 30, before: 186, spoken: "2026-W45"}, usual / 2, "30 complaints"},
		{"quiet for long", past{first: old, changed: old, spoken: "2026-W20"}, 2 * usual, "half as often"},
		{"quiet, and nothing was ever said", past{first: old}, 2 * usual, "half as often"},
		{"quiet, but known for a short while", past{first: day0.Add(-59 * aDay)}, usual, "usual"},
		{"quiet, but for a comment", past{first: old, spoken: "2026-W40"}, usual, "usual"},
		{"quiet, but for a change", past{first: old, changed: day0.Add(-30 * aDay)}, usual, "usual"},
		{"quiet with a second look", past{first: old, again: day0.Add(hour)}, hour, "second look"},
	}
	for _, x := range tests {
		x.past.channel, x.past.last = channel, day0
		if x.past.first.IsZero() {
			x.past.first = day0
		}
		due, why := rhythm{interval: 6 * hour}.next(x.past)
		if got := due.Sub(day0); (got-x.want).Abs() > time.Second || !strings.Contains(why, x.why) {
			t.Errorf("%s: %v, %q, want %v, %q", x.name, got, why, x.want, x.why)
		}
	}
}

// Places that seldom need a look are not looked at less than once a week because of it.
func TestQuietIsNeverForgotten(t *testing.T) {
	for interval, want := range map[time.Duration]time.Duration{hour: 2 * hour, 5 * aDay: 7 * aDay, 9 * aDay: 9 * aDay} {
		got, _ := rhythm{interval: interval}.wait(past{first: day0.Add(-90 * aDay), last: day0})
		if got != want {
			t.Errorf("interval %v: %v, want %v", interval, got, want)
		}
	}
}

func TestHours(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	h := Hours{From: 8 * hour, To: 18 * hour, Zone: london, Holidays: map[string]bool{"2026-12-25": true}}
	for at, want := range map[string]string{
		"2026-11-02T09:00:00Z": "",                     // a Monday morning
		"2026-11-02T07:59:00Z": "2026-11-02T08:00:00Z", // before
		"2026-11-02T18:00:00Z": "2026-11-03T08:00:00Z", // after
		"2026-11-06T18:30:00Z": "2026-11-09T08:00:00Z", // Friday evening
		"2026-12-24T20:00:00Z": "2026-12-28T08:00:00Z", // a holiday and the weekend behind it
		"2026-03-28T12:00:00Z": "2026-03-30T07:00:00Z", // over the night in which summer time begins
		"2026-10-24T12:00:00Z": "2026-10-26T08:00:00Z", // and in which it ends
		"2028-02-28T20:00:00Z": "2028-02-29T08:00:00Z", // to a leap day
		"2028-02-29T20:00:00Z": "2028-03-01T08:00:00Z", // and from it
		"2026-12-31T20:00:00Z": "2027-01-01T08:00:00Z", // into a year, in its predecessor's last week
		"2026-06-01T07:30:00Z": "",                     // half past eight in London
		"2026-06-01T17:30:00Z": "2026-06-02T07:00:00Z", // half past six in London
	} {
		when, _ := time.Parse(time.RFC3339, at)
		got := ""
		if next := h.shift(when, 6*hour, 0); !next.Equal(when) {
			got = next.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%s moves to %q, want %q", at, got, want)
		}
		if h.Open(when) != (want == "") {
			t.Errorf("%s open: %v", at, h.Open(when))
		}
	}
	if any := (Hours{}); !any.Open(day0) || !any.shift(day0, hour, 1).Equal(day0) {
		t.Error("no hours are any time")
	}
	// What a night puts off is spread over the morning: no tenth of an interval takes more than its share.
	tenths, r := map[int]int{}, rhythm{6 * hour, h}
	for i := range 2000 {
		due, why := r.next(past{channel: fmt.Sprint("channel", i), first: day0, last: day0.Add(8 * hour)})
		if !strings.Contains(why, "working hours") || !h.Open(due) {
			t.Fatal(due, why)
		}
		tenths[int(due.Sub(day0.Add(23*hour))/(36*time.Minute))]++
	}
	for i := range 10 {
		if n := tenths[i]; n < 120 || n > 280 {
			t.Errorf("of 2,000 channels %d are due in the %d. tenth of the morning: %v", n, i+1, tenths)
		}
	}
}

// The due time follows from what is recorded, in whatever order visits and assessments came.
func TestDueInAnyOrder(t *testing.T) {
	type step func(t *testing.T, db *DB)
	see := func(after time.Duration, s audit.State, comments ...audit.Comment) step {
		return func(t *testing.T, db *DB) {
			r := look(oak(), day0.Add(after), s)
			r.Visit.Comments = comments
			record(t, db, r)
		}
	}
	var spike []audit.Comment
	var heard []audit.Assessment
	for i := range 6 {
		id := fmt.Sprint("complaint", i)
		spike = append(spike, audit.Comment{ID: id, Post: "p", System: "wordpress", By: audit.AuthorPublic, Time: day0.Add(40 * hour), Text: "No heating.", TextHash: id})
		heard = append(heard, audit.Assessment{Comment: id, Complaint: 0.9, IsComplaint: true, Urgency: "high", Lang: "en", Model: "rules-1"})
	}
	steps := []step{see(0, audit.Open), see(6*hour, audit.Closed), see(36*hour, audit.Closed), see(42*hour, audit.Closed), see(48*hour, audit.Unknown)}
	var want string
	for round := range 12 {
		db := open(t, nil)
		for _, i := range rand.New(rand.NewPCG(1, uint64(round))).Perm(len(steps)) {
			steps[i](t, db)
		}
		see(47*hour, audit.Closed, spike...)(t, db)
		if _, err := db.SaveAssessments(t.Context(), "", heard, day0.Add(50*hour)); err != nil {
			t.Fatal(err)
		}
		got := one(t, db, `SELECT due_at FROM channel WHERE id = ?`, oak().ID)
		if want == "" {
			want = got
		}
		if got != want {
			t.Fatalf("round %d: due %s, want %s", round, got, want)
		}
		visits, err := db.Visitings(t.Context(), "oak")
		if err != nil || len(visits) != 2 {
			t.Fatal(visits, err)
		}
		for url, why := range map[string]string{oak().URL: "6 complaints in three days", "https://acorn.test/": "nobody has looked"} {
			for _, v := range visits {
				if v.URL == url && !strings.Contains(v.Why, why) {
					t.Errorf("%s is due %v: %q, want %q", url, v.Due, v.Why, why)
				}
			}
		}
	}
}

// No visit is begun in a lane whose requests of the day are used up, until the UTC day is over.
func TestDailyCapRests(t *testing.T) {
	db := open(t, func(o *Options) { o.DailyCap = 400 })
	if err := db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "oak", Name: "Oak Homes"}}, []audit.Channel{oak()}); err != nil {
		t.Fatal(err)
	}
	r := look(oak(), day0, audit.Open)
	r.Visit.Memory.Host = audit.HostMemory{Day: "2026-11-02", Requests: 400}
	record(t, db, r)
	for at, want := range map[string]int{"2026-11-02T23:59:59Z": 0, "2026-11-03T00:00:00Z": 1} {
		when, _ := time.Parse(time.RFC3339, at)
		jobs, err := db.Due(t.Context(), when, 0)
		if err != nil || len(jobs) != want {
			t.Errorf("%s: %d jobs, %v, want %d", at, len(jobs), err, want)
		}
		if s, err := db.Status(t.Context(), when); err != nil || s.Due != want {
			t.Errorf("%s: status says %d due, %v, want %d", at, s.Due, err, want)
		}
	}
}
