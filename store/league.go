package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"doorknock/audit"
)

// League is what the public may see of all listed organisations' doors at one moment. It answers every choice of
// questions without the database, and nobody changes it.
type League struct {
	kinds []Asked // kinds of door that came up, by number; Counts and Shown are not set
	orgs  []leagueOrganisation
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

// League reads every listed organisation's doors in one pass over state_now_door, which holds all that is needed: no row
// with its evidence is fetched. Each organisation's doors come as one text, as "web comments 0,web forum 4": a row of the
// driver costs more than all the counting.
func (p *Public) League(ctx context.Context) (*League, error) {
	l := &League{}
	numbers := map[string]uint16{}
	args := []any{stamp(p.now), stamp(p.now.Add(-staleCrawl)), stamp(p.now.Add(-staleWitness))}
	err := p.db.list(ctx, `SELECT o.id, o.name, o.nation, o.sector, o.homes,
			(SELECT group_concat(c.platform) FROM channel c WHERE c.organisation = o.id AND c.listed = 1),
			(SELECT group_concat(s.platform || ' ' || s.check_id || ' ' || `+leagueWord+`) FROM state_now s INDEXED BY state_now_door
				WHERE s.organisation = o.id AND s.scope = '' AND s.channel NOT IN (SELECT id FROM channel WHERE listed = 0))
		FROM organisation o WHERE o.listed = 1`, args, func(r *sql.Rows) error {
		var o leagueOrganisation
		var places, doors sql.NullString
		if err := r.Scan(&o.ID, &o.Name, &o.Nation, &o.Sector, &o.Homes, &places, &doors); err != nil {
			return err //nolint:wrapcheck // wrapped below
		}
		for place := range listed(places.String) {
			o.places = append(o.places, audit.Platform(place))
		}
		o.doors = l.read(doors.String, numbers)
		l.orgs = append(l.orgs, o)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list organisations with their doors: %w", err)
	}
	return l, nil
}

// listed gives the parts of a group_concat.
func listed(text string) func(func(string) bool) {
	if text == "" {
		return func(func(string) bool) {}
	}
	return strings.SplitSeq(text, ",")
}

// read numbers the kinds of door that a text names.
func (l *League) read(text string, numbers map[string]uint16) (doors []leagueDoor) {
	if text != "" {
		doors = make([]leagueDoor, 0, 1+strings.Count(text, ","))
	}
	for part := range listed(text) {
		name, word := part[:len(part)-2], part[len(part)-1]-'0'
		n, known := numbers[name]
		if !known {
			n = uint16(len(l.kinds)) //nolint:gosec // kinds of door are a table of ours
			name = strings.Clone(name)
			platform, check, _ := strings.Cut(name, " ")
			numbers[name], l.kinds = n, append(l.kinds, Asked{Platform: audit.Platform(platform), Check: audit.CheckID(check)})
		}
		doors = append(doors, leagueDoor{n, word})
	}
	return doors
}

// Rows counts the doors of the kinds asked for, of every listed organisation, in no order. duties says which questions of
// sites bind an organisation of a nation and sector now; nil: none.
func (l *League) Rows(asked []Asked, duties func(nation, sector string) []audit.CheckID) []LeagueRow {
	wanted := make([]Asked, len(l.kinds)) // of kinds that are not asked for: neither counted nor shown
	type doors struct{ counts, shows int }
	each := map[audit.Platform]doors{} // of one place
	for _, a := range asked {
		t := each[a.Platform]
		t.counts += once(a.Counts)
		t.shows += once(a.Shown)
		each[a.Platform] = t
		if i := l.kind(a); i >= 0 {
			wanted[i] = a
		}
	}
	limited := slices.DeleteFunc(slices.Clone(asked), func(a Asked) bool { return len(a.Of.Nations)+len(a.Of.Sectors) == 0 })
	numbers := make(map[audit.CheckID]int, len(l.kinds))
	for i, k := range l.kinds {
		if k.Platform == audit.Web {
			numbers[k.Check] = i
		}
	}
	rows := make([]LeagueRow, 0, len(l.orgs))
	for _, o := range l.orgs {
		row := o.LeagueRow
		for _, d := range o.doors {
			if a := wanted[d.kind]; a.Of.Holds(audit.Organisation{Nation: o.Nation, Sector: o.Sector}) {
				row.add(a, tallyWords[d.word], 1)
			}
		}
		counts, shows := 0, 0
		for _, p := range o.places {
			counts += each[p].counts
			shows += each[p].shows
			for _, a := range limited {
				if a.Platform == p && !a.Of.Holds(audit.Organisation{Nation: o.Nation, Sector: o.Sector}) {
					counts, shows = counts-once(a.Counts), shows-once(a.Shown)
				}
			}
		}
		row.Counted.Unknown += max(0, counts-row.Counted.Total()) // at these nobody has looked
		row.Shown.Unknown += max(0, shows-row.Shown.Total())
		l.foldSites(&row, o, asked)
		if duties != nil {
			row.Duties = o.duties(duties(o.Nation, o.Sector), numbers)
		}
		rows = append(rows, row)
	}
	return rows
}

// foldSites makes one door of those of several sites, where a question is asked of an organisation's sites as a whole.
func (l *League) foldSites(row *LeagueRow, o leagueOrganisation, asked []Asked) {
	sites := 0
	for _, p := range o.places {
		sites += once(p == audit.Web)
	}
	if sites < 2 {
		return
	}
	for _, a := range asked {
		if !a.Site || a.Platform != audit.Web || !a.Of.Holds(audit.Organisation{Nation: o.Nation, Sector: o.Sector}) {
			continue
		}
		group, i := make([]siteDoor, 0, sites), l.kind(a)
		for _, d := range o.doors {
			if int(d.kind) == i {
				group = append(group, siteDoor{word: tallyWords[d.word]})
			}
		}
		for len(group) < sites {
			group = append(group, siteDoor{word: audit.Unknown.String()})
		}
		for _, d := range group {
			row.add(a, d.word, -1)
		}
		row.add(a, best(group).word, 1)
	}
}

// duties counts the questions that bind an organisation by what its sites say together. One at which nobody has looked, on
// any of its sites, is unknown.
func (o leagueOrganisation) duties(bound []audit.CheckID, numbers map[audit.CheckID]int) (t Tally) {
	sites := 0
	for _, p := range o.places {
		sites += once(p == audit.Web)
	}
	for _, c := range bound {
		n, seen := numbers[c]
		group := make([]siteDoor, 0, max(sites, 1))
		for _, d := range o.doors {
			if seen && int(d.kind) == n {
				group = append(group, siteDoor{word: tallyWords[d.word]})
			}
		}
		for len(group) < max(sites, 1) {
			group = append(group, siteDoor{word: audit.Unknown.String()})
		}
		t.add(best(group).word, 1)
	}
	return t
}

// kind is the number of a kind of door; -1 where none was ever looked at.
func (l *League) kind(a Asked) int {
	return slices.IndexFunc(l.kinds, func(k Asked) bool { return k.Platform == a.Platform && k.Check == a.Check })
}

func (r *LeagueRow) add(a Asked, word string, n int) {
	if a.Counts {
		r.Counted.add(word, n)
	}
	if a.Shown {
		r.Shown.add(word, n)
	}
}

func once(b bool) int {
	if b {
		return 1
	}
	return 0
}
