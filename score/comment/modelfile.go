package comment

import (
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"doorknock/score/comment/encoder"
)

//go:embed complaint.model
var builtin []byte

// Builtin reads the model that is part of this program: docs/model.md says what it was made from.
func Builtin() (*Trained, error) { return ReadModel(builtin) }

// modelFormat begins every model file.
const modelFormat = "doorknock complaint model 2"

// Source is a file that a model was trained on.
type Source struct {
	File    string `json:"file"`
	SHA256  string `json:"sha256"`
	Licence string `json:"licence"`
	Rows    int    `json:"rows"`
}

// modelHeader is the second line of a model file. Its parts are the weights of the linear tier, by key: key, rarity, plain, bayes;
// the units of the meaning; and the fingerprints of the rows.
type modelHeader struct {
	Sources  []Source   `json:"sources"`
	Features int        `json:"features"`
	Rows     int        `json:"rows"`
	Constant float64    `json:"constant"` // of the linear tier
	Encoder  string     `json:"encoder"`  // SHA-256 of the encoder's file
	Meaning  float64    `json:"meaning"`  // the constant of the meaning
	Units    int        `json:"units"`    // of the meaning
	Tiers    [2]tierRow `json:"tiers"`
}

// tierRow is how a tier makes probabilities.
type tierRow struct {
	Slope     float64 `json:"slope"`
	Points    float64 `json:"points"`
	Meaning   float64 `json:"meaning"`
	Shift     float64 `json:"shift"`
	Threshold float64 `json:"threshold"`
}

// weightRow is a feature of the linear tier as the file has it.
type weightRow struct {
	Key                  uint64
	Rarity, Plain, Bayes float32
}

const weightBytes = 8 + 3*4

// File is the model as bytes: the same rows give the same bytes. sources say what it was trained on.
func (m *Trained) File(sources []Source) ([]byte, error) {
	file, err := packModel(modelFormat, m.header(sources), m.parts())
	if err != nil {
		return nil, fmt.Errorf("write model: %w", err)
	}
	return file, nil
}

func (m *Trained) header(sources []Source) modelHeader {
	h := modelHeader{Sources: sources, Features: len(m.linear.all), Rows: len(m.trained), Constant: m.linear.constant, Encoder: m.of, Meaning: m.meaning.constant, Units: len(m.meaning.units)}
	for i, t := range m.tiers {
		h.Tiers[i] = tierRow{t.line.slope, t.line.points, t.line.meaning, t.line.shift, t.threshold}
	}
	return h
}

func (m *Trained) parts() []any {
	rows := make([]weightRow, len(m.linear.all))
	for i, w := range m.linear.all {
		rows[i] = weightRow{w.key, w.rarity, w.plain, w.bayes}
	}
	return []any{rows, m.meaning.rows(), m.trained}
}

// ReadModel reads what File wrote. It answers by the encoder that is built in, which is read when a text first needs it.
func ReadModel(file []byte) (*Trained, error) {
	var h modelHeader
	parts, err := unpackModel(file, modelFormat, &h)
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	m, err := h.read(parts, nameOf(file))
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	return m, nil
}

// nameOf tells a model's file from others.
func nameOf(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:4])
}

// read makes the model of its parts.
func (h modelHeader) read(parts []byte, name string) (*Trained, error) {
	if n := len(parts); h.Features < 0 || h.Rows < 0 || h.Features > n || h.Rows > n || h.Units < 0 || h.Units > n || n != h.Features*weightBytes+h.Units*unitBytes+8*h.Rows {
		return nil, fmt.Errorf("%d features, %d units and %d rows do not make %d bytes", h.Features, h.Units, h.Rows, n)
	}
	m := &Trained{linear: linear{constant: h.Constant}, meaning: meaning{constant: h.Meaning}, of: h.Encoder, encoder: encoder.Builtin}
	for i, t := range h.Tiers {
		// The number is raised where texts are read in another way: the model's bytes do not know of that.
		m.tiers[i] = tier{number: i + 1, name: [...]string{"linear-2-", "encoder-3-"}[i] + name, line: line{t.Slope, t.Points, t.Meaning, t.Shift}, threshold: t.Threshold}
	}
	var err error
	if m.rules, err = New(Rules{}); err != nil {
		return nil, err
	}
	if err := m.linear.read(parts[:h.Features*weightBytes]); err != nil {
		return nil, err
	}
	parts = parts[h.Features*weightBytes:]
	m.meaning.read(parts[:h.Units*unitBytes])
	for parts = parts[h.Units*unitBytes:]; len(parts) > 0; parts = parts[8:] {
		m.trained = append(m.trained, binary.LittleEndian.Uint64(parts))
	}
	return m, nil
}

func (m *linear) read(rows []byte) error {
	m.all = make([]weight, len(rows)/weightBytes)
	for i := range m.all {
		b := rows[i*weightBytes:]
		m.all[i] = weight{binary.LittleEndian.Uint64(b), number(b[8:]), number(b[12:]), number(b[16:])}
		if i > 0 && m.all[i].key <= m.all[i-1].key {
			return errors.New("its keys are not in order")
		}
	}
	m.index()
	return nil
}

// unitBytes is how long a unit of the meaning is: its weights, its shift, what it says.
const unitBytes = 4 * (encoder.Width + 2)

// rows are the units as the file has them.
func (m *meaning) rows() []float32 {
	var out []float32
	for i := range m.units {
		out = append(append(out, m.units[i].weights[:]...), m.units[i].shift, m.units[i].says)
	}
	return out
}

func (m *meaning) read(rows []byte) {
	for ; len(rows) > 0; rows = rows[unitBytes:] {
		var u unit
		for k := range u.weights {
			u.weights[k] = number(rows[4*k:])
		}
		u.shift, u.says = number(rows[4*encoder.Width:]), number(rows[4*encoder.Width+4:])
		m.units = append(m.units, u)
	}
}

// Name tells this model from others: it is made from the file's bytes.
func (m *Trained) Name() string { return m.tiers[1].name }

// Knows reports whether the model was trained on this text, or on one that differs only in case, blanks and marks.
func (m *Trained) Knows(text string) bool {
	_, found := slices.BinarySearch(m.trained, Fingerprint(text))
	return found
}
