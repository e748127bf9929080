package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/store"
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

// However the clock is set between two looks at what is due, what is queued is not queued again.
func TestClockSetQueuesNothingTwice(t *testing.T) {
	r := newRig(t, "a.example", "b.example", "c.example")
	defer r.close()
	schedule := r.schedule()
	now := time.Now().Round(0)
	for _, step := range []time.Duration{0, time.Hour, -time.Hour, 24 * time.Hour, -24 * time.Hour, 3 * 24 * time.Hour, 0} {
		must(t, schedule.tick(t.Context(), now.Add(step)))
		if n := r.waiting(streamJobs); n != 3 {
			t.Errorf("the clock set by %v: %d jobs queued, want one a channel", step, n)
		}
	}
}

// A look at what is due that finds nothing new asks the broker nothing.
func TestNothingNewAsksNothing(t *testing.T) {
	r := newRig(t, "a.example", "b.example")
	defer r.close()
	schedule, now := r.schedule(), time.Now()
	must(t, schedule.tick(t.Context(), now))
	before := r.broker.conn.Stats().OutMsgs
	must(t, schedule.tick(t.Context(), now.Add(time.Second)))
	if n := r.broker.conn.Stats().OutMsgs - before; n != 0 || len(schedule.asked) != 2 {
		t.Errorf("%d requests for nothing new, %d channels remembered", n, len(schedule.asked))
	}
}

// A job whose visit never gets recorded is asked for again, but less and less often.
func TestAskedAgainSeldom(t *testing.T) {
	r := newRig(t, "a.example")
	defer r.close()
	schedule := r.schedule()
	now, asked := time.Now(), 0
	stream, err := r.broker.js.Stream(t.Context(), streamJobs)
	must(t, err)
	for range 24 * 60 / 5 {
		must(t, schedule.tick(t.Context(), now))
		if r.waiting(streamJobs) > 0 {
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
	queued, err := schedule.queue(t.Context(), job, job.ID)
	if err != nil || !queued {
		t.Fatal(queued, err)
	}
	job.ID = "another"
	queued, err = schedule.queue(t.Context(), job, job.ID)
	if err != nil || queued {
		t.Error("the second job of a lane:", queued, err)
	}
	if n := r.waiting(streamJobs); n != 1 {
		t.Errorf("%d jobs in one lane", n)
	}
}

// Twenty thousand channels over two thousand hosts: a look at what is due reads nobody's memory but that of the jobs it
// queues, the longest due go first, no host has two jobs, and the hosts that wait take their turn.
func TestManyChannels(t *testing.T) {
	r := newRig(t)
	defer r.close()
	const hosts, each = 2000, 10
	var channels []audit.Channel
	for i := range hosts * each {
		url := fmt.Sprintf("https://h%d.example/%d", i%hosts, i/hosts)
		channels = append(channels, audit.Channel{ID: audit.ChannelID("acorn", audit.Web, url), Organisation: "acorn", Platform: audit.Web,
			URL: url, Lane: fmt.Sprintf("h%d.example", i%hosts), Confirmed: true})
	}
	must(t, r.db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "acorn", Name: "Acorn", Nation: audit.England, Sector: "council"}}, channels))
	schedule, recalled := r.schedule(), 0
	schedule.Memory = func(ctx context.Context, c audit.Channel) (audit.Memory, error) {
		recalled++
		return r.db.Memory(ctx, c)
	}
	now := time.Now()
	begin := cpu(t)
	for range 40 {
		must(t, schedule.tick(t.Context(), now))
	}
	took := (cpu(t) - begin) / 40
	t.Logf("CPU of a look at 20,000 due channels: %v", took)
	if n := r.waiting(streamJobs); n != jobsWaiting || recalled != jobsWaiting {
		t.Errorf("%d jobs queued, %d memories read, want %d of both", n, recalled, jobsWaiting)
	}
	if took > 500*time.Millisecond {
		t.Errorf("a look costs %v, want a tenth of its five seconds at most", took)
	}
	// Visited in the order in which they were queued, every channel has its turn before any has its second.
	seen := map[string]bool{}
	stream, err := r.broker.js.Stream(t.Context(), streamJobs)
	must(t, err)
	for turn := 0; len(seen) < hosts/4; turn++ {
		if turn > hosts/jobsAdded {
			t.Fatalf("after %d looks only %d of %d hosts were visited", turn, len(seen), hosts/4)
		}
		for id := range schedule.asked {
			delete(schedule.asked, id)
		}
		must(t, stream.Purge(t.Context()))
		jobs, err := r.db.Due(t.Context(), now, jobsAdded)
		must(t, err)
		for _, job := range jobs {
			if seen[job.Channel.Lane] {
				t.Fatalf("%s has its second turn before %d hosts had their first", job.Channel.Lane, hosts-len(seen))
			}
			seen[job.Channel.Lane] = true
			visit, err := r.look(t.Context(), job)
			must(t, err)
			visit.ObservedAt = now
			visit.Memory.Host.NotBefore = now.Add(time.Minute) // its other nine channels wait with it
			_, err = r.db.Record(t.Context(), store.Recording{Visit: visit, Now: now})
			must(t, err)
		}
	}
}

// cpu is what this process has used.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// What a crawler that died may have asked of a site is counted against the day's cap when its job comes again.
func TestLostVisitsCountAgainstTheCap(t *testing.T) {
	r := newRig(t, "a.example")
	defer r.close()
	job := r.due()[0]
	_, err := r.schedule().recallAndQueue(t.Context(), job, job.ID)
	must(t, err)
	var counted []int
	began := make(chan struct{}, 9)
	crawl := r.crawl()
	crawl.Most = 140
	crawl.Visit = func(ctx context.Context, job audit.Job) (audit.Visit, error) {
		counted = append(counted, job.Memory.Host.Requests)
		began <- struct{}{}
		if len(counted) < 3 {
			<-ctx.Done() // the machine goes down in the middle of the visit
			return audit.Visit{}, ctx.Err()
		}
		return r.look(ctx, job)
	}
	for range 3 {
		stop := r.run(Stage{"crawl", crawl.Run})
		<-began
		if len(counted) == 3 {
			r.until("the visit is made", func() bool { return r.waiting(streamVisits) > 0 })
		}
		stop()
	}
	// On a busy machine the queue may have offered the job once more than the crawl took it.
	if len(counted) < 3 || counted[0] != 0 || counted[1] < 140 || counted[2] < counted[1]+140 || counted[2]%140 != 0 {
		t.Errorf("counted against the cap: %v, want 140 more with each delivery", counted)
	}
}

// TestDoneJobStaysBehind: a job that was acknowledged, and that a failed write left in the queue's folder, frees its lane; one that
// waits or is in hand does not.
func TestDoneJobStaysBehind(t *testing.T) {
	r := newRig(t, "a.example")
	defer func() { r.close() }()
	folder := filepath.Join(r.dir, "queue", "jetstream", "$G", "streams", streamJobs, "msgs")
	now := time.Now()
	schedule := r.schedule()
	must(t, schedule.tick(t.Context(), now))
	later := func(what string, want bool) {
		t.Helper()
		if freed, err := r.broker.freeLane(t.Context(), "a.example"); err != nil || freed != want {
			t.Errorf("%s: freed %t, %v, want %t", what, freed, err, want)
		}
	}
	later("before any crawler came", false)
	consumer, err := r.broker.js.CreateOrUpdateConsumer(t.Context(), streamJobs, r.broker.crawlConsumer())
	must(t, err)
	later("waiting", false)
	_, err = consumer.Next()
	must(t, err)
	later("in hand", false)
	r.close()
	left := t.TempDir()
	must(t, os.CopyFS(left, os.DirFS(folder)))
	r.open()
	consumer, err = r.broker.js.Consumer(t.Context(), streamJobs, durableCrawl)
	must(t, err)
	job, err := consumer.Next()
	must(t, err)
	must(t, job.DoubleAck(t.Context()))
	if n := r.waiting(streamJobs); n != 0 {
		t.Fatalf("%d jobs after the acknowledgement", n)
	}
	r.close()
	must(t, os.RemoveAll(folder))
	must(t, os.CopyFS(folder, os.DirFS(left)))
	r.open()
	if n := r.waiting(streamJobs); n != 1 {
		t.Skipf("the queue's server mends it by itself: %d jobs", n)
	}
	schedule = r.schedule()
	schedule.Due = func(ctx context.Context, at time.Time, limit int) ([]audit.Job, error) { // its visit was recorded: it is due at another time
		jobs, err := r.db.Due(ctx, at, limit)
		for i := range jobs {
			jobs[i].ID = audit.JobID(jobs[i].Channel.ID, now.Add(time.Hour))
		}
		return jobs, err
	}
	for _, wait := range []time.Duration{0, time.Minute} { // refused, and freed
		must(t, schedule.tick(t.Context(), now.Add(wait)))
		if len(schedule.refused) != 1 {
			t.Fatalf("after %v the lane was not refused", wait)
		}
	}
	must(t, schedule.tick(t.Context(), now.Add(2*time.Minute)))
	if len(schedule.refused) != 0 || r.waiting(streamJobs) != 1 {
		t.Errorf("the lane is not free: refused %v, %d jobs", schedule.refused, r.waiting(streamJobs))
	}
	later("queued anew", false)
}

// What was under way when the program died, or had been given up just before, waits for the queue's own patience and not for the five
// minutes after which a run asks once more for what it asked for itself.
func TestVisitUnderWayAtTheEnd(t *testing.T) {
	for name, delivered := range map[string]int{"killed once": 1, "killed eight times": maxDeliver} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "a.example", "b.example")
			defer func() { r.close() }()
			must(t, r.schedule().tick(t.Context(), time.Now()))
			consumer, err := r.broker.js.CreateOrUpdateConsumer(t.Context(), streamJobs, r.broker.crawlConsumer())
			must(t, err)
			for n := range 2 * delivered {
				job, err := consumer.Next()
				must(t, err)
				if n < 2*(delivered-1) {
					must(t, job.Nak())
				}
			}
			r.close()
			r.open()
			began := time.Now()
			stop := r.run(r.all()...)
			r.until("both are visited and recorded", func() bool { return len(r.due()) == 0 })
			took := time.Since(began)
			stop()
			if n := r.visits(); n != 2 || took > time.Minute {
				t.Errorf("%d visits within %v, want one of each within a minute", n, took)
			}
		})
	}
}
