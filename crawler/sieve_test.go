package crawler

import "testing"

// TestSieve: every anchor of a set falls through, and few of the stretches that pages are full of.
func TestSieve(t *testing.T) {
	s := NewSigns(challengeSigns...)
	sieve := s.sieve()
	for _, four := range s.fours {
		if four != 0 && sieve.holes[sieveHash(four, sieve.factor)] == 0 {
			t.Errorf("the sieve holds an anchor back: %#x", four)
		}
	}
	through := 0
	for four := range fourWeights {
		through += int(sieve.holes[sieveHash(four, sieve.factor)])
	}
	if len(fourWeights) < 1000 || through > len(fourWeights)/100 {
		t.Errorf("%d of %d common stretches fall through", through, len(fourWeights))
	}
}
