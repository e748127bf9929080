package fakeslack

import (
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

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5"><title>Slack stand-in</title>
<style>
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:0 auto;padding:1rem}
article{border-left:4px solid #1d6f42;margin:1.5rem 0;padding:0 1rem}
article.no{border-color:#b3261e}
h2{font-size:1.05rem;margin:0}
p{margin:.3rem 0;white-space:pre-line;overflow-wrap:anywhere}
blockquote{margin:.3rem 0;padding-left:.8rem;border-left:3px solid #8888;overflow-wrap:anywhere}
small{opacity:.75}
</style></head><body>
<h1>Slack stand-in</h1>
<p>What doorknock would have sent to your channel. Nothing here leaves this machine. The page reloads every five seconds.</p>
{{range .}}<article{{if not .Taken}} class="no"{{end}}>
<h2>{{.Header}}</h2>
{{range .Blocks}}{{template "parts" .}}{{end}}
<small>{{.At}} UTC · answered {{.Answer}}</small>
</article>{{else}}<p>No message yet.</p>{{end}}
</body></html>
{{define "parts"}}{{range .}}{{if eq .Type "rich_text_section"}}<p>{{template "parts" .Elements}}</p>{{else if eq .Type "rich_text_quote"}}<blockquote>{{template "parts" .Elements}}</blockquote>{{else if eq .Type "link"}}<a href="{{.URL}}" rel="noopener nofollow ugc">{{if .Text}}{{.Text}}{{else}}{{.URL}}{{end}}</a>{{else}}{{.Text}}{{end}}{{end}}{{end}}
`))
