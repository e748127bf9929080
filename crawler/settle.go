package crawler

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"doorknock/audit"
)

// looked is a page of this visit that may be remembered.
type looked struct {
	url       string // that answered, whose validators they are
	memory    audit.PageMemory
	facts     string // see factsOf
	unchanged bool
}

// keeping says how a capture is kept.
type keeping struct {
	hash      string // of the decoded body
	bytes     int
	unchanged *remembered // whose body this answer repeats
	seal      bool
	asked     *audit.Asked // of a page that checks read
	hashOnly  bool
}

// settle gives the errand's final answer to checks and plan, and keeps its capture.
func (v *visit) settle(f *fetched) {
	e := v.errand
	a := Answer{Request: e.req, URL: f.url, Status: f.status, Header: f.header, Body: f.body, Problem: f.reason,
		At: v.c.now().UTC(), How: v.howOf(e.req)}
	if a.URL == nil {
		a.URL = e.url
	}
	switch {
	case e.req.Accept != "" || f.reason != "":
	case a.Header.Get("Content-Type") == "" && sniffsOther(f.body):
		a.Problem = audit.ReasonNotHTML
	case floods(f.body):
		a.Problem, a.Body = audit.ReasonTooLarge, nil
	}
	k := keeping{unchanged: v.unchanged(f), asked: askedOf(e.req), hashOnly: e.req.HashOnly}
	switch {
	case k.unchanged != nil:
		k.hash, k.bytes = k.unchanged.Hash, len(f.body)
		a.Status, a.Body, a.Capture = http.StatusOK, nil, k.unchanged.Capture
	case f.hop != nil && f.hop.sent:
		k.hash, k.bytes = f.hash(), len(f.body)
		a.Capture = v.captureID(f, k.hash)
	}
	f.reason = a.Problem
	k.seal = v.consider(a, f, k)
	if f.hop != nil && f.hop.sent && !v.finished {
		v.keep(f, e.url, k)
	}
}

// consider has the answer read and says whether its capture must be sealed.
func (v *visit) consider(a Answer, f *fetched, k keeping) (seal bool) {
	page := NewPage(a, v.c.o.Scripts)
	if k.unchanged != nil {
		page = NewUnchanged(a, k.unchanged.outline)
		v.out.Unchanged = append(v.out.Unchanged, audit.PageRef{URL: a.URL.String(), Capture: a.Capture, At: a.At})
	}
	free := v.c.parsing(len(a.Body))
	defer free()
	a.Known = v.knownAs(a, page.Title)
	page.Answer.Known = a.Known
	if k.asked != nil {
		k.asked.Known = a.Known
	}
	seal = a.Request.People || page.holdsPeople()
	page.Readings = v.read(page)
	if !a.Drawn {
		v.remember(page, f, k)
	}
	for _, r := range page.Readings {
		seal = seal || listsPeople(r)
		if v.control == nil {
			v.add(r)
		} else {
			v.control.see(r)
		}
	}
	if a.Request.For == ForHome && !page.Unchanged && v.control == nil {
		v.home = page.Problem()
	}
	v.parts(page, f)
	v.give(page, arrival{hash: k.hash, unchanged: k.unchanged})
	return seal
}

// give hands the page to the plan, which ends the errand.
func (v *visit) give(page *Page, came arrival) {
	if page.Answer.Status != 0 && page.Answer.At.After(v.out.ObservedAt) {
		v.out.ObservedAt = page.Answer.At
	}
	v.errand = nil
	if v.control != nil {
		v.ask(v.control.plan.Next(page))
		return
	}
	if v.trail.route != nil {
		v.follow(page, came)
		return
	}
	v.trail.note(page, came)
	v.ask(v.plan.Next(page))
}

// read asks the checks about a page.
func (v *visit) read(page *Page) (readings []audit.Reading) {
	a := page.Answer
	if page.Unchanged || !mayRead(a) {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			v.c.o.Log.Error("reading a page panicked", "channel", v.job.Channel.ID, "url", a.URL.String(), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			readings = v.unknowns(a.URL.String(), audit.ReasonInternal, a.At)
		}
	}()
	return page.Read(v.set.Checks)
}

// unknowns is every check unknown for one reason.
func (v *visit) unknowns(address string, r audit.Reason, at time.Time) []audit.Reading {
	out := make([]audit.Reading, 0, len(v.set.Checks))
	for _, c := range v.set.Checks {
		out = append(out, audit.Reading{Check: c.ID, URL: address, Verdict: audit.UnknownFor(r), At: at})
	}
	return out
}

func (v *visit) add(r audit.Reading) {
	v.gathered.Add(r)
	if v.c.o.OnReading != nil {
		v.c.o.OnReading(r)
	}
}

// since is what is remembered of an address, if the errand may be answered by "as before".
func (v *visit) since(address string) *remembered {
	m, ok := v.job.Memory.Pages[address]
	if !ok || v.errand == nil || !fresh(m, v.facts(v.errand.req.Post), v.c.now()) {
		return nil
	}
	if v.trail.route != nil { // nobody walks on from it as long as nothing has changed
		return &remembered{PageMemory: m}
	}
	outline, err := m.Outline.Unpack()
	if err != nil {
		v.distrust(address, err)
		return nil
	}
	return &remembered{m, outline}
}

// unchanged gives the memory that an answer repeats: a 304 that we asked for, or the same bytes again.
func (v *visit) unchanged(f *fetched) *remembered {
	switch {
	case f.reason != "" || f.hop == nil:
		return nil
	case f.status == http.StatusNotModified:
		return f.hop.asked
	case f.status != http.StatusOK || f.url == nil:
		return nil
	}
	if m := v.since(f.url.String()); m != nil && m.Hash == f.hash() {
		return m
	}
	return nil
}

// remember prepares the page's memory; the plan's outline of it is added when the visit is done.
func (v *visit) remember(page *Page, f *fetched, k keeping) {
	a := page.Answer
	if a.Problem != "" || a.Status != http.StatusOK || f.header == nil {
		return
	}
	m := audit.PageMemory{Hash: k.hash, Capture: a.Capture, Reader: Reader, At: a.At, Until: page.Until, From: a.Known}
	if k.unchanged != nil {
		m = k.unchanged.PageMemory
		m.Outline = ""
	}
	if f.status == http.StatusOK {
		m.ETag, m.LastModified = validator(f.header.Get("ETag")), validator(f.header.Get("Last-Modified"))
	}
	v.looked[a.Request.URL] = looked{url: a.URL.String(), memory: m, facts: v.facts(a.Request.Post), unchanged: k.unchanged != nil}
}

// keep puts a hop's exchange away and lists its capture. It is false where that failed, which ends the visit: the job
// comes again, and until then nothing is claimed that could not be shown.
func (v *visit) keep(f *fetched, u *url.URL, k keeping) (id string, ok bool) {
	h := f.hop
	if !h.sent {
		return "", true
	}
	if k.hash == "" {
		k.hash, k.bytes = f.hash(), len(f.body)
	}
	c := audit.Capture{ID: v.captureID(f, k.hash), URL: u.String(), Status: f.status, Reason: f.reason, Hash: k.hash,
		Bytes: k.bytes, At: h.exchange.At, Took: h.took.Seconds(), Asked: k.asked}
	if f.header != nil {
		c.Type = firstBytes(f.header.Get("Content-Type"), 200)
	}
	if k.hashOnly {
		c.Modified = lastModified(f.header)
		h.exchange.Body, h.exchange.Truncated = nil, "length"
	}
	if k.unchanged != nil {
		c.Unchanged = k.unchanged.Capture
		h.exchange.Revisit, h.exchange.Body = k.hash, nil
	}
	if f.status != 0 && v.c.o.Keeper != nil {
		kept, err := v.c.o.Keeper.Keep(v.ctx, v.job.ID, h.exchange, k.seal)
		if err != nil {
			v.fail(fmt.Errorf("keep capture of %s: %w", u, err))
			return "", false
		}
		c.File, c.Offset, c.Sealed, c.Key = kept.File, kept.Offset, kept.Sealed, kept.Key
	}
	if !slices.ContainsFunc(v.out.Captures, func(o audit.Capture) bool { return o.ID == c.ID }) {
		v.out.Captures = append(v.out.Captures, c)
	}
	return c.ID, true
}

// lastModified is the server's date of what it sent, zero where it tells none that can be.
func lastModified(h http.Header) time.Time {
	at, err := http.ParseTime(h.Get("Last-Modified"))
	if err != nil || at.Year() < 1990 || at.Year() > 9000 {
		return time.Time{}
	}
	return at.UTC()
}

func (v *visit) captureID(f *fetched, hash string) string {
	return audit.LongHash("capture", v.job.ID, http.MethodGet, f.hop.exchange.URL, hash)
}

// facts is factsOf for what is remembered of a page: what was read without a browser is read anew once there is one.
func (v *visit) facts(p *audit.PostFacts) string {
	if v.c.o.Draw == nil {
		return factsOf(p)
	}
	return audit.Hash("drawn", factsOf(p))
}

// factsOf sums up what interface and feed said of a post, for the checks read them beside the page.
func factsOf(p *audit.PostFacts) string {
	if p == nil {
		return ""
	}
	parts := []string{"post", p.System + p.CommentStatus, "no feed"}
	if f := p.Feed; f != nil {
		slash := "none"
		if f.Slash != nil {
			slash = strconv.Itoa(*f.Slash)
		}
		parts = append(parts[:2], slash, strconv.FormatBool(f.RSS), strconv.FormatBool(f.Control))
	}
	if p.Signed != "" {
		parts = append(parts, "signed")
	}
	return audit.Hash(parts...)
}

// validator keeps an ETag or date as sent, if it is of a sane length.
func validator(s string) string {
	if len(s) > 512 {
		return ""
	}
	return s
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// sniffsOther says that bytes without a content type are surely no page.
func sniffsOther(body []byte) bool {
	kind := http.DetectContentType(body)
	return len(kind) < 5 || kind[:5] != "text/"
}
