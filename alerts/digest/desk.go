package digest

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strconv"
	"strings"
	"sync"
	"time"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/store"
)

// Desk takes readers in and lets them go. Nobody gets an edition whose address has not said yes; a link of a reader's own
// holds its right by a mark that only this installation can make, and no password.
type Desk struct {
	Store  *store.DB
	Mailer Mailer
	Keys   *audit.Keys
	Base   string // address of the pages as readers reach them, without a slash at the end
	Zone   string // of readers who do not say theirs
	Now    func() time.Time

	mu    sync.Mutex
	asked []time.Time // mails that ask for a yes, of the last hour
}

// Errors whose words are for the person who asks.
var (
	ErrAddress = errors.New("that is not a mail address")
	ErrBusy    = errors.New("too many people ask just now; try again in an hour")
	ErrLink    = errors.New("this link is not one of ours, or its time has run out")
)

const (
	confirmFor = 7 * 24 * time.Hour
	asksAnHour = 60 // so that nobody makes this installation a sender of unwanted mail
)

// ReadAddress gives one mail address without a name, in lower case where letters count alike.
func ReadAddress(text string) (string, error) {
	a, err := mail.ParseAddress(strings.TrimSpace(text))
	if err != nil || a.Name != "" || len(a.Address) > 254 || strings.ContainsAny(text, "\r\n\x00<>") {
		return "", ErrAddress
	}
	at := strings.LastIndex(a.Address, "@")
	return a.Address[:at] + strings.ToLower(a.Address[at:]), nil
}

// Ask writes a reader down and sends the mail that asks for a yes. It tells nobody whether an address is on the list: to one
// that is, nothing is sent and nothing else is said.
func (d *Desk) Ask(ctx context.Context, address string, choice store.Choice) error {
	address, err := ReadAddress(address)
	if err != nil {
		return err
	}
	if !d.room() {
		return ErrBusy
	}
	_, err = d.Invite(ctx, address, choice)
	return err
}

// Invite is Ask for an operator, who answers for how many are asked at once. It reports whether a mail went out: to one that
// has the edition, or was asked within the hour, none does.
func (d *Desk) Invite(ctx context.Context, address string, choice store.Choice) (asked bool, err error) {
	if choice.Zone == "" {
		choice.Zone = d.Zone
	}
	id, ask, err := d.Store.AskToSubscribe(ctx, address, choice, d.Now())
	if err != nil || !ask {
		return false, err
	}
	w := In(choice.Language)
	until := strconv.FormatInt(d.Now().Add(confirmFor).Unix(), 10)
	link := d.Base + "/digest/" + id + "/" + until + "." + d.Keys.Sign("digest confirm", id, until) + "/confirm"
	_, err = d.Mailer.Send(ctx, alerts.Mail{ID: "confirm-" + id + until, Subject: w.Say("confirm.subject"),
		Text: w.Say("confirm.asked") + "\n\n" + w.Say("confirm.open") + "\n" + link + "\n\n" + w.Say("confirm.else") + "\n"}, address)
	if err != nil {
		return false, fmt.Errorf("ask reader %s: %w", id, err)
	}
	return true, nil
}

// room counts a mail that asks, or says that there were enough in this hour.
func (d *Desk) room() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.Now()
	for len(d.asked) > 0 && now.Sub(d.asked[0]) > time.Hour {
		d.asked = d.asked[1:]
	}
	if len(d.asked) >= asksAnHour {
		return false
	}
	d.asked = append(d.asked, now)
	return true
}

// Confirmable reports whether a link that asks for a yes is ours and in time.
func (d *Desk) Confirmable(id, ticket string) bool {
	until, mark, _ := strings.Cut(ticket, ".")
	at, err := strconv.ParseInt(until, 10, 64)
	return err == nil && d.Keys.Signed(mark, "digest confirm", id, until) && d.Now().Before(time.Unix(at, 0))
}

// Confirm writes the yes.
func (d *Desk) Confirm(ctx context.Context, id, ticket string) error {
	if !d.Confirmable(id, ticket) {
		return ErrLink
	}
	return d.Store.ConfirmSubscription(ctx, id, d.Now())
}

// Open gives the subscription of a reader's own link.
func (d *Desk) Open(ctx context.Context, id, mark string) (store.Subscription, error) {
	if !d.Keys.Signed(mark, "digest reader", id) {
		return store.Subscription{}, ErrLink
	}
	s, err := d.Store.Subscription(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return s, ErrLink
	}
	return s, err
}

// Path is where a reader changes what he gets; with /end at its end, where he ends it.
func (d *Desk) Path(id string) string {
	return "/digest/" + id + "/" + d.Keys.Sign("digest reader", id)
}

// Links are the readers' own links, for a Sender.
func (d *Desk) Links() Links {
	return Links{
		Preferences: func(id string) string { return d.Base + d.Path(id) },
		Unsubscribe: func(id string) string { return d.Base + d.Path(id) + "/end" },
	}
}
