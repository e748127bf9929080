package platform

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
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

// place finds the bytes of a value by its path of keys (strings) and indexes (ints); ok is false where there is none.
func place(body []byte, path ...any) (at span, ok bool) {
	at = span{0, len(body)}
	for _, step := range path {
		inner, err := member(body[at.offset:at.offset+at.length], step)
		if err != nil {
			return span{}, false
		}
		at = span{at.offset + inner.offset, inner.length}
	}
	return at, true
}

var errNoMember = errors.New("no such member")

func member(body []byte, step any) (span, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	if key, ok := step.(string); ok {
		r, err := object(d)
		if err != nil {
			return span{}, err
		}
		v, known := r[key]
		if !known {
			return span{}, errNoMember
		}
		return v.at, nil
	}
	n, _ := step.(int)
	if err := delimiter(d, '['); err != nil {
		return span{}, err
	}
	for i := 0; d.More(); i++ {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return span{}, fmt.Errorf("read value %d: %w", i, err)
		}
		if i == n {
			end := int(d.InputOffset())
			return span{end - len(raw), len(raw)}, nil
		}
	}
	return span{}, errNoMember
}

// marked makes a state of what stands at a path of the body.
func marked(body []byte, state audit.State, kind audit.Kind, rule string, path ...any) told {
	at, ok := place(body, path...)
	if !ok {
		return told{}
	}
	written := []byte("$")
	for _, step := range path {
		if n, is := step.(int); is {
			written = fmt.Appendf(written, "[%d]", n)
		} else {
			written = fmt.Appendf(written, ".%v", step)
		}
	}
	return told{state: state, kind: kind, rule: rule, path: string(written), at: at}
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
