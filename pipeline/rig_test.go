package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/internal/emptystore"
	"doorknock/store"
)

// secretWords are what a resident says in these tests. They must never stand readable in the queue's files.
const secretWords = "the lift has been broken since Whitsun and nobody answers"

// rig is an installation in a folder: a real database, a real embedded server, and a far side made up by look.
type rig struct {
	t      *testing.T
	dir    string
	keys   *audit.Keys
	db     *store.DB
	broker *Broker
	log    *slog.Logger

	relay *Relay

	mu     sync.Mutex
	looked map[string]int // visits by channel URL
	alerts map[string]int // events by id, as the alert stage saw them
}

func newRig(t *testing.T, hosts ...string) *rig {
	t.Helper()
	keys, err := audit.NewKeys(bytes.Repeat([]byte{7}, 32))
	must(t, err)
	r := &rig{t: t, dir: t.TempDir(), keys: keys, log: testLog(t), looked: map[string]int{}, alerts: map[string]int{}}
	r.open()
	r.list(hosts...)
	return r
}

// open starts what outlives the stages; close ends it, as the end of the program does.
func (r *rig) open() {
	r.t.Helper()
	db, err := store.Open(context.Background(), store.Options{
		Dir: emptystore.In(r.t, filepath.Join(r.dir, "db")), ConfirmAfter: time.Hour, Interval: time.Hour, RetainText: time.Hour, RetainCaptures: time.Hour, Log: r.log,
	})
	must(r.t, err)
	b, err := Open(context.Background(), Options{Dir: filepath.Join(r.dir, "queue"), AckWait: 2 * time.Second, Log: r.log})
	must(r.t, err)
	r.db, r.broker = db, b
	r.relay = &Relay{
		Broker: b, Unmarked: db.Unmarked, Asked: db.AskedAgain, Consumers: []string{ConsumerScore, ConsumerAlert},
		Every: 100 * time.Millisecond, Log: r.log,
	}
}

func (r *rig) close() {
	r.t.Helper()
	r.broker.Close()
	must(r.t, r.db.Close())
}

func (r *rig) list(hosts ...string) {
	r.t.Helper()
	var organisations []audit.Organisation
	var channels []audit.Channel
	for i, host := range hosts {
		id := fmt.Sprintf("acorn-%d", i)
		url := "https://" + host + "/"
		organisations = append(organisations, audit.Organisation{ID: id, Name: "Acorn Homes", Nation: audit.England, Sector: "housing_association", Website: url})
		channels = append(channels, audit.Channel{
			ID: audit.ChannelID(id, audit.Web, url), Organisation: id, Platform: audit.Web, URL: url, Lane: host, Confirmed: true,
		})
	}
	must(r.t, r.db.SyncOrganisations(r.t.Context(), organisations, channels))
}

// look is the far side: an open door under which one resident has said something.
func (r *rig) look(_ context.Context, job audit.Job) (audit.Visit, error) {
	r.mu.Lock()
	r.looked[job.Channel.URL]++
	r.mu.Unlock()
	return seen(job), nil
}

func (r *rig) visits() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, of := range r.looked {
		n += of
	}
	return n
}

func seen(job audit.Job) audit.Visit {
	now := time.Now()
	url := job.Channel.URL + "news"
	capture := audit.LongHash("capture", job.ID)
	open, err := audit.NewVerdict(audit.Open, "", "", &audit.Evidence{
		Type: audit.Marker, Rule: "wp-form", Version: 1, Offset: 10, Length: 5, Excerpt: "<form", How: audit.Anonymous, URL: url, Capture: capture,
	})
	if err != nil {
		panic(err)
	}
	post := audit.Hash(job.Channel.ID, url)
	return audit.Visit{
		V: 1, ID: job.ID, Channel: job.Channel, How: audit.Anonymous, Due: job.Due, StartedAt: now, ObservedAt: now, First: job.First,
		Captures: []audit.Capture{{ID: capture, URL: url, Status: 200, Type: "text/html", Hash: "aa", Bytes: 100, At: now}},
		Readings: []audit.Reading{{Check: "comments", Scope: url, URL: url, Capture: capture, Verdict: open, At: now}},
		Posts:    []audit.Post{{ID: post, URL: url, Title: "News"}},
		Comments: []audit.Comment{{
			ID: audit.CommentID(job.Channel.ID, "wordpress", "1"), Post: post, System: "wordpress", URL: url,
			Author: "00112233445566778899aabbccddeeff", By: audit.AuthorPublic, Time: now, Text: secretWords, TextHash: audit.Hash(secretWords),
		}},
		Memory: audit.Memory{Host: audit.HostMemory{LastRequest: now}},
	}
}

// checks is one check whose fold says of each post what its reading says.
func checks() []crawler.Check {
	return []crawler.Check{{
		ID: "comments", Title: "May visitors comment?", Version: 1, Door: true, On: []audit.Platform{audit.Web},
		Fold: func(f crawler.Folding) []audit.Finding {
			var found []audit.Finding
			for _, x := range f.Readings {
				found = append(found, audit.Finding{
					ID: audit.FindingID(f.Visit.ID, x.Check, x.Scope), Visit: f.Visit.ID, Channel: f.Visit.Channel.ID, Check: x.Check,
					Scope: x.Scope, Verdict: x.Verdict, How: f.Visit.How, ObservedAt: f.Visit.ObservedAt,
				})
			}
			return found
		},
	}}
}

func (r *rig) record() *Record {
	return &Record{
		Broker: r.broker, Keys: r.keys, DB: r.db, Checks: checks(), Log: r.log,
		Committed: func(ctx context.Context, _ audit.Visit, got store.Recorded) { r.relay.Announce(ctx, got.Events) },
	}
}

func (r *rig) crawl() *Crawl {
	return &Crawl{Broker: r.broker, Keys: r.keys, Visit: r.look, Hands: 4, Log: r.log}
}

func (r *rig) schedule() *Schedule {
	return &Schedule{Broker: r.broker, Keys: r.keys, Due: r.db.Due, Memory: r.db.Memory, Every: 50 * time.Millisecond, Log: r.log}
}

// marker is a stage that only marks, and counts what it was told.
func (r *rig) marker(name string) *Events {
	return &Events{Broker: r.broker, Name: name, Log: r.log, Handle: func(ctx context.Context, e audit.Event) error {
		r.mu.Lock()
		r.alerts[name+" "+e.ID]++
		r.mu.Unlock()
		return r.db.MarkEvent(ctx, name, e.ID, time.Now())
	}}
}

func (r *rig) dead() *Dead { return &Dead{Broker: r.broker, Keep: r.db.KeepDeadLetter, Log: r.log} }

// letters are the dead letters that nobody has done since.
func (r *rig) letters() []store.DeadLetter {
	r.t.Helper()
	all, err := r.db.DeadLetters(context.Background(), false)
	must(r.t, err)
	return all
}

// beside is what a command opens while the program runs.
func (r *rig) beside() *store.DB {
	r.t.Helper()
	db, err := store.Open(context.Background(), store.Options{Dir: filepath.Join(r.dir, "db"), Beside: true, Log: r.log})
	must(r.t, err)
	r.t.Cleanup(func() { _ = db.Close() })
	return db
}

func (r *rig) all() []Stage {
	return []Stage{
		{"dead", r.dead().Run},
		{"score", r.marker(ConsumerScore).Run},
		{"alert", r.marker(ConsumerAlert).Run},
		{"relay", r.relay.Run},
		{"record", r.record().Run},
		{"crawl", r.crawl().Run},
		{"schedule", r.schedule().Run},
	}
}

// run starts stages; the function it gives stops them and says how long that took.
func (r *rig) run(stages ...Stage) func() time.Duration {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, r.log, stages...) }()
	return func() time.Duration {
		r.t.Helper()
		began := time.Now()
		cancel()
		if err := <-ended; err != nil {
			r.t.Errorf("stages: %v", err)
		}
		return time.Since(began)
	}
}

// stopsWithin tells stages that hang from a machine that is busy: each is waited for four seconds, and all of them seven.
const stopsWithin = 30 * time.Second

// until waits for a condition, never for luck: it fails only when the condition does not come in three minutes, on a machine that
// may be busy with anything.
func (r *rig) until(what string, is func() bool) {
	r.t.Helper()
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if is() {
			return
		}
	}
	r.t.Fatalf("after three minutes still not: %s", what)
}

func (r *rig) due() []audit.Job {
	r.t.Helper()
	jobs, err := r.db.Due(r.t.Context(), time.Now(), 0)
	must(r.t, err)
	return jobs
}

func (r *rig) unmarked(consumer string) []audit.Event {
	r.t.Helper()
	events, err := r.db.Unmarked(r.t.Context(), consumer, time.Now().Add(time.Hour), 0)
	must(r.t, err)
	return events
}

func (r *rig) waiting(stream string) uint64 {
	r.t.Helper()
	n, err := r.broker.waiting(r.t.Context(), stream)
	must(r.t, err)
	return n
}

// settled says that every due channel was visited and recorded, and every event dealt with.
func (r *rig) settled() bool {
	return len(r.due()) == 0 && len(r.unmarked(ConsumerScore)) == 0 && len(r.unmarked(ConsumerAlert)) == 0 &&
		r.waiting(streamJobs) == 0 && r.waiting(streamVisits) == 0
}

// holds says whether any file under the folder holds the words.
func holds(t *testing.T, dir, words string) bool {
	t.Helper()
	found := false
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		found = found || bytes.Contains(body, []byte(words))
		return err
	}))
	return found
}
