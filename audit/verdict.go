package audit

import (
	"encoding/json"
	"errors"
	"fmt"
)

// EvidenceType says how evidence points at what was seen.
type EvidenceType string

// The types of evidence.
const (
	Marker   EvidenceType = "marker"    // bytes of the body
	JSONPath EvidenceType = "json_path" // a value in an interface's answer; Path names it, the bytes are located too
	Absence  EvidenceType = "absence"   // pages read whole; the bytes are the landmark by which the page was recognised
)

// Evidence says where a verdict rests: which capture, which rule, which bytes.
//
// Offset and Length count bytes of the body after content-decoding and before any charset change. Excerpt is
// those bytes decoded, at most 200 characters. Captures lists the other captures a rule rests on (a feed beside
// an interface's row; every page of a proof of absence).
type Evidence struct {
	Type     EvidenceType `json:"type"`
	Rule     string       `json:"rule"`
	Version  int          `json:"version"`
	Offset   int          `json:"offset"`
	Length   int          `json:"length"`
	Path     string       `json:"path"`
	Excerpt  string       `json:"excerpt"`
	How      How          `json:"how,omitempty"`
	URL      string       `json:"url,omitempty"`
	Capture  string       `json:"capture,omitempty"`
	Captures []string     `json:"captures,omitempty"`
	Drawn    bool         `json:"drawn,omitempty"` // seen in the document that a browser drew, not in what the site sent
}

// ErrNoEvidence is wrapped when a verdict is asked for that its evidence does not carry.
var ErrNoEvidence = errors.New("a verdict other than unknown needs evidence")

func (e Evidence) check() error {
	switch {
	case e.Type != Marker && e.Type != JSONPath && e.Type != Absence:
		return fmt.Errorf("%w: type %q", ErrNoEvidence, e.Type)
	case e.Rule == "" || e.Version < 1:
		return fmt.Errorf("%w: no rule", ErrNoEvidence)
	case e.Offset < 0 || e.Length < 0:
		return fmt.Errorf("%w: offset %d, length %d", ErrNoEvidence, e.Offset, e.Length)
	case e.Type != Absence && e.Length == 0:
		return fmt.Errorf("%w: rule %s marks no bytes", ErrNoEvidence, e.Rule)
	case len(e.Excerpt) > 4*200:
		return fmt.Errorf("%w: excerpt of %d bytes", ErrNoEvidence, len(e.Excerpt))
	}
	return nil
}

// A Verdict is a state with what it rests on. Its fields are private: from memory, JSON or a row alike it is made
// by NewVerdict, so that no path makes an accusation without evidence. The zero value is unknown/not_looked.
type Verdict struct {
	state    State
	reason   Reason
	kind     Kind
	evidence *Evidence
}

// UnknownFor makes an unknown verdict. A reason outside the closed list becomes ReasonInternal.
func UnknownFor(r Reason) Verdict {
	if !r.Valid() {
		r = ReasonInternal
	}
	return Verdict{reason: r}
}

// NewVerdict makes a verdict and refuses one that its parts do not carry: unknown needs a reason and no evidence,
// every other state needs evidence and no reason, restricted alone needs a kind, absent needs evidence of absence,
// and closed or restricted never rest on absence.
func NewVerdict(s State, r Reason, k Kind, e *Evidence) (Verdict, error) {
	if s == Unknown {
		if !r.Valid() || k != "" || e != nil {
			return Verdict{}, fmt.Errorf("unknown with reason %q, kind %q, evidence %t", r, k, e != nil)
		}
		return Verdict{reason: r}, nil
	}
	if int(s) >= len(stateNames) {
		return Verdict{}, fmt.Errorf("state %d is not a state", s)
	}
	if r != "" {
		return Verdict{}, fmt.Errorf("%v with reason %q", s, r)
	}
	if (s == Restricted) != (k != "") || (k != "" && !k.Valid()) {
		return Verdict{}, fmt.Errorf("%v with kind %q", s, k)
	}
	if e == nil {
		return Verdict{}, fmt.Errorf("%v: %w", s, ErrNoEvidence)
	}
	if err := e.check(); err != nil {
		return Verdict{}, fmt.Errorf("%v: %w", s, err)
	}
	if (s == Absent) != (e.Type == Absence) {
		return Verdict{}, fmt.Errorf("%v on evidence of type %s: %w", s, e.Type, ErrNoEvidence)
	}
	held := *e
	return Verdict{state: s, kind: k, evidence: &held}, nil
}

// State gives what was seen.
func (v Verdict) State() State { return v.state }

// Reason gives why the state is unknown, and "" for every other state.
func (v Verdict) Reason() Reason {
	if v.state == Unknown && v.reason == "" {
		return ReasonNotLooked
	}
	return v.reason
}

// Kind gives how a restricted door is restricted, and "" for every other state.
func (v Verdict) Kind() Kind { return v.kind }

// Evidence gives a copy of what the verdict rests on; nil for unknown.
func (v Verdict) Evidence() *Evidence {
	if v.evidence == nil {
		return nil
	}
	e := *v.evidence
	return &e
}

// Seen returns the same verdict whose evidence says in which capture, at which address and by whose eyes it was seen.
func (v Verdict) Seen(capture, url string, how How) Verdict {
	if v.evidence == nil {
		return v
	}
	e := *v.evidence
	e.Capture, e.URL, e.How = capture, url, how
	v.evidence = &e
	return v
}

type verdictJSON struct {
	State    State     `json:"state"`
	Reason   Reason    `json:"reason"`
	Kind     Kind      `json:"kind"`
	Evidence *Evidence `json:"evidence"`
}

// MarshalJSON gives the four parts.
func (v Verdict) MarshalJSON() ([]byte, error) {
	return json.Marshal(verdictJSON{v.state, v.Reason(), v.kind, v.evidence})
}

// UnmarshalJSON reads the four parts through NewVerdict.
func (v *Verdict) UnmarshalJSON(data []byte) error {
	var j verdictJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("read verdict: %w", err)
	}
	made, err := NewVerdict(j.State, j.Reason, j.Kind, j.Evidence)
	if err != nil {
		return fmt.Errorf("read verdict: %w", err)
	}
	*v = made
	return nil
}
