package alerts

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// Every way in which an attempt fails has its one word, also after the secret was taken out of its error.
func TestWhyAnAttemptFails(t *testing.T) {
	for want, errs := range map[store.Why][]error{
		"":               {nil},
		store.WhyAuth:    {slackRefused("invalid_auth", ""), slackRefused("missing_scope", ""), fmt.Errorf("mail: %w", &textproto.Error{Code: 535})},
		store.WhyRate:    {&RetryAfter{After: time.Second, Err: errors.New("slow down")}},
		store.WhyLost:    {ErrUncertain, fmt.Errorf("%w: %w", ErrUncertain, context.DeadlineExceeded)},
		store.WhyRefused: {fmt.Errorf("%w: too long", ErrPermanent), slackRefused("is_archived", "")},
		store.WhyTimeout: {context.DeadlineExceeded, &net.OpError{Op: "dial", Err: timedOut{}}},
		store.WhyNetwork: {&net.OpError{Op: "dial", Err: errors.New("no route to host")}, &net.DNSError{Err: "no such host"}},
		store.WhyOther:   {errors.New("the receiver answered 500")},
	} {
		for _, err := range errs {
			if got := whyFailed(err); got != want {
				t.Errorf("%v: %q, want %q", err, got, want)
			}
			if got := whyFailed(hide(err, "https://hooks.test/"+canary)); got != want {
				t.Errorf("%v, hidden: %q, want %q", err, got, want)
			}
		}
	}
}

type timedOut struct{}

func (timedOut) Error() string   { return "i/o timeout" }
func (timedOut) Timeout() bool   { return true }
func (timedOut) Temporary() bool { return true }

// A receiver over HTTP fails in each way; what came of it is counted, and forgotten as a trouble with the next success.
func TestHowReceiversFare(t *testing.T) {
	answer := 401
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(answer)
	}))
	defer server.Close()
	now := time.Now()
	f := newFixture(t, now)
	c := Config{Route: RouteConfig{Receiver: "hook", GroupWait: seconds(0), GroupInterval: seconds(0)},
		Receivers: []ReceiverConfig{{Name: "hook", Webhook: &WebhookConfig{URL: audit.Secret(server.URL + "/" + canary), Secret: testSigning}}}}
	a, err := New(Options{Store: f.db, Config: c, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	handle(t, a, f.change("elm", "", "", audit.Open, audit.Closed))
	first := now
	for _, step := range []struct {
		answer int
		failed store.Why
	}{{500, store.WhyOther}, {429, store.WhyRate}, {503, store.WhyRate}, {502, store.WhyLost}, {200, ""}} {
		answer = step.answer
		if _, err := a.deliver(t.Context(), a.receivers["hook"]); err != nil {
			t.Fatal(err)
		}
		all, err := f.db.Receivers(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		if r := all[0]; step.failed == "" && (!r.FailingSince.IsZero() || !r.SentAt.Equal(now.UTC().Truncate(time.Millisecond))) ||
			step.failed != "" && (r.Why != step.failed || r.LastError == "" || !r.FailingSince.Equal(first.UTC().Truncate(time.Millisecond))) {
			t.Errorf("after %d: %+v", step.answer, r)
		}
		now = now.Add(2 * time.Hour) // the fourth doubt is waited out for up to 64 minutes
	}
}
