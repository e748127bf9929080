package web

import (
	"fmt"
	"net/http"
	"time"

	"doorknock/store"
)

// healthz says whether the process lives, its database takes a write, and nothing else keeps it from its work. It
// changes nothing: the write is taken back. A queue that cannot be reached is told and leaves it well: a supervisor that
// starts the program again would not bring it back, and the pages would be away as well.
func (s *site) healthz(w http.ResponseWriter, r *http.Request) {
	err := s.db.Writable(r.Context())
	if err == nil {
		err = s.health()
	}
	var queue store.QueueAway
	if err == nil {
		queue, err = s.db.QueueAway(r.Context(), s.now())
	}
	s.probe(w, err)
	if err == nil && !queue.Since.IsZero() {
		_, _ = fmt.Fprintf(w, "the queue cannot be reached since %s; looks that are due: %d, events that wait: %d\n",
			queue.Since.UTC().Format(time.RFC3339), queue.Looks, queue.Events)
	}
}

// readyz says whether pages can be made.
func (s *site) readyz(w http.ResponseWriter, r *http.Request) {
	_, err := s.db.Public(s.now()).LastLook(r.Context())
	s.probe(w, err)
}

func (s *site) probe(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err != nil {
		s.log.Debug("probe failed", "err", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = fmt.Fprintf(w, "not ok: %v\n", err)
		return
	}
	_, _ = fmt.Fprintln(w, "ok")
}
