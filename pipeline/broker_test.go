package pipeline

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
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

// Whatever happens to the folder, the queue works again, and the operator is told in one line where what it held is gone.
func TestFolderUnusable(t *testing.T) {
	const moved, lost = "the queue's folder could not be used; it was moved aside", "the queue is new, or what it held is gone"
	for name, x := range map[string]struct {
		harm func(t *testing.T, dir string)
		told string // "": nothing is lost, and nothing is told
	}{
		"nothing": {func(*testing.T, string) {}, ""},
		"deleted": {func(t *testing.T, dir string) { must(t, os.RemoveAll(filepath.Join(dir, "jetstream"))) }, lost},
		"a file": {func(t *testing.T, dir string) {
			must(t, os.RemoveAll(filepath.Join(dir, "jetstream")))
			write(t, filepath.Join(dir, "jetstream"), "x")
		}, moved},
		"stream settings": {func(t *testing.T, dir string) { overwrite(t, dir, "meta.inf", "rubbish") }, moved},
		"settings empty":  {func(t *testing.T, dir string) { overwrite(t, dir, "meta.inf", "") }, moved},
		"checksums":       {func(t *testing.T, dir string) { overwrite(t, dir, "meta.sum", "rubbish") }, moved},
		"blocks":          {func(t *testing.T, dir string) { overwrite(t, dir, "1.blk", strings.Repeat("rubbish", 100)) }, lost},
		"blocks gone":     {func(t *testing.T, dir string) { remove(t, dir, "1.blk") }, lost},
		"index":           {func(t *testing.T, dir string) { overwrite(t, dir, "index.db", "rubbish") }, ""}, // made again from the blocks
		"index gone":      {func(t *testing.T, dir string) { remove(t, dir, "index.db") }, ""},
		"both gone":       {func(t *testing.T, dir string) { remove(t, dir, "index.db"); remove(t, dir, "1.blk") }, lost},
		"messages gone":   {func(t *testing.T, dir string) { remove(t, dir, "msgs") }, lost},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			b := openBroker(t, dir)
			for _, subject := range []string{"job.a", "visit.web", "event.change.acorn.comments"} {
				_, err := b.js.Publish(t.Context(), subject, []byte("{}"))
				must(t, err)
			}
			b.Close()
			x.harm(t, dir)

			var log bytes.Buffer
			b, err := Open(t.Context(), Options{Dir: dir, AckWait: time.Second, Visited: true, Announced: true,
				Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))})
			must(t, err)
			defer b.Close()
			told := ""
			for line := range strings.Lines(log.String()) {
				for _, words := range []string{moved, lost} {
					if strings.Contains(line, words) {
						told += words
					}
				}
			}
			if told != x.told {
				t.Errorf("told %q, want %q\n%s", told, x.told, log.String())
			}
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

// The stream of jobs alone is harmed while a channel's job lies in it, and the others are not: the visit is asked for anew at once. That it
// is begun anew is told, to the log and to who keeps it for status; where only its messages are gone it looks as after visits that were made.
func TestJobsHarmedAlone(t *testing.T) {
	for name, x := range map[string]struct {
		harm func(t *testing.T, jobs string)
		told bool
	}{
		"deleted":         {func(t *testing.T, jobs string) { must(t, os.RemoveAll(jobs)) }, true},
		"messages gone":   {func(t *testing.T, jobs string) { remove(t, jobs, "msgs") }, true},
		"stream settings": {func(t *testing.T, jobs string) { overwrite(t, jobs, "meta.inf", "rubbish") }, true},
		"blocks":          {func(t *testing.T, jobs string) { overwrite(t, jobs, "1.blk", strings.Repeat("rubbish", 100)) }, false},
		"blocks empty":    {func(t *testing.T, jobs string) { overwrite(t, jobs, "1.blk", "") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "a.example")
			defer func() { must(t, r.db.Close()) }()
			must(t, r.schedule().tick(t.Context(), time.Now()))
			for _, subject := range []string{"visit.web", "event.change.acorn.comments"} {
				_, err := r.broker.js.Publish(t.Context(), subject, []byte("{}"))
				must(t, err)
			}
			if n := r.waiting(streamJobs); n != 1 {
				t.Fatalf("%d jobs wait before", n)
			}
			r.broker.Close()
			jobs, err := filepath.Glob(filepath.Join(r.dir, "queue", "jetstream", "*", "streams", streamJobs))
			if must(t, err); len(jobs) != 1 {
				t.Fatalf("the stream of jobs lies in %q", jobs)
			}
			x.harm(t, jobs[0])
			r.broker, err = Open(t.Context(), Options{Dir: filepath.Join(r.dir, "queue"), AckWait: 2 * time.Second, Visited: true, Announced: true, Lost: r.db.KeepQueueLost, Log: r.log})
			must(t, err)
			defer r.broker.Close()
			lost, err := r.db.QueueLost(t.Context(), time.Now())
			if must(t, err); slices.Contains(lost.Streams, streamJobs) != x.told {
				t.Errorf("status tells of %v", lost.Streams)
			}
			must(t, r.schedule().tick(t.Context(), time.Now()))
			if n := r.waiting(streamJobs); n != 1 {
				t.Errorf("%d jobs wait after", n)
			}
		})
	}
}

// The server loses the stream of jobs while a program runs that looks at no sites itself: it is made again and told of, and the visit is
// asked for again. Emptied by hand, it is asked for when it has not come for some minutes.
func TestJobsLostWhileWeRun(t *testing.T) {
	r := newRig(t, "a.example", "b.example")
	defer r.close()
	r.broker.lostTold = r.db.KeepQueueLost
	schedule, now := r.schedule(), time.Now()
	must(t, schedule.tick(t.Context(), now))
	must(t, r.broker.js.DeleteStream(t.Context(), streamJobs))
	must(t, schedule.tick(t.Context(), now.Add(askAgain)))
	if n := r.waiting(streamJobs); n != 2 {
		t.Errorf("%d jobs wait after the stream was deleted", n)
	}
	if lost, err := r.db.QueueLost(t.Context(), time.Now()); err != nil || !slices.Equal(lost.Streams, []string{streamJobs}) {
		t.Errorf("status tells of %v, %v", lost.Streams, err)
	}
	jobs, err := r.broker.js.Stream(t.Context(), streamJobs)
	must(t, err)
	must(t, jobs.Purge(t.Context()))
	for at := now.Add(askAgain); r.waiting(streamJobs) != 2; at = at.Add(2 * askAgain) {
		if at.After(now.Add(time.Hour)) {
			t.Fatalf("%d jobs wait an hour after the stream was emptied", r.waiting(streamJobs))
		}
		must(t, schedule.tick(t.Context(), at))
	}
}

// A new installation's queue is new, and nothing is told of it.
func TestNewQueueIsNoLoss(t *testing.T) {
	var log bytes.Buffer
	b, err := Open(t.Context(), Options{Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	must(t, err)
	b.Close()
	if log.Len() > 0 {
		t.Error(log.String())
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

func remove(t *testing.T, dir, name string) {
	t.Helper()
	var all []string
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Name() == name {
			all = append(all, path)
		}
		return err
	}))
	if len(all) == 0 {
		t.Skipf("this server version keeps no %s", name)
	}
	for _, path := range all {
		must(t, os.RemoveAll(path))
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
