package crawler

import (
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/internal/hostile"
)

// TestHostile visits every bad input that needs neither much time nor much memory; those are in internal/hostile's own
// tests and in slow_test.go.
func TestHostile(t *testing.T) {
	s := hostile.Start()
	defer s.Close()
	r := newRig(t, Options{Hosts: hostsFor(s, "hostile.test")}, nil)
	for _, c := range hostile.Cases() {
		if c.Slow || c.Heavy {
			continue
		}
		t.Run(strings.TrimPrefix(c.Path, "/"), func(t *testing.T) {
			home := "http://hostile.test" + c.Path
			r.plan = &listPlan{requests: []Request{{URL: home, For: ForHome}}}
			v := look(t, r, jobFor(home))
			page := r.plan.pages[0]
			if got := page.Problem(); got != c.Want {
				t.Errorf("problem %q, want %q", got, c.Want)
			}
			checkHonest(t, v, page, c.Want)
		})
	}
}

// checkHonest: a page that could not be read gives no state, a body that is not whole is never a body, and what was
// asked is on record.
func checkHonest(t *testing.T, v audit.Visit, page *Page, want audit.Reason) {
	t.Helper()
	if page.Answer.Problem != "" && page.Answer.Status == 200 && page.Answer.Body != nil && page.Answer.Problem != audit.ReasonNotHTML {
		t.Errorf("a body of %d bytes beside problem %s", len(page.Answer.Body), page.Answer.Problem)
	}
	if len(v.Readings) == 0 {
		t.Error("the findings would not say why nothing was read")
	}
	for _, r := range v.Readings {
		if want != "" && (r.Verdict.State() != audit.Unknown || r.Verdict.Reason() != want) {
			t.Errorf("reading of a page that proves nothing: %v/%s", r.Verdict.State(), r.Verdict.Reason())
		}
	}
	if len(v.Captures) < 2 {
		t.Errorf("%d captures, want robots.txt and the page", len(v.Captures))
	}
	if v.Offline {
		t.Error("offline although the server answered for robots.txt")
	}
}

func TestHostileRobots(t *testing.T) {
	s := hostile.Start()
	defer s.Close()
	hosts := map[string]string{}
	for _, c := range hostile.Robots() {
		hosts["robots-"+c.Name+".test"] = s.Listener.Addr().String()
	}
	r := newRig(t, Options{Hosts: hosts}, nil)
	for _, c := range hostile.Robots() {
		t.Run(c.Name, func(t *testing.T) {
			home := "http://robots-" + c.Name + ".test/x"
			r.plan = &listPlan{requests: []Request{{URL: home, For: ForHome}}}
			v := look(t, r, jobFor(home))
			if got := r.plan.pages[0].Answer.Problem; got != c.Want {
				t.Errorf("problem %q, want %q", got, c.Want)
			}
			if c.Want != "" && (len(v.Readings) != 1 || v.Readings[0].Verdict.Reason() != c.Want || v.Readings[0].Scope != "") {
				t.Errorf("readings %+v", v.Readings)
			}
			// What the visit leaves must lead the next one to the same answer.
			again := newRobotsBook(v.Memory.Host.Robots, v.StartedAt)
			u, _ := r.address(home)
			if e := again.of(u); e != nil && (again.check(u) == nil) != (c.Want == "") {
				t.Errorf("the remembered robots.txt says otherwise: %v", again.check(u))
			}
		})
	}
}
