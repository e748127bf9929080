package audit

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Readings are the readings of a visit. Most say of a page that it holds no word about a question: as JSON they are put
// together page by page, and those by their reason, which is a fifth of the bytes and of the time.
type Readings []Reading

// pageReadings is what was read on one page.
type pageReadings struct {
	URL     string    `json:"url"`
	Capture string    `json:"capture,omitempty"`
	At      time.Time `json:"at"`
	Quiet   []quiet   `json:"quiet,omitempty"`
	Told    []told    `json:"told,omitempty"`
}

// quiet are the questions of which a page told nothing, for one reason.
type quiet struct {
	Reason Reason    `json:"reason"`
	Checks []CheckID `json:"checks"`
}

// told is any other answer.
type told struct {
	Check        CheckID   `json:"check"`
	Scope        string    `json:"scope,omitempty"`
	State        State     `json:"state"`
	Reason       Reason    `json:"reason,omitempty"`
	Kind         Kind      `json:"kind,omitempty"`
	Evidence     *Evidence `json:"evidence,omitempty"`
	Here         bool      `json:"here,omitempty"` // the evidence is of this page and capture, which it does not repeat
	System       string    `json:"system,omitempty"`
	Count        *int      `json:"count,omitempty"`
	CountClaimed *int      `json:"count_claimed,omitempty"`
	Newest       Written   `json:"newest,omitzero"`
	Values       Values    `json:"values,omitempty"`
	Wording      []string  `json:"wording,omitempty"`
}

// MarshalJSON puts the readings together page by page, in their order but for the quiet ones of a page, which come last.
func (rs Readings) MarshalJSON() ([]byte, error) {
	pages := make([]pageReadings, 0, 16)
	for _, r := range rs {
		n := len(pages) - 1
		if n < 0 || pages[n].URL != r.URL || pages[n].Capture != r.Capture || !pages[n].At.Equal(r.At) {
			pages = append(pages, pageReadings{URL: r.URL, Capture: r.Capture, At: r.At})
			n++
		}
		pages[n].add(r)
	}
	b, err := json.Marshal(pages)
	if err != nil {
		return nil, fmt.Errorf("write readings: %w", err)
	}
	return b, nil
}

// tells reports whether a reading says more than that nothing was seen, and why.
func (r *Reading) tells() bool {
	return r.Verdict.State() != Unknown || r.Scope != "" || r.System != "" || r.Count != nil || r.CountClaimed != nil || !r.Newest.IsZero() || len(r.Values) > 0
}

func (p *pageReadings) add(r Reading) {
	v := r.Verdict
	if r.tells() {
		t := told{Check: r.Check, Scope: r.Scope, State: v.state, Kind: v.kind, Evidence: v.Evidence(), System: r.System, Count: r.Count, CountClaimed: r.CountClaimed,
			Newest: r.Newest, Values: r.Values, Wording: r.Wording}
		if v.State() == Unknown {
			t.Reason = v.Reason()
		}
		if e := t.Evidence; e != nil && e.URL == p.URL && e.Capture == p.Capture {
			t.Here, e.URL, e.Capture = true, "", ""
		}
		p.Told = append(p.Told, t)
		return
	}
	p.Quiet = hush(p.Quiet, r)
}

// hush adds a reading that tells nothing.
func hush(to []quiet, r Reading) []quiet {
	why := r.Verdict.Reason()
	i := slices.IndexFunc(to, func(q quiet) bool { return q.Reason == why })
	if i < 0 {
		i, to = len(to), append(to, quiet{Reason: why})
	}
	to[i].Checks = append(to[i].Checks, r.Check)
	return to
}

// UnmarshalJSON is its inverse. It takes plain readings one by one too, as they were written before.
func (rs *Readings) UnmarshalJSON(data []byte) error {
	var each []struct {
		pageReadings
		Check CheckID `json:"check"`
	}
	if err := json.Unmarshal(data, &each); err != nil {
		return fmt.Errorf("read readings: %w", err)
	}
	if len(each) > 0 && each[0].Check != "" {
		var plain []Reading
		if err := json.Unmarshal(data, &plain); err != nil {
			return fmt.Errorf("read readings: %w", err)
		}
		*rs = plain
		return nil
	}
	all := make(Readings, 0, 64)
	for _, p := range each {
		var err error
		if all, err = p.appendTo(all); err != nil {
			return err
		}
	}
	*rs = all
	return nil
}

func (p *pageReadings) appendTo(all Readings) (Readings, error) {
	for _, t := range p.Told {
		if t.Here && t.Evidence != nil {
			t.Evidence.URL, t.Evidence.Capture = p.URL, p.Capture
		}
		v, err := NewVerdict(t.State, t.Reason, t.Kind, t.Evidence)
		if err != nil {
			return nil, fmt.Errorf("read readings: %s: %w", t.Check, err)
		}
		all = append(all, Reading{Check: t.Check, Scope: t.Scope, URL: p.URL, Capture: p.Capture, Verdict: v, System: t.System,
			Count: t.Count, CountClaimed: t.CountClaimed, Newest: t.Newest, Values: t.Values, Wording: t.Wording, At: p.At})
	}
	for _, q := range p.Quiet {
		v, err := NewVerdict(Unknown, q.Reason, "", nil)
		if err != nil {
			return nil, fmt.Errorf("read readings: %w", err)
		}
		for _, c := range q.Checks {
			all = append(all, Reading{Check: c, URL: p.URL, Capture: p.Capture, Verdict: v, At: p.At})
		}
	}
	return all, nil
}
