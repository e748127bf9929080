package comment

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is one word of a text, lower-cased, with the bytes it was made from.
type word struct {
	text       string
	start, end int
	clause     int  // words of one clause have one number: . ! ? ; : and line ends part clauses, so does "but"
	sentence   int  // only . ! ? and line ends part sentences
	asked      bool // the sentence ends in a question mark
	comma      bool // stands before a comma
	dotted     bool // made of letters with a dot behind each
}

// words takes a text apart. Letters, digits and inner apostrophes make words; all else parts them.
func words(text string) []word {
	var all []word
	clause, sentence, from := 0, 0, 0
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if isLetter(r, size) {
			w := takeWord(text, i)
			if w.text == "but" || w.text == "ond" {
				clause++
			}
			w.clause, w.sentence = clause, sentence
			all = append(all, w)
			i = w.end
			continue
		}
		if end := dotted(all, text, i); r == '.' && end > 0 {
			i = end
			continue
		}
		switch r {
		case '.', '!', '?', '\n':
			if r == '?' {
				for k := from; k < len(all); k++ {
					all[k].asked = true
				}
			}
			clause, sentence, from = clause+1, sentence+1, len(all)
		case ',':
			if len(all) > 0 {
				all[len(all)-1].comma = true
			}
		case ';', ':', '(', ')', '…', '–', '—':
			clause++
		}
		i += size
	}
	return all
}

// dotted joins the letter behind the dot at i to the letters with dots before it, as in "the C.O. alarm", and says where to
// read on; 0 where the dot is none of such.
func dotted(all []word, text string, i int) int {
	if len(all) == 0 {
		return 0
	}
	last := &all[len(all)-1]
	if last.end != i || !last.dotted && utf8.RuneCountInString(last.text) != 1 {
		return 0
	}
	r, size := utf8.DecodeRuneInString(text[i+1:])
	after, width := utf8.DecodeRuneInString(text[i+1+size:])
	switch {
	case unicode.IsLetter(r) && !isLetter(after, width):
		last.text, last.end, last.dotted = last.text+string(unicode.ToLower(r)), i+1+size, true
		return last.end
	case last.dotted && !isLetter(r, size):
		return i + 1 // the last of its dots ends no sentence
	}
	return 0
}

// units are written behind a number without a blank: "my 3yr old", "it is 4c in here".
var units = strings.Fields("yr yrs yo year years mth mths month months wk wks week weeks c deg degrees")

// isLetter reports whether a rune is of a word.
func isLetter(r rune, size int) bool {
	broken := r == utf8.RuneError && size <= 1
	return !broken && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r))
}

func takeWord(text string, from int) word {
	end := from
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if !isLetter(r, size) {
			if r != '\'' && r != '’' {
				break
			}
			next, n := utf8.DecodeRuneInString(text[end+size:])
			if end == from || !isLetter(next, n) {
				break
			}
		}
		end += size
	}
	said := strings.ReplaceAll(strings.ToLower(text[from:end]), "’", "'")
	if unit := strings.TrimLeft(said, "0123456789"); unit != said && unit != "" && slices.Contains(units, unit) {
		end, said = end-len(unit), said[:len(said)-len(unit)]
	}
	if full, short := contractions[said]; short {
		said = full
	}
	return word{text: said, start: from, end: end}
}

// contractions as people type them in a hurry.
var contractions = map[string]string{
	"isnt": "isn't", "arent": "aren't", "wasnt": "wasn't", "werent": "weren't", "dont": "don't", "doesnt": "doesn't", "didnt": "didn't",
	"hasnt": "hasn't", "havent": "haven't", "hadnt": "hadn't", "wont": "won't", "cant": "can't", "couldnt": "couldn't",
	"wouldnt": "wouldn't", "shouldnt": "shouldn't", "im": "i'm", "ive": "i've", "weve": "we've", "theres": "there's",
}
