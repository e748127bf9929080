package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"doorknock/audit"
	"doorknock/internal/fakeslack"
)

// The program is built once, without the race detector: as users get it, and as one that can be told to kill itself. What a
// debugger wants is left out, since to link that takes three times as long as the rest.
var (
	binaries = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "doorknock-bin-") })
	binary   = sync.OnceValues(func() (string, error) { return build("doorknock") })
	faulty   = sync.OnceValues(func() (string, error) { return build("doorknock-faults", "-tags", "faults") })
)

func build(name string, flags ...string) (string, error) {
	dir, err := binaries()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, name)
	out, err := exec.Command("go", append(append([]string{"build", "-ldflags", "-s -w"}, flags...), "-o", path, ".")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
}

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := binaries(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// rig is one installation as its own process, looking at a town and telling a Slack stand-in.
type rig struct {
	t      *testing.T
	dir    string
	config string
	slack  *fakeslack.Server
	hook   string // path of the webhook, of this rig alone: a port may have been somebody else's before
	out    *lines
	said   []*lines // of every start, out the last
	cmd    *exec.Cmd
	built  func() (string, error) // the program that start runs
	env    []string               // added to its environment
	flags  []string               // of run
}

// place is what a rig looks at: names on loopback, and whose they are.
type place interface {
	Hosts() map[string]string
	Organisations() ([]audit.Organisation, []audit.Channel)
}

func newRig(t *testing.T, where place, extra string) *rig {
	t.Helper()
	dir := t.TempDir()
	slack := &fakeslack.Server{}
	hook := httptest.NewServer(slack)
	t.Cleanup(hook.Close)
	at := strings.TrimPrefix(hook.URL, "http://")
	r := &rig{t: t, dir: dir, config: filepath.Join(dir, "doorknock.yaml"), slack: slack, built: binary,
		hook:  fmt.Sprintf("/services/T%d/B0/e2e-canary-secret", time.Now().UnixNano()),
		flags: everydayFlags()}
	var hosts strings.Builder
	for name, to := range where.Hosts() {
		fmt.Fprintf(&hosts, "  %s: %s\n", name, to)
	}
	r.writeOrganisations(where)
	r.write("hook", "http://"+at+r.hook+"\n")
	r.write("doorknock.yaml", fmt.Sprintf(`
contact: e2e@doorknock.test
data_dir: %[1]s/data
key_file: %[1]s/doorknock.key
organisations: %[1]s/organisations.csv
crawl: {pace: 5ms, daily_cap: 0, interval: 1s}
confirm: {after: 2s}
hosts:
%[2]s  slack.test: %[3]s
web: {listen: "127.0.0.1:0"}
alerts:
  complaints: each
  route: {receiver: team, group_wait: 200ms, group_interval: 200ms}
  receivers:
    - name: team
      quote: true
      slack: {webhook_url_file: "%[1]s/hook"}
%[4]s
`, dir, hosts.String(), at, extra))
	t.Cleanup(r.kill)
	return r
}

func (r *rig) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) writeOrganisations(where place) {
	r.t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	rows := [][]string{{"id", "name", "nation", "sector", "homes", "website"}}
	orgs, _ := where.Organisations()
	for _, o := range orgs {
		rows = append(rows, []string{o.ID, o.Name, o.Nation, o.Sector, fmt.Sprint(*o.Homes), o.Website})
	}
	if err := w.WriteAll(rows); err != nil {
		r.t.Fatal(err)
	}
	r.write("organisations.csv", b.String())
}

// everydayFlags shorten the waits of a rig's run.
func everydayFlags() []string { return []string{"--tick", "250ms", "--ack-wait", "1s"} }

// start begins `doorknock run` and waits for nothing.
func (r *rig) start() {
	r.t.Helper()
	bin, err := r.built()
	if err != nil {
		r.t.Fatal(err)
	}
	r.cmd = exec.Command(bin, append([]string{"run", "--config", r.config}, r.flags...)...)
	r.cmd.Env = append(os.Environ(), r.env...)
	r.out = capture(r.t, r.cmd)
	if r.said = append(r.said, r.out); len(r.said) == 1 {
		r.t.Cleanup(r.checkSaid)
	}
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.out.ours.Close() // the process has its own
}

// kill is the power switch of the process.
func (r *rig) kill() {
	if r.cmd != nil && r.cmd.Process != nil {
		_ = r.cmd.Process.Kill() // it may have ended
		_ = r.cmd.Wait()         // its exit code is of no interest
	}
	r.cmd = nil
}

// stop ends the process as a service manager would and gives its exit code and how long it took.
func (r *rig) stop(signal syscall.Signal) (int, time.Duration) {
	r.t.Helper()
	begin := time.Now()
	if err := r.cmd.Process.Signal(signal); err != nil {
		r.t.Fatalf("signal: %v\n%s", err, r.out)
	}
	err := r.cmd.Wait()
	code := r.cmd.ProcessState.ExitCode()
	if err != nil && code < 0 {
		r.t.Fatalf("wait: %v\n%s", err, r.out)
	}
	r.cmd = nil
	took := time.Since(begin)
	r.out.end()
	return code, took
}

// db opens the installation's database for reading, from outside.
func (r *rig) db() *sql.DB {
	r.t.Helper()
	return openSide(r.t, filepath.Join(r.dir, "data", "doorknock.db"))
}

// openSide reads a database beside whoever writes it.
func openSide(t *testing.T, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+file+"?mode=ro&_busy_timeout=60000")
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// rows gives the lines of a query, columns joined by a bar.
func (r *rig) rows(query string) []string {
	r.t.Helper()
	db := r.db()
	defer db.Close()
	return queryRows(r.t, db, query)
}

func queryRows(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for rows.Next() {
		cells := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		var line []string
		for _, c := range cells {
			line = append(line, c.String)
		}
		all = append(all, strings.Join(line, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// slower is how much slower a machine may be than one on which nothing else runs: a rig waits so many times as long.
const slower = 6

// stopsWithin tells a program that hangs from a machine that is busy. The program allows its stages seven seconds.
const stopsWithin = slower * 10 * time.Second

// until waits for a condition, and fails with what the process said if it does not come true in time: on a busy machine several
// times what it takes on a quiet one.
func (r *rig) until(what string, within time.Duration, ok func() bool) {
	r.t.Helper()
	within *= slower
	deadline := time.Now().Add(within)
	for !ok() {
		if time.Now().After(deadline) {
			r.t.Fatalf("not within %v: %s\n%s", within, what, r.out)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// has reports whether a query gives a row now; a database that is not there yet has none.
func (r *rig) has(query string) bool {
	db := r.db()
	defer db.Close()
	var one any
	err := db.QueryRowContext(context.Background(), "SELECT 1 FROM ("+query+") LIMIT 1").Scan(&one)
	if err != nil && !errors.Is(err, sql.ErrNoRows) && !strings.Contains(err.Error(), "unable to open") && !strings.Contains(err.Error(), "no such ") {
		r.t.Fatalf("%s: %v", query, err)
	}
	return err == nil
}

// lines is what a process printed, gathered as it comes.
type lines struct {
	mu    sync.Mutex
	all   []string
	came  chan struct{}
	whole chan struct{} // closed when all was read
	ours  *os.File      // the end of the pipe that the process writes to, as we hold it
}

func capture(t *testing.T, cmd *exec.Cmd) *lines {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = write, write
	l := &lines{came: make(chan struct{}, 1), whole: make(chan struct{}), ours: write}
	go l.read(read)
	t.Cleanup(func() { write.Close() })
	return l
}

// end waits for the last words of a process that has ended, unless a child of it lives on and keeps the pipe.
func (l *lines) end() {
	l.ours.Close()
	select {
	case <-l.whole:
	case <-time.After(slower * time.Second):
	}
}

func (l *lines) read(r io.ReadCloser) {
	defer close(l.whole)
	defer r.Close()
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		l.mu.Lock()
		l.all = append(l.all, s.Text())
		l.mu.Unlock()
		select {
		case l.came <- struct{}{}:
		default:
		}
	}
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.all[max(0, len(l.all)-60):], "\n")
}

// address waits for the first line that holds an address and gives it.
func (l *lines) address(t *testing.T) string {
	t.Helper()
	return l.nth(t, 1)
}

// operator waits for the second address, that of the operator's pages.
func (l *lines) operator(t *testing.T) string {
	t.Helper()
	return l.nth(t, 2)
}

func (l *lines) nth(t *testing.T, n int) string {
	t.Helper()
	deadline := time.After(slower * 30 * time.Second)
	for {
		l.mu.Lock()
		met := 0
		for _, line := range l.all {
			_, rest, ok := strings.Cut(line, "http://127.0.0.1:")
			if !ok {
				continue
			}
			if met++; met == n {
				l.mu.Unlock()
				return "http://127.0.0.1:" + strings.Fields(rest)[0]
			}
		}
		l.mu.Unlock()
		select {
		case <-l.came:
		case <-deadline:
			t.Fatalf("no address %d was printed:\n%s", n, l)
		}
	}
}

// get reads one page.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	client := &http.Client{Timeout: slower * 10 * time.Second}
	res, err := client.Get(url)
	if err != nil {
		t.Fatalf("get %s: %v", url, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("get %s: %v", url, err)
	}
	return res.StatusCode, string(body)
}

// line gives the first line that holds words, or "-".
func (l *lines) line(words string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.all {
		if strings.Contains(line, words) {
			return line
		}
	}
	return "-"
}

func sorted(s []string) []string {
	out := append([]string{}, s...)
	slices.Sort(out)
	return out
}

// ask runs a command beside the running installation.
func (r *rig) ask(args ...string) (string, int) {
	r.t.Helper()
	bin, err := binary()
	if err != nil {
		r.t.Fatal(err)
	}
	cmd := exec.Command(bin, append(args, "--config", r.config)...)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		r.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}
