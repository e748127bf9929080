//go:build nightly

package crawler

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"doorknock/audit"
)

// TestSlowSitesDelayNobodyOverSockets is TestSlowSitesDelayNobody over real connections: half a minute of real time.
func TestSlowSitesDelayNobodyOverSockets(t *testing.T) {
	const pages = 15
	s := httptest.NewServer(http.HandlerFunc(slowKinds[0].sites))
	t.Cleanup(s.Close)
	t.Cleanup(s.CloseClientConnections)
	took := func(slow int) time.Duration {
		plans := map[string]*listPlan{"healthy.org": {requests: pagesOf("healthy.org", pages)}}
		for i := range slow {
			plans[slowHost(i)] = &listPlan{requests: pagesOf(slowHost(i), pages)}
		}
		o := Options{Config: Config{Workers: 16, Pace: time.Second, MaxPages: 40, UserAgent: "doorknock/t"}, Hosts: map[string]string{}}
		for host := range plans {
			o.Hosts[host] = s.Listener.Addr().String()
		}
		r := newRig(t, o, nil)
		r.o.Platforms = []Platform{{Name: audit.Web, Plan: func(j audit.Job, _ Settings) Plan { return plans[j.Channel.ID] }}}
		defer r.stop()
		job := func(host string) audit.Job {
			j := jobFor("http://" + host + "/")
			j.ID, j.Channel.ID = host, host
			return j
		}
		for host := range plans {
			if host != "healthy.org" {
				r.Start(t.Context(), job(host), func(audit.Visit, error) {})
			}
		}
		start := time.Now()
		if _, err := r.Visit(t.Context(), job("healthy.org")); err != nil {
			t.Fatal(err)
		}
		if got := plans["healthy.org"].pages; len(got) != pages || got[pages-1].Problem() != "" {
			t.Errorf("%d pages of the healthy site", len(got))
		}
		return time.Since(start)
	}
	alone, beside := took(0), took(slowHosts)
	t.Logf("alone %v, beside %d slow sites %v", alone, slowHosts, beside)
	if beside > alone+alone/5 {
		t.Errorf("a healthy site's visit takes %v beside %d slow ones, %v alone", beside, slowHosts, alone)
	}
}
