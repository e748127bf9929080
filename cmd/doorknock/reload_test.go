package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"doorknock/pipeline"
)

// hangUp asks the running doorknock to read its settings anew.
func (r *rig) hangUp() {
	r.t.Helper()
	if err := r.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		r.t.Fatalf("signal: %v\n%s", err, r.out)
	}
}

// settings gives the settings file as it is.
func (r *rig) settings() string {
	r.t.Helper()
	text, err := os.ReadFile(r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

// says waits for the n-th line that holds words.
func (r *rig) says(n int, words string) {
	r.t.Helper()
	r.until(fmt.Sprintf("%d times %q", n, words), 30*time.Second, func() bool { return r.out.count(words) >= n })
}

func (l *lines) count(words string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.all {
		if strings.Contains(line, words) {
			n++
		}
	}
	return n
}

const inForce = "the new settings are in force"

// Good settings and a good list are taken over as a whole by the same process at the same address.
func TestReloadTakesOver(t *testing.T) {
	t.Parallel()
	r := quiet(t, "purpose: private")
	r.start()
	base := r.out.address(t)
	r.write("doorknock.yaml", strings.Replace(r.settings(), "purpose: private", "purpose: team\nlog: {format: json}", 1))
	r.write("organisations.csv", "id,name,nation,sector,website\nalder,Alder Homes,England,council,http://alder.test/\n"+
		"cedar,Cedar Homes,Scotland,co_op,http://alder.test/cedar\n")
	r.hangUp()
	r.says(1, inForce)
	if line := r.out.line(inForce); !strings.HasPrefix(line, "{") {
		t.Errorf("log.format is not taken over: %s", line)
	}
	if code, body := get(t, base+"/organisations/cedar"); code != 200 || !strings.Contains(body, "Cedar Homes") {
		t.Errorf("an organisation of the new list: %d", code)
	}
	if code, _ := get(t, base+"/organisations/birch"); code != 404 {
		t.Errorf("an organisation that left the list: %d", code)
	}
	if _, body := get(t, base+"/"); !strings.Contains(body, "Alder") && !strings.Contains(body, "team") {
		t.Errorf("the home page:\n%s", body)
	}
	if code, took := r.stop(syscall.SIGTERM); code != 0 || took > stopsWithin {
		t.Errorf("SIGTERM after a reload: exit %d after %v\n%s", code, took, r.out)
	}
}

// Bad settings, a bad list and what cannot change in a running process change nothing, and each mistake is told.
func TestReloadRefuses(t *testing.T) {
	t.Parallel()
	r := quiet(t, "")
	r.start()
	base := r.out.address(t)
	good := r.settings()
	goodList := "id,name,nation,sector,website\nalder,Alder Homes,England,council,http://alder.test/\nbirch,Birch Homes,Wales,co_op,http://birch.test/\n"
	cases := []struct {
		name, settings, list string
		want                 []string
	}{
		{"two mistakes", good + "contcat: x\nlog: {level: loud}\n", goodList,
			[]string{"contcat: unknown key", "log.level:"}},
		{"no YAML", "crawl: [\n", goodList, []string{"doorknock.yaml:"}},
		{"bad list", strings.Replace(good, "interval: 1s", "interval: 9s", 1), goodList + "birch,B,Wales,co_op,http://b.test/\n",
			[]string{`organisations.csv:4:1: id: \"birch\" stands already on line 3`}},
		{"what is fixed", strings.NewReplacer("/data\n", "/other\n", "doorknock.key", "other.key", "127.0.0.1:0", "127.0.0.1:1").Replace(good) + "nats: {url: \"nats://127.0.0.1:4222\"}\n", goodList,
			[]string{"data_dir cannot be changed while", "key_file cannot be changed while", "web.listen cannot be changed while", "nats.url cannot be changed while"}},
	}
	for i, c := range cases {
		r.write("doorknock.yaml", c.settings)
		r.write("organisations.csv", c.list)
		r.hangUp()
		r.says(i+1, "nothing was taken over")
		for _, w := range c.want {
			if r.out.line(w) == "-" {
				t.Errorf("%s: does not say %q\n%s", c.name, w, r.out)
			}
		}
	}
	if code, _ := get(t, base+"/organisations/birch"); code != 200 {
		t.Errorf("after bad settings: %d", code)
	}
	if r.out.count(inForce) > 0 || r.out.count("all stages stop") > 0 {
		t.Errorf("something was taken over:\n%s", r.out)
	}
	for _, made := range []string{"other", "other.key"} {
		if _, err := os.Stat(r.path(made)); err == nil {
			t.Errorf("%s was made", made)
		}
	}
	if code, _ := r.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit %d\n%s", code, r.out)
	}
}

// Settings that are right and cannot be started with give way to those before them; when those do not start either, that
// is the end.
func TestReloadGoesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "doorknock.yaml")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("contact: old@doorknock.test\n")
	first, err := settings{path: path}.withList()
	if err != nil {
		t.Fatal(err)
	}
	refusal := errors.New("no server answers")
	opened, closed := make(chan string, 9), 0
	var refuse atomic.Value
	refuse.Store("new@doorknock.test")
	r := &reloader{read: settings{path: path}.withList, before: func() {}, open: func(_ context.Context, s start) (session, error) {
		refused := strings.Contains(refuse.Load().(string), s.cfg.Contact)
		opened <- s.cfg.Contact // from here on the test may change its mind
		if refused {
			return session{}, refusal
		}
		return session{log: slog.New(slog.DiscardHandler), close: func() { closed++ },
			stages: []pipeline.Stage{{Name: "work", Run: func(ctx context.Context) error { <-ctx.Done(); return nil }}}}, nil
	}}
	ended := make(chan error, 1)
	go func() { ended <- r.run(t.Context(), first) }()
	want := func(contact string) {
		t.Helper()
		select {
		case got := <-opened:
			if got != contact+"@doorknock.test" {
				t.Errorf("opened with %s, want %s", got, contact)
			}
		case <-time.After(slower * 10 * time.Second):
			t.Fatalf("not opened with %s", contact)
		}
	}
	want("old")
	write("contact: new@doorknock.test\n")
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	want("new")
	want("old")
	refuse.Store("new@doorknock.test old@doorknock.test")
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	want("new")
	want("old")
	if err := <-ended; !errors.Is(err, refusal) || closed != 2 {
		t.Errorf("ended with %v, %d sessions closed", err, closed)
	}
}

// A reload in the middle of a visit, and two at once: the visit is made again and nothing that was recorded is lost.
func TestReloadDuringVisit(t *testing.T) {
	t.Parallel()
	var asked, release atomic.Int64
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if asked.Add(1); release.Load() == 0 && req.URL.Path != "/robots.txt" {
			<-req.Context().Done() // the look of before the reload is cut
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!DOCTYPE html><html lang="en"><head><title>Alder Homes</title></head><body><main><h1>Alder Homes</h1><p>Homes in town since 1920.</p></main></body></html>`)
	}))
	t.Cleanup(site.Close)
	r := quietAt(t, strings.TrimPrefix(site.URL, "http://"), "")
	r.start()
	base := r.out.address(t)
	r.until("a visit is under way", 30*time.Second, func() bool { return asked.Load() > 2 })
	release.Store(1)
	r.hangUp()
	r.hangUp()
	r.says(1, inForce)
	for range 20 { // pages are answered all the while
		if code, _ := get(t, base+"/readyz"); code != 200 {
			t.Errorf("/readyz: %d", code)
		}
	}
	r.until("both were visited", time.Minute, func() bool {
		return r.has(`SELECT 1 WHERE (SELECT count(DISTINCT channel) FROM finding WHERE state <> 'unknown' OR reason NOT IN ('network', 'timeout')) = 2`)
	})
	before := r.rows(`SELECT id FROM finding ORDER BY 1`)
	r.hangUp()
	time.Sleep(10 * time.Millisecond)
	r.hangUp()
	r.says(2, inForce)
	if code, _ := r.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit %d\n%s", code, r.out)
	}
	after := strings.Join(r.rows(`SELECT id FROM finding`), " ")
	for _, id := range before {
		if !strings.Contains(after, id) {
			t.Errorf("finding %s is gone", id)
		}
	}
	if got := r.rows(`PRAGMA integrity_check`); got[0] != "ok" {
		t.Error(got)
	}
	for _, word := range []string{"panic", "DATA RACE", "level=ERROR"} {
		if line := r.out.line(word); line != "-" {
			t.Error(line)
		}
	}
}
