package comment

import "doorknock/score/comment/encoder"

// Trained is the trained model of a complaint, in two tiers. The first is linear in the words and letters of a text. The
// second adds what the encoder makes of it, and is asked where the first is not sure. It may be used from many goroutines.
type Trained struct {
	linear  linear
	meaning meaning
	tiers   [2]tier
	encoder func() (*encoder.Encoder, error)
	of      string   // hash of the encoder's file
	trained []uint64 // fingerprints of the texts it was made from, ascending
	rules   *Scorer  // the hand-set words of a complaint, no dangers
}

// tier is how a model says what a text comes to.
type tier struct {
	number    int
	name      string
	line      line
	threshold float64 // the probability from which a text counts as a complaint
}

// Tier says which tiers of a model may answer.
type Tier int

// Auto asks the encoder where the linear tier is not sure.
const (
	Auto Tier = iota
	LinearOnly
	EncoderAlways
)

// said is what a text comes to: the sum of its features' weights, the points of the hand-set words in it, and what its
// meaning says, nought where the encoder was not asked.
type said struct{ sum, points, meaning float64 }

// line turns what a text comes to into the logit of a probability.
type line struct{ slope, points, meaning, shift float64 }

func (l line) logit(t said) float64 {
	return float64(l.slope*t.sum) + float64(l.points*t.points) + float64(l.meaning*t.meaning) + l.shift
}

func (l line) probability(t said) float64 { return logistic(l.logit(t)) }

// Where the linear tier's probability is between these, it is not sure: see docs/model.md for what other bounds cost.
const (
	unsureFrom = 0.10
	unsureTo   = 0.90
)

func unsure(p float64) bool { return p >= unsureFrom && p < unsureTo }

// asked says whether a tier of those allowed is to be asked for the encoder's opinion of a text.
func (t Tier) asked(linear float64) bool { return t == EncoderAlways || t == Auto && unsure(linear) }

// judge completes what a text comes to by its meaning, where a tier of those allowed asks for it and the encoder can be
// read, and says which tier answers, and what the encoder made of the text where it was asked.
func (m *Trained) judge(text string, s said, may Tier, h *heard) (said, *tier, *[encoder.Width]float32) {
	first := &m.tiers[0]
	if !may.asked(first.line.probability(s)) {
		return s, first, nil
	}
	e, err := m.encoder() // a test reads the one that is built in; the tier tells of a build without it
	if err != nil {
		return s, first, nil
	}
	v := h.of(e, text)
	s.meaning = m.meaning.of(v)
	return s, &m.tiers[1], v
}

// Probability says how likely a text is a complaint, 0 to 1, by the tiers that may answer, and whether it counts as one.
func (m *Trained) Probability(text string, may Tier) (p float64, complaint bool) {
	points, _ := m.rules.points(words(text), nil)
	s, by, _ := m.judge(text, said{sum: m.linear.logit(text), points: points}, may, nil)
	p = by.line.probability(s)
	return p, p >= by.threshold
}
