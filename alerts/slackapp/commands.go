package slackapp

import (
	"context"
	"strings"
	"time"

	"doorknock/alerts"
	"doorknock/audit"
)

// verb is what may stand after /doorknock.
type verb struct {
	name, hint, does string
	do               func(a *App, ctx context.Context, q ask, words string, asked time.Time) (*alerts.Message, error)
}

// verbs is the table of commands. The manifest's hint and the help are made of it.
func verbs() []verb {
	return []verb{
		{"status", "", "how this doorknock is, in five lines", (*App).status},
		{"explain", "ORGANISATION or LINK", "how each of its doors stands, with the evidence", (*App).explain},
		{"subscribe", "ORGANISATION or SECTOR or LABEL=VALUE, list, remove", "alerts about it in this channel, beside those that the settings send", (*App).subscribe},
		{"silence", "MATCHERS TIME COMMENT, list, end", "tells nobody of such alerts for that time", (*App).silence},
		{"help", "", "this list", (*App).help},
	}
}

func (a *App) command(ctx context.Context, q ask, asked time.Time) (*alerts.Message, string, error) {
	name, words, _ := strings.Cut(strings.TrimSpace(plainQuotes(q.Words)), " ")
	if name == "" {
		name = "help"
	}
	for _, v := range verbs() {
		if strings.EqualFold(v.name, name) {
			m, err := v.do(a, ctx, q, strings.TrimSpace(words), asked)
			return m, "command " + v.name, err
		}
	}
	m, err := a.help(ctx, q, "", asked)
	if err != nil {
		return nil, "", err
	}
	first := alerts.Words{{Ours: "There is no command “"}, {Foreign: audit.Untrusted(name), Limit: 40}, {Ours: "”."}}
	if near := nearest(strings.ToLower(name)); near != "" {
		first = append(first, alerts.Piece{Ours: " Did you mean " + Command + " " + near + "?"})
	}
	m.Items[0].Lines = append([]alerts.Words{first}, m.Items[0].Lines...)
	return m, "command unknown", nil
}

func (a *App) help(context.Context, ask, string, time.Time) (*alerts.Message, error) {
	lines := make([]string, 0, len(verbs())+1)
	for _, v := range verbs() {
		words := Command + " " + v.name
		if v.hint != "" {
			words += " " + v.hint
		}
		lines = append(lines, words+": "+v.does)
	}
	return said(append(lines, "Only you see what I answer.")...), nil
}

// plainQuotes undoes the quotation marks that telephones and Slack's own editor put in the place of typed ones.
func plainQuotes(s string) string {
	return strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`, "‘", "'", "’", "'").Replace(s)
}

// nearest gives the command that a mistyped one most likely was, or "".
func nearest(name string) string {
	best, least := "", 3 // more than two slips are another word
	for _, v := range verbs() {
		if d := slips(name, v.name); d < least {
			best, least = v.name, d
		}
	}
	return best
}

// slips counts the letters to add, drop, change or swap with the next to make b of a.
func slips(a, b string) int {
	x, y := []rune(audit.Cut(a, 20)), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range y {
		rows[0][j+1] = j + 1
	}
	for i := range x {
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			d := min(rows[i][j]+cost, rows[i][j+1]+1, rows[i+1][j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(x)][len(y)]
}
