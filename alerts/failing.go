package alerts

import (
	"context"
	"errors"
	"net"
	"net/textproto"
	"os"

	"doorknock/store"
)

// because is an error with the reason that metrics count it by.
type because struct {
	why store.Why
	error
}

// Unwrap gives the error itself.
func (b *because) Unwrap() error { return b.error }

// authCodes are the errors that Slack names where it does not know the app, or does not let it in.
var authCodes = map[string]bool{"invalid_auth": true, "not_authed": true, "account_inactive": true, "token_revoked": true, "token_expired": true,
	"invalid_token": true, "not_allowed_token_type": true, "missing_scope": true, "no_permission": true, "restricted_action": true,
	"ekm_access_denied": true, "team_access_not_granted": true, "org_login_required": true, "no_service": true, "no_active_hooks": true}

// whyFailed says in one word why an attempt failed; "" where it did not.
func whyFailed(err error) store.Why {
	if err == nil {
		return ""
	}
	if b, ok := errors.AsType[*because](err); ok {
		return b.why
	}
	if _, ok := errors.AsType[*RetryAfter](err); ok {
		return store.WhyRate
	}
	smtp, isSMTP := errors.AsType[*textproto.Error](err)
	fault, isNet := errors.AsType[net.Error](err)
	switch {
	case authCodes[slackCode(err)], isSMTP && smtp.Code >= 530 && smtp.Code < 540:
		return store.WhyAuth
	case errors.Is(err, ErrUncertain):
		return store.WhyLost
	case errors.Is(err, ErrPermanent):
		return store.WhyRefused
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isNet && fault.Timeout():
		return store.WhyTimeout
	case isNet:
		return store.WhyNetwork
	}
	return store.WhyOther
}

// WhatToDo says what mends a receiver that fails for a reason.
func WhatToDo(w store.Why) string {
	switch w {
	case store.WhyAuth:
		return "its token, address or password is no longer right: put the new one into its file, then `doorknock alerts test`"
	case store.WhyRate:
		return "it asks to wait, and is asked again at its time: nothing to do, unless it lasts"
	case store.WhyRefused:
		return "mend what the message says, then `doorknock deliveries retry`"
	case store.WhyTimeout, store.WhyNetwork:
		return "it cannot be reached from this machine: look at the network, the name and the firewall. What waits is sent when it is back"
	case store.WhyLost:
		return "it takes messages and its answer does not come: look there whether they have arrived. They are sent again, marked as repeats"
	}
	return "it has trouble of its own, or something else answers in its place (a proxy, a sign-in page). What waits is tried for three days"
}
