package alerts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// Guard is called with each address that is about to be dialled; an error keeps the connection from being made. It
// has the shape of net.Dialer.Control, so that no name that changes its answer gets round it.
type Guard = func(network, address string, c syscall.RawConn) error

// post is one HTTP attempt, watched: whether the request went out whole, and what came back. Only that tells "surely
// not delivered" from "perhaps delivered".
type post struct {
	next    http.RoundTripper
	any2xx  bool // every 2xx says that the message was taken, as an interface that is not Slack's may
	slack   bool // errors are Slack's codes
	written atomic.Bool
	status  int
	header  http.Header
	body    []byte
	cut     error // the body's
}

const maxAnswer = 64 << 10 // bytes of an answer that are read

// RoundTrip sends the request and keeps what is needed to judge the outcome.
func (p *post) RoundTrip(r *http.Request) (*http.Response, error) {
	trace := &httptrace.ClientTrace{WroteRequest: func(i httptrace.WroteRequestInfo) { p.written.Store(i.Err == nil) }}
	answer, err := p.next.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if err != nil {
		return nil, err
	}
	p.status, p.header = answer.StatusCode, answer.Header
	p.body, p.cut = io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	err = answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(p.body))
	return answer, err
}

// outcome judges one attempt by the classes of Receiver. err is the client's.
func (p *post) outcome(err error) error {
	switch p.status {
	case 0:
		return p.unanswered(err)
	case http.StatusOK:
		return p.accepted()
	case http.StatusCreated, http.StatusAccepted, http.StatusNoContent:
		if p.any2xx {
			return nil
		}
	}
	refused := fmt.Errorf("the receiver answered %d %s%s", p.status, p.words(), p.advice())
	switch {
	case p.status == http.StatusTooManyRequests, p.status == http.StatusServiceUnavailable && p.header.Get("Retry-After") != "":
		return &RetryAfter{After: retryAfter(p.header.Get("Retry-After"), time.Now()), Err: refused}
	case p.status == http.StatusBadGateway, p.status == http.StatusGatewayTimeout:
		return fmt.Errorf("%w: %w", ErrUncertain, refused) // a proxy handed it on and lost the receiver's answer
	case p.status >= 500, p.status < 400, p.status == http.StatusRequestTimeout, p.status == http.StatusTooEarly:
		return refused // 1xx to 3xx: something that is not the receiver stands in between
	}
	permanent := &refusedBy{code: p.code(), words: fmt.Sprintf("%v: %v", ErrPermanent, refused), class: ErrPermanent}
	if p.status == http.StatusUnauthorized || p.status == http.StatusForbidden {
		return &because{store.WhyAuth, permanent}
	}
	return permanent
}

func (p *post) unanswered(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // the address in it is the secret
	}
	if err == nil {
		err = errors.New("no answer")
	}
	if p.written.Load() {
		return fmt.Errorf("%w: %w", ErrUncertain, err)
	}
	reason := store.WhyNetwork
	if whyFailed(err) == store.WhyTimeout {
		reason = store.WhyTimeout
	}
	return &because{reason, fmt.Errorf("reach the receiver: %w", err)}
}

// accepted judges a 200: a page of HTML comes from a captive portal or a proxy, not from the receiver. A webhook says
// ok, other ways into Slack answer with JSON that says whether it is.
func (p *post) accepted() error {
	text := strings.TrimSpace(string(p.body))
	if strings.Contains(strings.ToLower(p.header.Get("Content-Type")), "html") || strings.HasPrefix(text, "<") {
		return errors.New("a page of HTML answered in place of the receiver")
	}
	if !strings.HasPrefix(text, "{") {
		if p.cut != nil && text == "" {
			return fmt.Errorf("%w: %w", ErrUncertain, p.cut)
		}
		return nil
	}
	answer := struct {
		OK     *bool  `json:"ok"`
		Error  string `json:"error"`
		Needed string `json:"needed"`
	}{}
	if err := json.Unmarshal(p.body, &answer); err != nil {
		return fmt.Errorf("%w: read the answer: %w", ErrUncertain, err)
	}
	if answer.OK == nil || *answer.OK {
		return nil
	}
	return p.notOK(answer.Error, answer.Needed)
}

// notOK judges the error that an answer names. What no waiting mends is permanent, what Slack says may have been done in
// part is uncertain, and what nobody knows is tried again: it was surely not delivered.
func (p *post) notOK(code, needed string) error {
	refused := slackRefused(code, needed)
	if code == "ratelimited" || code == "rate_limited" {
		return &RetryAfter{After: retryAfter(p.header.Get("Retry-After"), time.Now()), Err: refused}
	}
	return refused
}

// code is the error that a refusing webhook of Slack's answers, if it is one that is known.
func (p *post) code() string {
	if code := strings.TrimSpace(string(p.body)); p.slack && slackRefusals[code].class != nil {
		return code
	}
	return ""
}

// advice is what to do about it.
func (p *post) advice() string {
	if advice := slackRefusals[p.code()].advice; advice != "" {
		return ": " + advice
	}
	return ""
}

// words is the start of the answer, which for Slack is a word such as invalid_payload.
func (p *post) words() string {
	if strings.Contains(p.header.Get("Content-Type"), "html") {
		return "(a page of HTML)"
	}
	return audit.Untrusted(p.body).Plain(100)
}

// Waits that a receiver may ask for.
const (
	leastWait = time.Second
	mostWait  = 24 * time.Hour
)

// retryAfter reads seconds or a date; what it cannot read is a minute.
func retryAfter(value string, now time.Time) time.Duration {
	wait := time.Minute
	if seconds, err := strconv.Atoi(strings.TrimSpace(value)); err == nil {
		wait = time.Duration(min(max(seconds, 0), int(mostWait/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, leastWait), mostWait)
}

// hide makes sure that an error does not hold the secret: not the address, nor the path that is its worth. The
// class of the error stays; its chain does not, for what is inside may print more than its message.
func hide(err error, address audit.Secret) error {
	if err == nil {
		return nil
	}
	text := strings.ReplaceAll(err.Error(), address.Reveal(), "[redacted]")
	if u, parseErr := url.Parse(address.Reveal()); parseErr == nil {
		for _, part := range append(strings.Split(u.Path, "/"), u.Path, u.RawQuery) {
			if len(part) > 5 {
				text = strings.ReplaceAll(text, part, "[redacted]")
			}
		}
	}
	var wait *RetryAfter
	reason := whyFailed(err)
	switch {
	case errors.As(err, &wait):
		return &RetryAfter{After: wait.After, Err: errors.New(strings.TrimSuffix(text, fmt.Sprintf("; asks to wait %v", wait.After)))}
	case slackCode(err) != "":
		return &refusedBy{code: slackCode(err), words: text, class: slackRefusals[slackCode(err)].class}
	case errors.Is(err, ErrPermanent):
		return &because{reason, &hidden{text, ErrPermanent}}
	case errors.Is(err, ErrUncertain):
		return &because{reason, &hidden{text, ErrUncertain}}
	case errors.Is(err, context.Canceled):
		return &because{reason, &hidden{text, context.Canceled}}
	}
	return &because{reason, errors.New(text)}
}

// hidden is an error whose words were made safe, with its class.
type hidden struct {
	text  string
	class error
}

func (h *hidden) Error() string { return h.text }
func (h *hidden) Unwrap() error { return h.class }
