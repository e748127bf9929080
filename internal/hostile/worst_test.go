package hostile

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	worstBegin = "<!-- made by make worst: begin -->\n"
	worstEnd   = "<!-- made by make worst: end -->\n"
	listed     = 10
)

// cost is what one input cost a process that read nothing else.
type cost struct {
	Result
	cpu     time.Duration
	peakKiB int
}

// TestWorst reads each heavy input in a process of its own and writes the ten worst, by memory, into docs/security.md.
// It is run by make worst.
func TestWorst(t *testing.T) {
	if os.Getenv("DOORKNOCK_WORST") == "" {
		t.Skip("make worst measures every bad input by itself and writes docs/security.md")
	}
	knock := build(t)
	s := Start()
	defer s.Close()
	var costs []cost
	for _, c := range Cases() {
		if !c.Heavy {
			continue
		}
		results, cpu := run(t, knock, s.Listener.Addr().String(), 1, []string{c.Path})
		one := cost{Result: results[0], cpu: cpu, peakKiB: results[len(results)-1].PeakKiB}
		checkResult(t, one.Result, false)
		costs = append(costs, one)
	}
	slices.SortFunc(costs, func(a, b cost) int { return cmp.Compare(b.peakKiB, a.peakKiB) })
	var table strings.Builder
	table.WriteString("| input | processor time | memory at most | verdict |\n| --- | --- | --- | --- |\n")
	for _, c := range costs[:listed] {
		fmt.Fprintf(&table, "| `%s` | %.1f s | %d MiB | %s |\n", c.Path, c.cpu.Seconds(), c.peakKiB>>10, verdictOf(c.Result))
	}
	replaceTable(t, table.String())
}

// verdictOf is what came of an input, in the words of the table.
func verdictOf(r Result) string {
	states := "unknown"
	if slices.Contains(r.States, "open") {
		states = "open by its form, else unknown"
	}
	if r.Problem != "" {
		return states + " (`" + string(r.Problem) + "`)"
	}
	return states
}

func replaceTable(t *testing.T, table string) {
	t.Helper()
	file := filepath.Join("..", "..", "docs", "security.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := bytes.Cut(text, []byte(worstBegin))
	_, after, ended := bytes.Cut(rest, []byte(worstEnd))
	if !begun || !ended {
		t.Fatal("docs/security.md has no place for the table")
	}
	made := slices.Concat(before, []byte(worstBegin), []byte(table), []byte(worstEnd), after)
	if err := os.WriteFile(file, made, 0o644); err != nil { //nolint:gosec // a page of the docs
		t.Fatal(err)
	}
}
