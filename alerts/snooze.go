package alerts

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"doorknock/store"
)

// snoozeTimes are the times that a snooze may last, with their words.
var snoozeTimes = []struct{ id, words string }{{"1h", "for 1 hour"}, {"4h", "for 4 hours"}, {"morning", "until tomorrow morning"}}

// morning is when a working day begins, by the clock of the place.
const morning = 8 * time.Hour

// Snooze is a silence over the subject of a message: what all its alerts have in common. Its text, which is a value of Slack's,
// names one of them and the labels in which the others are like it.
type Snooze struct {
	When   string // an id of snoozeTimes
	Alert  string
	Labels []string
}

// String writes the snooze as ReadSnooze reads it.
func (s Snooze) String() string { return s.When + " " + s.Alert + " " + strings.Join(s.Labels, ",") }

// ReadSnooze reads what String wrote; anything else is an error.
func ReadSnooze(text string) (Snooze, error) {
	parts := strings.Split(text, " ")
	if len(parts) != 3 || parts[1] == "" || parts[2] == "" {
		return Snooze{}, fmt.Errorf("%q is no snooze", text)
	}
	s := Snooze{When: parts[0], Alert: parts[1], Labels: strings.Split(parts[2], ",")}
	for _, name := range s.Labels {
		if !knownLabel(name) {
			return Snooze{}, fmt.Errorf("%q is no snooze: no label %q", text, name)
		}
	}
	if !slices.ContainsFunc(snoozeTimes, func(t struct{ id, words string }) bool { return t.id == s.When }) {
		return Snooze{}, fmt.Errorf("%q is no snooze: no time %q", text, s.When)
	}
	return s, nil
}

// Silence makes the silence of a snooze that somebody pressed at a time, where the clock is that of place. It does not keep
// back what is urgent, unless it was pressed on what is.
func (s Snooze) Silence(a store.Alert, author string, pressed time.Time, place *time.Location) (store.Silence, error) {
	all := labels(a).all()
	var matchers []string
	urgent := false
	for _, name := range s.Labels {
		urgent = urgent || name == "urgency" && all[name] == "urgent"
		if name != "urgency" && all[name] != "" {
			matchers = append(matchers, fmt.Sprintf("%s = %q", name, all[name]))
		}
	}
	if urgent {
		matchers = append(matchers, `urgency = "urgent"`)
	} else {
		matchers = append(matchers, `urgency != "urgent"`)
	}
	return NewSilence(matchers, author, "snoozed in Slack", pressed, s.lasts(pressed.In(place)))
}

// lasts is how long the snooze is.
func (s Snooze) lasts(from time.Time) time.Duration {
	if d, err := time.ParseDuration(s.When); err == nil {
		return d
	}
	y, m, day := from.Date()
	return time.Date(y, m, day+1, int(morning/time.Hour), 0, 0, 0, from.Location()).Sub(from)
}
