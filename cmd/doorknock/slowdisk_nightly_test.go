//go:build nightly

package main

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorknock/cmd/doorknock/town"
)

// slowDatabase makes each flush of the database's files take so much longer.
func (r *rig) slowDatabase(by time.Duration) {
	r.t.Helper()
	bin, err := binary()
	if err != nil {
		r.t.Fatal(err)
	}
	var files strings.Builder
	for _, name := range []string{"doorknock.db", "doorknock.db-wal"} {
		fmt.Fprintf(&files, " -P '%s'", filepath.Join(r.path("data"), name))
	}
	r.program("under", fmt.Appendf(nil, "#!/bin/sh\nexec strace -D -f -qq -o %s%s -e trace=fsync,fdatasync -e inject=fsync,fdatasync:delay_exit=%d -- %s \"$@\"\n",
		r.path("calls"), files.String(), by.Microseconds(), bin))
	r.built = func() (string, error) { return r.path("under"), nil }
}

// Each flush of the database takes a fifth of a second, as on a card or a busy network disk, and then more than a second, while the town
// changes: pages stay, nothing that was shown is lost when it is killed, status says that the disk is slow, and in the end all is
// as with a disk that is well.
func TestDatabaseOnASlowDisk(t *testing.T) {
	if out, err := exec.Command("strace", "-qq", "-o", "/dev/null", "true").CombinedOutput(); err != nil {
		t.Skipf("this machine cannot slow a disk down by strace: %v %s", err, out)
	}
	where := openTown(t, town.Old())
	slow := newTrial(t, where, where)
	slow.begin()
	slow.kill()
	slow.turn()
	for _, by := range []time.Duration{200 * time.Millisecond, 1200 * time.Millisecond} {
		slow.slowDatabase(by)
		slow.start()
		base := slow.out.address(t)
		visits := slow.rows(`SELECT count(*) FROM visit`)[0]
		for range 3 {
			slow.write()
		}
		slow.until("visits go on", 3*time.Minute, func() bool { return slow.has(`SELECT 1 WHERE (SELECT count(*) FROM visit) > 3 + ` + visits) })
		for _, page := range []string{"/", "/league", "/organisations/larkfield-homes", "/readyz"} {
			began := time.Now()
			if code, body := get(t, base+page); code != http.StatusOK || time.Since(began) > 20*time.Second {
				t.Errorf("%v a flush: %s: %d after %v\n%.200s", by, page, code, time.Since(began), body)
			}
		}
		said, code := slow.ask("status")
		if told := strings.Contains(said, "the disk of the database is slow: a write took 1."); code != 0 || told != (by > time.Second) {
			t.Errorf("%v a flush: status says (exit %d)\n%s", by, code, said)
		}
		before, err := acknowledged(slow.dir)
		if err != nil {
			t.Fatal(err)
		}
		slow.kill()
		after, err := acknowledged(slow.dir)
		if err != nil {
			t.Fatal(err)
		}
		for id := range before {
			if !after[id] {
				t.Errorf("%v a flush: lost: %s", by, id)
			}
		}
	}
	slow.built = binary
	slow.start()
	slow.ends()
}
