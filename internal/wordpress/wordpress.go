// Package wordpress runs a real WordPress for tests: Debian's own package with a MariaDB and PHP of its own on
// loopback, in a folder that is gone afterwards.
//
// In: posts, comments and settings as a site's administrator would make them. Out: a site under a name of its own that
// answers at Site.Address. It sends nothing to anybody and opens no port but on loopback. Only tests import it.
package wordpress

import (
	"bufio"
	"context"
	"embed"
	"encoding/json"
	"fmt"

	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Packages are what apt has to install before Start works. Where Debian has themes of its own (wordpress-theme-...)
// they are used.
const Packages = "wordpress mariadb-server php-cli php-mysql"

// The kinds of theme.
const (
	Classic = "classic" // made of PHP templates
	Block   = "block"   // made of blocks: it prints no sentence where comments are closed
)

// shipped are the themes that WordPress comes with, the newest last.
var shipped = map[string][]string{
	Classic: {"twentynineteen", "twentytwenty", "twentytwentyone"},
	Block:   {"twentytwentytwo", "twentytwentythree", "twentytwentyfour", "twentytwentyfive"},
}

const installed = "/usr/share/wordpress"

//go:embed control.php
var controlPHP []byte

//go:embed router.php
var routerPHP []byte

// Small themes of our own, one of each kind.
//
//go:embed themes
var themes embed.FS

// Options say what site is wanted.
type Options struct {
	Host  string // its name, "homes.test" where empty
	Title string // "Example Homes" where empty
	Theme string // Classic or Block; Classic where empty
	Own   bool   // our own theme even where Debian's is installed
	Plain bool   // addresses of the form ?p=4, and with them ?rest_route=
}

// Site is a WordPress at work.
type Site struct {
	Host    string // its name; give crawlers Hosts: {Host: Address}
	Address string // ip:port
	URL     string // http://Host/
	Owner   int    // the account that writes its posts

	t       testing.TB
	plugins string // folder
	mu      sync.Mutex
	orders  io.Writer
	answers *bufio.Scanner
}

// Start installs and starts a site, and has it stopped when the test is over. Without Debian's packages the test is
// skipped, with CI=true it fails.
func Start(t testing.TB, o Options) *Site {
	t.Helper()
	need(t)
	s := &Site{t: t, Host: or(o.Host, "homes.test")}
	s.URL = "http://" + s.Host + "/"
	dir, err := os.MkdirTemp("", "wp") // short: a socket's path may have 107 bytes
	s.must(err)
	t.Cleanup(func() { s.must(os.RemoveAll(dir)) })
	s.database(dir)
	root := filepath.Join(dir, "site")
	s.run("cp", "-rL", installed, root)
	s.must(os.WriteFile(filepath.Join(root, "wp-config.php"), []byte(config(s.Host, dir)), 0o600))
	s.must(os.WriteFile(filepath.Join(dir, "control.php"), controlPHP, 0o600))
	s.must(os.WriteFile(filepath.Join(dir, "router.php"), routerPHP, 0o600))
	s.plugins = filepath.Join(root, "wp-content", "mu-plugins")
	s.must(os.MkdirAll(s.plugins, 0o700))
	s.install(dir, root, o)
	s.control(dir, root)
	s.Option("permalink_structure", map[bool]string{false: "/%postname%/", true: ""}[o.Plain])
	s.Option("comment_moderation", "0")
	s.order(map[string]any{"do": "theme", "name": s.theme(root, or(o.Theme, Classic), o.Own)})
	s.serve(dir, root)
	return s
}

func need(t testing.TB) {
	t.Helper()
	missing := ""
	for _, program := range []string{"mariadbd", "mariadb-install-db", "php"} {
		if _, err := exec.LookPath(program); err != nil {
			missing = program
		}
	}
	if _, err := os.Stat(installed); err != nil {
		missing = installed
	}
	switch {
	case missing == "":
	case os.Getenv("CI") == "true":
		t.Fatalf("%s is missing: apt-get install %s", missing, Packages)
	default:
		t.Skipf("%s is missing: apt-get install %s", missing, Packages)
	}
}

// theme gives the name of the newest shipped theme of a kind that is installed, else of our own.
func (s *Site) theme(root, kind string, own bool) string {
	s.t.Helper()
	folder := filepath.Join(root, "wp-content", "themes")
	for _, name := range slices.Backward(shipped[kind]) {
		if _, err := os.Stat(filepath.Join(folder, name)); err == nil && !own {
			return name
		}
	}
	ours, err := fs.Sub(themes, "themes/"+kind)
	s.must(err)
	s.must(os.CopyFS(filepath.Join(folder, "ours-"+kind), ours))
	return "ours-" + kind
}

// database starts a MariaDB of this site's own, reached by a socket only and by anybody who can open it.
func (s *Site) database(dir string) {
	s.t.Helper()
	data, socket := filepath.Join(dir, "db"), filepath.Join(dir, "sql")
	user := "--user=" + strconv.Itoa(os.Getuid())
	if os.Getuid() == 0 {
		user = "--user=root"
	}
	s.run("mariadb-install-db", "--no-defaults", "--datadir="+data, "--skip-test-db", "--skip-name-resolve", user)
	s.start(filepath.Join(dir, "db.log"), "mariadbd", "--no-defaults", "--datadir="+data, "--socket="+socket, user,
		"--pid-file="+filepath.Join(dir, "db.pid"), "--skip-networking", "--skip-grant-tables", "--innodb-flush-log-at-trx-commit=0",
		"--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M", "--performance-schema=OFF")
	s.wait("MariaDB", func() error {
		c, err := (&net.Dialer{}).DialContext(s.t.Context(), "unix", socket)
		if err != nil {
			return err
		}
		return c.Close()
	})
	s.run("mariadb", "--no-defaults", "--socket="+socket, "-e", "CREATE DATABASE site CHARACTER SET utf8mb4")
}

func config(host, dir string) string {
	var constants strings.Builder
	for _, c := range [][2]string{
		{"DB_NAME", "site"}, {"DB_USER", "site"}, {"DB_PASSWORD", ""}, {"DB_HOST", "localhost:" + filepath.Join(dir, "sql")},
		{"DB_CHARSET", "utf8mb4"}, {"DB_COLLATE", ""}, {"WP_HOME", "http://" + host}, {"WP_SITEURL", "http://" + host},
		{"AUTH_KEY", "a"}, {"SECURE_AUTH_KEY", "b"}, {"LOGGED_IN_KEY", "c"}, {"NONCE_KEY", "d"},
		{"AUTH_SALT", "e"}, {"SECURE_AUTH_SALT", "f"}, {"LOGGED_IN_SALT", "g"}, {"NONCE_SALT", "h"},
	} {
		fmt.Fprintf(&constants, "define('%s', '%s');\n", c[0], c[1])
	}
	return "<?php\n" + constants.String() + `define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG_DISPLAY', false);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) { define('ABSPATH', __DIR__ . '/'); }
require_once ABSPATH . 'wp-settings.php';
`
}

func (s *Site) install(dir, root string, o Options) {
	s.t.Helper()
	order, err := json.Marshal(map[string]any{"do": "install", "title": or(o.Title, "Example Homes")})
	s.must(err)
	c := exec.CommandContext(s.t.Context(), "php", filepath.Join(dir, "control.php"))
	c.Env = append(os.Environ(), "SITE_ROOT="+root, "SITE_HOST="+s.Host, "SITE_INSTALL=1")
	in, err := c.StdinPipe()
	s.must(err)
	go func() {
		_, _ = in.Write(append(order, '\n')) // a failure shows as an answer that is missing
		_ = in.Close()
	}()
	out, err := c.Output()
	var answer struct {
		Done  int    `json:"done"`
		Error string `json:"error"`
	}
	if err != nil || json.Unmarshal(lastLine(out), &answer) != nil || answer.Done == 0 {
		s.t.Fatalf("install WordPress: %v, %s: %s", err, answer.Error, out)
	}
	s.Owner = answer.Done
}

// control starts the script that makes posts and comments, and keeps it.
func (s *Site) control(dir, root string) {
	s.t.Helper()
	in, orders := io.Pipe()
	answers, out := io.Pipe()
	c := s.command(filepath.Join(dir, "control.log"), "php", filepath.Join(dir, "control.php"))
	c.Env = append(os.Environ(), "SITE_ROOT="+root, "SITE_HOST="+s.Host)
	c.Stdin, c.Stdout = in, out
	s.must(c.Start())
	s.orders, s.answers = orders, bufio.NewScanner(answers)
	s.t.Cleanup(func() {
		_ = orders.Close()
		_ = answers.Close()
		s.end(c)
	})
}

func (s *Site) serve(dir, root string) {
	s.t.Helper()
	l, err := (&net.ListenConfig{}).Listen(s.t.Context(), "tcp", "127.0.0.1:0")
	s.must(err)
	s.Address = l.Addr().String()
	s.must(l.Close())
	// One process: workers of PHP's server outlive it.
	s.start(filepath.Join(dir, "php.log"),
		"php", "-q", "-d", "display_errors=0", "-S", s.Address, "-t", root, filepath.Join(dir, "router.php"))
	s.wait("WordPress", func() error {
		request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "http://"+s.Address+"/", nil)
		if err != nil {
			return err
		}
		request.Host = s.Host
		answer, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			return err
		}
		if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d, %w", answer.StatusCode, err)
		}
		return nil
	})
}

// Post is what Add makes. An empty CommentStatus is "open", an empty Type "post".
type Post struct {
	Title, Slug, Type, CommentStatus string
	AgeDays                          int
}

// Add publishes a post or page and gives its number.
func (s *Site) Add(p Post) int {
	s.t.Helper()
	return s.number(map[string]any{
		"do": "post", "title": p.Title, "slug": p.Slug, "type": or(p.Type, "post"), "age_days": p.AgeDays,
		"comment_status": or(p.CommentStatus, "open"),
		"content":        "<p>" + p.Title + ". " + strings.Repeat("Words of the post, made up for a test, as many as such a post has. ", 8) + "</p>",
	})
}

// Comment is what Say makes. User is an account, 0 for a visitor; an empty Type is "comment".
type Comment struct {
	Post, Parent, User int
	Author, Text, Type string
	AgeHours           int
	Waiting            bool // for the moderator
}

// Say puts a comment under a post and gives its number.
func (s *Site) Say(c Comment) int {
	s.t.Helper()
	return s.number(map[string]any{
		"do": "comment", "post": c.Post, "parent": c.Parent, "user": c.User, "author": c.Author, "text": c.Text,
		"type": or(c.Type, "comment"), "age_hours": c.AgeHours, "waiting": c.Waiting,
	})
}

// SetCommentStatus opens or closes a post: "open" or "closed".
func (s *Site) SetCommentStatus(post int, status string) {
	s.t.Helper()
	s.order(map[string]any{"do": "status", "id": post, "comment_status": status})
}

// Option sets one of the site's options.
func (s *Site) Option(name string, value any) {
	s.t.Helper()
	s.order(map[string]any{"do": "option", "name": name, "value": value})
}

// Plugin puts a plugin's PHP (without its first <?php) to work at once; empty code takes it away.
func (s *Site) Plugin(name, code string) {
	s.t.Helper()
	file := filepath.Join(s.plugins, name+".php")
	if code == "" {
		s.must(os.Remove(file))
		return
	}
	s.must(os.WriteFile(file, []byte("<?php\n"+code), 0o600))
}

// User makes an account that writes no posts, and gives its number.
func (s *Site) User(name string) int {
	s.t.Helper()
	return s.number(map[string]any{"do": "user", "name": name})
}

// Link is a post's own address.
func (s *Site) Link(post int) string {
	s.t.Helper()
	var address string
	s.must(json.Unmarshal(s.order(map[string]any{"do": "address", "id": post}), &address))
	return address
}

func (s *Site) number(order map[string]any) int {
	s.t.Helper()
	var n int
	s.must(json.Unmarshal(s.order(order), &n))
	return n
}

func (s *Site) order(order map[string]any) json.RawMessage {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	line, err := json.Marshal(order)
	s.must(err)
	_, err = s.orders.Write(append(line, '\n'))
	s.must(err)
	if !s.answers.Scan() {
		s.t.Fatalf("no answer to %s: %v", line, s.answers.Err())
	}
	var answer struct {
		Done  json.RawMessage `json:"done"`
		Error string          `json:"error"`
	}
	if err := json.Unmarshal(s.answers.Bytes(), &answer); err != nil || answer.Error != "" {
		s.t.Fatalf("%s: %s %v", line, s.answers.Bytes(), err)
	}
	return answer.Done
}

func (s *Site) run(name string, args ...string) {
	s.t.Helper()
	if out, err := exec.CommandContext(s.t.Context(), name, args...).CombinedOutput(); err != nil {
		s.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

func (s *Site) command(log, name string, args ...string) *exec.Cmd {
	s.t.Helper()
	f, err := os.Create(log)
	s.must(err)
	s.t.Cleanup(func() { _ = f.Close() })
	c := exec.CommandContext(context.WithoutCancel(s.t.Context()), name, args...) // ended by end, in its order
	c.Stderr = f
	return c
}

func (s *Site) start(log, name string, args ...string) {
	s.t.Helper()
	c := s.command(log, name, args...)
	c.Stdout = c.Stderr
	s.must(c.Start())
	s.t.Cleanup(func() {
		s.end(c)
		if s.t.Failed() {
			if b, err := os.ReadFile(log); err == nil {
				s.t.Logf("%s said:\n%s", name, b[max(0, len(b)-600):])
			}
		}
	})
}

// end stops a process and waits for it.
func (s *Site) end(c *exec.Cmd) {
	_ = c.Process.Signal(os.Interrupt)
	late := time.AfterFunc(10*time.Second, func() { _ = c.Process.Kill() })
	defer late.Stop()
	_ = c.Wait()
}

func (s *Site) wait(what string, ready func() error) {
	s.t.Helper()
	var err error
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if err = ready(); err == nil {
			return
		}
	}
	s.t.Fatalf("%s does not start: %v", what, err)
}

func (s *Site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func lastLine(b []byte) []byte {
	end := len(b)
	for end > 0 && b[end-1] == '\n' {
		end--
	}
	start := end
	for start > 0 && b[start-1] != '\n' {
		start--
	}
	return b[start:end]
}
