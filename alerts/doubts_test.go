package alerts

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What can never take effect is named with its key; what can, is not.
func TestDoubts(t *testing.T) {
	known := Known{"organisation": {"elm", "oak"}, "sector": {"council", "almo"}}
	for name, c := range map[string]struct {
		routes []RouteConfig
		want   []string
	}{
		"all can be": {[]RouteConfig{{Matchers: []string{"kind = complaint"}, Continue: true}, {Matchers: []string{"kind = complaint", "organisation = elm"}},
			{Matchers: []string{`organisation =~ "elm|gone"`}}, {Matchers: []string{"platform = anything", "check !~ x"}}}, nil},
		"nobody of that name": {[]RouteConfig{{Matchers: []string{"kind = complaint", "organisation = elms"}}},
			[]string{`alerts.route.routes[0].matchers[1]: no organisation is "elms"; did you mean "elm"?`}},
		"left out, and not there": {[]RouteConfig{{Matchers: []string{"sector != councils"}}},
			[]string{`alerts.route.routes[0].matchers[0]: no sector is "councils"; did you mean "council"?`}},
		"nobody like that": {[]RouteConfig{{Matchers: []string{`organisation =~ "door.*"`}}}, []string{`alerts.route.routes[0].matchers[0]: no organisation is like "door.*"`}},
		"against itself": {[]RouteConfig{{Matchers: []string{"kind = complaint"}, Routes: []RouteConfig{{Matchers: []string{"kind = change"}}}}},
			[]string{"alerts.route.routes[0].routes[0].matchers[0]: no alert can hold for this and for what was asked of kind before"}},
		"an earlier one takes all": {[]RouteConfig{{Matchers: []string{`urgency =~ "urgent|high"`}}, {Matchers: []string{"kind = complaint", "urgency = urgent"}}},
			[]string{"alerts.route.routes[1]: no alert comes here: alerts.route.routes[0] takes all that would; give that one `continue: true`, or put this one before it"}},
		"an earlier one without matchers": {[]RouteConfig{{}, {Matchers: []string{"kind = change"}}},
			[]string{"alerts.route.routes[1]: no alert comes here: alerts.route.routes[0] takes all that would; give that one `continue: true`, or put this one before it"}},
		"an earlier one takes some": {[]RouteConfig{{Matchers: []string{"urgency = urgent"}}, {Matchers: []string{`urgency =~ "urgent|high"`}}}, nil},
		"of a label of any value":   {[]RouteConfig{{Matchers: []string{"platform = web"}}, {Matchers: []string{"platform != facebook"}}}, nil},
	} {
		got := Config{Route: RouteConfig{Receiver: "log", Routes: c.routes}}.Doubts(known)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	rules := Config{InhibitRules: []InhibitRule{{SourceMatchers: []string{"organisation = oaks"}, TargetMatchers: []string{"kind = change"}}}}
	if got := rules.Doubts(known); len(got) != 1 || !slices.Contains(got, `alerts.inhibit_rules[0].source_matchers[0]: no organisation is "oaks"; did you mean "oak"?`) {
		t.Error(got)
	}
	if got := Default().Doubts(nil); len(got) != 0 {
		t.Errorf("of the settings that come with the program: %v", got)
	}
}
