package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"doorknock/audit"
	"doorknock/store"
)

const (
	publishes  = 2000
	queueSites = 250
	queueTurns = 2
)

// events sets bare publishing of 1 KiB, durable at each answer, beside the whole way of a visit that costs no fetching:
// job, sealed visit, commit, event, acknowledgements. Wall time on a disk that others use tells little, so it is reported
// only; the ratio is of processor time.
func events(ctx context.Context, g *rig) (figures, error) {
	f := figures{invert: true}
	for range g.o.Rounds {
		bare, err := g.barePublish(ctx)
		if err != nil {
			return f, err
		}
		w, err := g.start(ctx, setting{prefix: "b", sites: queueSites}, func(_ context.Context, j audit.Job) (audit.Visit, error) {
			return madeVisit(j, time.Now().UTC()), nil
		})
		if err != nil {
			return f, err
		}
		ours, err := measure(func() (int, error) {
			_, err := w.visits(ctx, queueTurns*queueSites)
			return queueTurns * queueSites, err
		})
		if err = errors.Join(err, w.stop()); err != nil {
			return f, err
		}
		f.bare, f.ours = append(f.bare, bare), append(f.ours, ours)
	}
	return f, nil
}

// barePublish publishes to a server of its own, which syncs before it answers as ours does.
func (g *rig) barePublish(ctx context.Context) (t took, err error) {
	dir, err := os.MkdirTemp(g.folder, "queue-")
	if err != nil {
		return t, fmt.Errorf("make a queue: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := server.NewServer(&server.Options{ServerName: "bench", DontListen: true, JetStream: true, StoreDir: dir, SyncAlways: true, NoSigs: true, NoLog: true})
	if err != nil {
		return t, fmt.Errorf("start a queue: %w", err)
	}
	s.Start()
	defer func() { s.Shutdown(); s.WaitForShutdown() }()
	conn, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		return t, fmt.Errorf("connect to the queue: %w", err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err == nil {
		_, err = js.CreateStream(ctx, jetstream.StreamConfig{Name: "BENCH", Subjects: []string{"bench.>"}, Storage: jetstream.FileStorage})
	}
	if err != nil {
		return t, fmt.Errorf("make a stream: %w", err)
	}
	message := make([]byte, 1024)
	return measure(func() (int, error) {
		for i := range publishes {
			if _, err := js.Publish(ctx, "bench.events", message, jetstream.WithMsgID(fmt.Sprint(i))); err != nil {
				return i, fmt.Errorf("publish: %w", err)
			}
		}
		return publishes, nil
	})
}

const (
	recordings = 300
	rowsEach   = 20 // ten findings and ten comments
)

// storeOverInsert sets the inserting of a visit's rows alone beside recording it with all that follows: states, summaries,
// memory, events. Both are one durable transaction a visit, on the same database.
func storeOverInsert(ctx context.Context, g *rig) (f figures, err error) {
	f.invert = true
	dir, err := os.MkdirTemp(g.folder, "store-")
	if err != nil {
		return f, fmt.Errorf("make a database: %w", err)
	}
	db, err := store.Open(ctx, store.Options{Dir: filepath.Join(dir, "data"), ConfirmAfter: 24 * time.Hour, Interval: 6 * time.Hour})
	if err != nil {
		return f, fmt.Errorf("make a database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close(), os.RemoveAll(dir)) }()
	var channels []audit.Channel
	for i := range 100 {
		channels = append(channels, channelOf(i))
	}
	if err := db.SyncOrganisations(ctx, []audit.Organisation{{ID: "bench", Name: "Bench", Nation: audit.England, Sector: "council"}}, channels); err != nil {
		return f, fmt.Errorf("make a database: %w", err)
	}
	insert, err := db.Bare(ctx)
	if err != nil {
		return f, fmt.Errorf("make a database: %w", err)
	}
	n := 0
	half := func(write func(context.Context, store.Recording) error) (took, error) {
		var made []store.Recording
		for range recordings {
			made = append(made, madeRecording(channels[n%len(channels)], n))
			n++
		}
		return measure(func() (int, error) {
			for _, r := range made {
				if err := write(ctx, r); err != nil {
					return 0, err
				}
			}
			return recordings * rowsEach, nil
		})
	}
	for range g.o.Rounds {
		bare, err := half(insert)
		if err != nil {
			return f, err
		}
		ours, err := half(func(ctx context.Context, r store.Recording) error { _, err := db.Record(ctx, r); return err })
		if err != nil {
			return f, err
		}
		f.bare, f.ours = append(f.bare, bare), append(f.ours, ours)
	}
	return f, nil
}
