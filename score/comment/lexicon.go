package comment

import (
	"slices"
	"strings"
)

// lexicon finds the phrases of many sets in one pass. The forms that a step of a phrase allows are numbered: each word of
// a text is looked up once, for the numbers that it answers to and the phrases that it begins, and all else is asking bits.
type lexicon struct {
	steps map[string]int // the forms of a step, as written, to its number
	known map[string]*reading
	stems map[byte][]stem // forms with any ending, by their first byte
	width int             // of a row of bits
	sets  int
	drafts
}

// drafts are what is gathered until ready makes the lexicon fit for use.
type drafts struct {
	forms  map[string][]int // a form, or with its * a stem, to the steps that allow it
	begins [][]entry        // by the step that they begin with
}

// reading is what a word of a text may be.
type reading struct {
	is     bits
	begins []entry
}

type bits []uint64

func (b bits) has(i int) bool { return b != nil && b[i>>6]&(1<<(i&63)) != 0 }

func (b bits) set(i int) { b[i>>6] |= 1 << (i & 63) }

// entry is a phrase and the set it belongs to, without its first step.
type entry struct {
	set  int
	own  bool // it has a word of denial of its own
	rest []numbered
}

type numbered struct{ step, gap int }

type stem struct {
	text  string
	steps []int
}

// add gives a set of phrases the next number. The lexicon answers once it is ready.
func (x *lexicon) add(all phrases) int {
	if x.steps == nil {
		x.steps, x.forms = map[string]int{}, map[string][]int{}
	}
	set := x.sets
	x.sets++
	for _, p := range all.each() {
		e := entry{set: set, own: slices.ContainsFunc(p, step.denies)}
		for i, st := range p {
			if n := x.number(st); i > 0 {
				e.rest = append(e.rest, numbered{n, st.gap})
			}
		}
		first := x.number(p[0])
		x.begins[first] = append(x.begins[first], e)
	}
	return set
}

// number gives the number of what a step allows.
func (x *lexicon) number(st step) int {
	key := strings.Join(st.forms, "|")
	if n, known := x.steps[key]; known {
		return n
	}
	n := len(x.steps)
	x.steps[key] = n
	x.begins = append(x.begins, nil)
	for _, f := range st.forms {
		x.forms[f] = append(x.forms[f], n)
	}
	return n
}

// ready makes the lexicon answer; nothing is added to it any more.
func (x *lexicon) ready() {
	x.width = (len(x.steps) + 63) / 64
	x.known, x.stems = map[string]*reading{}, map[byte][]stem{}
	for form, steps := range x.forms {
		if text, any := strings.CutSuffix(form, "*"); any {
			x.stems[text[0]] = append(x.stems[text[0]], stem{text, steps})
		}
	}
	for form, steps := range x.forms {
		if !strings.HasSuffix(form, "*") {
			x.known[form] = x.make(form, steps)
		}
	}
}

// make gives the reading of a word that answers to these steps, and to those of the stems that it begins with.
func (x *lexicon) make(word string, steps []int) *reading {
	r := &reading{}
	take := func(steps []int) {
		if r.is == nil && len(steps) > 0 {
			r.is = make(bits, x.width)
		}
		for _, n := range steps {
			if !r.is.has(n) {
				r.is.set(n)
				r.begins = append(r.begins, x.begins[n]...)
			}
		}
	}
	take(steps)
	for _, s := range x.stems[word[0]] {
		if strings.HasPrefix(word, s.text) {
			take(s.steps)
		}
	}
	return r
}

// read gives what a word may be; of "neighbour's" what "neighbour" may be besides.
func (x *lexicon) read(word string) *reading {
	owner, owns := strings.CutSuffix(word, "'s")
	if r, known := x.known[word]; known && !owns {
		return r
	}
	if owns && owner != "" {
		return x.make(word, append(slices.Clone(x.forms[word]), x.stepsOf(owner)...))
	}
	for _, s := range x.stems[word[0]] {
		if strings.HasPrefix(word, s.text) {
			return x.make(word, nil)
		}
	}
	return nothing
}

var nothing = &reading{}

// stepsOf gives the steps that a word answers to by one of its forms.
func (x *lexicon) stepsOf(word string) []int { return x.forms[word] }

// find gives, by set, every place where one of its phrases stands: from left to right, the longest of each place, none
// overlapping another.
func (x *lexicon) find(ws []word) [][]stretch {
	found := make([][]stretch, x.sets)
	if x.width == 0 {
		return found
	}
	readings := make([]*reading, len(ws))
	for i, w := range ws {
		readings[i] = x.read(w.text)
	}
	for i, r := range readings {
		for _, e := range r.begins {
			e.find(ws, readings, i, found)
		}
	}
	return found
}

// find notes the phrase at word i where it is the first of its set there, or the longest.
func (e *entry) find(ws []word, is []*reading, i int, found [][]stretch) {
	n := len(found[e.set])
	if n > 0 && found[e.set][n-1].from != i && found[e.set][n-1].to > i {
		return
	}
	to := from(e.rest, ws, is, i+1, ws[i].clause)
	if to == 0 {
		return
	}
	if n > 0 && found[e.set][n-1].from == i {
		last := &found[e.set][n-1]
		last.to, last.own = max(last.to, to), last.own || e.own
		return
	}
	found[e.set] = append(found[e.set], stretch{i, to, e.own})
}

// from says up to which word the rest of a phrase stands from word i on; 0 where it does not.
func from(rest []numbered, ws []word, is []*reading, i, clause int) int {
	if len(rest) == 0 {
		return i
	}
	for k := i; k <= i+rest[0].gap && k < len(ws) && ws[k].clause == clause; k++ {
		if is[k].is.has(rest[0].step) {
			if end := from(rest[1:], ws, is, k+1, clause); end > 0 {
				return end
			}
		}
	}
	return 0
}
