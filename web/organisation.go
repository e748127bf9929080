package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/score"
	"doorknock/store"
)

const (
	commentDays  = 84 // twelve weeks: the stretch over which comments are counted
	fewComments  = 5  // fewer are not told apart
	shownChanges = 50
)

// organisationPage answers the tenant's question first: where can I speak to them?
type organisationPage struct {
	ID, Name, Kind, Former string
	OldPages               []string // under a former name, and still up
	Homes                  int
	Open, Restricted       []doorView
	Answer, Also           string
	Places                 []placeView
	Score                  scoreView
	Duties                 dutiesView
	Changes                []changeView
	Said                   []valueChangeView // what is said beside a state, and changed
	Corrections            []correctionView
	Comments               string
	Talk                   talkView
	CSV                    string
}

type placeView struct {
	Place, URL string
	Notes      []string
	Doors      []doorView
	Published  []doorView // what is asked of what is published

	Unseen, UnseenPublished []unseenView
}

// unseenView are the questions of a place that were never answered, for one reason.
type unseenView struct {
	Chip   chip
	Lines  []string
	Looked time.Time
	Titles []string
}

type scoreView struct {
	Has    bool
	Value  string
	Band   string
	Cover  string
	Method int
	Parts  []partView
}

type partView struct {
	Title, Place, Value string
	Chip                chip
}

func (s *site) organisation(w http.ResponseWriter, r *http.Request) error {
	id, asCSV := strings.CutSuffix(r.PathValue("id"), ".csv")
	if !audit.ValidOrganisationID(id) {
		return fmt.Errorf("organisation %q: %w", id, store.ErrNotFound)
	}
	public := s.db.Public(s.now())
	o, err := public.Organisation(r.Context(), id, s.now().AddDate(0, 0, -commentDays))
	if err != nil {
		return err
	}
	slices.SortStableFunc(o.Places, func(a, b store.Place) int { return cmp.Compare(s.platformRank(a.Platform), s.platformRank(b.Platform)) })
	o.Doors = s.allDoors(o)
	if asCSV {
		return s.organisationCSV(w, o)
	}
	changes, err := public.Changes(r.Context(), store.ChangesOf{Organisation: id, Posts: true, Limit: shownChanges})
	if err != nil {
		return err
	}
	said, err := public.ValueChanges(r.Context(), store.ChangesOf{Organisation: id, Posts: true, Limit: shownChanges})
	if err != nil {
		return err
	}
	corrections, err := public.Corrections(r.Context(), id, shownChanges)
	if err != nil {
		return err
	}
	looked, err := public.LastLook(r.Context())
	if err != nil {
		return err
	}
	report, err := s.talkReport(r.Context(), public, o.Organisation)
	if err != nil {
		return err
	}
	page := s.organisationPage(o, changes, corrections)
	page.Talk = s.talkView(report)
	page.Talk.Said = append(page.Talk.Said, s.clockLine(o.Organisation)...)
	page.Talk.CSV = "/organisations/" + o.ID + "/talk.csv"
	for _, c := range said {
		page.Said = append(page.Said, s.valueChangeView(c))
	}
	return s.show(w, r, "organisation", o.Name, looked, page)
}

// allDoors completes an organisation's rows with the doors at which nobody has looked, in the order of the places
// and of the table of checks.
func (s *site) allDoors(o store.OrganisationView) []store.Door {
	var all []store.Door
	for _, p := range o.Places {
		for _, c := range s.checks {
			at := slices.IndexFunc(o.Doors, func(d store.Door) bool { return d.Channel == p.ID && d.Check == c.ID })
			switch {
			case !slices.Contains(c.On, p.Platform), !s.duties.Asks(c.ID, o.Organisation): // asked here no longer
			case at >= 0:
				all = append(all, o.Doors[at])
			default:
				all = append(all, unseen(c, p))
			}
		}
	}
	return all
}

func (s *site) organisationPage(o store.OrganisationView, changes []store.PublicChange, corrections []store.ShownCorrection) organisationPage {
	p := organisationPage{
		ID: o.ID, Name: o.Name, Kind: s.kind(o.Sector, o.Nation), Former: strings.Join(o.Predecessors, "; "), OldPages: o.OldPages,
		Score: s.scoreView(o.Doors), Duties: s.dutiesView(o), Comments: s.commentLine(o.Comments), CSV: "/organisations/" + o.ID + ".csv",
	}
	if o.Homes != nil {
		p.Homes = *o.Homes
	}
	joint, several := s.together(o)
	if several {
		p.Places = append(p.Places, joint)
	}
	for _, place := range o.Places {
		view := placeView{Place: s.place(place.Platform, place.URL), URL: place.URL}
		for _, d := range o.Doors {
			switch {
			case d.Channel != place.ID:
			case several && d.Platform == audit.Web && s.check(d.Check).Site: // told of the sites together
			case s.check(d.Check).Published:
				view.Published = append(view.Published, s.publication(o.Organisation, d))
			default:
				view.Doors = append(view.Doors, s.door(d))
			}
		}
		view.Notes = s.notes(place, !several && len(view.Doors)+len(view.Published) == 0)
		p.Places = append(p.Places, view)
	}
	s.answer(&p)
	for i := range p.Places {
		v := &p.Places[i]
		v.Doors, v.Unseen = gather(v.Doors)
		v.Published, v.UnseenPublished = gather(v.Published)
	}
	for _, c := range changes {
		c.OrganisationName = "" // the page says whose they are
		p.Changes = append(p.Changes, s.changeView(c))
	}
	for _, c := range corrections {
		c.OrganisationName = ""
		p.Corrections = append(p.Corrections, s.correctionView(c))
	}
	return p
}

// gather takes the doors that were never answered out of the others, and puts them together by their reason: to say the
// same of each would bury what was seen.
func gather(doors []doorView) (seen []doorView, unseen []unseenView) {
	for _, d := range doors {
		if !d.Never {
			seen = append(seen, d)
			continue
		}
		i := slices.IndexFunc(unseen, func(u unseenView) bool { return u.Chip == d.Chip && slices.Equal(u.Lines, d.Lines) })
		if i < 0 {
			i, unseen = len(unseen), append(unseen, unseenView{Chip: d.Chip, Lines: d.Lines, Looked: d.Looked})
		}
		unseen[i].Titles = append(unseen[i].Titles, d.Title)
		if d.Looked.After(unseen[i].Looked) {
			unseen[i].Looked = d.Looked
		}
	}
	return seen, unseen
}

// notes says what a reader must know of a place before its doors: that nobody has shown it to be theirs, or that no
// question can be asked here by an anonymous look.
func (s *site) notes(p store.Place, bare bool) []string {
	var notes []string
	if !p.Proved {
		notes = append(notes, s.words.say("org.place.unproved"))
	}
	if doc := s.platform(p.Platform); bare && doc.CannotSee != "" {
		notes = append(notes, doc.CannotSee, doc.NextStep)
	}
	return notes
}

// answer says where a person can speak, from the doors that let people speak; duties and links are no such doors.
func (s *site) answer(p *organisationPage) {
	seen, dark := 0, 0
	for _, place := range p.Places {
		for _, d := range place.Doors {
			switch {
			case d.Checking || d.State == audit.Unknown:
				dark++
				continue
			case d.State == audit.Open:
				p.Open = append(p.Open, d)
			case d.State == audit.Restricted:
				p.Restricted = append(p.Restricted, d)
			}
			seen++
		}
	}
	switch {
	case len(p.Places) == 0:
		p.Answer = s.words.say("org.answer.nochannel")
	case seen == 0:
		p.Answer = s.words.say("org.answer.blind")
	case len(p.Open)+len(p.Restricted) == 0:
		p.Answer = s.words.say("org.answer.none")
	}
	if dark > 0 && seen > 0 {
		p.Also = s.words.count("org.answer.also", dark)
	}
}

func (s *site) scoreView(doors []store.Door) scoreView {
	var inputs []score.Input
	var parts []partView
	checking := 0
	for _, d := range s.overSites(doors) {
		c := s.check(d.Check)
		if !s.counts(c, d.Platform) {
			continue
		}
		if d.Checking {
			checking++
		}
		inputs = append(inputs, score.Input{Check: d.Check, State: d.State, Counts: true})
		parts = append(parts, partView{
			Title: c.Title, Place: s.place(d.Platform, d.URL), Chip: s.chip(c, d.State, d.Checking), Value: s.worth(d.State),
		})
	}
	mark := score.Door(inputs)
	v := scoreView{Has: mark.Value != nil, Band: mark.Band, Method: mark.Method, Parts: parts, Cover: s.words.say("org.score.cover.none")}
	if mark.Value != nil {
		v.Value = points(*mark.Value)
	}
	if mark.Applicable > 0 {
		v.Cover = s.words.say("org.score.cover", "known", mark.Known, "of", mark.Applicable, "percent", percent(mark.Coverage()))
	}
	if checking > 0 {
		v.Cover += " " + s.words.count("org.score.checking", checking)
	}
	return v
}

// worth is what a state adds to the Door score, as the method says it.
func (s *site) worth(state audit.State) string {
	switch state {
	case audit.Open:
		return "1"
	case audit.Restricted:
		return "½"
	case audit.Closed, audit.Absent:
		return "0"
	}
	return s.words.say("org.score.notin")
}

// points writes a score without a fraction that nobody could defend.
func points(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) }

// percent rounds down, so that "60 %" is never printed of less.
func percent(share float64) int { return int(share*100 + 1e-9) }

func (s *site) kind(sector, nation string) string {
	return s.words.say("org.landlord", "sector", s.words.first("sector."+sector, "sector.other"), "nation", nation)
}

func (s *site) commentLine(n int) string {
	switch {
	case n <= 0:
		return s.words.say("org.comments.none")
	case n < fewComments:
		return s.words.say("org.comments.few", "days", commentDays)
	}
	return s.words.count("org.comments.count", n, "days", commentDays)
}

func (s *site) organisationCSV(w http.ResponseWriter, o store.OrganisationView) error {
	f := newCSV("organisation", "name", "platform", "address", "check", "state", "stage", "reason", "kind", "how", "since", "last_seen", "last_look", "finding", "values", "basis",
		"stands_for_organisation", "systems", "posts", "posts_open", "posts_closed", "listed", "stated", "newest_from", "newest_to")
	stands := map[string]bool{}
	for _, d := range s.overSites(o.Doors) {
		stands[d.Channel+" "+string(d.Check)] = true
	}
	for _, d := range o.Doors {
		stage := ""
		switch {
		case d.Checking:
			stage = "being checked"
		case d.State != audit.Unknown:
			stage = "published"
		}
		f.row(append([]any{o.ID, o.Name, string(d.Platform), d.URL, string(d.Check), d.State.String(), stage, string(d.Reason), string(d.Kind),
			string(d.How), stampCSV(d.Since), stampCSV(d.SeenAt), stampCSV(d.LookedAt), d.Finding,
			shownValues(d.Values).String(), s.basis(o.Organisation, d.Check), yesNo(stands[d.Channel+" "+string(d.Check)])}, s.talkCells(d)...)...)
	}
	f.send(w, "doorknock-"+o.ID+".csv")
	return nil
}

// talkCells say of a door at which people talk by which systems, of how many posts, how many comments or reviews are listed and
// stated (one to four are not told apart), and between when and when the newest was written.
func (s *site) talkCells(d store.Door) []any {
	cells := make([]any, 8)
	if of := d.Of; of != nil {
		cells[0] = strings.Join(of.Systems, " ")
		if of.Total() > 0 {
			cells[1], cells[2], cells[3] = of.Total(), of.Open, of.Closed
		}
		cells[6], cells[7] = stampCSV(of.Newest.From), stampCSV(of.Newest.To)
	}
	if d.Count != nil && talksBack(d.Check) {
		cells[4] = s.fewCell(*d.Count)
	}
	if d.Claimed != nil && talksBack(d.Check) {
		cells[5] = s.fewCell(*d.Claimed)
	}
	return cells
}

// fewCell is a count of what people wrote, for a file.
func (s *site) fewCell(n int) any {
	if 0 < n && n < fewComments {
		return s.words.say("org.talk.few")
	}
	return n
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func stampCSV(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}
