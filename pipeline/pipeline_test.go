package pipeline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // to lock the database from outside
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/store"
)

func TestWholeWay(t *testing.T) {
	r := newRig(t, "a.example", "b.example", "c.example")
	defer r.close()
	stop := r.run(r.all()...)
	r.until("all visited, recorded, announced and marked", r.settled)
	if took := stop(); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	for url, n := range r.looked {
		if n != 1 {
			t.Errorf("%s was visited %d times", url, n)
		}
	}
	if len(r.looked) != 3 || len(r.alerts) == 0 {
		t.Errorf("visited %v, told %v", r.looked, r.alerts)
	}
	for event, n := range r.alerts {
		if n != 1 {
			t.Errorf("%s was told %d times", event, n)
		}
	}
}

// The queue keeps its messages on disk for as long as nobody records them: what residents say is sealed there.
func TestSealed(t *testing.T) {
	r := newRig(t, "a.example")
	stop := r.run(Stage{"crawl", r.crawl().Run}, Stage{"schedule", r.schedule().Run})
	r.until("a visit waits", func() bool { return r.waiting(streamVisits) == 1 })
	stop()
	r.close()
	for _, words := range []string{secretWords, "00112233445566778899aabbccddeeff", "wp-form"} {
		if holds(t, filepath.Join(r.dir, "queue"), words) {
			t.Errorf("the queue's files hold %q", words)
		}
	}
}

func TestQueueFolderDeletedBetweenRuns(t *testing.T) {
	hosts := []string{"a.example", "b.example", "c.example"}
	for name, first := range map[string]func(r *rig) ([]Stage, func() bool){
		"jobs queued": func(r *rig) ([]Stage, func() bool) {
			return []Stage{{"schedule", r.schedule().Run}}, func() bool { return r.waiting(streamJobs) == 3 }
		},
		"visits waiting": func(r *rig) ([]Stage, func() bool) {
			return []Stage{{"crawl", r.crawl().Run}, {"schedule", r.schedule().Run}}, func() bool { return r.waiting(streamVisits) == 3 }
		},
		"events announced": func(r *rig) ([]Stage, func() bool) {
			return []Stage{{"record", r.record().Run}, {"crawl", r.crawl().Run}, {"schedule", r.schedule().Run}},
				func() bool { return len(r.due()) == 0 && r.waiting(streamVisits) == 0 }
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, hosts...)
			stages, reached := first(r)
			stop := r.run(stages...)
			r.until(name, reached)
			stop()
			r.close()
			must(t, os.RemoveAll(filepath.Join(r.dir, "queue")))

			r.open()
			defer r.close()
			stop = r.run(r.all()...)
			r.until("everything is made again from the database", func() bool { return r.settled() && len(r.alerts) > 0 })
			stop()
			if len(r.looked) != 3 {
				t.Errorf("visited %v", r.looked)
			}
		})
	}
}

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

func TestPoison(t *testing.T) {
	r := newRig(t, "a.example")
	defer r.close()
	good, err := seal(r.keys, map[string]string{"id": "x"})
	must(t, err)
	wrongKey, err := audit.NewKeys(make([]byte, 32))
	must(t, err)
	other, err := seal(wrongKey, seen(r.due()[0]))
	must(t, err)
	gone := r.due()[0]
	gone.Channel.ID = "0000000000000000"
	noChannel, err := seal(r.keys, seen(gone))
	must(t, err)
	for _, body := range [][]byte{[]byte("rubbish"), {}, good, other, noChannel} {
		_, err := r.broker.js.Publish(t.Context(), "visit.web", body)
		must(t, err)
	}
	_, err = r.broker.js.PublishMsg(t.Context(), &nats.Msg{Subject: "visit.web", Data: []byte("x"), Header: nats.Header{
		headerAttempt: {"a"}, headerPart: {"7"}, headerParts: {"2"},
	}})
	must(t, err)
	dead := &Dead{Broker: r.broker, Log: r.log}
	stop := r.run(Stage{"dead", dead.Run}, Stage{"record", r.record().Run})
	r.until("all six are refused and told", func() bool { return dead.Count() == 6 })
	stop()
	if n := r.waiting(streamVisits); n != 0 {
		t.Errorf("%d refused messages are still queued", n)
	}
	if n := r.waiting(streamDead); n != 6 {
		t.Errorf("DEAD holds %d, want 6", n)
	}
}

// A visit that fails every time is given up after eight deliveries, and its lane is free again.
func TestGivenUp(t *testing.T) {
	r := newRig(t, "a.example")
	r.broker.ackWait = 30 * time.Millisecond
	defer r.close()
	var tries atomic.Int64
	crawl := r.crawl()
	crawl.Visit = func(context.Context, audit.Job) (audit.Visit, error) {
		tries.Add(1)
		return audit.Visit{}, errors.New("the crawler's own mistake")
	}
	dead := &Dead{Broker: r.broker, Log: r.log}
	schedule := r.schedule()
	schedule.Every = time.Hour
	stop := r.run(Stage{"dead", dead.Run}, Stage{"crawl", crawl.Run}, Stage{"schedule", schedule.Run})
	r.until("given up", func() bool { return dead.Count() == 1 })
	stop()
	if n := tries.Load(); n != maxDeliver {
		t.Errorf("tried %d times, want %d", n, maxDeliver)
	}
	if n := r.waiting(streamJobs); n != 0 {
		t.Errorf("the lane is still taken by %d jobs", n)
	}
	if len(r.due()) != 1 {
		t.Error("the channel is no longer due")
	}
}

// However many crawlers there are, one lane is visited by one of them at a time.
func TestOneVisitALane(t *testing.T) {
	r := newRig(t, "a.example", "b.example")
	defer r.close()
	var now, most sync.Map
	look := func(ctx context.Context, job audit.Job) (audit.Visit, error) {
		n, _ := now.LoadOrStore(job.Channel.Lane, new(atomic.Int64))
		defer n.(*atomic.Int64).Add(-1)
		if in := n.(*atomic.Int64).Add(1); in > 1 {
			most.Store(job.Channel.Lane, in)
		}
		time.Sleep(20 * time.Millisecond)
		return r.look(ctx, job)
	}
	one, two := r.crawl(), r.crawl()
	one.Visit, two.Visit = look, look
	// Every tick finds the channels due under another time, as if each visit made the next one due.
	schedule := r.schedule()
	schedule.Every = 5 * time.Millisecond
	schedule.Due = func(ctx context.Context, at time.Time, limit int) ([]audit.Job, error) {
		jobs, err := r.db.Due(ctx, at, limit)
		for i := range jobs {
			jobs[i].ID = audit.JobID(jobs[i].Channel.ID, at)
		}
		return jobs, err
	}
	stop := r.run(Stage{"crawl one", one.Run}, Stage{"crawl two", two.Run}, Stage{"schedule", schedule.Run})
	r.until("many visits", func() bool { return r.visits() > 20 })
	stop()
	most.Range(func(lane, n any) bool {
		t.Errorf("%v had %v visits at once", lane, n)
		return true
	})
}

// A job whose visit never gets recorded is asked for again, but less and less often.
func TestAskedAgainSeldom(t *testing.T) {
	r := newRig(t, "a.example")
	defer r.close()
	schedule := r.schedule()
	job, now, asked := r.due()[0].ID, time.Now(), 0
	stream, err := r.broker.js.Stream(t.Context(), streamJobs)
	must(t, err)
	var next time.Time
	for range 24 * 60 / 5 {
		must(t, schedule.tick(t.Context(), now))
		if is := schedule.asked[job].next; is != next {
			next = is
			asked++
			must(t, stream.Purge(t.Context())) // taken, and its visit could not be recorded
		}
		now = now.Add(5 * time.Minute)
	}
	if asked < 2 || asked > 10 {
		t.Errorf("a site was asked for %d times in a day", asked)
	}
}

func TestLaneTakenIsNoError(t *testing.T) {
	r := newRig(t, "a.example")
	defer r.close()
	schedule := r.schedule()
	job := r.due()[0]
	queued, err := schedule.queue(t.Context(), job)
	if err != nil || !queued {
		t.Fatal(queued, err)
	}
	job.ID = "another"
	queued, err = schedule.queue(t.Context(), job)
	if err != nil || queued {
		t.Error("the second job of a lane:", queued, err)
	}
	if n := r.waiting(streamJobs); n != 1 {
		t.Errorf("%d jobs in one lane", n)
	}
}

func TestStopWithJobsInHand(t *testing.T) {
	hosts := make([]string, 8)
	for i := range hosts {
		hosts[i] = fmt.Sprintf("h%d.example", i)
	}
	r := newRig(t, hosts...)
	defer r.close()
	crawl := r.crawl()
	crawl.Visit = func(ctx context.Context, job audit.Job) (audit.Visit, error) {
		_, _ = r.look(ctx, job)
		<-ctx.Done() // a slow site
		return audit.Visit{}, context.Cause(ctx)
	}
	stages := r.all()
	stages[5].Run = crawl.Run
	stop := r.run(stages...)
	r.until("hands are full", func() bool { return r.visits() >= 4 })
	if took := stop(); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	stop = r.run(r.all()...)
	r.until("the same jobs are done by the next run", r.settled)
	stop()
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
	r.broker.ackWait = 1500 * time.Millisecond // a busy machine may pause us for long
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
	// The database gives up after five seconds: ten times the AckWait.
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
	found, err := record.findings(t.Context(), &visit)
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
	first.Memory.Pages = map[string]audit.PageMemory{url: {ETag: "x", Hash: "aa", Capture: first.Captures[0].ID, Reader: 1}}
	record := r.record()
	var coverage audit.Coverage
	record.Checks[0].Fold = func(f crawler.Folding) []audit.Finding { coverage = f.Coverage; return checks()[0].Fold(f) }
	must(t, record.commit(t.Context(), first))

	again := seen(job)
	again.Readings, again.Memory = nil, first.Memory
	again.Unchanged = []audit.PageRef{{URL: url, Capture: first.Captures[0].ID, At: time.Now()}}
	again.Coverage = map[audit.CheckID]audit.Coverage{"comments": {Complete: true}}
	found, err := record.findings(t.Context(), &again)
	must(t, err)
	if len(found) != 1 || found[0].Verdict.State() != audit.Open || !coverage.Complete {
		t.Errorf("what stands of an unchanged page: %+v, coverage %+v", found, coverage)
	}

	again.Unchanged[0].Capture = "gone"
	found, err = record.findings(t.Context(), &again)
	must(t, err)
	if len(found) != 0 || coverage.Complete {
		t.Errorf("found %+v, coverage %+v", found, coverage)
	}
	if p := again.Memory.Pages[url]; p.ETag != "" || p.Reader != 0 {
		t.Errorf("the page would not be read anew: %+v", p)
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

// A whole program's stages with scorer and alerts: comments are assessed, scores made, marks set.
func TestStages(t *testing.T) {
	r := newRig(t, "a.example")
	defer r.close()
	var mu sync.Mutex
	told := map[audit.EventKind]int{}
	parts := Parts{
		Broker: r.broker, Keys: r.keys, Log: r.log, Visit: r.look, DB: r.db, Checks: checks(), Every: 50 * time.Millisecond,
		Assess: func(text string) audit.Assessment {
			return audit.Assessment{Complaint: 1, IsComplaint: text == secretWords, Urgency: "high", Lang: "en", Model: "test"}
		},
		Rate: func(_ string, answers []store.ScoreInput) []audit.Score {
			return []audit.Score{{Part: "door", Known: len(answers), Applicable: 1, Method: 1}}
		},
		Alert: func(ctx context.Context, e audit.Event) error {
			mu.Lock()
			told[e.Kind]++
			mu.Unlock()
			return r.db.MarkEvent(ctx, store.AlertStage, e.ID, time.Now())
		},
	}
	stop := r.run(parts.Stages()...)
	r.until("visited and dealt with", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return r.settled() && told[audit.EventAssessed] == 1
	})
	stop()
	if left, err := r.db.Unassessed(t.Context(), ""); err != nil || len(left) != 0 {
		t.Errorf("%d comments not assessed, %v", len(left), err)
	}
}

func TestRunStopsInReverse(t *testing.T) {
	var mu sync.Mutex
	var ended []string
	stage := func(name string, err error) Stage {
		return Stage{name, func(ctx context.Context) error {
			if err != nil {
				return err
			}
			<-ctx.Done()
			mu.Lock()
			defer mu.Unlock()
			ended = append(ended, name)
			return nil
		}}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	must(t, Run(ctx, testLog(t), stage("a", nil), stage("b", nil), stage("c", nil)))
	if got := fmt.Sprint(ended); got != "[c b a]" {
		t.Errorf("stopped %s", got)
	}
	err := Run(t.Context(), testLog(t), stage("a", nil), stage("b", errors.New("port in use")))
	if err == nil || err.Error() != "b: port in use" {
		t.Errorf("got %v", err)
	}
}
