//go:build nightly

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorknock/cmd/doorknock/town"
	"doorknock/internal/fakeslack"
)

// A webhook is revoked while doorknock runs. What was to be told is given up and says why; the address is put right and the settings
// are read anew; `deliveries retry --all` then has each alert told, once.
func TestARevokedReceiverIsMendedWhileItRuns(t *testing.T) {
	where := openTown(t, town.Old())
	r := newRig(t, where, "")
	r.slack.Script(fakeslack.Refused, fakeslack.Refused, fakeslack.Refused)
	r.start()
	r.until("a first look at everybody", time.Minute, func() bool { return r.has(`SELECT 1 WHERE (SELECT count(DISTINCT channel) FROM visit) >= 6`) })
	for i, host := range []string{town.Millrace, town.Fernbank} {
		where.Change(host, func(s *town.Site) {
			for j := range s.Posts {
				s.Posts[j].Open = i == 0
			}
		})
	}
	r.until("a message is given up", time.Minute, func() bool { return r.has(`SELECT 1 FROM delivery WHERE state = 'dead'`) })
	if out, code := r.ask("deliveries", "list", "--list", "dead"); code != 0 || !strings.Contains(out, "make a new one") || strings.Contains(out, "canary") {
		t.Errorf("exit %d: %s", code, out)
	}
	r.slack.Script()
	r.hook = strings.Replace(r.hook, "/services/T", "/services/TNEW", 1)
	old, err := os.ReadFile(filepath.Join(r.dir, "hook"))
	if err != nil {
		t.Fatal(err)
	}
	r.write("hook", strings.Replace(string(old), "/services/T", "/services/TNEW", 1))
	r.hangUp()
	r.says(1, inForce)
	if out, code := r.ask("deliveries", "retry", "--all"); code != 0 || !strings.Contains(out, "is sent again") {
		t.Errorf("exit %d: %s", code, out)
	}
	r.until("nothing is given up, and all was told", 2*time.Minute, func() bool {
		return !r.has(`SELECT 1 FROM delivery WHERE state <> 'sent'`)
	})
	for _, m := range r.slack.Messages() {
		if m.Taken && !strings.HasPrefix(m.Path, "/services/TNEW") {
			t.Errorf("something was taken at the old address: %s", m.Path)
		}
	}
	if out, code := r.ask("deliveries", "list", "--list", "dead"); code != 0 || !strings.Contains(out, "Nothing was given up.") {
		t.Errorf("exit %d: %s", code, out)
	}
}
