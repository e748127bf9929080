package fakeslack

import (
	_ "embed" // the page
	"html/template"
	"net/http"
	"slices"
	"time"
)

// shown is a message as the page shows it.
type shown struct {
	At     string
	Answer Answer
	Taken  bool
	Header string
	Blocks [][]part
	Text   string
}

func show(m Message) shown {
	s := shown{At: m.At.Format(time.TimeOnly), Answer: m.Answer, Taken: m.Taken, Text: m.Text}
	p, err := read(m.Raw)
	if err != nil {
		return s
	}
	for _, b := range p.Blocks {
		if b.Type == "header" && b.Text != nil {
			s.Header = b.Text.Text
			continue
		}
		if parts, err := b.parts(); err == nil && len(parts) > 0 {
			s.Blocks = append(s.Blocks, parts)
		}
	}
	return s
}

func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	var list []shown
	for _, m := range slices.Backward(s.Messages()) {
		list = append(list, show(m))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = pageTemplate.Execute(w, list)
}

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))
