package alerts

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/internal/fakeslack"
	"doorknock/store"
)

// mended is a receiver that refuses for a reason that a person can mend.
type mended struct {
	name   string
	config func(t *testing.T) (c Config, o Options, mend func(), taken func() []string) // the receiver under trial is "team"
	says   []string                                                                     // the words of what went wrong, for whoever mends it
	state  store.DeliveryState                                                          // of the message until then
}

// bySlack is a Slack that names an error until it is mended.
func bySlack(bot bool, code string) func(t *testing.T) (Config, Options, func(), func() []string) {
	return func(t *testing.T) (Config, Options, func(), func() []string) {
		fake := &fakeslack.Server{}
		server := httptest.NewServer(fake)
		t.Cleanup(server.Close)
		c, mend := slackConfig(server.URL), func() { fake.Script() }
		if bot {
			c, mend = botConfig(server.URL), func() { fake.Refuse("chat.postMessage", "") }
			fake.Refuse("chat.postMessage", code)
		} else {
			fake.Script(fakeslack.Answer(code), fakeslack.Answer(code))
		}
		return c, Options{}, mend, func() (texts []string) {
			for _, m := range fake.Messages() {
				if m.Taken {
					texts = append(texts, string(m.Raw))
				}
			}
			return texts
		}
	}
}

// byMail is a mail server.
func byMail(t *testing.T) (Config, Options, func() []string) {
	f := &farSide{}
	c := slackConfig("http://127.0.0.1:1")
	c.Receivers[0].Slack, c.Receivers[0].Email = nil, &EmailConfig{To: []string{"team@elm.test"}}
	return c, Options{Mail: smtpServer(t, f)}, f.got
}

// TestWhatAPersonHasToMend: a receiver refuses; the delivery says in words why and what to do, no secret among them; another
// receiver is told where it is for good; and once it is mended everything arrives, in order, each once.
func TestWhatAPersonHasToMend(t *testing.T) {
	for _, x := range []mended{
		{"a revoked webhook", bySlack(false, string(fakeslack.Refused)), []string{"invalid_token", "make a new one"}, store.DeliveryDead},
		{"a webhook's channel is archived", bySlack(false, string(fakeslack.Archived)), []string{"channel_is_archived", "for another"}, store.DeliveryDead},
		{"a captive portal", bySlack(false, string(fakeslack.HTML)), []string{"HTML"}, store.DeliveryQueued},
		{"a wrong token", bySlack(true, "invalid_auth"), []string{"does not know this token", "OAuth & Permissions"}, store.DeliveryDead},
		{"a revoked token", bySlack(true, "token_revoked"), []string{"the token was revoked", "install the app again"}, store.DeliveryDead},
		{"a missing scope", bySlack(true, "missing_scope"), []string{"chat:write", "reinstall"}, store.DeliveryDead},
		{"a deleted channel", bySlack(true, "channel_not_found"), []string{"no such channel", "/invite @doorknock"}, store.DeliveryDead},
	} {
		t.Run(x.name, func(t *testing.T) { t.Parallel(); x.try(t) })
	}
}

func (x mended) try(t *testing.T) {
	t.Helper()
	f := newFixture(t, time.Now())
	c, o, mend, taken := x.config(t)
	c.Receivers = append(c.Receivers, ReceiverConfig{Name: "operator", Log: &LogConfig{}})
	c.Route.Routes = []RouteConfig{{Receiver: "operator", Matchers: []string{"kind = operator"}}}
	now := time.Now()
	start := func() (*Alerter, *desk) {
		o.Store, o.Config, o.Wording, o.Now = f.db, c, wording, func() time.Time { return now }
		a, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		other := &desk{}
		a.receivers["operator"].receiver = other
		return a, other
	}
	a, _ := start()
	handle(t, a, f.change("elm", "", "", audit.Open, audit.Closed), f.change("oak", "", "", audit.Open, audit.Closed))
	work := func(a *Alerter) {
		for range 20 {
			for _, name := range []string{"team", "operator"} {
				if _, err := a.deliver(t.Context(), a.receivers[name]); err != nil {
					t.Fatal(err)
				}
			}
			now = now.Add(time.Second)
			if _, err := a.watch(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 2 { // an attempt each
		if _, err := a.deliver(t.Context(), a.receivers["team"]); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Second)
	}
	first := f.deliveries(t.Context())
	first = first[len(first)-1:]
	if first[0].State != x.state || len(taken()) != 0 {
		t.Errorf("%+v, %d taken", first[0], len(taken()))
	}
	for _, words := range x.says {
		if !strings.Contains(first[0].LastError, words) {
			t.Errorf("%q does not say %q", first[0].LastError, words)
		}
	}
	noLeak(t, "the reason", first[0].LastError)
	mend()
	a, other := start() // as after a reload
	work(a)
	if told := other.taken(); (x.state == store.DeliveryDead) != (len(told) > 0) {
		t.Errorf("whoever mends it is told %+v", told)
	}
	if x.state == store.DeliveryDead {
		dead, err := f.db.Deliveries(t.Context(), store.DeadDeliveries, 10)
		if err != nil || len(dead) == 0 {
			t.Fatalf("%+v, %v", dead, err)
		}
		for i := range dead {
			if err := f.db.RetryDelivery(t.Context(), dead[len(dead)-1-i].ID, now); err != nil {
				t.Fatal(err)
			}
		}
		work(a)
	}
	all := strings.Join(taken(), "\n")
	elm, oak := strings.Index(all, "Elm Homes: a door closed"), strings.Index(all, "Oak Homes: a door closed")
	if elm < 0 || oak < elm || strings.Contains(all, RepeatNote) || strings.Count(all, "First seen") != 2 {
		t.Errorf("mended, it got: %s", all)
	}
	for _, d := range f.deliveries(t.Context()) {
		if d.State != store.DeliverySent {
			t.Errorf("%+v", d)
		}
	}
}

// TestMailThatCannotGoYet: without TLS nothing is sent in clear; the message waits, says so, and goes when the server is right.
func TestMailThatCannotGoYet(t *testing.T) {
	f := newFixture(t, time.Now())
	c, o, taken := byMail(t)
	right := o.Mail.TLS
	o.Mail.TLS = startTLS // which the server does not offer
	deliver := func() store.Delivery {
		o.Store, o.Config, o.Wording = f.db, c, wording
		a, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		if list := f.deliveries(t.Context()); len(list) == 0 {
			handle(t, a, f.change("elm", "", "", audit.Open, audit.Closed))
		}
		f.exec(`UPDATE delivery SET next_at = recorded_at`)
		if _, err := a.deliver(t.Context(), a.receivers["team"]); err != nil {
			t.Fatal(err)
		}
		return f.deliveries(t.Context())[0]
	}
	if d := deliver(); d.State != store.DeliveryQueued || !strings.Contains(d.LastError, "TLS") || len(taken()) != 0 {
		t.Errorf("%+v, %d taken", d, len(taken()))
	}
	o.Mail.TLS = right
	if d := deliver(); d.State != store.DeliverySent || len(taken()) != 1 || strings.Contains(taken()[0], RepeatNote) {
		t.Errorf("%+v, taken %v", d, taken())
	}
}

// TestANameThatWouldBeAHeader: an organisation's name from a list that somebody else wrote is one line in a subject.
func TestANameThatWouldBeAHeader(t *testing.T) {
	f := newFixture(t, time.Now())
	f.exec(`UPDATE organisation SET name = ? WHERE id = 'elm'`, "Elm\r\nBcc: everybody@elm.test\r\n\r\nbody")
	c, o, taken := byMail(t)
	o.Store, o.Config, o.Wording = f.db, c, wording
	a, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	handle(t, a, f.change("elm", "", "", audit.Open, audit.Closed))
	if _, err := a.deliver(t.Context(), a.receivers["team"]); err != nil {
		t.Fatal(err)
	}
	if got := taken(); len(got) != 1 || strings.Contains(strings.ToLower(got[0]), "\nbcc:") {
		t.Errorf("%v", got)
	}
}

// TestDownFromSundayToWednesday: what waited on Sunday is told on Wednesday; a complaint that came meanwhile and is older than
// max_age is offered in the summary of its visit, a younger one is told by itself. Nothing is told twice.
func TestDownFromSundayToWednesday(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2000, 1, 2, 20, 0, 0, 0, time.UTC))) // a Sunday
		f := newFixture(t, time.Now())
		before, _ := office(t, f, RouteConfig{GroupBy: []string{"kind"}})
		handle(t, before, f.change("elm", "", "", audit.Open, audit.Closed)) // it waits for others, and the process ends
		f.close()
		time.Sleep(60 * time.Hour) // Wednesday, 8 in the morning
		f.open()
		again, d := office(t, f, RouteConfig{GroupBy: []string{"kind"}})
		f.now = time.Now()
		visit := f.visit("oak", false)
		old := f.comment(said{visit: visit, channel: "oak", complaint: true, at: time.Now().Add(-40 * time.Hour)})
		young := f.comment(said{visit: visit, channel: "oak", complaint: true, at: time.Now().Add(-time.Hour)})
		running(t, again, 10*time.Minute, func() { handle(t, again, old, young) })
		var titles []string
		for _, m := range d.taken() {
			titles = append(titles, fmt.Sprintf("%v %s", m.At.Truncate(time.Minute), m.Title))
			if m.Repeat {
				t.Errorf("%+v", m)
			}
		}
		want := []string{"104h0m0s Elm Homes: a door closed", "104h0m0s Oak Homes: a comment read as a complaint", "104h0m0s Oak Homes: earlier comments found"}
		if diff := cmp.Diff(want, slices.Sorted(slices.Values(titles))); diff != "" {
			t.Error(diff)
		}
		f.close()
	})
}

// TestAMatcherThatMeetsNothing is refused wherever one may be written: in the settings, for a silence, in a try.
func TestAMatcherThatMeetsNothing(t *testing.T) {
	for _, text := range []string{"kind = complant", "kind != complant", `urgency =~ "critical|warn"`, "severity = urgent"} {
		c := Default()
		c.Route.Routes = []RouteConfig{{Matchers: []string{text}}}
		_, silence := NewSilence([]string{text}, "sam", "why", time.Now(), time.Hour)
		for what, err := range map[string]error{"settings": c.Validate(), "silence": silence} {
			if err == nil || !strings.Contains(err.Error(), "meets nothing") || !strings.Contains(err.Error(), "is one of") {
				t.Errorf("%s, %s: %v", what, text, err)
			}
		}
	}
	if _, err := ParseLabels([]string{"kind=complant"}); err == nil {
		t.Error("a try takes it")
	}
	for _, text := range []string{"kind = complaint", `kind =~ "change|complant"`, "severity != info", "urgency !~ \"none|normal\"", "organisation = not-listed-yet"} {
		if _, err := parseMatcher(text); err != nil {
			t.Error(err)
		}
	}
}
