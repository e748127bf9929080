package talk

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"doorknock/audit"
)

// Rules are the plain rules of configs/talk.yaml.
type Rules struct {
	Manners struct {
		Action Rule `yaml:"action"`
		Stock  Rule `yaml:"stock"`
	} `yaml:"manners"`
	Kinds []Rule `yaml:"kinds"`
}

// Rule sorts by phrases. Says and Silent are its examples, and its tests.
type Rule struct {
	Kind    Kind     `yaml:"kind"`
	Phrases []string `yaml:"phrases"`
	Asks    bool     `yaml:"asks"` // a question mark at the end of the heading is a phrase too
	Says    []string `yaml:"says"`
	Silent  []string `yaml:"silent"`
}

// Kind is what a post of the organisation is about.
type Kind string

// KindOther is what no rule sorts.
const KindOther Kind = "other"

// Kinds are all of them, in the order in which they are shown: what invites people in first.
func Kinds() []Kind {
	return []Kind{"people", "question", "sharing", "service", "outage", "jobs", "promotion", KindOther}
}

// Sorter sorts an organisation's own words. It may be used from many goroutines.
type Sorter struct {
	action, stock []phrase
	kinds         []sorting
}

type sorting struct {
	kind    Kind
	asks    bool
	phrases []phrase
}

// NewSorter reads rules; all their mistakes are told at once.
func NewSorter(r Rules) (*Sorter, error) {
	var wrong []error
	parse := func(all []string) (made []phrase) {
		for _, s := range all {
			p, err := parsePhrase(s)
			if err != nil {
				wrong = append(wrong, err)
				continue
			}
			made = append(made, p)
		}
		return made
	}
	s := &Sorter{action: parse(r.Manners.Action.Phrases), stock: parse(r.Manners.Stock.Phrases)}
	for _, k := range r.Kinds {
		if !slices.Contains(Kinds(), k.Kind) || k.Kind == KindOther {
			wrong = append(wrong, fmt.Errorf("%q is no kind of post", k.Kind))
		}
		s.kinds = append(s.kinds, sorting{k.Kind, k.Asks, parse(k.Phrases)})
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, fmt.Errorf("read rules of talk: %w", err)
	}
	return s, nil
}

// Manner says what an organisation's own comment does for the one it answers; "" of a text without words.
func (s *Sorter) Manner(text string) audit.Manner {
	w := wordsOf(text)
	switch {
	case len(w) == 0:
		return ""
	case w.holdsAny(s.action):
		return audit.MannerAction
	case w.holdsAny(s.stock):
		return audit.MannerStock
	}
	return audit.MannerOther
}

// Kind says what a post is about: by its heading, else by the folders of its address.
func (s *Sorter) Kind(title, address string) Kind {
	if s == nil {
		return KindOther
	}
	if k := s.kindOf(wordsOf(title), strings.HasSuffix(strings.TrimSpace(title), "?")); k != KindOther {
		return k
	}
	u, err := url.Parse(address)
	if err != nil {
		return KindOther
	}
	folders, _, _ := cutLast(strings.Trim(u.Path, "/"))
	return s.kindOf(wordsOf(folders), false)
}

// Notice reports whether a post is a vacancy or tells of an outage.
func (s *Sorter) Notice(title, address string) bool {
	k := s.Kind(title, address)
	return k == "jobs" || k == "outage"
}

func (s *Sorter) kindOf(w saying, asks bool) Kind {
	for _, k := range s.kinds {
		if k.asks && asks || w.holdsAny(k.phrases) {
			return k.kind
		}
	}
	return KindOther
}

// cutLast parts a path before its last segment.
func cutLast(path string) (folders, last string, ok bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}
