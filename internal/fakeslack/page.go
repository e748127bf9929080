package fakeslack

import (
	_ "embed" // the page
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"time"
)

// shown is a message as the page shows it.
type shown struct {
	At        string
	Header    string
	Blocks    [][]part
	Tables    []table
	Buttons   []string
	Text      string
	Edited    bool
	Broadcast bool
	Gone      bool
	Ticked    bool
	Thread    []shown
}

// table is a block data_table in words.
type table struct {
	Caption string
	Head    []string
	Rows    [][]string
}

func show(p Post) shown {
	s := shown{At: p.At.Format(time.TimeOnly), Text: p.Text, Edited: p.Edits > 0, Broadcast: p.Broadcast, Gone: p.Gone,
		Ticked: slices.Contains(p.Reactions, "white_check_mark")}
	payload, err := read(p.Raw)
	if err != nil {
		return s
	}
	for _, b := range payload.Blocks {
		switch {
		case b.Type == "header" && b.Text != nil:
			s.Header = b.Text.Text
		case b.Type == "actions":
			s.Buttons = append(s.Buttons, b.buttons()...)
		case b.Type == "data_table":
			s.Tables = append(s.Tables, b.table())
		default:
			if parts, err := b.parts(); err == nil && len(parts) > 0 {
				s.Blocks = append(s.Blocks, parts)
			}
		}
	}
	return s
}

// buttons are the words on what can be pressed.
func (b block) buttons() (words []string) {
	var elements []struct {
		Text        *text `json:"text"`
		Placeholder *text `json:"placeholder"`
	}
	if err := json.Unmarshal(b.Elements, &elements); err != nil {
		return nil
	}
	for _, e := range elements {
		if e.Text != nil {
			words = append(words, e.Text.Text)
		} else if e.Placeholder != nil {
			words = append(words, e.Placeholder.Text+" ▾")
		}
	}
	return words
}

func (b block) table() table {
	t := table{Caption: b.Caption}
	for i, row := range b.Rows {
		cells := make([]string, len(row))
		for k, c := range row {
			cells[k] = c.Text
		}
		if i == 0 {
			t.Head = cells
		} else {
			t.Rows = append(t.Rows, cells)
		}
	}
	return t
}

// wall is what the page shows: messages with their threads, the newest first, and what was not taken.
type wall struct {
	Messages []shown
	Refused  []Message
}

func (s *Server) wall() wall {
	var w wall
	at := map[string]int{}
	for _, p := range s.Posts() {
		if i, in := at[p.Thread]; p.Thread != "" && in {
			w.Messages[i].Thread = append(w.Messages[i].Thread, show(p))
			continue
		}
		at[p.TS] = len(w.Messages)
		w.Messages = append(w.Messages, show(p))
	}
	slices.Reverse(w.Messages)
	for _, m := range s.Messages() {
		if !m.Taken && m.Answer != NotOKFor("already_reacted") {
			w.Refused = append(w.Refused, m)
		}
	}
	return w
}

func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = pageTemplate.Execute(w, s.wall())
}

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))
