package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

func TestDue(t *testing.T) {
	db := open(t, nil)
	blog := oak()
	blog.URL = "https://oak.test/blog"
	blog.ID = audit.ChannelID("oak", audit.Web, blog.URL)
	sync := func(channels ...audit.Channel) {
		t.Helper()
		if err := db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "oak", Name: "Oak Homes"}}, channels); err != nil {
			t.Fatal(err)
		}
	}
	sync(oak(), blog, site("oak", "acorn.test", true))
	lanes := func(now time.Time, limit int) []string {
		t.Helper()
		jobs, err := db.Due(t.Context(), now, limit)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, j := range jobs {
			all = append(all, j.Channel.Lane)
			if j.ID != audit.JobID(j.Channel.ID, j.Due) || j.OrganisationName != "Oak Homes" {
				t.Errorf("job %+v", j)
			}
		}
		return all
	}
	if got := lanes(day0, 0); len(got) != 2 {
		t.Errorf("due %v, want one job a lane", got)
	}
	if got := lanes(day0, 1); len(got) != 1 {
		t.Errorf("due %v, want the limit kept", got)
	}
	if got := lanes(day0.Add(-hour), 0); len(got) != 0 {
		t.Errorf("due %v before the time", got)
	}
	sync(oak())
	if diff := cmp.Diff([]string{"oak.test"}, lanes(day0, 0)); diff != "" {
		t.Errorf("after the list got shorter (-want +got):\n%s", diff)
	}
	r := look(oak(), day0, audit.Open)
	r.Visit.Memory.Host = audit.HostMemory{NotBefore: day0.Add(20 * hour), LastRequest: day0, Day: "2026-11-02", Requests: 9,
		Robots: map[string]audit.RobotsMemory{"https://oak.test": {At: day0, Body: "User-agent: *"}, "https://big.oak.test": {Body: strings.Repeat("x", 200<<10)}}}
	r.Visit.Memory.Pages = map[string]audit.PageMemory{"https://oak.test/": {Hash: "h", Capture: "c", Reader: 1, ETag: `"e"`, At: day0, Outline: "facts.packed"}}
	if got := record(t, db, r); !got.Due.Equal(day0.Add(20 * hour)) {
		t.Errorf("due %v, want when the lane may be asked again", got.Due)
	}
	sync(oak(), blog)
	for after, want := range map[time.Duration]int{hour: 0, 20 * hour: 2} { // the lane's other channel waits too
		if s, err := db.Status(t.Context(), day0.Add(after)); err != nil || s.Due != want {
			t.Errorf("status says %d due after %v, %v, want %d", s.Due, after, err, want)
		}
	}
	sync(oak())
	jobs, err := db.Due(t.Context(), day0.Add(20*hour), 0)
	if err != nil || len(jobs) != 1 || jobs[0].First {
		t.Fatalf("jobs %+v, %v, want the second look", jobs, err)
	}
	delete(r.Visit.Memory.Host.Robots, "https://big.oak.test") // too large to travel: it is read anew
	carried, err := db.Memory(t.Context(), jobs[0].Channel)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Visit.Memory, carried); diff != "" {
		t.Errorf("memory (-left +carried):\n%s", diff)
	}
}

// TestPageAsBefore: a visit that found a page unchanged says nothing of its outline, which stays; and no page is
// remembered without an outline, for that would say that it leads nowhere.
func TestPageAsBefore(t *testing.T) {
	db := open(t, nil)
	const url = "https://oak.test/"
	visit := func(at time.Time, p audit.PageMemory) audit.PageMemory {
		t.Helper()
		r := look(oak(), at, audit.Open)
		r.Visit.Memory.Pages = map[string]audit.PageMemory{url: p}
		record(t, db, r)
		m, err := db.Memory(t.Context(), oak())
		if err != nil {
			t.Fatal(err)
		}
		return m.Pages[url]
	}
	first := audit.PageMemory{Hash: "h", Capture: "c", Reader: 1, ETag: "1", At: day0, Until: day0.Add(9 * hour), From: "https://oak.test/before", Outline: "facts.packed"}
	again := first
	again.ETag, again.Outline = "2", ""
	if got := visit(day0, again); got != (audit.PageMemory{}) {
		t.Errorf("remembered without an outline: %+v", got)
	}
	visit(day0.Add(hour), first)
	want := first
	want.ETag = "2"
	if diff := cmp.Diff(want, visit(day0.Add(2*hour), again)); diff != "" {
		t.Errorf("as before (-want +got):\n%s", diff)
	}
	again.Capture = "another"
	if diff := cmp.Diff(want, visit(day0.Add(3*hour), again)); diff != "" {
		t.Errorf("of another body (-want +got):\n%s", diff)
	}
}

func TestWitnessMovesNoDueTime(t *testing.T) {
	db := open(t, nil)
	r := look(oak(), day0.Add(hour), audit.Open)
	r.Visit.How, r.Visit.Due = audit.ByWitness, time.Time{}
	record(t, db, r)
	if got := one(t, db, `SELECT due_at FROM channel WHERE id = ?`, oak().ID); got != stamp(day0) {
		t.Errorf("due at %s, want still %s", got, stamp(day0))
	}
}

func TestPageReadings(t *testing.T) {
	db := open(t, nil)
	r := look(oak(), day0, audit.Open)
	page, empty := "https://oak.test/news", "https://oak.test/about"
	r.Visit.Captures = []audit.Capture{{ID: "k1", URL: page, Status: 200, At: day0}, {ID: "k2", URL: empty, Status: 200, At: day0}, {ID: "k3", URL: "https://oak.test/robots.txt", At: day0}}
	r.Visit.Readings = []audit.Reading{{Check: "comments", Scope: page, URL: page, Capture: "k1", Verdict: verdict(audit.Closed), At: day0},
		{Check: "forum", URL: page, Capture: "k1", Verdict: verdict(audit.Unknown), At: day0}}
	r.Visit.Memory.Pages = map[string]audit.PageMemory{page: {Capture: "k1"}, empty: {Capture: "k2"}}
	record(t, db, r)
	later := day0.Add(6 * hour)
	got, err := db.PageReadings(t.Context(), oak().ID, []audit.PageRef{{URL: page, Capture: "k1", At: later}, {URL: empty, Capture: "k2", At: later}})
	if err != nil {
		t.Fatal(err)
	}
	want := []audit.Reading(r.Visit.Readings)
	want[0].At, want[1].At = later, later
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b audit.Verdict) bool { return cmp.Equal(a.Evidence(), b.Evidence()) && a.State() == b.State() })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, ref := range map[string]audit.PageRef{"k3": {Capture: "k3"}, "none": {Capture: "none"}} {
		if _, err := db.PageReadings(t.Context(), oak().ID, []audit.PageRef{ref}); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
	if _, err := db.PageReadings(t.Context(), "another", []audit.PageRef{{Capture: "k1"}}); !errors.Is(err, ErrNotFound) {
		t.Errorf("another channel's capture: %v, want ErrNotFound", err)
	}
}
