package checks_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// TestCommentsAddUp: of fourteen open posts and six closed ones the channel's finding says so, which systems they have, how
// many comments they list and state, and when the newest was written, as closely as its page says.
func TestCommentsAddUp(t *testing.T) {
	all := readings(t, "oooooooooooooocccccc")
	for i := range all {
		all[i].System = "wordpress"
	}
	all[0].Count, all[0].CountClaimed = new(3), new(5) // two stand on another page of its comments
	all[1].Count, all[2].Count, all[3].CountClaimed = new(0), new(4), new(2)
	hours := audit.Written{From: day.Add(-4 * time.Hour), To: day.Add(-3 * time.Hour)}
	all[0].Newest, all[2].Newest = audit.Written{From: day.Add(-48 * time.Hour), To: day.Add(-48 * time.Hour)}, hours
	all[19].System = "disqus"
	x := folded(checks.Comments(), all, audit.Coverage{})[0]
	want := audit.Of{Open: 14, Closed: 6, Systems: []string{"wordpress", "disqus"}, Newest: hours}
	if d := cmp.Diff(&want, x.Of); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if x.Scope != "" || x.Verdict.Kind() != audit.KindSomePosts || x.System != "wordpress" {
		t.Errorf("%q %v %q", x.Scope, x.Verdict.Kind(), x.System)
	}
	if d := cmp.Diff([]*int{new(7), new(11)}, []*int{x.Count, x.CountClaimed}); d != "" {
		t.Errorf("listed and stated (-want +got):\n%s", d)
	}
}

// TestCommentsUntold: pages that tell no number, no system and no time make none up.
func TestCommentsUntold(t *testing.T) {
	x := folded(checks.Comments(), readings(t, "oou"), audit.Coverage{})[0]
	if x.Count != nil || x.CountClaimed != nil || x.System != "" {
		t.Errorf("%v, %v, %q", x.Count, x.CountClaimed, x.System)
	}
	if d := cmp.Diff(&audit.Of{Open: 2, Unknown: 1}, x.Of); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestReviewsAddUp: the same reviews may stand on several pages, so the most that one page tells of are counted.
func TestReviewsAddUp(t *testing.T) {
	v := verdict(t, audit.Open, "", "a")
	older, newer := audit.Written{From: day.Add(-72 * time.Hour), To: day.Add(-48 * time.Hour)}, audit.Written{From: day.Add(-24 * time.Hour), To: day.Add(-24 * time.Hour)}
	x := folded(checks.Reviews(), []audit.Reading{
		{Check: "reviews", URL: "https://x.test/a", Verdict: v, Count: new(2), Newest: newer},
		{Check: "reviews", URL: "https://x.test/b", Verdict: v, Count: new(9), System: "woocommerce", Newest: older},
		{Check: "reviews", URL: "https://x.test/c", Verdict: audit.UnknownFor(audit.ReasonNotLooked)},
	}, audit.Coverage{})[0]
	if d := cmp.Diff(&audit.Of{Systems: []string{"woocommerce"}, Newest: newer}, x.Of); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if x.Count == nil || *x.Count != 9 || x.System != "woocommerce" {
		t.Errorf("%v reviews by %q", x.Count, x.System)
	}
}

// TestReviewsOfPosts: on how many of the posts read one may review or rate is counted, of a page that had not changed too, and of
// stars without words the number of voters is carried. Pages that are no posts are in no count.
func TestReviewsOfPosts(t *testing.T) {
	post := &audit.Asked{Post: &audit.PostFacts{}}
	v := audit.Visit{ID: "v", Channel: audit.Channel{ID: "ch", Platform: audit.Web}, How: audit.Anonymous, ObservedAt: day, Captures: []audit.Capture{
		{ID: "home", Asked: &audit.Asked{Home: true}}, {ID: "a", Asked: post}, {ID: "b", Asked: post}, {ID: "c2", Unchanged: "c", Asked: post}, {ID: "d", Asked: post}, {ID: "feed"},
	}}
	stars, words, quiet := verdict(t, audit.Restricted, audit.KindPartial, "a"), verdict(t, audit.Open, "", "b"), audit.UnknownFor(audit.ReasonNotLooked)
	of := func(capture string, v audit.Verdict, claimed *int) audit.Reading {
		return audit.Reading{Check: "reviews", URL: "https://x.test/" + capture, Capture: capture, Verdict: v, CountClaimed: claimed, System: "kk-star-ratings"}
	}
	for name, c := range map[string]struct {
		readings []audit.Reading
		state    audit.State
		of       audit.Of
		claimed  int
	}{
		"stars on three": {[]audit.Reading{of("home", quiet, nil), of("a", stars, new(6)), of("b", stars, nil), of("c", stars, new(40)), of("d", quiet, nil)},
			audit.Restricted, audit.Of{Restricted: 3, Unknown: 1, Systems: []string{"kk-star-ratings"}}, 40},
		"words on one": {[]audit.Reading{of("home", words, nil), of("a", stars, new(6)), of("b", words, nil), of("c", quiet, nil), of("d", audit.UnknownFor(audit.ReasonTimeout), nil)},
			audit.Open, audit.Of{Open: 1, Restricted: 1, Unknown: 2, Systems: []string{"kk-star-ratings"}}, 0},
		"none": {[]audit.Reading{of("home", quiet, nil), of("a", quiet, nil), of("b", quiet, nil)}, audit.Absent, audit.Of{Absent: 2}, 0},
		"one could not be read": {[]audit.Reading{of("home", quiet, nil), of("a", quiet, nil), of("b", audit.UnknownFor(audit.ReasonTimeout), nil)},
			audit.Unknown, audit.Of{Unknown: 2}, 0},
	} {
		check := checks.Reviews()
		x := check.Fold(crawler.Folding{Visit: v, Check: check, Readings: c.readings, Coverage: audit.Coverage{Complete: true, Captures: []string{"home", "a"}}})[0]
		if d := cmp.Diff(&c.of, x.Of); d != "" || x.Verdict.State() != c.state {
			t.Errorf("%s: %v (-want +got):\n%s", name, x.Verdict.State(), d)
		}
		if got := x.CountClaimed; c.claimed == 0 && got != nil || c.claimed > 0 && (got == nil || *got != c.claimed) {
			t.Errorf("%s: %v stated, want %d", name, got, c.claimed)
		}
	}
}

// TestMixAddsUp: posts are counted once each, twenty at most, and what is no post or could not be read is none.
func TestMixAddsUp(t *testing.T) {
	v := verdict(t, audit.Open, "", "a")
	var all []audit.Reading
	for i := range 25 {
		values := audit.Values{audit.ValueItems: audit.Number(1), audit.ValuePhotos: audit.Number(i % 2), audit.ValueNotices: audit.Number(1)}
		all = append(all, audit.Reading{Check: "content_mix", Scope: fmt.Sprint("https://x.test/", i), Verdict: v, Values: values, At: day})
	}
	all = append(all, all[0], audit.Reading{Check: "content_mix", Scope: "https://x.test/u", Verdict: audit.UnknownFor(audit.ReasonTimeout), At: day})
	found := folded(checks.ContentMix(), all, audit.Coverage{Complete: true, Captures: []string{"a"}})
	if len(found) != 1 || found[0].Scope != "" || found[0].Verdict.State() != audit.Open {
		t.Fatalf("%+v", found)
	}
	if got := found[0].Values.String(); got != "items=20 photos=10 videos=0 links=0 polls=0 competitions=0 notices=20 stories=0" {
		t.Error(got)
	}
	none := folded(checks.ContentMix(), nil, audit.Coverage{Complete: true, Captures: []string{"a"}})[0]
	if none.Verdict.State() != audit.Unknown || none.Verdict.Reason() != audit.ReasonNotLooked || none.Values != nil {
		t.Errorf("a site without posts: %+v", none)
	}
}
