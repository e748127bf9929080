package crawler

import (
	"context"
	"fmt"
	"net/url"
	"runtime/debug"
	"slices"

	"doorknock/audit"
)

// visit is one look at a channel under way: a small machine that has always exactly one request waiting in a lane or
// on its way, and is stepped by whichever worker gets its ticket. Nothing in it needs a lock.
type visit struct {
	c        *Crawler
	ctx      context.Context // of the caller; kept, because the visit is the call
	done     func(audit.Visit, error)
	job      audit.Job
	start    func(audit.Job, Settings) Plan
	plan     Plan // nil while a remembered route is followed
	trail    trail
	set      *Settings   // with the checks of the channel's platform
	out      audit.Visit // without its readings, until the end
	gathered audit.Gathering
	lane     string
	port     string // named by the channel's own address
	book     *robotsBook
	queue    []Request // by priority, then as asked
	unread   []Request
	errand   *errand
	robots   *robotsTrail
	pages    int // page requests sent
	others   int // requests of interfaces, feeds, sitemaps sent
	drawn    int // pages that a browser drew
	toDraw   *toDraw
	parted   map[audit.CheckID]int // how many pages were drawn for a check alone
	slow     int                   // answers in a row that did not come in time
	face     Interface             // of the channel's platform
	called   map[string]bool       // names in the ledger that were asked
	control  *controlling          // nil unless the page known to be open is being read
	doubt    bool                  // that page failed: nothing this visit sees is believed

	complaints bool // the one complaints page of a light visit was asked for
	looked     map[string]looked
	moves      moves
	home       audit.Reason // why the home page could not be read
	reached    bool         // something answered
	finished   bool
}

// maxSlowAnswers ends a visit to a site that has stopped answering: its other pages are left unread.
const maxSlowAnswers = 3

// maxOthers bounds what a visit asks besides pages: interfaces, feeds, sitemaps.
const maxOthers = 100

// errand is one request of the plan, over its redirects.
type errand struct {
	req     Request
	url     *url.URL // of the next hop
	first   *url.URL
	trail   []string // addresses asked so far
	passing bool     // one of its redirects was not for good
}

func (c *Crawler) newVisit(ctx context.Context, job audit.Job, done func(audit.Visit, error)) (*visit, error) {
	p, err := c.platform(job.Channel.Platform)
	if err != nil {
		return nil, err
	}
	home, err := c.address(job.Channel.URL)
	if err != nil {
		return nil, err
	}
	v := &visit{c: c, ctx: ctx, done: done, job: job, lane: Lane(home.Host), port: home.Port(),
		looked: make(map[string]looked), set: c.settings[job.Channel.Platform]}
	now := c.now().UTC()
	v.book = newRobotsBook(job.Memory.Host.Robots, now)
	v.out = audit.Visit{V: 1, ID: job.ID, Channel: job.Channel, How: audit.Anonymous, Due: job.Due, StartedAt: now,
		ObservedAt: now, First: job.First, Light: job.Light, Captures: []audit.Capture{}}
	v.start, v.face = p.Plan, v.set.Interface
	c.ledger.recall(job.Memory.Host.Interfaces, now)
	return v, nil
}

func (v *visit) begin() {
	v.c.lanes.hold(v.lane, v.job.Memory.Host)
	for origin, e := range v.book.entries {
		if u, err := url.Parse(origin); err == nil {
			v.c.lanes.setDelay(Lane(u.Host), e.rules.delay)
		}
	}
	defer v.survive()
	v.setOut()
	v.advance()
}

// ask queues requests. An address asked for twice is sent twice: a plan may wait for the answer to each of its requests.
func (v *visit) ask(requests []Request) {
	v.queue = append(v.queue, requests...)
	slices.SortStableFunc(v.queue, func(a, b Request) int { return b.Priority - a.Priority })
}

// take makes the next request the errand; those beyond the limits are left unread.
func (v *visit) take() bool {
	for len(v.queue) > 0 {
		r := v.queue[0]
		v.queue = v.queue[1:]
		if v.slow >= maxSlowAnswers || !v.within(r) {
			v.unread = append(v.unread, r)
			continue
		}
		if p, came := v.recall(r); p != nil {
			v.give(p, came)
			continue
		}
		u, err := v.c.address(r.URL)
		v.errand = &errand{req: r, url: u, first: u}
		if err != nil {
			v.settle(&fetched{reason: audit.ReasonBadScheme, err: err})
			continue
		}
		return true
	}
	return false
}

// within counts the request against the limits of the visit and says whether it is among them.
func (v *visit) within(r Request) bool {
	if v.job.Light && r.For != ForHome && r.For != ForRobots && (r.Call == nil || r.Key == "") {
		if v.complaints || !slices.Contains(r.Words, "complaints_page") {
			return false
		}
		v.complaints = true
	}
	n, most := &v.pages, v.c.o.MaxPages
	if r.Accept != "" || r.For == ForRobots {
		n, most = &v.others, maxOthers
	}
	*n++
	return *n <= most
}

// advance goes on until a request waits in its lane or the visit is over. What is forbidden or refused is answered
// without a request.
func (v *visit) advance() {
	for !v.finished {
		if v.errand == nil && !v.take() {
			if v.lost() || v.controlled() {
				continue
			}
			v.finish()
			return
		}
		if v.robots != nil {
			v.wait(v.robots.url)
			return
		}
		u := v.errand.url
		if err := v.c.transport.checkAddress(u, v.portOf(v.errand)); err != nil {
			v.settle(refusedBy(err))
			continue
		}
		if why := v.mayCall(); why != "" {
			v.settle(&fetched{reason: why})
			continue
		}
		if v.needsRobots(u) {
			v.robots = &robotsTrail{origin: origin(u), url: robotsURL(u)}
			continue
		}
		if v.errand.req.For == ForRobots {
			a := v.book.of(u).answer(v.errand.req, u)
			v.give(NewPage(a, v.c.o.Scripts), arrival{hash: hashOf(a.Body)})
			continue
		}
		if err := v.checkRobots(u); err != nil {
			v.settle(refusedBy(err))
			continue
		}
		v.wait(u)
		return
	}
}

func refusedBy(err error) *fetched { return &fetched{reason: reasonFor(err), err: err} }

func (v *visit) needsRobots(u *url.URL) bool {
	if v.errand.req.Call != nil && v.c.held(v.errand.req.Key) != nil {
		return false
	}
	if v.errand.req.For != ForRobots && v.c.transport.permission[hostName(u.Host)] != "" {
		return false
	}
	return v.book.of(u) == nil
}

func (v *visit) checkRobots(u *url.URL) error {
	r := v.errand.req
	return (&hop{t: v.c.transport, book: v.book, call: r.Call != nil, key: v.c.held(r.Key)}).checkRobots(u)
}

func (v *visit) wait(u *url.URL) {
	lane := Lane(u.Host)
	switch e := v.errand; {
	case e == nil || v.robots != nil:
	case e.req.Call != nil:
		lane = "interface of " + u.Host
		v.c.lanes.setGap(lane, v.face.Gap)
	case e.req.Key != "":
		v.c.lanes.setDelay(lane, v.c.o.Held[e.req.Key].Gap)
	}
	v.c.lanes.submit(lane, v.step)
}

// step sends the one request that the ticket allows, reads the answer, and queues the next.
func (v *visit) step(t *ticket) {
	defer v.survive()
	defer t.done()
	if err := v.over(t); err != nil {
		v.fail(err)
		return
	}
	if t.refused != "" {
		t.done()
		v.refused(t.refused)
		v.advance()
		return
	}
	ctx, cancel := context.WithCancel(v.ctx)
	defer cancel()
	defer context.AfterFunc(v.c.stopping, cancel)()
	h := &hop{t: v.c.transport, ticket: t, book: v.book, port: v.portOf(v.errand)}
	defer h.letGo()
	if v.robots != nil {
		v.stepRobots(ctx, h)
	} else {
		v.stepPage(ctx, h)
	}
	h.letGo()
	if t := v.toDraw; t != nil && !v.finished { // from here on the visit is the drawing's
		v.toDraw = nil
		v.c.drawing.Go(func() { v.draw(t) })
		return
	}
	v.advance()
}

// over says that the visit cannot go on.
func (v *visit) over(t *ticket) error {
	if t.stopped {
		return ErrStopped
	}
	return v.ctx.Err()
}

// refused answers what waits with the lane's refusal: the day's cap is used up, or the site asked for a long rest.
func (v *visit) refused(r audit.Reason) {
	if v.robots != nil {
		v.book.learn(v.robots.origin, &fetched{reason: r}, "", v.c.now().UTC())
		v.robots = nil
		return
	}
	v.settle(&fetched{reason: r})
}

func (v *visit) stepRobots(ctx context.Context, h *hop) {
	h.robots = true
	f := v.c.fetch(ctx, h, v.robots.url.String(), acceptRobots)
	h.ticket.done()
	if ctx.Err() != nil {
		v.fail(v.cut())
		return
	}
	v.note(f)
	id, ok := v.keep(f, v.robots.url, keeping{})
	if !ok {
		return
	}
	trail := v.robots
	if f.to != nil && trail.hops < maxHops {
		trail.hops, trail.url = trail.hops+1, f.to
		if err := v.c.transport.checkAddress(f.to, v.port); err == nil {
			return
		}
		f.reason, f.status = audit.ReasonBadScheme, 0
	}
	v.robots = nil
	now := v.c.now().UTC()
	var e *robotsEntry
	if f.to != nil && f.reason == "" {
		e = v.book.allowAll(trail.origin, id, now)
	} else {
		e = v.book.learn(trail.origin, f, id, now)
	}
	if u, err := url.Parse(trail.origin); err == nil {
		v.c.lanes.setDelay(Lane(u.Host), e.rules.delay)
	}
}

func (v *visit) stepPage(ctx context.Context, h *hop) {
	e := v.errand
	accept := e.req.Accept
	if accept == "" {
		accept, h.page = acceptPage, true
	}
	h.since, h.any, h.key, h.call = v.since, e.req.HashOnly || e.req.For == ForCalendar, v.c.held(e.req.Key), e.req.Call != nil
	v.pay()
	f := v.c.fetch(ctx, h, e.url.String(), accept)
	v.heed(f, h.ticket)
	h.ticket.done()
	if ctx.Err() != nil {
		v.fail(v.cut())
		return
	}
	v.note(f)
	e.trail = append(e.trail, e.url.String())
	if f.to == nil {
		if v.draws(f) {
			v.toDraw = &toDraw{fetched: f, req: e.req, url: e.url}
			return
		}
		v.settle(f)
		return
	}
	if f.reason = v.mayFollow(f.to); f.reason != "" {
		v.settle(f)
		return
	}
	v.keep(f, e.url, keeping{})
	v.moves.hop(e, f.status, f.to)
	e.url = f.to
}

// mayFollow says why a redirect is not followed, "" where it is.
func (v *visit) mayFollow(to *url.URL) audit.Reason {
	e := v.errand
	switch {
	case e.req.Call != nil && origin(to) != origin(e.first):
		return audit.ReasonRedirectedAway
	case !sameSubject(e.first, to):
		if e.req.For == ForHome {
			v.out.Moved = to.String()
		}
		return audit.ReasonRedirectedAway
	case len(e.trail) > maxHops, slices.Contains(e.trail, to.String()):
		return audit.ReasonRedirectLoop
	}
	return ""
}

// note remembers whether anything out there answers, and in time.
func (v *visit) note(f *fetched) {
	v.slow++
	if f.reason != audit.ReasonTimeout {
		v.slow = 0
	}
	switch {
	case f.status != 0:
		v.reached = true
		v.c.reached()
	case f.reason != audit.ReasonDNS && f.reason != audit.ReasonNetwork && f.reason != audit.ReasonTimeout:
		v.reached = true
	}
}

// cut says why a request under way was ended.
func (v *visit) cut() error {
	if err := v.ctx.Err(); err != nil {
		return err
	}
	return ErrStopped
}

// fail ends the visit without a result.
func (v *visit) fail(err error) {
	if v.finished {
		return
	}
	v.finished = true
	v.c.lanes.release(v.lane, nil)
	v.done(audit.Visit{}, fmt.Errorf("visit %s: %w", v.job.Channel.URL, err))
}

// survive makes of a panic a visit in which everything is unknown/internal: one bad page must not end the crawler.
func (v *visit) survive() {
	p := recover()
	if p == nil {
		return
	}
	v.c.o.Log.Error("visit panicked", "channel", v.job.Channel.ID, "url", v.job.Channel.URL, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if v.finished {
		return
	}
	v.plan, v.trail.route = nil, nil
	v.gathered = audit.Gathering{}
	v.home = audit.ReasonInternal
	v.finish()
}
