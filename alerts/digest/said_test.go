package digest_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"doorknock/alerts/digest"
	"doorknock/audit"
)

// said writes a change of what a place says beside its state.
func (r *rows) said(channel, from, to string, published any, hold string) {
	r.change(channel, "", audit.Open, audit.Closed, nil, nil, "for its visit and finding only")
	r.exec(`INSERT INTO value_change (id, organisation, channel, platform, check_id, scope, from_named, to_named, before, first_finding, finding, first_seen,
			observed_at, recorded_at, published_at, hold_reason)
		VALUES ('w'||?1,?2,?2,'web','comments','',?3,?4,'f'||?1,'f'||?1,'f'||?1,?5,?5,?5,?6,?7)`, r.n, channel, from, to, stamp(now), published, hold)
}

// TestReplyTimeRemovedIsInTheEdition: that a promised reply time is gone stands among what changed, as a line with its
// evidence in both languages, and is no door that closed; what is held, or was said in another week, is not there.
func TestReplyTimeRemovedIsInTheEdition(t *testing.T) {
	r := newRows(t)
	week := stamp(now.AddDate(0, 0, -1))
	r.said("elm", `{"hours":"Mo-Fr","reply_minutes":60}`, `{"hours":"Mo-Fr"}`, week, "")
	r.said("oak", `{"hours":"Mo-Fr"}`, `{"reply_minutes":60}`, week, "")
	r.said("oak", `{"year":2024}`, `{"year":2025}`, week, "held")
	r.said("yew", `{"year":2024}`, `{"year":2025}`, stamp(now.AddDate(0, 0, -9)), "")
	r.look("elm", now)
	text, page := both(t, r.db, options)
	for _, what := range []string{text, page} {
		for _, says := range []string{"May visitors comment on posts? A reply time that was promised there is no longer said.", "The hours that stood there are no longer said.", "/findings/f1"} {
			if !strings.Contains(what, says) {
				t.Errorf("the edition does not say %q:\n%s", says, what)
			}
		}
		for _, never := range []string{"Yew", "other words or figures", "Other words or figures", "quiet week", "closed or became"} {
			if strings.Contains(what, never) {
				t.Errorf("the edition says %q:\n%s", never, what)
			}
		}
	}
	e, err := digest.Make(t.Context(), r.db, options)
	if err != nil || e.Quiet() || len(e.Said) != 2 || len(e.Closed) != 0 {
		t.Errorf("%+v, %v", e.Said, err)
	}
	var welsh strings.Builder
	if err := e.Tell(digest.Welsh).Text(&welsh); err != nil || !strings.Contains(welsh.String(), "Nid yw'r amser ateb a addawyd yno") {
		t.Errorf("%v\n%s", err, welsh.String())
	}
	one := options
	one.Only = []string{"oak"}
	if e, err = digest.Make(t.Context(), r.db, one); err != nil || len(e.Said) != 1 || e.Said[0].Organisation != "oak" {
		t.Errorf("of one: %+v, %v", e.Said, err)
	}
	one.Kinds = []string{digest.KindClosed}
	if e, err = digest.Make(t.Context(), r.db, one); err != nil || len(e.Said) != 0 {
		t.Errorf("of doors that closed: %+v, %v", e.Said, err)
	}
}

// TestManyRewordings: three are told one by one, the rest by their number, and all on the edition's page.
func TestManyRewordings(t *testing.T) {
	r := newRows(t)
	for range 9 {
		r.said("elm", `{"year":2024}`, `{"year":2025}`, stamp(now.AddDate(0, 0, -1)), "")
	}
	e, err := digest.Make(t.Context(), r.db, options)
	if err != nil {
		t.Fatal(err)
	}
	var mail, page strings.Builder
	if err := e.Tell(digest.English).Text(&mail); err != nil {
		t.Fatal(err)
	}
	if err := e.TellAll(digest.English).Text(&page); err != nil {
		t.Fatal(err)
	}
	line := "Other words or figures stand there now."
	if n := strings.Count(mail.String(), line); n != 3 || !strings.Contains(mail.String(), "And at 6 more places") {
		t.Errorf("%d lines:\n%s", n, mail.String())
	}
	if n := strings.Count(page.String(), line); n != 3+9 {
		t.Errorf("%d lines on the page", n)
	}
}

// TestLettersOpenAsWritten: the link that opens a letter in a mail program carries its subject and text once encoded, so that
// they read there as they read on the page.
func TestLettersOpenAsWritten(t *testing.T) {
	r := newRows(t)
	r.change("elm", "", audit.Closed, audit.Open, stamp(now.Add(-time.Hour)), nil, "")
	e, err := digest.Make(t.Context(), r.db, options)
	if err != nil {
		t.Fatal(err)
	}
	told := e.Tell(digest.English)
	var page strings.Builder
	if err := told.HTML(&page); err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`href="(mailto:\?[^"]*)"`).FindAllStringSubmatch(page.String(), -1)
	if len(links) != len(told.Letters) || len(links) == 0 {
		t.Fatalf("%d links, %d letters", len(links), len(told.Letters))
	}
	for i, l := range links {
		u, err := url.Parse(html.UnescapeString(l[1]))
		if err != nil || strings.Contains(u.RawQuery, "+") { // mail programs take a plus as a plus
			t.Fatalf("%s: %v", l[1], err)
		}
		if got := u.Query(); got.Get("subject") != told.Letters[i].Subject || got.Get("body") != told.Letters[i].Text {
			t.Errorf("the letter opens as %q", got)
		}
	}
}
