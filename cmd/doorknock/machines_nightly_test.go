//go:build nightly

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The NATS server is away for a minute, with the AckWait of every day: nothing is lost, and every machine says so, the one
// that keeps to each who asks, from the first seconds to the last.
func TestQueueAwayForAMinute(t *testing.T) {
	f := newFarm(t, newQueues(t, 1), 1, "30s")
	f.begin()
	f.write()
	f.queues[0].end()
	f.turn()
	f.write()
	f.saysAway("EOF")
	time.Sleep(time.Minute)
	f.saysAway("EOF")
	f.queues[0].start()
	f.saysThere()
	f.write()
	f.finish()
	for i, c := range f.crawlers {
		if c.out.line("connected to the NATS server again") == "-" {
			t.Errorf("crawler %d does not say that it is connected again:\n%s", i+1, c.out)
		}
	}
}

// The NATS server's disk takes 5 ms longer for every sync, as the spinning disk or the busy cloud volume of a small
// installation does.
func TestQueueOnASlowDisk(t *testing.T) {
	if err := exec.Command("strace", "-f", "--seccomp-bpf", "-e", "trace=fsync,fdatasync", "-o", "/dev/null", "true").Run(); err != nil {
		t.Skipf("this machine cannot slow a disk down by strace: %v", err)
	}
	queues := newQueues(t, 1)
	queues[0].prefix = []string{"strace", "-D", "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:delay_exit=5000"}
	f := newFarm(t, queues, 1, "30s")
	f.begin()
	f.turn()
	for range 3 {
		f.write()
	}
	f.finish()
}

// Three NATS servers in a cluster keep everything threefold. The one that leads the stream of jobs is killed during the
// run: visits go on without it, and the tables are those of one machine left in peace.
func TestClusterLosesAServer(t *testing.T) {
	f := newFarm(t, newQueues(t, 3), 3, "10s")
	f.begin()
	f.write()
	lead := f.leads("JOBS")
	n, err := strconv.Atoi(strings.TrimPrefix(lead, "n"))
	if err != nil {
		t.Fatalf("who leads JOBS? %q", lead)
	}
	before := f.rows(`SELECT count(*) FROM visit`)[0]
	killed := time.Now()
	f.queues[n-1].kill()
	f.until("visits go on without the killed server", time.Minute, func() bool {
		return f.has(fmt.Sprintf(`SELECT 1 WHERE (SELECT count(*) FROM visit) > %s + 6`, before))
	})
	t.Logf("%s killed; six more visits recorded after %v", lead, time.Since(killed).Round(100*time.Millisecond))
	f.turn()
	f.write()
	f.queues[n-1].start()
	f.write()
	f.finish()
}

// leads names the server that leads a stream, and wants the stream to be kept by three.
func (f *farm) leads(stream string) string {
	f.t.Helper()
	s, done := f.stream(stream)
	defer done()
	if of := s.CachedInfo().Config.Replicas; of != 3 {
		f.t.Errorf("%s has %d replicas, want 3", stream, of)
	}
	return s.CachedInfo().Cluster.Leader
}

// What docs/scaling.md says of visits a second, bytes and memory comes from here: crawlers at full speed at sites that
// answer at once, and a keeper that records.
func TestMeasureMachines(t *testing.T) {
	for _, slow := range []bool{false, true} {
		for _, crawlers := range []int{1, 3} {
			t.Run(fmt.Sprintf("crawlers=%d 5ms-fsync=%t", crawlers, slow), func(t *testing.T) { measureMachines(t, crawlers, slow) })
		}
	}
}

func measureMachines(t *testing.T, crawlers int, slow bool) {
	queues := newQueues(t, 1)
	if slow {
		queues[0].prefix = []string{"strace", "-D", "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:delay_exit=5000"}
	}
	f := newFarm(t, queues, 1, "30s")
	f.where.slow.Store(0)
	f.manySites(200)
	f.crawlers = f.crawlers[:crawlers]
	for _, q := range queues {
		q.start()
	}
	f.start()
	f.out.address(t)
	key, err := os.ReadFile(f.path("doorknock.key"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range f.crawlers {
		c.write("doorknock.key", string(key))
		c.start()
	}
	f.until("the first 200 visits", 2*time.Minute, func() bool { return f.has(`SELECT 1 WHERE (SELECT count(*) FROM visit) >= 200`) })
	from, began, cpu := f.visits(), time.Now(), cpuOf(t, f.cmd.Process.Pid)
	farCPU := cpuOf(t, f.crawlers[0].cmd.Process.Pid)
	time.Sleep(15 * time.Second)
	n, took := f.visits()-from, time.Since(began).Seconds()
	requests := f.rows(`SELECT printf('%.1f', avg(requests)) FROM visit`)[0]
	t.Logf("%d visits of %s requests in %.1f s: %.1f visits/s; keeper %.1f ms CPU a visit, a crawler %.1f ms, keeper %s, crawler %s",
		n, requests, took, float64(n)/took, 1000*(cpuOf(t, f.cmd.Process.Pid)-cpu)/float64(n),
		1000*(cpuOf(t, f.crawlers[0].cmd.Process.Pid)-farCPU)/(float64(n)/float64(crawlers)), rss(t, f.cmd.Process.Pid), rss(t, f.crawlers[0].cmd.Process.Pid))
	f.kill() // so that what is sent now stays where it can be measured
	time.Sleep(3 * time.Second)
	f.sizes()
	for _, c := range f.crawlers {
		c.stop(syscall.SIGTERM)
	}
}

// manySites makes the list one of as many organisations, each with a site of its own: copies of the town's liveliest.
func (f *farm) manySites(n int) {
	f.t.Helper()
	var list, hosts strings.Builder
	list.WriteString("id,name,nation,sector,website\n")
	for i := range n {
		host := fmt.Sprintf("copy-%d.test", i)
		fmt.Fprintf(&list, "copy-%d,Larkfield Homes,England,housing_association,http://%s/\n", i, host)
		fmt.Fprintf(&hosts, "  %s: %s\n", host, f.where.address)
	}
	f.rig.write("organisations.csv", list.String())
	for _, r := range append([]*rig{f.rig}, f.crawlers...) {
		text, err := os.ReadFile(r.config)
		if err != nil {
			f.t.Fatal(err)
		}
		r.write("doorknock.yaml", strings.Replace(string(text), "hosts:\n", "hosts:\n"+hosts.String(), 1))
	}
}

// sizes tells what a visit weighs on the NATS server.
func (f *farm) sizes() {
	f.t.Helper()
	for _, name := range []string{"JOBS", "VISITS", "OBJ_captures"} {
		s, done := f.stream(name)
		defer done()
		state := s.CachedInfo().State
		f.t.Logf("%s: %d messages, %d bytes, %d a message", name, state.Msgs, state.Bytes, state.Bytes/max(state.Msgs, 1))
	}
}

func cpuOf(t *testing.T, pid int) float64 {
	t.Helper()
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+2:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return float64(user+system) / 100
}

var vmRSS = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

func rss(t *testing.T, pid int) string {
	t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		t.Fatal(err)
	}
	m := vmRSS.FindSubmatch(status)
	if m == nil {
		return "?"
	}
	kb, _ := strconv.Atoi(string(m[1]))
	return fmt.Sprintf("%d MB", kb>>10)
}
