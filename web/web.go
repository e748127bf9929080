package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/score/talk"
	"doorknock/store"
)

// CheckDoc is what the pages know of one check: its question and its rule, in words.
type CheckDoc struct {
	ID      audit.CheckID
	Title   string // the question
	Why     string
	Basis   string // begins with "practice" or "duty"
	Rule    string
	Version int
	Door    bool             // counts in the Door score
	On      []audit.Platform // where it is asked
	// Published says that it asks what is published, not where one may speak: it is in no count of doors.
	Published bool
	// Site says that it asks of a site as a whole: an organisation's several sites answer it together.
	Site bool
	// States are those that it gives, in the order in which the methodology page says what they mean.
	States []audit.State
}

// Asks reports whether it asks what is published, by law or otherwise, so that its answer is "published" rather than "open".
func (c CheckDoc) Asks() bool { return c.duty() }

// duty reports whether the law asks for it, or it asks what is published, so that pages say "published" rather than "open".
func (c CheckDoc) duty() bool {
	return c.Published || strings.HasPrefix(c.Basis, "duty")
}

// PlatformDoc is what the pages know of one platform.
type PlatformDoc struct {
	Name      audit.Platform
	CannotSee string // what an anonymous look cannot tell here
	NextStep  string // what a person can do about an unknown
	// Apart says that only the page's own people or a person who looks can answer here: its doors stand beside the
	// Door score and are in neither its sum nor its coverage.
	Apart bool
}

// Publisher is who stands behind the pages. All of it may be empty for a private copy.
type Publisher struct {
	Name    string
	Contact string // an e-mail address or an http(s) address
	Privacy string // address of the privacy page
}

// Options are what the pages are made from.
type Options struct {
	DB        *store.DB
	Checks    []CheckDoc
	Duties    audit.Duties // of whom the checks are asked, and whom they bind
	Holidays  audit.Holidays
	Clocks    audit.Clocks // by which dates a code would have a complaint answered
	Sorter    *talk.Sorter // what posts are about; nil: nobody tells
	Platforms []PlatformDoc
	Purpose   string // private, team or public
	Publisher Publisher
	Address   string // where others reach the pages, without a slash at the end; "": feeds link to where they were asked for
	DemoNote  string // one line on top of every page, where this is a demonstration
	// Health says what keeps the installation from its work besides the database; nil, and what it gives nil: nothing.
	Health func() error
	// Picture gives the picture of a drawn page by its file; nil: there are none here.
	Picture func(file string) ([]byte, error)
	Looks   Looks        // takes what invited people saw; nil: nobody is invited
	Readers *digest.Desk // takes readers of the weekly edition; nil: nobody can subscribe here
	Log     *slog.Logger
	Now     func() time.Time
}

// site is the pages of one installation.
type site struct {
	db        *store.DB
	checks    []CheckDoc
	duties    audit.Duties
	holidays  audit.Holidays
	clocks    audit.Clocks
	sorter    *talk.Sorter
	platforms []PlatformDoc
	purpose   string
	publisher Publisher
	at        string // Options.Address
	demo      string
	health    func() error
	picture   func(file string) ([]byte, error)
	looks     Looks
	readers   *digest.Desk
	tries     *Limiter // forms by invitation
	log       *slog.Logger
	now       func() time.Time
	words     words
	static    *statics
	pages     *pages
	tongues   map[string]*site // the same site in each language, for pages that are written in both; the others are English
	memory    *leagueMemory
	talking   chan struct{} // a place for each report about talk that is being made
}

// New gives the handler of all pages.
func New(o Options) (http.Handler, error) {
	if o.DB == nil {
		return nil, errors.New("make the pages: no store")
	}
	s := &site{
		db: o.DB, checks: o.Checks, duties: o.Duties, holidays: o.Holidays, clocks: o.Clocks, sorter: o.Sorter, platforms: o.Platforms, purpose: o.Purpose, publisher: o.Publisher, at: o.Address,
		demo: o.DemoNote, health: o.Health, picture: o.Picture, looks: o.Looks, readers: o.Readers, log: o.Log, now: o.Now,
	}
	s.memory, s.talking = &leagueMemory{}, make(chan struct{}, mostTalking)
	if s.health == nil {
		s.health = func() error { return nil }
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.tries = NewLimiter(lookTries, lookSpan, s.now)
	var err error
	if s.static, err = newStatics(); err != nil {
		return nil, err
	}
	s.tongues = map[string]*site{digest.English: s}
	welsh := *s
	s.tongues[digest.Welsh] = &welsh
	for language, in := range s.tongues {
		if in.words, err = readWords(language); err != nil {
			return nil, err
		}
		if in.pages, err = newPages(in); err != nil {
			return nil, err
		}
	}
	return s.guard(s.routes()), nil
}

// guard stands before every page.
func (s *site) guard(next http.Handler) http.Handler {
	return Guard{Log: s.log, Fail: s.fail, Takes: s.takes}.Before(next)
}

// takes lets the forms of invited people and of readers through, and no other. Their link is what they show for it: no cookie
// goes with them that a page of another site could use.
func (s *site) takes(r *http.Request) (most int64, within time.Duration, ok bool) {
	if r.Method != http.MethodPost {
		return 0, 0, false
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return 0, 0, false
	}
	if most, within, ok = s.takesLooks(r); ok {
		return most, within, ok
	}
	return s.takesReaders(r)
}

func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, page := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /{$}":                         s.home,
		"GET /league":                      s.league,
		"GET /league.csv":                  s.leagueCSV,
		"GET /organisations/{id}":          s.organisation, // {id}.csv too: a wildcard takes a whole segment
		"GET /organisations/{id}/talk.csv": s.talkCSV,
		"GET /findings/{id}":               s.finding,
		"GET /findings/{id}/picture":       s.findingPicture,
		"GET /changes":                     s.changes,
		"GET /changes.atom":                s.atom,
		"GET /changes.json":                s.jsonFeed,
		"GET /corrections":                 s.corrections,
		"GET /digest/{name}":               s.edition,
		"GET /duties.ics":                  s.calendar,
		"GET /method":                      s.method,
	} {
		mux.HandleFunc(pattern, s.page(page))
	}
	if s.looks != nil {
		s.lookRoutes(mux)
	}
	s.readerRoutes(mux)
	mux.HandleFunc("GET /static/{name}", func(w http.ResponseWriter, r *http.Request) {
		if !s.static.serve(w, r.PathValue("name")) {
			s.fail(w, r, http.StatusNotFound)
		}
	})
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) {
		s.static.serve(w, s.static.names["favicon.svg"])
	})
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, http.StatusNotFound) })
	return mux
}

// page answers a request by f, and by an error page where f fails.
func (s *site) page(f func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch err := f(w, r); {
		case err == nil:
		case errors.Is(err, store.ErrNotFound):
			s.fail(w, r, http.StatusNotFound)
		case errors.Is(r.Context().Err(), context.Canceled):
			// The reader went away; nobody is there to answer.
		default:
			s.log.Error("page could not be made", "url", r.URL.Path, "err", err)
			s.fail(w, r, http.StatusInternalServerError)
		}
	}
}

// check gives the document of a check; one that is no longer in the table is shown by its id.
func (s *site) check(id audit.CheckID) CheckDoc {
	if i := slices.IndexFunc(s.checks, func(c CheckDoc) bool { return c.ID == id }); i >= 0 {
		return s.checks[i]
	}
	return CheckDoc{ID: id, Title: string(id)}
}

// platformRank orders places as the table of platforms does; one that is no longer in it comes last.
func (s *site) platformRank(name audit.Platform) int {
	if i := slices.IndexFunc(s.platforms, func(p PlatformDoc) bool { return p.Name == name }); i >= 0 {
		return i
	}
	return len(s.platforms)
}

func (s *site) platform(name audit.Platform) PlatformDoc {
	if i := slices.IndexFunc(s.platforms, func(p PlatformDoc) bool { return p.Name == name }); i >= 0 {
		return s.platforms[i]
	}
	return PlatformDoc{Name: name}
}

// counts reports whether a door counts in the Door score.
func (s *site) counts(c CheckDoc, p audit.Platform) bool { return c.Door && !s.platform(p).Apart }
