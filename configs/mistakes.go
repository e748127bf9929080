package configs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"doorknock/audit"
)

// Mistake is one thing wrong with a file that an operator wrote, and what to do about it.
type Mistake struct {
	File         string
	Line, Column int // from 1; 0 where the mistake has no place, as a key that is missing
	Key          string
	Text         string
}

// String gives file:line:column: key: text, as editors and terminals understand it.
func (m Mistake) String() string {
	var b strings.Builder
	b.WriteString(m.File)
	if m.Line > 0 {
		fmt.Fprintf(&b, ":%d", m.Line)
	}
	if m.Column > 0 {
		fmt.Fprintf(&b, ":%d", m.Column)
	}
	if m.Key != "" {
		b.WriteString(": " + audit.Untrusted(m.Key).Plain(longestShown))
	}
	return b.String() + ": " + m.Text
}

// Mistakes are all mistakes of one file, in the order of its lines. They are an error that says everything at once.
type Mistakes []Mistake

// Error gives one line for each mistake.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, one := range m {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// err sorts the mistakes and gives nil where there are none.
func (m Mistakes) err() error {
	if len(m) == 0 {
		return nil
	}
	slices.SortStableFunc(m, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return m
}

// longestShown is how many characters of a value a mistake repeats: enough to find it, and a cell of a megabyte is not
// printed twice.
const longestShown = 200

// mistaken puts a mistake's words together; values that are too long to repeat are cut.
func mistaken(format string, args ...any) string {
	for i, a := range args {
		switch a := a.(type) {
		case string:
			args[i] = audit.Cut(a, longestShown)
		case error:
			args[i] = audit.Cut(a.Error(), 2*longestShown)
		}
	}
	return audit.Untrusted(fmt.Sprintf(format, args...)).Plain(4 * longestShown)
}
