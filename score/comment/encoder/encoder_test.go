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
)

func built(t testing.TB) *Encoder {
	t.Helper()
	e, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return e
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

// Whatever the processor, the sums are the same whole numbers.
func TestKernelsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{16, narrow, wide, inner} {
		x, w0, w1 := make([]int16, abreast*n), make([]byte, n), make([]byte, n)
		for round := range 5 {
			for i := range x {
				x[i] = int16(r.IntN(2*wholeMost+1) - wholeMost)
				if round == 0 {
					x[i] = -wholeMost
				}
			}
			for i := range n {
				w0[i], w1[i] = byte(r.IntN(256)), byte(r.IntN(256))
				if round == 0 {
					w0[i], w1[i] = 0x80, 127
				}
			}
			var fast, plain [2 * abreast]int32
			sumProducts(&fast, x, w0, w1)
			sumPlain(&plain, x, w0, w1)
			if fast != plain {
				t.Fatalf("%d numbers: %v, want %v", n, fast, plain)
			}
			if round == 0 && plain[0] != int32(n*wholeMost*128) {
				t.Fatalf("the greatest sum is %d", plain[0])
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
