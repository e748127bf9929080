package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

func acorn() audit.Channel { return site("oak", "acorn.test", true) }

// together opens a store in which both sites of oak are its own.
func together(t *testing.T) *DB {
	t.Helper()
	db := open(t, nil)
	if err := db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "oak", Name: "Oak Homes", Nation: audit.England, Sector: "council"},
		{ID: "elm", Name: "Elm Homes", Nation: audit.England, Sector: "council"}}, []audit.Channel{oak(), acorn(), site("elm", "elm.test", true)}); err != nil {
		t.Fatal(err)
	}
	return db
}

// TestSeveralSitesAreOneDoor goes through every pair of what two sites may show, "nobody has looked" among it: league
// and overview count one door, the one that stands for the organisation, and an organisation with one site as before.
func TestSeveralSitesAreOneDoor(t *testing.T) {
	answers := []string{"", "open", "restricted", "closed", "absent", "unknown", shownChecking}
	asked := []Asked{{Platform: audit.Web, Check: "comments", Counts: true, Shown: true, Site: true}}
	for _, first := range answers {
		for _, second := range answers {
			db := together(t)
			for c, word := range map[audit.Channel]string{acorn(): first, oak(): second} {
				switch word {
				case "":
				case shownChecking:
					record(t, db, look(c, day0, audit.Closed))
				default:
					s := siteAnswer(word).State
					record(t, db, look(c, day0, s))
					record(t, db, look(c, day0.Add(25*hour), s))
				}
			}
			p := db.Public(day0.Add(48 * hour))
			var want Tally
			group := []siteDoor{{word: first, unseen: first == ""}, {word: second, unseen: second == ""}}
			want.add(best(group).word, 1)
			rows := league(t, p, asked)
			slices.SortFunc(rows, func(a, b LeagueRow) int { return len(b.Name) - len(a.Name) })
			at := slices.IndexFunc(rows, func(r LeagueRow) bool { return r.ID == "oak" })
			if d := cmp.Diff([]Tally{want, want, {Unknown: 1}}, []Tally{rows[at].Counted, rows[at].Shown, rows[1-at].Counted}); d != "" {
				t.Errorf("%q and %q in the league (-want +got):\n%s", first, second, d)
			}
			o, err := p.Overview(t.Context(), asked, nil)
			if err != nil {
				t.Fatal(err)
			}
			want.Unknown++ // elm's
			n := 0
			for _, r := range o.Reasons {
				n += r.N
			}
			if d := cmp.Diff(want, o.Doors); d != "" || n != want.Unknown {
				t.Errorf("%q and %q in the overview, %d reasons for %d unknown (-want +got):\n%s", first, second, n, want.Unknown, d)
			}
		}
	}
}

// TestTheLaterOfTwoChangesFindsTheEarlier: whichever change is told first, each is told beside what the other site said
// when it came.
func TestTheLaterOfTwoChangesFindsTheEarlier(t *testing.T) {
	db := together(t)
	for i, c := range []audit.Channel{oak(), acorn()} {
		for n, s := range []audit.State{audit.Open, audit.Open, audit.Absent, audit.Absent} {
			record(t, db, look(c, day0.Add(time.Duration(n)*25*hour+time.Duration(i)*hour), s))
		}
	}
	got := map[string]string{}
	for _, change := range changesOf(t, db) {
		for _, published := range []bool{false, true} {
			others, err := db.otherSites(t.Context(), change, published, day0.Add(2000*hour))
			if err != nil {
				t.Fatal(err)
			}
			got[fmt.Sprint(change.Channel == oak().ID, published)] = fmt.Sprintf("%v %v", others, audit.ChangesOverSites(change.From, change.To, others))
		}
	}
	want := map[string]string{"true false": "[open] false", "true true": "[open] false", "false false": "[absent] true", "false true": "[absent] true"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func changesOf(t *testing.T, db *DB) (all []audit.Change) {
	t.Helper()
	shown, err := db.Public(day0.Add(2000*hour)).changes(t.Context(), `1 ORDER BY observed_at`)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range shown {
		all = append(all, c.Change)
	}
	if len(all) != 2 {
		t.Fatalf("%d changes, want one of each site", len(all))
	}
	return all
}

// TestScoreInputsNameEverySite: a site at which nobody has looked is unknown, and not left out.
func TestScoreInputsNameEverySite(t *testing.T) {
	db := together(t)
	record(t, db, look(oak(), day0.Add(-hour), audit.Open))
	got, err := db.ScoreInputs(t.Context(), "oak")
	if err != nil {
		t.Fatal(err)
	}
	want := []ScoreInput{{Channel: oak().ID, Platform: audit.Web, Check: "comments", State: audit.Open}, {Channel: acorn().ID, Platform: audit.Web, Check: "comments"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
