package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

const changesPerPage = 50

// changeView is one confirmed change as pages list it.
type changeView struct {
	Organisation, Name, Title, Place string
	Post                             string // address, where one post alone changed
	From, To                         chip
	FirstSeen, ConfirmedAt           string
	Finding                          string
	Saved                            string // between which looks it came about, where one was at a saved page
	Correction                       string
}

func (s *site) changeView(c store.PublicChange) changeView {
	doc := s.check(c.Check)
	v := changeView{
		Organisation: c.Organisation, Name: c.OrganisationName, Title: doc.Title, Place: s.place(c.Platform, c.URL), Post: c.Scope,
		From: s.chip(doc, c.From, false), To: s.chip(doc, c.To, false),
		FirstSeen: s.words.clock(c.FirstSeen), ConfirmedAt: s.words.clock(c.ConfirmedAt), Finding: c.Finding,
	}
	if c.LastHow == audit.SavedPage || c.FirstHow == audit.SavedPage {
		v.Saved = s.words.say("change.saved", "from", v.From.Word, "last", s.words.date(c.LastSeen), "lasthow", s.words.say("how."+string(c.LastHow)),
			"to", v.To.Word, "first", s.words.date(c.FirstSeen), "firsthow", s.words.say("how."+string(c.FirstHow)))
	}
	switch {
	case c.Reread:
		v.Correction = s.words.say("change.reread")
	case c.History:
		v.Correction = s.words.say("change.history")
	}
	if !c.WithdrawnAt.IsZero() {
		v.Correction = s.words.say("change.withdrawn", "when", s.words.date(c.WithdrawnAt), "why", c.Correction)
		v.Finding = ""
	}
	return v
}

// confirmed is one confirmed change: of a state, or of what a place says beside it.
type confirmed struct {
	state *store.PublicChange
	said  *store.ShownValueChange
}

// when gives the order: the newest confirmed first, and of one moment by id.
func (c confirmed) when() (at time.Time, id string) {
	if c.state != nil {
		return c.state.ConfirmedAt, c.state.ID
	}
	return c.said.ConfirmedAt, c.said.ID
}

func (c confirmed) organisation() string {
	if c.state != nil {
		return c.state.Organisation
	}
	return c.said.Organisation
}

// confirmedChanges lists both kinds of published changes as one.
func (s *site) confirmedChanges(ctx context.Context, of store.ChangesOf) ([]confirmed, error) {
	public := s.db.Public(s.now())
	states, err := public.Changes(ctx, of)
	if err != nil {
		return nil, err
	}
	said, err := public.ValueChanges(ctx, of)
	if err != nil {
		return nil, err
	}
	all := make([]confirmed, 0, len(states)+len(said))
	for i := range states {
		all = append(all, confirmed{state: &states[i]})
	}
	for i := range said {
		all = append(all, confirmed{said: &said[i]})
	}
	slices.SortFunc(all, func(a, b confirmed) int {
		atA, idA := a.when()
		atB, idB := b.when()
		return cmp.Or(atB.Compare(atA), strings.Compare(idB, idA))
	})
	return all[:min(len(all), of.Limit)], nil
}

// listedChange is a change of either kind as the page of all lists it.
type listedChange struct {
	State *changeView
	Said  *valueChangeView
}

func (s *site) listedChange(c confirmed) listedChange {
	if c.state != nil {
		v := s.changeView(*c.state)
		return listedChange{State: &v}
	}
	v := s.valueChangeView(*c.said)
	v.Organisation, v.Name = c.said.Organisation, c.said.OrganisationName
	return listedChange{Said: &v}
}

func (s *site) changes(w http.ResponseWriter, r *http.Request) error {
	before, after := cursor(r.URL.Query())
	list, err := s.confirmedChanges(r.Context(), store.ChangesOf{Before: before, BeforeID: after, Limit: changesPerPage + 1})
	if err != nil {
		return err
	}
	looked, err := s.db.Public(s.now()).LastLook(r.Context())
	if err != nil {
		return err
	}
	page := struct {
		Changes []listedChange
		Older   string
	}{}
	if len(list) > changesPerPage {
		list = list[:changesPerPage]
		at, id := list[len(list)-1].when()
		page.Older = "/changes?" + url.Values{"before": {at.Format(time.RFC3339Nano)}, "id": {id}}.Encode()
	}
	for _, c := range list {
		page.Changes = append(page.Changes, s.listedChange(c))
	}
	return s.show(w, r, "changes", s.words.say("changes.title"), looked, page)
}

// cursor reads where a page of changes goes on; what cannot be read starts from the newest.
func cursor(q url.Values) (time.Time, string) {
	t, err := time.Parse(time.RFC3339Nano, q.Get("before"))
	if err != nil {
		return time.Time{}, ""
	}
	return t, q.Get("id")
}
