package audit

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// said makes one person's finding: who writes the invite, who asked, and "+" an artefact, "!" the operator's approval.
func said(t testing.TB, after time.Duration, s State, who string) Finding {
	t.Helper()
	f := finding(t, after, s, ByWitness)
	plain := strings.TrimRight(who, "+!")
	invite, inviter, _ := strings.Cut(plain, "/")
	f.By = &Person{Invite: invite, Inviter: inviter, Artefact: strings.Contains(who, "+"), Approved: strings.Contains(who, "!")}
	return f
}

func TestWitnesses(t *testing.T) {
	type look struct {
		after time.Duration
		state State
		who   string // "" : not a witness but the how below
		how   How
	}
	cases := []struct {
		name      string
		looks     []look
		state     State
		stage     Stage
		pending   State
		contested bool
		people    int
	}{
		{"one no is checked", []look{{0, Closed, "p/ann+", ""}}, Unknown, Pending, Closed, false, 0},
		{"two with one picture close", []look{{0, Closed, "p/ann+", ""}, {time.Hour, Closed, "q/bob", ""}}, Closed, Confirmed, Unknown, false, 2},
		{"two without any picture do not", []look{{0, Closed, "p/ann", ""}, {time.Hour, Closed, "q/bob", ""}}, Unknown, Pending, Closed, false, 0},
		{"two whom one person asked do not", []look{{0, Closed, "p/ann+", ""}, {time.Hour, Closed, "q/ann+", ""}}, Unknown, Pending, Closed, false, 0},
		{"unless the operator approved one", []look{{0, Closed, "p/ann+", ""}, {time.Hour, Closed, "q/ann!", ""}}, Closed, Confirmed, Unknown, false, 2},
		{"one person twice is one", []look{{0, Closed, "p/ann+", ""}, {2 * day, Closed, "p/bob+", ""}}, Unknown, Pending, Closed, false, 0},
		{"eight days apart is no agreement", []look{{0, Closed, "p/ann+", ""}, {8 * day, Closed, "q/bob+", ""}}, Unknown, Pending, Closed, false, 0},
		{"six days apart is", []look{{0, Closed, "p/ann+", ""}, {6 * day, Closed, "q/bob+", ""}}, Closed, Confirmed, Unknown, false, 2},
		{"one yes opens what nobody saw before", []look{{0, Open, "p/ann", ""}}, Open, Confirmed, Unknown, false, 1},
		{"one yes does not open what two found closed", []look{{0, Closed, "p/ann+", ""}, {time.Minute, Closed, "q/bob", ""}, {10 * day, Open, "r/cat", ""}}, Closed, Pending, Open, false, 2},
		{"two do", []look{{0, Closed, "p/ann+", ""}, {time.Minute, Closed, "q/bob", ""}, {10 * day, Open, "r/cat", ""}, {11 * day, Open, "s/dan", ""}}, Open, Confirmed, Unknown, false, 2},
		{"a third who disagrees contests", []look{{0, Closed, "p/ann+", ""}, {time.Minute, Closed, "q/bob", ""}, {day, Open, "r/cat+", ""}}, Closed, Pending, Open, true, 2},
		{"three to one settles", []look{{0, Closed, "p/ann+", ""}, {time.Minute, Closed, "q/bob", ""}, {day, Open, "r/cat+", ""}, {2 * day, Closed, "s/dan", ""}}, Closed, Confirmed, Unknown, false, 3},
		{"two to two does not", []look{{0, Closed, "p/ann+", ""}, {time.Minute, Closed, "q/bob", ""}, {day, Open, "r/cat+", ""}, {2 * day, Open, "s/dan", ""}}, Closed, Pending, Open, true, 2},
		{"one against one is contested", []look{{0, Closed, "p/ann+", ""}, {time.Minute, Open, "q/bob+", ""}}, Unknown, Pending, Open, true, 0},
		{"two to one opens", []look{{0, Closed, "p/ann+", ""}, {time.Minute, Open, "q/bob+", ""}, {2 * time.Minute, Open, "r/cat", ""}}, Open, Confirmed, Unknown, false, 2},
		{"two to one does not close", []look{{0, Open, "p/ann+", ""}, {time.Minute, Closed, "q/bob+", ""}, {2 * time.Minute, Closed, "r/cat", ""}}, Open, Pending, Closed, true, 1},
		{"who could not tell says nothing", []look{{0, Closed, "p/ann+", ""}, {time.Minute, Unknown, "q/bob+", ""}}, Unknown, Pending, Closed, false, 0},
		{"the owner's token answers people", []look{{0, Closed, "p/ann+", ""}, {time.Minute, Open, "q/bob+", ""}, {2 * time.Minute, Closed, "", PageToken}}, Closed, Confirmed, Unknown, false, 0},
		{"a robot's refusal changes nothing", []look{{0, Closed, "p/ann+", ""}, {time.Minute, Closed, "q/bob", ""}, {day, Unknown, "", Anonymous}}, Closed, Confirmed, Unknown, false, 2},
		{"a look of ours a day later is the second", []look{{0, Closed, "p/ann", ""}, {day, Closed, "", Anonymous}}, Closed, Confirmed, Unknown, false, 0},
		{"a later person is counted with whom stands beside", []look{{0, Closed, "p/ann+", ""}, {time.Minute, Closed, "q/bob", ""}, {2 * time.Minute, Closed, "r/cat", ""}}, Closed, Confirmed, Unknown, false, 3},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var all []Finding
			for _, l := range c.looks {
				if l.who == "" {
					all = append(all, finding(t, l.after, l.state, l.how))
					continue
				}
				all = append(all, said(t, l.after, l.state, l.who))
			}
			want := Confirm(all, day)
			got := []any{want.State, want.Stage, want.Pending, want.Contested, want.Witnesses}
			if d := cmp.Diff([]any{c.state, c.stage, c.pending, c.contested, c.people}, got); d != "" {
				t.Errorf("state, stage, pending, contested, people: -want +got\n%s", d)
			}
			for range 10 {
				rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
				if d := cmp.Diff(want, Confirm(all, day), cmpopts.EquateComparable(Verdict{})); d != "" {
					t.Fatalf("another order of arrival makes another state:\n%s", d)
				}
			}
			if s := Stretches(all, noon.Add(1000*day), func(string) bool { return false }, day); len(s) != 0 {
				t.Errorf("what people said is rolled up: %v", s)
			}
		})
	}
}

// TestAQuarantineHoldsWitnesses: while many doors of a platform move at once nothing that people say is confirmed either.
func TestAQuarantineHoldsWitnesses(t *testing.T) {
	all := []Finding{said(t, 0, Closed, "p/ann+"), said(t, time.Hour, Closed, "q/bob")}
	if s := Confirm(all, day, Hold{From: noon}); s.State != Unknown || s.Pending != Closed {
		t.Errorf("%v, pending %v", s.State, s.Pending)
	}
}

func whole() Statement {
	return Statement{
		V: 1, Campaign: "c", Invite: "i", Channel: "ch", URL: "https://www.facebook.com/x", At: noon, LoggedIn: Yes, Blocked: No,
		Saw: map[CheckID]Answer{"visitor_posts": No, "reviews": Yes}, Posts: 10, Boxes: 0,
		Control: "https://www.facebook.com/open", ControlSaw: map[CheckID]Answer{"visitor_posts": Yes, "reviews": Yes, "comments": Yes},
	}
}

// TestAStatementSaysWhatItProves: each answer, with what surrounds it, makes one verdict; a no never without a control that
// was seen, an account and no block.
func TestAStatementSaysWhatItProves(t *testing.T) {
	asked := Witnessed()
	cases := []struct {
		name   string
		change func(*Statement)
		want   string // visitor_posts, reviews, comments
	}{
		{"whole", func(*Statement) {}, "closed open closed"},
		{"without an account", func(s *Statement) { s.LoggedIn = No }, "login_wall open login_wall"},
		{"blocked", func(s *Statement) { s.Blocked = Yes }, "blocked open blocked"},
		{"the control shows no box", func(s *Statement) { s.ControlSaw["visitor_posts"] = No }, "quarantined open closed"},
		{"the control shows no review button", func(s *Statement) { s.ControlSaw["reviews"] = No }, "closed quarantined closed"},
		{"the control shows no comments", func(s *Statement) { s.ControlSaw["comments"] = No }, "closed open quarantined"},
		{"cannot tell", func(s *Statement) { s.Saw["visitor_posts"] = Unsure }, "no_marker open closed"},
		{"some posts", func(s *Statement) { s.Boxes = 4 }, "closed open restricted:some_posts"},
		{"all posts", func(s *Statement) { s.Boxes = 10 }, "closed open open"},
		{"some posts without an account", func(s *Statement) { s.Boxes, s.LoggedIn = 4, No }, "login_wall open login_wall"},
		{"two posts say too little", func(s *Statement) { s.Posts = 2 }, "closed open incomplete"},
		{"no posts", func(s *Statement) { s.Posts = 0 }, "closed open no_marker"},
	}
	for _, c := range cases {
		s := whole()
		c.change(&s)
		if err := s.Check(asked); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		body := s.Bytes()
		var got []string
		for _, f := range s.Findings(asked) {
			word := f.Verdict.State().String()
			switch e := f.Verdict.Evidence(); {
			case f.Verdict.State() == Unknown:
				word = string(f.Verdict.Reason())
			case f.Verdict.Kind() != "":
				word += ":" + string(f.Verdict.Kind())
				fallthrough
			default:
				if string(body[e.Offset:e.Offset+e.Length]) != e.Excerpt || !strings.Contains(e.Excerpt, ":") || e.How != ByWitness {
					t.Errorf("%s: evidence %+v is not in the statement %s", c.name, e, body)
				}
			}
			got = append(got, word)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %s, want %s", c.name, strings.Join(got, " "), c.want)
		}
		again, err := ParseStatement(body)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if d := cmp.Diff(s, again); d != "" {
			t.Errorf("%s: read back: %s", c.name, d)
		}
	}
}

func TestAStatementThatIsNone(t *testing.T) {
	for name, change := range map[string]func(*Statement){
		"no time": func(s *Statement) { s.At = time.Time{} }, "no invite": func(s *Statement) { s.Invite = "" }, "no version": func(s *Statement) { s.V = 0 },
		"no account": func(s *Statement) { s.LoggedIn = "" }, "unsure of being blocked": func(s *Statement) { s.Blocked = Unsure },
		"eleven posts": func(s *Statement) { s.Posts = 11 }, "more boxes than posts": func(s *Statement) { s.Posts, s.Boxes = 3, 4 }, "less than none": func(s *Statement) { s.Boxes = -1 },
		"a question left out": func(s *Statement) { delete(s.Saw, "reviews") }, "an answer of its own": func(s *Statement) { s.Saw["reviews"] = "perhaps" },
		"the control left out": func(s *Statement) { delete(s.ControlSaw, "comments") }, "something else": func(s *Statement) { s.Saw["forum"] = No },
	} {
		s := whole()
		change(&s)
		if err := s.Check(Witnessed()); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzStatement(f *testing.F) {
	f.Add(whole().Bytes())
	f.Add([]byte(`{"v":1,"saw":{"comments":"no"},"posts":10}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseStatement(b)
		if err != nil || s.Check(Witnessed()) != nil {
			return
		}
		for _, x := range s.Findings(Witnessed()) {
			if e := x.Verdict.Evidence(); e != nil && string(s.Bytes()[e.Offset:e.Offset+e.Length]) != e.Excerpt {
				t.Errorf("evidence %+v is not in %s", e, s.Bytes())
			}
			if x.Verdict.State().Negative() && (s.LoggedIn != Yes || s.Blocked != No || s.ControlSaw[x.Check] != Yes) {
				t.Errorf("%s is %v without what a no needs: %s", x.Check, x.Verdict.State(), b)
			}
		}
	})
}
