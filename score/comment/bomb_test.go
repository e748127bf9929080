//go:build !race

package comment_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/score/comment"
)

// slowed says that the race detector makes everything ten times as dear.
const slowed = false

// Any bytes in, an assessment out within 100 ms of one processor's time. The race detector would make it ten times that.
func TestTextBombs(t *testing.T) {
	s := trained(t)
	for _, words := range []string{"mould ", "no mould ", "mould fixed not fixed ", "gas leak detector ", "Smell gas. Sorted! ", "a", "aA1@#", "!?", ":-(", "\xff", "ı̇", "not ", "'’", "@a ", "#a ", "🙂", "http://", "zwölf\u0301"} {
		for _, size := range []int{8 << 10, 1 << 20} {
			var a audit.Assessment
			if took := overrun(t, s, func() { a = s.Assess("I smell gas. " + strings.Repeat(words, size/len(words))) }); took > 0 {
				t.Errorf("%d bytes of %q took %v", size, words, took)
			}
			if len(a.Hazards) == 0 || a.Hazards[0].ID != "gas" {
				t.Errorf("%q hides the gas", words)
			}
		}
	}
}

// What is told to people besides, clause by clause, takes no longer.
func TestExplainingIsQuick(t *testing.T) {
	s := trained(t)
	const sentence = "The garden party was lovely, but I rang about the boiler three weeks ago and nobody called back. "
	for times := range 24 {
		text := strings.Repeat(sentence, times+1)
		if took := overrun(t, s, func() { s.Explain(text) }); took > 0 {
			t.Errorf("%d bytes: %v", len(text), took)
		}
	}
}

// Twenty trainings, of which each takes seconds under the race detector; TestTrainIsReproducible shows it one.
func TestCrossValidate(t *testing.T) {
	all, err := comment.CrossValidate(madeUp())
	if err != nil {
		t.Fatal(err)
	}
	for _, may := range comment.Tiers {
		f := all[may]
		if f.Rows != 48 || f.MacroF1 < 0.9 || f.Low > f.MacroF1 || f.High < f.MacroF1 || f.AUC < 0.95 || f.At[0].Recall < 0.9 || f.At[0].Precision < 0.9 || f.Domains < 0.9 || f.Error > 0.3 {
			t.Errorf("%v: %+v", may, f)
		}
	}
	if all[comment.LinearOnly].Asked != 0 || all[comment.EncoderAlways].Asked != 1 || all[comment.Auto].Asked > 1 {
		t.Errorf("the encoder was asked for %+v", all)
	}
	noise, r := madeUp(), rand.New(rand.NewPCG(3, 4))
	for i := range noise { // labels that the texts do not bear
		noise[i].Complaint = r.IntN(2) == 0
	}
	all, err = comment.CrossValidate(noise)
	for _, f := range all {
		if err != nil || f.MacroF1 > 0.75 {
			t.Errorf("of labels without sense it makes %+v, %v", f, err)
		}
	}
}
