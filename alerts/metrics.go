package alerts

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"doorknock/store"
)

// Metrics counts how long after something was seen it was told. Its labels are the names of receivers in the settings.
type Metrics struct{ delay *prometheus.HistogramVec }

// NewMetrics makes the counters. A restart begins them anew, as Prometheus expects.
func NewMetrics() *Metrics {
	return &Metrics{
		delay: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "doorknock_alert_delay_seconds",
			Help:    "From when what an alert tells was seen until its first message was taken, by receiver. Waits that the routes ask for are in it.",
			Buckets: []float64{0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 900, 3600, 6 * 3600, 24 * 3600},
		}, []string{"receiver"}),
	}
}

// Describe names the family.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) { m.delay.Describe(ch) }

// Collect gives the figures.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) { m.delay.Collect(ch) }

// note counts, of the first message about alerts, how old they were when it was taken. What was seen long ago by its nature (a
// first look's comments) is left out.
func (m *Metrics) note(receiver string, d store.Delivery, items []Item, now time.Time) {
	if d.Reminder || d.Escalates || d.Resolves {
		return
	}
	for _, i := range items {
		if i.Alert.Kind != store.AlertBacklog && !i.Alert.ObservedAt.IsZero() {
			m.delay.WithLabelValues(receiver).Observe(max(now.Sub(i.Alert.ObservedAt), 0).Seconds())
		}
	}
}
