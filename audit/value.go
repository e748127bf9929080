package audit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// ValueKey names a value that a check reads beside its answer. The list is closed. A key may be followed by a dot and the
// channel that it speaks of, where a page says different things of several: "reply_minutes.facebook".
type ValueKey string

// The keys. What each holds, and its unit, says ValueKeys.
const (
	ValueYear         ValueKey = "year"
	ValueDate         ValueKey = "date"
	ValueHours        ValueKey = "hours"
	ValueReplyMinutes ValueKey = "reply_minutes"
	ValueReplyWithin  ValueKey = "reply_within"
	ValueGrade        ValueKey = "grade"
	ValueName         ValueKey = "name"
	ValueAhead        ValueKey = "ahead"
	ValueNewest       ValueKey = "newest"
	ValuePeople       ValueKey = "people"
	ValueAuthors      ValueKey = "authors"
	ValueGroups       ValueKey = "groups"
	ValueClauses      ValueKey = "clauses"
	ValueItems        ValueKey = "items"
	ValuePhotos       ValueKey = "photos"
	ValueVideos       ValueKey = "videos"
	ValueLinks        ValueKey = "links"
	ValuePolls        ValueKey = "polls"
	ValueCompetitions ValueKey = "competitions"
	ValueNotices      ValueKey = "notices"
	ValueStories      ValueKey = "stories"
	ValueWording      ValueKey = "wording"
)

// ValueDoc says what a key holds. A new key is one constant and one line of ValueKeys.
type ValueDoc struct {
	Key    ValueKey `json:"key"`
	Number bool     `json:"number"` // a whole number, 0 or more; else a short text
	Unit   string   `json:"unit"`
	Means  string   `json:"means"`
}

// ValueKeys is the closed list, in the order in which values are shown.
func ValueKeys() []ValueDoc {
	return []ValueDoc{
		{ValueYear, true, "year", "the year that the document or figures are of; of 2024/25 it is 2025"},
		{ValueGrade, false, "grades, joined by /", "the grades that the regulator gave, as C1 or G1/V2/C1"},
		{ValueDate, false, "day, as 2025-03-31", "the day of what is shown, as of a judgement"},
		{ValueHours, false, "days and hours, as Mo-Fr 09:00-17:00", "when somebody watches"},
		{ValueReplyMinutes, true, "minutes", "the reply time that is promised"},
		{ValueReplyWithin, false, "all, working_hours or working_days", "which time the promise counts: every hour, those of work, or whole days of work"},
		{ValueName, false, "name", "the product or system by name, from a list of ours"},
		{ValueAhead, true, "count", "dates that lie ahead"},
		{ValueNewest, false, "day, as 2025-03-31", "the day of the newest item"},
		{ValuePeople, true, "count", "people who are named"},
		{ValueAuthors, true, "count", "authors who write under a name"},
		{ValueGroups, true, "count", "groups that are linked"},
		{ValueClauses, true, "count", "clauses that are quoted"},
		{ValueItems, true, "count", "items that were looked at"},
		{ValuePhotos, true, "count", "items with photos"},
		{ValueVideos, true, "count", "items with video"},
		{ValueLinks, true, "count", "items with links elsewhere"},
		{ValuePolls, true, "count", "polls or questions"},
		{ValueCompetitions, true, "count", "competitions"},
		{ValueNotices, true, "count", "notices: outages, works, jobs"},
		{ValueStories, true, "count", "items about people or the community"},
		{ValueWording, false, "hash", "which wording the page has; another means that its words changed"},
	}
}

// valueChannels are what may stand behind the dot of a key.
var valueChannels = []string{"facebook", "x", "instagram", "youtube", "linkedin", "nextdoor", "whatsapp", "messages", "chat", "email", "phone"}

// Of gives the key for one channel.
func (k ValueKey) Of(channel string) ValueKey { return ValueKey(string(k) + "." + channel) }

// Split gives the key without its channel, and the channel, "" where it speaks of none.
func (k ValueKey) Split() (key ValueKey, channel string) {
	base, channel, _ := strings.Cut(string(k), ".")
	return ValueKey(base), channel
}

// doc gives what a key holds; false where it is not on the list.
func (k ValueKey) doc() (ValueDoc, bool) {
	base, channel := k.Split()
	if strings.Contains(string(k), ".") && !slices.Contains(valueChannels, channel) {
		return ValueDoc{}, false
	}
	for _, d := range ValueKeys() {
		if d.Key == base {
			return d, true
		}
	}
	return ValueDoc{}, false
}

// Value is a whole number or a short text; which, its key says.
type Value struct {
	Number int
	Text   string
}

// Number makes the value of a whole number.
func Number(n int) Value { return Value{Number: n} }

// Text makes the value of a short text.
func Text(text string) Value { return Value{Text: text} }

// Values are the few named figures and words that a check reads beside its answer. In JSON they are an object of numbers and
// texts. The zero value holds none. Nobody changes them once they are part of a reading or finding.
type Values map[ValueKey]Value

// maxValueText bounds a text: a value is a name, a day or hours, never a sentence and never a person's words.
const maxValueText = 120 // bytes

// Check says what is wrong with values that a check of ours made: keys that are not on the list, numbers where a text belongs.
func (v Values) Check() error {
	for k, x := range v {
		d, ok := k.doc()
		switch {
		case !ok:
			return fmt.Errorf("value %q is not on the list", k)
		case d.Number != (x.Text == "") || x.Number < 0:
			return fmt.Errorf("value %s is %+v; want %s", k, x, d.Unit)
		case len(x.Text) > maxValueText || !utf8.ValidString(x.Text) || strings.ContainsFunc(x.Text, func(r rune) bool { return r < ' ' || r == 0x7f }):
			return fmt.Errorf("value %s: a text of %d bytes is none", k, len(x.Text))
		}
	}
	return nil
}

// Equal reports whether two sets say the same.
func (v Values) Equal(o Values) bool { return maps.Equal(v, o) }

// moving are figures that differ with every post that is written: another one replaces the last, and is no change.
var moving = []ValueKey{ValueAhead, ValueNewest, ValueAuthors, ValueItems, ValuePhotos, ValueVideos, ValueLinks, ValuePolls, ValueCompetitions,
	ValueNotices, ValueStories}

// Lasting are the values without those that move with every post.
func (v Values) Lasting() Values {
	kept := Values{}
	for k, x := range v {
		if base, _ := k.Split(); !slices.Contains(moving, base) {
			kept[k] = x
		}
	}
	return kept
}

// Keys gives the keys in the order of the list, each followed by those of its channels.
func (v Values) Keys() []ValueKey {
	rank := map[ValueKey]int{}
	for i, d := range ValueKeys() {
		rank[d.Key] = i
	}
	return slices.SortedFunc(maps.Keys(v), func(a, b ValueKey) int {
		baseA, _ := a.Split()
		baseB, _ := b.Split()
		if rank[baseA] != rank[baseB] {
			return rank[baseA] - rank[baseB]
		}
		return strings.Compare(string(a), string(b))
	})
}

// String says them in a line, as in ids: equal values give equal lines.
func (v Values) String() string {
	parts := make([]string, 0, len(v))
	for _, k := range v.Keys() {
		parts = append(parts, fmt.Sprintf("%s=%s", k, v[k]))
	}
	return strings.Join(parts, " ")
}

// String gives the text, or the number in digits.
func (x Value) String() string {
	if x.Text != "" {
		return x.Text
	}
	return fmt.Sprint(x.Number)
}

// MarshalJSON gives a text or a number.
func (x Value) MarshalJSON() ([]byte, error) {
	if x.Text != "" {
		return json.Marshal(x.Text)
	}
	return json.Marshal(x.Number)
}

// UnmarshalJSON reads an object of values. What is not on this program's list, or has another type there, is left out: a
// crawler or a database of another version may know more.
func (v *Values) UnmarshalJSON(data []byte) error {
	var raw map[ValueKey]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return fmt.Errorf("read values: %w", err)
	}
	*v = nil
	for k, one := range raw {
		var x Value
		if json.Unmarshal(one, &x.Number) != nil && json.Unmarshal(one, &x.Text) != nil {
			continue
		}
		if (Values{k: x}).Check() != nil {
			continue
		}
		if *v == nil {
			*v = Values{}
		}
		(*v)[k] = x
	}
	return nil
}
