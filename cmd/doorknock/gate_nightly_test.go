//go:build nightly

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"doorknock/cmd/doorknock/bench"
)

// TestGate measures everything and holds it to the goals, or to what was set for those that are missed. `doorknock bench --gate` is
// stricter: for it every goal that is missed is.
func TestGate(t *testing.T) {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(bin, "bench", "--json")
	c.Dir, c.Stderr = t.TempDir(), os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("bench: %v", err)
	}
	var r bench.Report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Steps) != len(bench.IDs()) {
		t.Errorf("%d steps were measured, want %d", len(r.Steps), len(bench.IDs()))
	}
	if err := r.Print(t.Output()); err != nil {
		t.Fatal(err)
	}
	for _, a := range asides() {
		t.Logf("%s may be %.2f: %s", a.step, a.limit, a.why)
	}
	for _, missed := range worse(r) {
		t.Error(missed)
	}
}
