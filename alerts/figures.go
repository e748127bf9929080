package alerts

import (
	"fmt"
	"strconv"
	"strings"

	"doorknock/audit"
)

// Table is a table in a message. A receiver that has tables shows one; others are given its lines.
type Table struct {
	Caption string   // our words
	Head    []string // our words, one a column; the first column names its row
	Rows    [][]Cell // each as long as Head
}

// Cell is text, or a number by which its column can be sorted.
type Cell struct {
	Text   audit.Untrusted // what is shown; of a number "" shows the number
	Number float64
	Sorts  bool // Number holds
}

// TextCell is a cell of foreign text.
func TextCell(text string) Cell { return Cell{Text: audit.Untrusted(text)} }

// NumberCell is a cell of a number, shown as our words say; "" shows it plainly.
func NumberCell(n float64, shown string) Cell {
	return Cell{Text: audit.Untrusted(shown), Number: n, Sorts: true}
}

func (c Cell) plain(limit int) string {
	switch text := c.Text.Plain(limit); {
	case text != "":
		return text
	case c.Sorts:
		return number(c.Number)
	}
	return "–"
}

func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// text is the table in lines: caption, then of each row its name and its values with their columns' names. What has no room is counted.
func (t Table) text(limit int) string {
	return listed(t.Caption+":", len(t.Rows), limit, func(i int) string {
		var line strings.Builder
		for k, c := range t.Rows[i] {
			switch {
			case k == 0:
				line.WriteString(c.plain(maxName))
			case k < len(t.Head):
				fmt.Fprintf(&line, "%s%s %s", separator(k), t.Head[k], c.plain(maxName))
			}
		}
		return line.String()
	})
}

func separator(k int) string {
	if k == 1 {
		return ": "
	}
	return ", "
}

// Chart is lines or bars over shared categories. A receiver that has charts shows one; others are given its numbers.
type Chart struct {
	Title      string // our words
	Bars       bool   // else lines
	X, Y       string // our names of the axes, or ""
	Categories []string
	Series     []Series
}

// Series is one line, or one colour of bars.
type Series struct {
	Name   audit.Untrusted
	Values []float64 // one a category
}

// text is the chart in lines: a series each, with its numbers and their categories.
func (c Chart) text(limit int) string {
	return listed(c.Title+":", len(c.Series), limit, func(i int) string {
		var line strings.Builder
		line.WriteString(c.Series[i].Name.Plain(maxName) + ": ")
		for k, v := range c.Series[i].Values {
			if k >= len(c.Categories) {
				break
			}
			if k > 0 {
				line.WriteString(", ")
			}
			line.WriteString(audit.Untrusted(c.Categories[k]).Plain(maxName) + " " + number(v))
		}
		return line.String()
	})
}

// listed is a heading and as many of n lines as limit characters have room for.
func listed(heading string, n, limit int, line func(int) string) string {
	text := heading
	for i := range n {
		next := text + "\n" + line(i)
		if len(next) > limit-40 { // bytes, to be safe; room for what follows
			return fmt.Sprintf("%s\nAnd %d more.", text, n-i)
		}
		text = next
	}
	return text
}

// figures are the message's tables and charts in words.
func (m Message) figures(limit int) []string {
	var all []string
	for _, t := range m.Tables {
		all = append(all, t.text(limit))
	}
	for _, c := range m.Charts {
		all = append(all, c.text(limit))
	}
	return all
}
