package comment

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// How many words a + in a phrase may stand for, and a ~.
const (
	wide = 5
	far  = 8

	mostParts = 3 // of a phrase that may stand in any order
)

// phrase is a row of words to find within one clause. As written: words separated by spaces, forms of one word by |,
// any ending by a * at the end; one other word may stand between two of them, where + is written up to five, where ~ is up to
// eight, and then the parts of the phrase that a ~ joins may come in any order. # is any number.
type phrase []step

type step struct {
	forms []string
	gap   int // other words that may stand before this one
}

func parsePhrase(s string) (phrase, error) {
	var p phrase
	gap := 1
	for part := range strings.FieldsSeq(s) {
		switch part {
		case "+":
			gap = wide
			continue
		case "~":
			gap = far
			continue
		}
		st := step{forms: strings.Split(part, "|"), gap: gap}
		for _, f := range st.forms {
			if one := words(strings.TrimSuffix(f, "*")); len(one) != 1 || one[0].text != strings.TrimSuffix(f, "*") {
				return nil, fmt.Errorf("phrase %q: %q is not one lower-case word", s, f)
			}
		}
		p, gap = append(p, st), 1
	}
	if len(p) == 0 || gap != 1 {
		return nil, errors.New("a phrase is empty or ends in + or ~")
	}
	return p, nil
}

// phrases are listed under the first byte of their first word, so that most words of a text are asked for none.
type phrases map[byte][]phrase

// add parses a phrase and lists it, in every order that its ~ allow.
func (all phrases) add(written string) error {
	parts := strings.Split(written, " ~ ")
	if len(parts) > mostParts {
		return fmt.Errorf("phrase %q: more than %d parts in any order", written, mostParts)
	}
	for _, order := range orders(parts) {
		if err := all.addOne(strings.Join(order, " ~ ")); err != nil {
			return err
		}
	}
	return nil
}

// orders gives every order of some parts, that in which they are written first.
func orders(parts []string) (all [][]string) {
	if len(parts) < 2 {
		return [][]string{parts}
	}
	for i, p := range parts {
		for _, rest := range orders(slices.Delete(slices.Clone(parts), i, i+1)) {
			all = append(all, append([]string{p}, rest...))
		}
	}
	return all
}

// each gives every phrase once.
func (all phrases) each() (each []phrase) {
	for first, list := range all {
		for _, p := range list {
			if p[0].forms[0][0] == first { // it is listed under each first byte
				each = append(each, p)
			}
		}
	}
	return each
}

func (all phrases) addOne(written string) error {
	p, err := parsePhrase(written)
	if err != nil {
		return err
	}
	listed := map[byte]bool{}
	for _, f := range p[0].forms {
		if !listed[f[0]] {
			listed[f[0]] = true
			all[f[0]] = append(all[f[0]], p)
		}
	}
	return nil
}

func (all phrases) merge(more phrases) {
	for first, list := range more {
		all[first] = append(all[first], list...)
	}
}

func (s step) matches(w string) bool {
	if owner, is := strings.CutSuffix(w, "'s"); is && s.matches(owner) {
		return true
	}
	for _, f := range s.forms {
		if stem, any := strings.CutSuffix(f, "*"); w == f || (any && strings.HasPrefix(w, stem)) {
			return true
		}
	}
	return false
}

// at says up to which word the phrase stands in ws from word i on; 0 where it does not.
func (p phrase) at(ws []word, i int) int {
	if !p[0].matches(ws[i].text) {
		return 0
	}
	return p[1:].from(ws, i+1, ws[i].clause)
}

func (p phrase) from(ws []word, i, clause int) int {
	if len(p) == 0 {
		return i
	}
	for k := i; k <= i+p[0].gap && k < len(ws) && ws[k].clause == clause; k++ {
		if p[0].matches(ws[k].text) {
			if end := p[1:].from(ws, k+1, clause); end > 0 {
				return end
			}
		}
	}
	return 0
}

// longest says up to which word the longest of the phrases stands in ws from word i on; 0 where none does.
func (all phrases) longest(ws []word, i int) int {
	end := 0
	for _, p := range all[ws[i].text[0]] {
		end = max(end, p.at(ws, i))
	}
	return end
}

// in reports whether any of the phrases stands in ws.
func (all phrases) in(ws []word) bool {
	for i := range ws {
		if all.longest(ws, i) > 0 {
			return true
		}
	}
	return false
}

// stretch is the words [from, to) that a phrase was found in.
type stretch struct {
	from, to int
	own      bool // the phrase has a word of denial of its own
}

// denies reports whether a word of denial is among the step's forms.
func (s step) denies() bool {
	return slices.ContainsFunc(s.forms, func(f string) bool { return slices.Contains(negators, f) })
}

// find gives every place where one of the phrases stands, from left to right, the longest of each place, none overlapping.
func (all phrases) find(ws []word) (found []stretch) {
	for i := 0; i < len(ws); i++ {
		if to := all.longest(ws, i); to > 0 {
			found = append(found, stretch{from: i, to: to})
			i = to - 1
		}
	}
	return found
}
