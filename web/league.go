package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"doorknock/audit"
	"doorknock/score"
	"doorknock/store"
)

const leaguePage = 100

// choice is what a reader asked the table for. Whatever is not on a list of ours is as if it were not said.
type choice struct {
	nation, sector, check, state, sort string
	page                               int
}

var leagueSorts = [...]string{"door", "duties", "name", "coverage", "open", "unknown", "homes"}

func (s *site) choice(q url.Values) choice {
	listed := func(key string, values []string) string {
		if v := q.Get(key); slices.Contains(values, v) {
			return v
		}
		return ""
	}
	c := choice{
		nation: listed("nation", audit.Nations()), sector: listed("sector", audit.Sectors()),
		check: listed("check", s.checkIDs()), state: listed("state", shapes[:]), sort: listed("sort", leagueSorts[:]),
	}
	c.sort = cmp.Or(c.sort, leagueSorts[0])
	c.page, _ = strconv.Atoi(q.Get("page"))
	return c
}

func (s *site) checkIDs() []string {
	ids := make([]string, len(s.checks))
	for i, c := range s.checks {
		ids[i] = string(c.ID)
	}
	return ids
}

// address gives the table's address with one thing chosen differently.
func (c choice) address(path, key, value string) string {
	q := url.Values{}
	for k, v := range map[string]string{"nation": c.nation, "sector": c.sector, "check": c.check, "state": c.state} {
		if v != "" {
			q.Set(k, v)
		}
	}
	if c.sort != leagueSorts[0] {
		q.Set("sort", c.sort)
	}
	if key != "" {
		q.Set(key, value)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// standing is one organisation in the table.
type standing struct {
	store.LeagueRow
	mark audit.Score
	duty audit.Score
	rank int // 0: none
}

// standings reads the table, scores and ranks it among the organisations of the chosen nation and sector, then keeps
// those that have a door in the chosen state. looked is when anybody was last looked at.
func (s *site) standings(r *http.Request, c choice) (kept []*standing, ranked int, looked time.Time, err error) {
	rows, looked, err := s.leagueRows(r.Context(), audit.CheckID(c.check))
	if err != nil {
		return nil, 0, looked, err
	}
	peers := make([]*standing, 0, len(rows))
	for _, row := range rows {
		if (c.nation == "" || row.Nation == c.nation) && (c.sector == "" || row.Sector == c.sector) {
			peers = append(peers, &standing{LeagueRow: row, mark: markOf(row.Counted, score.PartDoor), duty: markOf(row.Duties, score.PartDuties)})
		}
	}
	ranked = rank(peers)
	kept = slices.DeleteFunc(peers, func(x *standing) bool { return !c.shows(x.Shown) })
	slices.SortStableFunc(kept, c.order())
	return kept, ranked, looked, nil
}

// shows reports whether an organisation with these doors belongs in the chosen table.
func (c choice) shows(t store.Tally) bool {
	if c.state == "" {
		return c.check == "" || t.Total() > 0
	}
	return counts(t)[slices.Index(shapes[:], c.state)] > 0
}

// markOf scores an organisation from how many of its counted doors, or of its duties, were seen how: both parts have one
// formula.
func markOf(t store.Tally, part string) audit.Score {
	return score.Counted{audit.Unknown: t.Unknown + t.Checking, audit.Open: t.Open, audit.Restricted: t.Restricted, audit.Closed: t.Closed, audit.Absent: t.Absent}.Mark(part)
}

// rank orders by Door score and gives ranks; equal scores share one, and under the coverage there is none. It leaves
// the rows with rank first, then by score, then by name, and says how many have a rank.
func rank(rows []*standing) int {
	slices.SortStableFunc(rows, func(a, b *standing) int {
		return cmp.Or(-cmp.Compare(side(a), side(b)), -cmp.Compare(value(a), value(b)), cmp.Compare(a.Name, b.Name))
	})
	n := 0
	for i := range rows {
		if side(rows[i]) == 0 {
			break
		}
		n++
		rows[i].rank = n
		if i > 0 && value(rows[i]) == value(rows[i-1]) {
			rows[i].rank = rows[i-1].rank
		}
	}
	return n
}

// side is 1 for a row that may have a rank.
func side(x *standing) int { return enough(x.mark) }

func value(x *standing) float64 { return reached(x.mark) }

// enough is 1 for a score of which enough is known: it has a band.
func enough(x audit.Score) int {
	if x.Band != "" {
		return 1
	}
	return 0
}

func reached(x audit.Score) float64 {
	if x.Value == nil {
		return -1
	}
	return *x.Value
}

// order sorts the table; rows come in the order of rank, which decides among equals.
func (c choice) order() func(a, b *standing) int {
	switch c.sort {
	case "duties":
		return func(a, b *standing) int {
			return cmp.Or(-cmp.Compare(enough(a.duty), enough(b.duty)), -cmp.Compare(reached(a.duty), reached(b.duty)))
		}
	case "name":
		return func(a, b *standing) int { return cmp.Compare(a.Name, b.Name) }
	case "coverage":
		return func(a, b *standing) int { return -cmp.Compare(a.mark.Coverage(), b.mark.Coverage()) }
	case "open":
		return func(a, b *standing) int { return -cmp.Compare(a.Shown.Open, b.Shown.Open) }
	case "unknown":
		return func(a, b *standing) int { return -cmp.Compare(a.Shown.Unknown, b.Shown.Unknown) }
	case "homes":
		return func(a, b *standing) int { return -cmp.Compare(homes(a), homes(b)) }
	}
	return func(_, _ *standing) int { return 0 }
}

func homes(x *standing) int {
	if x.Homes == nil {
		return -1
	}
	return *x.Homes
}

func (s *site) league(w http.ResponseWriter, r *http.Request) error {
	c := s.choice(r.URL.Query())
	rows, ranked, looked, err := s.standings(r, c)
	if err != nil {
		return err
	}
	return s.show(w, r, "league", s.words.say("league.title"), looked, s.leaguePage(c, rows, ranked))
}

func (s *site) leagueCSV(w http.ResponseWriter, r *http.Request) error {
	rows, _, _, err := s.standings(r, s.choice(r.URL.Query()))
	if err != nil {
		return err
	}
	f := newCSV("rank", "organisation", "name", "nation", "sector", "homes", "door_score", "band", "known", "applicable",
		"open", "restricted", "closed", "absent", "unknown", "being_checked", "method", "duties_score", "duties_band", "duties_known", "duties_applicable")
	for _, x := range rows {
		var place, stock, mark, duty any
		if x.rank > 0 {
			place = x.rank
		}
		if x.Homes != nil {
			stock = *x.Homes
		}
		if x.mark.Value != nil {
			mark = strconv.FormatFloat(*x.mark.Value, 'f', 1, 64)
		}
		if x.duty.Value != nil {
			duty = strconv.FormatFloat(*x.duty.Value, 'f', 1, 64)
		}
		t := x.Shown
		f.row(place, x.ID, x.Name, x.Nation, x.Sector, stock, mark, x.mark.Band, x.mark.Known, x.mark.Applicable,
			t.Open, t.Restricted, t.Closed, t.Absent, t.Unknown, t.Checking, x.mark.Method,
			duty, x.duty.Band, x.duty.Known, x.duty.Applicable)
	}
	f.send(w, "doorknock-league.csv")
	return nil
}
