package web

import (
	"fmt"
	"net/http"
)

// healthz says whether the process lives and its database takes a write. It changes nothing: the write is taken back.
func (s *site) healthz(w http.ResponseWriter, r *http.Request) {
	s.probe(w, s.db.Writable(r.Context()))
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
		s.log.Error("probe failed", "err", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = fmt.Fprintln(w, "not ok")
		return
	}
	_, _ = fmt.Fprintln(w, "ok")
}
