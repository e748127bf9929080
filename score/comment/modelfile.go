package comment

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
)

//go:embed complaint.model
var builtin []byte

// Builtin reads the model that is part of this program: docs/model.md says what it was made from.
func Builtin() (*Linear, error) { return ReadModel(builtin) }

// modelFormat begins every model file.
const modelFormat = "doorknock complaint model 1\n"

// Source is a file that a model was trained on.
type Source struct {
	File    string `json:"file"`
	SHA256  string `json:"sha256"`
	Licence string `json:"licence"`
	Rows    int    `json:"rows"`
}

// modelHeader is the second line of a model file. After it come the weights, by key: key, rarity, plain, bayes; and the
// fingerprints of the rows; all little-endian.
type modelHeader struct {
	Sources   []Source `json:"sources"`
	Features  int      `json:"features"`
	Rows      int      `json:"rows"`
	Constant  float64  `json:"constant"`
	Slope     float64  `json:"slope"`
	Points    float64  `json:"points"`
	Shift     float64  `json:"shift"`
	Threshold float64  `json:"threshold"`
}

const weightBytes = 8 + 3*4

// File is the model as bytes: the same rows give the same bytes. sources say what it was trained on.
func (m *Linear) File(sources []Source) ([]byte, error) {
	head, err := json.Marshal(modelHeader{sources, len(m.all), len(m.trained), m.constant, m.line.slope, m.line.points, m.line.shift, m.threshold})
	if err != nil {
		return nil, fmt.Errorf("write model: %w", err)
	}
	out := bytes.NewBufferString(modelFormat + string(head) + "\n")
	for _, w := range m.all {
		if err := binary.Write(out, binary.LittleEndian, struct {
			Key                  uint64
			Rarity, Plain, Bayes float32
		}{w.key, w.rarity, w.plain, w.bayes}); err != nil {
			return nil, fmt.Errorf("write model: %w", err)
		}
	}
	if err := binary.Write(out, binary.LittleEndian, m.trained); err != nil {
		return nil, fmt.Errorf("write model: %w", err)
	}
	return out.Bytes(), nil
}

// ReadModel reads what File wrote.
func ReadModel(file []byte) (*Linear, error) {
	rest, ok := bytes.CutPrefix(file, []byte(modelFormat))
	head, body, whole := bytes.Cut(rest, []byte("\n"))
	var h modelHeader
	if !ok || !whole {
		return nil, errors.New("read model: this is not a complaint model of version 1")
	}
	if err := json.Unmarshal(head, &h); err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	if h.Features < 0 || h.Rows < 0 || h.Features > len(body) || h.Rows > len(body) || len(body) != h.Features*weightBytes+8*h.Rows {
		return nil, fmt.Errorf("read model: %d features and %d rows do not make %d bytes", h.Features, h.Rows, len(body))
	}
	sum := sha256.Sum256(file)
	m := &Linear{name: "linear-1-" + hex.EncodeToString(sum[:4]), constant: h.Constant, line: line{h.Slope, h.Points, h.Shift}, threshold: h.Threshold}
	var err error
	if m.rules, err = New(Rules{}); err != nil {
		return nil, err
	}
	m.all = make([]weight, h.Features)
	read := bytes.NewReader(body)
	for i := range m.all {
		var b [weightBytes]byte
		_, _ = read.Read(b[:]) // the length was looked at
		m.all[i] = weight{binary.LittleEndian.Uint64(b[:]), number(b[8:]), number(b[12:]), number(b[16:])}
		if i > 0 && m.all[i].key <= m.all[i-1].key {
			return nil, errors.New("read model: its keys are not in order")
		}
	}
	for read.Len() > 0 {
		var b [8]byte
		_, _ = read.Read(b[:])
		m.trained = append(m.trained, binary.LittleEndian.Uint64(b[:]))
	}
	m.index()
	return m, nil
}

// Name tells this model from others: it is made from the file's bytes.
func (m *Linear) Name() string { return m.name }

// Threshold is the probability from which a text counts as a complaint.
func (m *Linear) Threshold() float64 { return m.threshold }

// Knows reports whether the model was trained on this text, or on one that differs only in case, blanks and marks.
func (m *Linear) Knows(text string) bool {
	_, found := slices.BinarySearch(m.trained, Fingerprint(text))
	return found
}

func number(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }
