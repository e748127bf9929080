package crawler

import (
	"cmp"
	"slices"
	"time"

	"doorknock/audit"
)

// interfaceOf is a platform's interface as this installation asks it.
func (o Options) interfaceOf(p Platform) Interface {
	if i, ok := o.Interfaces[p.Name]; ok {
		return i
	}
	return p.Interface
}

// account is the name under which the ledger counts a call.
func (v *visit) account(r Request) string {
	return cmp.Or(r.Key, string(v.job.Channel.Platform)+" of "+v.lane)
}

// mayCall says why the errand, where it is a call, is not made.
func (v *visit) mayCall() audit.Reason {
	r := v.errand.req
	if r.Call == nil {
		return ""
	}
	key := v.c.held(r.Key)
	if r.Key != "" && (key == nil || origin(v.errand.url) != key.Origin) {
		return audit.ReasonNoAccess
	}
	return v.c.ledger.may(v.account(r), key.print(), v.face, *r.Call, v.c.now())
}

// pay counts the errand, where it is a call, as it goes out.
func (v *visit) pay() {
	r := v.errand.req
	if r.Call == nil {
		return
	}
	if v.called == nil {
		v.called = map[string]bool{}
	}
	v.called[v.account(r)] = true
	v.c.ledger.spend(v.account(r), *r.Call, v.c.now())
}

// heed does what the answer to a call asks of us. Trouble with a key is told once, when it begins.
func (v *visit) heed(f *fetched, t *ticket) {
	r := v.errand.req
	if r.Call == nil || f.status == 0 {
		return
	}
	var a Advice
	if v.face.Heed != nil {
		a = v.face.Heed(f.status, f.header, f.body, v.c.now())
	}
	if a.Rest > 0 && a.Rest <= patience && a.Reason == "" {
		t.rest(a.Rest) // the visit waits it out
		a = Advice{}
	}
	step := ""
	if len(r.Words) > 0 {
		step = r.Words[0]
	}
	switch began := v.c.ledger.answered(v.account(r), step, *r.Call, f, a, v.c.now()); {
	case began && a.Narrow:
		v.c.o.Log.Error("a key is refused one kind of call, for want of a permission; its other calls go on",
			"platform", v.job.Channel.Platform, "key", v.account(r), "call", step, "said", a.Said, "do", "doorknock doctor")
	case began:
		v.c.o.Log.Error("a key is refused; its interface is left alone until tomorrow or until there is another key",
			"platform", v.job.Channel.Platform, "key", v.account(r), "said", a.Said, "do", "doorknock doctor")
	}
}

// portOf is the port besides 80 and 443 that an errand may go to: the channel's own, and that of the interface, which is
// the operator's word.
func (v *visit) portOf(e *errand) string {
	if e != nil && e.req.Call != nil {
		return e.first.Port()
	}
	return v.port
}

func (v *visit) howOf(r Request) audit.How {
	if key := v.c.held(r.Key); r.Call != nil && key != nil && key.How != "" {
		return key.How
	}
	return audit.Anonymous
}

// controlAge is how long the look at a page known to be open holds for the other channels of its lane.
const controlAge = time.Hour

// controlling is the look at the page known to be open, before the channel's own.
type controlling struct {
	plan Plan
	open bool
}

func (c *controlling) see(r audit.Reading) { c.open = c.open || r.Verdict.State() == audit.Open }

// controls begins with the page that is known to be open, where one is named and was not read lately. It reports whether it did.
func (v *visit) controls() bool {
	at, m := v.face.Control, v.job.Memory.Host.Control
	if at == "" || at == v.job.Channel.URL || v.doubt || v.control != nil {
		return false
	}
	if age := v.c.now().Sub(m.At); m.URL == at && age >= 0 && age < controlAge {
		v.doubt = m.Failed
		return false
	}
	job := v.job
	job.Channel.URL, job.Memory = at, audit.Memory{}
	v.control = &controlling{plan: v.start(job, *v.set)}
	v.ask(v.control.plan.First())
	return true
}

// controlled ends the look at the control page, if that is what the visit was at, and sets out for the channel.
func (v *visit) controlled() bool {
	if v.control == nil {
		return false
	}
	for _, r := range v.control.plan.Done(v.unread).Readings {
		v.control.see(r)
	}
	m := audit.ControlMemory{URL: v.face.Control, At: v.c.now().UTC(), Failed: !v.control.open}
	v.job.Memory.Host.Control, v.out.Memory.Host.Control = m, m
	v.doubt = m.Failed
	if m.Failed {
		v.c.o.Log.Warn("the page that is known to be open was not seen open: what this visit sees of the platform is not believed",
			"platform", v.job.Channel.Platform, "control", m.URL)
	}
	v.control, v.unread, v.pages, v.others = nil, nil, 0, 0
	v.setOut()
	return true
}

// disbelieve makes everything that was seen in a run whose control failed unknown/quarantined.
func (v *visit) disbelieve() {
	if !v.doubt {
		return
	}
	v.out.Memory.Route, v.out.Readings = nil, slices.Clone(v.out.Readings)
	for i := range v.out.Readings {
		if r := &v.out.Readings[i]; r.Verdict.State() != audit.Unknown {
			r.Verdict = audit.UnknownFor(audit.ReasonQuarantined)
			if of := v.out.Coverage; r.Scope == "" && of != nil {
				of[r.Check] = audit.Coverage{Reason: audit.ReasonQuarantined}
			}
		}
	}
}
