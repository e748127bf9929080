package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/store"
)

const (
	readerForm   = 64 << 10 // bytes of a form
	readerWithin = 10 * time.Second
)

// readerRoutes serve the weekly edition's readers. Where there is no desk, nobody can subscribe here. GET never changes
// anything: mail scanners open links.
func (s *site) readerRoutes(mux *http.ServeMux) {
	if s.readers == nil {
		return
	}
	for pattern, page := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /digest":                        s.subscribe,
		"POST /digest":                       s.subscribed,
		"GET /digest/{id}/{ticket}/confirm":  s.confirm,
		"POST /digest/{id}/{ticket}/confirm": s.confirmed,
		"GET /digest/{id}/{mark}":            s.preferences,
		"POST /digest/{id}/{mark}":           s.preferred,
		"GET /digest/{id}/{mark}/end":        s.end,
		"POST /digest/{id}/{mark}/end":       s.ended,
		"GET /digest/{id}/{mark}/data":       s.readerData,
		"POST /digest/{id}/{mark}/wipe":      s.wiped,
	} {
		mux.HandleFunc(pattern, s.page(func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("Referrer-Policy", "no-referrer")
			w.Header().Set("X-Robots-Tag", "noindex, nofollow")
			err := page(w, r)
			switch {
			case errors.Is(err, digest.ErrLink):
				return s.readerPage(w, r, "link", readerPage{})
			case errors.Is(err, digest.ErrBusy):
				return s.readerPage(w, r, "busy", readerPage{})
			}
			return err
		}))
	}
}

// takesReaders lets the forms of readers through: a reader's own link is what he shows for it.
func (s *site) takesReaders(r *http.Request) (most int64, within time.Duration, ok bool) {
	return readerForm, readerWithin, s.readers != nil && (r.URL.Path == "/digest" || strings.HasPrefix(r.URL.Path, "/digest/"))
}

// readerPage is every page of a reader: a form, or a word that it was done.
type readerPage struct {
	Heading, Text string
	Button        string // "": there is no form
	Ask           bool   // the form asks for an address
	Mistake       string
	Choices       *readerChoices
	Own           string // path of the reader's own page, or ""
}

type readerChoices struct {
	One             []readerGroup // of which one is chosen
	Any             []readerGroup
	Paused          string // a date, or ""
	Zone            string
	Data, Wipe, End string
}

// readerGroup is a question with its answers; Name is its name in the form.
type readerGroup struct {
	Name, Words string
	Choices     []readerChoice
}

type readerChoice struct {
	Value, Words string
	On           bool
}

// readerPage shows a page of a reader in the site's language.
func (s *site) readerPage(w http.ResponseWriter, r *http.Request, key string, p readerPage) error {
	if p.Heading == "" {
		p.Heading = s.words.say("reader." + key + ".h1")
	}
	if p.Text == "" {
		p.Text = s.words.say("reader." + key + ".text")
	}
	l := layout{Title: p.Heading, Nav: "reader", Page: p}
	if r.Method == http.MethodGet {
		l.Other = otherLanguage(r)
	}
	return s.render(w, r, http.StatusOK, "reader", l)
}

func (s *site) subscribe(w http.ResponseWriter, r *http.Request) error {
	s = s.in(language(r))
	choices, err := s.picks(r, store.Choice{Wants: digest.ReadWants(r.URL.Query()), Language: s.words["lang"]})
	if err != nil {
		return err
	}
	return s.readerPage(w, r, "subscribe", readerPage{Ask: true, Button: s.words.say("reader.subscribe.button"), Choices: choices})
}

func (s *site) subscribed(w http.ResponseWriter, r *http.Request) error {
	choice := choiceOf(r)
	s = s.in(choice.Language)
	err := s.readers.Ask(r.Context(), r.PostFormValue("address"), choice)
	if errors.Is(err, digest.ErrAddress) {
		choices, err := s.picks(r, choice)
		if err != nil {
			return err
		}
		return s.readerPage(w, r, "subscribe", readerPage{Ask: true, Button: s.words.say("reader.subscribe.button"), Choices: choices,
			Mistake: s.words.say("reader.address")})
	}
	if err != nil {
		return err
	}
	return s.readerPage(w, r, "asked", readerPage{})
}

func (s *site) confirm(w http.ResponseWriter, r *http.Request) error {
	if !s.readers.Confirmable(r.PathValue("id"), r.PathValue("ticket")) {
		return digest.ErrLink
	}
	s, err := s.ofReader(r)
	if err != nil {
		return err
	}
	return s.readerPage(w, r, "confirm", readerPage{Button: s.words.say("reader.confirm.button")})
}

func (s *site) confirmed(w http.ResponseWriter, r *http.Request) error {
	if err := s.readers.Confirm(r.Context(), r.PathValue("id"), r.PathValue("ticket")); err != nil {
		return err
	}
	s, err := s.ofReader(r)
	if err != nil {
		return err
	}
	return s.readerPage(w, r, "confirmed", readerPage{Own: s.readers.Path(r.PathValue("id"))})
}

// ofReader gives the site in the language of the reader whose link it is; ?lang= goes before.
func (s *site) ofReader(r *http.Request) (*site, error) {
	reader, err := s.db.Subscription(r.Context(), r.PathValue("id"))
	if errors.Is(err, store.ErrNotFound) {
		return s, digest.ErrLink
	}
	if err != nil {
		return s, fmt.Errorf("read a reader's language: %w", err)
	}
	return s.speaking(r, reader), nil
}

func (s *site) speaking(r *http.Request, reader store.Subscription) *site {
	if r.URL.Query().Has("lang") {
		return s.in(language(r))
	}
	return s.in(reader.Language)
}

// own gives the subscription of a reader's link, and the site in its language.
func (s *site) own(r *http.Request) (*site, store.Subscription, error) {
	reader, err := s.readers.Open(r.Context(), r.PathValue("id"), r.PathValue("mark"))
	if err != nil {
		return s, reader, err //nolint:wrapcheck // says what it opened
	}
	return s.speaking(r, reader), reader, nil
}

func (s *site) preferences(w http.ResponseWriter, r *http.Request) error {
	s, reader, err := s.own(r)
	if err != nil {
		return err
	}
	return s.ownPage(w, r, reader, "")
}

// ownPage is a reader's own page; what is a word on top of it, or "".
func (s *site) ownPage(w http.ResponseWriter, r *http.Request, reader store.Subscription, what string) error {
	choices, err := s.picks(r, store.Choice{Wants: reader.Wants, Every: reader.Every, Language: reader.Language})
	if err != nil {
		return err
	}
	path := s.readers.Path(reader.ID)
	choices.Zone, choices.Data, choices.Wipe, choices.End = reader.Zone, path+"/data", path+"/wipe", path+"/end"
	if !reader.PausedUntil.IsZero() {
		choices.Paused = reader.PausedUntil.UTC().Format(time.DateOnly)
	}
	text := s.words.say("reader.own.text", "address", reader.Address)
	if !reader.EndedAt.IsZero() {
		text = s.words.say("reader.own.ended", "address", reader.Address, "when", s.words.date(reader.EndedAt))
	}
	return s.readerPage(w, r, "own", readerPage{Text: text, Mistake: what, Button: s.words.say("reader.own.button"), Choices: choices})
}

func (s *site) preferred(w http.ResponseWriter, r *http.Request) error {
	s, reader, err := s.own(r)
	if err != nil {
		return err
	}
	choice := choiceOf(r)
	if choice.Zone = strings.TrimSpace(r.PostFormValue("zone")); !realZone(choice.Zone) {
		return s.ownPage(w, r, reader, s.words.say("reader.zone"))
	}
	if until := r.PostFormValue("paused"); until != "" {
		if choice.Paused, err = time.Parse(time.DateOnly, until); err != nil {
			return s.ownPage(w, r, reader, s.words.say("reader.paused"))
		}
	}
	if err := s.db.SetSubscription(r.Context(), reader.ID, choice); err != nil {
		return fmt.Errorf("change what a reader gets: %w", err)
	}
	if reader, err = s.db.Subscription(r.Context(), reader.ID); err != nil {
		return fmt.Errorf("read what a reader gets: %w", err)
	}
	s = s.in(reader.Language)
	return s.ownPage(w, r, reader, s.words.say("reader.saved"))
}

func (s *site) end(w http.ResponseWriter, r *http.Request) error {
	s, _, err := s.own(r)
	if err != nil {
		return err
	}
	return s.readerPage(w, r, "end", readerPage{Button: s.words.say("reader.end.button")})
}

// ended acts on a POST alone, with no other question: RFC 8058's one click comes without a person.
func (s *site) ended(w http.ResponseWriter, r *http.Request) error {
	s, reader, err := s.own(r)
	if err != nil {
		return err
	}
	if err := s.db.EndSubscription(r.Context(), reader.ID, store.EndedByReader, s.now()); err != nil {
		return fmt.Errorf("end a reader's subscription: %w", err)
	}
	return s.readerPage(w, r, "ended", readerPage{Own: s.readers.Path(reader.ID)})
}

// readerData is all that is held on a reader.
func (s *site) readerData(w http.ResponseWriter, r *http.Request) error {
	s, reader, err := s.own(r)
	if err != nil {
		return err
	}
	editions, err := s.db.EditionsTo(r.Context(), reader.ID)
	if err != nil {
		return fmt.Errorf("read a reader's editions: %w", err)
	}
	data, err := json.MarshalIndent(map[string]any{"v": 1, "subscription": reader, "editions": editions}, "", "  ")
	if err != nil {
		return fmt.Errorf("write a reader's data: %w", err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="doorknock-subscription.json"`)
	_, _ = w.Write(append(data, '\n'))
	return nil
}

func (s *site) wiped(w http.ResponseWriter, r *http.Request) error {
	s, reader, err := s.own(r)
	if err != nil {
		return err
	}
	if err := s.db.WipeSubscription(r.Context(), reader.ID); err != nil {
		return fmt.Errorf("wipe a reader's data: %w", err)
	}
	return s.readerPage(w, r, "wiped", readerPage{})
}

func realZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "" && name != "Local"
}

// choiceOf reads what a form chooses; what is not known is left out.
func choiceOf(r *http.Request) store.Choice {
	if err := r.ParseForm(); err != nil {
		return store.Choice{}
	}
	c := store.Choice{Wants: digest.ReadWants(r.PostForm), Every: r.PostForm.Get("every"), Language: r.PostForm.Get("language")}
	if !slices.Contains(store.Everies(), c.Every) {
		c.Every = store.EveryWeek
	}
	if !slices.Contains(digest.Languages(), c.Language) {
		c.Language = language(r)
	}
	return c
}

// picks offers what a reader may pick. Organisations are those picked already; one more is picked on its own page. Local
// authorities are offered where the list of organisations names some.
func (s *site) picks(r *http.Request, chosen store.Choice) (*readerChoices, error) {
	all, err := s.db.Organisations(r.Context())
	if err != nil {
		return nil, fmt.Errorf("list organisations to pick from: %w", err)
	}
	w := chosen.Wants
	organisations, areas := readerGroup{Name: "organisation", Words: s.words.say("reader.organisations")}, map[string]bool{}
	for _, o := range all {
		if slices.Contains(w.Organisations, o.ID) {
			organisations.Choices = append(organisations.Choices, readerChoice{o.ID, o.Name, true})
		}
		for _, area := range o.Areas {
			areas[area] = true
		}
	}
	named := func(part string) func(string) string { return func(v string) string { return s.words.say(part + v) } }
	itself := func(v string) string { return v }
	c := &readerChoices{
		One: []readerGroup{group("every", s.words.say("reader.every"), store.Everies(), []string{cmp.Or(chosen.Every, store.EveryWeek)}, named("reader.every.")),
			group("language", s.words.say("reader.language"), digest.Languages(), []string{chosen.Language}, func(v string) string { return s.in(v).words.say("site.language") })},
		Any: []readerGroup{group("nation", s.words.say("reader.nations"), audit.Nations(), w.Nations, named("nation.")),
			group("sector", s.words.say("reader.sectors"), audit.Sectors(), w.Sectors, named("sector.")),
			group("size", s.words.say("reader.sizes"), audit.Sizes(), w.Sizes, named("size.")),
			group("area", s.words.say("reader.areas"), slices.Sorted(maps.Keys(areas)), w.Areas, itself),
			group("kind", s.words.say("reader.kinds"), digest.Kinds(), w.Kinds, named("news.")), organisations},
	}
	c.Any = slices.DeleteFunc(c.Any, func(g readerGroup) bool { return len(g.Choices) == 0 })
	return c, nil
}

func group(name, words string, values, chosen []string, say func(string) string) readerGroup {
	g := readerGroup{Name: name, Words: words}
	for _, v := range values {
		g.Choices = append(g.Choices, readerChoice{v, say(v), slices.Contains(chosen, v)})
	}
	return g
}
