package web

import (
	"maps"
	"time"

	"doorknock/audit"
)

// valueView is one value as pages print it: what it is, and what it says.
type valueView struct{ Name, Says string }

// values are those of a door that a person can read.
func (s *site) values(v audit.Values) []valueView {
	v = shownValues(v)
	all := make([]valueView, 0, len(v))
	for _, k := range v.Keys() {
		base, channel := k.Split()
		name := s.words.say("value." + string(base))
		if channel != "" {
			name += " (" + s.words.say("value.on."+channel) + ")"
		}
		all = append(all, valueView{name, s.valueWords(base, v[k])})
	}
	return all
}

// shownValues leaves out what is no word for people: of a wording there is only its hash.
func shownValues(v audit.Values) audit.Values {
	v = maps.Clone(v)
	delete(v, audit.ValueWording)
	return v
}

func (s *site) valueWords(k audit.ValueKey, x audit.Value) string {
	switch k {
	case audit.ValueReplyMinutes:
		return s.minutes(x.Number)
	case audit.ValueReplyWithin:
		return s.words.first("value.within."+x.Text, "value.within.all")
	case audit.ValueYear:
		return x.String() // without a thousands mark
	case audit.ValueDate, audit.ValueNewest:
		if t, err := time.Parse(time.DateOnly, x.Text); err == nil {
			return s.words.date(t)
		}
	}
	if x.Text == "" {
		return thousands(x.Number)
	}
	return audit.Untrusted(x.Text).Plain(120)
}

// minutes says a stretch of time in its largest whole unit.
func (s *site) minutes(n int) string {
	switch {
	case n > 0 && n%(24*60) == 0:
		return s.words.count("value.days", n/(24*60))
	case n > 0 && n%60 == 0:
		return s.words.count("value.hours.n", n/60)
	}
	return s.words.count("value.minutes", n)
}
