package comment

import (
	"math"
	"math/rand/v2"
	"regexp"

	"doorknock/score/comment/encoder"
)

// meaning is what the encoder's numbers of a text say of it: units that each weigh all numbers and speak where their sum
// is above nought, and the sum of what they say.
type meaning struct {
	units    []unit
	constant float64
}

type unit struct {
	weights [encoder.Width]float32
	shift   float32
	says    float32
}

func (m *meaning) of(v *[encoder.Width]float32) float64 {
	z := m.constant
	for i := range m.units {
		u := &m.units[i]
		var s0, s1, s2, s3 float32 // four strands: a processor does them at once
		for k := 0; k < len(v); k += 4 {
			s0 += float32(u.weights[k] * v[k])
			s1 += float32(u.weights[k+1] * v[k+1])
			s2 += float32(u.weights[k+2] * v[k+2])
			s3 += float32(u.weights[k+3] * v[k+3])
		}
		if s := s0 + s1 + s2 + s3 + u.shift; s > 0 {
			z += float64(u.says * s)
		}
	}
	return z
}

// encoded asks the encoder for a text as the texts were written that the meanings were learnt from.
func encoded(e *encoder.Encoder, text string) *[encoder.Width]float32 {
	return e.Encode(asTaught(text))
}

// heard is what the encoder made of a text and of the same text as said to somebody: several questions ask for it, and it is the
// dearest part of each. The zero value has asked nothing.
type heard struct {
	texts [2]string
	made  [2]*[encoder.Width]float32
}

// known is what the encoder made of a text, nil where it was not asked.
func (h *heard) known(text string) *[encoder.Width]float32 {
	for i, v := range h.made {
		if v != nil && h.texts[i] == text {
			return v
		}
	}
	return nil
}

// of asks the encoder unless it was asked already. A nil heard remembers nothing.
func (h *heard) of(e *encoder.Encoder, text string) *[encoder.Width]float32 {
	if h == nil {
		return encoded(e, text)
	}
	for i, v := range h.made {
		if v == nil {
			h.texts[i], h.made[i] = text, encoded(e, text)
			return h.made[i]
		}
		if h.texts[i] == text {
			return v
		}
	}
	return encoded(e, text)
}

// asTaught puts @USER for handles, URL for web addresses and EMAIL for e-mail addresses, as they stood in all texts that were
// learnt from. The encoder would cut those of real people and pages into pieces and find meaning in them.
func asTaught(text string) string {
	text = webAddress.ReplaceAllString(text, "URL")
	text = mailAddress.ReplaceAllString(text, "EMAIL")
	return handle.ReplaceAllString(text, "${1}@USER")
}

// addressed is a text as the encoder knows posts to a firm: with a handle. Comments under a firm's own post are to it and
// need none; without one the encoder takes them for talk to nobody, and finds fewer complaints: see docs/model.md.
func (s *Scorer) addressed(text string) string {
	if !s.spokenTo {
		return text
	}
	return toSomebody(text)
}

// toSomebody is a text as said to somebody whom it need not name.
func toSomebody(text string) string {
	if handle.MatchString(text) {
		return text
	}
	return "@USER " + text
}

// asItStands is a text put to the encoder as it is.
func asItStands(text string) string { return text }

var (
	webAddress  = regexp.MustCompile(`(?i:https?://|\bwww\.)[^\s<>"]*[\pL\pN/]`)
	mailAddress = regexp.MustCompile(`\[e-mail\]|[\pL\pN._%+-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)+`) // the first is what redaction leaves of one

	// A handle may name its server: @ann@social.example, @ann.bsky.social.
	handle = regexp.MustCompile(`(^|[^\pL\pN_@])@[\pL\pN_]+(?:[\pL\pN_.-]*(?:@[\pL\pN-]+(?:\.[\pL\pN-]+)*|)\.(?:social|com|org|net|eu|uk|wales|cymru|scot)\b)?`)
)

// How a meaning is learnt. They were chosen by cross-validation; docs/model.md says what else was tried.
const (
	netUnits  = 32
	netBatch  = 32
	netRate   = 1e-3 // falls to nought
	netDecay  = 0.02 // of the weights, a step
	unitsOut  = 0.5  // share of the units that do not speak at a step
	numbersIn = 0.75 // share of the numbers that are read at a step
)

// school is how long a meaning learns: so many nets, whose mean is what is said, since one alone says now this, now that;
// and how often each reads all texts.
type school struct{ nets, epochs int }

var complaintSchool = school{nets: 3, epochs: 8}

// learnMeaning makes a meaning from texts that are told already. The same texts give the same bits: one thread, seeds
// that stand here, every sum in one order.
func learnMeaning(rows []*[encoder.Width]float32, y []bool, by school) meaning {
	mean, scale := spread(rows)
	x := make([][]float64, len(rows))
	for i, r := range rows {
		x[i] = make([]float64, len(r))
		for k, v := range r {
			x[i][k] = (float64(v) - mean[k]) * scale[k]
		}
	}
	var m meaning
	for seed := range by.nets {
		n := newNet(uint64(seed))
		n.learn(x, y, by.epochs)
		for j, w := range n.in {
			u := unit{says: float32(n.out[0][j] / float64(by.nets))}
			shift := n.shifts[0][j]
			for k, v := range w {
				u.weights[k] = float32(v * scale[k])
				shift -= float64(float64(u.weights[k]) * mean[k])
			}
			u.shift = float32(shift)
			m.units = append(m.units, u)
		}
		m.constant += n.constant[0][0] / float64(by.nets)
	}
	return m
}

// spread gives the mean of each number, and what makes its variance one.
func spread(rows []*[encoder.Width]float32) (mean, by [encoder.Width]float64) {
	n := float64(len(rows))
	for _, r := range rows {
		for k, v := range r {
			mean[k] += float64(v)
		}
	}
	for k := range mean {
		mean[k] /= n
	}
	for _, r := range rows {
		for k, v := range r {
			d := float64(v) - mean[k]
			by[k] += float64(d * d)
		}
	}
	for k := range by {
		by[k] = 1 / math.Sqrt(by[k]/n+1e-12)
	}
	return mean, by
}

// net is one of the nets while it learns, by Adam with weight decay.
type net struct {
	random                    *rand.Rand
	in, out, shifts, constant grid
	slopes, first, second     [4]grid // of the four above: of this step, and their running means
	step                      float64

	x, said  []float64
	speaking []int // the units that speak at this step
}

// grid is rows of numbers.
type grid [][]float64

func newGrid(rows, width int) grid {
	g := make(grid, rows)
	for i := range g {
		g[i] = make([]float64, width)
	}
	return g
}

func newNet(seed uint64) *net {
	n := &net{random: rand.New(rand.NewPCG(seed, 7))} //nolint:gosec // the same rows are to give the same model
	n.in, n.out, n.shifts, n.constant = newGrid(netUnits, encoder.Width), newGrid(1, netUnits), newGrid(1, netUnits), newGrid(1, 1)
	for _, g := range []grid{n.in, n.out} {
		for _, row := range g {
			for k := range row {
				row[k] = n.random.NormFloat64() / math.Sqrt(float64(len(row)))
			}
		}
	}
	for i, g := range n.weights() {
		n.slopes[i], n.first[i], n.second[i] = newGrid(len(g), len(g[0])), newGrid(len(g), len(g[0])), newGrid(len(g), len(g[0]))
	}
	n.x, n.said = make([]float64, encoder.Width), make([]float64, netUnits)
	return n
}

func (n *net) weights() [4]grid { return [4]grid{n.in, n.out, n.shifts, n.constant} }

func (n *net) learn(x [][]float64, y []bool, epochs int) {
	order := n.random.Perm(len(x))
	steps := float64(epochs * ((len(x) + netBatch - 1) / netBatch))
	for range epochs {
		n.random.Shuffle(len(order), func(i, k int) { order[i], order[k] = order[k], order[i] })
		for at := 0; at < len(order); at += netBatch {
			batch := order[at:min(at+netBatch, len(order))]
			for _, i := range batch {
				n.read(x[i], float64(asInt(y[i])), 1/float64(len(batch)))
			}
			n.step++
			n.move(netRate * (1 - n.step/(steps+1)))
		}
	}
}

// read tells one text by a part of the numbers and units, and adds to the slopes what would have told it better.
func (n *net) read(x []float64, want, share float64) {
	for k, v := range x {
		n.x[k] = v
		if n.random.Float64() >= numbersIn {
			n.x[k] = 0
		}
	}
	n.speaking = n.speaking[:0]
	for j := range n.in {
		n.said[j] = 0
		if n.random.Float64() >= unitsOut {
			n.speaking = append(n.speaking, j)
		}
	}
	for at := 0; at < len(n.speaking); at += 4 {
		four := n.speaking[at:min(at+4, len(n.speaking))]
		sums := n.sums(four)
		for i, j := range four {
			n.said[j] = max(0, n.shifts[0][j]+sums[i]) / (1 - unitsOut)
		}
	}
	z := n.constant[0][0]
	for _, j := range n.speaking {
		z += float64(n.out[0][j] * n.said[j])
	}
	d := (logistic(z) - want) * share
	n.slopes[3][0][0] += d
	for j, said := range n.said {
		if said <= 0 {
			continue
		}
		n.slopes[1][0][j] += float64(d * said)
		back := d * n.out[0][j] / (1 - unitsOut)
		n.slopes[2][0][j] += back
		slope := n.slopes[0][j]
		for k, v := range n.x {
			slope[k] += float64(back * v)
		}
	}
}

// sums gives what up to four units make of n.x. Each sum is made in one order, and waits for itself at every number; a
// processor has the time to make four.
func (n *net) sums(four []int) [4]float64 {
	var w [4][]float64
	for i := range w {
		w[i] = n.in[four[min(i, len(four)-1)]]
	}
	x := n.x
	w0, w1, w2, w3 := w[0][:len(x)], w[1][:len(x)], w[2][:len(x)], w[3][:len(x)]
	var s0, s1, s2, s3 float64
	for k, v := range x {
		s0 += float64(w0[k] * v)
		s1 += float64(w1[k] * v)
		s2 += float64(w2[k] * v)
		s3 += float64(w3[k] * v)
	}
	return [4]float64{s0, s1, s2, s3}
}

// move goes one step down.
func (n *net) move(rate float64) {
	const slow, slower = 0.9, 0.999
	young, younger := 1-math.Pow(slow, n.step), 1-math.Pow(slower, n.step)
	for i, g := range n.weights() {
		decay := netDecay
		if i >= 2 {
			decay = 0
		}
		for r, w := range g {
			slope, first, second := n.slopes[i][r], n.first[i][r], n.second[i][r]
			for k, s := range slope {
				first[k] = float64(slow*first[k]) + float64((1-slow)*s)
				second[k] = float64(slower*second[k]) + float64((1-slower)*s*s)
				w[k] -= float64(rate * (first[k]/young/(math.Sqrt(second[k]/younger)+1e-8) + float64(decay*w[k])))
			}
			clear(slope)
		}
	}
}
