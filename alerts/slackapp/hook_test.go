package slackapp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/alerts"
	"doorknock/alerts/slackapp"
	"doorknock/internal/fakeslack"
	"doorknock/store"
)

const form, asJSON = "application/x-www-form-urlencoded", "application/json"

// caller is Slack's side of HTTP mode.
type caller struct {
	*rig
	to string
}

// called runs an app in HTTP mode.
func called(t *testing.T) caller {
	t.Helper()
	r := newRig(t, slackapp.Options{Signing: "signing-secret"})
	server := httptest.NewServer(r.app)
	t.Cleanup(server.Close)
	r.run()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if app, err := r.db.SlackApp(t.Context(), "team"); err != nil || app.Team != "" {
			break
		}
	}
	return caller{r, server.URL + slackapp.Path}
}

// call makes a request and gives its status and the answer's body. spoil changes it after it was signed.
func (c caller) call(contentType, body string, at time.Time, spoil ...func(*http.Request)) (int, string) {
	c.t.Helper()
	q, err := c.slack.Request(c.to, contentType, body, at)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, s := range spoil {
		s(q)
	}
	client := &http.Client{Timeout: patience}
	defer client.CloseIdleConnections()
	answer, err := client.Do(q)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // a test
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// A press and a command over HTTP do what they do over Socket Mode; the event of an uninstalled app is told once. All are answered
// with 200 and nothing else.
func TestOverHTTP(t *testing.T) {
	c := called(t)
	id := c.alert(store.AlertComplaint, "elm", "c1", "normal")
	press := c.slack.Press(c.at, "p1", string(alerts.SlackAck), c.value(alerts.SlackAck, id))
	if status, body := c.call(form, fakeslack.Form(press), time.Now()); status != 200 || body != "" {
		t.Errorf("%d %q", status, body)
	}
	wants(t, "press", c.answer("", press), "You have taken on 1 alert.")
	typed := c.slack.Command(c.at, "p2", "status")
	if status, body := c.call(form, fakeslack.Form(typed), time.Now()); status != 200 || body != "" {
		t.Errorf("%d %q", status, body)
	}
	wants(t, "command", c.answer("", typed), "2 organisations with 2 channels")
	if n := c.slack.Seen().Opened; n != 0 {
		t.Errorf("%d connections of Socket Mode", n)
	}
	if status, body := c.call(asJSON, `{"type":"url_verification","challenge":"3eZbrw1a"}`, time.Now()); status != 200 || body != "3eZbrw1a" {
		t.Errorf("%d %q", status, body)
	}
	if status, body := c.call(asJSON, `{"type":"url_verification","challenge":"<script>"}`, time.Now()); status != 200 || body != "" {
		t.Errorf("%d %q", status, body)
	}
	if status, _ := c.call(form, "ssl_check=1&token=x", time.Now()); status != 200 {
		t.Errorf("ssl_check: %d", status)
	}
}

// What Slack did not sign, signed too long ago, or signed for another workspace, what is no request of Slack's, what is too large, and
// what comes twice within the signature's time: refused, counted by what it was, and nothing is done.
func TestHostileRequests(t *testing.T) {
	c := called(t)
	id := c.alert(store.AlertComplaint, "elm", "c1", "normal")
	value := c.value(alerts.SlackAck, id)
	press := func(trigger string) map[string]any {
		return c.slack.Press(c.at, trigger, string(alerts.SlackAck), value)
	}
	foreign := press("foreign")
	foreign["team"] = map[string]any{"id": "T666"}
	strange := c.slack.Press(c.at, "strange", "drop_tables", "x")
	elsewhere := press("elsewhere")
	elsewhere["trigger_id"] = ""
	two := press("two")
	two["actions"] = []map[string]any{{"action_id": "a"}, {"action_id": "b"}}
	other := c.slack.Command(c.at, "other", "status")
	other["command"] = "/rm"
	now := time.Now()
	for _, tt := range []struct {
		name   string
		status int
		do     func() (int, string)
	}{
		{"no signature", 403, func() (int, string) {
			return c.call(form, fakeslack.Form(press("a")), now, func(r *http.Request) { r.Header.Del("X-Slack-Signature") })
		}},
		{"another's signature", 403, func() (int, string) {
			return c.call(form, fakeslack.Form(press("a")), now, func(r *http.Request) { r.Header.Set("X-Slack-Signature", "v0="+strings.Repeat("a", 64)) })
		}},
		{"an empty signature", 403, func() (int, string) {
			return c.call(form, fakeslack.Form(press("a")), now, func(r *http.Request) { r.Header.Set("X-Slack-Signature", "v0=") })
		}},
		{"another body", 403, func() (int, string) {
			return c.call(form, fakeslack.Form(press("a")), now, func(r *http.Request) {
				r.Body = io.NopCloser(strings.NewReader(fakeslack.Form(press("b"))))
				r.ContentLength = -1
			})
		}},
		{"old", 403, func() (int, string) { return c.call(form, fakeslack.Form(press("a")), now.Add(-6*time.Minute)) }},
		{"from the future", 403, func() (int, string) { return c.call(form, fakeslack.Form(press("a")), now.Add(6*time.Minute)) }},
		{"another workspace", 403, func() (int, string) { return c.call(form, fakeslack.Form(foreign), now) }},
		{"huge", 400, func() (int, string) { return c.call(form, "payload="+strings.Repeat("a", 2<<20), now) }},
		{"cut JSON", 400, func() (int, string) { return c.call(form, `payload={"type":"block_actions","team":{"id"`, now) }},
		{"cut event", 400, func() (int, string) { return c.call(asJSON, `{"type":"event_callback",`, now) }},
		{"no form", 400, func() (int, string) { return c.call(form, "%zz", now) }},
		{"no id", 400, func() (int, string) { return c.call(form, fakeslack.Form(elsewhere), now) }},
		{"two actions", 400, func() (int, string) { return c.call(form, fakeslack.Form(two), now) }},
		{"another command", 400, func() (int, string) { return c.call(form, fakeslack.Form(other), now) }},
		{"long words", 400, func() (int, string) {
			return c.call(form, fakeslack.Form(c.slack.Command(c.at, "long", strings.Repeat("x", 5000))), now)
		}},
		{"GET", 405, func() (int, string) {
			return c.call(form, "", now, func(r *http.Request) { r.Method = http.MethodGet })
		}},
		{"an interaction that is none of ours", 200, func() (int, string) { return c.call(form, `payload={"type":"shortcut"}`, now) }},
		{"an unknown button", 200, func() (int, string) { return c.call(form, fakeslack.Form(strange), now) }},
	} {
		if status, body := tt.do(); status != tt.status || body != "" {
			t.Errorf("%s: %d %q, want %d", tt.name, status, body, tt.status)
		}
	}
	wants(t, "an unknown button", c.answer("", strange), "another version of doorknock")
	if is, err := c.db.AlertRaised(t.Context(), id); err != nil || is.AckedBy != "" {
		t.Fatalf("acknowledged by %q, %v", is.AckedBy, err)
	}
	for range 3 { // the same request again, as a thief would send it
		if status, _ := c.call(form, fakeslack.Form(press("once")), now); status != 200 {
			t.Errorf("replayed: %d", status)
		}
	}
	c.done()
	want := map[string]int{"acknowledged": 1, "refused: unknown action": 1, "refused: signature": 4, "refused: old": 2, "refused: foreign workspace": 1, "refused: shape": 8, "refused: replayed": 2}
	if diff := cmp.Diff(want, c.counts()); diff != "" {
		t.Error(diff)
	}
}

// Before Slack has said whose token ours is, nothing is taken: Slack asks again. The answer of an earlier run will do.
func TestBeforeTheWorkspaceIsKnown(t *testing.T) {
	r := newRig(t, slackapp.Options{Signing: "signing-secret"})
	server := httptest.NewServer(r.app)
	t.Cleanup(server.Close)
	c := caller{r, server.URL}
	if status, _ := c.call(form, fakeslack.Form(r.slack.Command(r.at, "t", "help")), time.Now()); status != 503 {
		t.Errorf("status %d", status)
	}
	if left, err := r.db.SlackAsks(t.Context(), "team"); err != nil || len(left) != 0 {
		t.Errorf("%+v, %v", left, err)
	}
}

// An answer goes to Slack and nowhere else, whatever a request says.
func TestAnswersGoToSlackAlone(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	stolen := make(chan string, 8)
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) { stolen <- q.URL.Path }))
	defer thief.Close()
	r.listening()
	for i, to := range []string{thief.URL + "/x", strings.Replace(thief.URL, "http://", "http://hooks.slack.com@", 1), "file:///etc/passwd", "//" + strings.TrimPrefix(thief.URL, "http://")} {
		q := r.slack.Command(r.at, "thief-"+string(rune('a'+i)), "help")
		q["response_url"] = to
		if _, err := r.slack.Envelope("slash_commands", q); err != nil {
			t.Fatal(err)
		}
	}
	r.types("help")
	r.done()
	if len(stolen) > 0 {
		t.Errorf("an answer went to %s", <-stolen)
	}
}
