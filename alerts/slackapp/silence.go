package slackapp

import (
	"context"
	"strings"
	"time"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/store"
)

const silenceHint = Command + ` silence organisation=hollybank kind=change 2h the site is being moved`

// silence begins, lists or ends silences, as the command of that name does.
func (a *App) silence(ctx context.Context, q ask, words string, asked time.Time) (*alerts.Message, error) {
	verb, rest, _ := strings.Cut(words, " ")
	switch strings.ToLower(verb) {
	case "", "list":
		return a.silences(ctx)
	case "end", "expire":
		return a.endSilence(ctx, strings.TrimSpace(rest), asked)
	}
	matchers, lasts, comment := readSilence(words)
	s, err := alerts.NewSilence(matchers, who(q), comment, asked, lasts)
	if err != nil {
		m := said("Nothing is silenced.")
		m.Items[0].Lines = append(m.Items[0].Lines, alerts.Words{theirs(err.Error(), 300), {Ours: "."}}, alerts.Ours("Matchers come first, then how long, then why: "+silenceHint))
		return m, nil //nolint:nilerr // told
	}
	id, err := a.o.Store.AddSilence(ctx, s, asked)
	if err != nil {
		return nil, err
	}
	return said("Alerts that are "+strings.Join(s.Matchers, ", ")+" are told to nobody until "+a.clock(s.EndsAt)+". Others hear that the silence began and when it ends.",
		"What is seen meanwhile is recorded and shown as always, and not told later. To end it now: "+Command+" silence end "+id), nil
}

// readSilence reads matchers, how long, and why, in this order.
func readSilence(words string) (matchers []string, lasts time.Duration, comment string) {
	rest := words
	for rest != "" {
		var word string
		word, rest = cutWord(rest)
		if d, err := time.ParseDuration(word); err == nil {
			return matchers, d, strings.TrimSpace(rest)
		}
		matchers = append(matchers, word)
	}
	return matchers, 0, ""
}

// cutWord cuts the first word off; blanks within quotation marks part no words.
func cutWord(text string) (word, rest string) {
	quoted := false
	for i, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ' ' && !quoted:
			return text[:i], strings.TrimLeft(text[i:], " ")
		}
	}
	return text, ""
}

func (a *App) silences(ctx context.Context) (*alerts.Message, error) {
	all, err := a.o.Store.Silences(ctx, a.o.Now())
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return said("No silence is in force. To begin one: " + silenceHint), nil
	}
	m := &alerts.Message{Title: alerts.Ours("Silences in force")}
	for _, s := range all {
		m.Items = append(m.Items, alerts.Item{Lines: []alerts.Words{a.silenceLine(s), alerts.Ours("To end it: " + Command + " silence end " + s.ID)}})
	}
	return m, nil
}

func (a *App) silenceLine(s store.Silence) alerts.Words {
	return alerts.Words{theirs(strings.Join(s.Matchers, ", "), 300), {Ours: " until " + a.clock(s.EndsAt) + ", by "}, theirs(s.Author, 80), {Ours: ": "}, theirs(s.Comment, 200),
		{Ours: "; kept back " + counted(s.Kept, "alert")}}
}

func (a *App) endSilence(ctx context.Context, id string, asked time.Time) (*alerts.Message, error) {
	err := a.o.Store.ExpireSilence(ctx, audit.Cut(id, longestID), asked)
	if absent(err) {
		return said("No silence of that name is in force. " + Command + " silence list shows those that are."), nil
	}
	if err != nil {
		return nil, err
	}
	return said("The silence has ended."), nil
}
