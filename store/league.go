package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
)

// League is what the public may see of all listed organisations' doors at one moment. It answers every choice of
// questions without the database, and nobody changes it.
type League struct {
	Looked time.Time // when anybody was last looked at; zero: never

	kinds []Asked // kinds of door that came up, by number; Counts and Shown are not set
	orgs  []leagueOrganisation

	// What the next reading of the league may use of this one.
	doors   map[string][]leagueDoor // by organisation
	numbers map[string]uint16       // of kinds, as "web comments"
	changes int64                   // of door_change, up to which doors were read
	at      time.Time
	until   time.Time // from then on time alone may have changed a door; zero: never
}

type leagueOrganisation struct {
	LeagueRow

	places []audit.Platform // of its listed channels
	doors  []leagueDoor     // at which somebody has looked
}

type leagueDoor struct {
	kind uint16
	word uint8 // an index of tallyWords
}

// LeagueRow is one listed organisation with its doors counted.
type LeagueRow struct {
	ID, Name, Nation, Sector string
	Homes                    *int
	Counted                  Tally // doors that count in the Door score
	Shown                    Tally // doors of the questions asked for
	Duties                   Tally // the questions that bind it, each once, whatever sites it has
}

// tallyWords are what leagueWord counts with: the words of doorsSeen, of which stale reads as unknown here.
var tallyWords = [...]string{"open", "restricted", "closed", "absent", "unknown", shownChecking}

// leagueWord gives for a row of state_now the number of the word that doorsSeen has for it. Said once it costs a third of the
// gate, which says it again for each column.
const leagueWord = `CASE WHEN s.pending <> 'unknown' THEN 5 WHEN s.state = 'unknown' THEN 4
	WHEN s.published_at IS NULL OR s.published_at > ?1 OR s.hold_reason <> '' THEN 5
	WHEN s.seen_at <= iif(s.how = 'witness', ?3, ?2) THEN 4
	WHEN s.state = 'open' THEN 0 WHEN s.state = 'restricted' THEN 1 WHEN s.state = 'closed' THEN 2 WHEN s.state = 'absent' THEN 3 ELSE 4 END`

// League reads every listed organisation's doors. Of an earlier reading it uses again the doors of organisations of which
// door_change tells nothing new, as long as time alone cannot have changed one: to read 80,000 doors takes some fifty
// milliseconds, and between two readers those of a few organisations change. nil: there was none.
func (p *Public) League(ctx context.Context, earlier *League) (*League, error) {
	l := &League{at: p.now, numbers: map[string]uint16{}, doors: map[string][]leagueDoor{}}
	usable := earlier != nil && !p.now.Before(earlier.at) && (earlier.until.IsZero() || p.now.Before(earlier.until))
	after := int64(-1)
	if usable {
		l.kinds, l.numbers, l.until, after = slices.Clip(earlier.kinds), maps.Clone(earlier.numbers), earlier.until, earlier.changes
	}
	changed, err := p.doorChanges(ctx, l, after) // before the doors: what changes between is read again the next time
	if err == nil {
		err = p.leagueOrganisations(ctx, l)
	}
	if err != nil {
		return nil, err
	}
	if !usable {
		return l, p.readDoors(ctx, l, nil)
	}
	for _, o := range l.orgs {
		if doors, known := earlier.doors[o.ID]; known && !changed[o.ID] {
			l.doors[o.ID] = doors
		} else {
			changed[o.ID] = true
		}
	}
	if len(changed) == 0 {
		l.give()
		return l, nil
	}
	return l, p.readDoors(ctx, l, changed)
}

// doorChanges lists the organisations with a change of a door after the one of that number, and notes the number of the
// newest. after is -1 where nobody asks for the list.
func (p *Public) doorChanges(ctx context.Context, l *League, after int64) (map[string]bool, error) {
	changed := map[string]bool{}
	err := p.db.list(ctx, `SELECT coalesce(max(n), 0), coalesce(group_concat(iif(?1 >= 0, organisation, NULL)), '') FROM door_change WHERE n > ?1`,
		[]any{after}, func(r *sql.Rows) error {
			var ids string
			err := r.Scan(&l.changes, &ids)
			for id := range listed(ids) {
				changed[id] = true
			}
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list organisations with another door: %w", err)
	}
	l.changes = max(l.changes, after)
	return changed, nil
}

// apart and line part the values and rows of one text, which no value of the list holds: a row of the driver costs more
// than all the counting, so each statement gives one.
const (
	apart = "\x1f"
	line  = "\x1e"
)

// leagueOrganisations reads the list, the places of each organisation, and the last look at any.
func (p *Public) leagueOrganisations(ctx context.Context, l *League) error {
	var list, places string
	var looked time.Time
	err := p.db.list(ctx, `SELECT coalesce((SELECT group_concat(concat_ws(?1, id, name, nation, sector, coalesce(homes, '')), ?2) FROM organisation WHERE listed = 1), ''),
			coalesce(group_concat(concat_ws(' ', organisation, platform)), ''), max(last_visit_at) FROM channel WHERE listed = 1`, []any{apart, line},
		func(r *sql.Rows) error { return r.Scan(&list, &places, at(&looked)) })
	if err != nil {
		return fmt.Errorf("list organisations with their places: %w", err)
	}
	l.Looked = looked
	of := map[string][]audit.Platform{}
	for place := range listed(places) {
		id, platform, _ := strings.Cut(place, " ")
		of[id] = append(of[id], audit.Platform(platform))
	}
	l.orgs = make([]leagueOrganisation, 0, 1+strings.Count(list, line))
	for row := range strings.SplitSeq(list, line) {
		v := strings.Split(row, apart)
		if len(v) != 5 {
			break // nobody is listed
		}
		o := leagueOrganisation{LeagueRow: LeagueRow{ID: v[0], Name: v[1], Nation: v[2], Sector: v[3]}, places: of[v[0]]}
		if n, err := strconv.Atoi(v[4]); err == nil {
			o.Homes = &n
		}
		l.orgs = append(l.orgs, o)
	}
	return nil
}

// readDoors reads the doors of these organisations, nil: of all, in one pass over state_now_door, which holds all that is
// needed: no row with its evidence is fetched. They come as one text, as "oak web comments 0,oak web forum 4".
func (p *Public) readDoors(ctx context.Context, l *League, only map[string]bool) error {
	crawl, witness := p.now.Add(-staleCrawl), p.now.Add(-staleWitness)
	query, args := doorsOfLeague, []any{stamp(p.now), stamp(crawl), stamp(witness)}
	if only != nil {
		query, args = query+` AND s.organisation IN (SELECT value FROM json_each(?4))`, append(args, asJSON(slices.Collect(maps.Keys(only))))
	}
	var doors sql.NullString
	var notice, look, word time.Time
	err := p.db.list(ctx, query, args, func(r *sql.Rows) error { return r.Scan(&doors, at(&notice), at(&look), at(&word)) })
	if err != nil {
		return fmt.Errorf("read the doors of the league: %w", err)
	}
	l.ends(notice, 0)
	l.ends(look, staleCrawl)
	l.ends(word, staleWitness)
	for part := range listed(doors.String) {
		l.read(part)
	}
	l.give()
	return nil
}

// doorsOfLeague gives all doors as one text, the first end of a notice, and the oldest looks that are not too old yet.
const doorsOfLeague = `SELECT group_concat(concat_ws(' ', s.organisation, s.platform, s.check_id, ` + leagueWord + `)),
		min(iif(s.published_at > ?1, s.published_at, NULL)),
		min(iif(s.seen_at > ?2 AND s.how <> 'witness', s.seen_at, NULL)), min(iif(s.seen_at > ?3 AND s.how = 'witness', s.seen_at, NULL))
	FROM state_now s INDEXED BY state_now_door WHERE s.scope = '' AND s.channel NOT IN (SELECT id FROM channel WHERE listed = 0)`

// ends notes that what was seen at a time stands for that long.
func (l *League) ends(seen time.Time, stands time.Duration) {
	if end := seen.Add(stands); !seen.IsZero() && (l.until.IsZero() || end.Before(l.until)) {
		l.until = end
	}
}

// give hands every organisation its doors, and lets go of those of others.
func (l *League) give() {
	held := make(map[string][]leagueDoor, len(l.orgs))
	for i, o := range l.orgs {
		l.orgs[i].doors = l.doors[o.ID]
		held[o.ID] = l.doors[o.ID]
	}
	l.doors = held
}

// listed gives the parts of a group_concat.
func listed(text string) func(func(string) bool) {
	if text == "" {
		return func(func(string) bool) {}
	}
	return strings.SplitSeq(text, ",")
}

// read takes one door of the text and numbers its kind.
func (l *League) read(part string) {
	id, rest, _ := strings.Cut(part, " ")
	name, word := rest[:len(rest)-2], rest[len(rest)-1]-'0'
	n, known := l.numbers[name]
	if !known {
		n = uint16(len(l.kinds)) //nolint:gosec // kinds of door are a table of ours
		name = strings.Clone(name)
		platform, check, _ := strings.Cut(name, " ")
		l.numbers[name], l.kinds = n, append(l.kinds, Asked{Platform: audit.Platform(platform), Check: audit.CheckID(check)})
	}
	l.doors[id] = append(l.doors[id], leagueDoor{n, word})
}
