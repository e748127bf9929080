package digest

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	texttemplate "text/template"

	"doorknock/alerts"
)

//go:embed templates/*.txt templates/*.html
var templates embed.FS

var funcs = map[string]any{
	"plain":     func(w alerts.Words) string { return w.Plain() },
	"foreign":   foreign,
	"link":      func(p alerts.Piece) string { return p.URL.Link() },
	"addresses": addresses,
	"upper":     strings.ToUpper,
	"rest":      func(n int) int { return 100 - n },
	"add":       func(a, b int) int { return a + b },
}

var (
	textEdition = texttemplate.Must(texttemplate.New("edition.txt").Funcs(funcs).ParseFS(templates, "templates/edition.txt"))
	htmlEdition = template.Must(template.New("edition.html").Funcs(funcs).ParseFS(templates, "templates/edition.html"))
)

// foreign is a piece's foreign text; a name of nothing visible says so.
func foreign(p alerts.Piece) string {
	if text := p.Foreign.Plain(p.Limit); text != "" {
		return text
	}
	return "–"
}

// addresses lists where a line's links lead, each once, for a text in which they stand under the line.
func addresses(w alerts.Words) []string {
	var all []string
	seen := map[string]bool{}
	for _, p := range w {
		if u := p.URL.Link(); u != "" && !seen[u] {
			seen[u] = true
			all = append(all, u)
		}
	}
	return all
}

// Say gives a string of the telling's language.
func (t Telling) Say(key string) string { return t.words.Say(key) }

// Text writes the telling as plain text, as good as the HTML.
func (t Telling) Text(w io.Writer) error {
	if err := textEdition.Execute(w, t); err != nil {
		return fmt.Errorf("write %s as text: %w", t.Title, err)
	}
	return nil
}

// HTML writes the telling as a page that needs nothing from anywhere: no pictures, no script, no tracking.
func (t Telling) HTML(w io.Writer) error {
	if err := htmlEdition.Execute(w, t); err != nil {
		return fmt.Errorf("write %s as HTML: %w", t.Title, err)
	}
	return nil
}
