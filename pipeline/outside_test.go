package pipeline

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"doorknock/audit"
	"doorknock/internal/servers"
	"doorknock/store"
)

// outsideServer is a NATS server as an operator would run one, on a port of loopback.
func outsideServer(t *testing.T, dir string, port int) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir, SyncAlways: true, NoSigs: true, NoLog: true})
	must(t, err)
	go s.Start()
	if !s.ReadyForConnections(time.Minute) {
		t.Fatal("the outside server does not start")
	}
	return s
}

// A crawler on another machine has no database and no JetStream of its own; the server may go away and come back.
func TestOutsideServer(t *testing.T) {
	r := newRig(t, "a.example", "b.example", "c.example")
	defer r.close()
	dir := t.TempDir()
	port := servers.Port(t)
	s := outsideServer(t, dir, port)
	connect := func() *Broker {
		b, err := Open(t.Context(), Options{Config: Config{URL: fmt.Sprintf("nats://127.0.0.1:%d", port)}, AckWait: 2 * time.Second, Log: r.log})
		must(t, err)
		return b
	}
	home, far := connect(), connect()
	defer home.Close()
	defer far.Close()
	crawler := Parts{Broker: far, Keys: r.keys, Log: r.log, Visit: r.look}
	keeper := Parts{
		Broker: home, Keys: r.keys, Log: r.log, DB: r.db, Checks: checks(), Every: 50 * time.Millisecond,
		Assess: func(audit.Stream, string) audit.Assessment {
			return audit.Assessment{Urgency: "none", Lang: "en", Model: "test"}
		},
		Rate: func(audit.Organisation, []store.ScoreInput, time.Time) []audit.Score { return nil },
		Alert: func(ctx context.Context, e audit.Event) error {
			return r.db.MarkEvent(ctx, store.AlertStage, e.ID, time.Now())
		},
	}
	stopKeeper := r.run(keeper.Stages()...)
	r.until("jobs wait for a crawler", func() bool { n, err := home.waiting(t.Context(), streamJobs); return err == nil && n == 3 })
	s.Shutdown()
	s.WaitForShutdown()
	stopCrawler := r.run(crawler.Stages()...)
	s = outsideServer(t, dir, port)
	r.until("everything is done after the server came back", func() bool {
		return len(r.due()) == 0 && len(r.unmarked(ConsumerScore)) == 0 && len(r.unmarked(ConsumerAlert)) == 0
	})
	if took := stopCrawler() + stopKeeper(); took > stopsWithin {
		t.Errorf("stopping took %v", took)
	}
	s.Shutdown()
	s.WaitForShutdown()
	if holds(t, dir, secretWords) {
		t.Error("the outside server's files hold what a resident said")
	}
	for url, n := range r.looked {
		if n != 1 {
			t.Errorf("%s was visited %d times", url, n)
		}
	}
}

// The server lost everything while we run: streams and consumers are made again, and work goes on.
func TestStreamsLost(t *testing.T) {
	r := newRig(t, "a.example")
	defer r.close()
	stop := r.run(Stage{"record", r.record().Run})
	r.until("the consumer is there", func() bool {
		_, err := r.broker.js.Consumer(t.Context(), streamVisits, durableRecord)
		return err == nil
	})
	for _, s := range streams() {
		must(t, r.broker.js.DeleteStream(t.Context(), s.Name))
	}
	sealed, err := seal(r.keys, seen(r.due()[0]))
	must(t, err)
	r.until("a visit is taken again", func() bool { _, err := r.broker.js.Publish(t.Context(), "visit.web", sealed); return err == nil })
	r.until("and recorded", func() bool { return len(r.due()) == 0 })
	stop()
}

// The stream of visits is full: the crawler holds what it saw and visits nobody else with those hands.
func TestVisitsFull(t *testing.T) {
	r := newRig(t, "a.example")
	defer r.close()
	config := streams()[1]
	config.MaxBytes = 100
	_, err := r.broker.js.UpdateStream(t.Context(), config)
	must(t, err)
	stop := r.run(Stage{"crawl", r.crawl().Run}, Stage{"schedule", r.schedule().Run})
	r.until("visited", func() bool { return r.visits() == 1 })
	config.MaxBytes = 1 << 20
	_, err = r.broker.js.UpdateStream(t.Context(), config)
	must(t, err)
	r.until("published when there was room again", func() bool { return r.waiting(streamVisits) == 1 && r.waiting(streamJobs) == 0 })
	stop()
	if r.visits() != 1 {
		t.Errorf("visited %d times", r.visits())
	}
}

// Whatever a message holds, reading it neither panics nor makes a state without evidence.
func FuzzVisitMessage(f *testing.F) {
	keys, err := audit.NewKeys(make([]byte, 32))
	if err != nil {
		f.Fatal(err)
	}
	r := &Record{Keys: keys}
	for _, seed := range []string{
		`{}`, `null`, `[]`, `{"v":9,"id":"x","more":[1]}`, "\x1f\x8b\x08", `{"readings":[{"verdict":{"state":"closed"}}]}`,
		`{"id":"a","channel":{"id":"b"},"how":"anonymous","observed_at":"2026-11-21T00:00:00Z","readings":[{"verdict":{"state":"unknown","reason":"dns"}}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		sealed, err := keys.Seal(plain)
		must(t, err)
		v, err := r.read(sealed)
		if err != nil {
			return
		}
		for _, x := range v.Readings {
			if x.Verdict.State() != audit.Unknown && x.Verdict.Evidence() == nil {
				t.Errorf("%v without evidence", x.Verdict.State())
			}
		}
	})
}
