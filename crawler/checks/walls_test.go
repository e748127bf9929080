package checks_test

import (
	"path/filepath"
	"strings"
	"testing"

	"doorknock/audit"
)

// TestMadeUpWalls reads a made-up page of each kind of wall: ../testdata/walls/REASON-WHAT.html. Each is told as what it is by every
// question, whatever else stands on it, also where it comes with a status that says less; "none" is content that looks a little like one.
func TestMadeUpWalls(t *testing.T) {
	files, err := filepath.Glob("../testdata/walls/*.html")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		reason, what, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".html"), "-")
		t.Run(reason+" "+what, func(t *testing.T) {
			p := answered("https://www.tansyvale.example/news/", 200, body(t, file))
			if reason == "none" {
				if got := p.Problem(); got != "" {
					t.Errorf("content read as %s", got)
				}
				return
			}
			for _, r := range p.Read(asked(audit.Web)) {
				if r.Verdict.State() != audit.Unknown || string(r.Verdict.Reason()) != reason {
					t.Fatalf("%s is %v/%s, want unknown/%s", r.Check, r.Verdict.State(), r.Verdict.Reason(), reason)
				}
			}
			for _, status := range []int{401, 403, 404, 429, 500, 503} {
				for _, r := range answered("https://www.tansyvale.example/news/", status, body(t, file)).Read(asked(audit.Web)) {
					if r.Verdict.State() != audit.Unknown {
						t.Fatalf("with status %d %s is %v", status, r.Check, r.Verdict.State())
					}
				}
			}
		})
	}
}
