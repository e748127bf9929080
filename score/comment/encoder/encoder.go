// Package encoder turns a short English text into numbers that lie near each other for texts of like meaning. It is the
// Universal Sentence Encoder lite, two layers of a transformer with seven million weights, rounded to eight bits:
// see NOTICE. Text goes in, numbers come out; it never keeps a text, and needs no network and no file.
package encoder

import (
	"math"
	"slices"
	"sync"
)

// Width is how many numbers a text becomes: those that the encoder was published for, a row of length one, then as many
// that they are made of, the mean over the text's pieces. The second half tells more of the tone.
const Width = 2 * wide

const (
	wide   = 512
	narrow = 256 // width of a piece's own numbers, and of the first layer's attention
	inner  = 1536
	heads  = 4
)

// Encoder is the weights. It may be used from many goroutines.
type Encoder struct {
	pieces pieces
	piece  matrix // row i is what piece i means
	timing []float32
	layers [2]layer
	last   matrix // before the tanh
	rooms  sync.Pool
}

// layer is one of the transformer: attention, then two matrices with only what is above nought between them.
type layer struct {
	before, between normal
	asks            matrix // question, key and value of every piece, side by side
	answer          matrix
	widen           *matrix // what the first layer adds its answer to; nil: its input as it is
	up, down        matrix
}

// normal makes a row's mean nought and its variance one, then scales and shifts it.
type normal struct{ scale, shift []float32 }

// room is what one encoding needs, used again by the next.
type room struct {
	x, normed, asked, mixed, above, made []float32
	whole                                rounded
	scores                               []float32
}

// Encode gives the numbers of a text; all nought where no letter of it is known.
func (e *Encoder) Encode(text string) *[Width]float32 {
	out := new([Width]float32)
	ids := e.pieces.cut(text)
	if len(ids) == 0 {
		return out
	}
	r := e.rooms.Get().(*room) //nolint:forcetypeassert // the pool makes nothing else
	defer e.rooms.Put(r)
	e.begin(r, ids)
	for i := range e.layers {
		e.layers[i].run(r, len(ids))
	}
	known, mean := out[:wide], out[wide:]
	for i := range ids {
		for k, v := range r.x[i*wide : (i+1)*wide] {
			mean[k] += v
		}
	}
	for k := range mean {
		mean[k] /= float32(len(ids))
	}
	r.whole.round(mean, wide)
	e.last.times(known, &r.whole)
	square := 0.0
	for k, v := range known {
		known[k] = float32(math.Tanh(float64(v)))
		square += float64(float64(known[k]) * float64(known[k]))
	}
	length := float32(math.Sqrt(max(square, 1e-12)))
	for k := range known {
		known[k] /= length
	}
	return out
}

// begin sets x to what the pieces mean and where they stand.
func (e *Encoder) begin(r *room, ids []int32) {
	r.x = grown(r.x, len(ids)*narrow)
	for i, id := range ids {
		row := r.x[i*narrow : (i+1)*narrow]
		scale := 2 * e.piece.scale[id]
		for k, w := range e.piece.whole[int(id)*narrow : (int(id)+1)*narrow] {
			row[k] = float32(int8(w)) * scale
		}
		for k, t := range e.timing {
			sin, cos := math.Sincos(float64(float32(i) * t))
			row[k] += float32(sin)
			row[narrow/2+k] += float32(cos)
		}
	}
}

// run takes n rows of x through the layer.
func (l *layer) run(r *room, n int) {
	in := l.asks.in
	r.normed = grown(r.normed, n*in)
	l.before.of(r.normed, r.x)
	r.whole.round(r.normed, in)
	r.asked, r.mixed = grown(r.asked, n*3*in), grown(r.mixed, n*in)
	l.asks.times(r.asked, &r.whole)
	r.attend(n, in)
	r.whole.round(r.mixed, in)
	r.made = grown(r.made, n*wide)
	l.answer.times(r.made, &r.whole)
	if l.widen != nil {
		r.whole.round(r.x, in)
		r.x = grown(r.x, n*wide)
		l.widen.times(r.x, &r.whole)
	}
	add(r.x, r.made)

	r.normed = grown(r.normed, n*wide)
	l.between.of(r.normed, r.x)
	r.whole.round(r.normed, wide)
	r.above = grown(r.above, n*inner)
	l.up.times(r.above, &r.whole)
	for i, v := range r.above {
		r.above[i] = max(v, 0)
	}
	r.whole.round(r.above, inner)
	l.down.times(r.made, &r.whole)
	add(r.x, r.made)
}

func add(x, y []float32) {
	for i, v := range y {
		x[i] += v
	}
}

// of gives the rows of x, made normal, in y.
func (n normal) of(y, x []float32) {
	width := len(n.scale)
	for at := 0; at < len(x); at += width {
		row, to := x[at:at+width], y[at:at+width]
		mean, square := 0.0, 0.0
		for _, v := range row {
			mean += float64(v)
		}
		mean /= float64(width)
		for _, v := range row {
			d := float64(v) - mean
			square += float64(d * d)
		}
		by := 1 / math.Sqrt(square/float64(width)+1e-6)
		for k, v := range row {
			to[k] = float32(float64((float64(v)-mean)*by)*float64(n.scale[k])) + n.shift[k]
		}
	}
}

// attend lets every piece look at every other: mixed becomes the values, each piece's by how its question fits their keys.
func (r *room) attend(n, width int) {
	size := width / heads
	scale := float32(1 / math.Sqrt(float64(size)))
	r.scores = grown(r.scores, n)
	for h := range heads {
		for i := range n {
			fit(r.scores, r.asked[i*3*width+h*size:][:size], r.asked[width+h*size:], 3*width)
			softmax(r.scores, scale)
			mix(r.mixed[i*width+h*size:][:size], r.scores, r.asked[2*width+h*size:], 3*width)
		}
	}
}

// softmax makes scores, each times scale, into shares of one.
func softmax(scores []float32, scale float32) {
	most := scale * slices.Max(scores)
	sum := float32(0)
	for j, s := range scores {
		scores[j] = float32(math.Exp(float64(float32(scale*s) - most)))
		sum += scores[j]
	}
	for j := range scores {
		scores[j] /= sum
	}
}
