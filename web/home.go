package web

import (
	"net/http"
	"strings"

	"doorknock/store"
)

const (
	homeReasons = 6
	homeChanges = 5
)

// homePage says what was seen, before any rank.
type homePage struct {
	Fresh               bool // nobody has looked at anything yet
	Organisations, Seen int
	Doors, Unknown      int
	Tally               []tallyView
	Bar                 []barPart
	BarLabel            string
	Reasons             []reasonView
	Changes             []changeView
}

type tallyView struct {
	Chip  chip
	Shape string
	N     int
	Means string
}

type barPart struct {
	Shape    string
	X, Width int // thousandths
}

type reasonView struct {
	N     int
	Words string
}

func (s *site) home(w http.ResponseWriter, r *http.Request) error {
	public := s.db.Public(s.now())
	o, err := public.Overview(r.Context(), s.asked(), nil)
	if err != nil {
		return err
	}
	changes, err := public.Changes(r.Context(), store.ChangesOf{Limit: homeChanges})
	if err != nil {
		return err
	}
	page := homePage{
		Fresh: o.LastLook.IsZero(), Organisations: o.Organisations, Seen: o.Seen, Doors: o.Doors.Total(), Unknown: o.Doors.Unknown,
	}
	s.tally(&page, o.Doors)
	for i, reason := range o.Reasons {
		if i == homeReasons {
			break
		}
		page.Reasons = append(page.Reasons, reasonView{reason.N, s.words.say("reason." + string(reason.Reason))})
	}
	for _, c := range changes {
		page.Changes = append(page.Changes, s.changeView(c))
	}
	return s.show(w, r, "home", s.words.say("home.title"), o.LastLook, page)
}

// tally makes the figures and the bar; the bar's label says the same in words.
func (s *site) tally(page *homePage, t store.Tally) {
	var parts []string
	x, total := 0, max(t.Total(), 1)
	for i, n := range counts(t) {
		c := chip{shapes[i], s.words.say("state." + shapes[i])}
		page.Tally = append(page.Tally, tallyView{c, c.Shape, n, s.words.say("means." + c.Shape)})
		if n == 0 {
			continue
		}
		width := n * 1000 / total
		page.Bar = append(page.Bar, barPart{c.Shape, x, width})
		x += width
		parts = append(parts, s.words.say("home.bar.part", "n", n, "state", c.Word))
	}
	page.BarLabel = s.words.say("home.bar", "parts", strings.Join(parts, ", "))
}

// counts gives a tally's numbers in the order of shapes.
func counts(t store.Tally) [len(shapes)]int {
	return [...]int{t.Open, t.Restricted, t.Closed, t.Absent, t.Unknown, t.Checking}
}

// asked lists every kind of door: one question on one platform.
func (s *site) asked() []store.Asked {
	var all []store.Asked
	for _, c := range s.checks {
		if c.Published {
			continue
		}
		for _, p := range c.On {
			all = append(all, store.Asked{Platform: p, Check: c.ID, Counts: s.counts(c, p), Shown: true, Site: c.Site, Of: s.duties.Asked[c.ID]})
		}
	}
	return all
}
