//go:build nightly

package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorknock/cmd/doorknock/town"
)

// From a complaint on a page of the town to the stand-in's receipt, with group_wait 0s: 99 of a hundred within two seconds of the
// reading of the last page of the visit that brought it, and the figures of /metrics say the same. They come one after the other: of
// many at once a receiver is told five a second, and the line of them would be measured.
func TestFromPageToReceipt(t *testing.T) {
	const complaints, within = 100, 2 * time.Second
	where := openTown(t, town.Old())
	where.Change(town.QuarryLane, func(s *town.Site) { s.Down = false })
	r := newRig(t, where, "")
	settings := strings.Replace(r.settings(), "group_wait: 200ms, group_interval: 200ms", "group_wait: 0s, group_interval: 0s", 1)
	if !strings.Contains(settings, "complaints:") { // each complaint by itself
		settings = strings.Replace(settings, "alerts:\n", "alerts:\n  complaints: each\n", 1)
	}
	r.write("doorknock.yaml", settings)
	r.start()
	r.until("a first look at the three", time.Minute, func() bool {
		return r.has(`SELECT 1 WHERE (SELECT count(DISTINCT c.organisation) FROM visit v JOIN channel c ON c.id = v.channel
			WHERE c.platform = 'web' AND c.organisation IN ('larkfield-homes', 'fernbank-housing', 'quarry-lane')) = 3`)
	})
	hosts := []string{town.Larkfield, town.Fernbank, town.QuarryLane}
	for n := range complaints {
		where.Change(hosts[n%len(hosts)], func(s *town.Site) {
			p := &s.Posts[0]
			p.Comments = append(p.Comments, town.Comment{ID: 1000 + n, Name: "Ruth P", At: time.Now().UTC().Truncate(time.Second),
				Text: fmt.Sprintf("Letter %04d: no heating or hot water for nine days and nobody has come. This is a disgrace.", n)})
		})
		r.until("it is told", time.Minute, func() bool {
			return r.has(fmt.Sprintf(`SELECT 1 FROM delivery d, json_each(d.alerts) j JOIN alert a ON a.id = j.value
				JOIN comment c ON c.id = a.ref WHERE d.state = 'sent' AND d.carried_by = '' AND c.text LIKE 'Letter %04d:%%'`, n))
		})
	}
	took := r.delays(t)
	if len(took) < complaints {
		t.Fatalf("%d complaints were told, want %d", len(took), complaints)
	}
	p99 := took[len(took)*99/100-1]
	t.Logf("%d complaints, seen to received: median %v, p99 %v, most %v", len(took), took[len(took)/2], p99, took[len(took)-1])
	if p99 > within {
		t.Errorf("p99 %v, want at most %v", p99, within)
	}
	_, page := get(t, r.out.operator(t)+"/metrics")
	if all, quick := bucket(t, page, `+Inf`), bucket(t, page, `2`); all < complaints || quick*100 < all*99 {
		t.Errorf("/metrics counts %d, of them %d in time", all, quick)
	}
}

// delays gives how long after it was seen each complaint's message was taken, the shortest first.
func (r *rig) delays(t *testing.T) []time.Duration {
	t.Helper()
	var all []time.Duration
	for _, row := range r.rows(`SELECT c.observed_at, d.sent_at FROM delivery d, json_each(d.alerts) j JOIN alert a ON a.id = j.value
		JOIN comment c ON c.id = a.ref WHERE d.state = 'sent' AND d.carried_by = '' AND c.text LIKE '%Letter %'`) {
		seen, sent, _ := strings.Cut(row, "|")
		from, err := time.Parse(time.RFC3339, seen)
		if err != nil {
			t.Fatal(err)
		}
		to, err := time.Parse(time.RFC3339, sent)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, to.Sub(from))
	}
	slices.Sort(all)
	return all
}

// bucket reads one bucket of the receiver's delays.
func bucket(t *testing.T, page, le string) int {
	t.Helper()
	for line := range strings.Lines(page) {
		if rest, ok := strings.CutPrefix(line, fmt.Sprintf(`doorknock_alert_delay_seconds_bucket{receiver="team",le="%s"} `, le)); ok {
			n, err := strconv.Atoi(strings.TrimSpace(rest))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no bucket %s in:\n%s", le, page)
	return 0
}
