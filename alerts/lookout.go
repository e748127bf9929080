package alerts

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"doorknock/audit"
	"doorknock/score/talk"
	"doorknock/store"
)

// The lookout finds, from rows, what no event tells. Each finding makes the same alert however often it is found.

// Times of the lookout.
const (
	spikesEvery  = 10 * time.Minute     // of one channel
	lostEvery    = 10 * time.Minute     // reviews and pages
	fasterEvery  = time.Minute          // one organisation each time
	spikeBack    = 294 * 24 * time.Hour // posts with which one of the last fortnight is compared
	fasterWindow = 90 * 24 * time.Hour  // "now"; "before" is as long
	reviewLooks  = 3                    // looks that show no reviews any more,
	reviewOver   = 14 * 24 * time.Hour  // over so long
)

// lookout is what the watching loop remembers between two looks; a restart forgets it and loses nothing.
type lookout struct {
	judged map[string]time.Time // complaint by alert: last look at its channel by which it was judged
	spiked map[string]time.Time // when a channel was last looked through
	lost   time.Time            // when pages and reviews were
	faster time.Time            // when an organisation was
	round  []string             // organisations still to be looked through for faster replies
	begun  bool
}

// forget keeps of the complaints that were judged only those that still wait.
func (o *lookout) forget(waiting []store.Unanswered) {
	judged := make(map[string]time.Time, len(waiting))
	for _, w := range waiting {
		if at, ok := o.judged[w.ID]; ok {
			judged[w.ID] = at
		}
	}
	o.judged = judged
}

// look looks once for everything.
func (a *Alerter) look(ctx context.Context, now time.Time) error {
	for _, part := range []struct {
		name string
		do   func(context.Context, time.Time) error
	}{{"complaints without an answer", a.unanswered}, {"posts with many comments", a.spikes}, {"what is no longer there", a.lost}, {"faster replies", a.faster}} {
		if err := part.do(ctx, now); err != nil {
			return fmt.Errorf("look for %s: %w", part.name, err)
		}
	}
	return nil
}

// unanswered tells of complaints that have had no public answer in the stated time. A place that was not looked at since that
// time ran out, a comment that is no longer shown, and one of which nobody can tell whether it was answered, are not told.
func (a *Alerter) unanswered(ctx context.Context, now time.Time) error {
	waiting, err := a.store.Unanswered(ctx, now)
	if err != nil {
		return err
	}
	a.out.forget(waiting)
	due := map[string][]stated{}
	times := map[string]statedTime{}
	for _, w := range waiting {
		if a.out.judged[w.ID].Equal(w.LookedAt) {
			continue
		}
		t, known := times[w.Organisation]
		if !known {
			if t, err = a.statedTime(ctx, w.Organisation, w.Nation, now); err != nil {
				return err
			}
			times[w.Organisation] = t
		}
		if s := t.of(w, a.promise); s.promise.Over(s.calendar, w.Said, w.LookedAt) {
			due[w.Channel] = append(due[w.Channel], s)
		}
	}
	for channel, all := range due {
		if err := a.tellUnanswered(ctx, channel, all, now); err != nil {
			return err
		}
	}
	return nil
}

// statedTime is what an organisation says of its reply times.
type statedTime struct {
	values   audit.Values
	since    time.Time
	calendar talk.Calendar
}

// stated is a complaint and the time that counts for it.
type stated struct {
	store.Unanswered
	promise  talk.Promise
	own      bool
	calendar talk.Calendar
}

func (a *Alerter) statedTime(ctx context.Context, organisation, nation string, now time.Time) (t statedTime, err error) {
	if t.values, t.since, err = a.store.Public(now).Promised(ctx, organisation); err != nil {
		return t, err
	}
	t.calendar, err = talk.NewCalendar(nation, a.wording.Holidays)
	return t, err
}

// of gives the time for one complaint: what the organisation promises, where it had said so by then, else the setting.
func (t statedTime) of(w store.Unanswered, setting talk.Promise) stated {
	s := stated{Unanswered: w, promise: setting, calendar: t.calendar}
	if p, ok := talk.PromiseFor(t.values, w.Platform); ok && !w.Said.Before(t.since) {
		s.promise, s.own = p, true
	}
	s.calendar.Hours = s.promise.Hours
	return s
}

func (a *Alerter) tellUnanswered(ctx context.Context, channel string, all []stated, now time.Time) error {
	wanted, by := map[string]bool{}, map[string]stated{}
	for _, s := range all {
		wanted[s.Ref], by[s.Ref] = true, s
	}
	said, err := a.store.TalkOn(ctx, channel, now.Add(-talkBack), now.Add(-talkBack))
	if err != nil {
		return err
	}
	for _, t := range talk.ThreadsOf(talk.Watch(said.Said, said.Shown), wanted) {
		s := by[t.Begins.ID]
		if t.Answer != nil || t.Untold || t.Begins.Hidden || t.Begins.Removed || !s.promise.Over(s.calendar, s.Said, t.Begins.Watched) {
			continue
		}
		alert := s.Alert
		alert.Kind, alert.Event = store.AlertUnanswered, ""
		alert.ID = store.AlertID(alert.Kind, alert.Ref)
		alert.Found = store.Found{Within: s.promise.Within, Counts: s.promise.Counts, Own: s.own}
		if err := a.tell(ctx, "", alert, ""); err != nil {
			return err
		}
	}
	for _, s := range all { // only now: what failed is judged again
		a.out.judged[s.ID] = s.LookedAt
	}
	return nil
}

// spikes looks for posts with unusually many comments on the channels where somebody wrote since the last look.
func (a *Alerter) spikes(ctx context.Context, now time.Time) error {
	if !a.out.begun { // what was written shortly before a restart
		lively, err := a.store.Lively(ctx, talk.LeastUnusual, now, now.AddDate(0, 0, -7))
		if err != nil {
			return err
		}
		a.lively.add(lively...)
		a.out.begun = true
	}
	for _, channel := range a.lively.all() {
		if now.Sub(a.out.spiked[channel]) < spikesEvery {
			continue
		}
		a.lively.remove(channel)
		if err := a.spikesOn(ctx, channel, now); err != nil {
			a.lively.add(channel)
			return err
		}
		a.out.spiked[channel] = now
	}
	return nil
}

func (a *Alerter) spikesOn(ctx context.Context, channel string, now time.Time) error {
	place, _, connected, err := a.store.Place(ctx, channel)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	said, err := a.store.TalkOn(ctx, channel, now.Add(-spikeBack), now)
	if err != nil {
		return err
	}
	for _, u := range talk.UnusualPosts(said.Posts, said.Said, said.Read, now) {
		if u.Post.Published.Before(connected) {
			continue // a first look finds what was there before
		}
		alert := place
		alert.Kind, alert.Ref, alert.Urgency, alert.ObservedAt = store.AlertSpike, u.Post.ID, "normal", u.Post.Seen
		alert.Found = store.Found{Post: u.Post.URL, Age: u.Age, Count: u.Count, Median: u.Median, Of: u.Of}
		if err := a.find(ctx, alert); err != nil {
			return err
		}
	}
	return nil
}

// find raises an alert that a watcher found.
func (a *Alerter) find(ctx context.Context, alert store.Alert) error {
	alert.ID = store.AlertID(alert.Kind, alert.Ref)
	return a.tell(ctx, "", alert, "")
}

// lost looks for reviews that are no longer shown, and pages that are no longer found.
func (a *Alerter) lost(ctx context.Context, now time.Time) error {
	if now.Sub(a.out.lost) < lostEvery {
		return nil
	}
	a.out.lost = now
	reviews, err := a.store.ReviewsLost(ctx, reviewLooks, reviewOver)
	if err != nil {
		return err
	}
	pages, err := a.store.PagesLost(ctx)
	if err != nil {
		return err
	}
	for kind, all := range map[store.AlertKind][]store.Lost{store.AlertReviews: reviews, store.AlertMissing: pages} {
		for _, l := range all {
			if err := a.tellLost(ctx, kind, l); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *Alerter) tellLost(ctx context.Context, kind store.AlertKind, l store.Lost) error {
	alert, _, _, err := a.store.Place(ctx, l.Channel)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	alert.Kind, alert.Urgency, alert.ObservedAt = kind, "normal", l.Last
	alert.Ref = l.Channel + " " + l.Seen.UTC().Format(time.RFC3339) // as long as it is not seen again, the same
	if kind == store.AlertReviews {
		alert.Check = "reviews"
	}
	alert.Found = store.Found{Count: l.Looks, Since: l.Seen, First: l.First}
	return a.find(ctx, alert)
}

// faster looks through one organisation after the other for replies that come faster than in the three months before.
func (a *Alerter) faster(ctx context.Context, now time.Time) error {
	if now.Sub(a.out.faster) < fasterEvery {
		return nil
	}
	a.out.faster = now
	if len(a.out.round) == 0 {
		round, err := a.store.Talkers(ctx, now.Add(-fasterWindow))
		if err != nil {
			return err
		}
		a.out.round = round
	}
	if len(a.out.round) == 0 {
		return nil
	}
	organisation := a.out.round[0]
	a.out.round = a.out.round[1:]
	return a.fasterAt(ctx, organisation, now)
}

func (a *Alerter) fasterAt(ctx context.Context, organisation string, now time.Time) error {
	said, err := a.store.Public(now).Talk(ctx, organisation, now.Add(-2*fasterWindow))
	if err != nil || len(said.Said) == 0 || said.Read.After(now.Add(-2*fasterWindow)) { // too much was said to compare the two
		return err
	}
	place, nation, _, err := a.store.Place(ctx, said.Said[0].Channel)
	if err != nil {
		return err
	}
	calendar, err := talk.NewCalendar(nation, a.wording.Holidays)
	if err != nil {
		return err
	}
	gain, better := talk.FasterReplies(said.Said, said.Shown, calendar, now, fasterWindow)
	if !better {
		return nil
	}
	place.Kind, place.Urgency, place.ObservedAt = store.AlertGood, "none", now
	place.Ref = fmt.Sprintf("%s %d-Q%d", organisation, now.Year(), (int(now.Month())+2)/3) // once a quarter at most
	place.Found = store.Found{Before: gain.Before, Now: gain.Now, Waits: gain.Waits}
	return a.find(ctx, place)
}

// channels is a set that events fill and the lookout empties.
type channels struct {
	mu  sync.Mutex
	set map[string]bool
}

func (c *channels) add(ids ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.set == nil {
		c.set = map[string]bool{}
	}
	for _, id := range ids {
		c.set[id] = true
	}
}

func (c *channels) remove(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.set, id)
}

func (c *channels) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.set))
}
