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
	r := newClockRig(t, c)
	r.play(restarts)
	if !restarts && c.foretellable() {
		r.foretold()
	}
	r.close()
	return lines(r.told)
}

// foretellable reports whether nothing happens that a preview leaves out: that a receiver is down, that the alerter stands still.
func (c clockCase) foretellable() bool {
	return !slices.ContainsFunc(c.Events, func(e clockEvent) bool { return e.Down != "" || e.Off > 0 })
}

func newClockRig(t *testing.T, c clockCase) *clockRig {
	t.Helper()
	begin := start
	if c.Start != "" {
		begin = londonTime(t, c.Start)
		time.Sleep(time.Until(begin)) // years pass at once
	}
	return &clockRig{fixture: newFixture(t, begin), c: c, begin: begin, names: map[string]string{}, ids: map[string]string{}, refs: map[string]string{}, down: map[string]time.Time{}}
}

// play has everything of the case happen.
func (r *clockRig) play(restarts bool) {
	r.t.Helper()
	r.make()
	for _, e := range r.c.Events {
		if r.stop == nil && r.when(e.At).After(r.begin) { // what happens at the start is there before anything looks
			r.run()
		}
		time.Sleep(time.Until(r.when(e.At)))
		r.now = time.Now()
		r.happens(e)
		synctest.Wait()
		if r.stop != nil && (restarts || e.Restart) {
			r.stop()
			time.Sleep(e.Off)
			r.make()
			r.run()
		}
	}
	if r.stop == nil {
		r.run()
	}
	time.Sleep(time.Until(r.begin.Add(r.c.For)))
	r.stop()
}

// lines gives what was told in the order of time.
func lines(told []toldLine) []string {
	slices.SortFunc(told, func(x, y toldLine) int { return cmp.Or(x.at.Compare(y.at), strings.Compare(x.line, y.line)) })
	lines := make([]string, 0, len(told))
	for _, t := range told {
		lines = append(lines, t.line)
	}
	return lines
}

// What other settings would have sent is worked out from what is on record, whatever was in force then: each case is played with
// everything going to the log, and its own settings are tried on what that left. Here the first case of each file; by night all.
func TestPreviewOfOtherSettings(t *testing.T) {
	of := ""
	for _, c := range readClockTable(t) {
		file, _, _ := strings.Cut(c.Name, ":")
		if file != of && c.foretellable() {
			of = file
			t.Run(c.Name, func(t *testing.T) { playElsewhere(t, c) })
		}
	}
}

func playElsewhere(t *testing.T, c clockCase) {
	synctest.Test(t, func(t *testing.T) {
		then := c
		then.Config = Config{Route: RouteConfig{Receiver: "everything"}}
		r := newClockRig(t, then)
		r.play(false)
		r.c = c
		sent, err := Preview(t.Context(), Options{Config: r.config(), Store: r.db}, r.begin)
		if err != nil {
			t.Fatal(err)
		}
		var told []toldLine
		for _, m := range sent {
			told = append(told, toldLine{m.At, r.line(m.At.Truncate(time.Second), m.Receiver, m.Alerts, m.Reminder, m.Escalates, m.Resolves)})
		}
		got, want := slices.DeleteFunc(lines(told), looked), slices.DeleteFunc(slices.Clone(c.Want), looked)
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		r.close()
	})
}

// toldLine is a message as the table has it. What is told at one moment stands in the order of its letters.
type toldLine struct {
	at   time.Time
	line string
}

// foretold wants of a preview of the same settings, made from what is on record afterwards, the messages that were sent: at the
// same time to the second, but for what is looked for every half minute, or as seldom as the case says: escalations, answers, and
// what was kept back by a matter of ours that is over.
func (r *clockRig) foretold() {
	r.t.Helper()
	sent, err := Preview(r.t.Context(), Options{Config: r.config(), Store: r.db}, r.begin)
	if err != nil {
		r.t.Fatal(err)
	}
	ours := slices.ContainsFunc(r.c.Events, func(e clockEvent) bool { return e.Sees != "" })
	line := func(name string, t toldLine) string { return strings.SplitN(t.line, " "+name+": ", 2)[1] }
	for _, name := range receiversOf(r.c.Config.Route) {
		var want []toldLine
		for _, t := range r.told {
			if strings.Contains(t.line, " "+name+": ") {
				want = append(want, t)
			}
		}
		var got []toldLine
		for _, m := range sent {
			if m.Receiver == name {
				got = append(got, toldLine{m.At, r.line(m.At, name, m.Alerts, m.Reminder, m.Escalates, m.Resolves)})
			}
		}
		if len(got) != len(want) {
			r.t.Errorf("preview: %s would have been told %v", name, got)
			continue
		}
		for i := range got {
			may := time.Second
			if ours || looked(got[i].line) {
				may = cmp.Or(r.c.Look, idle)
			}
			if off := got[i].at.Sub(want[i].at).Abs(); line(name, got[i]) != line(name, want[i]) || off > may {
				r.t.Errorf("preview: %q, was sent: %q", got[i].line, want[i].line)
			}
		}
	}
}

// config is the case's, with its receivers.
func (r *clockRig) config() Config {
	c := r.c.Config
	c.Complaints = ComplaintsEach
	for _, name := range receiversOf(c.Route) {
		c.Receivers = append(c.Receivers, ReceiverConfig{Name: name, Log: &LogConfig{}, SendResolved: &r.c.Resolved})
	}
	return c
}

// make makes an alerter of the case's settings on the database as it is.
func (r *clockRig) make() {
	c := r.config()
	var err error
	if r.a, err = New(Options{Store: r.db, Config: c}); err != nil {
		r.t.Fatal(err)
	}
	r.a.idle, r.a.chance = cmp.Or(r.c.Look, idle), func() float64 { return 0 }
	for name, o := range r.a.receivers {
		o.receiver = clockDesk{r, name}
	}
}

func (r *clockRig) run() {
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
	var told []store.Alert
	for _, item := range m.Items {
		told = append(told, item.Alert)
	}
	now, line := time.Now(), d.r.line(time.Now(), d.name, told, m.Reminder, m.Escalate, m.Resolved)
	if m.Repeat {
		line += " (repeat)"
	}
	d.r.told = append(d.r.told, toldLine{now, line})
	return nil
}

// line is a message as the table has it.
func (r *clockRig) line(at time.Time, receiver string, told []store.Alert, reminder, escalated, resolved bool) string {
	var alerts []string
	for _, a := range told {
		name, known := r.names[a.ID]
		if !known {
			name, _, _ = strings.Cut(a.Ref, " ") // an operator's alert, by its topic
		}
		alerts = append(alerts, name)
	}
	for _, note := range []struct {
		is   bool
		word string
	}{{reminder, "(reminder)"}, {escalated, "(escalated)"}, {resolved, "(resolved)"}} {
		if note.is {
			alerts = append(alerts, note.word)
		}
	}
	return fmt.Sprintf("%s %s: %s", r.time(at), receiver, strings.Join(alerts, " "))
}

func (r *clockRig) time(at time.Time) string {
	if r.c.Start == "" {
		return at.Sub(r.begin).String()
	}
	return at.In(london).Format(londonLayout)
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
