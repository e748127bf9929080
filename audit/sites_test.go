package audit

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// every answer that a site can give.
var everyAnswer = []SiteAnswer{{State: Open}, {State: Restricted}, {State: Closed}, {State: Absent}, {State: Unknown}, {Checking: true}}

// TestBestSite goes through every combination of up to three sites and asks the sentences of the rule of each.
func TestBestSite(t *testing.T) {
	n := 0
	for _, a := range everyAnswer {
		for _, b := range everyAnswer {
			for _, c := range everyAnswer {
				for _, sites := range [][]SiteAnswer{{a}, {a, b}, {a, b, c}} {
					n++
					checkBestSite(t, sites)
				}
			}
		}
	}
	if n != 3*6*6*6 {
		t.Fatalf("%d combinations", n)
	}
	if BestSite(nil) != -1 {
		t.Error("no sites have an answer")
	}
}

func checkBestSite(t *testing.T, sites []SiteAnswer) {
	t.Helper()
	got := sites[BestSite(sites)]
	count := func(want SiteAnswer) (n int) {
		for _, s := range sites {
			if s == want {
				n++
			}
		}
		return n
	}
	open, blind, checking := count(SiteAnswer{State: Open}), count(SiteAnswer{}), count(SiteAnswer{Checking: true})
	restricted, absent := count(SiteAnswer{State: Restricted}), count(SiteAnswer{State: Absent})
	want := SiteAnswer{State: Closed}
	switch {
	case open > 0:
		want = SiteAnswer{State: Open}
	case blind > 0:
		want = SiteAnswer{}
	case checking > 0:
		want = SiteAnswer{Checking: true}
	case restricted > 0:
		want = SiteAnswer{State: Restricted}
	case absent == len(sites):
		want = SiteAnswer{State: Absent}
	}
	if got != want {
		t.Errorf("%v together say %v, want %v", sites, got, want)
	}
	if i := BestSite(sites); slices.Index(sites, got) != i {
		t.Errorf("%v: the %d. answers, though an equal one stands before it", sites, i)
	}
	for range sites { // who is listed first changes nothing
		sites = append(sites[1:], sites[0])
		if again := sites[BestSite(sites)]; again != got {
			t.Errorf("%v together say %v, and in another order %v", sites, got, again)
		}
	}
}

func TestOverSites(t *testing.T) {
	type row struct{ site, check, state string }
	of := func(r row) (string, SiteAnswer) {
		s, err := ParseState(r.state)
		if err != nil {
			t.Fatal(err)
		}
		if r.check == "comments" {
			return "", SiteAnswer{State: s}
		}
		return r.check, SiteAnswer{State: s}
	}
	got := OverSites([]row{
		{"group", "comments", "closed"}, {"group", "damp_page", "absent"}, {"group", "minutes", "absent"},
		{"homes", "comments", "open"}, {"homes", "damp_page", "open"}, {"homes", "minutes", "unknown"},
	}, of)
	want := []row{{"group", "comments", "closed"}, {"homes", "damp_page", "open"}, {"homes", "minutes", "unknown"}, {"homes", "comments", "open"}}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(row{})); d != "" {
		t.Error(d)
	}
}

func TestChangesOverSites(t *testing.T) {
	for _, tt := range []struct {
		from, to State
		others   []State
		want     bool
	}{
		{Open, Absent, nil, true},
		{Open, Absent, []State{Absent}, true},
		{Open, Absent, []State{Open}, false},
		{Absent, Open, []State{Open}, false},
		{Absent, Open, []State{Absent, Restricted}, true},
		{Absent, Restricted, []State{Open}, false},
		{Open, Restricted, []State{Absent}, true},
		{Restricted, Absent, []State{Restricted}, false},
		{Open, Absent, []State{Unknown}, true}, // the other told nobody anything
		{Open, Absent, []State{Unknown, Open}, false},
		{Closed, Absent, []State{Closed}, false},
	} {
		if got := ChangesOverSites(tt.from, tt.to, tt.others); got != tt.want {
			t.Errorf("%v to %v beside %v: %t, want %t", tt.from, tt.to, tt.others, got, tt.want)
		}
	}
}
