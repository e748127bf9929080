package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"doorknock/alerts"
	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/store"
)

// editionPage is an edition with what is beside it.
type editionPage struct {
	digest.Telling
	Some          bool   // of chosen organisations only
	Own           string // its permalink
	Before, After string
	Atom, JSON    string
	Calendar      string
	base          string
}

// linkedPiece is a piece of a line as the template writes it.
type linkedPiece struct {
	Name, Words, Link string
	Outside           bool
}

// Pieces are a line's parts, with links to this site's own pages as such.
func (p editionPage) Pieces(line alerts.Words) []linkedPiece {
	all := make([]linkedPiece, 0, len(line))
	for _, piece := range line {
		link := piece.URL.Link()
		own, found := strings.CutPrefix(link, p.base+"/")
		if found {
			link = "/" + own
		}
		all = append(all, linkedPiece{Name: piece.Foreign.Plain(piece.Limit), Words: piece.Ours, Link: link, Outside: link != "" && !found})
	}
	return all
}

// in gives the site in a language.
func (s *site) in(language string) *site {
	if other := s.tongues[language]; other != nil {
		return other
	}
	return s
}

// language is the one that a request asks for by ?lang=.
func language(r *http.Request) string {
	if r.URL.Query().Get("lang") == digest.Welsh {
		return digest.Welsh
	}
	return digest.English
}

// otherLanguage is this page's address in the other language.
func otherLanguage(r *http.Request) string {
	q := r.URL.Query()
	if q.Get("lang") == digest.Welsh {
		q.Del("lang")
	} else {
		q.Set("lang", digest.Welsh)
	}
	return (&url.URL{Path: r.URL.Path, RawQuery: q.Encode()}).String()
}

// edition shows the edition of a week or month as it is published: what was withdrawn since is marked, and what is held has
// gone. Its doors are counted as they were when it was made, where that was kept.
func (s *site) edition(w http.ResponseWriter, r *http.Request) error {
	now := s.now()
	p, err := digest.ReadPeriod(r.PathValue("name"), now)
	switch {
	case r.PathValue("name") == "latest":
		if p, err = s.latest(r); err != nil {
			return err
		}
	case err != nil || p.Name != r.PathValue("name"):
		return store.ErrNotFound
	}
	wants := digest.ReadWants(r.URL.Query())
	e, err := s.made(r, p, wants)
	if err != nil {
		return err
	}
	page := editionPage{Telling: e.TellAll(language(r)), Some: e.Some, Own: strings.TrimPrefix(e.Page(), s.address(r)), base: s.address(r)}
	if page.Before, err = s.beside(p.Before(), wants, r); err != nil {
		return err
	}
	if page.After, err = s.beside(p.After(), wants, r); err != nil {
		return err
	}
	feed := feedOf{sector: first(wants.Sectors), nation: first(wants.Nations), organisation: first(wants.Organisations), kind: first(wants.Kinds)}
	page.Atom, page.JSON = "/changes.atom"+feed.query(), "/changes.json"+feed.query()
	looked, err := s.db.Public(now).LastLook(r.Context())
	if err != nil {
		return err
	}
	page.Calendar = "/duties.ics"
	if query := digest.Query(wants); query != "" {
		page.Calendar += "?" + query
	}
	in := s.in(language(r))
	return in.render(w, r, http.StatusOK, "edition", layout{Title: page.Title, Nav: "edition", Known: true, Looked: looked, Other: otherLanguage(r), Page: page})
}

// latest is the last whole week, or the week of the last look where nobody looked in that.
func (s *site) latest(r *http.Request) (digest.Period, error) {
	p, err := digest.ReadPeriod("", s.now())
	if err != nil {
		return p, err //nolint:wrapcheck // says what it read
	}
	public := s.db.Public(s.now())
	looked, err := public.LookedIn(r.Context(), p.Before().From, p.From)
	if err != nil || looked {
		return p.Before(), err
	}
	last, err := public.LastLook(r.Context())
	if err != nil || last.IsZero() {
		return p, err
	}
	return p.Of(last), nil
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// made makes an edition from what is published now. One of a time in which nothing was looked at is not found.
func (s *site) made(r *http.Request, p digest.Period, wants store.Wants) (digest.Edition, error) {
	o := s.editionOptions(r)
	o.Week, o.Kinds, o.Scope = p.Name, wants.Kinds, digest.Query(wants)
	var err error
	if o.Only, err = digest.Chosen(r.Context(), s.db, wants); err != nil {
		return digest.Edition{}, fmt.Errorf("choose the organisations of edition %s: %w", p.Name, err)
	}
	e, err := digest.Make(r.Context(), s.db, o)
	if err != nil {
		return e, fmt.Errorf("make edition %s: %w", p.Name, err)
	}
	if o.Only == nil {
		var kept digest.Edition
		switch err := s.db.KeptEdition(r.Context(), p.Name, &kept); {
		case err == nil:
			e.CountAs(kept)
		case !errors.Is(err, store.ErrNotFound):
			return e, fmt.Errorf("read what was counted for edition %s: %w", p.Name, err)
		}
	}
	if o.Only == nil && e.Empty() {
		return e, store.ErrNotFound
	}
	return e, nil
}

func (s *site) editionOptions(r *http.Request) digest.Options {
	o := digest.Options{Now: s.now(), Asked: s.asked(), Titles: map[audit.CheckID]string{}, Sites: map[audit.CheckID]bool{},
		Published: map[audit.CheckID]bool{}, Duties: s.duties, Base: s.address(r)}
	for _, c := range s.checks {
		o.Titles[c.ID], o.Sites[c.ID], o.Published[c.ID] = c.Title, c.Site, c.duty()
	}
	return o
}

// beside is the address of another edition of the same choice and language; "" where nobody looked in its time.
func (s *site) beside(p digest.Period, wants store.Wants, r *http.Request) (string, error) {
	looked, err := s.db.Public(s.now()).LookedIn(r.Context(), p.From, p.To)
	if err != nil || !looked {
		return "", err
	}
	address := "/digest/" + p.Name
	query := digest.Query(wants)
	if language(r) == digest.Welsh {
		if query != "" {
			query += "&"
		}
		query += "lang=" + digest.Welsh
	}
	if query != "" {
		address += "?" + query
	}
	return address, nil
}
