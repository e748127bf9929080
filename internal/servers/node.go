package servers

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// NodePrograms is what installs Ghost and NodeBB, which are no Debian packages, and what the one's database needs.
const NodePrograms = "redis-server, then .ci/node-servers"

// nodeFolder is where .ci/node-servers put a program.
func nodeFolder(name string) string {
	dir := os.Getenv("DOORKNOCK_NODE_SERVERS")
	if cache, err := os.UserCacheDir(); dir == "" && err == nil {
		dir = filepath.Join(cache, "doorknock", "node-servers")
	}
	return filepath.Join(dir, name)
}

// Warcio is the program of that name, another's reader of WARC files. Without it the test fails: make nightly installs it.
func Warcio(t testing.TB) string {
	t.Helper()
	installed := filepath.Join(nodeFolder("warcio"), "node_modules", ".bin", "warcio")
	if _, err := os.Stat(installed); err == nil {
		return installed
	}
	path, err := exec.LookPath("warcio")
	if err != nil {
		t.Fatal("warcio, which reads our files, is not installed: .ci/node-servers")
	}
	return path
}

// Ghost is a publication with the posts that Ghost brings, one for everybody and one for its members.
type Ghost struct{ *Site }

// StartGhost makes a Ghost with a database of its own in a file. setting is who may comment: off, all or paid.
func StartGhost(t testing.TB, setting string) Ghost {
	t.Helper()
	installed := nodeFolder("ghost")
	g := Ghost{newSite(t, "blog.test", NodePrograms, []string{"node", "python3"}, []string{installed + "/ghost.js", installed + "/node_modules"})}
	g.run("/", "", "cp", "-r", filepath.Join(installed, "content"), filepath.Join(g.dir, "content"))
	host, port, err := net.SplitHostPort(g.Address)
	g.must(err)
	file := filepath.Join(g.dir, "content", "data", "ghost.db")
	serve := []string{"NODE_ENV=production", "url=" + g.URL, "server__host=" + host, "server__port=" + port, "database__client=sqlite3",
		"database__connection__filename=" + file, "database__useNullAsDefault=true", "paths__contentPath=" + filepath.Join(g.dir, "content"),
		"mail__transport=Direct", "logging__transports=[\"stdout\"]", "node", filepath.Join(installed, "ghost.js")}
	g.serve(installed, "env", serve...)() // so that it makes its database
	g.run(g.dir, "", "python3", g.write("fill.py", g.ours("ghost/fill.py")), file, setting, Words)
	g.serve(installed, "env", serve...)
	return g
}

// NodeBB is a forum with one topic.
type NodeBB struct {
	*Site
	redis string // port of its database
	stop  func()
}

// StartNodeBB makes a NodeBB with a database server of its own.
func StartNodeBB(t testing.TB) *NodeBB {
	t.Helper()
	installed := nodeFolder("nodebb")
	n := &NodeBB{Site: newSite(t, "forum.test", NodePrograms, []string{"node", "redis-server", "redis-cli"}, []string{installed + "/app.js", installed + "/node_modules"})}
	var err error
	_, n.redis, err = net.SplitHostPort(n.free())
	n.must(err)
	c := exec.Command("redis-server", "--port", n.redis, "--bind", "127.0.0.1", "--dir", n.dir, "--save", "", "--appendonly", "no") //nolint:gosec,noctx // a test's own port; ended below
	n.must(c.Start())
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	n.run("/", "", "cp", "-r", installed+"/.", n.root())
	n.run(n.root(), "", "sh", "-c", "rm -f config.json pidfile && mkdir -p logs public/uploads/sounds public/uploads/files public/uploads/profile public/uploads/category")
	made := n.config(map[string]string{"admin:username": "admin", "admin:password": "made-up-for-a-test", "admin:password:confirm": "made-up-for-a-test",
		"admin:email": "admin@forum.test", "redis:host": "127.0.0.1", "redis:port": n.redis, "redis:password": "", "redis:database": "0"})
	n.run(n.root(), "", "node", "app", "--setup="+made)
	n.Set("zrem", "plugins:active", "nodebb-plugin-emoji-one", "nodebb-plugin-emoji-extended") // which fetch pictures from elsewhere as they start
	n.Restart()
	return n
}

func (n *NodeBB) root() string { return filepath.Join(n.dir, "site") }

func (n *NodeBB) config(more map[string]string) string {
	n.t.Helper()
	all := map[string]any{"url": n.URL[:len(n.URL)-1], "secret": "made-up", "database": "redis", "bind_address": "127.0.0.1"}
	for k, v := range more {
		all[k] = v
	}
	b, err := json.Marshal(all)
	n.must(err)
	return string(b)
}

// Restart starts it anew, as it reads its privileges once.
func (n *NodeBB) Restart() {
	n.t.Helper()
	if n.stop != nil {
		n.stop()
	}
	_, port, err := net.SplitHostPort(n.Address)
	n.must(err)
	n.must(os.Remove(filepath.Join(n.root(), "config.json")))
	n.write("site/config.json", `{"url":"`+n.URL[:len(n.URL)-1]+`","secret":"made-up","database":"redis","bind_address":"127.0.0.1","port":"`+port+
		`","redis":{"host":"127.0.0.1","port":"`+n.redis+`","database":"0"}}`)
	n.stop = n.serve(n.root(), "node", "app.js")
}

// Set gives its database a command, by which a setting is made.
func (n *NodeBB) Set(command ...string) {
	n.t.Helper()
	n.run(n.dir, "", "redis-cli", append([]string{"-p", n.redis}, command...)...)
}
