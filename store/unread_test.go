package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

// unread is a look at c that got nothing; of reason "" one that read the place.
func unread(c audit.Channel, when time.Time, why audit.Reason) Recording {
	r := look(c, when, audit.Unknown)
	r.Visit.Unread = why
	if why == "" {
		r.Visit.Captures = []audit.Capture{{ID: r.Visit.ID, URL: c.URL, Status: 200, At: when}}
	}
	return r
}

// TestUnreadable: a place that could not be read is a matter after three looks, and where its robots.txt is away after thirty
// days; one matter for all looks of one cause, another one once the place was read in between.
func TestUnreadable(t *testing.T) {
	const again = 6 * hour
	db, now := open(t, nil), day0
	for name, tt := range map[string]struct {
		looks []audit.Reason
		step  time.Duration
		want  []string // cause, since when by the number of the look, how many looks
	}{
		"two failures":                   {[]audit.Reason{"", "dns", "dns"}, again, nil},
		"three failures":                 {[]audit.Reason{"", "dns", "dns", "dns"}, again, []string{"no_answer 1 3 dns"}},
		"never read":                     {[]audit.Reason{"tls", "tls", "tls"}, again, []string{"no_answer 0 3 tls"}},
		"a cause has several reasons":    {[]audit.Reason{"", "dns", "network", "timeout"}, again, []string{"no_answer 1 3 timeout"}},
		"a read between":                 {[]audit.Reason{"dns", "dns", "", "dns", "dns"}, again, nil},
		"read again":                     {[]audit.Reason{"dns", "dns", "dns", ""}, again, nil},
		"blocked three times":            {[]audit.Reason{"", "blocked", "rate_limited", "blocked"}, again, []string{"blocked 1 3 blocked"}},
		"blocked, with a failure":        {[]audit.Reason{"", "dns", "blocked", "dns", "dns"}, again, []string{"no_answer 1 3 dns"}},
		"robots.txt away for a month":    {[]audit.Reason{"robots", "robots", "robots"}, 15 * 24 * hour, []string{"robots 0 3 robots"}},
		"robots.txt away for four weeks": {[]audit.Reason{"robots", "robots", "robots"}, 14 * 24 * hour, nil},
		"another reason":                 {[]audit.Reason{"not_found", "not_found", "not_found"}, again, nil},
		"forbidden":                      {[]audit.Reason{"", "", "", ""}, again, nil},
	} {
		c := site("oak", strings.ReplaceAll(name, " ", "-")+".test", true)
		if err := db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "oak", Name: "Oak Homes", Nation: audit.England, Sector: "council"}}, []audit.Channel{c}); err != nil {
			t.Fatal(err)
		}
		for i, why := range tt.looks {
			now = day0.Add(time.Duration(i) * tt.step)
			record(t, db, unread(c, now, why))
			record(t, db, unread(c, now, why))
		}
		all, err := db.Matters(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range all {
			u := m.Unread()
			if m.Topic != Unreadable || u.Organisation != "oak" || u.Channel != c.ID || m.Place != c.URL || m.Platform != audit.Web {
				t.Errorf("%s: %+v", name, m)
			}
			got = append(got, fmt.Sprintf("%s %d %d %s", u.Cause, u.Since.Sub(day0)/tt.step, m.Read, m.Detail))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if places, err := db.unreadPlaces(t.Context(), now); err != nil || len(places) != len(tt.want) {
			t.Errorf("%s: places %+v, %v", name, places, err)
		}
	}
}

// TestUnreadableOnce: the matter's name stays as long as nothing is read, and is another the next time. An older visit that
// comes late, a saved page and a place that left the list change nothing.
func TestUnreadableOnce(t *testing.T) {
	now := day0
	db := open(t, func(o *Options) { o.Now = func() time.Time { return now } })
	next := func(why audit.Reason) string {
		now = now.Add(6 * hour)
		record(t, db, unread(oak(), now, why))
		return strings.Trim(strings.Join(dump(t, db, `SELECT 'unreadable ' || key FROM (`+unreadable+`)`, "", "", ""), "; "), `"`)
	}
	_, _ = next("dns"), next("dns")
	first := next("dns")
	if first == "" || next("network") != first || next("dns") != first {
		t.Errorf("the name of the matter changes from %q", first)
	}
	record(t, db, unread(oak(), day0.Add(hour), ""))
	saved := unread(oak(), now.Add(hour), "")
	saved.Visit.ID, saved.Visit.How = "saved", audit.SavedPage
	record(t, db, saved)
	if got := next("dns"); got != first {
		t.Errorf("an older look or a saved page changed %q to %q", first, got)
	}
	alert := Alert{ID: AlertID(AlertOperator, first), Kind: AlertOperator, Ref: first, Urgency: "normal", ObservedAt: now, Found: Found{Count: 6, Reason: "dns"}}
	if _, err := db.RaiseAlert(t.Context(), "", &alert, nil, nil, now); err != nil {
		t.Fatal(err)
	}
	open := func(want bool) {
		t.Helper()
		if err := db.ReadAgain(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		facts, err := db.AlertFacts(t.Context(), []string{alert.ID})
		if err != nil || facts[0].ResolvedAt.IsZero() != want || facts[0].Matter.Place != oak().URL || facts[0].Matter.Read != 6 {
			t.Errorf("want it to go on: %t; it is %+v, %v", want, facts, err)
		}
		held, err := db.Holding(t.Context(), []AlertKind{AlertOperator}, func(Alert) bool { return true }, now)
		if err != nil || (len(held) == 1) != want {
			t.Errorf("holding: %+v, %v", held, err)
		}
	}
	open(true)
	if all, err := db.Matters(t.Context(), now); err != nil || len(all) != 0 {
		t.Errorf("it is asked to be told again: %+v, %v", all, err)
	}
	if next("") != "" {
		t.Error("it is a matter after it was read")
	}
	open(false)
	_, _ = next("dns"), next("dns")
	if second := next("dns"); second == "" || second == first {
		t.Errorf("the second time it is %q, the first it was %q", second, first)
	}
	if err := db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "oak", Name: "Oak Homes", Nation: audit.England, Sector: "council"}}, nil); err != nil {
		t.Fatal(err)
	}
	if places, err := db.unreadPlaces(t.Context(), now); err != nil || len(places) != 0 {
		t.Errorf("a place that left the list: %+v, %v", places, err)
	}
}
