package store

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// TestSlowDisk: a commit that took too long is kept by the next one, told by status for an hour, and in one line of the log.
func TestSlowDisk(t *testing.T) {
	var log bytes.Buffer
	db := open(t, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	writes := func() {
		t.Helper()
		if err := db.KeepQueueAway(t.Context(), time.Time{}, ""); err != nil {
			t.Fatal(err)
		}
	}
	told := func(now time.Time) SlowDisk {
		t.Helper()
		s, err := db.Status(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		return s.SlowDisk
	}
	writes()
	db.slowFrom = time.Nanosecond
	writes()
	db.slowFrom = time.Hour
	if s := told(time.Now()); s != (SlowDisk{}) {
		t.Errorf("told before it was kept: %+v", s)
	}
	writes()
	if s := told(time.Now()); s.Took <= 0 || time.Since(s.At) > time.Minute {
		t.Errorf("told %+v", s)
	}
	if s := told(time.Now().Add(2 * time.Hour)); s != (SlowDisk{}) {
		t.Errorf("told two hours later: %+v", s)
	}
	db.slowFrom = time.Nanosecond
	writes()
	if n := strings.Count(log.String(), "the disk of the database is slow"); n != 1 {
		t.Errorf("told %d times in the log:\n%s", n, log.String())
	}
}
