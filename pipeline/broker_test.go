package pipeline

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"doorknock/audit"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		child(dir) // never returns
	}
	goleak.VerifyTestMain(m)
}

func testLog(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func openBroker(t *testing.T, dir string) *Broker {
	t.Helper()
	b, err := Open(t.Context(), Options{Dir: dir, AckWait: time.Second, Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestConfigValidate(t *testing.T) {
	for name, tc := range map[string]struct {
		config Config
		want   string
	}{
		"embedded":         {Config{}, ""},
		"outside":          {Config{URL: "nats://queue.example:4222"}, ""},
		"tls with creds":   {Config{URL: "tls://queue.example", CredsFile: "/etc/doorknock.creds"}, ""},
		"wrong scheme":     {Config{URL: "http://queue.example"}, "nats.url"},
		"no host":          {Config{URL: "queue.example:4222"}, "nats.url"},
		"creds without it": {Config{CredsFile: "x"}, "nats.creds_file"},
		"secret not told":  {Config{URL: "http://user:hunter2@queue.example"}, "nats.url"},
	} {
		t.Run(name, func(t *testing.T) {
			err := tc.config.Validate()
			if (err == nil) != (tc.want == "") {
				t.Fatalf("got %v, want %q", err, tc.want)
			}
			if err != nil && (!strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "hunter2")) {
				t.Fatalf("got %v, want the key %q and no secret", err, tc.want)
			}
		})
	}
}

func TestSubjects(t *testing.T) {
	if got := jobSubject("example.co.uk"); got != "job.example_co_uk" {
		t.Error(got)
	}
	if got := jobSubject("a b.*.>"); got != "job.a_b____" {
		t.Error(got)
	}
	got, err := eventSubject(audit.Event{Kind: audit.EventChange, Organisation: "acorn", Check: "comments"})
	if err != nil || got != "event.change.acorn.comments" {
		t.Error(got, err)
	}
	if _, err := eventSubject(audit.Event{Kind: "gossip"}); err == nil {
		t.Error("an unknown kind of event has a subject")
	}
}

// What the streams promise is asked of the server itself, since a setting that it does not honour is worth nothing.
func TestStreams(t *testing.T) {
	b := openBroker(t, t.TempDir())
	defer b.Close()
	for _, want := range streams() {
		s, err := b.js.Stream(t.Context(), want.Name)
		if err != nil {
			t.Fatal(err)
		}
		got := s.CachedInfo().Config
		if got.Storage != jetstream.FileStorage || got.Discard != jetstream.DiscardNew || got.MaxBytes <= 0 || got.MaxAge <= 0 {
			t.Errorf("%s: %+v", want.Name, got)
		}
		if got.DiscardNewPerSubject != (want.Name == streamJobs) {
			t.Errorf("%s: DiscardNewPerSubject %t", want.Name, got.DiscardNewPerSubject)
		}
	}
	if addr := b.server.server.Addr(); addr != nil {
		t.Errorf("the embedded server listens on %v", addr)
	}
}

func TestFolderUnusable(t *testing.T) {
	spoil := map[string]func(t *testing.T, dir string){
		"deleted": func(t *testing.T, dir string) { must(t, os.RemoveAll(filepath.Join(dir, "jetstream"))) },
		"a file": func(t *testing.T, dir string) {
			must(t, os.RemoveAll(filepath.Join(dir, "jetstream")))
			write(t, filepath.Join(dir, "jetstream"), "x")
		},
		"stream settings": func(t *testing.T, dir string) { overwrite(t, dir, "meta.inf", "rubbish") },
		"settings empty":  func(t *testing.T, dir string) { overwrite(t, dir, "meta.inf", "") },
		"checksums":       func(t *testing.T, dir string) { overwrite(t, dir, "meta.sum", "rubbish") },
		"blocks":          func(t *testing.T, dir string) { overwrite(t, dir, "1.blk", strings.Repeat("rubbish", 100)) },
		"index":           func(t *testing.T, dir string) { overwrite(t, dir, "index.db", "rubbish") },
	}
	for name, harm := range spoil {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			b := openBroker(t, dir)
			if _, err := b.js.Publish(t.Context(), "job.a", []byte("{}")); err != nil {
				t.Fatal(err)
			}
			b.Close()
			harm(t, dir)

			b = openBroker(t, dir)
			defer b.Close()
			if _, err := b.js.Publish(t.Context(), "job.b", []byte("{}")); err != nil {
				t.Fatal(err)
			}
			for _, s := range streams() {
				if _, err := b.js.Stream(t.Context(), s.Name); err != nil {
					t.Errorf("%s: %v", s.Name, err)
				}
			}
		})
	}
}

func TestOpenWithoutServer(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := Open(ctx, Options{Config: Config{URL: "nats://127.0.0.1:1"}, Log: testLog(t)}); err == nil {
		t.Fatal("connected to nothing")
	}
}

func overwrite(t *testing.T, dir, name, text string) {
	t.Helper()
	found := 0
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Name() == name {
			found++
			write(t, path, text)
		}
		return err
	}))
	if found == 0 {
		t.Skipf("this server version keeps no %s", name)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o600))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
