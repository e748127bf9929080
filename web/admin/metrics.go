package admin

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"doorknock/store"
)

// maxQuery is how long the counts may take.
const maxQuery = 5 * time.Second

// metrics serves what other parts registered, and the counts of the store. It counts no states by word: what is held
// would show in the difference.
func (s *site) metrics(registry *prometheus.Registry) http.Handler {
	own := prometheus.NewRegistry()
	own.MustRegister(newGauges(s), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	all := prometheus.Gatherers{own}
	if registry != nil {
		all = append(all, registry)
	}
	return promhttp.HandlerFor(all, promhttp.HandlerOpts{})
}

// gauges reads the store's counts when they are asked for.
type gauges struct {
	site                                                             *site
	organisations, channels, never, due, pending, texts, size, clock *prometheus.Desc
	held, unmarked, rows, visited, saw, dead, quarantined, hooks     *prometheus.Desc
	failing, sent, heartbeat, unread, away                           *prometheus.Desc
}

func newGauges(s *site) *gauges {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("doorknock_"+name, help, labels, nil)
	}
	return &gauges{
		site:          s,
		organisations: desc("organisations", "Listed organisations."),
		channels:      desc("channels", "Listed channels."),
		never:         desc("channels_never_visited", "Listed channels that were never visited."),
		due:           desc("channels_due", "Listed channels that are due now."),
		pending:       desc("states_pending", "States that wait for a second look."),
		texts:         desc("comment_texts", "Comments whose text is kept."),
		clock:         desc("clock_ahead_seconds", "How far the clock was ahead at the last visit of this day that found it wrong, as most visited sites agree; less than 0: behind; 0: none did."),
		size:          desc("database_bytes", "Size of the database file, its log aside."),
		held:          desc("states_held", "Confirmed states that are held from the public, by why.", "reason"),
		unmarked:      desc("events_unmarked", "Events to be dealt with, by consumer.", "consumer"),
		dead:          desc("dead_letters", "Work that was given up and not done since, by stream.", "stream"),
		quarantined:   desc("quarantined", "Questions whose answers are held because many moved at once, by platform and check.", "platform", "check"),
		unread:        desc("places_unread", "Listed places that could not be read at their last looks, from the third on, by cause.", "cause"),
		failing:       desc("receiver_failing", "1 while the last attempts at a receiver have failed, else 0.", "receiver"),
		sent:          desc("receiver_last_sent_timestamp_seconds", "When a receiver last took a message.", "receiver"),
		heartbeat:     desc("heartbeat_last_timestamp_seconds", "When the heartbeat's address last took a ping."),
		rows:          desc("rows", "Rows by table.", "table"),
		visited:       desc("last_visit_timestamp_seconds", "When a platform was last looked at.", "platform"),
		hooks:         desc("hooks_30_days", "Requests that platforms and Slack sent by themselves in the last thirty days, by sender and what became of them.", "from", "outcome"),
		away:          desc("queue_away_seconds", "For how long the queue could not be reached; 0: it can be. What waits for it is among the channels that are due and the events unmarked."),
		saw:           desc("last_seen_timestamp_seconds", "When a look at a platform last saw something.", "platform"),
	}
}

// Describe names the families.
func (g *gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.organisations, g.channels, g.never, g.due, g.pending, g.texts, g.size, g.clock, g.held,
		g.unmarked, g.rows, g.visited, g.saw, g.dead, g.quarantined, g.hooks, g.failing, g.sent, g.heartbeat, g.unread, g.away} {
		ch <- d
	}
}

// Collect counts. Where the store cannot be read there is no figure, rather than a false one.
func (g *gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), maxQuery)
	defer cancel()
	s, err := g.site.db.Status(ctx, g.site.now())
	if err != nil {
		g.site.log.Error("rows could not be counted", "err", err)
		return
	}
	send := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	send(g.organisations, float64(s.Organisations))
	send(g.channels, float64(s.Channels))
	send(g.never, float64(s.Never))
	send(g.due, float64(s.Due))
	send(g.pending, float64(s.Pending))
	send(g.texts, float64(s.Texts))
	send(g.size, float64(s.Bytes))
	send(g.clock, s.Clock.Ahead.Seconds())
	for by, n := range s.Held {
		send(g.held, float64(n), by)
	}
	for by, n := range s.Unmarked {
		send(g.unmarked, float64(n), by)
	}
	for cause, n := range byCause(s.Unread) {
		send(g.unread, float64(n), string(cause))
	}
	for stream, n := range s.Dead {
		send(g.dead, float64(n), stream)
	}
	for _, q := range s.Quarantines {
		send(g.quarantined, 1, string(q.Platform), string(q.Check))
	}
	for table, n := range s.Rows {
		send(g.rows, float64(n), table)
	}
	for outcome, n := range s.Hooks {
		from, what := store.HookFrom(outcome)
		send(g.hooks, float64(n), strings.ToLower(from), what)
	}
	away := 0.0
	if !s.Queue.Since.IsZero() {
		away = max(g.site.now().Sub(s.Queue.Since).Seconds(), 1) // whatever the clock says by now, it is away
	}
	send(g.away, away)
	g.ages(s, send)
	for _, r := range s.Receivers {
		failing := 0.0
		if !r.FailingSince.IsZero() {
			failing = 1
		}
		send(g.failing, failing, r.Name)
	}
}

// byCause counts places; a cause of none is counted too, so that its end is seen.
func byCause(all []store.UnreadPlace) map[store.Cause]int {
	counts := map[store.Cause]int{store.NoAnswer: 0, store.TurnedAway: 0, store.NoRobots: 0}
	for _, p := range all {
		counts[p.Cause]++
	}
	return counts
}

// ages sends times, and none for what never happened.
func (g *gauges) ages(s store.Status, send func(*prometheus.Desc, float64, ...string)) {
	for _, r := range s.Receivers {
		if !r.SentAt.IsZero() {
			send(g.sent, float64(r.SentAt.Unix()), r.Name)
		}
	}
	if !s.Heartbeat.PingedAt.IsZero() {
		send(g.heartbeat, float64(s.Heartbeat.PingedAt.Unix()))
	}
	for p, f := range s.LastVisit {
		if !f.Visit.IsZero() {
			send(g.visited, float64(f.Visit.Unix()), string(p))
		}
		if !f.Saw.IsZero() {
			send(g.saw, float64(f.Saw.Unix()), string(p))
		}
	}
}
