package digest

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
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
	kept      map[string]bool // editions whose facts are kept
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
	Preferences string // the reader's own page; "": there is none
	Unsubscribe string
	Listed      bool // the settings name the reader
	Again       bool // an earlier attempt may have arrived
}

// Times of sending. An edition that is so late that the next is due is not sent: its facts are in that one's past.
const (
	spread    = 20 * time.Minute // over which readers of one zone are spread, so that no server is flooded
	latest    = 6 * 24 * time.Hour
	latestFor = 20 * 24 * time.Hour // of a month
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

// Send sends what is due now, of the week and the month that were over last, and says how many editions went out.
func (s *Sender) Send(ctx context.Context) (sent int, err error) {
	over, err := lastOver(s.now())
	if err != nil {
		return 0, err
	}
	for _, p := range over {
		if err := s.keep(ctx, p); err != nil {
			return sent, err
		}
		n, err := s.sendAll(ctx, p)
		if sent += n; err != nil {
			return sent, err
		}
	}
	return sent, ctx.Err()
}

// every is the word of the readers who get editions of such a period.
func (p Period) every() string {
	if p.Month {
		return store.EveryMonth
	}
	return store.EveryWeek
}

func (s *Sender) sendAll(ctx context.Context, p Period) (sent int, err error) {
	after, late := "", 0
	for ctx.Err() == nil {
		readers, err := s.Store.Subscribers(ctx, p.Name, p.every(), after, page, s.now())
		if err != nil || len(readers) == 0 {
			s.tellLate(p, late)
			return sent, err
		}
		for _, reader := range readers {
			did := 0
			switch s.when(reader, p) {
			case isDue:
				did, err = s.sendTo(ctx, reader, p)
			case isLate:
				late++
				err = s.tooLate(ctx, reader, p)
			}
			if err != nil {
				return sent, err
			}
			sent += did
		}
		after = readers[len(readers)-1].ID
	}
	return sent, ctx.Err()
}

// timing says how it stands with an edition and a reader.
type timing int

const (
	notDue timing = iota
	isDue
	isLate // the next is nearer than this one
)

// when says whether a reader is to have the edition of a time that is over: not before his hour, and not where he came after it.
func (s *Sender) when(reader store.Subscription, p Period) timing {
	at, limit := s.at(reader, p), latest
	if p.Month {
		limit = latestFor
	}
	switch now := s.now(); {
	case now.Before(at) || !reader.ConfirmedAt.Before(at):
		return notDue
	case now.Sub(at) >= limit:
		return isLate
	}
	return isDue
}

// Planned is an edition that Send would send, or has still to.
type Planned struct {
	Edition    string    `json:"edition"`
	Subscriber string    `json:"subscriber"` // address or receiver
	ID         string    `json:"subscription"`
	At         time.Time `json:"at"`
	State      string    `json:"state"` // due, later or late
	Subject    string    `json:"subject"`
}

// Plan says what is still to be sent of the week and the month that were over last, and sends nothing.
func (s *Sender) Plan(ctx context.Context) ([]Planned, error) {
	over, err := lastOver(s.now())
	if err != nil {
		return nil, err
	}
	var all []Planned
	for _, p := range over {
		after := ""
		for {
			readers, err := s.Store.Subscribers(ctx, p.Name, p.every(), after, page, s.now())
			if err != nil {
				return nil, err
			}
			if len(readers) == 0 {
				break
			}
			for _, r := range readers {
				if !r.ConfirmedAt.Before(s.at(r, p)) {
					continue // came after it
				}
				e, err := s.edition(ctx, p, r.Wants)
				if err != nil {
					return nil, err
				}
				all = append(all, Planned{Edition: p.Name, Subscriber: r.Address + r.Receiver, ID: r.ID, At: s.at(r, p), State: s.when(r, p).String(), Subject: e.Tell(r.Language).Subject()})
			}
			after = readers[len(readers)-1].ID
		}
	}
	return all, nil
}

// String says it in one word.
func (t timing) String() string { return [...]string{"later", "due", "late"}[t] }

// at is when a reader is to have an edition.
func (s *Sender) at(reader store.Subscription, p Period) time.Time {
	return s.Schedule.After(p.To, reader.Zone).Add(offset(reader.ID))
}

// tooLate writes that an edition was not sent, so that it is said once and the reader sees it among what he was sent.
func (s *Sender) tooLate(ctx context.Context, reader store.Subscription, p Period) error {
	if _, _, err := s.Store.BeginEdition(ctx, reader.ID, p.Name, s.now()); err != nil {
		return err
	}
	return s.Store.EndEdition(ctx, reader.ID, p.Name, store.DeliveryEnd{State: store.DeliveryDead, Error: "not sent: doorknock was not running, and the next edition is near"}, s.now())
}

func (s *Sender) tellLate(p Period, n int) {
	if n > 0 {
		s.Log.Warn("digest: an edition is too late to be sent; the next tells of its own time only", slog.String("edition", p.Name), slog.Int("readers", n))
	}
}

// keep keeps the facts of the whole edition once, whether or not somebody gets it: its page counts by them later on.
func (s *Sender) keep(ctx context.Context, p Period) error {
	if s.kept[p.Name] {
		return nil
	}
	e, err := s.edition(ctx, p, store.Wants{})
	if err != nil {
		return err
	}
	if e.Visits > 0 {
		if err := s.Store.KeepEdition(ctx, p.Name, e, s.now()); err != nil {
			return err
		}
	}
	if s.kept == nil {
		s.kept = map[string]bool{}
	}
	s.kept[p.Name] = true
	return nil
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
func (s *Sender) sendTo(ctx context.Context, reader store.Subscription, p Period) (sent int, err error) {
	week := p.Name
	e, err := s.edition(ctx, p, reader.Wants)
	if err != nil {
		return 0, err
	}
	if !e.ever {
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

// edition makes the edition of a week or month as a reader wants it.
func (s *Sender) edition(ctx context.Context, p Period, wants store.Wants) (Edition, error) {
	key := fmt.Sprintf("%s %q", p.Name, wants)
	if s.memory.key == key {
		return s.memory.edition, nil
	}
	o := s.Edition
	o.Now, o.Week, o.Kinds, o.Scope = s.now(), p.Name, wants.Kinds, Query(wants)
	var err error
	if o.Only, err = Chosen(ctx, s.Store, wants); err != nil {
		return Edition{}, err
	}
	e, err := Make(ctx, s.Store, o)
	if err != nil {
		return e, err
	}
	s.memory = madeEdition{key, e}
	return e, nil
}

// hand sends one edition to one reader.
func (s *Sender) hand(ctx context.Context, e Edition, reader store.Subscription, again bool) error {
	id := "edition-" + audit.LongHash("edition", e.Week, reader.ID)
	if reader.Receiver != "" {
		r := s.Receivers[reader.Receiver]
		if r == nil {
			return fmt.Errorf("%w: no receiver is named %q", alerts.ErrPermanent, reader.Receiver)
		}
		m := e.Message(reader.Language)
		m.ID, m.Repeat = id, again
		return r.Send(ctx, m)
	}
	if s.Mailer == nil {
		return errors.New("the settings name no mail.host")
	}
	mail, err := e.Mail(s.foot(reader, again), reader.Language)
	if err != nil {
		return fmt.Errorf("%w: %w", alerts.ErrPermanent, err)
	}
	mail.ID = id
	_, err = s.Mailer.Send(ctx, mail, reader.Address)
	return err
}

func (s *Sender) foot(reader store.Subscription, again bool) Foot {
	f := Foot{Again: again, Listed: reader.Listed}
	if s.Links.Unsubscribe != nil {
		f.Unsubscribe, f.Preferences = s.Links.Unsubscribe(reader.ID), s.Links.Preferences(reader.ID)
	}
	return f
}

// Mail is the edition as a mail with a foot, in a language.
func (e Edition) Mail(foot Foot, language string) (alerts.Mail, error) {
	e.Foot = &foot
	t := e.Tell(language)
	var text, page strings.Builder
	if err := errors.Join(t.Text(&text), t.HTML(&page)); err != nil {
		return alerts.Mail{}, err
	}
	m := alerts.Mail{Subject: t.Subject(), Text: text.String(), HTML: page.String()}
	if strings.HasPrefix(foot.Unsubscribe, "https://") { // RFC 8058 allows no other
		m.Unsubscribe = foot.Unsubscribe
	}
	return m, nil
}

// Subject is the line by which a mail is told from others: the week or month, and what is new.
func (t Telling) Subject() string {
	return t.Title + ": " + strings.TrimSuffix(t.Summary, ".")
}

// Message is the edition for a receiver of alerts: an item for each line above the links.
func (e Edition) Message(language string) alerts.Message {
	t := e.Tell(language)
	m := alerts.Message{Title: alerts.Ours(t.Subject()), More: audit.Untrusted(e.Page())}
	for _, p := range t.Above {
		for _, line := range p.Lines {
			m.Items = append(m.Items, alerts.Item{Lines: []alerts.Words{line.Words}})
		}
	}
	for _, p := range t.Below {
		for _, b := range p.Bars {
			m.Tables, m.Charts = append(m.Tables, b.table(t.words)), append(m.Charts, b.chart())
		}
	}
	if len(m.Items) == 0 {
		m.Items = []alerts.Item{{Lines: []alerts.Words{alerts.Ours(t.Summary)}}}
	}
	return m
}

// table is the numbers with the words that stand for them.
func (b Bars) table(w Words) alerts.Table {
	t := alerts.Table{Caption: b.Caption, Head: []string{w.Say("bars.what"), w.Say("bars.number")}}
	for _, r := range b.Rows {
		t.Rows = append(t.Rows, []alerts.Cell{alerts.TextCell(r.Label), {Text: audit.Untrusted(r.Words), Number: float64(r.N), Sorts: true}})
	}
	return t
}

// chart is the bars. One without any says nothing, and is told by its table.
func (b Bars) chart() alerts.Chart {
	c := alerts.Chart{Title: b.Caption, Bars: true, Series: []alerts.Series{{Name: audit.Untrusted(b.Caption)}}}
	for _, r := range b.Rows {
		c.Categories = append(c.Categories, r.Label)
		c.Series[0].Values = append(c.Series[0].Values, float64(r.N))
	}
	return c
}
