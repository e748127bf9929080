package talk

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

// seenAs reads looks, one a line: method, "all" or "some" (or "since" and an hour), the hours after Monday nine from which to which it
// was seen, how often, and which comments it showed.
func seenAs(t *testing.T, text string) (all []audit.Shown) {
	t.Helper()
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 4 {
			continue
		}
		x := audit.Shown{Channel: "c"}
		x.Method, x.Complete, x.Post = audit.Method(f[0]), f[1] != "some", "post"
		var since, from, to int
		if after, ok := strings.CutPrefix(f[1], "since:"); ok {
			_, _ = fmt.Sscan(after, &since)
			x.Since, x.Post = monday.Add(time.Duration(since)*h), ""
		}
		if _, err := fmt.Sscanf(f[2], "%d-%d", &from, &to); err != nil {
			t.Fatal(err)
		}
		_, _ = fmt.Sscan(f[3], &x.Looks)
		x.First, x.Last, x.Comments, x.Listed = monday.Add(time.Duration(from)*h), monday.Add(time.Duration(to)*h), f[4:], len(f)-4
		x.Capture = f[0] + f[2]
		all = append(all, x)
	}
	return all
}

// TestGone: comment x was said at hour 0 and is asked about; its post was last seen at hour 100.
func TestGone(t *testing.T) {
	for name, c := range map[string]struct {
		looks, want string
		post        int
	}{
		"there all the time":                {looks: "page all 0-40 5 x", want: "visible"},
		"said after two full looks":         {looks: "page all 0-6 2\npage all 12-12 1 x\ninterface all 12-12 1 x", want: "not told"},
		"not watched long enough":           {looks: "page all 0-6 2 x", want: "not told"},
		"three full looks without it":       {looks: "page all 0-6 2 x\npage all 12-24 3", want: "gone"},
		"two full looks without it":         {looks: "page all 0-6 2 x\npage all 12-18 2", want: "not told"},
		"three looks that did not show all": {looks: "page all 0-6 2 x\npage some 12-24 3", want: "not told"},
		"there again":                       {looks: "page all 0-6 2 x\npage all 12-24 3\npage all 30-36 1 x", want: "visible"},
		"missing by one method alone":       {looks: "page all 0-6 2 x\ninterface all 0-6 2 x\npage all 12-24 3\ninterface some 12-24 3", want: "not told"},
		"missing by both":                   {looks: "page all 0-6 2 x\ninterface all 0-6 2 x\npage all 12-24 3\ninterface all 12-24 3", want: "gone"},
		"the other method still shows it":   {looks: "page all 0-6 2 x\ninterface all 0-24 5 x\npage all 12-24 3", want: "visible"},
		"beyond what the newest list reach": {looks: "interface since:-5 0-6 2 x\ninterface since:2 12-24 9", want: "not told"},
		"within what the newest reach":      {looks: "interface since:-5 0-6 2 x\ninterface since:-1 12-24 9", want: "gone"},
		"its post went too":                 {looks: "page all 0-6 2 x\npage all 12-24 3", want: "not told", post: 8},
		"never listed":                      {looks: "page all 0-6 9 y", want: "not told"},
	} {
		said := audit.Said{ID: "x", Channel: "c", Post: "post", By: audit.AuthorPublic, From: monday, Assessed: true}
		post := 100
		if c.post != 0 {
			post = c.post
		}
		v := Visible([]audit.Said{said}, seenAs(t, c.looks), map[string]time.Time{"post": monday.Add(time.Duration(post) * h)})
		got := map[Gone]string{{}: "not told", {Watched: 1}: "visible", {Watched: 1, Gone: 1}: "gone"}[v.Others]
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestWhoseVanish: threat, spam, what nobody assessed and the organisation's own are on neither side.
func TestWhoseVanish(t *testing.T) {
	said := []audit.Said{
		{ID: "a", By: audit.AuthorPublic, Assessed: true, Complaint: true}, {ID: "b", By: audit.AuthorPublic, Assessed: true},
		{ID: "c", By: audit.AuthorPublic, Assessed: true, Threat: true}, {ID: "d", By: audit.AuthorPublic, Assessed: true, Spam: true, Complaint: true},
		{ID: "e", By: audit.AuthorPublic}, {ID: "f", By: audit.AuthorOrganisation, Assessed: true}, {ID: "g", By: audit.AuthorUnknown, Assessed: true},
	}
	for i := range said {
		said[i].Channel, said[i].Post, said[i].From = "c", "post", monday
	}
	v := Visible(said, seenAs(t, "page all 0-6 3 a b c d e f g\npage all 12-24 3"), map[string]time.Time{"post": monday.Add(24 * h)})
	want := Visibility{Complaints: Gone{1, 1}, Others: Gone{1, 1}}
	if diff := cmp.Diff(want, v); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestToldExactly: what the organisation's own connection tells needs no looks, and hidden and removed are told apart. A threat
// that was removed is on neither side here too.
func TestToldExactly(t *testing.T) {
	said := []audit.Said{
		{ID: "a", Complaint: true, Hidden: true}, {ID: "b", Removed: true}, {ID: "c", Hidden: true, Removed: true},
		{ID: "d", Threat: true, Removed: true}, {ID: "e"},
	}
	for i := range said {
		said[i].Channel, said[i].Post, said[i].By, said[i].Assessed = "c", "post", audit.AuthorPublic, true
	}
	want := Visibility{Complaints: Gone{1, 1}, Others: Gone{2, 2}, Hidden: 1, Removed: 2}
	if diff := cmp.Diff(want, Visible(said, nil, nil)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var got []string
	for _, l := range (Report{Visibility: want}).Lines() {
		if l.Figure == "hidden" || l.Figure == "removed" {
			got = append(got, fmt.Sprintf("%s %s %.0f", l.Figure, l.Of, *l.Value))
		}
	}
	if diff := cmp.Diff([]string{"hidden all 1", "removed all 2"}, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// TestDifference: ratios and their intervals as worked by hand; small samples are not compared.
func TestDifference(t *testing.T) {
	for _, c := range []struct {
		complaints, others Gone
		want               Difference
	}{
		{Gone{100, 20}, Gone{400, 9}, Difference{}},
		{Gone{100, 9}, Gone{400, 40}, Difference{}},
		{Gone{100, 14}, Gone{400, 15}, Difference{}}, // 29 in all
		// 0.2 against 0.05: a ratio of 4. √(1/20 − 1/100 + 1/20 − 1/400) = √0.0875 = 0.29580; × 1.96 = 0.57977; e^0.57977 = 1.78563.
		{Gone{100, 20}, Gone{400, 20}, Difference{true, true, 4, 2.2401, 7.1425}},
		// 0.10 against 0.08: 1.25. √(1/10 − 1/100 + 1/24 − 1/300) = √0.128333 = 0.35824; × 1.96 = 0.70215; e^0.70215 = 2.01808: 1 lies within.
		{Gone{100, 10}, Gone{300, 24}, Difference{true, false, 1.25, 0.6194, 2.5226}},
		// The other way round: complaints vanish less often.
		{Gone{400, 20}, Gone{100, 20}, Difference{true, true, 0.25, 0.1400, 0.4464}},
	} {
		got := compare(c.complaints, c.others)
		near := func(a, b float64) bool { return math.Abs(a-b) < 0.0001 }
		if got.Enough != c.want.Enough || got.Seen != c.want.Seen || !near(got.Ratio, c.want.Ratio) || !near(got.Low, c.want.Low) || !near(got.High, c.want.High) {
			t.Errorf("%+v against %+v: %+v, want %+v", c.complaints, c.others, got, c.want)
		}
	}
}

// TestWatchedUntil: that nobody answered is known until the last look that showed the comment; one that is gone waits no longer.
func TestWatchedUntil(t *testing.T) {
	said := []audit.Said{{ID: "x", Channel: "c", Post: "post", From: monday, Watched: monday.Add(h)}}
	for looks, want := range map[string]int{
		"":                                  1,
		"page some 0-40 5 x":                40,
		"interface since:-5 0-60 5 x":       60,
		"interface since:5 0-60 5 y":        1,
		"page all 0-6 1 x\npage all 8-50 3": 6,
	} {
		if got := Watch(said, seenAs(t, looks))[0].Watched; !got.Equal(monday.Add(time.Duration(want) * h)) {
			t.Errorf("%q: until %v, want hour %d", looks, got, want)
		}
	}
}
