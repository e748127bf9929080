package crawler

import (
	"slices"
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/internal/hostile"
)

// TestHostile visits every bad input that needs neither much time nor much memory (those are in internal/hostile's own
// tests and in slow_test.go), each beside a site with which nothing is wrong.
func TestHostile(t *testing.T) {
	s := hostile.Start()
	defer s.Close()
	r := newRig(t, Options{Hosts: hostsFor(s, "hostile.test", "healthy.test")}, nil)
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
			checkKept(t, r, v)
			r.plan = &listPlan{requests: []Request{{URL: "http://healthy.test/", For: ForHome}}}
			v = look(t, r, jobFor("http://healthy.test/"))
			checkHonest(t, v, r.plan.pages[0], "")
			if got := r.plan.pages[0].Problem(); got != "" {
				t.Errorf("the healthy site has problem %q after it", got)
			}
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

// checkKept: each hop of the visit is kept as it came, with a mark where it is not whole, and that mark is a problem's.
func checkKept(t *testing.T, r *rig, v audit.Visit) {
	t.Helper()
	hops := r.keeper.kept[len(r.keeper.kept)-answered(v):]
	for i, x := range hops {
		if x.IP == "" || len(x.RequestHead) == 0 || len(x.ResponseHead) == 0 {
			t.Errorf("hop %d to %s is kept without its heads", i, x.URL)
		}
		if last := v.Captures[len(v.Captures)-1]; x.Truncated != "" && last.Reason == "" {
			t.Errorf("a body cut by %s passes as whole", x.Truncated)
		}
	}
}

// answered counts the hops that got an answer, which are the ones kept.
func answered(v audit.Visit) (n int) {
	for _, c := range v.Captures {
		if c.Status != 0 {
			n++
		}
	}
	return n
}

// TestCutBodiesAreKept: what came of a body that was cut is kept as partial evidence, and marked so.
func TestCutBodiesAreKept(t *testing.T) {
	s := hostile.Start()
	defer s.Close()
	r := newRig(t, Options{Hosts: hostsFor(s, "hostile.test")}, nil)
	for path, mark := range map[string]string{"/cut-length": "disconnect", "/cut-chunk": "disconnect", "/form-late": "length"} {
		r.plan = &listPlan{requests: []Request{{URL: "http://hostile.test" + path, For: ForHome}}}
		look(t, r, jobFor("http://hostile.test"+path))
		x := r.keeper.kept[len(r.keeper.kept)-1]
		if x.Truncated != mark || len(x.Body) == 0 || r.plan.pages[0].Answer.Body != nil {
			t.Errorf("%s: kept %d bytes marked %q, %d given to the checks", path, len(x.Body), x.Truncated, len(r.plan.pages[0].Answer.Body))
		}
	}
}

// TestOddHeadersAreKept: headers are evidence too, to the byte.
func TestOddHeadersAreKept(t *testing.T) {
	s := hostile.Start()
	defer s.Close()
	r := newRig(t, Options{Hosts: hostsFor(s, "hostile.test")}, &listPlan{requests: []Request{{URL: "http://hostile.test/header-bytes", For: ForHome}}})
	look(t, r, jobFor("http://hostile.test/header-bytes"))
	if head := string(r.keeper.kept[1].ResponseHead); !strings.Contains(head, "X-Odd: \xff\xfe caf\xe9\r\n") {
		t.Errorf("kept %q", head)
	}
}

// TestRedirectsAreKept: five redirects, and each of them is a capture of its own.
func TestRedirectsAreKept(t *testing.T) {
	s := hostile.Start()
	defer s.Close()
	r := newRig(t, Options{Hosts: hostsFor(s, "hostile.test")}, &listPlan{requests: []Request{{URL: "http://hostile.test/chain/5", For: ForHome}}})
	v := look(t, r, jobFor("http://hostile.test/chain/5"))
	if len(v.Captures) != 7 || len(r.keeper.kept) != 7 { // robots.txt, five redirects, the page
		t.Errorf("%d captures, %d kept, want 7", len(v.Captures), len(r.keeper.kept))
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
		if c.Slow || c.Name == "bomb" && !robotsBombs {
			continue
		}
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
			want := c.Want
			if want == audit.ReasonRobots && !slices.Contains([]string{"429", "500", "503", "brotli"}, c.Name) {
				want = "" // it was read, and forbids
			}
			if v.Unread != want {
				t.Errorf("could not be read for %q, want %q", v.Unread, want)
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
