package alerts

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// Labels are what routes match on and group by. A label that an alert lacks has the value "".
type Labels struct {
	Organisation string
	Sector       string
	Platform     string
	Check        string
	Kind         string
	Urgency      string
	Severity     string
}

func (l Labels) all() map[string]string {
	return map[string]string{"organisation": l.Organisation, "sector": l.Sector, "platform": l.Platform,
		"check": l.Check, "kind": l.Kind, "urgency": l.Urgency, "severity": l.Severity}
}

func labelNames() []string { return slices.Sorted(maps.Keys(Labels{}.all())) }

func knownLabel(name string) bool { _, ok := Labels{}.all()[name]; return ok }

// A Route is one node of the tree with everything inherited and every matcher compiled.
type Route struct {
	ID             string // made from its place in the tree and its receiver
	Key            string // its place in the tree, as alerts.route.routes[0]
	Receiver       string
	GroupBy        []string
	GroupWait      time.Duration
	GroupInterval  time.Duration
	RepeatInterval time.Duration
	Escalate       *EscalateConfig // nil: nobody else is told
	Matchers       []string        // as they are written; none: it takes what the route above takes
	Continue       bool            // its siblings are asked as well
	Muted, Active  []string        // names of the intervals in which nothing is told, and of the only ones in which something is
	mute, active   []interval
	matchers       []matcher
	each           bool              // every complaint is told by itself
	asks           []store.AlertKind // kinds that it or one above it asks for by name: private and complaint are told to no other
	routes         []*Route
	beside         []*Route // of Slack channels that asked for alerts: each is asked, whatever the tree takes
}

// NewRoute makes the tree of a configuration that Validate has passed; a mistake in it is an error here too.
func NewRoute(c Config) (*Route, error) {
	times, err := c.times()
	if err != nil {
		return nil, err
	}
	top := Route{each: c.Complaints == ComplaintsEach, Receiver: c.Route.Receiver, GroupBy: []string{"organisation"},
		GroupWait: defaultGroupWait, GroupInterval: defaultGroupInterval}
	return newRoute(c.Route, top, "alerts.route", times)
}

func newRoute(c RouteConfig, above Route, key string, times map[string]interval) (*Route, error) {
	r := above
	r.matchers, r.routes, r.Escalate = nil, nil, c.Escalate
	r.Matchers, r.Continue, r.Muted, r.Active = c.Matchers, c.Continue, c.MuteTimeIntervals, c.ActiveTimeIntervals
	r.mute, r.active = pick(times, c.MuteTimeIntervals), pick(times, c.ActiveTimeIntervals)
	if c.Receiver != "" {
		r.Receiver = c.Receiver
	}
	if c.GroupBy != nil {
		r.GroupBy = slices.Sorted(slices.Values(c.GroupBy))
	}
	r.GroupWait = inherit(c.GroupWait, r.GroupWait)
	r.GroupInterval = inherit(c.GroupInterval, r.GroupInterval)
	r.RepeatInterval = inherit(c.RepeatInterval, r.RepeatInterval)
	for _, text := range c.Matchers {
		m, err := parseMatcher(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		r.matchers = append(r.matchers, m)
		for _, k := range []store.AlertKind{store.AlertPrivate, store.AlertComplaint} {
			if m.names(k) {
				r.asks = append(slices.Clone(r.asks), k)
			}
		}
	}
	r.ID, r.Key = audit.Hash("route", key, r.Receiver), key
	inherited := r
	for i, child := range c.Routes {
		made, err := newRoute(child, inherited, fmt.Sprintf("%s.routes[%d]", key, i), times)
		if err != nil {
			return nil, err
		}
		r.routes = append(r.routes, made)
	}
	return &r, nil
}

func pick(times map[string]interval, names []string) []interval {
	var picked []interval
	for _, name := range names {
		picked = append(picked, times[name])
	}
	return picked
}

// all gives the route and every one below it.
func (r *Route) all() []*Route {
	found := []*Route{r}
	for _, child := range slices.Concat(r.routes, r.beside) {
		found = append(found, child.all()...)
	}
	return found
}

// byID gives the route of the tree that has an id, nil where none has.
func (r *Route) byID(id string) *Route {
	for _, found := range r.all() {
		if found.ID == id {
			return found
		}
	}
	return nil
}

func inherit(own *time.Duration, above time.Duration) time.Duration {
	if own != nil {
		return *own
	}
	return above
}

// Match gives the routes that take an alert with these labels: the deepest match of each branch, in order. A
// branch's match ends the search among its siblings unless it says continue.
func (r *Route) Match(l Labels) []*Route {
	for _, m := range r.matchers {
		if !m.holds(l) {
			return nil
		}
	}
	var found []*Route
	for _, child := range r.routes {
		taken := child.Match(l)
		found = append(found, taken...)
		if len(taken) > 0 && !child.Continue {
			break
		}
	}
	if len(found) == 0 {
		return []*Route{r}
	}
	return found
}

// Tells gives the routes of Match that may tell the alert. A complaint goes nowhere by itself unless each is wanted, but by routes
// that name its kind: it is told when it stays without an answer. What says that a person may be in danger goes by no others
// than those that name its kind, whose receivers one person reads each. The channels that asked for alerts come after the tree.
func (r *Route) Tells(l Labels) []*Route {
	kind := store.AlertKind(l.Kind)
	taken := r.Match(l)
	for _, asked := range r.beside {
		taken = append(taken, asked.Match(l)...)
	}
	return slices.DeleteFunc(taken, func(r *Route) bool {
		named := slices.Contains(r.asks, kind)
		return kind == store.AlertPrivate && !named || kind == store.AlertComplaint && !r.each && !named
	})
}

// WhyNobody says why an alert with these labels is told to nobody, where Tells gives no route.
func WhyNobody(l Labels) string {
	if l.Kind == string(store.AlertPrivate) {
		return "nobody: only a route that names kind = private, to a receiver marked private, is told of it; it is in the log and in the list of alerts"
	}
	return "nobody: complaints are told when they stay unanswered (alerts.complaints: unanswered); a route that names kind = complaint has each"
}

// Group names the group of this route that an alert with these labels belongs to.
func (r *Route) Group(l Labels) string {
	all, parts := l.all(), []string{"group", r.ID}
	for _, name := range r.GroupBy {
		parts = append(parts, name, all[name])
	}
	return audit.Hash(parts...)
}

// matcher is one condition on one label.
type matcher struct {
	label, value string
	not          bool
	pattern      *regexp.Regexp // anchored; nil for plain equality
}

// parseMatcher reads `label OP value` with OP one of = != =~ !~; the value may stand in double quotes.
func parseMatcher(text string) (matcher, error) {
	at := strings.IndexAny(text, "=!")
	if at < 0 {
		return matcher{}, fmt.Errorf("%q has none of = != =~ !~", text)
	}
	m := matcher{label: strings.TrimSpace(text[:at])}
	rest := text[at:]
	var op string
	for _, o := range []string{"!=", "=~", "!~", "="} {
		if strings.HasPrefix(rest, o) {
			op = o
			break
		}
	}
	if op == "" {
		return matcher{}, fmt.Errorf("%q has none of = != =~ !~", text)
	}
	if !knownLabel(m.label) {
		return matcher{}, fmt.Errorf("%q: label %q is not one of %v", text, m.label, labelNames())
	}
	m.value = strings.TrimSpace(rest[len(op):])
	if n := len(m.value); n >= 2 && m.value[0] == '"' && m.value[n-1] == '"' {
		m.value = m.value[1 : n-1]
	} else if strings.ContainsRune(m.value, '"') {
		return matcher{}, fmt.Errorf("%q: a quotation mark without its other half", text)
	}
	m.not = op[0] == '!'
	if strings.HasSuffix(op, "~") {
		p, err := regexp.Compile("^(?:" + m.value + ")$")
		if err != nil {
			return matcher{}, fmt.Errorf("%q: %w", text, err)
		}
		m.pattern = p
	}
	if values := closed(m.label); values != nil && !m.meets("") && !slices.ContainsFunc(values, m.meets) {
		return matcher{}, fmt.Errorf("%q meets nothing: %s is one of %s", text, m.label, strings.Join(values, ", "))
	}
	return m, nil
}

// closed lists the values that a label can have, nil where it can have others: a matcher that meets none of them is a slip of
// the pen, and would keep back, or tell, something else than was meant.
func closed(label string) []string {
	switch label {
	case "kind":
		var kinds []string
		for _, k := range store.AlertKinds() {
			kinds = append(kinds, string(k))
		}
		return kinds
	case "severity":
		return Severities()
	case "urgency":
		return []string{"urgent", "high", "normal", "none"}
	}
	return nil
}

// names reports whether the matcher asks for one kind of alert and no other.
func (m matcher) names(k store.AlertKind) bool {
	return m.label == "kind" && !m.not && m.pattern == nil && m.value == string(k)
}

func (m matcher) holds(l Labels) bool { return m.takes(l.all()[m.label]) }

// takes reports whether it holds for a value of its label.
func (m matcher) takes(value string) bool { return m.meets(value) != m.not }

// meets reports whether a value is the one that the matcher names, or fits its pattern.
func (m matcher) meets(value string) bool {
	if m.pattern != nil {
		return m.pattern.MatchString(value)
	}
	return value == m.value
}
