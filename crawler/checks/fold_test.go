package checks_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

var day = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func verdict(t *testing.T, s audit.State, kind audit.Kind, capture string) audit.Verdict {
	t.Helper()
	e := &audit.Evidence{Type: audit.Marker, Rule: "r", Version: 1, Offset: 3, Length: 4, Excerpt: "<p>x", Capture: capture}
	if s == audit.Absent {
		e.Type = audit.Absence
	}
	v, err := audit.NewVerdict(s, "", kind, e)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// readings makes readings of posts from their letters: o open, r restricted, c closed, a absent, u unknown.
func readings(t *testing.T, letters string) (out []audit.Reading) {
	t.Helper()
	for i, l := range strings.Split(letters, "") {
		var v audit.Verdict
		capture := "cap" + l
		switch l {
		case "o":
			v = verdict(t, audit.Open, "", capture)
		case "r":
			v = verdict(t, audit.Restricted, audit.KindLogin, capture)
		case "c":
			v = verdict(t, audit.Closed, "", capture)
		case "a":
			v = verdict(t, audit.Absent, "", capture)
		case "u":
			v = audit.UnknownFor(audit.ReasonTimeout)
		default:
			continue
		}
		out = append(out, audit.Reading{Check: "comments", Scope: "https://x.test/" + string(rune('a'+i)), Verdict: v, At: day})
	}
	return out
}

func folded(c crawler.Check, r []audit.Reading, cover audit.Coverage) []audit.Finding {
	return c.Fold(crawler.Folding{
		Visit: audit.Visit{ID: "v", Channel: audit.Channel{ID: "ch", Platform: audit.Web}, How: audit.Anonymous, ObservedAt: day}, Check: c, Readings: r, Coverage: cover,
	})
}

func TestFoldComments(t *testing.T) {
	whole := audit.Coverage{Complete: true, Captures: []string{"home", "news"}}
	for letters, want := range map[string]struct {
		state  audit.State
		kind   audit.Kind
		reason audit.Reason
		of     audit.Of
	}{
		"ooo":  {audit.Open, "", "", audit.Of{Open: 3}},
		"ouu":  {audit.Open, "", "", audit.Of{Open: 1, Unknown: 2}},
		"occ":  {audit.Restricted, audit.KindSomePosts, "", audit.Of{Open: 1, Closed: 2}},
		"ocu":  {audit.Restricted, audit.KindSomePosts, "", audit.Of{Open: 1, Closed: 1, Unknown: 1}},
		"oa":   {audit.Open, "", "", audit.Of{Open: 1, Absent: 1}},
		"oca":  {audit.Restricted, audit.KindSomePosts, "", audit.Of{Open: 1, Closed: 1, Absent: 1}},
		"ra":   {audit.Restricted, audit.KindLogin, "", audit.Of{Restricted: 1, Absent: 1}},
		"or":   {audit.Restricted, audit.KindSomePosts, "", audit.Of{Open: 1, Restricted: 1}},
		"rr":   {audit.Restricted, audit.KindLogin, "", audit.Of{Restricted: 2}},
		"rc":   {audit.Restricted, audit.KindSomePosts, "", audit.Of{Restricted: 1, Closed: 1}},
		"ru":   {audit.Unknown, "", audit.ReasonTimeout, audit.Of{Restricted: 1, Unknown: 1}},
		"cc":   {audit.Closed, "", "", audit.Of{Closed: 2}},
		"c":    {audit.Unknown, "", audit.ReasonIncomplete, audit.Of{Closed: 1}},
		"ca":   {audit.Unknown, "", audit.ReasonIncomplete, audit.Of{Closed: 1, Absent: 1}},
		"cca":  {audit.Closed, "", "", audit.Of{Closed: 2, Absent: 1}},
		"ccaa": {audit.Unknown, "", audit.ReasonIncomplete, audit.Of{Closed: 2, Absent: 2}},
		"cu":   {audit.Unknown, "", audit.ReasonTimeout, audit.Of{Closed: 1, Unknown: 1}},
		"aa":   {audit.Absent, "", "", audit.Of{Absent: 2}},
		"au":   {audit.Unknown, "", audit.ReasonTimeout, audit.Of{Absent: 1, Unknown: 1}},
	} {
		r := readings(t, letters)
		all := folded(checks.Comments(), r, whole)
		if len(all) != 1+len(r) {
			t.Fatalf("%s: %d findings, want the channel's and one for each post", letters, len(all))
		}
		got := all[0]
		if got.Scope != "" || got.Verdict.State() != want.state || got.Verdict.Kind() != want.kind || got.Verdict.Reason() != want.reason {
			t.Errorf("%s: %v/%s/%s, want %v/%s/%s", letters, got.Verdict.State(), got.Verdict.Kind(), got.Verdict.Reason(), want.state, want.kind, want.reason)
		}
		if d := cmp.Diff(&want.of, got.Of); d != "" {
			t.Errorf("%s (-want +got):\n%s", letters, d)
		}
		if e := got.Verdict.Evidence(); want.kind == audit.KindSomePosts && (e.Type == audit.Absence || e.Capture == "") {
			t.Errorf("%s: some posts rest on %+v", letters, e)
		}
	}
}

func TestFoldCommentsWithoutPosts(t *testing.T) {
	page := audit.Reading{Check: "comments", URL: "https://x.test/", Verdict: verdict(t, audit.Absent, "", "home"), At: day}
	blind := audit.Reading{Check: "comments", URL: "https://x.test/n", Verdict: audit.UnknownFor(audit.ReasonNoMarker), At: day}
	for name, c := range map[string]struct {
		readings []audit.Reading
		cover    audit.Coverage
		state    audit.State
		reason   audit.Reason
	}{
		"read whole":         {[]audit.Reading{page}, audit.Coverage{Complete: true, Captures: []string{"home"}}, audit.Absent, ""},
		"a page that may":    {[]audit.Reading{page, blind}, audit.Coverage{Complete: true, Captures: []string{"home"}}, audit.Unknown, audit.ReasonNoMarker},
		"not read whole":     {[]audit.Reading{page}, audit.Coverage{}, audit.Unknown, audit.ReasonIncomplete},
		"home page in no go": {nil, audit.Coverage{Reason: audit.ReasonRobots}, audit.Unknown, audit.ReasonRobots},
		"no captures":        {[]audit.Reading{page}, audit.Coverage{Complete: true}, audit.Unknown, audit.ReasonIncomplete},
		"nothing":            {nil, audit.Coverage{Complete: true, Captures: []string{"home"}}, audit.Unknown, audit.ReasonIncomplete},
	} {
		got := folded(checks.Comments(), c.readings, c.cover)
		if len(got) != 1 || got[0].Verdict.State() != c.state || got[0].Verdict.Reason() != c.reason {
			t.Errorf("%s: %d findings, %v/%s", name, len(got), got[0].Verdict.State(), got[0].Verdict.Reason())
		}
	}
}

func TestFoldSite(t *testing.T) {
	quiet := audit.Reading{Check: "forum", Verdict: audit.UnknownFor(audit.ReasonNotLooked), At: day}
	wall := audit.Reading{Check: "forum", Verdict: audit.UnknownFor(audit.ReasonLoginWall), At: day}
	open := audit.Reading{Check: "forum", Verdict: verdict(t, audit.Open, "", "cap"), System: "phpbb", At: day}
	far := audit.Reading{Check: "forum", Verdict: verdict(t, audit.Restricted, audit.KindPartial, "cap"), At: day}
	whole := audit.Coverage{Complete: true, Captures: []string{"home", "contact"}}
	for name, c := range map[string]struct {
		readings []audit.Reading
		cover    audit.Coverage
		state    audit.State
		reason   audit.Reason
	}{
		"seen on one page":      {[]audit.Reading{quiet, far, open, wall}, audit.Coverage{}, audit.Open, ""},
		"seen, but far":         {[]audit.Reading{quiet, far}, whole, audit.Restricted, ""},
		"far, and pages left":   {[]audit.Reading{quiet, far}, audit.Coverage{}, audit.Unknown, audit.ReasonIncomplete},
		"everything read":       {[]audit.Reading{quiet, quiet}, whole, audit.Absent, ""},
		"one page behind a log": {[]audit.Reading{quiet, wall}, whole, audit.Unknown, audit.ReasonLoginWall},
		"pages left":            {[]audit.Reading{quiet}, audit.Coverage{Captures: []string{"home"}}, audit.Unknown, audit.ReasonIncomplete},
		"home page blocked":     {nil, audit.Coverage{Reason: audit.ReasonBlocked}, audit.Unknown, audit.ReasonBlocked},
	} {
		for _, check := range []crawler.Check{checks.Forum(), checks.SocialLinks(), checks.ComplaintsPage()} {
			got := folded(check, c.readings, c.cover)
			if len(got) != 1 || got[0].Verdict.State() != c.state || got[0].Verdict.Reason() != c.reason {
				t.Fatalf("%s, %s: %v/%s", check.ID, name, got[0].Verdict.State(), got[0].Verdict.Reason())
			}
			if e := got[0].Verdict.Evidence(); c.state == audit.Absent {
				if e.Rule != "site-absence" || len(e.Captures) != 2 || e.Type != audit.Absence {
					t.Errorf("%s, %s: evidence %+v", check.ID, name, e)
				}
			}
		}
	}
}

// TestLockedThreadClosesNoChannel: a board's locked threads are closed one by one, and say nothing of the channel.
func TestLockedThreadClosesNoChannel(t *testing.T) {
	r := readings(t, "ccc")
	for i := range r {
		r[i].System = "phpbb"
	}
	all := folded(checks.Comments(), r, audit.Coverage{})
	if s := all[0].Verdict.State(); s != audit.Unknown || all[1].Verdict.State() != audit.Closed {
		t.Errorf("channel %v, thread %v", s, all[1].Verdict.State())
	}
}

// TestOnePostByManyAddresses: one closed post stays one, by whatever address it was read.
func TestOnePostByManyAddresses(t *testing.T) {
	for _, c := range []struct {
		scopes []string
		state  audit.State
	}{
		{[]string{"https://x.test/a/", "https://x.test/a", "https://x.test/a/?print=1", "https://x.test/a/comment-page-2/", "https://x.test/a/amp/"}, audit.Unknown},
		{[]string{"https://x.test/?p=4", "https://x.test/?p=4&utm_source=mail"}, audit.Unknown},
		{[]string{"https://x.test/?p=4", "https://x.test/?p=5"}, audit.Closed},
		{[]string{"https://x.test/a/", "https://x.test/b/"}, audit.Closed},
	} {
		r := readings(t, strings.Repeat("c", len(c.scopes)))
		for i := range r {
			r[i].Scope = c.scopes[i]
		}
		if got := folded(checks.Comments(), r, audit.Coverage{})[0].Verdict.State(); got != c.state {
			t.Errorf("%q: %v, want %v", c.scopes, got, c.state)
		}
	}
}

// TestFoldSameVisitSameFindings: the same readings make the same ids.
func TestFoldSameVisitSameFindings(t *testing.T) {
	r := readings(t, "ocu")
	a, b := folded(checks.Comments(), r, audit.Coverage{}), folded(checks.Comments(), append(r, r...), audit.Coverage{})
	for i := range a {
		if len(a) != len(b) || a[i].ID != b[i].ID {
			t.Fatalf("finding %d differs", i)
		}
	}
}

// Beside a document that nobody read nothing is absent; what was seen on pages stands.
func TestFoldPapers(t *testing.T) {
	papers := audit.Coverage{Complete: true, Papers: true, Captures: []string{"home"}}
	quiet := audit.Reading{Check: "tsm_results", Verdict: audit.UnknownFor(audit.ReasonNotLooked), At: day}
	part := audit.Reading{Check: "tsm_results", Verdict: verdict(t, audit.Restricted, audit.KindPartial, "a"), At: day}
	if got := folded(checks.TSMResults(), []audit.Reading{quiet}, papers)[0].Verdict; got.State() != audit.Unknown || got.Reason() != audit.ReasonIncomplete {
		t.Errorf("%v/%s", got.State(), got.Reason())
	}
	if got := folded(checks.TSMResults(), []audit.Reading{quiet, part}, papers)[0].Verdict.State(); got != audit.Restricted {
		t.Errorf("%v", got)
	}
}
