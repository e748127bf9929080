package crawler

import (
	"slices"
	"strings"
)

// mask is a set of numbers, of signs or of lists of them, a bit for each.
type mask []uint64

func maskOf(numbers []int) mask {
	if len(numbers) == 0 {
		return nil
	}
	m := make(mask, slices.Max(numbers)/64+1)
	for _, i := range numbers {
		m.add(i)
	}
	return m
}

func (m mask) add(i int) { m[i/64] |= 1 << (i % 64) }

func (m mask) has(i int) bool { return i/64 < len(m) && m[i/64]&(1<<(i%64)) != 0 }

// meets reports whether a sign is in both.
func (m mask) meets(other mask) bool {
	for i := range min(len(m), len(other)) {
		if m[i]&other[i] != 0 {
			return true
		}
	}
	return false
}

// WithLists adds the stems of lists that are asked for as a whole: whether any stem of such a list was found is answered by
// one comparison, however long it is. A list is known by the place where it lies, so that the same one must be asked for.
func (s *Signs) WithLists(lists ...[]string) *Signs {
	for _, list := range lists {
		numbers := make([]int, len(list))
		for i, stem := range list {
			place, known := s.stem(stem)
			if !known {
				s.stems[place] = uint16(len(s.signs)) + 1 // far fewer than there are places
				s.add(sign{text: stem})
			}
			numbers[i] = int(s.stems[place]) - 1
		}
		s.ask(list, numbers)
	}
	return s
}

// WithPhrases adds lists of stretches that count only where a word begins.
func (s *Signs) WithPhrases(lists ...[]string) *Signs {
	for _, list := range lists {
		numbers := make([]int, len(list))
		for i, phrase := range list {
			number, known := s.phrases[phrase]
			if !known {
				number = len(s.signs)
				s.phrases[phrase] = number
				s.add(sign{text: phrase, phrase: true})
			}
			numbers[i] = number
		}
		s.ask(list, numbers)
	}
	return s
}

func (s *Signs) ask(list []string, numbers []int) {
	if len(list) > 0 {
		s.asked[&list[0]] = askedList{maskOf(numbers), numbers}
	}
}

// askedList is a list of stems or phrases by their numbers.
type askedList struct {
	mask    mask
	numbers []int
}

// of gives a list that the set was made of.
func (s *Signs) of(list []string) (known askedList, ok bool) {
	if len(list) == 0 {
		return known, true
	}
	known, ok = s.asked[&list[0]]
	return known, ok && len(known.numbers) == len(list)
}

// HoldsAny reports whether one of a list's stems stands anywhere in the text. A list that the set was not made of costs a
// question for each.
func (f *Found) HoldsAny(list []string) bool {
	if l, known := f.seen.set.of(list); known {
		return l.mask.meets(f.seen.mask)
	}
	return slices.ContainsFunc(list, f.Holds)
}

// SignsAny reports whether one of a list's stems stands in the body. A list that the set was not made of costs a question
// for each.
func (p *Page) SignsAny(s *Signs, list []string) bool {
	if l, known := s.of(list); known {
		return l.mask.meets(p.signs.of(s, p.findInSource).mask)
	}
	return slices.ContainsFunc(list, func(stem string) bool { return p.Sign(s, stem) != "" })
}

// SaysAny reports whether one of the stems or phrases of a list stands in the page's LowerText. A list that the set was not
// made of costs a question for each, and is one of stems.
func (p *Page) SaysAny(s *Signs, list []string) bool {
	if l, known := s.of(list); known {
		return l.mask.meets(p.signs.of(s, p.findInText).mask)
	}
	return slices.ContainsFunc(list, func(stem string) bool { return p.Says(s, stem) })
}

// SaysTimes counts the places of the page's LowerText where a word begins with one of a list of phrases of the set.
func (p *Page) SaysTimes(s *Signs, list []string) (n int) {
	text, at := p.LowerText(), p.signs.of(s, p.findInText).at
	l, _ := s.of(list)
	for _, i := range l.numbers {
		phrase := s.signs[i].text
		if at[i] == 0 {
			continue
		}
		for from := int(at[i]) - 1; ; from += len(phrase) {
			next := strings.Index(text[from:], phrase)
			if next < 0 {
				break
			}
			if from += next; from == 0 || !letter(text[from-1]) {
				n++
			}
		}
	}
	return n
}
