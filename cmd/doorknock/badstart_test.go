package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// quiet is an installation whose every site is a closed port of this machine: there is a network, and nobody answers.
func quiet(t *testing.T, extra string) *rig {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return quietAt(t, closed, extra)
}

func quietAt(t *testing.T, site, extra string) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), built: binary, flags: everydayFlags()}
	r.config = filepath.Join(r.dir, "doorknock.yaml")
	r.write("organisations.csv", "id,name,nation,sector,website\n"+
		"alder,Alder Homes,England,council,http://alder.test/\nbirch,Birch Homes,Wales,co_op,http://birch.test/\n")
	r.write("doorknock.yaml", fmt.Sprintf(`
contact: quiet@doorknock.test
data_dir: %[1]s/data
key_file: %[1]s/doorknock.key
organisations: %[1]s/organisations.csv
crawl: {pace: 5ms, daily_cap: 0, interval: 1s}
hosts: {alder.test: "%[2]s", birch.test: "%[2]s"}
web: {listen: "127.0.0.1:0"}
%[3]s
`, r.dir, site, extra))
	t.Cleanup(r.kill)
	return r
}

// do runs one command of the program to its end in the installation's folder.
func (r *rig) do(args ...string) (code int, out, errs string) {
	r.t.Helper()
	bin, err := binary()
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute) // on a machine that others use, too
	defer cancel()
	var stdout, stderr bytes.Buffer
	c := exec.CommandContext(ctx, bin, args...)
	c.Dir, c.Stdout, c.Stderr, c.Env = r.dir, &stdout, &stderr, append(os.Environ(), r.env...)
	err = c.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		r.t.Fatalf("doorknock %s: %v\n%s%s", strings.Join(args, " "), err, &stdout, &stderr)
	}
	return c.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// used is an installation that has run once and was stopped.
func used(t *testing.T) *rig {
	t.Helper()
	r := quiet(t, "")
	r.start()
	r.out.address(t)
	if code, _ := r.stop(syscall.SIGTERM); code != 0 {
		t.Fatalf("exit %d\n%s", code, r.out)
	}
	return r
}

// files gives every file under the installation's folder with its bytes, so that a refused start can be seen to have
// changed nothing. The lock has no content, the disk's reserve is laid by the clock, and SQLite's reader may leave its index beside the database.
func (r *rig) files() map[string]string {
	r.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(r.dir, func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		if err != nil || d.IsDir() || name == "lock" || name == "ballast" || strings.HasSuffix(name, "-shm") || strings.HasSuffix(name, "-wal") {
			return err
		}
		data, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, r.dir)] = string(data)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, name) }

func (r *rig) remove(name string) {
	r.t.Helper()
	if err := os.Remove(r.path(name)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) chmod(name string, mode fs.FileMode) {
	r.t.Helper()
	if err := os.Chmod(r.path(name), mode); err != nil {
		r.t.Fatal(err)
	}
}

// spoil changes the bytes of the database, whose log is folded into it first by the clean end of the run.
func (r *rig) spoil(change func([]byte) []byte) {
	r.t.Helper()
	path := r.path("data/doorknock.db")
	data, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, change(data), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// Every bad start is refused with one sentence that says what to do, and changes nothing on the disk.
func TestBadStarts(t *testing.T) {
	t.Parallel()
	base := used(t)
	cases := []struct {
		name string
		do   func(r *rig)
		code int
		want []string
	}{
		{"newer schema", func(r *rig) {
			db, err := sql.Open("sqlite3", r.path("data/doorknock.db"))
			if err != nil {
				r.t.Fatal(err)
			}
			_, err = db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`)
			if err := errors.Join(err, db.Close()); err != nil {
				r.t.Fatal(err)
			}
		}, 1, []string{"written by a newer doorknock", "install that version again"}},
		{"another key", func(r *rig) { r.write("doorknock.key", strings.Repeat("ab", 32)+"\n") }, 1,
			[]string{"key file is not the one", "key_file"}},
		{"a cut key", func(r *rig) { r.write("doorknock.key", "abcd") }, 1, []string{"holds 4 characters", "restore it from your copy"}},
		{"no key beside a database", func(r *rig) { r.remove("doorknock.key") }, 1, []string{"there is no installation key", "copy it there"}},
		{"a key that others can read", func(r *rig) { r.chmod("doorknock.key", 0o644) }, 1, []string{"can be read by others", "chmod 600"}},
		{"flipped bytes", func(r *rig) {
			r.spoil(func(b []byte) []byte {
				for page := 1; page < len(b)/4096; page += 2 {
					for i := range 16 {
						b[page*4096+i] ^= 0xff
					}
				}
				return b
			})
		}, 1, []string{"the database is damaged", "backup"}},
		{"flipped header", func(r *rig) { r.spoil(func(b []byte) []byte { b[0] ^= 0xff; return b }) }, 1, []string{"the database is damaged", "backup"}},
		{"zero length", func(r *rig) { r.spoil(func([]byte) []byte { return nil }) }, 1, []string{"the database is damaged", "empty"}},
		{"truncated", func(r *rig) { r.spoil(func(b []byte) []byte { return b[:len(b)*2/3] }) }, 1, []string{"the database is damaged", "backup"}},
		{"truncated within a page", func(r *rig) { r.spoil(func(b []byte) []byte { return b[:100] }) }, 1, []string{"the database is damaged", "backup"}},
		{"not a database", func(r *rig) { r.write("data/doorknock.db", strings.Repeat("words ", 4000)) }, 1, []string{"the database is damaged", "backup"}},
		{"a folder for a database", func(r *rig) {
			r.remove("data/doorknock.db")
			if err := os.Mkdir(r.path("data/doorknock.db"), 0o700); err != nil {
				r.t.Fatal(err)
			}
		}, 1, []string{"data"}},
		{"a file for a data folder", func(r *rig) {
			if err := os.RemoveAll(r.path("data")); err != nil {
				r.t.Fatal(err)
			}
			r.write("data", "words")
		}, 1, []string{"is a file", "another data_dir"}},
		{"settings that are no YAML", func(r *rig) { r.write("doorknock.yaml", "crawl: [\n") }, 2, []string{"doorknock.yaml:"}},
		{"no settings file", func(r *rig) { r.remove("doorknock.yaml") }, 2, []string{"there is no such file"}},
		{"settings are a folder", func(r *rig) {
			r.remove("doorknock.yaml")
			if err := os.Mkdir(r.config, 0o700); err != nil {
				r.t.Fatal(err)
			}
		}, 2, []string{"is a directory"}},
		{"bad organisations", func(r *rig) {
			r.write("organisations.csv", "id,name,nation,sector,website\nAlder,Alder,England,council,alder.test\n")
		}, 2,
			[]string{"organisations.csv:2:1: id:", "organisations.csv:2:"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := quiet(t, "")
			if err := os.CopyFS(r.path("data"), os.DirFS(base.path("data"))); err != nil {
				t.Fatal(err)
			}
			key, err := os.ReadFile(base.path("doorknock.key"))
			if err != nil {
				t.Fatal(err)
			}
			r.write("doorknock.key", string(key))
			c.do(r)
			before := r.files()
			code, out, errs := r.do("run", "--config", r.config)
			refused(t, code, c.code, out, errs, c.want)
			if diff := cmp.Diff(before, r.files()); diff != "" {
				t.Errorf("the refused start changed the disk (-before +after):\n%s", diff)
			}
		})
	}
}

// refused wants the exit code, nothing on standard output, and one sentence.
func refused(t *testing.T, code, want int, out, errs string, words []string) {
	t.Helper()
	if code != want || out != "" {
		t.Errorf("exit %d, want %d; standard output %q", code, want, out)
	}
	for _, w := range words {
		if !strings.Contains(errs, w) {
			t.Errorf("does not say %q:\n%s", w, errs)
		}
	}
	if n := strings.Count(errs, "\n"); want == exitFailed && n != 1 {
		t.Errorf("want one line, got %d:\n%s", n, errs)
	}
	if strings.Contains(errs, "goroutine") || strings.Contains(errs, "level=") {
		t.Errorf("no sentence for a person:\n%s", errs)
	}
	t.Log(strings.TrimSpace(errs))
}

// All mistakes of a settings file come at once, each with its line and column, and nothing is made.
func TestAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	r := quiet(t, "")
	r.write("doorknock.yaml", "contcat: x@y.example\ncrawl:\n  workers: many\n  pace: 5 parsecs\norganisations: nowhere.csv\nweb: {listen: \"0.0.0.0:8080\"}\n")
	before := r.files()
	for _, args := range [][]string{{"run", "--config"}, {"config", "check"}, {"audit", "--config"}, {"status", "--config"}, {"alerts", "test", "--config"}} {
		code, out, errs := r.do(append(args, "doorknock.yaml")...)
		refused(t, code, exitUsage, out, errs, []string{"unknown key"})
		var places []string
		for _, m := range regexp.MustCompile(`(?m)^doorknock\.yaml:(\d+:\d+): ([a-z.]+):`).FindAllStringSubmatch(errs, -1) {
			places = append(places, m[1]+" "+m[2])
		}
		want := []string{"1:1 contcat", "3:12 crawl.workers", "4:9 crawl.pace", "5:1 organisations", "6:7 web.listen"}
		if diff := cmp.Diff(want, places); diff != "" {
			t.Errorf("%v (-want +got):\n%s\n%s", args, diff, errs)
		}
	}
	if diff := cmp.Diff(before, r.files()); diff != "" {
		t.Errorf("the refused start changed the disk (-before +after):\n%s", diff)
	}
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := quiet(t, "")
	text, err := os.ReadFile(r.config)
	if err != nil {
		t.Fatal(err)
	}
	r.write("doorknock.yaml", strings.Replace(string(text), `"127.0.0.1:0"`, fmt.Sprintf("%q", l.Addr()), 1))
	before := r.files()
	code, out, errs := r.do("run", "--config", r.config)
	refused(t, code, exitFailed, out, errs, []string{l.Addr().String(), "in use by another program", "web.listen"})
	if diff := cmp.Diff(before, r.files()); diff != "" {
		t.Errorf("the refused start changed the disk (-before +after):\n%s", diff)
	}
	code, out, errs = r.do("demo", "--listen", l.Addr().String())
	refused(t, code, exitFailed, out, errs, []string{"in use by another program", "--listen"})
	code, out, errs = r.do("demo", "--listen", "0.0.0.0:0")
	refused(t, code, exitUsage, out, errs, []string{"this machine only"})
}

// A second doorknock on the same data folder is refused, while a look beside the first works.
func TestSecondInstance(t *testing.T) {
	t.Parallel()
	r := quiet(t, "")
	r.start()
	r.out.address(t)
	for _, command := range []string{"run", "audit"} {
		code, out, errs := r.do(command, "--config", r.config)
		refused(t, code, exitFailed, out, errs, []string{"in use by another doorknock", "data_dir"})
	}
	if code, out, errs := r.do("status", "--json", "--config", r.config); code != 0 || !strings.HasPrefix(out, `{"`) || errs != "" {
		t.Errorf("status beside it: exit %d, %s%s", code, out, errs)
	}
	if code, _ := r.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit %d\n%s", code, r.out)
	}
}

// readOnly makes a folder read-only for root too: a bind mount, which permission bits are not. Without the right to
// mount, a folder that the kernel itself keeps closed.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	if err := syscall.Mount(dir, dir, "", syscall.MS_BIND, ""); err != nil {
		if os.Geteuid() == 0 {
			t.Skipf("no read-only folder can be made here: as root the mode does not bind, and mounting says %v", err)
		}
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(dir, 0o700) }) // so that it can be removed
		return
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	if err := syscall.Mount("", dir, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
}

func TestReadOnlyDataFolder(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"used", "new"} {
		t.Run(name, func(t *testing.T) {
			r := used(t)
			if name == "new" {
				if err := os.RemoveAll(r.path("data")); err != nil {
					t.Fatal(err)
				}
				if err := os.Mkdir(r.path("data"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			before := r.files()
			readOnly(t, r.path("data"))
			code, out, errs := r.do("run", "--config", r.config)
			refused(t, code, exitFailed, out, errs, []string{"cannot be written", "writable", "data_dir"})
			if diff := cmp.Diff(before, r.files()); diff != "" {
				t.Errorf("the refused start changed the disk (-before +after):\n%s", diff)
			}
		})
	}
	// A folder that cannot even be made, by anybody.
	r := quiet(t, "")
	r.write("doorknock.yaml", "data_dir: /proc/doorknock/data\nkey_file: "+r.path("doorknock.key")+"\norganisations: "+r.path("organisations.csv")+"\nweb: {listen: \"127.0.0.1:0\"}\n")
	code, out, errs := r.do("run", "--config", r.config)
	refused(t, code, exitFailed, out, errs, []string{"/proc/doorknock", "another data_dir"})
}

// Where nothing answers, a run is calm: it serves its pages, says that nobody was looked at, and has found nothing.
func TestNoNetwork(t *testing.T) {
	t.Parallel()
	r := quiet(t, "")
	r.start()
	base := r.out.address(t)
	tried := `SELECT 1 FROM channel WHERE last_visit_at IS NOT NULL OR due_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`
	r.until("a look was tried", 30*time.Second, func() bool { return r.has(tried) })
	for path, words := range map[string]string{"/": "not looked yet", "/organisations/alder": "not looked yet", "/healthz": "", "/readyz": ""} {
		if code, body := get(t, base+path); code != 200 || !strings.Contains(strings.ToLower(body), words) {
			t.Errorf("%s: %d, want %q\n%s", path, code, words, body)
		}
	}
	if n := r.rows(`SELECT count(*) FROM finding`); n[0] != "0" {
		t.Errorf("%s findings where nobody answers: %v", n[0], r.rows(`SELECT check_id, state, reason FROM finding`))
	}
	r.until("the operator is told", 5*time.Second, func() bool { return r.out.line("no site can be reached") != "-" })
	if code, took := r.stop(syscall.SIGTERM); code != 0 || took > stopsWithin {
		t.Errorf("SIGTERM: exit %d after %v\n%s", code, took, r.out)
	}
	r.start()
	r.out.address(t)
	if code, took := r.stop(syscall.SIGINT); code != exitInterrupted || took > stopsWithin {
		t.Errorf("Ctrl-C: exit %d after %v\n%s", code, took, r.out)
	}
	for line := range strings.SplitSeq(r.out.String(), "\n") {
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "panic") {
			t.Errorf("not calm: %s", line)
		}
	}
}

// The first Ctrl-C or SIGTERM waits for a reader who hangs, for a while; the second does not wait.
func TestSecondSignal(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			endTwice(t, signal)
		})
	}
}

func endTwice(t *testing.T, signal syscall.Signal) {
	for range 10 {
		if endsTwice(t, signal) {
			return
		}
	}
	t.Error("the second signal came too late ten times")
}

// endsTwice reports whether the second signal surely came before the end that the first one brings, after four seconds.
func endsTwice(t *testing.T, signal syscall.Signal) bool {
	r := quiet(t, "")
	r.start()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.out.address(t), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n")); err != nil { // and never the end of the head
		t.Fatal(err)
	}
	first := time.Now()
	if err := r.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	r.until("the first is heard: nobody else is let in", 5*time.Second, func() bool {
		c, err := net.Dial("tcp", conn.RemoteAddr().String())
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	})
	if time.Since(first) > 2*time.Second {
		return false
	}
	if code, _ := r.stop(signal); code != exitInterrupted { // the end after one SIGTERM is 0
		t.Errorf("second %v: exit %d\n%s", signal, code, r.out)
	}
	return true
}

// Ctrl-C ends a command that waits for more input, once it has answered what came.
func TestCtrlCWhileWaitingForInput(t *testing.T) {
	t.Parallel()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(bin, "classify", "--json")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out := capture(t, c)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, cmd: c, out: out}
	t.Cleanup(r.kill)
	if _, err := io.WriteString(in, "No heating again\n"); err != nil {
		t.Fatal(err)
	}
	r.until("the first line is answered", 10*time.Second, func() bool { return out.line(`"id":"1"`) != "-" })
	if code, took := r.stop(syscall.SIGINT); code != exitInterrupted || took > stopsWithin {
		t.Errorf("Ctrl-C: exit %d after %v\n%s", code, took, out)
	}
}

// The list of organisations: every mistake with its line before anything starts; a byte order mark and CRLF are none.
func TestOrganisationMistakes(t *testing.T) {
	t.Parallel()
	const header = "id,name,nation,sector,website,facebook\n"
	cases := []struct{ name, list, want string }{
		{"duplicate id", header + "a,A,UK,council,http://a.test/,\na,B,UK,council,http://b.test/,\n", "organisations.csv:3:1: id: \"a\" stands already on line 2"},
		{"blank row", header + "a,A,UK,council,http://a.test/,\n,,,,,\n", "organisations.csv:3: is blank"},
		{"trailing space in a name", header + "a,A ,UK,council,http://a.test/,\n", "organisations.csv:2:3: name: begins or ends with a space"},
		{"trailing space in an id", header + "a ,A,UK,council,http://a.test/,\n", "organisations.csv:2:1: id:"},
		{"climbing id", header + "../a,A,UK,council,http://a.test/,\n", "organisations.csv:2:1: id: \"../a\" is not an id"},
		{"two with one page", header + "a,A,UK,council,http://a.test/,\nb,B,UK,council,https://www.a.test,\n", "organisations.csv:3:16: website:"},
		{"two with one Facebook page", header + "a,A,UK,council,http://a.test/,Homes.A\nb,B,UK,council,http://b.test/,homesa\n", "stands already on line 2"},
		{"unknown column", "id,name,nation,sector,website,twiter\n", `organisations.csv:1: unknown column "twiter"`},
		{"no bytes", "", "organisations.csv:1: holds no header"},
		{"mark and CRLF", "\ufeff" + strings.ReplaceAll(header+"a,A,UK,council,http://a.test/,\n", "\n", "\r\n"), ""},
	}
	r := quiet(t, "")
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r.t = t
			r.write("organisations.csv", c.list)
			for _, args := range [][]string{{"orgs", "validate", "organisations.csv"}, {"config", "check", "doorknock.yaml"}, {"run", "--config", "doorknock.yaml"}} {
				if c.want != "" {
					code, out, errs := r.do(args...)
					refused(t, code, exitUsage, out, errs, []string{c.want})
				} else if args[0] != "run" {
					if code, out, errs := r.do(args...); code != 0 || !strings.Contains(out, "1 organisation with 1 channel") {
						t.Errorf("%v: exit %d %s%s", args, code, out, errs)
					}
				}
			}
			if _, err := os.Stat(r.path("data")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a data folder was made (%v)", err)
			}
		})
	}
}
