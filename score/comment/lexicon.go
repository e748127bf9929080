package comment

import "strings"

// lexicon finds the phrases of many sets in one pass: each word of a text is asked once which phrases begin with it.
type lexicon struct {
	words map[string][]entry // by a form of a phrase's first word
	stems map[byte][]stem    // forms with any ending, by their first byte
	sets  int
}

// entry is a phrase and the set it belongs to.
type entry struct {
	set  int
	rest phrase // without the first step
}

type stem struct {
	text string
	entry
}

// add gives a set of phrases the next number.
func (x *lexicon) add(all phrases) int {
	if x.words == nil {
		x.words, x.stems = map[string][]entry{}, map[byte][]stem{}
	}
	set := x.sets
	x.sets++
	for first, list := range all {
		for _, p := range list {
			for _, form := range p[0].forms {
				if form[0] != first { // phrases lists it under each first byte
					continue
				}
				if text, any := strings.CutSuffix(form, "*"); any {
					x.stems[first] = append(x.stems[first], stem{text, entry{set, p[1:]}})
				} else {
					x.words[form] = append(x.words[form], entry{set, p[1:]})
				}
			}
		}
	}
	return set
}

// find gives, by set, what phrases.find gives of each.
func (x *lexicon) find(ws []word) [][]stretch {
	found := make([][]stretch, x.sets)
	for i, w := range ws {
		for _, e := range x.words[w.text] {
			e.find(ws, i, found)
		}
		if owner, is := strings.CutSuffix(w.text, "'s"); is {
			for _, e := range x.words[owner] {
				e.find(ws, i, found)
			}
		}
		for _, s := range x.stems[w.text[0]] {
			if strings.HasPrefix(w.text, s.text) {
				s.find(ws, i, found)
			}
		}
	}
	return found
}

// find notes the phrase at word i where it is the first of its set there, or the longest.
func (e entry) find(ws []word, i int, found [][]stretch) {
	to := e.rest.from(ws, i+1, ws[i].clause)
	if to == 0 {
		return
	}
	if n := len(found[e.set]); n > 0 {
		last := &found[e.set][n-1]
		if last.from == i {
			last.to = max(last.to, to)
			return
		}
		if last.to > i {
			return
		}
	}
	found[e.set] = append(found[e.set], stretch{i, to})
}
