package main

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorknock/cmd/doorknock/town"
)

// A tenant's comment is erased beside the running program, which goes on looking at the page where it stands. No file of
// the installation holds it then, by any of what could lead to it: database, write-ahead log, queue, evidence, log.
func TestErasedWhileItStillStands(t *testing.T) {
	t.Parallel() // it waits most of the time
	where := openTown(t, town.Old())
	r := newRig(t, where, "")
	r.start()
	r.until("a first look at the place", time.Minute, func() bool {
		return r.has(`SELECT 1 FROM channel WHERE url LIKE '%larkfield%' AND last_visit_at IS NOT NULL`)
	})
	where.Do(where.Script()[0])
	const of = `SELECT m.author || '|' || m.url || '|' || m.channel FROM comment m JOIN alert a ON a.ref = m.id JOIN alert_told t ON t.alert = a.id
		JOIN delivery d ON d.id = t.delivery WHERE m.text LIKE '%disgrace%' AND d.state = 'sent'`
	r.until("the complaint is told", time.Minute, func() bool { return r.has(of) })
	row := strings.Split(r.rows(of)[0], "|")
	pseudonym, address, channel := row[0], row[1], row[2]
	say := func(code int, in, want string, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if got := run(t.Context(), append(args, "--config", r.config), strings.NewReader(in), &out, &out); got != code || !strings.Contains(out.String(), want) {
			t.Errorf("%v: exit %d, want %d\n%swant %q", args, got, code, out.String(), want)
		}
		return out.String()
	}
	say(exitUsage, "", "say whose data is meant", "erase")
	say(exitUsage, "", "want 32 hex digits", "privacy", "find", "--pseudonym", "Ruth")
	say(0, "", "Nothing is kept that this finds", "privacy", "find", "--author", "Nobody At All")
	say(0, "", address, "privacy", "find", "--author", "Ruth P")
	if got := say(0, "", "This is a disgrace", "privacy", "export", "--permalink", address); strings.Contains(got, "07700") || !strings.Contains(got, `"no_heating"`) {
		t.Errorf("the export: %s", got)
	}
	say(0, "", `rule no_heating: affirmed: "No heating", bytes 0 to 10`, "explain", r.rows(`SELECT organisation FROM comment WHERE url = '` + address + `'`)[0], "--comments")
	r.until("the search finds the pseudonym where it is", time.Minute, func() bool { return strings.Contains(r.everyByte(), pseudonym) })
	if err := os.WriteFile(filepath.Join(r.dir, "data", "doorknock.db.before-9"), []byte(pseudonym), 0o600); err != nil { // as a change of schema leaves one
		t.Fatal(err)
	}
	one := strings.Split(r.rows(`SELECT id || '|' || hex(seal_key) || '|' || file FROM capture WHERE seal_key IS NOT NULL AND file <> '' AND dropped_at IS NULL ORDER BY recorded_at LIMIT 1`)[0], "|")
	capture, file := one[0], filepath.Join(r.dir, "data", "evidence", one[2])
	key, err := hex.DecodeString(one[1])
	if _, there := os.Stat(file); err != nil || there != nil {
		t.Fatalf("the capture's key and file: %v, %v", err, there)
	}
	r.until("the search finds the capture's key where it is", time.Minute, func() bool { return strings.Contains(r.everyByte(), string(key)) })
	say(exitUsage, "", "say who answers for it and why", "privacy", "keep", capture, "--by", "Ann Officer")
	say(0, "", "", "privacy", "keep", capture, "--by", "Ann Officer", "--reason", "letter of 3 March")
	say(0, "", "by Ann Officer: letter of 3 March", "privacy", "keep")
	say(exitUsage, "", "goes without --author", "erase", "--capture", capture, "--author", "Ruth P")
	say(0, "", "Backups made since", "erase", "--capture", capture)
	say(0, "", "Nothing is kept beyond its time", "privacy", "keep")
	if _, err := os.Stat(file); err == nil || strings.Contains(r.everyByte(), string(key)) {
		t.Errorf("the capture's file or its key is still there: %v", err)
	}
	say(exitFailed, "", "dropped already", "erase", "--capture", capture)
	say(0, "Ruth P\n", `It was told to "team"`, "erase", "--author", "-")
	visits := `SELECT count(*) FROM visit WHERE channel = '` + channel + `'`
	before := r.rows(visits)[0]
	r.until("the page is looked at again", time.Minute, func() bool { return r.has(visits + ` HAVING count(*) > ` + before + ` + 1`) })
	r.rests()
	all := r.everyByte()
	for _, secret := range []string{"Ruth P", "07700 900123", "This is a disgrace", pseudonym, address} {
		if at := strings.Index(all, secret); at >= 0 {
			t.Errorf("%q is still there: %q", secret, all[max(0, at-200):min(len(all), at+200)])
		}
	}
	say(exitUsage, "", "say whose words are not to be taken in again", "privacy", "object", "--permalink", address)
	say(0, "Ruth P\n", "What these authors write is not taken in again.", "privacy", "object", "--author", "-")
	if r.rows(`SELECT count(*) FROM objection WHERE kind = 'author'`)[0] == "0" || strings.Contains(r.everyByte(), "Ruth P") {
		t.Error("the objection is not kept, or more of it than a hash")
	}
	where.Do(town.Scene{Host: town.Larkfield, Change: func(s *town.Site, now time.Time) {
		s.Posts[0].Comments = append(s.Posts[0].Comments, town.Comment{ID: 104, Name: "Ruth P", Text: "Still no heating in the whole stair", At: now},
			town.Comment{ID: 105, Name: "Mo", Text: "The choir was a treat", At: now})
	}})
	r.start()
	r.until("what a neighbour wrote later is taken in", time.Minute, func() bool { return r.has(`SELECT 1 FROM comment WHERE text LIKE '%choir%'`) })
	r.rests()
	if all := r.everyByte(); strings.Contains(all, "in the whole stair") || strings.Contains(all, pseudonym) {
		t.Error("what somebody wrote who objected was taken in")
	}
	r.checkWhole()
}

// everyByte gives what stands in the files of the data folder, unpacked where they are packed as far as they are written, and in
// the log. The program goes on meanwhile: a file may be gone that was there a moment ago.
func (r *rig) everyByte() string {
	r.t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(filepath.Join(r.dir, "data"), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Clean(path))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		all.WriteString("\n== " + path + "\n")
		all.Write(data)
		if packed, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
			_, _ = io.Copy(&all, packed) //nolint:gosec // files of our own
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, said := range r.said {
		all.WriteString(said.String())
	}
	return all.String()
}

// A copy of the database from before a change of its schema lives no longer than words do.
func TestCopiesAreForgotten(t *testing.T) {
	dir := t.TempDir()
	old, young := filepath.Join(dir, "doorknock.db.before-3"), filepath.Join(dir, "doorknock.db.before-4")
	for _, path := range []string{old, young} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	if err := os.Chtimes(old, now, now.Add(-31*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := dropCopies(dir, now.Add(-30*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 1 || left[0] != young {
		t.Errorf("%v %v", left, err)
	}
}
