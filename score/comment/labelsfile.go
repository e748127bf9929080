package comment

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"doorknock/score/comment/encoder"
)

//go:embed labels.model
var labelsFile []byte

// BuiltinLabels reads the models of labels that are part of this program: docs/model.md says what they were made from.
func BuiltinLabels() (*Labels, error) { return ReadLabels(labelsFile) }

// labelsFormat begins every file of labels.
const labelsFormat = "doorknock comment labels 1"

// labelsHeader is the second line of a file of labels. Its parts are the vocabulary (the keys, then how rare each is), and of each
// head what each word says, and its units.
type labelsHeader struct {
	Sources  []Source   `json:"sources"`
	Features int        `json:"features"`
	Encoder  string     `json:"encoder"` // SHA-256 of the encoder's file
	Heads    []labelRow `json:"heads"`
}

type labelRow struct {
	Name     string     `json:"name"`
	Constant float64    `json:"constant"`
	Meaning  float64    `json:"meaning"`
	Units    int        `json:"units"`
	Tiers    [2]tierRow `json:"tiers"`
}

// File is the labels as bytes: the same rows give the same bytes.
func (l *Labels) File(sources []Source) ([]byte, error) {
	h := labelsHeader{Sources: sources, Features: len(l.vocabulary.all), Encoder: encoder.Hash()}
	var keys []uint64
	var rarity []float32
	for _, w := range l.vocabulary.all {
		keys, rarity = append(keys, w.key), append(rarity, w.rarity)
	}
	parts := []any{keys, rarity}
	for _, of := range l.heads {
		row := labelRow{Name: of.name, Constant: of.constant, Meaning: of.meaning.constant, Units: len(of.meaning.units)}
		for i, t := range of.lines {
			row.Tiers[i] = tierRow{Slope: t.slope, Points: t.points, Meaning: t.meaning, Shift: t.shift, Threshold: isComplaint}
		}
		h.Heads = append(h.Heads, row)
		parts = append(parts, of.says, of.meaning.rows())
	}
	file, err := packModel(labelsFormat, h, parts)
	if err != nil {
		return nil, fmt.Errorf("write labels: %w", err)
	}
	return file, nil
}

// ReadLabels reads what File wrote.
func ReadLabels(file []byte) (*Labels, error) {
	var h labelsHeader
	body, err := unpackModel(file, labelsFormat, &h)
	if err != nil {
		return nil, fmt.Errorf("read labels: %w", err)
	}
	if err := h.fits(len(body)); err != nil {
		return nil, fmt.Errorf("read labels: %w", err)
	}
	l := &Labels{vocabulary: linear{all: make([]weight, h.Features)}}
	for i := range l.vocabulary.all {
		w := &l.vocabulary.all[i]
		w.key, w.rarity = binary.LittleEndian.Uint64(body[8*i:]), number(body[8*h.Features+4*i:])
		if i > 0 && w.key <= l.vocabulary.all[i-1].key {
			return nil, errors.New("read labels: their keys are not in order")
		}
	}
	l.vocabulary.index()
	body = body[12*h.Features:]
	for _, row := range h.Heads {
		of := readHead(row, h.Features)
		for i := range of.says {
			of.says[i] = number(body[4*i:])
		}
		body = body[4*h.Features:]
		of.meaning.read(body[:row.Units*unitBytes])
		body = body[row.Units*unitBytes:]
		l.heads = append(l.heads, of)
	}
	return l, nil
}

func readHead(row labelRow, features int) head {
	of := head{name: row.Name, says: make([]float32, features), constant: row.Constant, meaning: meaning{constant: row.Meaning}}
	for i, t := range row.Tiers {
		of.lines[i] = line{t.Slope, t.Points, t.Meaning, t.Shift}
	}
	return of
}

// fits reports whether so many bytes hold what the header tells of.
func (h labelsHeader) fits(n int) error {
	const most = 1 << 20
	if h.Features < 0 || h.Features > most {
		return fmt.Errorf("%d features", h.Features)
	}
	want := 12 * h.Features
	for i, row := range h.Heads {
		if row.Units < 0 || row.Units > most || !slices.Contains(LabelNames[:], row.Name) && !slices.Contains(signedNames[:], row.Name) || i >= len(LabelNames) {
			return fmt.Errorf("a label %q of %d units", row.Name, row.Units)
		}
		want += 4*h.Features + row.Units*unitBytes
	}
	if n != want {
		return fmt.Errorf("%d bytes where %d should be", n, want)
	}
	return nil
}
