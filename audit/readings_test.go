package audit_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

func readings(t *testing.T) audit.Readings {
	t.Helper()
	open, err := audit.NewVerdict(audit.Open, "", "", &audit.Evidence{Type: audit.Marker, Rule: "r", Version: 2, Offset: 3, Length: 4,
		Excerpt: "<a>", URL: "https://oak.test/", Capture: "c1"})
	if err != nil {
		t.Fatal(err)
	}
	beside, err := audit.NewVerdict(audit.Restricted, "", audit.KindLogin, &audit.Evidence{Type: audit.Marker, Rule: "r", Version: 1, Length: 1, URL: "https://oak.test/feed", Capture: "c0"})
	if err != nil {
		t.Fatal(err)
	}
	at, n := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC), 3
	one := func(c audit.CheckID, v audit.Verdict) audit.Reading {
		return audit.Reading{Check: c, URL: "https://oak.test/", Capture: "c1", Verdict: v, At: at}
	}
	scoped, counted := one("comments", audit.UnknownFor(audit.ReasonNeedsJS)), one("comments", audit.UnknownFor(audit.ReasonNoMarker))
	scoped.Scope, counted.Count, counted.CountClaimed, counted.System = "https://oak.test/post", &n, &n, "disqus"
	scoped.Newest = audit.Written{From: at.Add(-3 * time.Hour), To: at.Add(-2 * time.Hour)}
	valued := one("rules_page", open)
	valued.Values, valued.Wording = audit.Values{audit.ValueYear: audit.Number(2026), audit.ValueHours: audit.Text("Mo-Fr 09:00-17:00")}, []string{"Be kind.", "We reply."}
	other := one("forum", audit.Verdict{})
	other.URL, other.Capture, other.At = "https://oak.test/two", "", at.Add(time.Second)
	return audit.Readings{one("forum", audit.Verdict{}), one("chat", audit.UnknownFor(audit.ReasonTimeout)), one("damp_page", audit.Verdict{}),
		one("complaints_page", open), one("contact", beside), scoped, counted, valued, other}
}

// TestReadingsHaveNoPartThatStaysBehind fails where a part is added to readings that no reading of this test holds.
func TestReadingsHaveNoPartThatStaysBehind(t *testing.T) {
	held := map[string]bool{}
	for _, r := range readings(t) {
		v := reflect.ValueOf(r)
		for i := range v.NumField() {
			held[v.Type().Field(i).Name] = held[v.Type().Field(i).Name] || !v.Field(i).IsZero()
		}
	}
	for name, any := range held {
		if !any {
			t.Errorf("no reading holds a %s: its way is not tried", name)
		}
	}
}

// TestReadingsTravel: what is put together is taken apart again, page by page; and readings written one by one are read.
func TestReadingsTravel(t *testing.T) {
	all := readings(t)
	want := audit.Readings{all[3], all[4], all[5], all[6], all[7], all[0], all[2], all[1], all[8]}
	for i := range want {
		if want[i].Verdict.State() == audit.Unknown {
			want[i].Verdict = audit.UnknownFor(want[i].Verdict.Reason()) // the zero value by its other name
		}
	}
	same := cmp.Comparer(func(a, b audit.Verdict) bool {
		return a.State() == b.State() && a.Reason() == b.Reason() && a.Kind() == b.Kind() && cmp.Equal(a.Evidence(), b.Evidence())
	})
	var g audit.Gathering
	for _, r := range all {
		g.Add(r)
	}
	if d := cmp.Diff(want, g.Readings(), same); d != "" || g.Len() != len(want) {
		t.Errorf("gathered, %d of them (-want +got):\n%s", g.Len(), d)
	}
	packed, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	var got audit.Readings
	if err := json.Unmarshal(packed, &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, same); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	plain, err := json.Marshal([]audit.Reading(all))
	if err != nil {
		t.Fatal(err)
	}
	got = nil
	if err := json.Unmarshal(plain, &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(all, got, same); d != "" {
		t.Errorf("one by one (-want +got):\n%s", d)
	}
	if len(plain) < 2*len(packed) {
		t.Errorf("%d bytes one by one, %d put together", len(plain), len(packed))
	}
	for _, bad := range []string{`{}`, `[{"told":[{"check":"forum","state":"closed"}]}]`, `[{"quiet":[{"reason":"no reason","checks":["forum"]}]}]`, `[{"told":[{"check":"forum","state":"absent","here":true}]}]`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s was read as %+v", bad, got)
		}
	}
}

// TestGatheringKnowsWhatIsInIt without taking it apart.
func TestGatheringKnowsWhatIsInIt(t *testing.T) {
	var g audit.Gathering
	for _, r := range readings(t) {
		g.Add(r)
	}
	for _, c := range []struct {
		check audit.CheckID
		scope string
		want  bool
	}{
		{"forum", "", true}, {"contact", "", true}, {"events", "", false},
		{"comments", "https://oak.test/post", true}, {"forum", "https://oak.test/post", false},
	} {
		if got := g.Spoken(c.check, c.scope); got != c.want {
			t.Errorf("%s in %q: %t", c.check, c.scope, got)
		}
	}
	if d := cmp.Diff([]string{"c1", ""}, g.Captures()); d != "" {
		t.Errorf("captures (-want +got):\n%s", d)
	}
}
