package main

import (
	"encoding/json"
	"os"
	"testing"

	"doorknock/cmd/doorknock/bench"
)

// bench measures with a real installation and a web server in another process, says it in the agreed shape, and leaves
// nothing behind. What it measures on a busy machine is not judged here.
func TestBench(t *testing.T) {
	t.Parallel()
	r := quiet(t, "")
	before := r.entries()
	code, out, errs := r.do("bench", "--only", "checks,cpu_page,store", "--rounds", "1", "--json")
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, errs)
	}
	var got bench.Report
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got.V != 1 || got.Seed != 1 || got.CPUs < 1 || got.Fsync.P50 <= 0 || len(got.Steps) != 3 {
		t.Errorf("report %+v", got)
	}
	for _, s := range got.Steps {
		if s.Bare == nil || *s.Bare <= 0 || s.Ours <= 0 || s.Ratio == nil || s.Ratio.Median <= 0 || s.OK == nil || s.Rounds != 1 {
			t.Errorf("step %+v", s)
		}
	}
	if after := r.entries(); len(after) != len(before) {
		t.Errorf("left behind: %v", after)
	}
	if code, _, errs := r.do("bench", "--only", "speed"); code != exitUsage {
		t.Errorf("a step there is not: exit %d, %s", code, errs)
	}
}

func (r *rig) entries() []string {
	r.t.Helper()
	all, err := os.ReadDir(r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	var names []string
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}
