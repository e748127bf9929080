package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/internal/emptystore"
	"doorknock/internal/hostile"
	"doorknock/store"
)

// acting names the first character of s that acts on a terminal.
func acting(s string) string {
	if !utf8.ValidString(s) {
		return "what is not UTF-8"
	}
	for _, r := range s {
		if acts(r) {
			return fmt.Sprintf("%U", r)
		}
	}
	return ""
}

// FuzzShownOutput reads back what was printed: nothing acts, and JSON says what it said, however it was cut into writes.
func FuzzShownOutput(f *testing.F) {
	for _, h := range hostile.Texts() {
		if len(h.Text) <= 4<<10 {
			f.Add(h.Text, 1)
		}
	}
	f.Fuzz(func(t *testing.T, text string, cut int) {
		var out bytes.Buffer
		s := &shownOutput{to: &out}
		data, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		for rest, n := data, min(max(cut, 1), 7); len(rest) > 0; {
			n = min(n, len(rest))
			if _, err := s.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		s.end()
		if what := acting(out.String()); what != "" {
			t.Errorf("%q holds %s", out.String(), what)
		}
		var want, got string
		if err := errors.Join(json.Unmarshal(data, &want), json.Unmarshal(out.Bytes(), &got)); err != nil || got != want {
			t.Errorf("%q is read back as %q (%v)", want, got, err)
		}
		out.Reset()
		fmt.Fprint(s, text)
		s.end()
		if what := acting(out.String()); what != "" {
			t.Errorf("%q holds %s", out.String(), what)
		}
	})
}

type says string

func (s says) String() string { return string(s) }

// Whatever is logged is one line of bounded length in which nothing acts; no secret comes through the second net.
func TestLogIsHarmless(t *testing.T) {
	texts := append(hostile.Texts(), hostile.Text{Name: "secrets", Text: "post https://hooks.slack.com/services/T0/B0/canary-1: nats://user:canary-2@host xoxb-canary-3 https://a.test/?token=canary-4&x=1 password=canary-5"})
	for _, format := range []string{"text", "json"} {
		for _, h := range texts {
			var out bytes.Buffer
			log := logTo(&out, configs.Log{Level: "debug", Format: format}).With("with", h.Text)
			log.Warn(h.Text, "string", h.Text, "error", errors.New(h.Text), "stringer", says(h.Text), "group", slog.GroupValue(slog.String("in", h.Text)), "any", []string{h.Text}, "n", 3) //nolint:sloglint // the message is hostile too
			line := out.String()
			if strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") || len(line) > 8*audit.MaxLog*3 {
				t.Errorf("%s, %s: %d lines, %d bytes", format, h.Name, strings.Count(line, "\n"), len(line))
			}
			if what := acting(line); what != "" {
				t.Errorf("%s, %s: holds %s", format, h.Name, what)
			}
			if strings.Contains(line, "canary") {
				t.Errorf("%s: a secret is logged: %s", format, line)
			}
			if format != "json" {
				continue
			}
			var back map[string]any
			if err := json.Unmarshal(out.Bytes(), &back); err != nil || back["n"] != 3.0 {
				t.Errorf("%s: read back: %v", h.Name, err)
			}
		}
	}
}

// spoken is an installation whose every name, address and marker is a hostile text, one organisation a text.
func spoken(t *testing.T) (config string, findings map[string]string) {
	t.Helper()
	dir := t.TempDir()
	ctx, now := t.Context(), time.Now().UTC().Truncate(time.Second)
	db, err := store.Open(ctx, store.Options{Dir: emptystore.In(t, filepath.Join(dir, "data")), ConfirmAfter: time.Hour, Interval: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	var orgs []audit.Organisation
	var channels []audit.Channel
	for i, h := range hostile.Texts() {
		text := h.Text[:min(len(h.Text), 3000)]
		id := fmt.Sprintf("text-%02d", i)
		orgs = append(orgs, audit.Organisation{ID: id, Name: text, Nation: audit.Wales, Sector: "council", Predecessors: []string{text}})
		at := "https://" + id + ".test/" + text
		channels = append(channels, audit.Channel{ID: audit.ChannelID(id, audit.Web, at), Organisation: id, Platform: audit.Web, URL: at, Lane: id + ".test", Confirmed: true})
	}
	if err := db.SyncOrganisations(ctx, orgs, channels); err != nil {
		t.Fatal(err)
	}
	findings = map[string]string{}
	for i, ch := range channels {
		for _, ago := range []time.Duration{5 * time.Hour, 3 * time.Hour} {
			findings[ch.Organisation] = seenText(t, db, ch, orgs[i].Name, now.Add(-ago))
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	config = filepath.Join(dir, "doorknock.yaml")
	if err := os.WriteFile(config, []byte("data_dir: "+dir+"/data\nkey_file: "+dir+"/key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return config, findings
}

// seenText records one look whose post, page and marker are the text, and gives the id of its finding.
func seenText(t *testing.T, db *store.DB, ch audit.Channel, text string, at time.Time) string {
	t.Helper()
	id := audit.JobID(ch.ID, at)
	page := audit.Capture{ID: audit.LongHash("capture", id), URL: ch.URL, Status: 200, Type: "text/html", Hash: audit.LongHash(id), Bytes: 9, At: at, File: "aa/" + id + ".warc.gz"}
	v, err := audit.NewVerdict(audit.Open, "", "", &audit.Evidence{Type: audit.Marker, Rule: "wp-form", Version: 1, Length: 9,
		Excerpt: text[:min(len(text), 200)], How: audit.Anonymous, URL: ch.URL, Capture: page.ID})
	if err != nil {
		t.Fatal(err)
	}
	r := store.Recording{Visit: audit.Visit{V: 1, ID: id, Channel: ch, How: audit.Anonymous, Due: at, StartedAt: at, ObservedAt: at, Captures: []audit.Capture{page}},
		Now: at, Findings: []audit.Finding{{Check: "comments", Verdict: v}, {Check: "comments", Scope: text, Verdict: v}}}
	if _, err := db.Record(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	return audit.FindingID(id, "comments", "")
}

// Every command that prints words from outside prints them as text: nothing acts, JSON is one object a line, and a text
// begins no line of its own.
func TestCommandsPrintForeignWordsAsText(t *testing.T) {
	config, findings := spoken(t)
	printed := func(args ...string) string {
		var out, errs bytes.Buffer
		run(t.Context(), append(args, "--config", config), strings.NewReader(""), &out, &errs)
		all := out.String() + errs.String()
		if what := acting(all); what != "" {
			t.Errorf("%v prints %s", args, what)
		}
		return all
	}
	lines := strings.Count(printed("explain", "text-00"), "\n")
	for i, h := range hostile.Texts() {
		id := fmt.Sprintf("text-%02d", i)
		if out := printed("explain", id); strings.Contains(out, "\nlevel=") || strings.Count(out, "\n") != lines {
			t.Errorf("%s: explain prints %d lines:\n%.600s", h.Name, strings.Count(out, "\n"), out)
		}
		for line := range strings.Lines(printed("explain", id, "--json")) {
			if !json.Valid([]byte(line)) {
				t.Errorf("%s: explain --json prints %.200q", h.Name, line)
			}
		}
		printed("evidence", "show", findings[id])
		if i%4 == 0 {
			printed("evidence", "replay", findings[id])
			printed("explain", h.Text[:min(len(h.Text), 1000)])
			printed("evidence", "show", h.Text[:min(len(h.Text), 1000)])
		}
	}
	for _, args := range [][]string{{"status"}, {"status", "--json"}, {"digest", "preview"}, {"digest", "preview", "--format", "html"}, {"quarantine", "list"}, {"dead", "list"}} {
		printed(args...)
	}
}

// Saved pages, manifests and lists are words from outside too.
func TestFilesPrintedAsText(t *testing.T) {
	dir := t.TempDir()
	page := filepath.Join(dir, "page.html")
	list := filepath.Join(dir, "list.csv")
	for _, h := range hostile.Texts() {
		text := h.Text[:min(len(h.Text), 100_000)]
		for name, data := range map[string]string{
			page: "<!doctype html><title>" + text + "</title><body><main><h1>" + text + "</h1><form id=\"commentform\" action=\"wp-comments-post.php\"><p>" + text + "<textarea name=\"comment\"></textarea></form>",
			list: "id,name,nation,sector,website\n" + text + "," + text + ",Wales,council," + text + "\n",
		} {
			if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, args := range [][]string{{"inspect", page}, {"inspect", "--json", page}, {"inspect", "--json", "--url", text[:min(len(text), 1000)], page}, {"orgs", "validate", list}} {
			var out, errs bytes.Buffer
			run(t.Context(), args, strings.NewReader(""), &out, &errs)
			if what := acting(out.String() + errs.String()); what != "" {
				t.Errorf("%s: %.60q prints %s", h.Name, args, what)
			}
			if n := len(strings.ReplaceAll(errs.String(), dir, "")); args[0] == "orgs" && n > 50_000 { // each mistake names the folder, however long
				t.Errorf("%s: mistakes of %d bytes", h.Name, n)
			}
			for line := range strings.Lines(out.String()) {
				if args[1] == "--json" && !json.Valid([]byte(line)) {
					t.Errorf("%s: %.200q is not JSON", h.Name, line)
				}
			}
		}
	}
}
