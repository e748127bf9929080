package encoder

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// given is a made-up folder of weights as they are published: the name and shape of each, numbers that tell where they
// stand. Under the race detector they take seconds, so they are made once.
var given = sync.OnceValues(func() (fstest.MapFS, error) {
	const apply, module = "module_apply_default/Encoder_en/KonaTransformer/Encode/", "module/Encoder_en/KonaTransformer/Encode/"
	sizes := map[string]int{
		"module/Embeddings_en": 9 * 256, apply + "TransformerStack/Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1": 128,
		"module/Encoder_en/hidden_layers/tanh_layer_0/weights": 512 * 512, "module/Encoder_en/hidden_layers/tanh_layer_0/bias": 512,
		apply + "Layer_0/TransformerLayer/dense/kernel/ConcatPartitions/concat": 256 * 512, apply + "Layer_0/TransformerLayer/dense/bias/ConcatPartitions/concat": 512,
	}
	for name, in := range map[string]int{"Layer_0/TransformerLayer/": 256, "Layer_1/TransformerLayer/": 512} {
		for of, n := range map[string]int{"": in, "FFN/": 512} {
			sizes[apply+name+of+"layer_prepostprocess/layer_norm/layer_norm_scale/ConcatPartitions/concat"] = n
			sizes[apply+name+of+"layer_prepostprocess/layer_norm/layer_norm_bias/ConcatPartitions/concat"] = n
		}
		for of, out := range map[string]int{"qkv": 3 * in, "output": 512} {
			sizes[module+name+"MultiheadAttention/"+of+"_transform_single/kernel/part_0"] = in * out
			sizes[apply+name+"MultiheadAttention/"+of+"_transform_single/bias/ConcatPartitions/concat"] = out
		}
		for of, out := range map[string]int{"conv1": 1536, "conv2": 512} {
			sizes[apply+"TransformerStack/"+name+"FFN/"+of+"/Tensordot/Reshape_1"] = 512 * 1536
			sizes[apply+name+"FFN/"+of+"/bias/ConcatPartitions/concat"] = out
		}
	}
	type row struct {
		Name  string `json:"name"`
		Shape []int  `json:"shape"`
		DType string `json:"dtype"`
	}
	var rows []row
	var weights []byte
	for name, n := range sizes {
		rows = append(rows, row{name, []int{n}, "float32"})
		for i := range n {
			weights = binary.LittleEndian.AppendUint32(weights, math.Float32bits(float32(i%97)-48))
		}
	}
	model, err := json.Marshal(map[string]any{"weightsManifest": []any{map[string]any{"paths": []string{"a", "b"}, "weights": rows}}})
	cut := len(weights) / 3
	return fstest.MapFS{
		"model.json": {Data: model}, "a": {Data: weights[:cut]}, "b": {Data: weights[cut:]},
		"vocab.json": {Data: []byte(`[["",0],["<s>",0],["</s>",0],["x",0],["y",0],["z",0],["▁a",-1.5],["b",-2],[":",null]]`)},
	}, err
})

// What is converted is the published weights, each within half a step of eight bits, where they belong.
func TestConvert(t *testing.T) {
	folder, err := given()
	if err != nil {
		t.Fatal(err)
	}
	file, err := Convert(folder)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	at := func(m *matrix, in, out int) float32 { return float32(int8(m.whole[out*m.in+in])) * m.scale[out] }
	for _, m := range []*matrix{&e.layers[0].asks, e.layers[0].widen, &e.layers[1].up, &e.layers[1].down, &e.last} {
		for _, p := range [][2]int{{0, 0}, {1, 0}, {0, 1}, {m.in - 1, m.out - 1}, {7, 5}} {
			want := float64((p[0]*m.out+p[1])%97) - 48
			if got := float64(at(m, p[0], p[1])); math.Abs(got-want) > 48.0/127/2+1e-3 {
				t.Errorf("matrix of %d to %d at %v: %v, want %v", m.in, m.out, p, got, want)
			}
		}
		if m.shift[3] != -45 {
			t.Errorf("matrix of %d to %d: %v is added", m.in, m.out, m.shift[3])
		}
	}
	if got := e.pieces.cut("ab :"); len(got) != 3 || got[0] != 6 || got[1] != 7 || got[2] != 8 {
		t.Errorf("pieces %v", got)
	}
	if !strings.Contains(string(file[:600]), "Apache-2.0") || !strings.Contains(string(file[:600]), "were rounded") {
		t.Error("the file does not name its licence, or that it was changed")
	}
}

func TestConvertRefuses(t *testing.T) {
	for what, spoil := range map[string]func(fstest.MapFS){
		"no weights": func(f fstest.MapFS) { delete(f, "b") }, "cut": func(f fstest.MapFS) { f["b"] = &fstest.MapFile{Data: f["b"].Data[:8]} },
		"no vocabulary": func(f fstest.MapFS) { delete(f, "vocab.json") },
		"piece":         func(f fstest.MapFS) { f["vocab.json"] = &fstest.MapFile{Data: []byte(`[["a","b"]]`)} },
		"other names":   func(f fstest.MapFS) { f["model.json"] = &fstest.MapFile{Data: []byte(`{}`)} },
		"not JSON":      func(f fstest.MapFS) { f["model.json"] = &fstest.MapFile{Data: []byte(`{`)} },
	} {
		whole, err := given()
		if err != nil {
			t.Fatal(err)
		}
		folder := maps.Clone(whole)
		spoil(folder)
		if _, err := Convert(folder); err == nil {
			t.Errorf("%s: it was converted", what)
		}
	}
}
