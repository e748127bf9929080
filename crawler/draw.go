package crawler

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"doorknock/audit"
	"doorknock/evidence"
)

// Limits of drawing: a site is asked for little, and a page that is never ready is left alone.
const (
	maxDrawings = 4               // pages of one visit that are drawn
	maxParted   = 2               // of them, for one check alone
	maxDrawnOf  = 30              // requests that one drawing may make
	drawingTime = 3 * time.Minute // of one drawing, waits for the pace of its sites among it
)

// Drawing is a page for a browser to draw: its address, the body as the site sent it, and the one way to anything more.
type Drawing struct {
	URL  string
	Type string // content type of Body, as sent
	Body []byte
	// Fetch gets what the page asks for, through robots.txt, address guard, pace and limits; an error is a request that
	// was not answered. It may be called from several goroutines; one request goes out at a time.
	Fetch func(ctx context.Context, address string) (Fetched, error)
}

// Fetched is an answer for the browser.
type Fetched struct {
	Status int
	Type   string // content type, as sent
	Body   []byte
	To     string // of a redirect: where it leads
}

// Drawn is what a browser made of a page.
type Drawn struct {
	DOM     []byte // the document as it then stood, as HTML in UTF-8
	Picture []byte // PNG; nil without
}

// PictureKeeper is a Keeper that keeps pictures of drawn pages too: one for each document, named by its hash.
type PictureKeeper interface {
	KeepPicture(ctx context.Context, hash string, png []byte) (file string, err error)
}

// toDraw is a page that a browser is to draw: because it is empty without its script, or, where checks are named, because these cannot be
// answered without it. All other checks have read what the site sent.
type toDraw struct {
	*fetched
	req   Request
	url   *url.URL // of the request that brought it
	only  []audit.CheckID
	sent  string // with checks: the capture of what the site sent
	known string // likewise: see Answer
}

// draws reports whether the page that came is empty without its script, and may be drawn.
func (v *visit) draws(f *fetched) bool {
	e := v.errand
	if v.c.o.Draw == nil || e == nil || e.req.Accept != "" || e.req.For == ForRobots || f.reason != "" || f.status != http.StatusOK ||
		v.drawn >= maxDrawings || v.job.Light {
		return false
	}
	free := v.c.parsing(len(f.body))
	defer free()
	return NewPage(Answer{Request: e.req, URL: f.url, Status: f.status, Header: f.header, Body: f.body}, v.c.o.Scripts).Problem() == audit.ReasonNeedsJS
}

// parts notes that a page is to be drawn for the checks alone that could not be answered without its script. For one
// question it is two pages of a visit at most: a part that a script loads often stands on all of a site's pages.
func (v *visit) parts(page *Page, f *fetched) {
	if v.c.o.Draw == nil || v.control != nil || v.job.Light || v.drawn >= maxDrawings || page.Unchanged || page.Answer.Drawn || page.Problem() != "" {
		return
	}
	t := &toDraw{fetched: f, req: page.Answer.Request, sent: page.Answer.Capture, known: page.Answer.Known}
	for _, r := range page.Readings {
		if r.Verdict.Reason() == audit.ReasonNeedsJS && v.parted[r.Check] < maxParted && !slices.Contains(t.only, r.Check) {
			t.only = append(t.only, r.Check)
		}
	}
	if len(t.only) == 0 {
		return
	}
	if v.parted == nil {
		v.parted = map[audit.CheckID]int{}
	}
	for _, id := range t.only {
		v.parted[id]++
	}
	v.toDraw = t
}

// draw has a page drawn, away from the workers: what it asks for waits for its lanes like everybody's requests. Until it
// is done nothing else happens in the visit.
func (v *visit) draw(t *toDraw) {
	defer v.survive()
	v.drawn++
	ctx, cancel := context.WithTimeout(v.ctx, drawingTime)
	defer cancel()
	defer context.AfterFunc(v.c.stopping, cancel)()
	d := &drawing{v: v, ctx: ctx}
	made, err := v.c.o.Draw(ctx, Drawing{URL: t.fetched.url.String(), Type: t.header.Get("Content-Type"), Body: t.body, Fetch: d.fetch})
	d.end()
	switch {
	case v.finished: // a capture could not be kept
		return
	case v.ctx.Err() != nil || v.c.stopping.Err() != nil:
		v.fail(v.cut())
		return
	case err != nil:
		v.c.o.Log.Info("a page could not be drawn", "channel", v.job.Channel.ID, "url", t.fetched.url.String(), "error", err)
		if len(t.only) == 0 {
			v.settle(t.fetched)
		}
	default:
		v.settleDrawn(t, made, d.captures)
	}
	v.advance()
}

// settleDrawn keeps what the site sent, and the document that was made of it as a capture of its own, which the checks
// read. Neither is remembered: what the script fetched may differ though the page that names it does not.
func (v *visit) settleDrawn(t *toDraw, made Drawn, from []string) {
	if len(t.only) == 0 {
		sent, ok := v.keep(t.fetched, t.url, keeping{})
		if !ok {
			return
		}
		t.sent = sent
	}
	now := v.c.now().UTC()
	header := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	a := Answer{Request: t.req, URL: t.fetched.url, Status: http.StatusOK, Header: header, Body: made.DOM, At: now, How: audit.Anonymous, Drawn: true}
	sum := hashOf(made.DOM)
	c := audit.Capture{ID: audit.LongHash("capture", v.job.ID, "DRAW", t.fetched.url.String(), sum), URL: t.fetched.url.String(), Status: http.StatusOK,
		Type: header.Get("Content-Type"), Hash: sum, Bytes: len(made.DOM), At: now, Asked: askedOf(t.req), MadeFrom: append([]string{t.sent}, from...)}
	a.Capture = c.ID
	if len(t.only) == 0 {
		v.keepDrawn(c, made, v.consider(a, t.fetched, keeping{hash: sum}))
		return
	}
	a.Known = t.known
	only, seal := v.considerParts(a, t.only)
	if len(only) > 0 {
		c.Asked.Only, c.Asked.Known = only, t.known
		v.keepDrawn(c, made, seal)
	}
}

// considerParts has the checks that are named read a drawn page, and takes what they saw: gives those that saw something. What the drawn
// page does not show either stays as it was.
func (v *visit) considerParts(a Answer, only []audit.CheckID) (saw []audit.CheckID, seal bool) {
	free := v.c.parsing(len(a.Body))
	defer free()
	page := NewPage(a, v.c.o.Scripts)
	seal = a.Request.People || page.holdsPeople()
	for _, r := range v.read(page) {
		seal = seal || listsPeople(r)
		if r.Verdict.State() == audit.Unknown || !slices.Contains(only, r.Check) {
			continue
		}
		v.add(r)
		if !slices.Contains(saw, r.Check) {
			saw = append(saw, r.Check)
		}
	}
	if len(saw) > 0 {
		delete(v.looked, a.Request.URL)
		v.trail.broken = true
	}
	return saw, seal
}

// keepDrawn keeps a drawn document, and its picture where no people's words may be on it.
func (v *visit) keepDrawn(c audit.Capture, made Drawn, seal bool) {
	if v.finished || v.c.o.Keeper == nil {
		v.out.Captures = append(v.out.Captures, c)
		return
	}
	x := &evidence.Exchange{Method: http.MethodGet, URL: c.URL, At: c.At, Body: made.DOM, Drawn: true,
		ResponseHead: []byte("HTTP/1.1 200 OK\r\nContent-Type: " + c.Type + "\r\n")}
	kept, err := v.c.o.Keeper.Keep(v.ctx, v.job.ID, x, seal)
	if err == nil && len(made.Picture) > 0 && !seal {
		if k, ok := v.c.o.Keeper.(PictureKeeper); ok {
			c.Picture, err = k.KeepPicture(v.ctx, c.Hash, made.Picture)
		}
	}
	if err != nil {
		v.fail(fmt.Errorf("keep the drawn page %s: %w", c.URL, err))
		return
	}
	c.File, c.Offset, c.Sealed, c.Key = kept.File, kept.Offset, kept.Sealed, kept.Key
	v.out.Captures = append(v.out.Captures, c)
}

// drawing is one page being drawn. Its requests go out one after the other.
type drawing struct {
	v        *visit
	ctx      context.Context
	mu       sync.Mutex
	asked    int
	ended    bool
	captures []string
}

var errDrawnEnough = errors.New("this drawing has made its last request")

// end lets no request out any more; one that is under way has been ended by its context.
func (d *drawing) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = true
}

func (d *drawing) fetch(ctx context.Context, address string) (Fetched, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asked++; d.ended || d.asked > maxDrawnOf || d.v.finished {
		return Fetched{}, errDrawnEnough
	}
	v := d.v
	u, err := v.c.address(address)
	if err != nil {
		return Fetched{}, refuse(audit.ReasonBadScheme, "%v", err)
	}
	if err := v.c.transport.checkAddress(u, v.port); err != nil {
		return Fetched{}, err
	}
	if err := d.askRobots(ctx, u); err != nil {
		return Fetched{}, err
	}
	f := d.send(ctx, &hop{t: v.c.transport, book: v.book, port: v.port, any: true}, u, "*/*")
	id, ok := v.keep(f, u, keeping{})
	switch {
	case !ok:
		return Fetched{}, errDrawnEnough
	case f.to != nil && f.reason == "":
		return Fetched{Status: f.status, To: f.to.String()}, nil
	case f.status == 0 || f.body == nil || f.err != nil:
		return Fetched{}, refuse(f.reason, "no answer: %v", f.err)
	}
	if id != "" && !slices.Contains(d.captures, id) {
		d.captures = append(d.captures, id)
	}
	return Fetched{Status: f.status, Type: f.header.Get("Content-Type"), Body: f.body}, nil
}

func (d *drawing) send(ctx context.Context, h *hop, u *url.URL, accept string) *fetched {
	defer h.letGo()
	f := d.v.c.fetch(ctx, h, u.String(), accept)
	d.v.note(f)
	return f
}

// askRobots reads the robots.txt of a host that the visit has not come to yet.
func (d *drawing) askRobots(ctx context.Context, u *url.URL) error {
	v := d.v
	if v.c.transport.permission[hostName(u.Host)] != "" || v.book.of(u) != nil {
		return nil
	}
	at := robotsURL(u)
	for hops := 0; ; hops++ {
		f := d.send(ctx, &hop{t: v.c.transport, book: v.book, port: v.port, robots: true}, at, acceptRobots)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		id, ok := v.keep(f, at, keeping{})
		if !ok {
			return errDrawnEnough
		}
		if f.to != nil && hops < maxHops && v.c.transport.checkAddress(f.to, v.port) == nil {
			at = f.to
			continue
		}
		if f.to != nil && f.reason == "" {
			v.book.allowAll(origin(u), id, v.c.now().UTC())
		} else {
			e := v.book.learn(origin(u), f, id, v.c.now().UTC())
			v.c.lanes.setDelay(Lane(u.Host), e.rules.delay)
		}
		return nil
	}
}
