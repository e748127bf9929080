package platform

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

// told is what one answer of a comment system's own interface says of one post. The zero value says nothing.
type told struct {
	state    audit.State
	reason   audit.Reason // of unknown; "" is no_marker
	kind     audit.Kind
	rule     string
	path     string // of the bytes that say so
	at       span
	listed   bool // it lists comments
	partial  bool // and not all
	stated   *int // how many it says there are
	comments []toldComment
}

// toldComment is one comment of an interface. Its author's name goes no further than the pseudonym.
type toldComment struct {
	id, parent, name string
	by               audit.Author
	at               time.Time
	text             string
	opens            bool // it opens a topic, and answers nothing
	program          bool // no person wrote it
	hidden           bool // the organisation hid it
}

// A reader reads one answer of a system's interface, whichever it is. at is the time of the look. An error says that the
// answer has not the shape we know; nothing is taken from it.
type reader func(body []byte, at time.Time) (told, error)

// verdict is the answer as a verdict on the bytes it came with.
func (t told) verdict(body []byte, how audit.How, capture, address string) audit.Verdict {
	if t.state == audit.Unknown {
		return audit.UnknownFor(cmp.Or(t.reason, audit.ReasonNoMarker))
	}
	v, err := audit.NewVerdict(t.state, "", t.kind, &audit.Evidence{
		Type: audit.JSONPath, Rule: t.rule, Version: 1, Path: t.path, Offset: t.at.offset, Length: t.at.length,
		Excerpt: excerpt(body[t.at.offset : t.at.offset+t.at.length]), How: how, Capture: capture, URL: address,
	})
	if err != nil {
		return audit.UnknownFor(audit.ReasonInternal)
	}
	return v
}

// sound reads a body that is one JSON value into a shape. What says two things at once, or something else, is an error.
func sound(body []byte, into any) error {
	if err := crawler.SoundJSON(body); err != nil {
		return fmt.Errorf("%w: %w", errShape, err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%w: %w", errShape, err)
	}
	return nil
}

// marked makes a state of a value of an answer; nothing where it is not there.
func marked(n *node, state audit.State, kind audit.Kind, rule string) told {
	if n == nil {
		return told{}
	}
	return told{state: state, kind: kind, rule: rule, path: n.path, at: span{n.at, len(n.raw)}}
}

// shape tells which call an answer belongs to: the keys of the object that it is, nil where it is none.
func shape(body []byte) map[string]bool {
	var keys map[string]json.RawMessage
	if json.Unmarshal(body, &keys) != nil {
		return nil
	}
	has := make(map[string]bool, len(keys))
	for k := range keys {
		has[k] = true
	}
	return has
}

// flat lists comments that lie in each other, each before its answers.
func flat[T any](list []T, answers func(T) []T) (all []T) {
	for _, x := range list {
		all = append(append(all, x), flat(answers(x), answers)...)
	}
	return all
}
