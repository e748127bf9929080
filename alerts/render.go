package alerts

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"doorknock/audit"
)

// Plain renders a line for a sink that shows characters as they are, without the addresses of links.
func (w Words) Plain() string {
	var b strings.Builder
	for _, p := range w {
		b.WriteString(p.Ours)
		b.WriteString(p.Foreign.Plain(p.Limit))
	}
	return b.String()
}

// Part is a stretch of a line for a page: the text as it is shown, and the address that it leads to, "" for none.
type Part struct{ Text, Link string }

// Parts renders a line for a page, which escapes the text itself.
func (w Words) Parts() []Part {
	parts := make([]Part, 0, len(w))
	for _, p := range w {
		parts = append(parts, Part{Text: p.Ours + p.Foreign.Plain(p.Limit), Link: p.URL.Link()})
	}
	return parts
}

// mrkdwn renders a line for a sink that reads Slack's mrkdwn.
func (w Words) mrkdwn() string {
	var b strings.Builder
	for _, p := range w {
		b.WriteString(entities.Replace(p.Ours))
		b.WriteString(slackText(p.Foreign, p.Limit))
	}
	return b.String()
}

// withLinks renders a line for text mail and logs: a link's address stands after its words.
func (w Words) withLinks() string {
	var b strings.Builder
	for _, p := range w {
		b.WriteString(p.Ours)
		b.WriteString(p.Foreign.Plain(p.Limit))
		if p.URL != "" {
			b.WriteString(" (" + p.URL.Link() + ")")
		}
	}
	return b.String()
}

// text is the whole message for a sink of plain text, at most limit characters of it; what had no room is counted.
func (m Message) text(limit int) string {
	var b strings.Builder
	room := limit
	add := func(part string) bool {
		if b.Len() > 0 {
			part = "\n\n" + part
		}
		n := utf8.RuneCountInString(part)
		if n > room {
			return false
		}
		room -= n
		b.WriteString(part)
		return true
	}
	for _, note := range m.notes() {
		add(note)
	}
	room -= utf8.RuneCountInString(m.rest(len(m.Items)))
	for i, item := range m.Items {
		text := item.text()
		if i == 0 {
			text = audit.Cut(text, room)
		}
		if !add(text) {
			return b.String() + m.rest(len(m.Items)-i)
		}
	}
	for _, words := range m.figures(max(room, 0)) {
		add(words)
	}
	return b.String()
}

// rest says that n alerts had no room.
func (m Message) rest(n int) string {
	text := fmt.Sprintf("\n\nAnd %d more.", n)
	if all := m.More.Link(); all != "" {
		text += " All: " + all
	}
	return text
}

// text is one alert as lines, its quotation last.
func (i Item) text() string {
	lines := make([]string, 0, len(i.Lines)+1)
	for _, words := range i.Lines {
		lines = append(lines, words.withLinks())
	}
	if quote := i.Quote.Plain(maxQuote); quote != "" {
		lines = append(lines, "“"+quote+"”")
	}
	return strings.Join(lines, "\n")
}

var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
