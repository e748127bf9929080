package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/evidence"
	"doorknock/store"
)

// An answer that hangs on the nation in which the landlord lets is read again with it: a Scottish landlord that links England's
// ombudsman alone is restricted, which its page does not say.
func TestReplayKnowsTheNation(t *testing.T) {
	t.Parallel()
	r := quiet(t, "")
	r.write("organisations.csv", "id,name,nation,sector,website\nalder,Alder Homes,Scotland,housing_association,http://alder.test/\n")
	finding := r.linksEnglands()
	var out bytes.Buffer
	code := run(t.Context(), []string{"evidence", "replay", finding, "--config", r.config}, strings.NewReader(""), &out, &out)
	if want := "restricted, as then"; code != 0 || !strings.Contains(out.String(), want) {
		t.Errorf("exit %d, want 0 and %q\n%s", code, want, out.String())
	}
}

// linksEnglands records a visit of the one site, whose page links England's ombudsman, and gives its finding.
func (r *rig) linksEnglands() (finding string) {
	t := r.t
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := settings{path: r.config}.withList()
	must(err)
	in, err := openInstallation(t.Context(), s.cfg, newLog(s.cfg.Log))
	must(err)
	must(in.takeList(t.Context(), s.orgs, s.channels))
	body, err := os.ReadFile("../../crawler/checks/testdata/ombudsman_link/open-england.html")
	must(err)
	c, at := s.channels[0], time.Now().Add(-time.Hour)
	page := audit.Capture{ID: audit.LongHash("capture"), URL: c.URL, Status: 200, Type: "text/html", At: at, Asked: &audit.Asked{Home: true}}
	kept, err := in.folder.Keep(t.Context(), "visit", &evidence.Exchange{URL: c.URL, At: at, RequestHead: []byte("GET / HTTP/1.1\r\n\r\n"), Body: body,
		ResponseHead: fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n", len(body))}, false)
	must(err)
	must(in.folder.Flush(t.Context(), "visit"))
	page.File, page.Offset = kept.File, kept.Offset
	check := in.checks[slices.IndexFunc(in.checks, func(c crawler.Check) bool { return c.ID == "ombudsman_link" })]
	read, err := crawler.ReadAgain([]crawler.Check{check}, crawler.Again{Capture: page, How: audit.Anonymous, Header: http.Header{"Content-Type": {"text/html"}}, Body: body}, nil)
	must(err)
	v := audit.Visit{V: 1, ID: audit.JobID(c.ID, at), Channel: c, How: audit.Anonymous, Due: at, StartedAt: at, ObservedAt: at, Captures: []audit.Capture{page},
		Readings: read, Coverage: map[audit.CheckID]audit.Coverage{check.ID: {Complete: true, Captures: []string{page.ID}}}}
	found, err := crawler.Fold([]crawler.Check{check}, v, read, s.orgs[0].Nation)
	must(err)
	_, err = in.db.Record(t.Context(), store.Recording{Visit: v, Findings: found, Now: at})
	must(err)
	must(in.Close())
	return r.rows(`SELECT id FROM finding WHERE check_id = 'ombudsman_link' AND state = 'restricted'`)[0]
}
