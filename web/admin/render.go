package admin

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strconv"

	"doorknock/audit"
	"doorknock/web"
)

//go:embed templates
var templateFiles embed.FS

// templates are one set per page over the shared layout.
type templates map[string]*template.Template

func newTemplates(d *web.Dress, all []Page) (templates, error) {
	shared, err := template.New("layout").Funcs(d.Functions()).ParseFS(templateFiles, "templates/layout.html")
	if err != nil {
		return nil, fmt.Errorf("read the layout of the operator's pages: %w", err)
	}
	sets := templates{}
	add := func(name, main string) error {
		set, err := shared.Clone()
		if err == nil {
			set, err = set.New("main").Parse(main)
		}
		if err != nil {
			return fmt.Errorf("read the template of the operator's page %s: %w", name, err)
		}
		sets[name] = set
		return nil
	}
	for _, name := range []string{"login", "unset", "error"} {
		if err := add(name, builtIn(name)); err != nil {
			return nil, err
		}
	}
	for _, p := range all {
		if err := add(p.Name, p.Template); err != nil {
			return nil, err
		}
	}
	return sets, nil
}

// builtIn gives a template of this package. One that is missing is a fault of the table, which every start meets.
func builtIn(name string) string {
	body, err := templateFiles.ReadFile("templates/" + name + ".html")
	if err != nil {
		panic(err)
	}
	return string(body)
}

// layout is what every page has, and the page's own part.
type layout struct {
	Title string
	Nav   string
	Lang  string
	Menu  []entry
	Token string // of the session's forms; "": nobody is logged in
	Page  any
}

type entry struct{ Name, Path, Words, About string }

// menu lists the pages that have an entry.
func (s *site) menu() []entry {
	var all []entry
	for _, p := range s.all {
		if !p.Hidden {
			all = append(all, entry{p.Name, p.Path, s.dress.Say("admin." + p.Name + ".menu"), s.dress.Say("admin." + p.Name + ".about")})
		}
	}
	return all
}

// show makes the whole page and then sends it.
func (s *site) show(w http.ResponseWriter, r *http.Request, status int, name string, l layout) {
	l.Lang = s.dress.Say("lang")
	if l.Token != "" {
		l.Menu = s.menu()
	}
	var b bytes.Buffer
	if err := s.sets[name].ExecuteTemplate(&b, "layout", l); err != nil {
		s.log.Error("page could not be made", "page", name, "error", err)
		http.Error(w, strconv.Itoa(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	whole := audit.Untrusted(b.String()).Text() // as on the public pages: nothing that acts on the text around it
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(whole)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = io.WriteString(w, whole)
	}
}

// fail sends the page of an error.
func (s *site) fail(w http.ResponseWriter, r *http.Request, status int) {
	code := strconv.Itoa(status)
	s.show(w, r, status, "error", layout{Title: s.dress.Say("error." + code + ".title"), Page: map[string]string{
		"Heading": s.dress.Say("error." + code + ".h1"), "Text": s.dress.Say("error." + code + ".text"),
	}})
}

// refuse says what is wrong with a form.
func (s *site) refuse(w http.ResponseWriter, r *http.Request, why string) {
	s.show(w, r, http.StatusBadRequest, "error", layout{Title: s.dress.Say("admin.refused"), Page: map[string]string{
		"Heading": s.dress.Say("admin.refused"), "Text": why,
	}})
}

// file sends bytes that somebody else made: never as a page of this origin.
func (s *site) file(w http.ResponseWriter, f File) {
	h := w.Header()
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", f.Type)
	if !slices.Contains([]string{"image/jpeg", "image/png"}, f.Type) {
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", `attachment; filename="`+plainName(f.Name)+`"`)
	}
	_, _ = w.Write(f.Content)
}

// plainName keeps of a file's name what no header and no folder can misread.
func plainName(name string) string {
	kept := []byte{}
	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' && len(kept) > 0 {
			kept = append(kept, c)
		}
	}
	if len(kept) == 0 {
		return "file"
	}
	return string(kept)
}
