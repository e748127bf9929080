package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// fifty is an installation with fifty sites, each with its own five seconds between two requests; asked counts the
// sites that were asked anything.
func fifty(t *testing.T) (*rig, func() int) {
	t.Helper()
	var mu sync.Mutex
	asked := map[string]bool{}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		asked[req.Host] = true
		mu.Unlock()
		if req.URL.Path == "/robots.txt" {
			http.NotFound(w, req)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!DOCTYPE html><html lang="en"><head><title>%[1]s</title></head><body><main><h1>%[1]s</h1><p>Homes in town.</p></main></body></html>`, req.Host)
	}))
	t.Cleanup(site.Close)
	r := quiet(t, "")
	list, hosts := "id,name,nation,sector,website\n", ""
	for i := range 50 {
		list += fmt.Sprintf("o-%d,Org %d,Wales,council,http://o%d.test/\n", i, i, i)
		hosts += fmt.Sprintf("  o%d.test: %q\n", i, strings.TrimPrefix(site.URL, "http://"))
	}
	r.write("organisations.csv", list)
	r.write("doorknock.yaml", fmt.Sprintf("contact: quiet@doorknock.test\ndata_dir: %[1]s/data\nkey_file: %[1]s/doorknock.key\norganisations: %[1]s/organisations.csv\n"+
		"crawl: {pace: 5s, daily_cap: 0, interval: 1h}\nweb: {listen: \"127.0.0.1:0\"}\nhosts:\n%[2]s", r.dir, hosts))
	return r, func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(asked)
	}
}

// SIGTERM while fifty sites wait for their turn ends within ten seconds and loses none of them.
func TestStopWhileFiftyWait(t *testing.T) {
	t.Parallel()
	r, asked := fifty(t)
	r.start()
	r.until("all are under way", 30*time.Second, func() bool { return asked() >= 50 })
	if code, took := r.stop(syscall.SIGTERM); code != 0 || took > stopsWithin {
		t.Errorf("SIGTERM: exit %d after %v\n%s", code, took, r.out)
	}
	if n := r.rows(`SELECT count(*) FROM channel WHERE last_visit_at IS NOT NULL`); n[0] == "50" {
		t.Error("nothing was waiting: this shows nothing")
	}
	r.write("doorknock.yaml", strings.Replace(r.settings(), "pace: 5s", "pace: 5ms", 1))
	r.start()
	r.until("every site was visited", time.Minute, func() bool {
		return r.has(`SELECT 1 WHERE (SELECT count(*) FROM channel WHERE last_visit_at IS NOT NULL) = 50`)
	})
	if code, took := r.stop(syscall.SIGTERM); code != 0 || took > stopsWithin {
		t.Errorf("SIGTERM: exit %d after %v\n%s", code, took, r.out)
	}
}

// Twenty reloads leave no file open that one did not.
func TestReloadsLeaveNothingOpen(t *testing.T) {
	t.Parallel()
	r := quiet(t, "")
	r.start()
	r.out.address(t)
	open := func() int {
		files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", r.cmd.Process.Pid))
		if err != nil {
			t.Skipf("the open files of a process cannot be counted here: %v", err)
		}
		return len(files)
	}
	first := 0
	for n := range 20 {
		r.hangUp()
		r.says(n+1, inForce)
		if n == 2 {
			first = open()
		}
	}
	last := open()
	for end := time.Now().Add(20 * time.Second); last > first+5 && time.Now().Before(end); last = open() { // what is in use now is closed soon
		time.Sleep(100 * time.Millisecond)
	}
	if last > first+5 {
		t.Errorf("%d files open after three reloads, %d after twenty", first, last)
	}
	if code, took := r.stop(syscall.SIGTERM); code != 0 || took > stopsWithin {
		t.Errorf("SIGTERM: exit %d after %v\n%s", code, took, r.out)
	}
}
