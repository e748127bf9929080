package main

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"unicode"

	"doorknock/crawler"
)

// reference is one comment that a person, or a rule of the label's maker, found on a page.
type reference struct {
	key, text      string // key as the page has it; the beginning of the text
	hasTime, hasID bool
}

// readReferences reads comments.csv beside the labels; a folder without one has none.
func readReferences(path string) (map[string][]reference, error) {
	rows, err := readTable(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	byFile := map[string][]reference{}
	for _, row := range rows {
		r := reference{key: row["comment_id"], hasTime: strings.Contains(row["fields_checked"], "t") && row["time"] != "", hasID: row["comment_id"] != ""}
		if strings.Contains(row["fields_checked"], "x") {
			r.text = letters(row["text_start"])
		}
		byFile[row["file"]] = append(byFile[row["file"]], r)
	}
	return byFile, nil
}

// letters is a text without all that differs between two ways of reading it: blanks, marks, case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// itemsEval compares the comments that were listed with those that should be. One is right with its key, a time where
// the reference has one, and the beginning of its words.
type itemsEval struct{ right, wanted, given int }

func (e *itemsEval) compare(want []reference, got []crawler.PageComment) {
	e.wanted += len(want)
	e.given += len(got)
	for _, r := range want {
		i := slices.IndexFunc(got, r.is)
		if i >= 0 {
			e.right++
			got = slices.Delete(slices.Clone(got), i, i+1)
		}
	}
}

// compared is how many letters of the text must agree.
const compared = 50

func (r reference) is(c crawler.PageComment) bool {
	want := []rune(r.text)
	want = want[:min(len(want), compared)]
	return (!r.hasID || c.ID == r.key) && (!r.hasTime || !c.When.IsZero()) && strings.HasPrefix(letters(c.Text), string(want))
}

func (e *itemsEval) precision() *float64 { return share{e.right, e.given}.value() }

func (e *itemsEval) recall() *float64 { return share{e.right, e.wanted}.value() }
