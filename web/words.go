package web

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorknock/alerts/digest"
)

//go:embed words/en.json
var english []byte

// words is one language's catalogue: every string that the pages print, by key. A key that counts something has the
// forms KEY.one and KEY.other; {name} in a string is filled in. Strings are plain text and escaped like any other.
type words map[string]string

// Pages that the digest's catalogue has words for are written in its languages, with the frame around them; all others in
// English.
func readWords(language string) (words, error) {
	w := words{}
	if err := json.Unmarshal(english, &w); err != nil {
		return nil, fmt.Errorf("read the catalogue of words: %w", err)
	}
	for key, text := range digest.In(language).All() {
		if ofPages(key) {
			w[key] = text
		}
	}
	return w, nil
}

// ofPages reports whether a string of the digest's catalogue is one that pages print.
func ofPages(key string) bool {
	if part, _, found := strings.Cut(key, "."); found {
		return slices.Contains([]string{"site", "nav", "foot", "reader", "sector", "nation", "size", "news", "page", "forward", "dates", "time", "corrections", "changes"}, part)
	}
	return slices.Contains([]string{"lang", "months"}, key)
}

// say gives the string of key with {name} filled from pairs of name and value. A missing key shows itself, so that
// the test of the templates finds it.
func (w words) say(key string, pairs ...any) string {
	s, ok := w[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	if len(pairs) == 0 {
		return s
	}
	var b strings.Builder
	for {
		before, name, closed, found := braced(s)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString(w.filled(name, pairs))
		s = closed
	}
}

// filled gives the value of a name; a name without one shows itself.
func (w words) filled(name string, pairs []any) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == any(name) {
			return w.value(pairs[i+1])
		}
	}
	return "{" + name + "}"
}

// braced cuts a string at its first {name}.
func braced(s string) (before, name, after string, found bool) {
	before, rest, found := strings.Cut(s, "{")
	if !found {
		return s, "", "", false
	}
	if name, after, found = strings.Cut(rest, "}"); !found {
		return s, "", "", false
	}
	return before, name, after, true
}

// count is say for a key with plural forms; {n} is the number.
func (w words) count(key string, n int, pairs ...any) string {
	form := ".other"
	if n == 1 {
		form = ".one"
	}
	return w.say(key+form, append(pairs, "n", n)...)
}

// first gives the string of the first key there is.
func (w words) first(keys ...string) string {
	for _, k := range keys {
		if s, ok := w[k]; ok {
			return s
		}
	}
	return w.say(keys[len(keys)-1])
}

func (w words) value(v any) string {
	switch v := v.(type) {
	case int:
		return thousands(v)
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

// thousands writes 12,345.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// date writes 12 Nov 2026, in UTC.
func (w words) date(t time.Time) string {
	if t.IsZero() {
		return w.say("time.never")
	}
	t = t.UTC()
	months := strings.Fields(w["months"])
	return fmt.Sprintf("%d %s %d", t.Day(), months[t.Month()-1], t.Year())
}

// clock writes 12 Nov 2026 at 10:14, in UTC.
func (w words) clock(t time.Time) string {
	if t.IsZero() {
		return w.say("time.never")
	}
	return w.date(t) + " " + t.UTC().Format("15:04")
}
