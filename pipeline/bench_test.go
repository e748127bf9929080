package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// BenchmarkVisit shows what the durable way from a made visit to its commit costs beside a bare durable publish of the
// same bytes: "ours" is seal, publish, take, unseal, fold, commit, acknowledge, as fast as it goes; "delay" is the same
// with one visit at a time, so that its figure is the time from made to committed.
func BenchmarkVisit(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		r := newBench(b)
		sealed, err := seal(r.keys, r.nth(0))
		check(b, err)
		for b.Loop() {
			_, err := r.broker.js.Publish(b.Context(), "visit.web", sealed)
			check(b, err)
		}
	})
	for name, atOnce := range map[string]int{"ours": 1000, "delay": 1} {
		b.Run(name, func(b *testing.B) {
			r := newBench(b)
			slots := make(chan struct{}, atOnce)
			record := &Record{
				Broker: r.broker, Keys: r.keys, DB: r.db, Checks: checks(), Log: quiet(),
				Committed: func(context.Context, audit.Visit, store.Recorded) { <-slots },
			}
			ctx, cancel := context.WithCancel(b.Context())
			ended := make(chan error, 1)
			go func() { ended <- record.Run(ctx) }()
			for i := 0; b.Loop(); i++ {
				slots <- struct{}{}
				v := r.nth(i)
				sealed, err := seal(r.keys, v)
				check(b, err)
				_, err = r.broker.js.PublishMsg(b.Context(), split("visit.web", v.ID, sealed)[0])
				check(b, err)
			}
			cancel()
			check(b, <-ended)
		})
	}
}

// BenchmarkPublish sets what one durable message costs beside the disk alone: the same bytes appended to a file, synced
// after each.
func BenchmarkPublish(b *testing.B) {
	message := make([]byte, 1024)
	b.Run("fdatasync", func(b *testing.B) {
		f, err := os.Create(filepath.Join(b.TempDir(), "bare"))
		check(b, err)
		for b.Loop() {
			_, err := f.Write(message)
			check(b, err)
			check(b, syscall.Fdatasync(int(f.Fd())))
		}
		check(b, f.Close())
	})
	b.Run("jetstream", func(b *testing.B) {
		r := newBench(b)
		for b.Loop() {
			_, err := r.broker.js.Publish(b.Context(), "event.comments.acorn", message)
			check(b, err)
		}
	})
}

const benchChannels = 1000

type bench struct {
	broker   *Broker
	keys     *audit.Keys
	db       *store.DB
	channels []audit.Channel
}

func newBench(b *testing.B) bench {
	b.Helper()
	dir := b.TempDir()
	keys, err := audit.NewKeys(make([]byte, 32))
	check(b, err)
	db, err := store.Open(b.Context(), store.Options{Dir: filepath.Join(dir, "db"), ConfirmAfter: time.Hour, Interval: time.Hour, Log: quiet()})
	check(b, err)
	broker, err := Open(b.Context(), Options{Dir: filepath.Join(dir, "queue"), Log: quiet()})
	check(b, err)
	b.Cleanup(func() { broker.Close(); check(b, db.Close()) })
	var channels []audit.Channel
	for i := range benchChannels {
		url := fmt.Sprintf("https://a%d.example/", i)
		channels = append(channels, audit.Channel{
			ID: audit.ChannelID("acorn", audit.Web, url), Organisation: "acorn", Platform: audit.Web, URL: url, Lane: url, Confirmed: true,
		})
	}
	organisation := audit.Organisation{ID: "acorn", Name: "Acorn", Nation: audit.England, Sector: "council"}
	check(b, db.SyncOrganisations(b.Context(), []audit.Organisation{organisation}, channels))
	return bench{broker, keys, db, channels}
}

func (r bench) nth(i int) audit.Visit {
	job := audit.Job{Channel: r.channels[i%benchChannels], Due: time.Unix(int64(i), 0)}
	job.ID = audit.JobID(job.Channel.ID, job.Due)
	return seen(job)
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
