package alerts

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/internal/fakeslack"
	"doorknock/store"
)

// canary is the part of a webhook's address that nobody may read anywhere.
const canary = "T0CANARY/B0CANARY/s3cr3tCanaryTokenXYZ"

func hookAt(t *testing.T, h http.Handler) (*slackHook, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return hookTo(t, server.URL+"/services/"+canary), server
}

func hookTo(t *testing.T, address string) *slackHook {
	t.Helper()
	r, err := newSlack(ReceiverConfig{Slack: &SlackConfig{WebhookURL: audit.Secret(address)}}, Options{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	return r.(*slackHook)
}

func class(err error) string {
	var wait *RetryAfter
	switch {
	case err == nil:
		return "sent"
	case errors.Is(err, ErrPermanent):
		return "permanent"
	case errors.Is(err, ErrUncertain):
		return "uncertain"
	case errors.As(err, &wait):
		return fmt.Sprint("wait ", wait.After)
	}
	return "retry"
}

func noLeak(t *testing.T, what string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		for part := range strings.SplitSeq(canary, "/") {
			if strings.Contains(text, part) {
				t.Errorf("%s tells the secret: %s", what, text)
			}
		}
	}
}

var oneAlert = Compose([]store.AlertFacts{changeOf(audit.Open, audit.Closed)}, wording, false)

// patienceFor is how long an answer is waited for: the one that never comes not long, any other until it is there.
func patienceFor(answer fakeslack.Answer) time.Duration {
	if answer == fakeslack.Slow {
		return 300 * time.Millisecond
	}
	return time.Minute
}

func TestSlackAnswers(t *testing.T) {
	for _, tt := range []struct {
		answer fakeslack.Answer
		want   string
	}{
		{fakeslack.OK, "sent"}, {fakeslack.TooMany, "wait 2s"}, {fakeslack.Broken, "retry"}, {fakeslack.HTML, "retry"},
		{fakeslack.Cut, "uncertain"}, {fakeslack.Slow, "uncertain"}, {fakeslack.Refused, "permanent"},
		{fakeslack.Archived, "permanent"}, {fakeslack.NotOK, "permanent"},
	} {
		t.Run(string(tt.answer), func(t *testing.T) {
			fake := &fakeslack.Server{}
			fake.Script(tt.answer)
			hook, _ := hookAt(t, fake)
			ctx, cancel := context.WithTimeout(t.Context(), patienceFor(tt.answer))
			defer cancel()
			err := hook.Send(ctx, oneAlert)
			if got := class(err); got != tt.want {
				t.Errorf("%v is %s, want %s", err, got, tt.want)
			}
			noLeak(t, "the error", fmt.Sprint(err), fmt.Sprintf("%+v %#v %q", err, err, err), fmt.Sprintf("%v %+v %#v", hook, hook, hook))
			if n := len(fake.Messages()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestSlackStatusesAndEchoes(t *testing.T) {
	for _, tt := range []struct {
		status int
		want   string
	}{
		{200, "sent"}, {201, "retry"}, {302, "retry"}, {400, "permanent"}, {403, "permanent"}, {404, "permanent"}, {408, "retry"},
		{410, "permanent"}, {413, "permanent"}, {425, "retry"}, {500, "retry"}, {502, "uncertain"}, {503, "retry"}, {504, "uncertain"},
	} {
		asked := 0
		hook, _ := hookAt(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			w.Header().Set("Location", r.URL.Path)
			w.WriteHeader(tt.status)
			_, _ = fmt.Fprint(w, "no such hook: http://", r.Host, r.URL.Path) // an answer that repeats the secret
		}))
		err := hook.Send(t.Context(), oneAlert)
		if got := class(err); got != tt.want || asked != 1 {
			t.Errorf("%d: %v is %s after %d requests, want %s after one", tt.status, err, got, asked, tt.want)
		}
		noLeak(t, "the error", fmt.Sprintf("%v %+v %#v", err, err, err))
	}
}

func TestSlackCannotBeReached(t *testing.T) {
	_, server := hookAt(t, http.NotFoundHandler())
	server.Close()
	for _, address := range []string{server.URL + "/services/" + canary, "https://nowhere.invalid/services/" + canary} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		err := hookTo(t, address).Send(ctx, oneAlert)
		cancel()
		if class(err) != "retry" {
			t.Errorf("%v is %s, want retry", err, class(err))
		}
		noLeak(t, "the error", fmt.Sprintf("%v %+v %#v", err, err, err))
	}
}

func TestGuardStopsTheConnection(t *testing.T) {
	fake := &fakeslack.Server{}
	server := httptest.NewServer(fake)
	defer server.Close()
	guard := func(_, address string, _ syscall.RawConn) error { return fmt.Errorf("%s is private", address) }
	r, err := newSlack(ReceiverConfig{Slack: &SlackConfig{WebhookURL: audit.Secret(server.URL + "/services/" + canary)}}, Options{Guard: guard}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Send(t.Context(), oneAlert); class(err) != "retry" || !strings.Contains(err.Error(), "is private") {
		t.Errorf("guarded: %v", err)
	}
	if n := len(fake.Messages()); n != 0 {
		t.Errorf("%d requests got past the guard", n)
	}
}

func TestNoProxyIsUsed(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") }))
	defer proxy.Close()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, proxy.URL)
	}
	fake := &fakeslack.Server{}
	hook, _ := hookAt(t, fake)
	if err := hook.Send(t.Context(), oneAlert); err != nil {
		t.Error(err)
	}
}

func TestWebhookAddressFromFileOrEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hook")
	if err := os.WriteFile(file, []byte("https://hooks.slack.com/services/"+canary+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := func(string) string { return "https://hooks.slack.com/services/" + canary }
	none := func(string) string { return "" }
	for _, tt := range []struct {
		name string
		c    SlackConfig
		env  func(string) string
		ok   bool
	}{
		{"file", SlackConfig{WebhookURLFile: file}, none, true},
		{"environment", SlackConfig{WebhookURL: "${HOOK}"}, env, true},
		{"no such variable", SlackConfig{WebhookURL: "${HOOK}"}, none, false},
		{"no such file", SlackConfig{WebhookURLFile: file + ".no"}, none, false},
		{"clear text", SlackConfig{WebhookURL: "http://hooks.slack.com/services/" + canary}, none, false},
		{"nonsense", SlackConfig{WebhookURL: "://" + canary}, none, false},
	} {
		got, err := tt.c.secret().read(tt.env, checkHook)
		if (err == nil) != tt.ok || (tt.ok && got.Reveal() != env("")) {
			t.Errorf("%s: %v", tt.name, err)
		}
		noLeak(t, tt.name, fmt.Sprint(err), fmt.Sprintf("%v %+v", tt.c, tt.c))
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 12, 10, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"30": 30 * time.Second, "0": time.Second, "-5": time.Second, "999999999": 24 * time.Hour, "": time.Minute, "soon": time.Minute,
		now.Add(2 * time.Hour).Format(http.TimeFormat): 2 * time.Hour, now.Add(-time.Hour).Format(http.TimeFormat): time.Second,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("Retry-After %q is %v, want %v", value, got, want)
		}
	}
}

func TestTest(t *testing.T) {
	fake := &fakeslack.Server{}
	fake.Script(fakeslack.Refused)
	server := httptest.NewServer(fake)
	defer server.Close()
	o := Options{Config: Config{Route: RouteConfig{Receiver: "team"}, Receivers: []ReceiverConfig{{Name: "team",
		Slack: &SlackConfig{WebhookURL: audit.Secret(server.URL + "/services/" + canary)}}, {Name: "log", Log: &LogConfig{}}}}}
	tried, err := Test(t.Context(), o, "")
	if err != nil || len(tried) != 2 || class(tried[0].Err) != "permanent" || tried[1].Err != nil {
		t.Errorf("tried %v, %v", tried, err)
	}
	if tried, err = Test(t.Context(), o, "team"); err != nil || len(tried) != 1 || tried[0].Err != nil {
		t.Errorf("tried %v, %v", tried, err)
	}
	if _, err = Test(t.Context(), o, "nobody"); err == nil {
		t.Error("tested a receiver that is not there")
	}
}
