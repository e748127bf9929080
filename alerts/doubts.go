package alerts

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Known lists the values that labels can have, by label. Of a label that is not in it any value may come.
type Known map[string][]string

// Doubts says what in the routes and inhibition rules can never take effect, each with its key: a matcher that no alert can
// hold for, a route that an earlier one leaves nothing for. None of it is an error: an organisation may be added to the list
// later.
func (c Config) Doubts(known Known) []string {
	all := maps.Clone(known)
	if all == nil {
		all = Known{}
	}
	for _, label := range labelNames() {
		if values := closed(label); values != nil {
			all[label] = values
		}
	}
	d := doubter{known: all}
	d.route(c.Route, "alerts.route", nil)
	for i, r := range c.InhibitRules {
		d.possible(fmt.Sprintf("alerts.inhibit_rules[%d].source_matchers", i), r.SourceMatchers, nil)
		d.possible(fmt.Sprintf("alerts.inhibit_rules[%d].target_matchers", i), r.TargetMatchers, nil)
	}
	return d.found
}

type doubter struct {
	known Known
	found []string
}

func (d *doubter) doubt(key, format string, args ...any) {
	d.found = append(d.found, key+": "+fmt.Sprintf(format, args...))
}

// route looks at one node of the tree. above are the matchers that hold wherever it is reached.
func (d *doubter) route(c RouteConfig, key string, above []matcher) {
	own, err := readMatchers(c.Matchers)
	if err != nil {
		return // Validate has said so
	}
	d.possible(key+".matchers", c.Matchers, above)
	here := append(slices.Clone(above), own...)
	for i, child := range c.Routes {
		name := fmt.Sprintf("%s.routes[%d]", key, i)
		for j, earlier := range c.Routes[:i] {
			if takes, err := readMatchers(earlier.Matchers); err == nil && !earlier.Continue && d.leavesNothing(takes, append(slices.Clone(here), mustRead(child.Matchers)...)) {
				d.doubt(name, "no alert comes here: %s.routes[%d] takes all that would; give that one `continue: true`, or put this one before it", key, j)
				break
			}
		}
		d.route(child, name, here)
	}
}

// mustRead gives the matchers that can be read.
func mustRead(texts []string) (all []matcher) {
	for _, text := range texts {
		if m, err := parseMatcher(text); err == nil {
			all = append(all, m)
		}
	}
	return all
}

// possible looks whether some alert can hold for each matcher, and for all that are of one label.
func (d *doubter) possible(key string, texts []string, above []matcher) {
	before := slices.Clone(above)
	for i, text := range texts {
		m, err := parseMatcher(text)
		if err != nil {
			continue
		}
		values, isKnown := d.known[m.label]
		exact := m.pattern == nil && m.value != ""
		switch {
		case isKnown && exact && !slices.Contains(values, m.value):
			d.doubt(fmt.Sprintf("%s[%d]", key, i), "no %s is %q%s", m.label, m.value, nearest(m.value, values))
		case isKnown && m.pattern != nil && !m.not && !slices.ContainsFunc(append([]string{""}, values...), m.takes):
			d.doubt(fmt.Sprintf("%s[%d]", key, i), "no %s is like %q", m.label, m.value)
		default:
			if before = append(before, m); len(d.values(m.label, before)) == 0 {
				d.doubt(fmt.Sprintf("%s[%d]", key, i), "no alert can hold for this and for what was asked of %s before", m.label)
			}
		}
	}
}

// values are those of a label that all matchers of it hold for.
func (d *doubter) values(label string, matchers []matcher) []string {
	candidates := append([]string{""}, d.known[label]...)
	if _, isKnown := d.known[label]; !isKnown {
		candidates = append(candidates, "any other")
	}
	for _, m := range matchers {
		if m.label == label && m.pattern == nil {
			candidates = append(candidates, m.value)
		}
	}
	return slices.DeleteFunc(candidates, func(value string) bool {
		return slices.ContainsFunc(matchers, func(m matcher) bool { return m.label == label && !m.takes(value) })
	})
}

// leavesNothing reports whether whatever holds for all of late holds for all of early.
func (d *doubter) leavesNothing(early, late []matcher) bool {
	for _, e := range early {
		same := func(m matcher) bool {
			return m.label == e.label && m.value == e.value && m.not == e.not && (m.pattern == nil) == (e.pattern == nil)
		}
		if slices.ContainsFunc(late, same) {
			continue
		}
		if _, isKnown := d.known[e.label]; !isKnown && !slices.ContainsFunc(late, func(m matcher) bool { return m.label == e.label && m.pattern == nil && !m.not }) {
			return false
		}
		if slices.ContainsFunc(d.values(e.label, late), func(value string) bool { return !e.takes(value) }) {
			return false
		}
	}
	return true
}

// nearest adds the known value that differs least, where it differs little.
func nearest(value string, known []string) string {
	for _, k := range known {
		if strings.EqualFold(k, value) || oneApart(k, value) {
			return fmt.Sprintf("; did you mean %q?", k)
		}
	}
	return ""
}

// oneApart reports whether one character more, less or other makes a of b.
func oneApart(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	for i := range len(b) {
		if a[i] != b[i] {
			return a[i+1:] == b[i+len(b)-len(a)+1:]
		}
	}
	return len(a)-len(b) == 1
}
