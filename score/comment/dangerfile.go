package comment

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"doorknock/score/comment/encoder"
)

//go:embed danger.model
var dangerFile []byte

// BuiltinDangers reads the second reading that is part of this program: docs/hazards.md says what it was made from.
func BuiltinDangers() (*Dangers, error) { return ReadDangers(dangerFile) }

// dangerFormat begins every file of a second reading.
const dangerFormat = "doorknock dangers 1\n"

// dangerHeader is the second line of the file. After it come, little-endian, the middle of each rule, and the model as its own
// file has it.
type dangerHeader struct {
	Rules []string `json:"rules"`
}

const middleBytes = 4 * encoder.Width

// File is the second reading as bytes: the same rows give the same bytes.
func (d *Dangers) File(sources []Source) ([]byte, error) {
	h := dangerHeader{}
	for _, k := range d.kinds {
		h.Rules = append(h.Rules, k.rule)
	}
	head, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("write dangers: %w", err)
	}
	out := bytes.NewBufferString(dangerFormat + string(head) + "\n")
	for _, k := range d.kinds {
		if err := binary.Write(out, binary.LittleEndian, k.middle); err != nil {
			return nil, fmt.Errorf("write dangers: %w", err)
		}
	}
	model, err := d.urgent.file(sources)
	if err != nil {
		return nil, fmt.Errorf("write dangers: %w", err)
	}
	return pack(append(out.Bytes(), model...))
}

// ReadDangers reads what File wrote.
func ReadDangers(file []byte) (*Dangers, error) {
	file, err := unpack(file)
	if err != nil {
		return nil, fmt.Errorf("read dangers: %w", err)
	}
	rest, ok := bytes.CutPrefix(file, []byte(dangerFormat))
	head, body, whole := bytes.Cut(rest, []byte("\n"))
	var h dangerHeader
	if !ok || !whole {
		return nil, errors.New("read dangers: this is no second reading of version 1")
	}
	if err := json.Unmarshal(head, &h); err != nil {
		return nil, fmt.Errorf("read dangers: %w", err)
	}
	if len(h.Rules) == 0 || len(body)/middleBytes < len(h.Rules) {
		return nil, fmt.Errorf("read dangers: %d rules in %d bytes", len(h.Rules), len(body))
	}
	d := &Dangers{kinds: make([]kind, len(h.Rules))}
	for i, rule := range h.Rules {
		d.kinds[i].rule = rule
		for k := range d.kinds[i].middle {
			d.kinds[i].middle[k] = number(body[4*k:])
		}
		body = body[middleBytes:]
	}
	if d.urgent, err = ReadModel(body); err != nil {
		return nil, fmt.Errorf("read dangers: %w", err)
	}
	return d, nil
}

// Knows reports whether the second reading was learnt from this text, or from one that differs only in case, blanks and marks.
func (d *Dangers) Knows(text string) bool { return d.urgent.Knows(text) }
