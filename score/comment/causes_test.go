package comment_test

import (
	"math"
	"testing"

	"doorknock/score/comment"
)

// Of what the hand-set words weigh most, it is told whether people marked the same, and what chance would come to. A cause
// that does not stand in its text, and a text of which nothing speaks for a complaint, are in no share.
func TestCauses(t *testing.T) {
	s := scorer(t, small)
	f := s.Causes(map[string]string{
		"nobody came, so we are disgraceful":  "disgraceful", // 34 bytes; the span has 11 and begins at 23
		"absolutely pathetic about the fence": "the fence",
		"a lovely day":                        "day",
		"the lift is broken":                  "the stairs",
	})
	if f.Texts != 2 || f.Top != 0.5 {
		t.Errorf("%+v", f)
	}
	// Of 24 places where 11 bytes may begin the cause at 23 is met from 11: 13 to 23. Of 28 places of 8 bytes the cause at 26 is met from 9.
	if want := (11.0/24 + 9.0/28) / 2; math.Abs(f.Chance-want) > 0.0001 {
		t.Errorf("by chance %v, want %v", f.Chance, want)
	}
	if f := s.Causes(nil); f != (comment.CauseFigures{}) {
		t.Errorf("of nothing: %+v", f)
	}
}
