//go:build nightly

package evidence_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"doorknock/internal/servers"
)

// Another program's reader finds our records where we say they are.
func TestOthersReadOurFiles(t *testing.T) {
	warcio := servers.Warcio(t)
	dir := t.TempDir()
	f := open(t, dir)
	k := keep(t, f, "v", exchange("https://acorn.example/", "<p>body"), false)
	not := exchange("https://acorn.example/", "")
	not.ResponseHead, not.Revisit = []byte("HTTP/1.1 304 Not Modified\r\n"), sum("<p>body")
	keep(t, f, "v", not, false)
	cmd := exec.Command(warcio, "index", filepath.Join(dir, k.File))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, r := range readAll(t, filepath.Join(dir, k.File)) {
		kinds = append(kinds, r.Type)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(kinds) {
		t.Fatalf("warcio finds %d records, we wrote %d:\n%s", len(lines), len(kinds), out)
	}
	for i, kind := range kinds {
		if !strings.Contains(lines[i], `"`+kind+`"`) {
			t.Errorf("record %d is %s to us and %s to warcio", i, kind, lines[i])
		}
	}
}
