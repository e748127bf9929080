package crawler

import (
	"maps"
	"runtime/debug"
	"slices"
	"strconv"

	"doorknock/audit"
)

// A visit of more requests, or of larger sitemaps, finds its way anew each time: while a route is followed they are held.
const (
	maxSteps = 150
	maxHeld  = 64 << 10
)

// trail is what a visit has been given so far, in order, so that the next one can go the same way.
type trail struct {
	steps  []audit.Step
	broken bool // no later visit can go this way without reading
	held   int  // bytes of interfaces, feeds and sitemaps
	// A visit that follows a remembered route has no plan. The first answer that is another makes it one, which is then
	// given what has come already.
	route *audit.Route // nil: the plan leads
	given map[string]given
}

// arrival is how an answer came.
type arrival struct {
	hash      string      // of the decoded body
	unchanged *remembered // nil where it was read
}

// given is an answer that came while a route was followed.
type given struct {
	arrival
	answer Answer
	page   *Page // of the one that was another than before
}

// followable gives the remembered route, if this crawler would still find it.
func (v *visit) followable() *audit.Route {
	r := v.job.Memory.Route
	if r == nil || v.job.Light || r.Visit == "" || len(r.Steps) == 0 || len(r.Steps) > maxSteps || r.Plan != v.planHash() {
		return nil
	}
	return r
}

// planHash sums up what a plan's way follows from beside the answers it gets: the program, its settings and checks, and the
// job.
func (v *visit) planHash() string {
	j := v.job
	return audit.Hash("plan", v.c.ways, string(j.Channel.Platform), j.Channel.URL, j.OrganisationName)
}

// waysOf is the part of it that is the same for all jobs.
func waysOf(o Options) string {
	parts := []string{"ways", strconv.Itoa(Reader), strconv.Itoa(o.MaxPages), strconv.Itoa(o.MaxDepth), strconv.FormatBool(o.KeepText), strconv.FormatBool(o.Draw != nil)}
	held := o.origins()
	for _, name := range slices.Sorted(maps.Keys(held)) {
		parts = append(parts, "held", name, held[name])
	}
	if b, ok := debug.ReadBuildInfo(); ok {
		parts = append(parts, b.Main.Version)
		for _, s := range b.Settings {
			parts = append(parts, s.Key, s.Value)
		}
	}
	for _, c := range o.Checks {
		parts = append(append(parts, string(c.ID), strconv.Itoa(c.Version), strconv.FormatBool(c.Site)), c.Words...)
	}
	return audit.Hash(parts...)
}

// setOut asks for the first page: the route's, where one is remembered, else the plan's.
func (v *visit) setOut() {
	if v.controls() {
		return
	}
	if v.trail.route = v.followable(); v.trail.route == nil {
		v.ask(v.newPlan().First())
		return
	}
	v.trail.given = make(map[string]given)
	v.ask([]Request{v.nextStep()})
}

func (v *visit) newPlan() Plan {
	v.plan = v.start(v.job, *v.set)
	return v.plan
}

// nextStep is the request of the route that comes next.
func (v *visit) nextStep() Request {
	s := v.trail.route.Steps[len(v.trail.steps)]
	return Request{URL: s.URL, For: Purpose(s.For), Depth: s.Depth, Accept: s.Accept}
}

// note writes an answer down for the next visit.
func (t *trail) note(p *Page, came arrival) {
	a := &p.Answer
	r := a.Request
	t.steps = append(t.steps, audit.Step{URL: r.URL, For: string(r.For), Depth: r.Depth, Accept: r.Accept, Sum: sumOf(a, came.hash)})
	if r.Accept != "" {
		t.held += len(a.Body)
	}
	t.broken = t.broken || a.Drawn || r.People || r.Post != nil || r.Key != "" || r.Call != nil || len(t.steps) > maxSteps || t.held > maxHeld
}

// sumOf sums up an answer as a plan sees it.
func sumOf(a *Answer, hash string) string {
	address := a.Request.URL
	if a.URL != nil {
		address = a.URL.String()
	}
	if a.Problem != "" { // its words may differ each time, and nobody reads them
		hash = ""
	}
	return audit.Hash("answer", address, strconv.Itoa(a.Status), string(a.Problem), hash)
}

// follow goes on along the route as long as the answers are those it was made by.
func (v *visit) follow(p *Page, came arrival) {
	t := &v.trail
	n := len(t.steps)
	t.note(p, came)
	same := t.steps[n].Sum == t.route.Steps[n].Sum
	if p.Answer.Request.For != ForRobots { // which the book has
		g := given{arrival: came, answer: p.Answer}
		if !same && came.unchanged == nil {
			g.page = p
		}
		t.given[p.Answer.Request.URL] = g
	}
	switch {
	case !same:
		v.leaveRoute()
	case n+1 < len(t.route.Steps):
		v.ask([]Request{v.nextStep()})
	}
}

// leaveRoute has a plan go the way so far without asking anybody again, and on from there.
func (v *visit) leaveRoute() {
	t := &v.trail
	t.route, t.steps, t.broken, t.held = nil, nil, false, 0
	v.pages, v.others, v.queue, v.unread = 0, 0, nil, nil
	v.ask(v.newPlan().First())
}

// recall gives what a request got while the route was followed; nil where it must be sent.
func (v *visit) recall(r Request) (*Page, arrival) {
	g, ok := v.trail.given[r.URL]
	if !ok || r.Accept != g.answer.Request.Accept {
		return nil, arrival{}
	}
	delete(v.trail.given, r.URL)
	g.answer.Request = r
	switch {
	case g.page != nil:
		g.page.Answer.Request = r
		return g.page, g.arrival
	case g.unchanged == nil:
		return NewPage(g.answer, v.c.o.Scripts), g.arrival
	}
	outline, err := g.unchanged.Outline.Unpack()
	if err != nil {
		v.distrust(g.answer.URL.String(), err)
		return nil, arrival{}
	}
	return NewUnchanged(g.answer, outline), g.arrival
}

// distrust has a page read anew of which what is remembered cannot be read.
func (v *visit) distrust(address string, err error) {
	v.c.o.Log.Error("what is remembered of a page cannot be read; it is read anew", "channel", v.job.Channel.ID, "url", address, "error", err)
	delete(v.job.Memory.Pages, address)
	v.out.Unchanged = slices.DeleteFunc(v.out.Unchanged, func(p audit.PageRef) bool { return p.URL == address })
}

// lost leaves a route that was not followed to its end, and reports whether it did.
func (v *visit) lost() bool {
	if v.trail.route == nil || v.arrived() {
		return false
	}
	v.leaveRoute()
	return true
}

// arrived reports whether a route was followed to its end, with nothing new to be read on it.
func (v *visit) arrived() bool {
	t := &v.trail
	return t.route != nil && len(t.steps) == len(t.route.Steps) && len(v.unread) == 0 && v.gathered.Len() == 0
}

// walked gives the route of a visit that a plan led, nil where the next one could not go it without reading: some page of
// it is read anew each time, or it brought what people say.
func (v *visit) walked(w Walk) *audit.Route {
	t := &v.trail
	if v.plan == nil || t.broken || v.job.Light || v.home != "" || len(v.unread)+len(v.queue)+len(w.Posts)+len(w.Comments)+len(w.Readings) > 0 || v.out.Moved != "" {
		return nil
	}
	known := make(map[string]bool, len(v.looked))
	for requested := range w.Pages {
		if l, ok := v.looked[requested]; ok {
			known[l.memory.Capture] = true
		}
	}
	if slices.ContainsFunc(v.gathered.Captures(), func(c string) bool { return !known[c] }) {
		return nil
	}
	return &audit.Route{Plan: v.planHash(), Steps: t.steps}
}
