package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

// asking is two questions on sites, one of which counts, and one on pages.
func asking() []Asked {
	return []Asked{{Platform: audit.Web, Check: "comments", Counts: true, Shown: true}, {Platform: audit.Web, Check: "forum", Counts: true}, {Platform: audit.Facebook, Check: "comments", Shown: true}}
}

func TestLeagueCountsWhatIsShown(t *testing.T) {
	const day = 24 * hour
	for _, c := range []struct {
		name    string
		looks   []audit.State // a day and more apart, from day0
		after   time.Duration // of the reading, from day0
		counted Tally
	}{
		{"never looked", nil, day, Tally{Unknown: 4}},
		{"open", []audit.State{audit.Open}, day, Tally{Open: 1, Unknown: 3}},
		{"closed once", []audit.State{audit.Closed}, day, Tally{Checking: 1, Unknown: 3}},
		{"closed twice", []audit.State{audit.Closed, audit.Closed}, 3 * day, Tally{Closed: 1, Unknown: 3}},
		{"absent", []audit.State{audit.Absent, audit.Absent}, 3 * day, Tally{Absent: 1, Unknown: 3}},
		{"restricted", []audit.State{audit.Restricted, audit.Restricted}, 3 * day, Tally{Restricted: 1, Unknown: 3}},
		{"open, then closed once", []audit.State{audit.Open, audit.Closed}, 3 * day, Tally{Checking: 1, Unknown: 3}},
		{"open, then unseen", []audit.State{audit.Open, audit.Unknown}, 3 * day, Tally{Open: 1, Unknown: 3}},
		{"open, long ago", []audit.State{audit.Open}, 45 * day, Tally{Unknown: 4}},
		{"open, not so long ago", []audit.State{audit.Open}, 45*day - time.Second, Tally{Open: 1, Unknown: 3}},
	} {
		db := open(t, nil)
		for i, s := range c.looks {
			record(t, db, look(oak(), day0.Add(time.Duration(i)*25*hour), s))
		}
		p := db.Public(day0.Add(c.after))
		rows := league(t, p, asking())
		if len(rows) != 1 {
			t.Fatalf("%s: %d rows", c.name, len(rows))
		}
		// The organisation has two sites: four doors that count (comments and forum on each), two that are shown.
		if d := cmp.Diff(c.counted, rows[0].Counted); d != "" {
			t.Errorf("%s: counted (-want +got):\n%s", c.name, d)
		}
		if n := rows[0].Shown.Total(); n != 2 {
			t.Errorf("%s: %d doors are shown, want 2", c.name, n)
		}
		o, err := p.Overview(t.Context(), asking()[:1], nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(rows[0].Shown, o.Doors); d != "" {
			t.Errorf("%s: the overview counts otherwise than the league (-league +overview):\n%s", c.name, d)
		}
		reasons := 0
		for _, r := range o.Reasons {
			reasons += r.N
		}
		if reasons != o.Doors.Unknown {
			t.Errorf("%s: %d reasons for %d unknown doors: %v", c.name, reasons, o.Doors.Unknown, o.Reasons)
		}
	}
}

func TestADoorBeingCheckedShowsNothingElse(t *testing.T) {
	db := open(t, nil)
	record(t, db, look(oak(), day0, audit.Open))
	record(t, db, look(oak(), day0.Add(hour), audit.Closed))
	o, err := db.Public(day0.Add(2*hour)).Organisation(t.Context(), "oak", day0)
	if err != nil {
		t.Fatal(err)
	}
	want := []Door{{Channel: oak().ID, Platform: audit.Web, URL: "https://oak.test/", Check: "comments", Checking: true, LookedAt: day0.Add(hour)}}
	if d := cmp.Diff(want, o.Doors); d != "" {
		t.Errorf("doors (-want +got):\n%s", d)
	}
}

func TestChangesPageByPage(t *testing.T) {
	db := open(t, nil)
	states := []audit.State{audit.Open, audit.Closed}
	for i := range 12 {
		for again := range 2 {
			record(t, db, look(oak(), day0.Add(time.Duration(i*2+again)*25*hour), states[i%2]))
		}
	}
	p := db.Public(day0.Add(2000 * hour))
	var got []string
	of := ChangesOf{Organisation: "oak", Limit: 4}
	for range 5 {
		page, err := p.Changes(t.Context(), of)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page {
			got = append(got, fmt.Sprintf("%s %v→%v %s %s", c.OrganisationName, c.From, c.To, c.URL, c.ConfirmedAt.Sub(day0)))
			of.Before, of.BeforeID = c.ConfirmedAt, c.ID
		}
	}
	if len(got) != 11 || got[0] != "Oak Homes open→closed https://oak.test/ 575h0m0s" || got[10] != "Oak Homes open→closed https://oak.test/ 75h0m0s" {
		t.Errorf("%d changes: %v", len(got), got)
	}
}

func league(t *testing.T, p *Public, asked []Asked) []LeagueRow {
	t.Helper()
	l, err := p.League(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return l.Rows(asked, nil)
}

func TestVersionSeesEveryCommit(t *testing.T) {
	db := open(t, nil)
	version := func() int64 {
		t.Helper()
		v, err := db.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	before := version()
	if err := db.Writable(t.Context()); err != nil {
		t.Fatal(err)
	}
	if version() != before {
		t.Error("the trial was committed")
	}
	record(t, db, look(oak(), day0, audit.Open))
	after := version()
	if after == before {
		t.Error("a commit was not seen")
	}
	beside := openBeside(t, db)
	if err := beside.write(t.Context(), "note", func(tx *tx) error { return tx.exec(`UPDATE channel SET lane = 'other.test'`) }); err != nil {
		t.Fatal(err)
	}
	if version() == after {
		t.Error("a commit by another process was not seen")
	}
}

// What the league counts for itself is what the gate shows, whatever was seen, held back, confirmed or grown old, whether
// it is read in whole or what an earlier one read is used again.
func TestLeagueCountsWhatTheGateShows(t *testing.T) {
	asked := []Asked{{Platform: audit.Web, Check: "comments", Counts: true, Shown: true}}
	seen := map[string]bool{}
	for seed := range uint64(8) {
		db := open(t, func(o *Options) { o.NoticeDays = int(seed % 3) })
		var earlier *League
		for _, r := range drawVisits(rand.New(rand.NewPCG(seed, 7)), 6) {
			r.Now = r.Visit.ObservedAt.Add(time.Second)
			record(t, db, r)
			for _, later := range []time.Duration{0, 3 * 24 * hour, 50 * 24 * hour, 3 * 24 * hour} {
				p := db.Public(r.Now.Add(later))
				rows := league(t, p, asked)
				if len(rows) != 1 {
					t.Fatalf("%d rows", len(rows))
				}
				var err error
				if earlier, err = p.League(t.Context(), earlier); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(rows, earlier.Rows(asked, nil)); d != "" {
					t.Fatalf("seed %d, %v after visit %s (-whole +from an earlier one):\n%s", seed, later, r.Visit.ID, d)
				}
				want := shownDoors(t, p, seen)
				want.Unknown += 2 - want.Total() // two sites; nobody has looked at one yet
				if d := cmp.Diff(want, rows[0].Counted); d != "" {
					t.Fatalf("seed %d, %v after visit %s (-gate +league):\n%s", seed, later, r.Visit.ID, d)
				}
			}
		}
	}
	if len(seen) < 5 {
		t.Errorf("of the words only %v came up", seen)
	}
}

// shownDoors counts what the gate shows, and notes the words that came up.
func shownDoors(t *testing.T, p *Public, seen map[string]bool) (all Tally) {
	t.Helper()
	states, err := p.states(t.Context(), `scope = ''`)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		word := s.State.String()
		if s.Checking {
			word = shownChecking
		}
		seen[word] = true
		all.add(word, 1)
	}
	return all
}

// An earlier reading of the league is used for those of whom nothing has changed, and forgets those who are listed no more.
func TestLeagueReadsAgainOnlyWhatChanged(t *testing.T) {
	db := open(t, nil)
	elm := site("elm", "elm.test", true)
	orgs := []audit.Organisation{{ID: "oak", Name: "Oak"}, {ID: "elm", Name: "Elm"}}
	sync := func(orgs []audit.Organisation, channels ...audit.Channel) {
		t.Helper()
		if err := db.SyncOrganisations(t.Context(), orgs, channels); err != nil {
			t.Fatal(err)
		}
	}
	sync(orgs, oak(), elm)
	record(t, db, look(oak(), day0, audit.Open))
	record(t, db, look(elm, day0, audit.Open))
	asked := []Asked{{Platform: audit.Web, Check: "comments", Counts: true, Shown: true}}
	now, l := day0.Add(hour), (*League)(nil)
	read := func(want string, again ...string) {
		t.Helper()
		before := l
		var err error
		if l, err = db.Public(now).League(t.Context(), before); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range l.Rows(asked, nil) {
			got = append(got, fmt.Sprintf("%s %s %+v", r.ID, r.Name, r.Shown))
		}
		slices.Sort(got)
		if d := cmp.Diff(want, strings.NewReplacer("Open:", "", "Restricted:", "", "Closed:", "", "Absent:", "", "Unknown:", "", "Checking:", "").Replace(strings.Join(got, ", "))); d != "" {
			t.Errorf("league (-want +got):\n%s", d)
		}
		var fresh []string
		for id, doors := range l.doors {
			if before == nil || len(doors) > 0 && (len(before.doors[id]) == 0 || &before.doors[id][0] != &doors[0]) {
				fresh = append(fresh, id)
			}
		}
		slices.Sort(fresh)
		if d := cmp.Diff(again, fresh); d != "" {
			t.Errorf("read again (-want +got):\n%s", d)
		}
	}
	read("elm Elm {1 0 0 0 0 0}, oak Oak {1 0 0 0 0 0}", "elm", "oak")
	read("elm Elm {1 0 0 0 0 0}, oak Oak {1 0 0 0 0 0}")
	record(t, db, look(oak(), day0.Add(6*hour), audit.Open)) // the same again changes nothing that is shown
	read("elm Elm {1 0 0 0 0 0}, oak Oak {1 0 0 0 0 0}")
	record(t, db, look(oak(), day0.Add(12*hour), audit.Closed))
	read("elm Elm {1 0 0 0 0 0}, oak Oak {0 0 0 0 0 1}", "oak")
	record(t, db, look(oak(), day0.Add(60*hour), audit.Closed))
	now = day0.Add(61 * hour)
	read("elm Elm {1 0 0 0 0 0}, oak Oak {0 0 1 0 0 0}", "oak")
	if err := db.Hold(t.Context(), "elm", "comments", now); err != nil {
		t.Fatal(err)
	}
	read("elm Elm {0 0 0 0 0 1}, oak Oak {0 0 1 0 0 0}", "elm")
	orgs[0].Name = "Oak Homes"
	sync(orgs, oak()) // elm's site is no longer on the list
	read("elm Elm {0 0 0 0 0 0}, oak Oak Homes {0 0 1 0 0 0}")
	sync(orgs[:1], oak())
	read("oak Oak Homes {0 0 1 0 0 0}")
	if len(l.doors) != 1 {
		t.Errorf("doors of %d organisations are kept, of which one is listed", len(l.doors))
	}
	sync(orgs, oak(), elm)
	read("elm Elm {0 0 0 0 0 1}, oak Oak Homes {0 0 1 0 0 0}", "elm")
	now = day0.Add(90 * 24 * hour) // nobody has looked for long, and no row tells
	read("elm Elm {0 0 0 0 0 1}, oak Oak Homes {0 0 0 0 1 0}", "elm", "oak")
	record(t, db, look(oak(), now, audit.Closed))
	read("elm Elm {0 0 0 0 0 1}, oak Oak Homes {0 0 1 0 0 0}", "oak")
}
