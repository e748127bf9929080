package pipeline

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/evidence"
	"doorknock/store"
)

// rule is one check by which a page with the word is open, and one without it closed by its heading. A newer version
// knows another word.
func rule(version int, word string) crawler.Check {
	return crawler.Check{
		ID: "comments", Title: "May visitors comment?", Version: version, Door: true, On: []audit.Platform{audit.Web},
		Look: func(p *crawler.Page) crawler.Look {
			for _, n := range p.Tag("p") {
				if p.ShortText(n) == word {
					return crawler.Look{State: audit.Open, Rule: "form", Mark: n}
				}
			}
			return crawler.Look{State: audit.Closed, Rule: "heading", Mark: p.Tag("h1")[0]}
		},
		Fold: func(f crawler.Folding) []audit.Finding {
			v := audit.UnknownFor(audit.ReasonIncomplete)
			if len(f.Readings) > 0 {
				v = f.Readings[0].Verdict
			}
			return []audit.Finding{{Check: f.Check.ID, Verdict: v}}
		},
	}
}

// kept is an installation whose visits' captures lie in an evidence folder.
type kept struct {
	*rig
	folder *evidence.Folder
}

func newKept(t *testing.T, hosts ...string) *kept {
	t.Helper()
	k := &kept{rig: newRig(t, hosts...)}
	t.Cleanup(k.close)
	var err error
	k.folder, err = evidence.OpenFolder(filepath.Join(k.dir, "evidence"))
	must(t, err)
	t.Cleanup(func() { _ = k.folder.Close() })
	return k
}

// see records a visit of a channel that got one page, as the check of then reads it. Of a page seen before only that it
// is as before is kept.
func (k *kept) see(c audit.Channel, at time.Time, body string, before string, check crawler.Check) (visit, capture string) {
	k.t.Helper()
	id := audit.JobID(c.ID, at)
	x := audit.Capture{ID: audit.LongHash("capture", id), URL: c.URL, Status: 200, Type: "text/html", At: at, Asked: &audit.Asked{Home: true}, Unchanged: before}
	read := x
	if before == "" {
		header := "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: " + fmt.Sprint(len(body)) + "\r\n\r\n"
		got, err := k.folder.Keep(context.Background(), id, &evidence.Exchange{URL: c.URL, At: at, RequestHead: []byte("GET / HTTP/1.1\r\n\r\n"),
			ResponseHead: []byte(header), Body: []byte(body)}, true)
		must(k.t, err)
		x.File, x.Offset, x.Sealed, x.Key = got.File, got.Offset, got.Sealed, got.Key
	} else {
		read.ID = before
	}
	read.Unchanged = ""
	readings, err := crawler.ReadAgain([]crawler.Check{check}, crawler.Again{Capture: read, How: audit.Anonymous,
		Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte(body)}, nil)
	must(k.t, err)
	v := audit.Visit{V: 1, ID: id, Channel: c, How: audit.Anonymous, Due: at, StartedAt: at, ObservedAt: at, Captures: []audit.Capture{x},
		Readings: readings, Coverage: map[audit.CheckID]audit.Coverage{"comments": {Reason: audit.ReasonIncomplete}}}
	found, err := crawler.Fold([]crawler.Check{check}, v, readings, "")
	must(k.t, err)
	_, err = k.db.Record(context.Background(), store.Recording{Visit: v, Findings: found, Now: at.Add(time.Second)})
	must(k.t, err)
	return id, x.ID
}

func (k *kept) replay(file bool, check crawler.Check, of store.VisitsOf) Reread {
	k.t.Helper()
	r := Replay{DB: k.beside(), Body: k.folder.Body, Checks: []crawler.Check{check}, File: file, Log: k.log}
	did, err := r.Run(context.Background(), of)
	must(k.t, err)
	return did
}

const (
	formPage = "<html><head><title>News</title></head><body><h1>News of the lift</h1><p>Reply here</p></body></html>"
	noteHere = "Leave a note"
	notePage = "<html><head><title>News</title></head><body><h1>News of the lift</h1><p>" + noteHere + "</p></body></html>"
)

// A rule that did not know one word called a door closed, and told of a change. The newer rule reads the same bytes as
// open: corrections are filed, the change is taken back openly, nobody is alerted, and a second run files nothing.
func TestReplayFilesCorrections(t *testing.T) {
	k := newKept(t, "a.example", "b.example")
	channels, err := k.db.Channels(t.Context(), "")
	must(t, err)
	first, second := rule(1, "Reply here"), rule(2, noteHere)
	both := second
	both.Look = func(p *crawler.Page) crawler.Look {
		if l := first.Look(p); l.State == audit.Open {
			return l
		}
		return second.Look(p)
	}
	day := time.Now().Add(-10 * 24 * time.Hour).UTC().Truncate(time.Second)
	a := channels[0]
	k.see(a, day, formPage, "", first)
	_, page := k.see(a, day.Add(24*time.Hour), notePage, "", first)
	k.see(a, day.Add(48*time.Hour), notePage, page, first)
	k.see(channels[1], day, formPage, "", first)
	events := len(k.unmarked(ConsumerAlert))
	if events != 1 {
		t.Fatalf("%d events for alerts, want the change", events)
	}
	if did := k.replay(false, first, store.VisitsOf{}); len(did.Differ) != 0 || did.Pages != 4 || did.Findings != 4 {
		t.Errorf("by the same rule: %+v, want 4 pages and no difference", did)
	}
	want := []RereadOtherwise{{Check: "comments", From: audit.Closed, To: audit.Open, FromRule: "heading", FromVersion: 1, ToRule: "form",
		ToVersion: 2, Findings: 2, Places: 1, last: a.ID}}
	dry := k.replay(false, both, store.VisitsOf{})
	if diff := cmp.Diff(want, dry.Differ, cmp.AllowUnexported(RereadOtherwise{})); diff != "" || dry.Filed != 0 {
		t.Errorf("dry run filed %d (-want +got):\n%s", dry.Filed, diff)
	}
	if did := k.replay(true, both, store.VisitsOf{Organisation: channels[1].Organisation}); did.Visits != 1 || did.Filed != 0 {
		t.Errorf("the other organisation: %+v, want one visit and nothing filed", did)
	}
	if did := k.replay(true, both, store.VisitsOf{}); did.Filed != 2 || did.Settled != 1 {
		t.Errorf("filed %d, settled %d; want 2 and 1", did.Filed, did.Settled)
	}
	if n := len(k.unmarked(ConsumerAlert)); n != events {
		t.Errorf("%d events for alerts, want %d as before", n, events)
	}
	list, err := k.db.Public(time.Now().Add(time.Second)).Corrections(t.Context(), a.Organisation, 10)
	if err != nil || len(list) != 1 || list[0].Looks != 2 || list[0].To != audit.Open {
		t.Errorf("corrections %+v, %v", list, err)
	}
	undone, err := k.db.Public(time.Now().Add(time.Second)).Undone(t.Context(), "", 10)
	if err != nil || len(undone) != 1 {
		t.Errorf("undone %+v, %v, want the change", undone, err)
	}
	if did := k.replay(true, both, store.VisitsOf{}); len(did.Differ) != 0 || did.Filed != 0 || did.Settled != 0 {
		t.Errorf("again: %+v, want nothing", did)
	}
}

// dated is a check that reads a year beside its answer: the one that stands behind the words.
func dated(version int, words string) crawler.Check {
	c := rule(version, "Reply here")
	c.Look = func(p *crawler.Page) crawler.Look {
		_, after, _ := strings.Cut(p.Text(), words)
		year, _ := strconv.Atoi(strings.Fields(after + " 0")[0])
		return crawler.Look{State: audit.Open, Rule: "report", Mark: p.Tag("h1")[0], Values: audit.Values{audit.ValueYear: audit.Number(year), audit.ValuePhotos: audit.Number(version)}}
	}
	c.Fold = func(f crawler.Folding) []audit.Finding {
		x := audit.Finding{Check: f.Check.ID, Verdict: audit.UnknownFor(audit.ReasonIncomplete)}
		if len(f.Readings) > 0 {
			x.Verdict, x.Values = f.Readings[0].Verdict, f.Readings[0].Values
		}
		return []audit.Finding{x}
	}
	return c
}

// Where the answer stands and a newer rule reads another value from the same bytes, that is a correction: both values are
// shown, nobody is alerted, no change of theirs is told. A figure that moves with every post alone is none.
func TestReplayCorrectsValues(t *testing.T) {
	k := newKept(t, "a.example")
	channels, err := k.db.Channels(t.Context(), "")
	must(t, err)
	const report = "<html><head><title>Report</title></head><body><h1>Our report</h1><p>Printed in 2025 , about 2024</p></body></html>"
	day := time.Now().Add(-10 * 24 * time.Hour).UTC().Truncate(time.Second)
	_, page := k.see(channels[0], day, report, "", dated(1, "Printed in"))
	k.see(channels[0], day.Add(48*time.Hour), report, page, dated(1, "Printed in"))
	if did := k.replay(true, dated(2, "Printed in"), store.VisitsOf{}); len(did.Differ) != 0 || did.Filed != 0 {
		t.Errorf("another number of photos alone: %+v", did)
	}
	did := k.replay(true, dated(2, "about"), store.VisitsOf{})
	want := []RereadOtherwise{{Check: "comments", From: audit.Open, To: audit.Open, FromRule: "report", FromVersion: 1, ToRule: "report", ToVersion: 2,
		Values: "year", Findings: 2, Places: 1, last: channels[0].ID}}
	if diff := cmp.Diff(want, did.Differ, cmp.AllowUnexported(RereadOtherwise{})); diff != "" || did.Filed != 2 || did.Settled != 1 {
		t.Errorf("filed %d, settled %d (-want +got):\n%s", did.Filed, did.Settled, diff)
	}
	if n := len(k.unmarked(ConsumerAlert)); n != 0 {
		t.Errorf("%d events for alerts", n)
	}
	public := k.db.Public(time.Now().Add(time.Second))
	list, err := public.Corrections(t.Context(), "", 10)
	if err != nil || len(list) != 1 || list[0].Was[audit.ValueYear].Number != 2025 || list[0].Is[audit.ValueYear].Number != 2024 {
		t.Errorf("corrections %+v, %v", list, err)
	}
	if told, err := public.ValueChanges(t.Context(), store.ChangesOf{Limit: 10}); err != nil || len(told) != 0 {
		t.Errorf("changes of values %+v, %v: nothing of theirs changed", told, err)
	}
	if did := k.replay(true, dated(2, "about"), store.VisitsOf{}); len(did.Differ) != 0 || did.Filed != 0 {
		t.Errorf("again: %+v, want nothing", did)
	}
}

// What was dropped at the end of its time is counted, and withdraws nothing.
func TestReplayOfDroppedCaptures(t *testing.T) {
	k := newKept(t, "a.example")
	channels, err := k.db.Channels(t.Context(), "")
	must(t, err)
	k.see(channels[0], time.Now().Add(-40*24*time.Hour), notePage, "", rule(1, "Reply here"))
	forgotten, err := k.db.Forget(t.Context(), time.Now())
	must(t, err)
	if len(forgotten.Files) != 1 {
		t.Fatalf("forgot %+v, want the capture", forgotten)
	}
	did := k.replay(true, rule(2, noteHere), store.VisitsOf{})
	if did.Dropped != 1 || did.Pages != 0 || len(did.Differ) != 0 {
		t.Errorf("%+v, want one page dropped and nothing else", did)
	}
}

// Visits are gone through with the memory of a few, however many there are.
func TestReplayIsStreamed(t *testing.T) {
	k := newKept(t, "a.example")
	channels, err := k.db.Channels(t.Context(), "")
	must(t, err)
	const visits = 400
	check := rule(1, "Reply here")
	day := time.Now().Add(-300 * 24 * time.Hour)
	filler := make([]byte, 256<<10)
	for i := range filler {
		filler[i] = 'a' + byte(i%26)
	}
	page := ""
	for i := range visits {
		at := day.Add(time.Duration(i) * time.Minute)
		if i%4 > 0 {
			k.see(channels[0], at, notePage, page, check)
			continue
		}
		_, page = k.see(channels[0], at, notePage+"<!-- "+string(filler)+" -->", "", check)
	}
	var before, now, most runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	seen := 0
	r := Replay{DB: k.db, Body: k.folder.Body, Checks: []crawler.Check{check}, Log: k.log, Told: func(Reread) {
		if seen++; seen%100 == 0 {
			runtime.GC()
			if runtime.ReadMemStats(&now); now.HeapAlloc > most.HeapAlloc {
				most = now
			}
		}
	}}
	did, err := r.Run(t.Context(), store.VisitsOf{})
	must(t, err)
	if did.Visits != visits || did.Pages != visits || len(did.Differ) != 0 {
		t.Errorf("%+v, want %d visits and pages", did, visits)
	}
	const bound = 8 << 20 // all bodies together are 25 MiB, and their trees several times that
	if grown := int64(most.HeapAlloc) - int64(before.HeapAlloc); grown > bound {
		t.Errorf("the heap grew by %d KiB, want at most %d", grown>>10, bound>>10)
	}
}
