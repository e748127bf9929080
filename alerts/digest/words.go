package digest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorknock/alerts"
	"doorknock/audit"
)

//go:embed words/edition.json
var editionWords []byte

// The languages of the catalogue.
const (
	English = "en"
	Welsh   = "cy"
)

// Languages lists them, in the order in which the catalogue has each string.
func Languages() []string { return []string{English, Welsh} }

// catalogue holds every string of editions, of the mails around them and of readers' pages, once for each language, side
// by side: a string that lacks one is seen at once. A key that counts has the forms KEY.one and KEY.other; Welsh keeps to
// sentences in which no number or name changes the word after it.
var catalogue = map[string]Words{English: mustRead(0), Welsh: mustRead(1)}

func mustRead(n int) Words {
	w := Words{text: map[string]string{}}
	var both map[string][2]string
	if err := json.Unmarshal(editionWords, &both); err != nil {
		panic(fmt.Sprintf("the catalogue of editions: %v", err)) // a mistake of ours, found by the first test
	}
	for key, texts := range both {
		w.text[key] = texts[n]
	}
	return w
}

// Words is the catalogue in one language.
type Words struct{ text map[string]string }

// In gives the words of a language, English for one that the catalogue does not have.
func In(language string) Words {
	if w, ok := catalogue[language]; ok {
		return w
	}
	return catalogue[English]
}

// All gives every string by its key.
func (w Words) All() map[string]string { return w.text }

// Say gives the string of key with each {name} filled in from pairs of name and value. A missing key shows itself, so
// that a test finds it.
func (w Words) Say(key string, pairs ...any) string {
	var b strings.Builder
	for _, p := range w.Line(key, pairs...) {
		b.WriteString(p.Ours)
		b.WriteString(p.Foreign.Plain(p.Limit))
	}
	return b.String()
}

// Line is Say for a line of which parts are links or foreign text: a value may be a piece.
func (w Words) Line(key string, pairs ...any) alerts.Words {
	text, ok := w.text[key]
	if !ok {
		text = "⟦" + key + "⟧"
	}
	var line alerts.Words
	for text != "" {
		before, rest, found := strings.Cut(text, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return append(line, alerts.Piece{Ours: text})
		}
		if before != "" {
			line = append(line, alerts.Piece{Ours: before})
		}
		line = append(line, w.value(name, pairs))
		text = after
	}
	return line
}

func (w Words) value(name string, pairs []any) alerts.Piece {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] != name {
			continue
		}
		switch v := pairs[i+1].(type) {
		case alerts.Piece:
			return v
		case Few:
			return alerts.Piece{Ours: w.Few(v)}
		default:
			return alerts.Piece{Ours: fmt.Sprint(v)}
		}
	}
	return alerts.Piece{Ours: "⟦" + name + "⟧"}
}

// Count is Say for a key with plural forms; {n} is the number, with commas between its thousands.
func (w Words) Count(key string, n int, pairs ...any) string {
	return w.Say(plural(key, n), append(pairs, "n", thousands(n))...)
}

// thousands writes 12,345, for numbers that are not negative.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func plural(key string, n int) string {
	if n == 1 {
		return key + ".one"
	}
	return key + ".other"
}

// Few gives the number, or the words for one that is not told.
func (w Words) Few(n Few) string {
	if n < fewest {
		return w.Say("few")
	}
	return strconv.Itoa(int(n))
}

// Day writes 19 November 2026.
func (w Words) Day(t time.Time) string {
	return fmt.Sprintf("%d %s %d", t.Day(), w.month(t), t.Year())
}

// Moment writes 19 November 2026 at 11:04 UTC.
func (w Words) Moment(t time.Time) string {
	return w.Say("at", "day", w.Day(t.UTC()), "clock", t.UTC().Format("15:04"))
}

func (w Words) month(t time.Time) string { return strings.Fields(w.text["months.long"])[t.Month()-1] }

// Question is the title of a check. English has it from the check itself.
func (w Words) Question(id audit.CheckID, title string) string {
	if text, ok := w.text["check."+string(id)]; ok && w.text["lang"] != English {
		return text
	}
	return alerts.Sentence(title)
}

// State says a state in words of fact: of what is published by duty, and of doors.
func (w Words) State(s audit.State, published bool) string {
	if published {
		return w.Say("duty." + s.String())
	}
	return w.Say("state." + s.String())
}

// Reason says why a door could not be seen.
func (w Words) Reason(r audit.Reason) string { return w.Say("reason." + string(r)) }

// Correction says why a statement was corrected: the store keeps it in English.
func (w Words) Correction(why string) string {
	english := catalogue[English].text
	for _, key := range []string{"correction.undone", "correction.reread", "correction.unsaid"} {
		if english[key] == why {
			return w.Say(key)
		}
	}
	if w.text["lang"] == English && why != "" {
		return audit.Untrusted(why).Plain(nameLimit)
	}
	return w.Say("correction.other")
}

// practices are the checks of which a good practice can be told, in an order that does not change.
func practices() []audit.CheckID {
	var all []audit.CheckID
	for key := range catalogue[English].text {
		if id, ok := strings.CutPrefix(key, "good."); ok {
			all = append(all, audit.CheckID(id))
		}
	}
	slices.Sort(all)
	return all
}
