//go:build nightly

package main

import (
	"bufio"
	"encoding/json"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"doorknock/cmd/doorknock/bench"
)

const (
	scrapyPython = "/usr/bin/python3" // Debian's python3-scrapy is for this one
	scrapySites  = 40
	besideScrapy = 1.0 // times Scrapy's pages of a second of processor time, at least
)

// TestBesideScrapy has Scrapy read the pages of the measurement with the same twenty selectors, and sets what a page costs
// it beside what a page costs with the whole pipeline on, which may not be more. Both find the same matches, or it was not the same
// work.
func TestBesideScrapy(t *testing.T) {
	if err := exec.Command(scrapyPython, "-c", "import scrapy").Run(); err != nil {
		t.Skip("Scrapy is not there: apt-get install python3-scrapy")
	}
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command(bin, "bench", "serve")
	pipe, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Signal(syscall.SIGTERM); _ = server.Wait() })
	s := bufio.NewScanner(pipe)
	if !s.Scan() {
		t.Fatal("the web server said no address")
	}
	var theirs struct {
		Pages   int     `json:"pages"`
		Matches int     `json:"matches"`
		CPU     float64 `json:"cpu_s"`
		Peak    float64 `json:"peak_mb"`
	}
	selectors, paths := bench.ForScrapy()
	out, err := exec.Command(scrapyPython, "testdata/scrapy/spider.py", strings.TrimSpace(s.Text()), strconv.Itoa(scrapySites), asText(t, selectors), asText(t, paths)).Output()
	if err != nil {
		t.Fatalf("scrapy: %v", err)
	}
	if err := json.Unmarshal(out, &theirs); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	bare, err := bench.Matches(scrapySites)
	if err != nil {
		t.Fatal(err)
	}
	ours := exec.Command(bin, "bench", "--only", "cpu_page", "--rounds", "3", "--json")
	ours.Dir = t.TempDir()
	if out, err = ours.Output(); err != nil {
		t.Fatalf("bench: %v", err)
	}
	var r bench.Report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	each := theirs.CPU / float64(max(theirs.Pages, 1)) * 1e6
	t.Logf("Scrapy: %d pages, %d matches, %.0f us of processor time a page, %.0f MB. Ours, all checks and the whole pipeline: %.0f us; the same checks in a plain loop: %.0f us. %.1f times the pages of a second of processor time",
		theirs.Pages, theirs.Matches, each, theirs.Peak, r.Steps[0].Ours, *r.Steps[0].Bare, each/r.Steps[0].Ours)
	if theirs.Matches != bare {
		t.Errorf("Scrapy's selectors match %d times, ours %d times: not the same work", theirs.Matches, bare)
	}
	if times := each / r.Steps[0].Ours; times < besideScrapy {
		t.Errorf("%.2f times Scrapy's pages of a second of processor time, want %.1f at least", times, besideScrapy)
	}
}

func asText(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
