package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Three crawlers, a machine that keeps, and a NATS server between, each a process of its own. A crawler is killed in a
// visit, the server stands still for longer than a job may be silent, and is stopped and started, the machine that keeps is
// killed and away: no site ever has two visitors at once, and tables, messages and scores are those of one machine left in peace.
// While the server is away, and while it takes nobody's password, every machine says so, and goes on by itself.
func TestSeveralMachines(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel()
	f := newFarm(t, newQueues(t, 1), 1, "2s")
	f.begin()
	f.write()
	f.until("crawler 1 is in the middle of a visit", time.Minute, func() bool { return f.where.busy("1") })
	f.crawlers[0].kill()
	f.crawlers[0].start()
	f.turn()
	f.standstill(4 * time.Second) // a job is given to somebody else after four
	f.write()
	f.queues[0].end()
	f.saysAway("EOF")
	f.queues[0].start()
	f.saysThere()
	f.locksOut()
	f.write()
	f.keeperAway()
	f.finish()
	for _, words := range []string{"not connected to the NATS server", "connected to the NATS server again", "crawling for 127.0.0.1"} {
		for i, c := range f.crawlers {
			if c.out.line(words) == "-" {
				t.Errorf("crawler %d does not say %q:\n%s", i+1, words, c.out)
			}
		}
	}
	if out := f.crawlers[1].out.String(); strings.Contains(out, "crawl-secret") {
		t.Errorf("the log tells the password:\n%s", out)
	}
}

// keeperAway kills the machine that keeps while sites are looked at, and starts it when the crawlers have sent what they saw and
// have no more to do: all of it is recorded.
func (f *farm) keeperAway() {
	f.t.Helper()
	f.where.slow.Store(int64(500 * time.Millisecond))
	f.until("a visit is under way", time.Minute, func() bool { return f.where.busy("1") || f.where.busy("2") || f.where.busy("3") })
	f.kill()
	f.write()
	f.where.slow.Store(int64(10 * time.Millisecond))
	f.until("the crawlers have finished what was queued", time.Minute, func() bool { return f.held("JOBS") == 0 && f.held("VISITS") > 0 })
	before, sent := f.visits(), f.held("VISITS")
	f.start()
	f.until("what was sent meanwhile is recorded", time.Minute, func() bool { return f.visits() >= before+sent })
	f.t.Logf("away, it was sent %d visits", sent)
}

// held counts the messages that a stream keeps, until whoever they are for is done with them.
func (f *farm) held(stream string) int {
	f.t.Helper()
	s, done := f.stream(stream)
	defer done()
	return int(s.CachedInfo().State.Msgs)
}

// visits counts the visits that are recorded.
func (f *farm) visits() int {
	f.t.Helper()
	n, err := strconv.Atoi(f.rows(`SELECT count(*) FROM visit`)[0])
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

// standstill stops the server's process in the midst of visits that are still under way when it goes on.
func (f *farm) standstill(d time.Duration) {
	f.t.Helper()
	f.where.slow.Store(int64(500 * time.Millisecond))
	f.until("a visit is under way", time.Minute, func() bool { return f.where.busy("1") || f.where.busy("2") || f.where.busy("3") })
	f.queues[0].signal(syscall.SIGSTOP)
	f.t.Logf("the server stands still at %s", clock(time.Now()))
	time.Sleep(d)
	f.queues[0].signal(syscall.SIGCONT)
	f.t.Logf("and goes on at %s", clock(time.Now()))
	f.until("work goes on", time.Minute, func() bool { return f.where.busy("1") || f.where.busy("2") || f.where.busy("3") })
	time.Sleep(time.Second) // of visits beside those that should have ended
	f.where.slow.Store(int64(10 * time.Millisecond))
}

// saysAway waits until the machine that keeps says, to each who may ask, that the queue cannot be reached, and why. Its pages
// stay, and no supervisor is asked to start it again.
func (f *farm) saysAway(why string) {
	f.t.Helper()
	f.until("status says that the queue is away, and why", time.Minute, func() bool {
		said, code := f.ask("status")
		return code == 0 && strings.Contains(said, "the queue cannot be reached since") && strings.Contains(said, why)
	})
	base := f.out.address(f.t)
	if code, body := get(f.t, base+"/healthz"); code != http.StatusOK || !strings.HasPrefix(body, "ok\nthe queue cannot be reached since ") {
		f.t.Errorf("/healthz: %d %s, want 200 and a line about the queue", code, body)
	}
	for _, page := range []string{"/readyz", "/", "/league"} {
		if code, _ := get(f.t, base+page); code != http.StatusOK {
			f.t.Errorf("%s: %d while the queue is away", page, code)
		}
	}
	if _, figures := get(f.t, f.out.operator(f.t)+"/metrics"); !regexp.MustCompile(`\ndoorknock_queue_away_seconds [1-9]`).MatchString(figures) {
		f.t.Error("/metrics does not say that the queue is away")
	}
}

// saysThere waits until every machine says that it is connected again.
func (f *farm) saysThere() {
	f.t.Helper()
	for i, r := range append([]*rig{f.rig}, f.crawlers...) {
		r.until(fmt.Sprintf("machine %d is connected again", i), time.Minute, func() bool {
			return r.out.count("not connected to the NATS server; trying again") == r.out.count("connected to the NATS server again")
		})
	}
	f.until("status says no more of it", time.Minute, func() bool {
		said, _ := f.ask("status")
		return !strings.Contains(said, "the queue cannot be reached")
	})
	if _, figures := get(f.t, f.out.operator(f.t)+"/metrics"); !strings.Contains(figures, "\ndoorknock_queue_away_seconds 0\n") {
		f.t.Error("/metrics still says that the queue is away")
	}
}

// locksOut has the server take other passwords while everybody works, until all have said that theirs are refused, and then
// the old ones again.
func (f *farm) locksOut() {
	f.t.Helper()
	const refusal = "refuses these credentials"
	q := f.queues[0]
	conf := filepath.Join(q.dir, "nats.conf")
	old, err := os.ReadFile(conf)
	if err != nil {
		f.t.Fatal(err)
	}
	reload := func(text string) {
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			f.t.Fatal(err)
		}
		q.signal(syscall.SIGHUP)
	}
	reload(strings.ReplaceAll(string(old), "-secret", "-other"))
	if strings.Count(string(old), "-secret") != 2 {
		f.t.Fatal("the passwords stand elsewhere")
	}
	for i, c := range f.crawlers {
		c.until(fmt.Sprintf("crawler %d says that its password is refused", i+1), time.Minute, func() bool { return c.out.line(refusal) != "-" })
	}
	f.saysAway(refusal)
	reload(string(old))
	f.saysThere()
}

// What is wrong with a crawler's start is said in one sentence, and nothing is made.
func TestCrawlerBadStarts(t *testing.T) {
	t.Parallel()
	q := newQueues(t, 1)
	q[0].start()
	good := strings.Repeat("ab", 32) + "\n"
	for name, c := range map[string]struct {
		args []string
		key  string
		code int
		want []string
	}{
		"no key":            {[]string{"--roles", "crawl", "--nats", servers(q, asCrawler)}, "", 2, []string{"there is no installation key", "copy it there"}},
		"a cut key":         {[]string{"--roles", "crawl", "--nats", servers(q, asCrawler)}, "abcd", 1, []string{"holds 4 characters"}},
		"no server named":   {[]string{"--roles", "crawl"}, good, 2, []string{"--nats", "nats.url"}},
		"keep without one":  {[]string{"--roles", "keep"}, good, 2, []string{"--nats", "nats.url"}},
		"not an address":    {[]string{"--roles", "crawl", "--nats", "queue.example"}, good, 2, []string{"--nats", "nats://host:port"}},
		"no such role":      {[]string{"--roles", "dig"}, good, 2, []string{"--roles dig", "all, crawl or keep"}},
		"wrong password":    {[]string{"--roles", "crawl", "--nats", servers(q, "crawler:guess")}, good, 1, []string{"refuses these credentials", "nats.creds_file"}},
		"keep, wrong words": {[]string{"--roles", "keep", "--nats", servers(q, "keeper:guess")}, good, 1, []string{"refuses these credentials"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := quiet(t, "")
			if c.key != "" {
				r.write("doorknock.key", c.key)
			}
			code, out, errs := r.do(append([]string{"run", "--config", r.config}, c.args...)...)
			errs = regexp.MustCompile(`(?m)^.*level=INFO.*\n`).ReplaceAllString(errs, "") // whose names are not looked up in DNS
			refused(t, code, c.code, out, errs, c.want)
			if strings.Contains(errs, "guess") || strings.Contains(errs, "crawl-secret") {
				t.Errorf("tells the password: %s", errs)
			}
			for name := range r.files() {
				if strings.Contains(name, "/data/") && c.args[1] == "crawl" || c.key == "" && strings.HasSuffix(name, ".key") {
					t.Errorf("a crawler made %s", name)
				}
			}
		})
	}
}

// A crawler that is started before anybody else waits, and says for what.
func TestCrawlerWaits(t *testing.T) {
	t.Parallel()
	q := newQueues(t, 1)
	r := quiet(t, "")
	r.built, r.flags = binary, []string{"--roles", "crawl", "--nats", servers(q, asCrawler)}
	r.write("doorknock.key", strings.Repeat("ab", 32)+"\n")
	r.start()
	r.until("it says that no server answers", 30*time.Second, func() bool { return r.out.line("the NATS server does not answer") != "-" })
	q[0].start()
	r.until("it says that the queue is not there", 30*time.Second, func() bool { return r.out.line("start `doorknock run` with the same nats.url") != "-" })
	if code, took := r.stop(syscall.SIGTERM); code != 0 || took > stopsWithin {
		t.Errorf("SIGTERM: exit %d after %v\n%s", code, took, r.out)
	}
}
