package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"doorknock/audit"
	"doorknock/store"
)

func TestWholeWay(t *testing.T) {
	r := newRig(t, "a.example", "b.example", "c.example")
	defer r.close()
	stop := r.run(r.all()...)
	r.until("all visited, recorded, announced and marked", r.settled)
	if took := stop(); took > stopsWithin {
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
	dead := r.dead()
	stop := r.run(Stage{"dead", dead.Run}, Stage{"record", r.record().Run})
	r.until("all six are refused and told", func() bool { return len(r.letters()) == 6 })
	stop()
	for _, l := range r.letters() {
		if l.Stream != streamVisits || l.Reason == "" || l.Deliveries != 1 || l.Times != 1 {
			t.Errorf("letter %+v", l)
		}
		if got, err := r.db.ReplayDeadLetter(t.Context(), l.ID, time.Now()); got != store.ReplayedNothing || err != nil {
			t.Errorf("replaying rubbish: %s, %v; want nothing", got, err)
		}
	}
	if left := r.letters(); len(left) != 0 {
		t.Errorf("%d are still listed after the operator has dealt with them", len(left))
	}
	if n := r.waiting(streamVisits); n != 0 {
		t.Errorf("%d refused messages are still queued", n)
	}
	if n := r.waiting(streamDead); n != 6 {
		t.Errorf("DEAD holds %d, want 6", n)
	}
}

// TestNobodyGaveItUp: a message that left its queue while it was in hand, as the server finds after a kill of one that had been
// acknowledged, is no work given up, and the operator is told of nothing.
func TestNobodyGaveItUp(t *testing.T) {
	r := newRig(t, "a.example")
	defer r.close()
	must(t, r.schedule().tick(t.Context(), time.Now()))
	stream, err := r.broker.js.Stream(t.Context(), streamJobs)
	must(t, err)
	consumer, err := stream.CreateOrUpdateConsumer(t.Context(), r.broker.crawlConsumer())
	must(t, err)
	job, err := consumer.Next()
	must(t, err)
	meta, err := job.Metadata()
	must(t, err)
	must(t, stream.DeleteMsg(t.Context(), meta.Sequence.Stream))
	r.until("the server says so", func() bool { return r.waiting(streamDead) == 1 })
	stop := r.run(Stage{"dead", r.dead().Run})
	r.until("it is read", func() bool {
		c, err := r.broker.js.Consumer(t.Context(), streamDead, durableDead)
		return err == nil && c.CachedInfo().AckFloor.Stream == 1
	})
	stop()
	if letters := r.letters(); len(letters) != 0 {
		t.Errorf("given up: %+v", letters)
	}
}

// A visit that fails every time is given up after eight deliveries, its lane is free again, and it is listed until the
// operator has had it done.
func TestGivenUp(t *testing.T) {
	// A delivery that a busy machine takes up later than that counts, and was no try.
	for wait := 80 * time.Millisecond; ; wait *= 5 {
		tries := givenUp(t, wait)
		if tries >= maxDeliver/2 {
			return
		}
		if wait > 5*time.Second {
			t.Fatalf("of %d deliveries %d were tried, though each waited %v", maxDeliver, tries, wait)
		}
	}
}

// givenUp gives how many of the deliveries were tried.
func givenUp(t *testing.T, wait time.Duration) int64 {
	t.Helper()
	r := newRig(t, "a.example")
	r.broker.ackWait = wait
	defer r.close()
	var tries atomic.Int64
	var mended atomic.Bool
	crawl := r.crawl()
	crawl.Visit = func(ctx context.Context, job audit.Job) (audit.Visit, error) {
		tries.Add(1)
		if mended.Load() {
			return r.look(ctx, job)
		}
		return audit.Visit{}, errors.New("the crawler's own mistake")
	}
	schedule := r.schedule()
	stop := r.run(Stage{"dead", r.dead().Run}, Stage{"record", r.record().Run}, Stage{"crawl", crawl.Run}, Stage{"schedule", schedule.Run})
	defer stop()
	r.until("given up", func() bool { return len(r.letters()) == 1 })
	letter := r.letters()[0]
	tried := tries.Load()
	if tried > maxDeliver || letter.Deliveries != maxDeliver {
		t.Errorf("tried %d times, the letter says %d, want %d", tried, letter.Deliveries, maxDeliver)
	}
	if job := r.due()[0]; letter.Ref != job.ID || letter.Channel != job.Channel.ID || letter.URL != job.Channel.URL {
		t.Errorf("letter %+v is not about job %s of %s", letter, job.ID, job.Channel.ID)
	}
	r.until("the lane is free", func() bool { return r.waiting(streamJobs) == 0 })
	mended.Store(true)
	beside := r.beside()
	if got, err := beside.ReplayDeadLetter(t.Context(), letter.ID, time.Now()); got != store.ReplayedChannel || err != nil {
		t.Fatalf("replay: %s, %v", got, err)
	}
	r.until("visited at once, though the same job would wait five minutes", func() bool { return len(r.letters()) == 0 })
	if got, err := beside.ReplayDeadLetter(t.Context(), letter.ID, time.Now()); got != store.ReplayedBefore || err != nil {
		t.Errorf("again: %s, %v; want it done before", got, err)
	}
	if _, err := beside.ReplayDeadLetter(t.Context(), "none", time.Now()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a letter that is not there: %v", err)
	}
	return tried
}

// An event that a stage refuses, or fails at eight times, is one letter, however often the relay tries; replayed, it is
// announced at once.
func TestEventGivenUp(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
	}{{"refused", Refuse(errors.New("poison"))}, {"failed every time", errors.New("poison")}} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, "a.example")
			r.broker.ackWait = 20 * time.Millisecond
			defer r.close()
			var mended atomic.Bool
			marker := r.marker(ConsumerScore)
			mark := marker.Handle
			marker.Handle = func(ctx context.Context, e audit.Event) error {
				if mended.Load() {
					return mark(ctx, e)
				}
				return c.err
			}
			r.relay.Consumers = []string{ConsumerScore}
			stop := r.run(Stage{"dead", r.dead().Run}, Stage{"score", marker.Run}, Stage{"relay", r.relay.Run},
				Stage{"record", r.record().Run}, Stage{"crawl", r.crawl().Run}, Stage{"schedule", r.schedule().Run})
			defer stop()
			r.until("given up", func() bool { return len(r.letters()) == len(r.unmarked(ConsumerScore)) && len(r.letters()) > 0 })
			mended.Store(true)
			beside := r.beside()
			for _, l := range r.letters() {
				if l.Stream != streamEvents || l.Consumer != ConsumerScore || l.Channel == "" {
					t.Errorf("letter %+v", l)
				}
				if got, err := beside.ReplayDeadLetter(t.Context(), l.ID, time.Now()); got != store.ReplayedEvent || err != nil {
					t.Fatalf("replay: %s, %v", got, err)
				}
			}
			r.until("done within the relay's next look, not after two minutes", func() bool {
				return len(r.letters()) == 0 && len(r.unmarked(ConsumerScore)) == 0
			})
			all, err := r.db.DeadLetters(t.Context(), true)
			must(t, err)
			for _, l := range all {
				if !l.Done || l.ReplayedAt.IsZero() {
					t.Errorf("letter %+v is not called done", l)
				}
			}
		})
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
	if took := stop(); took > stopsWithin {
		t.Errorf("stopping took %v", took)
	}
	stop = r.run(r.all()...)
	r.until("the same jobs are done by the next run", r.settled)
	stop()
}

// A whole program's stages with scorer and alerts: comments are assessed, scores made, marks set.
func TestStages(t *testing.T) {
	r := newRig(t, "a.example")
	defer r.close()
	var mu sync.Mutex
	told := map[audit.EventKind]int{}
	parts := Parts{
		Broker: r.broker, Keys: r.keys, Log: r.log, Visit: r.look, DB: r.db, Checks: checks(), Every: 50 * time.Millisecond,
		Assess: func(of audit.Stream, text string) audit.Assessment {
			return audit.Assessment{Complaint: 1, IsComplaint: text == secretWords && of.Platform == audit.Web && of.Organisation != "", Urgency: "high", Lang: "en", Model: "test"}
		},
		Rate: func(_ audit.Organisation, answers []store.ScoreInput, _ time.Time) []audit.Score {
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
