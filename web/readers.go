package web

import (
	"encoding/json"
	"errors"
	"fmt"
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
	readerPicks  = 200 // organisations that one reader may name
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
	Nations, Sectors []readerChoice
	Organisations    []readerChoice
	Paused           string // a date, or ""
	Zone             string
	Data, Wipe, End  string
}

type readerChoice struct {
	Value, Words string
	On           bool
}

func (s *site) readerPage(w http.ResponseWriter, r *http.Request, key string, p readerPage) error {
	if p.Heading == "" {
		p.Heading = s.words.say("reader." + key + ".h1")
	}
	if p.Text == "" {
		p.Text = s.words.say("reader." + key + ".text")
	}
	return s.show(w, r, "reader", p.Heading, time.Time{}, p)
}

func (s *site) subscribe(w http.ResponseWriter, r *http.Request) error {
	choices, err := s.picks(r, store.Wants{Organisations: r.URL.Query()["organisation"]})
	if err != nil {
		return err
	}
	return s.readerPage(w, r, "subscribe", readerPage{Ask: true, Button: s.words.say("reader.subscribe.button"), Choices: choices})
}

func (s *site) subscribed(w http.ResponseWriter, r *http.Request) error {
	wants := wantsOf(r)
	err := s.readers.Ask(r.Context(), r.PostFormValue("address"), wants)
	if errors.Is(err, digest.ErrAddress) {
		choices, err := s.picks(r, wants)
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
	return s.readerPage(w, r, "confirm", readerPage{Button: s.words.say("reader.confirm.button")})
}

func (s *site) confirmed(w http.ResponseWriter, r *http.Request) error {
	if err := s.readers.Confirm(r.Context(), r.PathValue("id"), r.PathValue("ticket")); err != nil {
		return err
	}
	return s.readerPage(w, r, "confirmed", readerPage{Own: s.readers.Path(r.PathValue("id"))})
}

// own gives the subscription of a reader's link.
func (s *site) own(r *http.Request) (store.Subscription, error) {
	return s.readers.Open(r.Context(), r.PathValue("id"), r.PathValue("mark"))
}

func (s *site) preferences(w http.ResponseWriter, r *http.Request) error {
	reader, err := s.own(r)
	if err != nil {
		return err
	}
	return s.ownPage(w, r, reader, "")
}

// ownPage is a reader's own page; what is a word on top of it, or "".
func (s *site) ownPage(w http.ResponseWriter, r *http.Request, reader store.Subscription, what string) error {
	choices, err := s.picks(r, reader.Wants)
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
	reader, err := s.own(r)
	if err != nil {
		return err
	}
	zone := strings.TrimSpace(r.PostFormValue("zone"))
	if _, err := time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
		return s.ownPage(w, r, reader, s.words.say("reader.zone"))
	}
	var paused time.Time
	if until := r.PostFormValue("paused"); until != "" {
		if paused, err = time.Parse(time.DateOnly, until); err != nil {
			return s.ownPage(w, r, reader, s.words.say("reader.paused"))
		}
	}
	reader.Wants, reader.Zone, reader.PausedUntil = wantsOf(r), zone, paused
	if err := s.db.SetSubscription(r.Context(), reader.ID, reader.Wants, zone, paused); err != nil {
		return fmt.Errorf("change what a reader gets: %w", err)
	}
	return s.ownPage(w, r, reader, s.words.say("reader.saved"))
}

func (s *site) end(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.own(r); err != nil {
		return err
	}
	return s.readerPage(w, r, "end", readerPage{Button: s.words.say("reader.end.button")})
}

// ended acts on a POST alone, with no other question: RFC 8058's one click comes without a person.
func (s *site) ended(w http.ResponseWriter, r *http.Request) error {
	reader, err := s.own(r)
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
	reader, err := s.own(r)
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
	reader, err := s.own(r)
	if err != nil {
		return err
	}
	if err := s.db.WipeSubscription(r.Context(), reader.ID); err != nil {
		return fmt.Errorf("wipe a reader's data: %w", err)
	}
	return s.readerPage(w, r, "wiped", readerPage{})
}

func wantsOf(r *http.Request) store.Wants {
	if err := r.ParseForm(); err != nil {
		return store.Wants{}
	}
	pick := func(name string, known func(string) bool) []string {
		var picked []string
		for _, v := range r.PostForm[name] {
			if known(v) && !slices.Contains(picked, v) && len(picked) < readerPicks {
				picked = append(picked, v)
			}
		}
		return picked
	}
	return store.Wants{
		Nations:       pick("nation", func(v string) bool { return slices.Contains(audit.Nations(), v) }),
		Sectors:       pick("sector", func(v string) bool { return slices.Contains(audit.Sectors(), v) }),
		Organisations: pick("organisation", func(v string) bool { return v != "" && len(v) <= 64 }),
	}
}

// picks offers what a reader may pick. Organisations are those picked already; one more is picked on its own page.
func (s *site) picks(r *http.Request, w store.Wants) (*readerChoices, error) {
	var c readerChoices
	for _, n := range audit.Nations() {
		c.Nations = append(c.Nations, readerChoice{n, n, slices.Contains(w.Nations, n)})
	}
	for _, x := range audit.Sectors() {
		c.Sectors = append(c.Sectors, readerChoice{x, s.words.say("sector." + x), slices.Contains(w.Sectors, x)})
	}
	all, err := s.db.Organisations(r.Context())
	if err != nil {
		return nil, fmt.Errorf("list organisations to pick from: %w", err)
	}
	for _, o := range all {
		if slices.Contains(w.Organisations, o.ID) {
			c.Organisations = append(c.Organisations, readerChoice{o.ID, o.Name, true})
		}
	}
	return &c, nil
}
