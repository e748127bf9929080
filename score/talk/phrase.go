package talk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// phrase is words that follow each other, each in one of its forms.
type phrase [][]string

// parsePhrase reads a phrase as configs/talk.yaml writes it.
func parsePhrase(s string) (phrase, error) {
	var p phrase
	for word := range strings.FieldsSeq(s) {
		forms := strings.Split(word, "|")
		for _, f := range forms {
			if plain := strings.TrimSuffix(f, "*"); plain == "" || plain != wordsOf(plain).first() {
				return nil, fmt.Errorf("phrase %q: %q is not one lower-case word", s, f)
			}
		}
		p = append(p, forms)
	}
	if len(p) == 0 {
		return nil, errors.New("a phrase is empty")
	}
	return p, nil
}

// saying is a text as its words in lower case; marks and apostrophes part them: "we've" is "we ve".
type saying []string

func wordsOf(text string) saying {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

func (s saying) first() string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

func (s saying) holds(p phrase) bool {
	for i := 0; i+len(p) <= len(s); i++ {
		if s[i:].begins(p) {
			return true
		}
	}
	return false
}

func (s saying) begins(p phrase) bool {
	for i, forms := range p {
		if !isForm(s[i], forms) {
			return false
		}
	}
	return true
}

func isForm(word string, forms []string) bool {
	for _, f := range forms {
		if stem, open := strings.CutSuffix(f, "*"); word == f || open && strings.HasPrefix(word, stem) {
			return true
		}
	}
	return false
}

func (s saying) holdsAny(all []phrase) bool {
	return slices.ContainsFunc(all, s.holds)
}
