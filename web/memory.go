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

// leagueMemory keeps the league between two writes to the database, by whatever process, so that many readers at once
// cost one reading, whatever each of them chose.
type leagueMemory struct {
	mu      sync.Mutex
	held    *store.League
	version int64
	at      time.Time
}

// leagueRows gives the rows for one question, or for all where check is "", and when anybody was last looked at.
func (s *site) leagueRows(ctx context.Context, check audit.CheckID) ([]store.LeagueRow, time.Time, error) {
	league, err := s.leagueNow(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	asked := s.asked()
	for i := range asked {
		asked[i].Shown = check == "" || asked[i].Check == check
	}
	now := s.now()
	return league.Rows(asked, func(nation, sector string) []audit.CheckID {
		return s.duties.InForce(audit.Organisation{Nation: nation, Sector: sector}, now)
	}), league.Looked, nil
}

func (s *site) leagueNow(ctx context.Context) (*store.League, error) {
	m := s.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	now := s.now()
	version, err := s.db.Version(ctx) // before reading: a write between makes the next reader read anew
	if err != nil {
		return nil, err
	}
	if m.held != nil && m.version == version && now.Sub(m.at).Abs() < rememberFor {
		return m.held, nil
	}
	held, err := s.db.Public(now).League(ctx, m.held)
	if err != nil {
		return nil, err
	}
	m.held, m.version, m.at = held, version, now
	return held, nil
}
