package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"time"

	"doorknock/audit"
)

//go:embed templates
var templateFiles embed.FS

// pages are the parsed templates, one set per page over the shared layout and parts.
type pages struct{ sets map[string]*template.Template }

func newPages(s *site) (*pages, error) {
	shared, err := template.New("layout").Funcs((&Dress{s.words, s.static}).Functions()).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("read the layout: %w", err)
	}
	p := &pages{sets: map[string]*template.Template{}}
	for _, name := range []string{"home", "league", "organisation", "finding", "changes", "corrections", "method", "error", "look", "lookform", "lookguide", "reader", "edition"} {
		set, err := shared.Clone()
		if err == nil {
			set, err = set.ParseFS(templateFiles, "templates/"+name+".html")
		}
		if err != nil {
			return nil, fmt.Errorf("read the template of page %s: %w", name, err)
		}
		p.sets[name] = set
	}
	return p, nil
}

// layout is what every page has, and the page's own part.
type layout struct {
	Title     string
	Nav       string // the entry of the navigation that this page belongs to
	Lang      string
	Demo      string
	Copy      string // whose copy this is, where it is not public
	Publisher Publisher
	Looked    time.Time // the last look of all; zero: none yet
	Known     bool      // Looked was read: an error page does not ask the store
	Readers   bool      // the weekly edition can be asked for here
	Other     string    // address of the page in the other language; "": there is none
	Page      any
}

// contactLink gives where a "wrong?" link leads: an address of a page, or mail.
func (l layout) ContactLink() string {
	if l.Publisher.Contact == "" {
		return ""
	}
	if address := audit.Untrusted(l.Publisher.Contact).Link(); address != "" {
		return address
	}
	return "mailto:" + l.Publisher.Contact
}

// show makes the whole page and then sends it, so that an error never leaves half a page behind.
func (s *site) show(w http.ResponseWriter, r *http.Request, name, title string, looked time.Time, page any) error {
	l := layout{Title: title, Nav: name, Looked: looked, Known: true, Page: page}
	return s.render(w, r, http.StatusOK, name, l)
}

func (s *site) render(w http.ResponseWriter, r *http.Request, status int, name string, l layout) error {
	l.Lang, l.Demo, l.Publisher, l.Readers = s.words["lang"], s.demo, s.publisher, s.readers != nil
	switch s.purpose {
	case "private":
		l.Copy = s.words.say("foot.private")
	case "team":
		l.Copy = s.words.say("foot.team")
	}
	l.Title = s.words.say("site.title", "page", l.Title)
	var b bytes.Buffer
	if err := s.pages.sets[name].ExecuteTemplate(&b, "layout", l); err != nil {
		return fmt.Errorf("make page %s: %w", name, err)
	}
	whole := harmless(&b)
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", l.Lang)
	h.Set("Content-Length", strconv.Itoa(len(whole)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = io.WriteString(w, whole)
	}
	return nil
}

// harmless takes out of a finished page what no page of ours holds and what acts on the text around it: control and
// direction-changing characters, towers of marks. It is done to the whole page so that no value can be forgotten; the
// template has escaped them all for HTML by then, and nothing that is taken out is part of a tag.
func harmless(page *bytes.Buffer) string { return audit.Untrusted(page.String()).Text() }

// fail sends the page of an error, in the same dress as the others. It asks nothing of the store.
func (s *site) fail(w http.ResponseWriter, r *http.Request, status int) {
	code := strconv.Itoa(status)
	l := layout{Title: s.words.say("error." + code + ".title"), Page: map[string]string{
		"Heading": s.words.say("error." + code + ".h1"), "Text": s.words.say("error." + code + ".text"),
	}}
	w.Header().Set("Cache-Control", "no-store")
	if err := s.render(w, r, status, "error", l); err != nil {
		s.log.Error("error page could not be made", "status", status, "err", err)
		http.Error(w, code, status)
	}
}
