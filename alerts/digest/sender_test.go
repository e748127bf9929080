package digest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/alerts"
	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/store"
)

// post is a mail server that answers by a script, by address, and keeps what it took.
type post struct {
	mu     sync.Mutex
	script map[string][]error
	mails  map[string][]alerts.Mail
	taken  int
	after  func() // called when a mail was taken
}

func (p *post) Send(_ context.Context, m alerts.Mail, to ...string) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var err error
	if s := p.script[to[0]]; len(s) > 0 {
		err, p.script[to[0]] = s[0], s[1:]
	}
	if err == nil || errors.Is(err, alerts.ErrUncertain) {
		p.taken++
		if p.mails != nil {
			p.mails[to[0]] = append(p.mails[to[0]], m)
		}
		if p.after != nil {
			p.after()
		}
	}
	return nil, err
}

func (p *post) counts() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := map[string]int{}
	for to, mails := range p.mails {
		n[to] = len(mails)
	}
	return n
}

// sending is a sender at a clock that the test sets.
func sending(r *rows, p *post, at *time.Time) *digest.Sender {
	o := options
	o.Now, o.Week = time.Time{}, ""
	return &digest.Sender{Store: r.db, Mailer: p, Schedule: digest.Schedule{Day: time.Monday, Hour: 7, Minute: 30}, Edition: o,
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return *at },
		Links: digest.Links{Preferences: func(id string) string { return "https://doors.test/digest/" + id },
			Unsubscribe: func(id string) string { return "https://doors.test/digest/" + id + "/end" }}}
}

func send(t *testing.T, s *digest.Sender) int {
	t.Helper()
	n, err := s.Send(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// reader writes a confirmed reader by its address.
func (r *rows) reader(address, zone string, wants store.Wants, at time.Time) string {
	r.t.Helper()
	id, _, err := r.db.AskToSubscribe(r.t.Context(), address, store.Choice{Wants: wants, Zone: zone}, at)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.db.ConfirmSubscription(r.t.Context(), id, at); err != nil {
		r.t.Fatal(err)
	}
	return id
}

// seen makes the installation one that has looked.
func seen(t *testing.T) *rows {
	r := newRows(t)
	r.change("elm", "", audit.Closed, audit.Open, stamp(now.Add(-time.Hour)), nil, "")
	r.change("oak", "", audit.Open, audit.Closed, stamp(now.Add(-time.Hour)), nil, "")
	r.state("elm", audit.Open, "", audit.Unknown)
	return r
}

// TestMondayMorning: on a Monday, at the hour of the reader's own zone, over both changes of the clock; late where we were
// down, and not at all where the next edition is near.
func TestMondayMorning(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	s := digest.Schedule{Day: time.Monday, Hour: 7, Minute: 30}
	for _, tt := range []struct{ over, zone, want string }{
		{"2026-11-23", "Europe/London", "2026-11-23T07:30:00Z"}, {"2026-10-26", "Europe/London", "2026-10-26T07:30:00Z"},
		{"2026-03-30", "Europe/London", "2026-03-30T06:30:00Z"}, {"2026-11-23", "America/New_York", "2026-11-23T12:30:00Z"},
		{"2026-11-23", "Pacific/Auckland", "2026-11-29T18:30:00Z"}, // its Monday 07:30 was before the week was over in London
		{"2026-11-23", "nowhere", "2026-11-23T07:30:00Z"},
	} {
		over, err := time.ParseInLocation(time.DateOnly, tt.over, london)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.After(over, tt.zone).UTC().Format(time.RFC3339); got != tt.want {
			t.Errorf("week over on %s, in %s: %s, want %s", tt.over, tt.zone, got, tt.want)
		}
	}
	if got := (digest.Schedule{Day: time.Thursday, Hour: 9}).After(time.Date(2026, 11, 23, 0, 0, 0, 0, london), "Europe/London"); got.Day() != 26 {
		t.Errorf("a Thursday edition goes out on %v", got)
	}
}

func TestEachReaderOnce(t *testing.T) {
	r, p := seen(t), &post{mails: map[string][]alerts.Mail{}}
	at := now
	r.reader("a@elm.test", "Europe/London", store.Wants{}, at)
	r.reader("ny@elm.test", "America/New_York", store.Wants{}, at)
	paused := r.reader("paused@elm.test", "Europe/London", store.Wants{}, at)
	if err := r.db.SetSubscription(t.Context(), paused, store.Choice{Zone: "Europe/London", Paused: now.AddDate(0, 0, 20)}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.db.AskToSubscribe(t.Context(), "unsure@elm.test", store.Choice{Zone: "Europe/London"}, at); err != nil {
		t.Fatal(err)
	}
	s := sending(r, p, &at)
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for step, want := range []struct {
		at   time.Time
		sent map[string]int
	}{
		{now, map[string]int{}}, // the week before: they came after it
		{monday.Add(7*time.Hour + 29*time.Minute), map[string]int{}},
		{monday.Add(7*time.Hour + 51*time.Minute), map[string]int{"a@elm.test": 1}},
		{monday.Add(8 * time.Hour), map[string]int{"a@elm.test": 1}},
		{monday.Add(13 * time.Hour), map[string]int{"a@elm.test": 1, "ny@elm.test": 1}},
		{monday.Add(60 * time.Hour), map[string]int{"a@elm.test": 1, "ny@elm.test": 1}},
		{monday.AddDate(0, 0, 9), map[string]int{"a@elm.test": 2, "ny@elm.test": 2}}, // down over the next Monday: late
		{monday.AddDate(0, 0, 13).Add(20 * time.Hour), map[string]int{"a@elm.test": 2, "ny@elm.test": 2}},
		{monday.AddDate(0, 0, 20).Add(20 * time.Hour), map[string]int{"a@elm.test": 2, "ny@elm.test": 2}}, // six days late: the next is near
	} {
		at = want.at
		send(t, s)
		send(t, sending(r, p, &at)) // a second start sends nothing twice
		if diff := cmp.Diff(want.sent, p.counts()); diff != "" {
			t.Errorf("step %d at %v:\n%s", step, at, diff)
		}
	}
	m := p.mails["a@elm.test"][0]
	for _, part := range []string{m.Text, m.HTML} {
		if !strings.Contains(part, "Elm Homes") || !strings.Contains(part, "/end") {
			t.Errorf("the mail lacks its change or its foot:\n%s", part)
		}
	}
	if !strings.HasPrefix(m.Unsubscribe, "https://doors.test/digest/") || m.Subject != "doorknock, 16 November to 22 November 2026: 1 door opened; 1 door closed or became restricted" {
		t.Errorf("subject %q, unsubscribe %q", m.Subject, m.Unsubscribe)
	}
	if strings.Contains(m.HTML, "<img") || strings.Contains(m.HTML, "<style") || len(m.HTML) > 100_000 || p.mails["a@elm.test"][1].ID == m.ID {
		t.Errorf("%d bytes of HTML", len(m.HTML))
	}
	for name, kept := range map[string]bool{"2026-W47": true, "2026-11": true, "2026-W48": false} { // nobody looked in the last
		var e digest.Edition
		if err := r.db.KeptEdition(t.Context(), name, &e); (err == nil) != kept || err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("what was counted for %s: %v", name, err)
		}
	}
}

// TestWhatAMailServerAnswers: refused for good ends the subscription; lost answers are tried once more and say so.
func TestWhatAMailServerAnswers(t *testing.T) {
	r := seen(t)
	lost, no, down := fmt.Errorf("%w: cut", alerts.ErrUncertain), fmt.Errorf("%w: no such user", alerts.ErrPermanent), errors.New("451 later")
	p := &post{mails: map[string][]alerts.Mail{}, script: map[string][]error{
		"lost@elm.test": {lost, lost, nil}, "gone@elm.test": {no}, "down@elm.test": {down, down, nil}}}
	at := now
	for _, who := range []string{"lost@elm.test", "gone@elm.test", "down@elm.test"} {
		r.reader(who, "Europe/London", store.Wants{}, at)
	}
	s := sending(r, p, &at)
	for at = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC); at.Day() < 25; at = at.Add(20 * time.Minute) {
		send(t, s)
	}
	if diff := cmp.Diff(map[string]int{"lost@elm.test": 2, "down@elm.test": 1}, p.counts()); diff != "" {
		t.Error(diff)
	}
	again := p.mails["lost@elm.test"]
	if again[0].ID != again[1].ID || strings.Contains(again[0].Text, "already") || !strings.Contains(again[1].Text, "You may have had this edition already") {
		t.Errorf("a repeat does not say so: %s", again[1].Text)
	}
	gone, err := r.db.Subscription(t.Context(), store.SubscriptionID("gone@elm.test", ""))
	if err != nil || gone.EndedBy != store.EndedByBounce {
		t.Errorf("a refused reader: %+v, %v", gone, err)
	}
}

// killed is a mail server at whose n-th mail the program dies: before it is taken, or after it was taken and before that is
// written down.
type killed struct {
	*post
	n, at int
	taken bool
}

func (k *killed) Send(ctx context.Context, m alerts.Mail, to ...string) ([]string, error) {
	k.n++
	if k.n == k.at && !k.taken {
		runtime.Goexit() // nothing of the sender runs any more, as in a process that was killed
	}
	refused, err := k.post.Send(ctx, m, to...)
	if k.n == k.at {
		runtime.Goexit()
	}
	return refused, err
}

// TestKilledAtEveryStep: whichever step of whichever reader the program dies in, a new start leaves nobody out and sends nobody
// two, but the one whose mail was taken and not written down, and that second one says so.
func TestKilledAtEveryStep(t *testing.T) {
	const readers = 6
	r, at := seen(t), now
	for i := range readers {
		r.reader(fmt.Sprintf("r%d@elm.test", i), "Europe/London", store.Wants{}, at)
	}
	week := 0
	for _, taken := range []bool{false, true} {
		for kill := 1; kill <= readers; kill++ {
			at = time.Date(2026, 11, 23+7*week, 8, 0, 0, 0, time.UTC)
			week++
			p := &post{mails: map[string][]alerts.Mail{}}
			s := sending(r, p, &at)
			s.Mailer = &killed{post: p, at: kill, taken: taken}
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_, _ = s.Send(t.Context())
				t.Errorf("it was not killed at %d", kill)
			}()
			<-ended
			if err := r.db.ReopenEditions(t.Context(), at); err != nil {
				t.Fatal(err)
			}
			send(t, sending(r, p, &at))
			send(t, sending(r, p, &at))
			two := 0
			for who, mails := range p.mails {
				again := strings.Contains(mails[len(mails)-1].Text, "You may have had this edition already")
				if len(mails) > 2 || len(mails) == 2 && (!again || mails[0].ID != mails[1].ID || strings.Contains(mails[0].Text, "already")) {
					t.Errorf("taken %v, killed at %d: %s has %d", taken, kill, who, len(mails))
				}
				two += len(mails) - 1
			}
			if len(p.mails) != readers || taken && two != 1 || !taken && two != 0 {
				t.Errorf("taken %v, killed at %d: %d readers have it, %d twice", taken, kill, len(p.mails), two)
			}
		}
	}
}

// TestTooLate: an edition whose next one is near is not sent; that is written and said once.
func TestTooLate(t *testing.T) {
	r, p := seen(t), &post{mails: map[string][]alerts.Mail{}}
	at := now
	id := r.reader("a@elm.test", "Europe/London", store.Wants{}, at)
	var log strings.Builder
	s := sending(r, p, &at)
	s.Log = slog.New(slog.NewTextHandler(&log, nil))
	at = time.Date(2026, 11, 29, 20, 0, 0, 0, time.UTC)
	for range 3 {
		send(t, s)
	}
	sent, err := r.db.EditionsTo(t.Context(), id)
	if err != nil || len(p.mails) != 0 || len(sent) != 1 || sent[0].State != store.DeliveryDead || !strings.Contains(sent[0].LastError, "not sent: doorknock was not running") {
		t.Errorf("%+v, %v, %d mails", sent, err, len(p.mails))
	}
	if strings.Count(log.String(), "too late to be sent") != 1 {
		t.Errorf("said:\n%s", log.String())
	}
	at = time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	if n := send(t, s); n != 1 {
		t.Errorf("the next edition went to %d", n)
	}
}

// TestWeeklyAndMonthly: each reader gets the editions that he chose, the month's on the first Monday after it, once; what is still to
// be sent can be seen before.
func TestWeeklyAndMonthly(t *testing.T) {
	r, p := seen(t), &post{mails: map[string][]alerts.Mail{}}
	at := now
	for _, every := range store.Everies() {
		id := r.reader(every+"@elm.test", "Europe/London", store.Wants{}, at)
		if err := r.db.SetSubscription(t.Context(), id, store.Choice{Zone: "Europe/London", Every: every}); err != nil {
			t.Fatal(err)
		}
	}
	s := sending(r, p, &at)
	for at = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC); at.Before(time.Date(2026, 12, 15, 0, 0, 0, 0, time.UTC)); at = at.AddDate(0, 0, 1) {
		plan, err := s.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		due := 0
		for _, x := range plan {
			if x.State == "due" {
				due++
			}
		}
		if n := send(t, s); n != due {
			t.Errorf("%v: %d were due, %d sent", at, due, n)
		}
	}
	if diff := cmp.Diff(map[string]int{"week@elm.test": 4, "month@elm.test": 1, "both@elm.test": 5}, p.counts()); diff != "" {
		t.Error(diff)
	}
	if got := p.mails["month@elm.test"][0].Subject; !strings.HasPrefix(got, "doorknock, November 2026: 1 door opened") {
		t.Errorf("the month's subject is %q", got)
	}
}

// TestWhatAReaderWants: named organisations, sectors and nations choose; comments are counted for those alone.
func TestWhatAReaderWants(t *testing.T) {
	r, p := seen(t), &post{mails: map[string][]alerts.Mail{}}
	at := now
	r.reader("elm@elm.test", "Europe/London", store.Wants{Organisations: []string{"elm"}}, at)
	r.reader("wales@elm.test", "Europe/London", store.Wants{Nations: []string{audit.Wales}}, at)
	r.reader("both@elm.test", "Europe/London", store.Wants{Organisations: []string{"oak"}, Sectors: []string{"almo"}}, at)
	r.reader("council@elm.test", "Europe/London", store.Wants{Sectors: []string{"council"}, Nations: []string{audit.England}}, at)
	r.comments("2026-W47", 60, 0, 40)
	at = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	send(t, sending(r, p, &at))
	for who, want := range map[string][3]bool{"elm": {true, false, true}, "wales": {false, false, false}, "both": {false, true, false}, "council": {true, true, true}} {
		text := p.mails[who+"@elm.test"][0].Text
		got := [3]bool{strings.Contains(text, "Elm Homes"), strings.Contains(text, "Oak & Ash"), strings.Contains(text, "Comments seen: 60")}
		if got != want {
			t.Errorf("%s got %v, want %v:\n%s", who, got, want, text)
		}
	}
}

// TestSettingsNameReaders: who is named gets it, who is no longer named does not, and who ended it by himself stays out.
func TestSettingsNameReaders(t *testing.T) {
	r, p := seen(t), &post{mails: map[string][]alerts.Mail{}}
	at := now
	sync := func(addresses ...string) {
		t.Helper()
		if err := r.db.SyncSubscriptions(t.Context(), addresses, []string{"team"}, "Europe/London", at); err != nil {
			t.Fatal(err)
		}
	}
	sync("a@elm.test", "b@elm.test", "c@elm.test")
	if err := r.db.EndSubscription(t.Context(), store.SubscriptionID("b@elm.test", ""), store.EndedByReader, at); err != nil {
		t.Fatal(err)
	}
	sync("a@elm.test", "b@elm.test")
	at = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	s := sending(r, p, &at)
	team := &taker{}
	s.Receivers = map[string]alerts.Receiver{"team": team}
	send(t, s)
	send(t, s)
	if diff := cmp.Diff(map[string]int{"a@elm.test": 1}, p.counts()); diff != "" {
		t.Error(diff)
	}
	if len(team.got) != 1 || !strings.Contains(team.got[0].Title.Plain(), "1 door opened") || len(team.got[0].Items) != 6 || len(team.got[0].Tables) != 1 || len(team.got[0].Charts) != 1 {
		t.Errorf("the receiver got %+v", team.got)
	}
	sync("a@elm.test", "b@elm.test", "c@elm.test")
	back, err := r.db.Subscription(t.Context(), store.SubscriptionID("c@elm.test", ""))
	if err != nil || !back.EndedAt.IsZero() {
		t.Errorf("named again: %+v, %v", back, err)
	}
}

type taker struct{ got []alerts.Message }

func (r *taker) Send(_ context.Context, m alerts.Message) error { r.got = append(r.got, m); return nil }

// TestManyReaders: many (at night five thousand) in one run, with memory that does not grow with them.
func TestManyReaders(t *testing.T) {
	r, p := seen(t), &post{}
	at := now
	r.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO subscription (id, address, wants, confirmed_at, recorded_at) SELECT printf('%032x', i), 'r' || i || '@elm.test', '{}', ?2, ?2 FROM n`, many, stamp(at))
	at = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	var before, most runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	p.after = func() {
		if p.taken%(many/5) == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			most.HeapAlloc = max(most.HeapAlloc, m.HeapAlloc)
		}
	}
	if n := send(t, sending(r, p, &at)); n != many {
		t.Errorf("sent %d", n)
	}
	if grew := int64(most.HeapAlloc) - int64(before.HeapAlloc); grew > 8<<20 {
		t.Errorf("the heap grew by %d bytes", grew)
	}
}

// TestDesk: nobody is subscribed before he says yes, links of others do nothing, and asking is limited.
func TestDesk(t *testing.T) {
	r, p := newRows(t), &post{mails: map[string][]alerts.Mail{}}
	keys, err := audit.NewKeys(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	at := now
	d := &digest.Desk{Store: r.db, Mailer: p, Keys: keys, Base: "https://doors.test", Zone: "Europe/London", Now: func() time.Time { return at }}
	for _, bad := range []string{"", "nobody", "a@b, c@d", "x <a@elm.test>", "a@elm.test\r\nBcc: b@elm.test", strings.Repeat("a", 300) + "@elm.test"} {
		if err := d.Ask(t.Context(), bad, store.Choice{}); !errors.Is(err, digest.ErrAddress) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for range 3 { // a second mail within the hour is not sent
		if err := d.Ask(t.Context(), " Ann@ELM.test ", store.Choice{Wants: store.Wants{Nations: []string{audit.Wales}}}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[string]int{"Ann@elm.test": 1}, p.counts()); diff != "" {
		t.Fatal(diff)
	}
	text := p.mails["Ann@elm.test"][0].Text
	_, path, _ := strings.Cut(text, "https://doors.test/digest/")
	path, _, _ = strings.Cut(path, "\n")
	part := strings.Split(path, "/")
	id, ticket := part[0], part[1]
	if d.Confirmable(id, ticket+"0") || d.Confirmable(store.SubscriptionID("other@elm.test", ""), ticket) || !d.Confirmable(id, ticket) {
		t.Error("a link that asks for a yes is not told from others")
	}
	at = at.Add(8 * 24 * time.Hour)
	if err := d.Confirm(t.Context(), id, ticket); !errors.Is(err, digest.ErrLink) {
		t.Errorf("after eight days: %v", err)
	}
	at = now
	if err := d.Confirm(t.Context(), id, ticket); err != nil {
		t.Fatal(err)
	}
	mark := d.Path(id)[strings.LastIndex(d.Path(id), "/")+1:]
	if s, err := d.Open(t.Context(), id, mark); err != nil || s.ConfirmedAt.IsZero() || s.Address != "Ann@elm.test" {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := d.Open(t.Context(), id, "0123"); !errors.Is(err, digest.ErrLink) {
		t.Errorf("a wrong mark: %v", err)
	}
	busy := 0
	for i := range 100 {
		if err := d.Ask(t.Context(), fmt.Sprintf("x%d@elm.test", i), store.Choice{}); errors.Is(err, digest.ErrBusy) {
			busy++
		}
	}
	if busy < 40 {
		t.Errorf("%d of 100 were put off", busy)
	}
}

// TestEditionInSlack: the edition as Slack gets it, with its numbers as a table and a chart, in either language; any week fits.
func TestEditionInSlack(t *testing.T) {
	r := seen(t)
	r.comments("2026-W47", 60, 0, 40)
	var b strings.Builder
	if err := digest.Preview(t.Context(), &b, r.db, options, digest.PreviewAs{Format: "slack"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"data_table"`, `"data_visual`, `"text": "Elm Homes"`, `"type": "header"`, "/findings/f1"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("Slack's edition lacks %s:\n%s", want, b.String())
		}
	}
	names := []string{strings.Repeat("long ", 60), "<!channel>", "Elm"}
	for seed := range 60 {
		e := anyEdition(rand.New(rand.NewPCG(11, uint64(seed))), names)
		w := alerts.SlackMessage(e.Message(digest.Languages()[seed%2]))
		data, err := json.Marshal(w)
		if err != nil || len(data) > 10_000 || len(w.Blocks.BlockSet) > 50 || w.Text == "" || strings.Contains(w.Text, "<!channel>") {
			t.Errorf("seed %d: %d bytes in %d blocks, %v: %s", seed, len(data), len(w.Blocks.BlockSet), err, w.Text)
		}
	}
}
