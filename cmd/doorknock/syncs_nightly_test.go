//go:build nightly

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorknock/cmd/doorknock/town"
)

// Where no disk image can be mounted: what was acknowledged was flushed, by count. Each recorded visit has a flush of the
// database's log and one of its message in the queue, and each file of captures one, when its visit is at its end.
func TestSyncsPerCommit(t *testing.T) {
	if out, err := exec.Command("strace", "-qq", "-o", "/dev/null", "true").CombinedOutput(); err != nil {
		t.Skipf("strace cannot count system calls here: %v %s", err, out)
	}
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, openTown(t, town.Old()), "")
	r.write("under", fmt.Sprintf("#!/bin/sh\nexec strace -D -f -qq -y -e trace=fsync,fdatasync -o %s -- %s \"$@\"\n", r.path("calls"), bin))
	r.chmod("under", 0o700)
	r.built = func() (string, error) { return r.path("under"), nil }
	r.start()
	r.until("a first look at everybody", time.Minute, func() bool { return r.has(`SELECT 1 WHERE (SELECT count(*) FROM visit) >= 12`) })
	r.kill()
	calls, err := os.ReadFile(r.path("calls"))
	if err != nil {
		t.Fatal(err)
	}
	for what, query := range map[string]string{
		"doorknock.db-wal": `SELECT count(*) FROM visit`, "/VISITS/msgs/": `SELECT count(*) FROM visit`,
		"/data/evidence/": `SELECT count(DISTINCT file) FROM capture WHERE file <> ''`,
	} {
		least, err := strconv.Atoi(r.rows(query)[0])
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(calls), what); n < least {
			t.Errorf("%d flushes of %s for %d acknowledgements", n, what, least)
		} else {
			t.Logf("%d flushes of %s for %d acknowledgements", n, what, least)
		}
	}
}
