package alerts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/goccy/go-yaml"
	gocmp "github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/store"
)

// clockCase is one row of testdata/clock: what happens at which time, and what every receiver is told, when. Times are since
// the start, or, where the case names its start, moments of the wall clock in London.
type clockCase struct {
	Name     string
	Start    string
	Config   Config        // its receivers are those that it names
	For      time.Duration // how long it is played
	Look     time.Duration // how often the alerter looks unasked, where not every half minute
	Events   []clockEvent
	Want     []string // TIME RECEIVER: ALERT..., with the message's notes in brackets
	Resolved bool     // receivers are told of answers
	Same     bool     // a real Alertmanager makes the same messages
	Once     bool     // not with restarts: a start learns anew how a receiver fares
}

// clockEvent is one thing that happens. As names the alert that comes of it.
type clockEvent struct {
	At                             string
	As                             string
	Complaint, Change, Answer, Ack string // organisation; alert
	To, Urgency                    string
	Silence                        []string
	For, In, Off                   time.Duration // how long a silence or a fault lasts, how soon it begins; how long the alerter is stopped
	Expire, Restart                bool
	Blind, Sees                    audit.Platform
	Down                           string // receiver
	Withdraw                       string
}

// TestClockTable plays every case under a simulated clock.
func TestClockTable(t *testing.T) { playTable(t, false) }

// playTable plays every case; with restarts the alerter is stopped and made anew from the database after every event, which
// must change nothing.
func playTable(t *testing.T, restarts bool) {
	for _, c := range readClockTable(t) {
		if restarts && c.Once {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				got, want := playClock(t, c, restarts), c.Want
				if restarts {
					got, want = slices.DeleteFunc(got, looked), slices.DeleteFunc(slices.Clone(want), looked)
				}
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// looked reports whether a line is of what is looked for every half minute, from the start on: a start makes it sooner.
func looked(line string) bool {
	return strings.Contains(line, " op: ") || strings.Contains(line, "(resolved)") || strings.Contains(line, "(escalated)")
}

func readClockTable(t *testing.T) (all []clockCase) {
	t.Helper()
	files, err := filepath.Glob("testdata/clock/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var cases []clockCase
		if err := yaml.UnmarshalWithOptions(data, &cases, yaml.Strict()); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for i := range cases {
			cases[i].Name = strings.TrimSuffix(filepath.Base(file), ".yaml") + ": " + cases[i].Name
		}
		all = append(all, cases...)
	}
	return all
}

// clockRig plays one case.
type clockRig struct {
	*fixture
	c     clockCase
	begin time.Time
	names map[string]string // of alerts, by id
	ids   map[string]string // and the other way round
	refs  map[string]string // what the alerts are about, by name
	mu    sync.Mutex
	down  map[string]time.Time
	told  []toldLine
	stop  func()
	a     *Alerter
}

func playClock(t *testing.T, c clockCase, restarts bool) []string {
	t.Helper()
	begin := start
	if c.Start != "" {
		begin = londonTime(t, c.Start)
		time.Sleep(time.Until(begin)) // years pass at once
	}
	r := &clockRig{fixture: newFixture(t, begin), c: c, begin: begin, names: map[string]string{}, ids: map[string]string{}, refs: map[string]string{}, down: map[string]time.Time{}}
	r.run()
	for _, e := range c.Events {
		time.Sleep(time.Until(r.when(e.At)))
		r.now = time.Now()
		r.happens(e)
		synctest.Wait()
		if restarts || e.Restart {
			r.stop()
			time.Sleep(e.Off)
			r.run()
		}
	}
	time.Sleep(time.Until(begin.Add(c.For)))
	r.stop()
	r.close()
	slices.SortFunc(r.told, func(x, y toldLine) int { return cmp.Or(x.at.Compare(y.at), strings.Compare(x.line, y.line)) })
	lines := make([]string, 0, len(r.told))
	for _, t := range r.told {
		lines = append(lines, t.line)
	}
	return lines
}

// toldLine is a message as the table has it. What is told at one moment stands in the order of its letters.
type toldLine struct {
	at   time.Time
	line string
}

// run starts an alerter of the case's settings on the database as it is.
func (r *clockRig) run() {
	c := r.c.Config
	c.Complaints = cmp.Or(c.Complaints, ComplaintsEach)
	for _, name := range receiversOf(c.Route) {
		c.Receivers = append(c.Receivers, ReceiverConfig{Name: name, Log: &LogConfig{}, SendResolved: &r.c.Resolved})
	}
	var err error
	c.Complaints = ComplaintsEach
	if r.a, err = New(Options{Store: r.db, Config: c}); err != nil {
		r.t.Fatal(err)
	}
	r.a.idle, r.a.chance = cmp.Or(r.c.Look, idle), func() float64 { return 0 }
	for name, o := range r.a.receivers {
		o.receiver = clockDesk{r, name}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.a.Run(ctx) }()
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
	}
}

func receiversOf(c RouteConfig) []string {
	names := []string{c.Receiver}
	if c.Escalate != nil {
		names = append(names, c.Escalate.Receiver)
	}
	for _, child := range c.Routes {
		names = append(names, receiversOf(child)...)
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" })
}

// clockDesk is a receiver that writes down who was told what, when.
type clockDesk struct {
	r    *clockRig
	name string
}

func (d clockDesk) Send(_ context.Context, m Message) error {
	d.r.mu.Lock()
	defer d.r.mu.Unlock()
	if time.Now().Before(d.r.down[d.name]) {
		return errors.New("down")
	}
	var alerts []string
	for _, item := range m.Items {
		name, known := d.r.names[item.Alert.ID]
		if !known {
			name, _, _ = strings.Cut(item.Alert.Ref, " ") // an operator's alert, by its topic
		}
		alerts = append(alerts, name)
	}
	for _, note := range []struct {
		is   bool
		word string
	}{{m.Repeat, "(repeat)"}, {m.Reminder, "(reminder)"}, {m.Escalate, "(escalated)"}, {m.Resolved, "(resolved)"}} {
		if note.is {
			alerts = append(alerts, note.word)
		}
	}
	d.r.told = append(d.r.told, toldLine{time.Now(), fmt.Sprintf("%s %s: %s", d.r.time(), d.name, strings.Join(alerts, " "))})
	return nil
}

func (r *clockRig) time() string {
	if r.c.Start == "" {
		return time.Since(r.begin).String()
	}
	return time.Now().In(london).Format(londonLayout)
}

const londonLayout = "2 Jan 15:04:05 MST 2006"

var london = func() *time.Location { l, _ := time.LoadLocation("Europe/London"); return l }()

func londonTime(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation(londonLayout, text, london)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// when reads a time since the start, or of the wall clock.
func (r *clockRig) when(text string) time.Time {
	if d, err := time.ParseDuration(text); err == nil {
		return r.begin.Add(d)
	}
	return londonTime(r.t, text)
}

// happens writes what the event says into the database, and hands the alerter what the pipeline would.
func (r *clockRig) happens(e clockEvent) {
	r.t.Helper()
	var err error
	switch {
	case e.Complaint != "":
		made := r.comment(said{visit: r.visit(e.Complaint, false), channel: e.Complaint, complaint: true, urgency: e.Urgency})
		r.raised(e, store.AlertComplaint, made)
	case e.Change != "":
		to, errState := audit.ParseState(e.To)
		from := audit.Open
		if to == audit.Open {
			from = audit.Closed
		}
		r.raised(e, store.AlertChange, r.change(e.Change, "", "", from, to))
		err = errState
	case e.Withdraw != "":
		r.exec(`UPDATE state_change SET withdrawn_at = ? WHERE id = ?`, stamp(r.now), r.refs[e.Withdraw])
	case e.Answer != "":
		r.comment(said{visit: r.visit("elm", false), channel: "elm", parent: r.refs[e.Answer], by: audit.AuthorOrganisation})
	case e.Ack != "":
		err = r.db.AckAlert(r.t.Context(), r.ids[e.Ack], "sam", "", r.now)
	case e.Expire:
		err = r.expire()
	case len(e.Silence) > 0:
		var s store.Silence
		if s, err = NewSilence(e.Silence, "sam", "a test", r.now.Add(e.In), e.For); err == nil {
			_, err = r.db.AddSilence(r.t.Context(), s, r.now)
		}
	case e.Blind != "" || e.Sees != "":
		r.look(e.Blind+e.Sees, e.Blind != "")
	case e.Down != "":
		r.mu.Lock()
		r.down[e.Down] = r.now.Add(e.For)
		r.mu.Unlock()
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *clockRig) raised(e clockEvent, kind store.AlertKind, made audit.Event) {
	r.t.Helper()
	id := store.AlertID(kind, made.Ref)
	r.mu.Lock()
	r.names[id], r.ids[e.As], r.refs[e.As] = e.As, id, made.Ref
	r.mu.Unlock()
	handle(r.t.(*testing.T), r.a, made)
}

// look has ten places of a platform that were open once looked at, with something seen there or not.
func (r *clockRig) look(p audit.Platform, blind bool) {
	reason := ""
	if blind {
		reason = "blocked"
	}
	for i := range 10 {
		channel := fmt.Sprintf("%s%d", p, i)
		r.exec(`INSERT INTO channel (id, organisation, platform, url, lane, confirmed, listed, due_at, moved_to, recorded_at)
			VALUES (?1,'oak',?2,'https://'||?1||'.test/',?1||'.test',1,0,?3,'',?3) ON CONFLICT DO NOTHING`,
			channel, string(p), stamp(r.now))
		r.exec(`INSERT INTO state_now (channel, check_id, scope, organisation, platform, state, kind, finding, evidence, how, stage, pending, last_finding,
				last_at, last_reason, system, observed_at, recorded_at, hold_reason)
			VALUES (?1,'comments','','oak',?2,'open','','','{}','anonymous','confirmed','unknown','',?3,?4,'',?3,?3,'')
			ON CONFLICT DO UPDATE SET last_at = ?3, last_reason = ?4`, channel, string(p), stamp(r.now), reason)
	}
}

func (r *clockRig) expire() error {
	all, err := r.db.Silences(r.t.Context(), r.now)
	for _, s := range all {
		err = errors.Join(err, r.db.ExpireSilence(r.t.Context(), s.ID, r.now))
	}
	return err
}
