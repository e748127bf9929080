package alerts

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"doorknock/store"
)

// Metrics counts what became of attempts at receivers, and how long after something was seen it was told. Its labels are the
// names of receivers in the settings and words of ours.
type Metrics struct {
	delay    *prometheus.HistogramVec
	attempts *prometheus.CounterVec
}

// NewMetrics makes the counters. A restart begins them anew, as Prometheus expects.
func NewMetrics() *Metrics {
	return &Metrics{
		delay: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "doorknock_alert_delay_seconds",
			Help:    "From when what an alert tells was seen until its first message was taken, by receiver. Waits that the routes ask for are in it.",
			Buckets: []float64{0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 900, 3600, 6 * 3600, 24 * 3600},
		}, []string{"receiver"}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorknock_delivery_attempts_total",
			Help: "Attempts to deliver a message, by receiver and by how they ended: taken, or why not: auth, rate, lost, refused, timeout, network, other.",
		}, []string{"receiver", "outcome"}),
	}
}

// Describe names the families.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	m.delay.Describe(ch)
	m.attempts.Describe(ch)
}

// Collect gives the figures.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	m.delay.Collect(ch)
	m.attempts.Collect(ch)
}

// endedAs is the word for how an attempt ended: taken, or why it was not.
func endedAs(err error) string {
	if err == nil {
		return "taken"
	}
	return string(whyFailed(err))
}

// note counts an attempt, and of the first word about alerts how old they were when it was taken. What was seen long ago by
// its nature (a first look's comments, what the lookout finds after a time) is left out.
func (m *Metrics) note(receiver string, d store.Delivery, items []Item, err error, now time.Time) {
	m.attempts.WithLabelValues(receiver, endedAs(err)).Inc()
	if err != nil || d.Reminder || d.Escalates || d.Resolves {
		return
	}
	for _, i := range items {
		if !slices.Contains(slow, i.Alert.Kind) && !i.Alert.ObservedAt.IsZero() {
			m.delay.WithLabelValues(receiver).Observe(max(now.Sub(i.Alert.ObservedAt), 0).Seconds())
		}
	}
}

// slow are the kinds that are told long after what they speak of was seen.
var slow = []store.AlertKind{store.AlertBacklog, store.AlertUnanswered, store.AlertSpike, store.AlertReviews, store.AlertMissing, store.AlertGood}
