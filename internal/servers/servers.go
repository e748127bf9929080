// Package servers runs real server programs for tests, each from its published package, in a folder of its own that is gone
// afterwards: DokuWiki, Ghost, HyperKitty, MediaWiki and NodeBB.
//
// In: pages and settings as a site's administrator would make them. Out: a site under a name of its own that answers at
// Site.Address. It sends nothing to anybody and opens no port but on loopback. Only tests import it. (WordPress, which
// needs a database server, is in internal/wordpress.)
package servers

import (
	"embed"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

//go:embed files
var files embed.FS

// Site is a server at work.
type Site struct {
	Host    string // its name; give crawlers Hosts: {Host: Address}
	Address string // ip:port
	URL     string // http://Host/

	t   testing.TB
	dir string
}

// newSite makes the folder of a site. Without the programs and folders it needs the test is skipped, with CI=true it fails.
func newSite(t testing.TB, host, packages string, programs, folders []string) *Site {
	t.Helper()
	missing := ""
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			missing = p
		}
	}
	for _, f := range folders {
		if _, err := os.Stat(f); err != nil {
			missing = f
		}
	}
	switch {
	case missing == "":
	case os.Getenv("CI") == "true":
		t.Fatalf("%s is missing: apt-get install %s", missing, packages)
	default:
		t.Skipf("%s is missing: apt-get install %s", missing, packages)
	}
	s := &Site{Host: host, URL: "http://" + host + "/", t: t, dir: t.TempDir()}
	s.Address = s.free()
	return s
}

// ports counts those that Port has given in this process, from a place of its own.
var ports atomic.Int32

// Port is one of loopback at which nobody listens. The system gives it to nobody who asks for any, as it gives those above 32767:
// who is started there later, or stopped and started again, finds it free.
func Port(t testing.TB) int {
	t.Helper()
	const from, to = 12000, 32000
	for range to - from {
		port := from + (os.Getpid()*131+int(ports.Add(1)))%(to-from)
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return port
	}
	t.Fatal("no port is free")
	return 0
}

// free is an address that nobody listens at.
func (s *Site) free() string {
	s.t.Helper()
	return fmt.Sprintf("127.0.0.1:%d", Port(s.t))
}

// write puts one of our files, or the given text, into the site's folder.
func (s *Site) write(name, text string) string {
	s.t.Helper()
	to := filepath.Join(s.dir, name)
	s.must(os.MkdirAll(filepath.Dir(to), 0o700))
	s.must(os.WriteFile(to, []byte(text), 0o600))
	return to
}

func (s *Site) ours(name string) string {
	s.t.Helper()
	b, err := files.ReadFile("files/" + name)
	s.must(err)
	return string(b)
}

// run runs a program to its end.
func (s *Site) run(in, stdin, name string, args ...string) {
	s.t.Helper()
	c := exec.CommandContext(s.t.Context(), name, args...)
	c.Dir, c.Stdin = in, strings.NewReader(stdin)
	c.Env = append(os.Environ(), "SITE_DIR="+s.dir, "SITE_HOST="+s.Host)
	if out, err := c.CombinedOutput(); err != nil {
		s.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out[max(0, len(out)-2000):])
	}
}

// serve starts the program that answers at the site's address, and waits until it does. stop ends it; so does the test's end.
func (s *Site) serve(in, name string, args ...string) (stop func()) {
	s.t.Helper()
	log, err := os.Create(filepath.Join(s.dir, "serve.log"))
	s.must(err)
	c := exec.Command(name, args...) //nolint:noctx // ended below, in its order
	c.Dir, c.Stdout, c.Stderr = in, log, log
	c.Env = append(os.Environ(), "SITE_DIR="+s.dir, "SITE_HOST="+s.Host)
	s.must(c.Start())
	stop = sync.OnceFunc(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		_ = log.Close()
	})
	s.t.Cleanup(func() {
		stop()
		if b, err := os.ReadFile(log.Name()); err == nil && s.t.Failed() {
			s.t.Logf("%s said:\n%s", name, b[max(0, len(b)-1500):])
		}
	})
	for end := time.Now().Add(3 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if err = s.answers(); err == nil {
			return stop
		}
		if time.Now().After(end) {
			b, _ := os.ReadFile(log.Name())
			s.t.Fatalf("%s does not start: %v\n%s", name, err, b[max(0, len(b)-1500):])
		}
	}
}

func (s *Site) answers() error {
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "http://"+s.Address+"/", nil)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	request.Host = s.Host
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("ask %s: %w", s.Host, err)
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("ask %s: status %d, %w", s.Host, answer.StatusCode, err)
	}
	return nil
}

func (s *Site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}
