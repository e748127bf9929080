package encoder

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
	"strconv"
	"strings"
	"sync"
)

//go:embed encoder.model
var builtin []byte

// Builtin gives the encoder that is part of this program: it is read when somebody first asks, once for all. Its weights stay where
// the program file is mapped; what is made of them is the vocabulary.
func Builtin() (*Encoder, error) { return readBuiltin() }

var readBuiltin = sync.OnceValues(func() (*Encoder, error) { return Read(builtin) })

// Hash is the SHA-256 of the encoder's file, in hex.
func Hash() string {
	sum := sha256.Sum256(builtin)
	return hex.EncodeToString(sum[:])
}

// fileFormat begins every file of an encoder.
const fileFormat = "doorknock encoder 1\n"

// fileHeader is the second line. After it come the vocabulary, a piece, a tab and a logarithm by line, and the weights
// in the order of Encoder.each: of a matrix its whole numbers, then the scales, then what is added; little-endian.
type fileHeader struct {
	From    string `json:"from"`
	SHA256  string `json:"sha256"` // of the weights before they were rounded
	Licence string `json:"licence"`
	Changed string `json:"changed"`
	Pieces  int    `json:"pieces"`
	Letters int    `json:"vocabulary_bytes"`
}

// newEncoder makes one with all sizes set and no weights.
func newEncoder(pieces int) *Encoder {
	e := &Encoder{piece: matrix{in: narrow, out: pieces}, timing: make([]float32, narrow/2), last: newMatrix(wide, wide)}
	for i, in := range []int{narrow, wide} {
		l := &e.layers[i]
		l.before, l.between = newNormal(in), newNormal(wide)
		l.asks, l.answer = newMatrix(in, 3*in), newMatrix(in, wide)
		l.up, l.down = newMatrix(wide, inner), newMatrix(inner, wide)
		if in != wide {
			m := newMatrix(in, wide)
			l.widen = &m
		}
	}
	e.rooms.New = func() any { return &room{} }
	return e
}

func newMatrix(in, out int) matrix { return matrix{in: in, out: out, shift: make([]float32, out)} }

func newNormal(width int) normal { return normal{make([]float32, width), make([]float32, width)} }

// each goes through all weights, in the order of the file.
func (e *Encoder) each(m func(*matrix), v func([]float32)) {
	m(&e.piece)
	v(e.timing)
	for i := range e.layers {
		l := &e.layers[i]
		for _, n := range []normal{l.before, l.between} {
			v(n.scale)
			v(n.shift)
		}
		m(&l.asks)
		m(&l.answer)
		if l.widen != nil {
			m(l.widen)
		}
		m(&l.up)
		m(&l.down)
	}
	m(&e.last)
}

// Read reads what Convert made. The file must not be changed afterwards: its weights are used where they lie.
func Read(file []byte) (*Encoder, error) {
	rest, ok := bytes.CutPrefix(file, []byte(fileFormat))
	head, rest, whole := bytes.Cut(rest, []byte("\n"))
	if !ok || !whole {
		return nil, errors.New("read encoder: this is not an encoder of version 1")
	}
	var h fileHeader
	if err := json.Unmarshal(head, &h); err != nil {
		return nil, fmt.Errorf("read encoder: %w", err)
	}
	if h.Letters < 0 || h.Letters > len(rest) || h.Pieces <= reserved || h.Pieces > len(rest) {
		return nil, fmt.Errorf("read encoder: %d pieces in %d bytes are not a vocabulary", h.Pieces, h.Letters)
	}
	e := newEncoder(h.Pieces)
	var err error
	if e.pieces, err = readPieces(string(rest[:h.Letters]), h.Pieces); err != nil {
		return nil, fmt.Errorf("read encoder: %w", err)
	}
	left := rest[h.Letters:]
	take := func(n int) []byte {
		if n > len(left) {
			err = errors.New("read encoder: its weights are cut short")
			return make([]byte, n)
		}
		taken := left[:n:n]
		left = left[n:]
		return taken
	}
	numbers := func(to []float32) {
		for i, from := 0, take(4*len(to)); i < len(to); i++ {
			to[i] = math.Float32frombits(binary.LittleEndian.Uint32(from[4*i:]))
		}
	}
	e.each(func(m *matrix) {
		m.whole, m.scale = take(m.in*m.out), make([]float32, m.out)
		numbers(m.scale)
		numbers(m.shift)
	}, numbers)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("read encoder: %d bytes too many", len(left))
	}
	return e, err
}

func readPieces(table string, n int) (pieces, error) {
	p := pieces{all: make(map[string]piece, n)}
	id := 0
	for line := range strings.Lines(table) {
		letters, says, parted := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		v, err := strconv.ParseFloat(says, 32)
		if !parted || err != nil {
			return p, fmt.Errorf("line %d of the vocabulary is not a piece", id+1)
		}
		if id >= reserved {
			p.all[letters] = piece{int32(id), float32(v)}
			p.longest = max(p.longest, len(letters))
		}
		id++
	}
	if id != n {
		return p, fmt.Errorf("%d pieces where %d should be", id, n)
	}
	return p, nil
}

// write is the file of an encoder.
func (e *Encoder) write(h fileHeader, vocabulary string) ([]byte, error) {
	h.Pieces, h.Letters = e.piece.out, len(vocabulary)
	head, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("write encoder: %w", err)
	}
	out := []byte(fileFormat + string(head) + "\n" + vocabulary)
	numbers := func(all []float32) {
		for _, v := range all {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
		}
	}
	e.each(func(m *matrix) {
		out = append(out, m.whole...)
		numbers(m.scale)
		numbers(m.shift)
	}, numbers)
	return out, nil
}
