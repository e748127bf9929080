package pipeline

import (
	"context"
	"log/slog"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/store"
)

// Parts are what the stages are made of. Visit alone makes a crawler without a database, for any number of machines; DB
// makes every stage that opens the database, on the one machine that has it; both make the whole.
type Parts struct {
	Broker *Broker
	Keys   *audit.Keys
	Log    *slog.Logger

	// Visit looks at a job's channel; nil: this program does not crawl.
	Visit func(context.Context, audit.Job) (audit.Visit, error)
	Hands int // jobs worked on at once; 0 means 128
	Most  int // requests of one visit at most
	// Shipper sends the captures of a crawler without an evidence folder.
	Shipper *Shipper

	// DB is nil on a machine that only crawls.
	DB     *store.DB
	Checks []crawler.Check
	Keeper crawler.Keeper // the evidence folder, for captures of crawlers on other machines
	Assess func(of audit.Stream, text string) audit.Assessment
	Manner func(text string) audit.Manner // of an organisation's own comment; may be nil
	// Duties say of which organisations a check is asked; the zero value: of all.
	Duties audit.Duties
	Rate   func(o audit.Organisation, answers []store.ScoreInput, at time.Time) []audit.Score
	// Alert does the work of one event and marks it for store.AlertStage; nil: nobody is told, and events wait.
	Alert func(context.Context, audit.Event) error
	// Recorded is told of every commit, for progress and metrics; it may be nil and must not block.
	Recorded func(audit.Visit, store.Recorded)
	// Hold says why no new visits should be begun now, as on a disk that is nearly full; nil, and what it gives nil: go on.
	Hold func() error
	// Light asks for light visits only: no contact is configured.
	Light bool
	// Due gives what is due; nil: the database's own Due.
	Due func(ctx context.Context, now time.Time, limit int) ([]audit.Job, error)
	// Every is the time between two looks at what is due; 0 means 5 s.
	Every time.Duration
}

// Stages lists the stages of these parts in the order for Run: takers first.
func (p Parts) Stages() []Stage {
	var stages []Stage
	var hold func() bool
	if p.DB != nil {
		record, rest := p.keeping()
		stages, hold = rest, func() bool { return record.Stalled() || p.Hold != nil && p.Hold() != nil }
	}
	if p.Visit != nil {
		crawl := &Crawl{Broker: p.Broker, Keys: p.Keys, Visit: p.Visit, Shipper: p.Shipper, Hands: p.Hands, Most: p.Most, Hold: p.Hold, Log: p.Log}
		stages = append(stages, Stage{"crawl", crawl.Run})
	}
	if p.DB != nil {
		schedule := &Schedule{Broker: p.Broker, Keys: p.Keys, Due: p.Due, Memory: p.DB.Memory, Hold: hold, Light: p.Light, Every: p.Every, Log: p.Log}
		if schedule.Due == nil {
			schedule.Due = p.DB.Due
		}
		stages = append(stages, Stage{"schedule", schedule.Run})
	}
	return stages
}

// keeping makes the stages that take what was seen.
func (p Parts) keeping() (*Record, []Stage) {
	dead := &Dead{Broker: p.Broker, Keep: p.DB.KeepDeadLetter, Log: p.Log}
	relay := &Relay{Broker: p.Broker, Unmarked: p.DB.Unmarked, Asked: p.DB.AskedAgain, Consumers: []string{ConsumerScore}, Log: p.Log}
	score := &Score{Broker: p.Broker, DB: p.DB, Assess: p.Assess, Manner: p.Manner, Rate: p.Rate, Announce: relay.Announce, Log: p.Log}
	record := &Record{
		Broker: p.Broker, Keys: p.Keys, DB: p.DB, Checks: p.Checks, Duties: p.Duties, Keeper: p.Keeper, Log: p.Log,
		Committed: func(ctx context.Context, v audit.Visit, r store.Recorded) {
			relay.Announce(ctx, r.Events)
			if p.Recorded != nil {
				p.Recorded(v, r)
			}
		},
	}
	stages := []Stage{{"dead", dead.Run}}
	if p.Alert != nil {
		relay.Consumers = append(relay.Consumers, ConsumerAlert)
		alert := &Events{
			Broker: p.Broker, Name: ConsumerAlert, Kinds: []audit.EventKind{audit.EventChange, audit.EventAssessed}, Handle: p.Alert, Log: p.Log,
		}
		stages = append(stages, Stage{"alert", alert.Run})
	}
	return record, append(stages, Stage{"score", score.Run}, Stage{"relay", relay.Run}, Stage{"record", record.Run})
}
