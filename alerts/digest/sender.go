package digest

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"slices"
	"strings"
	"time"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/store"
)

// Sender sends the edition of each week that is over, once to every reader, when it is Monday morning (or the day and hour
// of the settings) where the reader lives. All that it knows between two moments is in the store: it may be killed
// anywhere, and a second start sends nothing twice.
type Sender struct {
	Store     *store.DB
	Mailer    Mailer
	Receivers map[string]alerts.Receiver // that get the edition as a message
	Schedule  Schedule
	Edition   Options // without Now, Week and Only
	Links     Links
	Log       *slog.Logger
	Now       func() time.Time // nil: time.Now
	memory    madeEdition
}

// Mailer hands one mail to the operator's server. Its errors have the classes of alerts.Receiver. nil: no mail is sent.
type Mailer interface {
	Send(ctx context.Context, m alerts.Mail, to ...string) (refused []string, err error)
}

// Schedule says when an edition goes out: on which day after the week is over, at which hour and minute of the reader's zone.
type Schedule struct {
	Day    time.Weekday
	Hour   int
	Minute int
}

// Links makes a reader's own addresses. nil functions: there are none, and the foot of an edition says why it came.
type Links struct {
	Preferences func(subscription string) string
	Unsubscribe func(subscription string) string
}

// Foot is what stands under an edition that is sent.
type Foot struct {
	Preferences string
	Unsubscribe string
	Because     string
	Again       bool // an earlier attempt may have arrived
}

// Times of sending. An edition that is so late that the next is due is not sent: its facts are in that one's past.
const (
	spread    = 20 * time.Minute // over which readers of one zone are spread, so that no server is flooded
	latest    = 6 * 24 * time.Hour
	lookEvery = time.Minute
	page      = 100 // readers held in memory
)

// Run sends until ctx ends.
func (s *Sender) Run(ctx context.Context) error {
	if err := s.Store.ReopenEditions(ctx, s.now()); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if _, err := s.Send(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("digest: sending stopped, trying again", slog.Any("error", err))
		}
		timer := time.NewTimer(lookEvery)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

func (s *Sender) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// Send sends what is due now and says how many editions went out.
func (s *Sender) Send(ctx context.Context) (sent int, err error) {
	week, over, err := lastWeek(s.now())
	if err != nil {
		return 0, err
	}
	after := ""
	for ctx.Err() == nil {
		readers, err := s.Store.Subscribers(ctx, week, after, page, s.now())
		if err != nil || len(readers) == 0 {
			return sent, err
		}
		for _, reader := range readers {
			if !s.due(reader, over) {
				continue
			}
			did, err := s.sendTo(ctx, reader, week)
			if err != nil {
				return sent, err
			}
			sent += did
		}
		after = readers[len(readers)-1].ID
	}
	return sent, ctx.Err()
}

// lastWeek is the week that was over last, and when it was.
func lastWeek(now time.Time) (week string, over time.Time, err error) {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		return "", time.Time{}, fmt.Errorf("load the zone of the week: %w", err)
	}
	over = monday(now.In(zone), zone)
	return weekName(over.AddDate(0, 0, -7).ISOWeek()), over, nil
}

// due reports whether a reader is to have the edition of the week that was over then: not before his hour, not where he came
// after it, and not when the next is nearer than this one.
func (s *Sender) due(reader store.Subscription, over time.Time) bool {
	at := s.Schedule.After(over, reader.Zone).Add(offset(reader.ID))
	now := s.now()
	return !now.Before(at) && now.Sub(at) < latest && reader.ConfirmedAt.Before(at)
}

// After gives the first such day and hour, in a zone, that begins when a week is over or later.
func (c Schedule) After(over time.Time, zone string) time.Time {
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = over.Location()
	}
	day := over.In(place)
	for n := 0; ; n++ {
		at := time.Date(day.Year(), day.Month(), day.Day()+n, c.Hour, c.Minute, 0, 0, place)
		if at.Weekday() == c.Day && !at.Before(over) {
			return at
		}
	}
}

// offset spreads the readers, each always by the same time.
func offset(id string) time.Duration {
	return time.Duration(crc32.ChecksumIEEE([]byte(id))%uint32(spread/time.Second)) * time.Second
}

// sendTo makes one attempt for one reader. Only our own trouble is an error.
func (s *Sender) sendTo(ctx context.Context, reader store.Subscription, week string) (sent int, err error) {
	e, err := s.edition(ctx, week, reader.Wants)
	if err != nil {
		return 0, err
	}
	if !e.SoFar && e.Looked == 0 {
		return 0, nil // nobody has looked at anybody: there is nothing to tell yet
	}
	attempts, doubted, err := s.Store.BeginEdition(ctx, reader.ID, week, s.now())
	if err != nil {
		return 0, err
	}
	sendErr := s.hand(ctx, e, reader, doubted)
	end := ended(sendErr, attempts, s.now())
	if err := s.Store.EndEdition(context.WithoutCancel(ctx), reader.ID, week, end, s.now()); err != nil {
		return 0, err
	}
	if end.State == store.DeliverySent {
		return 1, nil
	}
	s.Log.Warn("digest: an edition was not delivered", slog.String("week", week), slog.String("subscription", reader.ID),
		slog.String("state", string(end.State)), slog.String("error", end.Error))
	if errors.Is(sendErr, alerts.ErrPermanent) && reader.Address != "" { // the server knows no such address: stop after one
		return 0, s.Store.EndSubscription(ctx, reader.ID, store.EndedByBounce, s.now())
	}
	return 0, nil
}

// ended says what follows from an attempt. What may have arrived is tried once more, and says so; what surely did not, eight
// times over half a day.
func ended(err error, attempts int, now time.Time) store.DeliveryEnd {
	const tries, doubts = 8, 2
	if err == nil {
		return store.DeliveryEnd{State: store.DeliverySent}
	}
	end := store.DeliveryEnd{State: store.DeliveryQueued, Error: audit.Untrusted(err.Error()).Terminal(),
		NextAt: now.Add(min(time.Minute<<min(attempts, 10), 3*time.Hour))}
	switch {
	case errors.Is(err, alerts.ErrPermanent):
		return store.DeliveryEnd{State: store.DeliveryDead, Error: end.Error}
	case errors.Is(err, alerts.ErrUncertain), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		end.State = store.DeliveryUncertain
		if attempts >= doubts {
			end.NextAt = time.Time{}
		}
	case attempts >= tries:
		end.State, end.NextAt = store.DeliveryDead, time.Time{}
	}
	return end
}

// madeEdition is the last edition that was made: most readers want the same.
type madeEdition struct {
	key     string
	edition Edition
}

// edition makes the edition of a week as a reader wants it, and keeps the facts of the whole one.
func (s *Sender) edition(ctx context.Context, week string, wants store.Wants) (Edition, error) {
	key := fmt.Sprint(week, wants)
	if s.memory.key == key {
		return s.memory.edition, nil
	}
	o := s.Edition
	o.Now, o.Week = s.now(), week
	var err error
	if o.Only, err = Chosen(ctx, s.Store, wants); err != nil {
		return Edition{}, err
	}
	e, err := Make(ctx, s.Store, o)
	if err != nil {
		return e, err
	}
	if o.Only == nil {
		if err := s.Store.KeepEdition(ctx, week, e, s.now()); err != nil {
			return e, err
		}
	}
	s.memory = madeEdition{key, e}
	return e, nil
}

// Chosen gives the ids of the organisations that a reader wants to hear of: those named, and those of his sectors and
// nations. nil: all.
func Chosen(ctx context.Context, db *store.DB, w store.Wants) ([]string, error) {
	if len(w.Organisations)+len(w.Sectors)+len(w.Nations) == 0 {
		return nil, nil
	}
	all, err := db.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	chosen := []string{}
	for _, o := range all {
		kind := len(w.Sectors)+len(w.Nations) > 0 && (len(w.Sectors) == 0 || slices.Contains(w.Sectors, o.Sector)) &&
			(len(w.Nations) == 0 || slices.Contains(w.Nations, o.Nation))
		if kind || slices.Contains(w.Organisations, o.ID) {
			chosen = append(chosen, o.ID)
		}
	}
	return chosen, nil
}

// hand sends one edition to one reader.
func (s *Sender) hand(ctx context.Context, e Edition, reader store.Subscription, again bool) error {
	id := "edition-" + audit.LongHash("edition", e.Week, reader.ID)
	if reader.Receiver != "" {
		r := s.Receivers[reader.Receiver]
		if r == nil {
			return fmt.Errorf("%w: no receiver is named %q", alerts.ErrPermanent, reader.Receiver)
		}
		m := e.Message()
		m.ID, m.Repeat = id, again
		return r.Send(ctx, m)
	}
	if s.Mailer == nil {
		return errors.New("the settings name no mail.host")
	}
	mail, err := e.Mail(s.foot(reader, again))
	if err != nil {
		return fmt.Errorf("%w: %w", alerts.ErrPermanent, err)
	}
	mail.ID = id
	_, err = s.Mailer.Send(ctx, mail, reader.Address)
	return err
}

func (s *Sender) foot(reader store.Subscription, again bool) Foot {
	f := Foot{Again: again, Because: "you asked for it"}
	if reader.Listed {
		f.Because = "whoever runs this doorknock put you on its list; ask them to take you off it"
	}
	if s.Links.Unsubscribe != nil {
		f.Unsubscribe, f.Preferences = s.Links.Unsubscribe(reader.ID), s.Links.Preferences(reader.ID)
	}
	return f
}

// Mail is the edition as a mail with a foot.
func (e Edition) Mail(foot Foot) (alerts.Mail, error) {
	e.Foot = &foot
	var text, page strings.Builder
	if err := errors.Join(e.Text(&text), e.HTML(&page)); err != nil {
		return alerts.Mail{}, err
	}
	m := alerts.Mail{Subject: e.Subject(), Text: text.String(), HTML: page.String()}
	if strings.HasPrefix(foot.Unsubscribe, "https://") { // RFC 8058 allows no other
		m.Unsubscribe = foot.Unsubscribe
	}
	return m, nil
}

// Subject is the line by which a mail is told from others: the week, and what is new.
func (e Edition) Subject() string {
	return fmt.Sprintf("doorknock, %s to %s: %s", e.From.Format("2 January"), e.Last().Format("2 January 2006"), strings.TrimSuffix(e.Summary(), "."))
}

// Message is the edition for a receiver of alerts: one item a change, then who answers and what could not be seen.
func (e Edition) Message() alerts.Message {
	m := alerts.Message{Title: alerts.Ours(e.Subject()), More: audit.Untrusted(e.All())}
	for _, c := range slices.Concat(e.ToldOpened(), e.ToldClosed()) {
		m.Items = append(m.Items, alerts.Told(c.Name, ": "+alerts.Difference(c.Check, c.From, c.To), "Evidence", e.Evidence(c.Finding)))
	}
	var rest strings.Builder
	if n := e.Untold(); n > 0 {
		fmt.Fprintf(&rest, "And %s more. ", count(n, "change"))
	}
	if e.Enough() {
		fmt.Fprintf(&rest, "Comments seen: %s. Our method reads %s of them as complaints; to %s we saw a public answer by the organisation. %s",
			e.Comments, e.Complaints, e.Answered, e.Against())
	} else {
		rest.WriteString("We saw fewer than 5 comments of this week.")
	}
	m.Items = append(m.Items, alerts.Told("", rest.String(), "", ""),
		alerts.Told("", fmt.Sprintf("We looked %s. Of %s we know %d (%d %%).", count(e.Visits, "time"), count(e.Doors, "door"), e.Known, e.Coverage()), "", ""))
	return m
}
