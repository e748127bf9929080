package alerts

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Receiver delivers one message. Its error says what to do next: one that wraps ErrPermanent is never tried
// again, a *RetryAfter is tried again after its time, one that wraps ErrUncertain may have been delivered and is
// tried again as a marked repeat, and any other was surely not delivered and is tried again with back-off.
type Receiver interface {
	Send(ctx context.Context, m Message) error
}

// ErrPermanent is wrapped when trying again cannot help.
var ErrPermanent = errors.New("the receiver refuses for good")

// ErrUncertain is wrapped when the message was handed over whole and the answer did not come.
var ErrUncertain = errors.New("sent, but the answer was lost")

// RetryAfter says that the receiver named a time before which it wants nothing more.
type RetryAfter struct {
	After time.Duration
	Err   error
}

// Error tells the cause and the time.
func (r *RetryAfter) Error() string { return fmt.Sprintf("%v; asks to wait %v", r.Err, r.After) }

// Unwrap gives the cause.
func (r *RetryAfter) Unwrap() error { return r.Err }

// kind is a kind of receiver: how to know that a configuration asks for it, what may be wrong, how to make it.
type kind struct {
	name     string
	given    func(ReceiverConfig) bool
	validate func(c ReceiverConfig, key string) error
	make     func(ReceiverConfig, Options) (Receiver, error)
}

// kinds is the table of receivers: a new one is a file and a line here.
var kinds = []kind{
	{"slack", func(c ReceiverConfig) bool { return c.Slack != nil }, validateSlack, newSlack},
	{"email", func(c ReceiverConfig) bool { return c.Email != nil }, validateEmail, newEmail},
	{"webhook", func(c ReceiverConfig) bool { return c.Webhook != nil }, validateWebhook, newWebhook},
	{"teams", func(c ReceiverConfig) bool { return c.Teams != nil }, validateTeams, newTeams},
	{"ntfy", func(c ReceiverConfig) bool { return c.Ntfy != nil }, validateNtfy, newNtfy},
	{"civicrm", func(c ReceiverConfig) bool { return c.CiviCRM != nil }, validateCivi, newCivi},
	{"log", func(c ReceiverConfig) bool { return c.Log != nil }, validateLog, newLog},
}

func kindNames() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

// Receivers makes every receiver of the settings, by name, for what is sent beside alerts.
func Receivers(o Options) (map[string]Receiver, error) { return newReceivers(o.withDefaults()) }

// newReceivers makes every receiver of a configuration, by name.
func newReceivers(o Options) (map[string]Receiver, error) {
	made := map[string]Receiver{}
	for _, c := range o.Config.Receivers {
		for _, k := range kinds {
			if !k.given(c) {
				continue
			}
			r, err := k.make(c, o)
			if err != nil {
				return nil, fmt.Errorf("make receiver %q: %w", c.Name, err)
			}
			made[c.Name] = r
		}
	}
	return made, nil
}
