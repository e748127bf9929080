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
