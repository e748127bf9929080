//go:build !race

package web

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestTwoThousandOrganisations(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a large store")
	}
	w := newTown(t, nil)
	w.many(2000)
	pages := []string{"/", "/league", "/league?page=7&sort=name", "/league?check=forum&state=open", "/organisations/org-0007", "/changes", "/method", "/league.csv"}
	for _, path := range pages {
		body := w.ask(path, http.StatusOK)
		best := time.Hour
		for range 5 {
			start := time.Now()
			w.answer(http.MethodGet, path)
			best = min(best, time.Since(start))
		}
		t.Logf("%-36s %6d bytes %8s", path, len(body), best.Round(10*time.Microsecond))
		if len(body) > 100_000 && !strings.HasSuffix(path, ".csv") {
			t.Errorf("%s is %d bytes, want under 100,000", path, len(body))
		}
	}
	if rows := strings.Count(w.ask("/league?page=20", http.StatusOK), `scope="row"`); rows != leaguePage {
		t.Errorf("the last page has %d rows, want %d", rows, leaguePage)
	}
}
