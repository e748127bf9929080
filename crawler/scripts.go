package crawler

import (
	"strings"

	"golang.org/x/net/html"
)

// Scripts are the scripts known to draw a facility that the bare page does not show. Where one is loaded, the page
// cannot prove that the facility is absent. The list is configs/scripts.yaml.
type Scripts struct {
	Known []Script `yaml:"scripts"`
}

// Script is one drawing script.
type Script struct {
	Name  string `yaml:"name"`
	Match string `yaml:"match"` // lower-case stretch of the script's address
	Draws string `yaml:"draws"` // comments, reviews, forum, events, social or any
}

// Drawer gives the first script element of the page known to draw what is asked for ("comments"), nil where there is none.
func (p *Page) Drawer(what string) (*html.Node, Script) {
	if p.scripts == nil {
		return nil, Script{}
	}
	for _, tag := range [...]string{"script", "iframe"} {
		for _, n := range p.Tag(tag) {
			if s, ok := p.scripts.draws(Attr(n, "src"), what); ok {
				return n, s
			}
		}
	}
	return nil, Script{}
}

func (s *Scripts) draws(src, what string) (Script, bool) {
	if src == "" {
		return Script{}, false
	}
	src = strings.ToLower(src)
	for _, k := range s.Known {
		if (k.Draws == what || k.Draws == "any") && strings.Contains(src, k.Match) {
			return k, true
		}
	}
	return Script{}, false
}
