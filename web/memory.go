package web

import (
	"context"
	"sync"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// rememberFor bounds how long an answer is used again: what time alone changes shows that much later, never earlier.
const rememberFor = 5 * time.Second

// leagueMemory keeps the rows of the league between two writes to the database, by whatever process, so that many readers at once cost one
// reading. There is one entry for each question that can be chosen, and one for all.
type leagueMemory struct {
	mu   sync.Mutex
	held map[audit.CheckID]leagueEntry
}

type leagueEntry struct {
	rows    []store.LeagueRow
	version int64
	at      time.Time
}

// leagueRows gives the rows for one question, or for all where check is "". Nobody changes them.
func (s *site) leagueRows(ctx context.Context, check audit.CheckID) ([]store.LeagueRow, error) {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	now := s.now()
	version, err := s.db.Version(ctx) // before reading: a write between makes the next reader read anew
	if err != nil {
		return nil, err
	}
	if e, ok := s.memory.held[check]; ok && e.version == version && now.Sub(e.at).Abs() < rememberFor {
		return e.rows, nil
	}
	asked := s.asked()
	for i := range asked {
		asked[i].Shown = check == "" || asked[i].Check == check
	}
	rows, err := s.db.Public(now).League(ctx, asked)
	if err != nil {
		return nil, err
	}
	if s.memory.held == nil {
		s.memory.held = map[audit.CheckID]leagueEntry{}
	}
	s.memory.held[check] = leagueEntry{rows, version, now}
	return rows, nil
}
