package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/store"
)

// recordHands is how many messages the stage takes at once. They are recorded one by one, since the database has one
// writer; the rest wait in hand and not in a pull that expires.
const recordHands = 32

// fetchHands is for how many visits captures are fetched at once, while others are committed: a visit's may come to some
// ten mebibytes.
const fetchHands = 4

// Record takes visits, folds their readings to findings by the given checks, and commits each in one transaction. The
// message is acknowledged after the commit: if the stage dies between the two, the visit comes again and changes
// nothing. It never fetches, and trouble with the database never costs a visit a delivery.
type Record struct {
	Broker *Broker
	Keys   *audit.Keys
	DB     *store.DB
	Checks []crawler.Check
	Duties audit.Duties // of which organisations a check is asked
	// Keeper takes the captures of crawlers on other machines: the evidence folder. Nil where there are none.
	Keeper crawler.Keeper
	// Committed is told what a commit brought, before the message is acknowledged: Relay.Announce.
	Committed func(ctx context.Context, visit audit.Visit, r store.Recorded)
	Log       *slog.Logger

	hands   *hands
	stalled atomic.Bool
	offline int // visits in a row that reached nothing; guarded by mu

	mu    sync.Mutex // one visit at a time is put together, and one is committed
	parts assembly
	fetch chan struct{} // places for fetching captures
}

// Stalled reports that visits cannot be recorded at the moment.
func (r *Record) Stalled() bool { return r.stalled.Load() }

// Run works until ctx ends.
func (r *Record) Run(ctx context.Context) error {
	r.hands = newHands(r.Broker, r.Log)
	r.parts, r.fetch = assembly{waiting: map[string]*partial{}}, make(chan struct{}, fetchHands)
	w := worker{
		broker: r.Broker, stream: streamVisits, config: consumer(durableRecord, r.Broker.ackWait), hands: r.hands,
		most: recordHands, handle: r.one, log: r.Log,
	}
	return w.run(ctx)
}

func (r *Record) one(ctx context.Context, m jetstream.Msg) {
	switch sealed, from, err := r.joined(ctx, m); {
	case err != nil:
		r.hands.refuse(m, err.Error())
	case sealed != nil:
		r.whole(ctx, sealed, from)
	}
}

// joined gives the sealed visit that the message completes, and the messages it came in; nil while parts are missing.
func (r *Record) joined(ctx context.Context, m jetstream.Msg) ([]byte, []jetstream.Msg, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for _, left := range r.parts.stale(now) {
		r.Log.Info("a visit's other parts never came; its job comes again", "subject", left.Subject())
		r.hands.done(ctx, left)
	}
	return r.parts.add(m, now)
}

// whole records one sealed visit and settles the messages it came in.
func (r *Record) whole(ctx context.Context, sealed []byte, from []jetstream.Msg) {
	visit, err := r.read(sealed)
	travelled := parcels(visit)
	if err == nil {
		err = r.unpack(ctx, &visit)
	}
	if err == nil {
		r.mu.Lock()
		err = r.record(ctx, visit)
		r.mu.Unlock()
	}
	if err == nil { // recorded: what it came in is of no more use
		if err := r.Broker.remove(ctx, travelled); err != nil {
			r.Log.Info("captures that have arrived stay in the bucket until their time ends", "error", err)
		}
	}
	for _, m := range from {
		switch {
		case err == nil:
			r.hands.done(ctx, m)
		case ctx.Err() != nil:
			r.hands.giveBack(m)
		case errors.Is(err, errRefused) || errors.Is(err, store.ErrNotFound):
			r.hands.refuse(m, err.Error())
		default:
			r.hands.later(m, r.Broker.ackWait, err)
		}
	}
}

func (r *Record) read(sealed []byte) (audit.Visit, error) {
	var v audit.Visit
	if err := open(r.Keys, sealed, &v); err != nil {
		return v, fmt.Errorf("%w: %w", errRefused, err)
	}
	if v.ID == "" || v.Channel.ID == "" || v.ObservedAt.IsZero() || !v.How.Valid() {
		return v, fmt.Errorf("%w: a visit without id, channel, time or way of seeing", errRefused)
	}
	return v, nil
}

// record tries until the visit is committed, ctx ends, or the visit itself is at fault.
func (r *Record) record(ctx context.Context, v audit.Visit) error {
	var trouble retry
	defer r.stalled.Store(false)
	for {
		err := r.commit(ctx, v)
		if err == nil {
			trouble.over(r.Log, "recording visits")
			return nil
		}
		if !store.Trouble(err) || ctx.Err() != nil {
			return fmt.Errorf("record visit of %s: %w", v.Channel.URL, err)
		}
		r.stalled.Store(true)
		trouble.pause(ctx, r.Log, "visits cannot be recorded", err)
	}
}

func (r *Record) commit(ctx context.Context, v audit.Visit) error {
	var made store.Recording
	if !v.Offline { // a machine without network has seen nothing of anybody
		var err error
		if made.Findings, made.Repeats, err = r.findings(ctx, &v); err != nil {
			return err
		}
	}
	made.Visit, made.Now = v, time.Now()
	recorded, err := r.DB.Record(ctx, made)
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	r.Broker.reach(AfterCommit)
	r.tellNetwork(v)
	if r.Committed != nil {
		r.Committed(ctx, v, recorded)
	}
	return nil
}

// tellNetwork says once that nothing answers any more, and once that something does again. One visit may have met the
// one dead site; one that asked nothing, as of a platform without its key or of a saved page, says neither.
func (r *Record) tellNetwork(v audit.Visit) {
	const many = 2
	switch {
	case v.Offline:
		r.offline++
		if r.offline == many {
			r.Log.Warn("no site can be reached: is this machine's network up? Nothing is written about anybody until one answers")
		}
	case answered(v):
		if r.offline >= many {
			r.Log.Info("sites can be reached again")
		}
		r.offline = 0
	}
}

// answered reports whether somebody outside answered a request of ours.
func answered(v audit.Visit) bool {
	return v.Source == nil && !v.Told && (len(v.Captures) > 0 || len(v.Unchanged) > 0 || v.Same != nil)
}

// findings folds the visit's readings, those of unchanged pages included, by every check asked of its platform. Of a visit
// that found everything as an earlier one had it gives those that stand, in place of all others.
func (r *Record) findings(ctx context.Context, v *audit.Visit) (all []audit.Finding, stand []store.Repeat, err error) {
	of, err := r.DB.OrganisationOf(ctx, v.Channel.ID)
	if err != nil {
		return nil, nil, err
	}
	if v.Same != nil {
		stand, err := r.standing(ctx, v, of)
		if err != nil || stand != nil {
			return nil, stand, err
		}
	}
	readings, lost, err := r.readings(ctx, v)
	if err != nil {
		return nil, nil, err
	}
	if lost {
		v.Coverage = nothingProven(r.Checks)
	}
	by := crawler.ByCheck(readings)
	for _, c := range r.Checks {
		if !r.Duties.Asks(c.ID, of) {
			continue
		}
		found, err := crawler.FoldOne(c, *v, by[c.ID], of.Nation)
		if err != nil { // our own fault says nothing about the door, and costs the other checks nothing
			r.Log.Error("a check could not fold its readings", "check", c.ID, "channel", v.Channel.ID, "visit", v.ID, "error", err)
			found = []audit.Finding{unknown(*v, c.ID)}
		}
		all = append(all, found...)
	}
	return all, nil, nil
}

// standing gives the findings of a visit that found everything as an earlier one had: a fold is pure, so that from the same
// readings and coverage come the same findings. Nil where they are not all there any more, or another set of checks is asked
// by now: the pages' readings still stand, but how far the site was read nobody knows, and the next visit finds its way anew.
func (r *Record) standing(ctx context.Context, v *audit.Visit, of audit.Organisation) ([]store.Repeat, error) {
	all, err := r.DB.Repeats(ctx, v.Channel.ID, v.Same.Visit)
	if err != nil {
		return nil, fmt.Errorf("recall what stands: %w", err)
	}
	has := make(map[audit.CheckID]bool, len(r.Checks))
	for _, f := range all {
		has[f.Check] = true
	}
	complete := len(all) > 0 && len(all) == v.Same.Findings
	for _, c := range r.Checks {
		if slices.Contains(c.On, v.Channel.Platform) && r.Duties.Asks(c.ID, of) != has[c.ID] {
			complete = false
		}
	}
	if complete {
		return all, nil
	}
	r.Log.Info("an unchanged site's findings are not all there any more; the next visit finds its way anew", "channel", v.Channel.ID, "url", v.Channel.URL)
	v.Same, v.Coverage = nil, nothingProven(r.Checks)
	return nil, nil
}

func unknown(v audit.Visit, c audit.CheckID) audit.Finding {
	return audit.Finding{
		ID: audit.FindingID(v.ID, c, ""), Visit: v.ID, Channel: v.Channel.ID, Check: c, Verdict: audit.UnknownFor(audit.ReasonInternal),
		How: v.How, ObservedAt: v.ObservedAt,
	}
}

func nothingProven(checks []crawler.Check) map[audit.CheckID]audit.Coverage {
	of := make(map[audit.CheckID]audit.Coverage, len(checks))
	for _, c := range checks {
		of[c.ID] = audit.Coverage{Reason: audit.ReasonIncomplete}
	}
	return of
}

// readings gives the visit's readings with those that stand for its unchanged pages. Where the latter are gone from
// the database the page was not read: nothing may be called absent in this visit, and the page is read anew in the next.
func (r *Record) readings(ctx context.Context, v *audit.Visit) (all []audit.Reading, lost bool, err error) {
	all = slices.Clone(v.Readings)
	for _, page := range v.Unchanged {
		stand, err := r.DB.PageReadings(ctx, v.Channel.ID, []audit.PageRef{page})
		if errors.Is(err, store.ErrNotFound) {
			lost = true
			r.forget(v, page.URL)
			continue
		}
		if err != nil {
			return nil, false, fmt.Errorf("recall unchanged pages: %w", err)
		}
		all = append(all, stand...)
	}
	return all, lost, nil
}

// forget makes the next visit ask for the whole page and read it.
func (r *Record) forget(v *audit.Visit, url string) {
	r.Log.Warn("an unchanged page's readings are gone; it will be read anew", "channel", v.Channel.ID, "url", url)
	if p, ok := v.Memory.Pages[url]; ok {
		p.ETag, p.LastModified, p.Hash, p.Reader = "", "", "", 0
		v.Memory.Pages[url] = p
	}
}
