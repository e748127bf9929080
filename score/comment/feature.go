package comment

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// feature is one thing that a text shows, with the tokens it was seen in.
type feature struct {
	key      uint64
	from, to int  // tokens [from, to); empty where it is of the whole text
	words    bool // not of letters within a word: the naive Bayes part reads only these
}

// What a feature tells of is mixed into its key, so that "not" the word and "not" the letters differ.
const (
	ofWord = iota + 1
	ofPair
	ofDenied
	ofLetters
	ofShape
)

// The letters of a word are read in runs of three to five.
const (
	shortestRun = 3
	longestRun  = 5
)

// scope is how many words after a negator it may reach.
const scope = 4

// mostTokens bounds what one text can cost.
const mostTokens = 4000

// features gives all of a text's, in the order of the text, those of the whole text last.
func features(ts []token) []feature {
	ts = ts[:min(len(ts), mostTokens)]
	all := make([]feature, 0, 16*len(ts)+8)
	denied := 0
	for i, t := range ts {
		if t.text == "@" {
			continue // half the public texts begin with the handle of whom they address; comments under a post do not
		}
		h := mix(start(ofWord), t.text)
		all = append(all, feature{h, i, i + 1, true})
		if i > 0 {
			all = append(all, feature{mix(mix(start(ofPair), ts[i-1].text), t.text), i - 1, i + 1, true})
		}
		if t.ends {
			denied = 0
		}
		if t.kind == wordToken && denied > 0 {
			denied--
			all = append(all, feature{mix(start(ofDenied), t.text), i, i + 1, true})
		}
		if denies(t.text) {
			denied = scope
		}
		if t.kind == wordToken {
			all = letters(all, t.text, i)
		}
	}
	return shape(all, ts)
}

func denies(word string) bool {
	return strings.HasSuffix(word, "n't") || slices.Contains(negators, word)
}

// letters adds the runs of letters within a word; a blank stands for its ends.
func letters(all []feature, word string, at int) []feature {
	var room [64]byte
	padded := append(append(append(room[:0], ' '), word...), ' ')
	for i := 0; i < len(padded); {
		h, n := start(ofLetters), 0
		for k := i; k < len(padded) && n < longestRun; n++ {
			_, size := utf8.DecodeRune(padded[k:])
			for _, b := range padded[k : k+size] {
				h = step1(h, b)
			}
			k += size
			if n+1 >= shortestRun {
				all = append(all, feature{h, at, at + 1, false})
			}
		}
		_, size := utf8.DecodeRune(padded[i:])
		i += size
	}
	return all
}

// shape adds what the text shows as a whole.
func shape(all []feature, ts []token) []feature {
	shouted, cries, asks := 0, 0, 0
	for _, t := range ts {
		switch {
		case t.shouted:
			shouted++
		case strings.HasPrefix(t.text, "!"):
			cries++
		case strings.HasPrefix(t.text, "?"):
			asks++
		}
	}
	length := 0
	for _, most := range []int{4, 8, 12, 18, 25, 60} {
		if len(ts) > most {
			length++
		}
	}
	for i, n := range []int{length, min(shouted, 3), min(cries, 3), min(asks, 3)} {
		all = append(all, feature{key: step1(step1(start(ofShape), byte(i)), byte(n)), words: true})
	}
	return all
}

// The keys are 64-bit FNV-1a.
func start(kind byte) uint64 { return step1(14695981039346656037, kind) }

func step1(h uint64, b byte) uint64 { return (h ^ uint64(b)) * 1099511628211 }

// mix adds a text and an end to it.
func mix(h uint64, s string) uint64 {
	for i := range len(s) {
		h = step1(h, s[i])
	}
	return step1(h, 0)
}
