package audit

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func year(n int) Values { return Values{ValueYear: Number(n)} }

func TestValuesJSON(t *testing.T) {
	v := Values{
		ValueYear: Number(2025), ValueHours: Text("Mo-Fr 09:00-17:00"), ValueReplyMinutes: Number(0), ValueReplyMinutes.Of("facebook"): Number(60),
	}
	if err := v.Check(); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"hours":"Mo-Fr 09:00-17:00","reply_minutes":0,"reply_minutes.facebook":60,"year":2025}`; string(data) != want {
		t.Errorf("marshals as %s, want %s", data, want)
	}
	var back Values
	if err := json.Unmarshal(data, &back); err != nil || !back.Equal(v) {
		t.Errorf("%v came back, %v", back, err)
	}
	if got, want := v.String(), "year=2025 hours=Mo-Fr 09:00-17:00 reply_minutes=0 reply_minutes.facebook=60"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
}

// TestValuesOfAnotherVersion: what this program does not know is left out, and costs the rest nothing.
func TestValuesOfAnotherVersion(t *testing.T) {
	var v Values
	err := json.Unmarshal([]byte(`{"year":2025,"mood":"good","hours":7,"grade":{"c":1},"reply_minutes.pigeon":5,"items":-1,"name":"a\u0007b","date":"`+
		strings.Repeat("9", 200)+`"}`), &v)
	if err != nil || !v.Equal(year(2025)) {
		t.Errorf("read %v, %v", v, err)
	}
	if err := json.Unmarshal([]byte(`[1]`), &v); err == nil {
		t.Error("a list was taken")
	}
}

func TestValuesCheck(t *testing.T) {
	for _, v := range []Values{
		{"mood": Text("good")}, {ValueYear: Text("2025")}, {ValueHours: Number(9)}, {ValueYear: Number(-1)}, {ValueName: Text(strings.Repeat("x", 121))},
		{ValueReplyMinutes.Of("pigeon"): Number(1)}, {"year.": Number(1)}, {ValueName: Text("a\nb")},
	} {
		if v.Check() == nil {
			t.Errorf("%v was taken", v)
		}
	}
	for _, d := range ValueKeys() {
		if d.Unit == "" || d.Means == "" {
			t.Errorf("%s lacks its unit or meaning", d.Key)
		}
	}
}

// TestConfirmValues: a door's values are confirmed as its state is, and their change is told apart from it.
func TestConfirmValues(t *testing.T) {
	type look struct {
		after  time.Duration
		state  State
		values Values
		how    How
	}
	for _, c := range []struct {
		name    string
		looks   []look
		values  Values
		pending bool
		changes []string
	}{
		{"the first look's are a baseline", []look{{0, Open, year(2025), ""}}, year(2025), false, nil},
		{"one look with others changes nothing yet", []look{{0, Open, year(2025), ""}, {day, Open, year(2026), ""}}, year(2025), true, nil},
		{"two looks do", []look{{0, Open, year(2025), ""}, {day, Open, year(2026), ""}, {2 * day, Open, year(2026), ""}}, year(2026), false, []string{"year=2025 → year=2026"}},
		{"but not two too near to each other", []look{{0, Open, year(2025), ""}, {day, Open, year(2026), ""}, {25 * time.Hour, Open, year(2026), ""}}, year(2025), true, nil},
		{"a flicker is nothing", []look{{0, Open, year(2025), ""}, {day, Open, year(2026), ""}, {2 * day, Open, year(2025), ""}}, year(2025), false, nil},
		{"a third set restarts the clock", []look{{0, Open, year(2025), ""}, {day, Open, year(2026), ""}, {2 * day, Open, year(2024), ""}}, year(2025), true, nil},
		{"unknown between says nothing", []look{{0, Open, year(2025), ""}, {day, Open, year(2026), ""}, {2 * day, Unknown, nil, ""}, {3 * day, Open, year(2026), ""}}, year(2026), false, []string{"year=2025 → year=2026"}},
		{"the owner's token says it at once", []look{{0, Open, year(2025), PageToken}, {day, Open, year(2026), PageToken}}, year(2026), false, []string{"year=2025 → year=2026"}},
		{"a look without values compares with nothing", []look{{0, Open, nil, ""}, {day, Open, year(2026), ""}, {2 * day, Open, year(2026), ""}}, year(2026), false, nil},
		{
			"figures that move with every post are taken as they come",
			[]look{{0, Open, Values{ValueItems: Number(20)}, ""}, {day, Open, Values{ValueItems: Number(19)}, ""}},
			Values{ValueItems: Number(19)}, false, nil,
		},
		{
			"a change of state brings its own",
			[]look{{0, Open, year(2026), ""}, {day, Restricted, year(2024), ""}, {2 * day, Restricted, year(2024), ""}},
			year(2024), false, nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var all []Finding
			for _, l := range c.looks {
				if l.how == "" {
					l.how = Anonymous
				}
				x := finding(t, l.after, l.state, l.how)
				x.Values = l.values
				all = append(all, x)
			}
			for range 5 {
				rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
				s := Confirm(all, day)
				var changes []string
				for _, x := range s.ValueChanges {
					changes = append(changes, fmt.Sprintf("%s → %s", x.From, x.To))
				}
				if !s.Values.Equal(c.values) || s.ValuesPending != c.pending {
					t.Errorf("values %v, pending %v; want %v, %v", s.Values, s.ValuesPending, c.values, c.pending)
				}
				if d := cmp.Diff(c.changes, changes); d != "" {
					t.Errorf("changes (-want +got):\n%s", d)
				}
			}
		})
	}
}

// TestValuesOfANewerRule: another version of the rule reads otherwise, and that is no change of the page.
func TestValuesOfANewerRule(t *testing.T) {
	var all []Finding
	for i := range 4 {
		x := finding(t, time.Duration(i)*day, Open, Anonymous)
		x.Values = year(2025 + i/2)
		e := x.Verdict.Evidence()
		e.Version = 1 + i/2
		var err error
		if x.Verdict, err = NewVerdict(Open, "", "", e); err != nil {
			t.Fatal(err)
		}
		all = append(all, x)
	}
	if s := Confirm(all, day); len(s.ValueChanges) != 0 || !s.Values.Equal(year(2026)) {
		t.Errorf("changes %v, values %v", s.ValueChanges, s.Values)
	}
}

// TestRolledUpValues: looks that were rolled up say of a door's values what all of them said.
func TestRolledUpValues(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		var all []Finding
		for i := range 40 {
			x := finding(t, time.Duration(i)*13*time.Hour, []State{Open, Open, Open, Open, Restricted, Unknown}[random.IntN(6)], Anonymous)
			if x.Verdict.State() != Unknown {
				x.Values = year(2024 + random.IntN(3)/2)
			}
			all = append(all, x)
		}
		want := Confirm(all, day)
		dropped := map[string]bool{}
		var kept []Finding
		runs := map[string]*Run{}
		for _, s := range Stretches(all, noon.Add(300*day), func(string) bool { return false }, day) {
			for _, x := range s.Between {
				dropped[x.ID] = true
			}
			runs[s.Last.ID] = &Run{First: s.First.ID, From: s.First.ObservedAt, Looks: len(s.Between)}
		}
		for _, x := range all {
			if x.Run = runs[x.ID]; !dropped[x.ID] {
				kept = append(kept, x)
			}
		}
		got := Confirm(kept, day)
		if d := cmp.Diff(want.ValueChanges, got.ValueChanges); d != "" || !got.Values.Equal(want.Values) || got.ValuesPending != want.ValuesPending {
			t.Fatalf("rolled up %d of %d (-want +got):\n%s", len(dropped), len(all), d)
		}
	}
}
