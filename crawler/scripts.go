package crawler

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/html"
)

// Scripts are the scripts known to draw a facility that the bare page does not show. Where one is loaded, the page
// cannot prove that the facility is absent. The list is configs/scripts.yaml.
type Scripts struct {
	Known []Script `yaml:"scripts"`

	made  sync.Once
	signs *Signs // the stretches of Known; nil where one is too short to be a sign
}

// may reports whether an address in lower case may hold the stretch of a known script.
func (s *Scripts) may(src string) bool {
	s.made.Do(func() {
		stretches := make([]string, 0, len(s.Known))
		for _, k := range s.Known {
			stretches = append(stretches, k.Match)
		}
		if !slices.ContainsFunc(stretches, func(m string) bool { return len(m) < 4 }) {
			s.signs = NewSigns(stretches...)
		}
	})
	return s.signs == nil || s.signs.In(src)
}

// Script is one drawing script.
type Script struct {
	Name  string `yaml:"name"`
	Match string `yaml:"match"` // lower-case stretch of the script's address
	Draws string `yaml:"draws"` // comments, reviews, forum, events, social or any
}

// Drawer gives the first script element of the page known to draw what is asked for ("comments"), nil where there is none.
func (p *Page) Drawer(what string) (*html.Node, Script) {
	for _, d := range p.drawers() {
		if d.script.Draws == what || d.script.Draws == "any" {
			return d.node, d.script
		}
	}
	return nil, Script{}
}

// drawer is an element that loads a known script.
type drawer struct {
	node   *html.Node
	script Script
}

// drawersOf gives the elements that load known scripts, each as often as it is known, in the order of the page, frames
// behind scripts.
func drawersOf(p *Page) (all []drawer) {
	if p.scripts == nil {
		return nil
	}
	for _, tag := range [...]string{"script", "iframe"} {
		for _, n := range p.Tag(tag) {
			src := Lower(Attr(n, "src"))
			if src == "" || !p.scripts.may(src) {
				continue
			}
			for _, k := range p.scripts.Known {
				if strings.Contains(src, k.Match) {
					all = append(all, drawer{n, k})
				}
			}
		}
	}
	return all
}
