//go:build nightly

package main

import (
	"context"
	"encoding/hex"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/cmd/doorknock/town"
	"doorknock/configs"
	"doorknock/internal/fakeslack"
	programs "doorknock/internal/servers"
	"doorknock/pipeline"
)

// Another program reads every WARC file that a run over the whole town wrote, all four quarters, a page that a browser drew and
// what a person saved among them; sealed files with the keys of the database. Each has as many answers in it as captures name it.
func TestOthersReadTheTownsEvidence(t *testing.T) {
	warcio := programs.Warcio(t)
	dir := t.TempDir()
	where := openTown(t, town.Old(), town.New(), town.Third(), town.Fourth())
	slack := httptest.NewServer(&fakeslack.Server{})
	defer slack.Close()
	_, tokens := where.Graph()
	if err := os.WriteFile(dir+demoTokens, []byte(tokens), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := demoConfig(dir, where, strings.TrimPrefix(slack.URL, "http://"))
	var err error
	if cfg.Browser.Path, err = exec.LookPath("chromium"); err != nil {
		t.Fatal("Chromium, which draws a page of the town, is not installed: make browser")
	}
	wholeScript(t, cfg, where)
	db := openSide(t, filepath.Join(dir, "data", "doorknock.db"))
	for what, query := range map[string]string{
		"drawn page": `SELECT count(*) FROM capture WHERE file <> '' AND made_from IS NOT NULL`, "page that somebody saved": `SELECT count(*) FROM capture c JOIN visit v ON v.id = c.visit WHERE c.file <> '' AND v.how = 'witness'`,
		"page of Facebook's": `SELECT count(*) FROM capture c JOIN channel x ON x.id = c.channel WHERE c.file <> '' AND x.platform = 'facebook'`,
	} {
		if got := queryRows(t, db, query); got[0] == "0" {
			t.Errorf("no %s is among the files", what)
		}
	}
	folder := filepath.Join(dir, "data", "evidence")
	var files []string
	var want []int
	sealed := 0
	for _, row := range queryRows(t, db, `SELECT file, count(*), sealed, hex(max(seal_key)) FROM capture WHERE file <> '' GROUP BY file`) {
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

// wholeScript runs an installation over a town until its script has ended and there was time for two looks more.
func wholeScript(t *testing.T, cfg configs.Config, where *town.Town) {
	t.Helper()
	log := newLog(configs.Log{Level: "error", Format: "text"})
	in, err := openInstallation(t.Context(), cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	defer closing(log, "database", in.Close)
	orgs, channels := where.Organisations()
	if err := in.takeList(t.Context(), orgs, channels); err != nil {
		t.Fatal(err)
	}
	if err := in.askPeople(t.Context(), io.Discard, "http://pages.test", channels); err != nil {
		t.Fatal(err)
	}
	works, err := in.build(t.Context(), "http://pages.test", tempo{schedule: 250 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer works.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	script := pipeline.Stage{Name: "script", Run: func(ctx context.Context) error {
		for _, scene := range where.Script() {
			where.Do(scene)
			if !waited(ctx, 3*time.Second) {
				return nil
			}
		}
		waited(ctx, 2*editionAfter)
		stop()
		return nil
	}}
	if err := pipeline.Run(ctx, log, append(works.stages, script)...); err != nil {
		t.Error(err)
	}
}

// answerRecord is a record that a capture may name: an answer, one as before, a drawn page, what a person saved.
var answerRecord = regexp.MustCompile(`"(response|revisit|conversion|resource)"`)

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
		if len(counts) > 0 && answerRecord.MatchString(line) {
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
