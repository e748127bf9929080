package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/evidence"
	"doorknock/internal/emptystore"
	"doorknock/store"
)

// attic is an evidence folder with a database, of which the test decides what is recorded.
type attic struct {
	t *testing.T
	sweeper
	dir     string
	channel audit.Channel
	n       int
}

func newAttic(t *testing.T) *attic {
	t.Helper()
	a := &attic{t: t, dir: t.TempDir()}
	db, err := store.Open(t.Context(), store.Options{Dir: emptystore.In(t, a.dir), ConfirmAfter: time.Hour, Interval: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	folder, err := evidence.OpenFolder(filepath.Join(a.dir, "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(db.Close(), folder.Close()); err != nil {
			t.Error(err)
		}
	})
	a.channel = audit.Channel{ID: "c", Organisation: "elm", Platform: audit.Web, URL: "https://elm.test/", Lane: "elm.test"}
	err = db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "elm", Name: "Elm", Nation: audit.England, Sector: "council"}}, []audit.Channel{a.channel})
	if err != nil {
		t.Fatal(err)
	}
	a.sweeper = sweeper{db: db, folder: folder, dir: a.dir, log: slog.New(slog.DiscardHandler)}
	return a
}

// visit keeps two plain captures and a sealed one, records them if it is to, and gives their files.
func (a *attic) visit(recorded bool) []string {
	a.t.Helper()
	a.n++
	now := time.Now()
	v := audit.Visit{V: 1, ID: fmt.Sprintf("visit%d", a.n), Channel: a.channel, How: audit.Anonymous, StartedAt: now, ObservedAt: now}
	var files []string
	for i, seal := range []bool{false, false, true} {
		x := &evidence.Exchange{URL: a.channel.URL, At: now, RequestHead: []byte("GET / HTTP/1.1\r\n\r\n"), ResponseHead: []byte("HTTP/1.1 200 OK\r\n\r\n"), Body: []byte("page")}
		k, err := a.folder.Keep(a.t.Context(), v.ID, x, seal)
		if err != nil {
			a.t.Fatal(err)
		}
		v.Captures = append(v.Captures, audit.Capture{ID: fmt.Sprintf("%s-%d", v.ID, i), URL: a.channel.URL, Status: 200, At: now,
			File: k.File, Offset: k.Offset, Sealed: k.Sealed, Key: k.Key})
		files = append(files, k.File)
	}
	if err := a.folder.Flush(a.t.Context(), v.ID); err != nil {
		a.t.Fatal(err)
	}
	if recorded {
		if _, err := a.db.Record(a.t.Context(), store.Recording{Visit: v}); err != nil {
			a.t.Fatal(err)
		}
	}
	return slices.Compact(files)
}

// files are the names of all files in the folder.
func (a *attic) files() []string {
	a.t.Helper()
	return evidenceFiles(a.t, filepath.Join(a.dir, "evidence"))
}

func evidenceFiles(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sorted(all)
}

// later is a time at which all that is there now is old.
func later() time.Time { return time.Now().Add(leftOverAge + time.Hour) }

func (a *attic) sweeps(now time.Time, want ...[]string) {
	a.t.Helper()
	if err := a.sweep(context.WithoutCancel(a.t.Context()), now); err != nil {
		a.t.Error(err)
	}
	if diff := cmp.Diff(sorted(slices.Concat(want...)), a.files()); diff != "" {
		a.t.Errorf("files (-want +got):\n%s", diff)
	}
}

// What a recorded capture names stays whatever its age; what none names goes when it is old, at once at the first look
// of a run and at the second look after that.
func TestLeftOverEvidence(t *testing.T) {
	a := newAttic(t)
	kept, left := a.visit(true), a.visit(false)
	part := filepath.Join(filepath.Dir(left[1]), strings.Repeat("0f", 16)+".warc.gz.sealed.part")
	foreign := filepath.Join(filepath.Dir(left[1]), "mine.txt")
	for _, name := range []string{part, foreign} {
		if err := os.WriteFile(filepath.Join(a.dir, "evidence", name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again := sweeper{db: a.db, folder: a.folder, dir: a.dir, log: a.log}
	a.sweeps(time.Now(), kept, left, []string{part, foreign}) // young
	a.sweeper = again
	a.sweeps(later(), kept, []string{foreign})
	kept = append(kept, a.visit(true)...)
	left = a.visit(false)
	a.sweeps(later(), kept, left, []string{foreign}) // may still be on its way: this run made it
	a.sweeps(later(), kept, []string{foreign})
	for _, file := range kept {
		if _, err := os.Stat(filepath.Join(a.dir, "evidence", file)); err != nil {
			t.Errorf("evidence that is recorded: %v", err)
		}
	}
}

// A visit that is recorded between two looks keeps its files.
func TestLateRecordedEvidenceStays(t *testing.T) {
	a := newAttic(t)
	kept := a.visit(true)
	a.sweeps(later(), kept)
	late := a.visit(false)
	a.sweeps(later(), kept, late)
	v := audit.Visit{V: 1, ID: "late", Channel: a.channel, How: audit.Anonymous, StartedAt: time.Now(), ObservedAt: time.Now()}
	for i, file := range late {
		v.Captures = append(v.Captures, audit.Capture{ID: fmt.Sprint("late", i), File: file, At: v.ObservedAt})
	}
	if _, err := a.db.Record(t.Context(), store.Recording{Visit: v}); err != nil {
		t.Fatal(err)
	}
	a.sweeps(later(), kept, late)
	a.sweeps(later(), kept, late)
}

// A database that names none of the files, or few of them, is another one: nothing is removed.
func TestEvidenceOfAnotherDatabaseStays(t *testing.T) {
	a := newAttic(t)
	left := a.visit(false)
	if err := a.sweep(t.Context(), later()); err == nil || !strings.Contains(err.Error(), "belongs") {
		t.Errorf("no file is named: %v", err)
	}
	kept := a.visit(true)
	for range 60 {
		left = append(left, a.visit(false)...)
	}
	if err := a.sweep(t.Context(), later()); err == nil || !strings.Contains(err.Error(), "122 of 124") {
		t.Errorf("few files are named: %v", err)
	}
	if diff := cmp.Diff(sorted(append(left, kept...)), a.files()); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// A database that a restore put aside still names its evidence.
func TestEvidenceOfAReplacedDatabaseStays(t *testing.T) {
	a := newAttic(t)
	all := append(a.visit(true), a.visit(false)...)
	aside := filepath.Join(a.dir, "doorknock.db.replaced-20261122T010203")
	if err := os.WriteFile(aside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	a.sweeps(later(), all)
	if err := os.Remove(aside); err != nil {
		t.Fatal(err)
	}
	a.sweeps(later(), all[:2])
}
