package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorknock/store"
)

// A report that a mailbox's filter hands over ends the subscriptions of the addresses that failed for good, and of nobody else.
func TestBouncedReaders(t *testing.T) {
	dir := t.TempDir()
	r := &rig{t: t, dir: dir, config: filepath.Join(dir, "doorknock.yaml")}
	r.write("doorknock.yaml", fmt.Sprintf("data_dir: %[1]s/data\nkey_file: %[1]s/doorknock.key\n", dir))
	cfg, err := loadConfig(r.config)
	if err != nil {
		t.Fatal(err)
	}
	in, err := openInstallation(t.Context(), cfg, newLog(cfg.Log))
	if err != nil {
		t.Fatal(err)
	}
	if err := in.db.SyncSubscriptions(t.Context(), []string{"Ann@elm.test", "slow@elm.test"}, nil, "Europe/London", time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	bounces := filepath.Join("..", "..", "alerts", "digest", "testdata", "bounces")
	var said bytes.Buffer
	args := []string{"digest", "subscribers", "bounced", "--config", r.config, filepath.Join(bounces, "gone.eml"), filepath.Join(bounces, "later.eml")}
	if code := run(t.Context(), args, strings.NewReader(""), &said, &said); code != 0 {
		t.Fatalf("exit %d: %s", code, &said)
	}
	if want := "ann@elm.test  gets no more mail\nbob@elm.test  is no reader's\nNo address failed for good by this mail: nothing is ended.\n"; said.String() != want {
		t.Errorf("%q, want %q", said.String(), want)
	}
	if got := out(t, r, "digest", "subscribers", "--all"); !strings.Contains(got, "by "+store.EndedByBounce) || !strings.Contains(got, "slow@elm.test  named in the settings") {
		t.Error(got)
	}
	said.Reset()
	if code := run(t.Context(), args[:5], strings.NewReader("From: a@b.test\r\n\r\nhello"), &said, &said); code != 0 || !strings.Contains(said.String(), "nothing is ended") {
		t.Errorf("exit %d: %s", code, &said)
	}
}
