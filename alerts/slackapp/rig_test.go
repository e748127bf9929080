package slackapp_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"doorknock/alerts"
	"doorknock/alerts/slackapp"
	"doorknock/audit"
	"doorknock/internal/emptystore"
	"doorknock/internal/fakeslack"
	"doorknock/store"
)

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	if dir := os.Getenv(childDir); dir != "" {
		if err := child(context.Background(), dir); err != nil {
			os.Stderr.WriteString(err.Error()) //nolint:errcheck // it is a test
			return 1
		}
		return 0
	}
	code := m.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		os.Stderr.WriteString(err.Error()) //nolint:errcheck // the tests are over
		return 1
	}
	return code
}

// patience is for how long a test waits for what should take milliseconds.
const patience = 2 * time.Minute

// rig is an app on a real store beside a stand-in of Slack.
type rig struct {
	t      *testing.T
	db     *store.DB
	slack  *fakeslack.Workspace
	at     string // where the stand-in is
	home   string // the data folder
	app    *slackapp.App
	office office
	typed  int
	stop   func()
}

// office stands in for the alerter.
type office struct {
	mu     sync.Mutex
	nudged int
	told   []string // channel and words
	shut   error    // why a channel cannot be written to
}

func (o *office) Changed(context.Context, []string) { o.mu.Lock(); defer o.mu.Unlock(); o.nudged++ }

func (o *office) Tell(_ context.Context, receiver, channel string, m alerts.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.shut == nil {
		o.told = append(o.told, receiver+" "+channel+": "+m.Items[0].Lines[0].Plain())
	}
	return o.shut
}

func newRig(t *testing.T, o slackapp.Options) *rig {
	t.Helper()
	r := &rig{t: t, home: t.TempDir(), slack: &fakeslack.Workspace{Signing: "signing-secret"}}
	server := httptest.NewServer(r.slack)
	t.Cleanup(func() { r.slack.Cut(); server.Close() })
	r.at = server.URL
	db, err := store.Open(t.Context(), store.Options{Dir: emptystore.In(t, r.home)})
	if err != nil {
		t.Fatal(err)
	}
	r.db = db
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	err = db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "elm", Name: "Elm Homes", Nation: audit.England, Sector: "council", Website: "https://elm.test/", Predecessors: []string{"Old Elm Trust"}},
		{ID: "oak", Name: "Oak <!channel> Homes", Nation: audit.England, Sector: "almo", Website: "https://oak.test/"}},
		[]audit.Channel{{ID: "elm-web", Organisation: "elm", Platform: audit.Web, URL: "https://elm.test/", Lane: "elm.test", Confirmed: true}, {ID: "oak-web", Organisation: "oak", Platform: audit.Web, URL: "https://oak.test/", Lane: "oak.test"}})
	if err != nil {
		t.Fatal(err)
	}
	o.Receiver, o.Bot, o.API, o.Store = "team", "xoxb-canary", server.URL+"/api/", db
	o.Wording.Base = "http://127.0.0.1:8080"
	if o.Signing == "" {
		o.App = "xapp-canary"
	}
	if r.app, err = slackapp.New(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	r.app.Hurry(20)
	return r
}

// run runs the app until stop or the end of the test.
func (r *rig) run() {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- r.app.Run(ctx, &r.office) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
	})
	r.t.Cleanup(r.stop)
}

// listening runs the app and waits for its connection.
func (r *rig) listening() {
	r.t.Helper()
	r.run()
	r.wait("no connection", func(s fakeslack.Seen) bool { return s.Connected == 1 })
}

func (r *rig) wait(what string, done func(fakeslack.Seen) bool) {
	r.t.Helper()
	if !r.slack.Wait(patience, done) {
		r.t.Fatalf("%s: %+v", what, r.slack.Seen())
	}
}

// asks sends an envelope and gives the words of its answer, once it has come and the envelope is acknowledged.
func (r *rig) asks(kind string, payload map[string]any) string {
	r.t.Helper()
	id, err := r.slack.Envelope(kind, payload)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.answer(id, payload)
}

func (r *rig) answer(envelope string, payload map[string]any) (words string) {
	r.t.Helper()
	to, _ := payload["trigger_id"].(string)
	r.wait("no answer to "+to, func(s fakeslack.Seen) bool {
		for _, a := range s.Answers {
			if a.To == to {
				words = a.Text
				return envelope == "" || slices.Contains(s.Acked, envelope)
			}
		}
		return false
	})
	return words
}

// alert raises an alert and gives its id.
func (r *rig) alert(kind store.AlertKind, organisation, ref, urgency string) string {
	r.t.Helper()
	a := store.Alert{ID: store.AlertID(kind, ref), Kind: kind, Ref: ref, Organisation: organisation, Sector: "council", Channel: organisation + "-web",
		Platform: audit.Web, Check: "comments", Urgency: urgency, ObservedAt: time.Now()}
	if _, err := r.db.RaiseAlert(r.t.Context(), "", &a, nil, nil, time.Now()); err != nil {
		r.t.Fatal(err)
	}
	return a.ID
}

// done waits until nothing that was asked waits.
func (r *rig) done() {
	r.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		left, err := r.db.SlackAsks(r.t.Context(), "team")
		if err != nil {
			r.t.Fatal(err)
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			r.t.Fatalf("%d asks wait", len(left))
		}
	}
}

// counts gives what became of what was asked, without the prefix.
func (r *rig) counts() map[string]int {
	r.t.Helper()
	all, err := r.db.Hooks(r.t.Context(), time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	counts := map[string]int{}
	for what, n := range all {
		counts[strings.TrimPrefix(what, "slack: ")] = n
	}
	return counts
}

// buttons gives the value of a button under a message about alerts: what Slack would send back.
func (r *rig) value(action alerts.SlackAction, ids ...string) string {
	r.t.Helper()
	facts, err := r.db.AlertFacts(r.t.Context(), ids)
	if err != nil {
		r.t.Fatal(err)
	}
	data, err := json.Marshal(alerts.SlackButtons(alerts.Compose(facts, alerts.Wording{Base: "http://127.0.0.1:8080"}, false)))
	if err != nil {
		r.t.Fatal(err)
	}
	var block struct {
		Elements []struct {
			ID      string `json:"action_id"`
			Value   string
			Options []struct{ Value string }
		}
	}
	if err := json.Unmarshal(data, &block); err != nil {
		r.t.Fatal(err)
	}
	for _, e := range block.Elements {
		if e.ID == string(action) && len(e.Options) > 0 {
			return e.Options[0].Value
		}
		if e.ID == string(action) {
			return e.Value
		}
	}
	r.t.Fatalf("no button %s in %s", action, data)
	return ""
}
