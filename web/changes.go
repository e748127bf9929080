package web

import (
	"net/http"
	"net/url"
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

func (s *site) changes(w http.ResponseWriter, r *http.Request) error {
	public := s.db.Public(s.now())
	before, after := cursor(r.URL.Query())
	list, err := public.Changes(r.Context(), store.ChangesOf{Before: before, BeforeID: after, Limit: changesPerPage + 1})
	if err != nil {
		return err
	}
	looked, err := public.LastLook(r.Context())
	if err != nil {
		return err
	}
	page := struct {
		Changes []changeView
		Older   string
	}{}
	if len(list) > changesPerPage {
		list = list[:changesPerPage]
		last := list[len(list)-1]
		page.Older = "/changes?" + url.Values{"before": {last.ConfirmedAt.Format(time.RFC3339Nano)}, "id": {last.ID}}.Encode()
	}
	for _, c := range list {
		page.Changes = append(page.Changes, s.changeView(c))
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
