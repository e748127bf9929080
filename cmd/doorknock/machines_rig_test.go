package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"doorknock/cmd/doorknock/town"
	programs "doorknock/internal/servers"
)

// natsServer is the NATS server as operators get it, built from its module.
var natsServer = sync.OnceValues(func() (string, error) {
	dir, err := binaries()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "nats-server")
	if out, err := exec.Command("go", "build", "-o", path, "github.com/nats-io/nats-server/v2").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build nats-server: %w\n%s", err, out)
	}
	return path, nil
})

// queue is an outside NATS server as a process of its own.
type queue struct {
	t      *testing.T
	dir    string
	port   int
	prefix []string // of its command line: a program that runs it
	cmd    *exec.Cmd
	out    *lines
}

// crawlerMay are the rights of a crawler's account, as docs/scaling.md tells them.
const crawlerMay = `
      publish: [
        "$JS.API.CONSUMER.INFO.JOBS.crawl", "$JS.API.CONSUMER.MSG.NEXT.JOBS.crawl", "$JS.ACK.JOBS.crawl.>",
        "visit.*",
        "$JS.API.STREAM.INFO.OBJ_captures", "$JS.API.DIRECT.GET.OBJ_captures.>", "$O.captures.>"
      ]
      subscribe: ["_INBOX.>"]`

// newQueues makes as many servers, of one cluster where there are several. They are not started.
func newQueues(t *testing.T, n int) []*queue {
	t.Helper()
	var all []*queue
	var routes []string
	inner := make([]int, n)
	for i := range n {
		all = append(all, &queue{t: t, dir: t.TempDir(), port: programs.Port(t)})
		inner[i] = programs.Port(t)
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", inner[i]))
	}
	for i, q := range all {
		cluster := ""
		if n > 1 {
			cluster = fmt.Sprintf("cluster { name: doorknock, listen: \"127.0.0.1:%d\", routes: [%s] }", inner[i], strings.Join(routes, ", "))
		}
		conf := fmt.Sprintf(`
listen: "127.0.0.1:%d"
server_name: n%d
jetstream { store_dir: "%s", sync_interval: always, max_file_store: 8G }
authorization {
  users: [
    {user: keeper, password: keep-secret}
    {user: crawler, password: crawl-secret, permissions: {%s}}
  ]
}
%s
`, q.port, i+1, q.dir, crawlerMay, cluster)
		if err := os.WriteFile(filepath.Join(q.dir, "nats.conf"), []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(q.kill)
	}
	return all
}

func (q *queue) start() {
	q.t.Helper()
	bin, err := natsServer()
	if err != nil {
		q.t.Fatal(err)
	}
	line := append(slices.Clone(q.prefix), bin, "-c", filepath.Join(q.dir, "nats.conf"))
	q.cmd = exec.Command(line[0], line[1:]...)
	q.out = capture(q.t, q.cmd)
	if err := q.cmd.Start(); err != nil {
		q.t.Fatal(err)
	}
	q.out.ours.Close()
	for deadline := time.Now().Add(slower * 30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", q.port)); err == nil {
			c.Close()
			return
		}
		if time.Now().After(deadline) {
			q.t.Fatalf("the NATS server does not listen:\n%s", q.out)
		}
	}
}

func (q *queue) signal(s syscall.Signal) {
	q.t.Helper()
	if err := q.cmd.Process.Signal(s); err != nil {
		q.t.Fatal(err)
	}
}

// end stops the server in order and waits for its end.
func (q *queue) end() {
	q.t.Helper()
	q.signal(syscall.SIGTERM)
	_ = q.cmd.Wait() // its exit code is its own affair
	q.cmd = nil
}

func (q *queue) kill() {
	if q.cmd != nil && q.cmd.Process != nil {
		_ = q.cmd.Process.Kill() // it may have ended
		_ = q.cmd.Wait()
	}
	q.cmd = nil
}

// servers is what nats.url names for one of the accounts.
func servers(queues []*queue, account string) string {
	var urls []string
	for _, q := range queues {
		at := fmt.Sprintf("127.0.0.1:%d", q.port)
		if account != "" {
			at = account + "@" + at
		}
		urls = append(urls, "nats://"+at)
	}
	return strings.Join(urls, ",")
}

// password writes an account's password to a file.
func password(t *testing.T, account string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nats.password")
	_, secret, _ := strings.Cut(account, ":")
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	asKeeper  = "keeper:keep-secret"
	asCrawler = "crawler:crawl-secret"
)

// watchedTown is a town whose visitors are noted: who asked which site for what, and when.
type watchedTown struct {
	*town.Town
	address string
	slow    atomic.Int64 // nanoseconds that a crawler waits for an answer, so that visits last

	mu   sync.Mutex
	asks map[string][]ask // by host
}

// ask is one request of a crawler.
type ask struct {
	who, path string
	from, to  time.Time
}

func newWatchedTown(t *testing.T) *watchedTown {
	t.Helper()
	w := &watchedTown{Town: openTown(t, town.Old()), asks: map[string][]ask{}}
	w.slow.Store(int64(10 * time.Millisecond))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.address = l.Addr().String()
	s := &http.Server{Handler: w, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = s.Serve(l) }() // ends by Close
	t.Cleanup(func() { _ = s.Close() })
	return w
}

// Hosts maps the town's names to where its visitors are noted.
func (w *watchedTown) Hosts() map[string]string {
	hosts := w.Town.Hosts()
	for name := range hosts {
		hosts[name] = w.address
	}
	return hosts
}

// ServeHTTP notes a crawler's request and passes it on. The answer is made whole before it is sent: whoever has read it to
// its end has it from a request that had ended.
func (w *watchedTown) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	_, who, crawler := strings.Cut(r.UserAgent(), "crawler-")
	if !crawler {
		w.Town.ServeHTTP(rw, r)
		return
	}
	host, _, _ := strings.Cut(r.Host, ":")
	a := ask{who: who, path: r.URL.Path, from: time.Now()}
	time.Sleep(time.Duration(w.slow.Load()))
	site := host
	if strings.HasPrefix(host, "copy-") {
		site = town.Larkfield
		r.Host = site
	}
	answer := httptest.NewRecorder()
	note := sync.OnceFunc(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		a.to = time.Now()
		w.asks[host] = append(w.asks[host], a)
	})
	defer note() // the town may cut the connection
	w.Town.ServeHTTP(answer, r)
	note()
	renamed(rw, answer, site, host)
}

// renamed sends an answer of one of the town's sites as that of another name.
func renamed(rw http.ResponseWriter, answer *httptest.ResponseRecorder, site, host string) {
	maps.Copy(rw.Header(), answer.Header())
	for name, values := range rw.Header() {
		for i := range values {
			rw.Header()[name][i] = strings.ReplaceAll(values[i], site, host)
		}
	}
	rw.WriteHeader(answer.Code)
	_, _ = rw.Write(bytes.ReplaceAll(answer.Body.Bytes(), []byte(site), []byte(host))) // a reader that went away needs no answer
}

// busy reports whether a crawler asked something just now.
func (w *watchedTown) busy(who string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, all := range w.asks {
		if n := len(all); n > 0 && all[n-1].who == who && time.Since(all[n-1].to) < 50*time.Millisecond && all[n-1].path != "/" {
			return true
		}
	}
	return false
}

// stay is one visit as the site sees it: from its first request to its last.
type stay struct {
	who      string
	from, to time.Time
	asked    []string
}

// stays gives the visits to each site. One begins with robots.txt or the home page.
func (w *watchedTown) stays() map[string][]stay {
	w.mu.Lock()
	defer w.mu.Unlock()
	sites := map[string][]stay{}
	for host, all := range w.asks {
		slices.SortFunc(all, func(a, b ask) int { return a.from.Compare(b.from) })
		now := map[string]*stay{}
		last := map[string]string{}
		var done []*stay
		for _, a := range all {
			begins := a.path == "/robots.txt" || a.path == "/" && (last[a.who] != "/robots.txt" || a.from.Sub(now[a.who].to) > time.Second)
			if now[a.who] == nil || begins {
				now[a.who] = &stay{who: a.who, from: a.from}
				done = append(done, now[a.who])
			}
			now[a.who].to = a.to
			now[a.who].asked = append(now[a.who].asked, clock(a.from)+" "+a.path)
			last[a.who] = a.path
		}
		for _, s := range done {
			sites[host] = append(sites[host], *s)
		}
	}
	return sites
}

// checkAlone wants no site to have had two crawlers at once, and gives the number of visits by crawler.
func (w *watchedTown) checkAlone(t *testing.T) map[string]int {
	t.Helper()
	visits := map[string]int{}
	for host, all := range w.stays() {
		for i, a := range all {
			visits[a.who]++
			for _, b := range all[i+1:] {
				if a.who != b.who && a.from.Before(b.to) && b.from.Before(a.to) {
					t.Errorf("%s: crawler %s from %s to %s and crawler %s from %s to %s: %q and %q", host, a.who, clock(a.from), clock(a.to), b.who, clock(b.from), clock(b.to), a.asked, b.asked)
				}
			}
		}
	}
	return visits
}

func clock(at time.Time) string { return at.Format("15:04:05.000") }

// farm is an installation on several machines beside one on a single machine, both looking at one town.
type farm struct {
	*trial   // the tried one is the machine that keeps
	where    *watchedTown
	queues   []*queue
	crawlers []*rig
}

func newFarm(t *testing.T, queues []*queue, replicas int, ackWait string) *farm {
	t.Helper()
	f := &farm{where: newWatchedTown(t), queues: queues}
	outside := fmt.Sprintf("\nnats: {url: %q, user: keeper, password_file: %s, replicas: %d}", servers(queues, ""), password(t, asKeeper), replicas)
	f.trial = trialOf(newRig(t, f.where, trialAlerts+outside), newRig(t, f.where, trialAlerts), f.where.Town)
	f.flags = []string{"--roles", "keep", "--tick", "250ms", "--ack-wait", ackWait}
	for i := range 3 {
		f.crawlers = append(f.crawlers, f.crawler(fmt.Sprint(i+1)))
	}
	return f
}

// crawler is a machine that only crawls: its settings name no data folder and no list, and its key is a copy.
func (f *farm) crawler(who string) *rig {
	f.t.Helper()
	c := &rig{t: f.t, dir: f.t.TempDir(), built: binary, flags: []string{"--roles", "crawl", "--nats", servers(f.queues, asCrawler)}}
	c.config = filepath.Join(c.dir, "doorknock.yaml")
	var hosts strings.Builder
	for name, to := range f.where.Hosts() {
		fmt.Fprintf(&hosts, "  %s: %s\n", name, to)
	}
	c.write("doorknock.yaml", fmt.Sprintf(`
contact: e2e@doorknock.test
key_file: %s/doorknock.key
crawl: {pace: 5ms, daily_cap: 0, user_agent: "doorknock/e2e crawler-%s"}
hosts:
%s`, c.dir, who, hosts.String()))
	f.t.Cleanup(c.kill)
	return c
}

// begin starts everything and waits until both have looked at everybody.
func (f *farm) begin() {
	f.t.Helper()
	for _, q := range f.queues {
		q.start()
	}
	f.calm.start()
	f.start()
	f.out.address(f.t) // by then the key is made
	key, err := os.ReadFile(f.path("doorknock.key"))
	if err != nil {
		f.t.Fatal(err)
	}
	for _, c := range f.crawlers {
		c.write("doorknock.key", string(key))
		c.start()
	}
	f.looked()
	f.calm.looked()
}

// finish lets both installations come to rest and wants the same of them, to the last message and score; evidence that shows
// every answer; and nothing left on the NATS servers that could be read.
func (f *farm) finish() {
	f.t.Helper()
	f.agree() // while there are crawlers
	f.emptied()
	for _, r := range f.crawlers {
		if code, took := r.stop(syscall.SIGTERM); code != 0 || took > stopsWithin {
			f.t.Errorf("SIGTERM: exit %d after %v\n%s", code, took, r.out)
		}
	}
	f.ends()
	if lost := f.rows(`SELECT url FROM capture WHERE status = 200 AND file = ''`); len(lost) > 0 {
		f.t.Errorf("captures that did not arrive: %v", lost)
	}
	for _, row := range f.rows(`SELECT DISTINCT finding FROM state_now WHERE state <> 'unknown'`) {
		if code, out, errs := f.do("evidence", "replay", row, "--config", f.config); code != 0 {
			f.t.Errorf("evidence of %s: exit %d\n%s%s", row, code, out, errs)
		}
	}
	for _, q := range f.queues {
		for _, words := range []string{"Ruth P", "disgrace", "comment-respond"} {
			if out, err := exec.Command("grep", "-rlaF", words, q.dir).Output(); len(out) > 0 || err == nil {
				f.t.Errorf("%q stands in plain in %s", words, out)
			}
		}
	}
	f.t.Logf("visits by crawler: %v", f.where.checkAlone(f.t))
	if f.t.Failed() {
		for i, c := range f.crawlers {
			f.t.Logf("crawler %d said:\n%s", i+1, c.out)
		}
	}
}

// streams gives the streams on the NATS server as the machine that keeps sees them, until done.
func (f *farm) streams() (js jetstream.JetStream, done func()) {
	f.t.Helper()
	conn, err := nats.Connect(servers(f.queues, asKeeper))
	if err != nil {
		f.t.Fatal(err)
	}
	if js, err = jetstream.New(conn); err != nil {
		f.t.Fatal(err)
	}
	return js, conn.Close
}

// stream gives one of them as it is now.
func (f *farm) stream(name string) (s jetstream.Stream, done func()) {
	f.t.Helper()
	js, done := f.streams()
	s, err := js.Stream(f.t.Context(), name)
	if err != nil {
		f.t.Fatal(err)
	}
	return s, done
}

// emptied waits until nothing travels any more.
func (f *farm) emptied() {
	f.t.Helper()
	js, done := f.streams()
	defer done()
	f.until("a moment without captures under way", time.Minute, func() bool {
		bucket, err := js.ObjectStore(f.t.Context(), "captures")
		if err != nil {
			return false
		}
		left, err := bucket.List(f.t.Context())
		return errors.Is(err, jetstream.ErrNoObjectsFound) || err == nil && len(left) <= 2 // visits go on
	})
}
