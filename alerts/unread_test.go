package alerts

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/store"
)

// look records one of our looks at an organisation's site; why is "" where it could be read.
func (f *fixture) look(organisation string, now time.Time, why audit.Reason) {
	f.t.Helper()
	c := audit.Channel{ID: organisation, Organisation: organisation, Platform: audit.Web, URL: "https://" + organisation + ".test/", Lane: organisation + ".test"}
	v := audit.Visit{V: 1, ID: audit.JobID(c.ID, now), Channel: c, How: audit.Anonymous, Due: now, StartedAt: now, ObservedAt: now, Unread: why}
	if why == "" {
		v.Captures = []audit.Capture{{ID: v.ID, URL: c.URL, Status: 200, At: now}}
	}
	if _, err := f.db.Record(f.t.Context(), store.Recording{Visit: v, Now: now}); err != nil {
		f.t.Fatal(err)
	}
}

// TestPlaceThatCannotBeRead: a place that could not be read at three looks is told once, however long it lasts, once more when
// it was read again, and anew the next time; each cause by itself.
func TestPlaceThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		c := quiet()
		c.Route.MuteTimeIntervals = nil
		a, desks := officeOf(t, f, c)
		a.idle = 20 * time.Minute
		start := time.Now()
		running(t, a, time.Hour, func() {
			for why := range strings.SplitSeq("dns dns network dns dns dns - blocked blocked blocked blocked - dns dns dns", " ") {
				time.Sleep(6 * time.Hour)
				f.look("oak", time.Now(), audit.Reason(strings.Trim(why, "-")))
			}
		})
		var got []string
		for _, m := range desks["desk"].taken() {
			got = append(got, fmt.Sprintf("%d %s", m.At.Round(time.Hour)/(6*time.Hour), m.Title))
		}
		const could, can = "doorknock: a place could not be read", "doorknock: a place could not be read, and can be again"
		if diff := cmp.Diff([]string{"3 " + could, "7 " + can, "10 " + could, "12 " + can, "15 " + could}, got); diff != "" {
			t.Error(diff)
		}
		facts, err := f.db.AlertFacts(t.Context(), f.operatorAlerts())
		if err != nil {
			t.Fatal(err)
		}
		var words strings.Builder
		for _, x := range facts {
			words.WriteString(Compose([]store.AlertFacts{x}, wording, true).text(5000) + "\n")
		}
		for _, want := range []string{"https://oak.test/ could not be read at 3 looks: the connection failed or broke off.", "Since " + moment(start.Add(6*time.Hour)) + ".",
			"at 3 looks: it turned our reader away.", "once a week", "at 3 looks: its name leads nowhere.", "doorknock explain oak", "It can be read again; seen "} {
			if !strings.Contains(words.String(), want) {
				t.Errorf("%q is not in %s", want, words.String())
			}
		}
		if strings.Contains(words.String(), "closed") {
			t.Error(words.String())
		}
		f.close()
	})
}

// operatorAlerts gives the ids of those, in order.
func (f *fixture) operatorAlerts() (ids []string) {
	raised, err := f.db.AlertsRaised(f.t.Context(), time.Time{})
	if err != nil {
		f.t.Fatal(err)
	}
	for _, r := range raised {
		if r.Kind == store.AlertOperator {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// TestBlindPlatformTellsForItsPlaces: while a platform cannot be read, its places are not told one by one; those that were read
// again meanwhile never are.
func TestBlindPlatformTellsForItsPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		c := quiet()
		c.Route.MuteTimeIntervals = nil
		a, desks := officeOf(t, f, c)
		a.idle = 20 * time.Minute
		blind := func(reason string) {
			for i := range 10 {
				channel := fmt.Sprint("x", i)
				f.exec(`INSERT INTO channel (id, organisation, platform, url, lane, confirmed, listed, due_at, moved_to, recorded_at)
					VALUES (?1,'elm','web','https://'||?1||'.test/',?1||'.test',1,0,?2,'',?2) ON CONFLICT DO NOTHING`, channel, stamp(time.Now()))
				f.exec(`INSERT INTO state_now (channel, check_id, scope, organisation, platform, state, kind, finding, evidence, how, stage, pending, last_finding,
						last_at, last_reason, system, observed_at, recorded_at, hold_reason)
					VALUES (?1,'comments','','elm','web','open','','','{}','anonymous','confirmed','unknown','',?2,?3,'',?2,?2,'')
					ON CONFLICT DO UPDATE SET last_at = ?2, last_reason = ?3`, channel, stamp(time.Now()), reason)
			}
		}
		running(t, a, time.Hour, func() {
			for range 4 {
				blind("dns")
				f.look("oak", time.Now(), "dns")
				f.look("elm", time.Now(), "dns")
				time.Sleep(2 * time.Hour)
			}
			f.look("elm", time.Now(), "")
			time.Sleep(time.Hour)
			blind("")
		})
		var got []string
		for _, m := range desks["desk"].taken() {
			got = append(got, m.Title)
		}
		want := []string{"doorknock: a platform cannot be read", "doorknock: a place could not be read"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		f.close()
	})
}
