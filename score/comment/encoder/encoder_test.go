package encoder

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/cpu"
)

func built(t testing.TB) *Encoder {
	t.Helper()
	e, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// The vocabulary takes milliseconds to read and a megabyte to keep: whoever asks is given the same.
func TestBuiltinIsReadOnce(t *testing.T) {
	if first, second := built(t), built(t); first != second {
		t.Error("it was read twice")
	}
}

// testdata/golden.json holds ten texts, and what the published encoder makes of them in its own program
// (@energetic-ai/embeddings 0.2.0): their pieces, and 512 numbers of each.
func TestGolden(t *testing.T) {
	body, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		Text    string
		Pieces  []int32
		Numbers []float64
	}
	if err := json.Unmarshal(body, &all); err != nil || len(all) != 10 {
		t.Fatalf("%d texts, %v", len(all), err)
	}
	e := built(t)
	for _, g := range all {
		if got := e.pieces.cut(g.Text); !slices.Equal(got, g.Pieces) {
			t.Errorf("%q: pieces %v, want %v", g.Text, got, g.Pieces)
		}
		cosine := 0.0
		for k, v := range e.Encode(g.Text)[:wide] {
			cosine += float64(v) * g.Numbers[k]
		}
		if cosine < 0.999 { // what rounding the weights to eight bits costs
			t.Errorf("%q: cosine %v", g.Text, cosine)
		}
	}
}

// Texts of like meaning lie nearer each other than those that share words.
func TestMeaning(t *testing.T) {
	e := built(t)
	near := func(a, b string) (sum float64) {
		x, y := e.Encode(a), e.Encode(b)
		for k := range wide {
			sum += float64(x[k]) * float64(y[k])
		}
		return sum
	}
	const ignored = "nobody answers the phone"
	if like, other := near(ignored, "they never pick up when I ring"), near(ignored, "what colour is the new phone"); like < other {
		t.Errorf("%v to a text of like meaning, %v to another", like, other)
	}
}

// Whatever the processor, the numbers are the same, to the bit: the sums of whole numbers are exact, those of others are made in one
// order.
func TestKernelsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{16, narrow, wide, inner} {
		m := newMatrix(n, 6)
		m.whole, m.scale = make([]byte, 6*n), make([]float32, 6)
		x, by := make([]int16, abreast*n), [abreast]float32{1, 2, 3, 0}
		for round := range 5 {
			for i := range x {
				x[i] = int16(r.IntN(2*wholeMost+1) - wholeMost)
				if round == 0 {
					x[i] = -wholeMost
				}
			}
			for i := range m.whole {
				m.whole[i] = byte(r.IntN(256))
				if round == 0 {
					m.whole[i] = 0x80
				}
			}
			for j := range m.scale {
				m.scale[j], m.shift[j] = r.Float32(), r.Float32()-0.5
			}
			var fast, plain [abreast][]float32
			for k := range abreast {
				fast[k], plain[k] = make([]float32, 4), make([]float32, 4)
			}
			m.columnsPlain(&plain, x, &by, 2)
			for _, widest := range []bool{true, false} {
				without(t, widest, func() { m.columns(&fast, x, &by, 2) })
				if diff := cmp.Diff(plain, fast); diff != "" {
					t.Fatalf("%d numbers, widest %v (-plain +fast):\n%s", n, widest, diff)
				}
			}
			if sums := sumPlain(x, m.whole[:n]); round == 0 && sums[0] != int32(n*wholeMost*128) {
				t.Fatalf("the greatest sum is %d", sums[0])
			}
		}
	}
}

// without runs f as on a processor that lacks the widest registers, unless they may be used.
func without(t *testing.T, widest bool, f func()) {
	t.Helper()
	was := cpu.X86.HasAVX512VNNI
	defer func() { cpu.X86.HasAVX512VNNI = was }()
	cpu.X86.HasAVX512VNNI = was && widest
	f()
}

// How pieces look at each other is the same on every processor, too.
func TestAttentionKernelsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, size := range []int{narrow / heads, wide / heads} {
		for n := range 6 {
			rows, row := make([]float32, (n+1)*3*size), make([]float32, size)
			for _, all := range [][]float32{rows, row} {
				for i := range all {
					all[i] = float32(r.NormFloat64())
				}
			}
			fast, plain := make([]float32, n), make([]float32, n)
			fit(fast, row, rows, 3*size)
			fitPlain(plain, row, rows, 3*size)
			if !slices.Equal(fast, plain) {
				t.Fatalf("%d rows of %d fit %v, want %v", n, size, fast, plain)
			}
			mixed, want := slices.Repeat([]float32{9}, size), make([]float32, size)
			mix(mixed, fast, rows, 3*size)
			mixPlain(want, fast, rows, 3*size)
			if !slices.Equal(mixed, want) {
				t.Fatalf("%d rows of %d mix to %v, want %v", n, size, mixed, want)
			}
		}
	}
}

func TestRound(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	var r rounded
	r.round([]float32{1, -1, 0.5, 0, 0, 0, 0, 0, inf, 1, 1, 1, nan, 1, 1, 1, 1e-45, 0, 0, 0}, 4)
	want := []int16{wholeMost, -wholeMost, 4096, 0}
	if r.rows != 5 || len(r.whole) != 8*4 || !slices.Equal(r.whole[:4], want) || r.scale[0] != 1.0/wholeMost {
		t.Errorf("%+v", r)
	}
	for i, v := range r.whole[4:] {
		if v != 0 || r.scale[(4+i)/4] != 0 {
			t.Errorf("number %d is %d", i, v)
		}
	}
}

func TestPieces(t *testing.T) {
	p := built(t).pieces
	for text, want := range map[string]string{
		"": "", " \n": "", "😀": "▁", "The lift": "▁The|▁lift", "\tThe\u00a0\n lift ": "▁The|▁lift", "ﬁne": "▁fine", "x\xffy": "▁x|y",
	} {
		names := map[int32]string{}
		for letters, w := range p.all {
			names[w.id] = letters
		}
		var got []string
		for _, id := range p.cut(text) {
			got = append(got, names[id])
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if n := len(p.cut(strings.Repeat("help ", 10_000))); n != mostPieces {
		t.Errorf("%d pieces are read", n)
	}
}

func FuzzEncode(f *testing.F) {
	for _, s := range []string{"", "no heating", "\xff\x00", "▁▁▁", "ﷺ", strings.Repeat("é", 3000), "👩‍👩‍👧 ok"} {
		f.Add(s)
	}
	e := built(f)
	f.Fuzz(func(t *testing.T, text string) {
		square := 0.0
		out := e.Encode(text)
		for _, v := range out {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				t.Fatalf("%q: %v", text, v)
			}
		}
		for _, v := range out[:wide] {
			square += float64(v) * float64(v)
		}
		if math.Abs(square-1) > 1e-4 && square != 0 {
			t.Errorf("%q: the row's length is %v", text, math.Sqrt(square))
		}
		if !utf8.ValidString(spelt(text)) {
			t.Errorf("%q is not spelt in whole letters", text)
		}
	})
}

func TestBrokenFiles(t *testing.T) {
	head := fileFormat + `{"pieces":7,"vocabulary_bytes":`
	for what, file := range map[string]string{
		"empty": "", "another": "PK\x03\x04", "no header": fileFormat, "header": fileFormat + "{\n", "counts": head + "-1}\n",
		"letters": head + "99}\nx\t1\n", "rows": head + "4}\nx\t1\n\n\n\n\n\n\n\n", "no number": head + "4}\nx x\n\n\n\n\n\n\n\n",
		"cut": string(builtin[:len(builtin)-1]), "longer": string(builtin) + "x",
	} {
		if _, err := Read([]byte(file)); err == nil {
			t.Errorf("%s: it was read", what)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	e := built(b)
	const text = "No heating again!!! My baby is freezing, what are you going to do about it?" // 21 pieces
	for b.Loop() {
		_ = e.Encode(text)
	}
}
