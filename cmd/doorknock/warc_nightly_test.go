//go:build nightly

package main

import (
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/cmd/doorknock/town"
)

// Another program reads every WARC file that a run over the whole town wrote, sealed ones with the keys of the database:
// each has as many answers in it as captures name it. It needs `warcio` (npm or PyPI) on the path.
func TestOthersReadTheTownsEvidence(t *testing.T) {
	warcio, err := exec.LookPath("warcio")
	if err != nil {
		t.Skip("warcio is not installed: npm install -g warcio")
	}
	where := openTown(t, town.Old(), town.New())
	r := newRig(t, where, "")
	r.start()
	for _, scene := range where.Script() {
		where.Do(scene)
		time.Sleep(3 * time.Second) // time for a look or two at what has changed
	}
	if code, took := r.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d after %v\n%s", code, took, r.out)
	}
	folder := filepath.Join(r.dir, "data", "evidence")
	var files []string
	var want []int
	sealed := 0
	for _, row := range r.rows(`SELECT file, count(*), sealed, hex(max(seal_key)) FROM capture WHERE file <> '' GROUP BY file`) {
		cells := strings.Split(row, "|")
		file := filepath.Join(folder, filepath.FromSlash(cells[0]))
		if cells[2] == "1" {
			file, sealed = unsealed(t, file, cells[3]), sealed+1
		}
		named, err := strconv.Atoi(cells[1])
		if err != nil {
			t.Fatal(err)
		}
		files, want = append(files, file), append(want, named)
	}
	for at := 0; at < len(files); at += 100 {
		end := min(at+100, len(files))
		for i, answers := range answersIn(t, warcio, files[at:end]) {
			if answers < want[at+i] {
				t.Errorf("%s: warcio finds %d answers, %d captures name it", files[at+i], answers, want[at+i])
			}
		}
	}
	if len(files) < 40 || sealed < 2 {
		t.Errorf("%d files, %d of them sealed: not the whole town", len(files), sealed)
	}
	t.Logf("%d files, %d of them sealed", len(files), sealed)
}

// answersIn counts the answers that warcio finds in each file. Its index begins each file at offset 0.
func answersIn(t *testing.T, warcio string, files []string) (counts []int) {
	t.Helper()
	out, err := exec.Command(warcio, append([]string{"index"}, files...)...).Output()
	if err != nil {
		t.Fatalf("warcio index: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, `"offset":0,`) {
			counts = append(counts, 0)
		}
		if len(counts) > 0 && (strings.Contains(line, `"response"`) || strings.Contains(line, `"revisit"`)) {
			counts[len(counts)-1]++
		}
	}
	if len(counts) != len(files) {
		t.Fatalf("warcio read %d of %d files:\n%.2000s", len(counts), len(files), out)
	}
	return counts
}

// unsealed opens a sealed file with its key into one that others can read.
func unsealed(t *testing.T, file, key string) string {
	t.Helper()
	secret, err := hex.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := audit.UnsealWith(secret, data)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	out := filepath.Join(t.TempDir(), "open.warc.gz")
	if err := os.WriteFile(out, plain, 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}
