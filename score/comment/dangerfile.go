package comment

import (
	_ "embed"
	"fmt"

	"doorknock/score/comment/encoder"
)

//go:embed danger.model
var dangerFile []byte

// BuiltinDangers reads the second reading that is part of this program: docs/hazards.md says what it was made from.
func BuiltinDangers() (*Dangers, error) { return ReadDangers(dangerFile) }

// dangerFormat begins every file of a second reading.
const dangerFormat = "doorknock dangers 2"

// dangerHeader is the second line of the file. Its parts are the middle of each rule, and those of the model.
type dangerHeader struct {
	Rules []string    `json:"rules"`
	Model modelHeader `json:"model"`
}

const middleBytes = 4 * encoder.Width

// File is the second reading as bytes: the same rows give the same bytes.
func (d *Dangers) File(sources []Source) ([]byte, error) {
	h := dangerHeader{Model: d.urgent.header(sources)}
	var parts []any
	for _, k := range d.kinds {
		h.Rules, parts = append(h.Rules, k.rule), append(parts, k.middle)
	}
	file, err := packModel(dangerFormat, h, append(parts, d.urgent.parts()...))
	if err != nil {
		return nil, fmt.Errorf("write dangers: %w", err)
	}
	return file, nil
}

// ReadDangers reads what File wrote.
func ReadDangers(file []byte) (*Dangers, error) {
	var h dangerHeader
	parts, err := unpackModel(file, dangerFormat, &h)
	if err != nil {
		return nil, fmt.Errorf("read dangers: %w", err)
	}
	if len(h.Rules) == 0 || len(parts)/middleBytes < len(h.Rules) {
		return nil, fmt.Errorf("read dangers: %d rules in %d bytes", len(h.Rules), len(parts))
	}
	d := &Dangers{kinds: make([]kind, len(h.Rules))}
	for i, rule := range h.Rules {
		d.kinds[i].rule = rule
		for k := range d.kinds[i].middle {
			d.kinds[i].middle[k] = number(parts[4*k:])
		}
		parts = parts[middleBytes:]
	}
	if d.urgent, err = h.Model.read(parts, nameOf(file)); err != nil {
		return nil, fmt.Errorf("read dangers: %w", err)
	}
	return d, nil
}

// Knows reports whether the second reading was learnt from this text, or from one that differs only in case, blanks and marks.
func (d *Dangers) Knows(text string) bool { return d.urgent.Knows(text) }
