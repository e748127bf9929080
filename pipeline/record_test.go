package pipeline

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "github.com/mattn/go-sqlite3" // to lock the database from outside
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/store"
)

func TestRecordedTwice(t *testing.T) {
	r := newRig(t, "a.example")
	defer r.close()
	sealed, err := seal(r.keys, seen(r.due()[0]))
	must(t, err)
	for i := range 3 {
		_, err := r.broker.js.Publish(t.Context(), "visit.web", sealed, jetstream.WithMsgID(fmt.Sprint(i)))
		must(t, err)
	}
	var got []store.Recorded
	record := r.record()
	record.Committed = func(_ context.Context, _ audit.Visit, x store.Recorded) { got = append(got, x) }
	stop := r.run(Stage{"record", record.Run})
	r.until("all three are taken", func() bool { return r.waiting(streamVisits) == 0 })
	stop()
	if len(got) != 3 || got[0].Duplicate || !got[1].Duplicate || !got[2].Duplicate {
		t.Errorf("recorded %+v", got)
	}
}

// The stage dies after the commit and before the acknowledgement: the visit comes again and changes nothing.
func TestDiesBetweenCommitAndAck(t *testing.T) {
	r := newRig(t, "a.example")
	defer r.close()
	sealed, err := seal(r.keys, seen(r.due()[0]))
	must(t, err)
	_, err = r.broker.js.Publish(t.Context(), "visit.web", sealed)
	must(t, err)

	record := r.record()
	ctx, die := context.WithCancel(t.Context())
	committed := make(chan struct{})
	record.Committed = func(context.Context, audit.Visit, store.Recorded) {
		die()
		r.broker.conn.Close() // nothing more reaches the server, as from a dead process
		close(committed)
	}
	done := make(chan error, 1)
	go func() { done <- record.Run(ctx) }()
	<-committed
	must(t, <-done)
	r.close()
	r.open()

	var again store.Recorded
	record = r.record()
	record.Committed = func(_ context.Context, _ audit.Visit, x store.Recorded) { again = x }
	stop := r.run(Stage{"record", record.Run}, Stage{"relay", r.relay.Run}, Stage{"score", r.marker(ConsumerScore).Run}, Stage{"alert", r.marker(ConsumerAlert).Run})
	r.until("the visit has come again, and its events are told though the first run never did", r.settled)
	stop()
	if !again.Duplicate {
		t.Errorf("the second time it was recorded as new: %+v", again)
	}
}

// A visit in several parts arrives whole, also when two attempts of the same job are mixed in the stream.
func TestParts(t *testing.T) {
	r := newRig(t, "a.example")
	defer r.close()
	visit := seen(r.due()[0])
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 400 { // nothing that compresses
		words := make([]byte, 8000)
		for j := range words {
			words[j] = byte('!' + random.IntN(90))
		}
		c := visit.Comments[0]
		c.ID, c.Text = audit.CommentID(visit.Channel.ID, "wordpress", fmt.Sprint(i)), string(words)
		visit.Comments = append(visit.Comments, c)
	}
	var attempts [2][]*nats.Msg
	for i := range attempts {
		sealed, err := seal(r.keys, visit)
		must(t, err)
		attempts[i] = split("visit.web", visit.ID, sealed)
	}
	if n := len(attempts[0]); n < 3 {
		t.Fatalf("%d parts, want some", n)
	}
	for i, part := range attempts[0][:len(attempts[0])-1] { // the first crawler died before its last part
		if len(part.Data) > partBytes {
			t.Errorf("a part of %d bytes", len(part.Data))
		}
		for _, m := range []*nats.Msg{part, attempts[1][i], part} {
			_, err := r.broker.js.PublishMsg(t.Context(), m)
			must(t, err)
		}
	}
	_, err := r.broker.js.PublishMsg(t.Context(), attempts[1][len(attempts[1])-1])
	must(t, err)

	recorded := make(chan store.Recorded, 2)
	record := r.record()
	record.Committed = func(_ context.Context, v audit.Visit, x store.Recorded) {
		if len(v.Comments) == len(visit.Comments) {
			recorded <- x
		}
	}
	stop := r.run(Stage{"record", record.Run})
	r.until("recorded once", func() bool { return len(recorded) == 1 })
	r.until("only the parts of the dead crawler wait", func() bool { return r.waiting(streamVisits) == uint64(len(attempts[0])-1) })
	stop()
}

// A database that is locked (or a disk that is full) costs no visit a delivery: the stage holds what it has and tries again.
func TestDatabaseTrouble(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the database's own time limit")
	}
	r := newRig(t, "a.example")
	defer r.close()
	other, err := sql.Open("sqlite3", filepath.Join(r.dir, "db", "doorknock.db")+"?_txlock=immediate")
	must(t, err)
	defer func() { must(t, other.Close()) }()
	lock, err := other.BeginTx(t.Context(), nil)
	must(t, err)
	record := r.record()
	schedule := r.schedule()
	schedule.Hold = record.Stalled
	stages := []Stage{{"record", record.Run}, {"crawl", r.crawl().Run}, {"schedule", schedule.Run}}
	stop := r.run(stages...)
	// The database gives up after five seconds, more than twice the AckWait.
	r.until("stalled", record.Stalled)
	c, err := r.broker.js.Consumer(t.Context(), streamVisits, durableRecord)
	must(t, err)
	if info := c.CachedInfo(); info.NumRedelivered != 0 || info.NumAckPending != 1 {
		t.Errorf("redelivered %d, in hand %d", info.NumRedelivered, info.NumAckPending)
	}
	must(t, lock.Rollback())
	r.until("recorded", func() bool { return len(r.due()) == 0 && r.waiting(streamVisits) == 0 })
	stop()
	if r.visits() != 1 {
		t.Errorf("the site was visited %d times while nothing could be recorded", r.visits())
	}
}

// A check that panics costs neither the visit nor the other checks; it says that it does not know.
func TestCheckPanics(t *testing.T) {
	r := newRig(t, "a.example")
	defer r.close()
	record := r.record()
	bad := checks()[0]
	bad.ID, bad.Fold = "forum", func(crawler.Folding) []audit.Finding { panic("what a page") }
	record.Checks = append(record.Checks, bad)
	visit := seen(r.due()[0])
	found, _, err := record.findings(t.Context(), &visit)
	must(t, err)
	if len(found) != 2 || found[0].Verdict.State() != audit.Open || found[1].Verdict.Reason() != audit.ReasonInternal {
		t.Errorf("found %+v", found)
	}
}

// The readings of an unchanged page are gone from the database: the page counts as not read, and is read anew.
func TestUnchangedPageForgotten(t *testing.T) {
	r := newRig(t, "a.example")
	defer r.close()
	job := r.due()[0]
	first := seen(job)
	url := first.Captures[0].URL
	first.Memory.Pages = map[string]audit.PageMemory{url: {ETag: "x", Hash: "aa", Capture: first.Captures[0].ID, Reader: 1, Outline: "."}}
	record := r.record()
	var coverage audit.Coverage
	record.Checks[0].Fold = func(f crawler.Folding) []audit.Finding { coverage = f.Coverage; return checks()[0].Fold(f) }
	must(t, record.commit(t.Context(), first))

	again := seen(job)
	again.Readings, again.Memory = nil, first.Memory
	again.Unchanged = []audit.PageRef{{URL: url, Capture: first.Captures[0].ID, At: time.Now()}}
	again.Coverage = map[audit.CheckID]audit.Coverage{"comments": {Complete: true}}
	found, _, err := record.findings(t.Context(), &again)
	must(t, err)
	if len(found) != 1 || found[0].Verdict.State() != audit.Open || !coverage.Complete {
		t.Errorf("what stands of an unchanged page: %+v, coverage %+v", found, coverage)
	}

	again.Unchanged[0].Capture = "gone"
	found, _, err = record.findings(t.Context(), &again)
	must(t, err)
	if len(found) != 0 || coverage.Complete {
		t.Errorf("found %+v, coverage %+v", found, coverage)
	}
	if p := again.Memory.Pages[url]; p.ETag != "" || p.Reader != 0 {
		t.Errorf("the page would not be read anew: %+v", p)
	}
}

// TestSameAsBefore: what a visit found stands when the next finds every answer as it was, and counts as a look; where it is
// not all there any more, or more is asked by now, nothing is made up.
func TestSameAsBefore(t *testing.T) {
	r := newRig(t, "a.example")
	defer r.close()
	first := seen(r.due()[0])
	url := first.Captures[0].URL
	first.Memory.Pages = map[string]audit.PageMemory{url: {ETag: "x", Hash: "aa", Capture: first.Captures[0].ID, Reader: 1, Outline: "."}}
	first.Memory.Route = &audit.Route{Plan: "p", Steps: []audit.Step{{URL: url, For: "home", Sum: "s"}}}
	first.Coverage = map[audit.CheckID]audit.Coverage{"comments": {Reason: audit.ReasonIncomplete}}
	record := r.record()
	must(t, record.commit(t.Context(), first))
	route := func() *audit.Route {
		m, err := r.db.Memory(t.Context(), first.Channel)
		must(t, err)
		return m.Route
	}
	want := &audit.Route{Visit: first.ID, Findings: 1, Plan: "p", Steps: first.Memory.Route.Steps}
	if d := cmp.Diff(want, route()); d != "" {
		t.Fatalf("route (-want +got):\n%s", d)
	}
	again := func(id string, findings int) audit.Visit {
		v := first
		v.ID, v.Readings, v.Memory, v.Coverage = id, nil, audit.Memory{}, nil
		v.Due, v.ObservedAt = v.Due.Add(time.Hour), v.ObservedAt.Add(time.Minute)
		v.Unchanged = []audit.PageRef{{URL: url, Capture: first.Captures[0].ID, At: v.ObservedAt}}
		v.Same = &audit.Same{Visit: route().Visit, Findings: findings}
		return v
	}
	before, err := r.db.VisitFindings(t.Context(), first.ID)
	must(t, err)
	second := again(audit.LongHash("second"), 1)
	must(t, record.commit(t.Context(), second))
	after, err := r.db.VisitFindings(t.Context(), second.ID)
	must(t, err)
	if len(after) != 1 || after[0].ID == before[0].ID || !after[0].ObservedAt.After(before[0].ObservedAt) || before[0].Verdict.State() != after[0].Verdict.State() {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if got := route(); got == nil || got.Visit != second.ID {
		t.Errorf("the route is %+v, want that of the newest visit", got)
	}
	visits, err := r.db.StoredVisits(t.Context(), store.VisitsOf{}, store.VisitKey{}, 10)
	must(t, err)
	if len(visits) != 2 || visits[1].Coverage["comments"].Reason != audit.ReasonIncomplete {
		t.Errorf("visits %+v", visits)
	}

	for name, change := range map[string]func(*audit.Visit){
		"findings are missing":    func(v *audit.Visit) { v.Same.Findings = 2 },
		"the visit is gone":       func(v *audit.Visit) { v.Same.Visit = "gone" },
		"another question is put": func(*audit.Visit) { record.Checks = append(record.Checks, checks()[0]); record.Checks[1].ID = "forum" },
	} {
		v := again(audit.LongHash(name), 1)
		change(&v)
		var coverage audit.Coverage
		record.Checks[0].Fold = func(f crawler.Folding) []audit.Finding { coverage = f.Coverage; return checks()[0].Fold(f) }
		found, _, err := record.findings(t.Context(), &v)
		must(t, err)
		if len(found) == 0 || found[0].Verdict.State() != audit.Open || v.Same != nil || coverage.Complete || coverage.Reason != audit.ReasonIncomplete {
			t.Errorf("%s: found %+v, same %v, coverage %+v", name, found, v.Same, coverage)
		}
	}
	lost := again(audit.LongHash("lost"), 2)
	must(t, record.commit(t.Context(), lost))
	if got := route(); got != nil {
		t.Errorf("the route %+v would be gone again", got)
	}
}

func TestOfflineVisitWritesNoFindings(t *testing.T) {
	r := newRig(t, "a.example")
	defer r.close()
	visit := seen(r.due()[0])
	visit.Offline = true
	record := r.record()
	record.Checks[0].Fold = func(crawler.Folding) []audit.Finding { t.Error("folded"); return nil }
	var got store.Recorded
	record.Committed = func(_ context.Context, _ audit.Visit, x store.Recorded) { got = x }
	must(t, record.commit(t.Context(), visit))
	if !got.Offline || len(got.Events) != 0 || len(r.due()) != 0 {
		t.Errorf("recorded %+v", got)
	}
}

// A machine without network whose list names accounts of platforms without a key: those looks ask nobody, so they are no sign
// that the network is back. Only an answer is.
func TestNetworkIsBackOnlyWithAnAnswer(t *testing.T) {
	var log bytes.Buffer
	r := &Record{Log: slog.New(slog.NewTextHandler(&log, nil))}
	cut, keyless, saved := audit.Visit{Offline: true}, audit.Visit{}, audit.Visit{Captures: make([]audit.Capture, 1), Source: &audit.Source{}}
	for _, v := range []audit.Visit{cut, keyless, cut, keyless, saved, cut, cut} {
		r.tellNetwork(v)
	}
	if got := log.String(); strings.Count(got, "no site can be reached") != 1 || strings.Contains(got, "again") {
		t.Errorf("said, with nothing answered:\n%s", got)
	}
	r.tellNetwork(audit.Visit{Captures: make([]audit.Capture, 1)})
	r.tellNetwork(cut)
	if got := log.String(); strings.Count(got, "no site can be reached") != 1 || strings.Count(got, "can be reached again") != 1 {
		t.Errorf("said, after an answer:\n%s", got)
	}
}
