//go:build nightly

package main

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/internal/hostile"
)

// soakPlace is sixty sites, of which eighteen are as bad as can be: each look at one of them meets the next bad input.
type soakPlace struct {
	good, bad int
	at        string
	turn      atomic.Int64
	hostile   http.Handler
	cases     []hostile.Case
}

func (s *soakPlace) Hosts() map[string]string {
	hosts := map[string]string{}
	for i := range s.good {
		hosts[fmt.Sprintf("good%d.test", i)] = s.at
	}
	for i := range s.bad {
		hosts[fmt.Sprintf("bad%d.test", i)] = s.at
	}
	return hosts
}

func (s *soakPlace) Organisations() (orgs []audit.Organisation, _ []audit.Channel) {
	homes := 1000
	for host := range s.Hosts() {
		name := strings.TrimSuffix(host, ".test")
		orgs = append(orgs, audit.Organisation{ID: name, Name: name + " Homes", Nation: audit.England, Sector: "council", Homes: &homes, Website: "http://" + host + "/"})
	}
	return orgs, nil
}

func (s *soakPlace) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	good := strings.HasPrefix(r.Host, "good")
	switch {
	case !good && r.URL.Path == "/":
		r.URL.Path = s.cases[int(s.turn.Add(1))%len(s.cases)].Path
		fallthrough
	case !good:
		s.hostile.ServeHTTP(w, r)
	case r.URL.Path == "/":
		s.page(w, r, `<p>Homes for everybody.</p><a href="/news/repairs">News about repairs</a> <a href="/complaints">Complaints</a>`)
	case strings.HasPrefix(r.URL.Path, "/news/"):
		s.page(w, r, `<article><h1>Repairs day</h1><p>We mend things.</p></article><div id="respond"><form action="/wp-comments-post.php" method="post" `+
			`id="commentform" class="comment-form"><textarea id="comment" name="comment"></textarea><input type="hidden" name="comment_post_ID" value="1"></form></div>`)
	case r.URL.Path == "/complaints":
		s.page(w, r, `<h1>Complaints</h1><p>How to complain to us.</p>`)
	default:
		http.NotFound(w, r)
	}
}

// page answers like a site behind a cache: nine times of ten nothing has changed.
func (s *soakPlace) page(w http.ResponseWriter, r *http.Request, body string) {
	tag := fmt.Sprintf(`"%d"`, s.turn.Load()/600)
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!doctype html><html lang=en><head><title>%s Homes</title></head><body><main>%s</main><footer>%s</footer></body></html>",
		strings.TrimSuffix(r.Host, ".test"), body, tag)
}

// sample is what a running process holds.
type sample struct {
	at              time.Duration
	rss             float64 // MB
	goroutines, fds int
}

// Soak: sixty sites, three of ten hostile, under `run` for half an hour (DOORKNOCK_SOAK sets another time). Memory grows by
// less than a megabyte a minute, goroutines and open files not at all, and nobody is said to have closed anything.
func TestSoak(t *testing.T) {
	lasts := 30 * time.Minute
	if set := os.Getenv("DOORKNOCK_SOAK"); set != "" {
		var err error
		if lasts, err = time.ParseDuration(set); err != nil {
			t.Fatal(err)
		}
	}
	where := &soakPlace{good: 42, bad: 18, hostile: hostile.Handler(), cases: hostile.Cases()}
	server := httptest.NewServer(where)
	defer server.Close()
	where.at = strings.TrimPrefix(server.URL, "http://")
	r := newRig(t, where, "")
	r.write("doorknock.yaml", strings.Replace(r.settings(), "interval: 1s", "interval: 60s", 1)) // 360 times as often as in life
	r.start()
	all := r.soak(lasts)
	if n := r.rows(`SELECT count(*) FROM finding WHERE state = 'closed'`)[0]; n != "0" {
		t.Errorf("%s findings of closed doors where none is", n)
	}
	t.Logf("%s visits, %s findings, %d bad inputs met", r.rows(`SELECT count(*) FROM visit`)[0], r.rows(`SELECT count(*) FROM finding`)[0], where.turn.Load())
	r.rests()
	r.checkWhole()
	judge(t, all, lasts)
}

// soak samples the process until the time is over.
func (r *rig) soak(lasts time.Duration) (all []sample) {
	r.t.Helper()
	base, start := r.out.operator(r.t), time.Now()
	log := os.Stderr
	if path := os.Getenv("DOORKNOCK_SOAK_LOG"); path != "" {
		f, err := os.Create(path)
		if err != nil {
			r.t.Fatal(err)
		}
		defer f.Close()
		log = f
	}
	for time.Since(start) < lasts {
		time.Sleep(min(10*time.Second, lasts/20))
		_, metrics := get(r.t, base+"/metrics")
		number := func(name string) float64 {
			m := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(metrics)
			if m == nil {
				r.t.Fatalf("no %s in /metrics", name)
			}
			n, err := strconv.ParseFloat(m[1], 64)
			if err != nil {
				r.t.Fatal(err)
			}
			return n
		}
		s := sample{time.Since(start), ownMemory(r.t, r.cmd.Process.Pid), int(number("go_goroutines")), int(number("process_open_fds"))}
		all = append(all, s)
		fmt.Fprintf(log, "%.0f s,%.1f MB,%d goroutines,%d files,%.1f MB heap,%.1f MB database\n", s.at.Seconds(), s.rss, s.goroutines, s.fds,
			number("go_memstats_heap_inuse_bytes")/1e6, number("doorknock_database_bytes")/1e6)
	}
	return all
}

// ownMemory is what a process holds of memory of its own, in MB: without the pages of its program's file, of which more are
// mapped the more of its code has run.
func ownMemory(t *testing.T, pid int) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^RssAnon:\s+(\d+) kB$`).FindSubmatch(status)
	if m == nil {
		t.Skip("this kernel does not tell a process's own memory apart")
	}
	kb, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return kb / 1024
}

// judge compares the second part of the run with itself: a third of the time is for pools to fill. Memory is taken at the
// lowest moment of each of eight spans: a bomb is a spike of a hundred megabytes, and no leak. What grows a little is
// SQLite's page caches (9 MB at most, all connections together) as the database does.
func judge(t *testing.T, all []sample, lasts time.Duration) {
	t.Helper()
	warm := all[len(all)/3:]
	slope := perMinute(floors(warm))
	t.Logf("memory %.1f to %.1f MB, %.2f MB a minute; goroutines %d to %d; open files %d to %d", warm[0].rss, warm[len(warm)-1].rss, slope,
		middle(warm[:len(warm)/2], func(s sample) int { return s.goroutines }), middle(warm[len(warm)/2:], func(s sample) int { return s.goroutines }),
		middle(warm[:len(warm)/2], func(s sample) int { return s.fds }), middle(warm[len(warm)/2:], func(s sample) int { return s.fds }))
	if lasts >= 10*time.Minute && slope >= 1 { // in less time one large page moves the line
		t.Errorf("memory grows by %.2f MB a minute, want less than 1", slope)
	}
	for name, of := range map[string]func(sample) int{"goroutines": func(s sample) int { return s.goroutines }, "open files": func(s sample) int { return s.fds }} {
		early, late := middle(warm[:len(warm)/2], of), middle(warm[len(warm)/2:], of)
		if late > early+early/4+10 {
			t.Errorf("%s grow from %d to %d", name, early, late)
		}
	}
	if peak := slices.MaxFunc(all, func(a, b sample) int { return int(a.rss - b.rss) }).rss; peak > 400 {
		t.Errorf("%.0f MB at the worst moment", peak)
	}
}

// floors gives the sample with the least memory of each of eight spans.
func floors(all []sample) (low []sample) {
	for span := range slices.Chunk(all, max(1, len(all)/8)) {
		low = append(low, slices.MinFunc(span, func(a, b sample) int { return cmp.Compare(a.rss, b.rss) }))
	}
	return low
}

// perMinute is the slope of the line through the samples.
func perMinute(all []sample) float64 {
	var x, y, xx, xy, n float64
	for _, s := range all {
		m := s.at.Minutes()
		x, y, xx, xy, n = x+m, y+s.rss, xx+m*m, xy+m*s.rss, n+1
	}
	return (n*xy - x*y) / (n*xx - x*x)
}

func middle(all []sample, of func(sample) int) int {
	var values []int
	for _, s := range all {
		values = append(values, of(s))
	}
	slices.Sort(values)
	return values[len(values)/2]
}
