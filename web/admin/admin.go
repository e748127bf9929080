package admin

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"doorknock/store"
	"doorknock/web"
)

// A Page is one page of the operator's.
type Page struct {
	Name     string // its words begin with admin.NAME: .menu (its entry in the menu) and .about (one line on the front page)
	Path     string // as http.ServeMux's, without a method: "/upload", "/witness/{id}"
	Hidden   bool   // it is not in the menu
	Template string // html/template of the page's main part; "." has Page (what View.Data holds) and Token
	// Get answers a look at the page. Post carries out its form; nil: it has none. A form of the page holds
	// {{template "token" .}}; a form with files names its token in the address instead: action="?token={{.Token}}".
	Get  func(*http.Request) (View, error)
	Post func(*http.Request) (View, error)
	// Body is how many bytes the form may have, and Within how long it may take; 0: 1 MiB, 10 s. Streamed says that
	// Post reads the body itself: nothing of it is read before, and the token stands in the address.
	Body     int64
	Within   time.Duration
	Streamed bool
}

// View is what a page answers with: another page to go to, a file to keep, or its own template with Title and Data.
type View struct {
	Title string
	Data  any
	To    string // a path of this listener
	File  *File
}

// File is an answer that is kept as a file, or a picture that is shown. It is never a page.
type File struct {
	Name    string
	Type    string // content type; shown in place where it is image/jpeg or image/png, else always a download
	Content []byte
}

// Refused is an error whose words are for the person who sent the form.
type Refused string

// Error gives the words.
func (r Refused) Error() string { return string(r) }

// Options are what the operator's pages are made from.
type Options struct {
	DB       *store.DB
	Password Password // not set: /metrics and one page that says how to set it
	Pages    []Page
	Log      *slog.Logger
	Now      func() time.Time
	Registry *prometheus.Registry // metrics of other parts; nil: none
}

// site is the pages of one installation's operator.
type site struct {
	db       *store.DB
	password Password
	all      []Page
	log      *slog.Logger
	now      func() time.Time
	dress    *web.Dress
	sets     templates
	tries    *web.Limiter
	hashing  sync.Mutex // one try of a password at a time: each takes 19 MiB
}

// New gives the handler of the operator's listener.
func New(o Options) (http.Handler, error) {
	s := &site{db: o.DB, password: o.Password, all: o.Pages, log: o.Log, now: o.Now}
	if s.db == nil {
		return nil, errors.New("make the operator's pages: no store")
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.tries = web.NewLimiter(triesMost, triesSpan, s.now)
	var err error
	if s.dress, err = web.NewDress(); err != nil {
		return nil, err
	}
	s.all = append([]Page{s.front()}, s.all...)
	if s.sets, err = newTemplates(s.dress, s.all); err != nil {
		return nil, err
	}
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, http.StatusForbidden) }))
	return web.Guard{Log: s.log, Fail: s.fail, Takes: s.takes}.Before(cross.Handler(s.routes(o.Registry))), nil
}

func (s *site) routes(registry *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics(registry))
	mux.HandleFunc("GET /static/{name}", func(w http.ResponseWriter, r *http.Request) {
		if !s.dress.Static(w, r.PathValue("name")) {
			s.fail(w, r, http.StatusNotFound)
		}
	})
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { s.dress.Icon(w) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, http.StatusNotFound) })
	if !s.password.Set() {
		mux.HandleFunc("GET /{$}", s.setPassword)
		return mux
	}
	mux.HandleFunc("GET /login", s.loginForm)
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /logout", s.logout)
	for _, p := range s.all {
		path := p.Path
		if path == "/" {
			path = "/{$}"
		}
		mux.HandleFunc("GET "+path, s.inside(p, p.Get))
		if p.Post != nil {
			mux.HandleFunc("POST "+path, s.inside(p, p.Post))
		}
	}
	return mux
}

const (
	usualBody   = 1 << 20
	usualWithin = 10 * time.Second
)

// takes lets forms through, as large and as slow as their page says.
func (s *site) takes(r *http.Request) (most int64, within time.Duration, ok bool) {
	if r.Method != http.MethodPost {
		return 0, 0, false
	}
	most, within = usualBody, usualWithin
	for _, p := range s.all {
		if p.Post != nil && (p.Path == r.URL.Path || strings.HasPrefix(r.URL.Path, strings.TrimSuffix(p.Path, "{id}")) && strings.HasSuffix(p.Path, "/{id}")) {
			most, within = max(most, p.Body), max(within, p.Within)
		}
	}
	return most, within, true
}

// inside answers a request of somebody who is logged in by do.
func (s *site) inside(p Page, do func(*http.Request) (View, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, err := s.session(r)
		if err != nil {
			s.log.Error("a session could not be read", "error", err)
			s.fail(w, r, http.StatusInternalServerError)
			return
		}
		if token == "" {
			http.Redirect(w, r, "/login?next="+s.known(p.Path), http.StatusSeeOther)
			return
		}
		if r.Method == http.MethodPost {
			if !s.mayPost(r, p, token) {
				s.fail(w, r, http.StatusForbidden)
				return
			}
		}
		view, err := do(r)
		s.answer(w, r, p, token, view, err)
	}
}

// answer sends what a page gave.
func (s *site) answer(w http.ResponseWriter, r *http.Request, p Page, token string, v View, err error) {
	var refused Refused
	switch {
	case errors.As(err, &refused):
		s.refuse(w, r, string(refused))
	case errors.Is(err, store.ErrNotFound):
		s.fail(w, r, http.StatusNotFound)
	case errors.Is(r.Context().Err(), context.Canceled):
	case err != nil:
		s.log.Error("page could not be made", "url", r.URL.Path, "error", err)
		s.fail(w, r, http.StatusInternalServerError)
	case v.File != nil:
		s.file(w, *v.File)
	case v.To != "":
		http.Redirect(w, r, local(v.To), http.StatusSeeOther)
	default:
		s.show(w, r, http.StatusOK, p.Name, layout{Title: v.Title, Nav: p.Name, Token: formToken(token), Page: v.Data})
	}
}

// local is the path if it is one of this listener, else the front page.
func local(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}
