package pipeline

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"doorknock/audit"
)

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
