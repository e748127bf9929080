//go:build !race

package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestArrivalOrderDoesNotMatter records the same visits in order, and shuffled with repeats, and compares.
func TestArrivalOrderDoesNotMatter(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			draw := rand.New(rand.NewPCG(seed, 1))
			visits := drawVisits(draw, 30)
			want := recordAll(t, visits)
			shuffled := slices.Concat(visits, visits[:10], visits[20:30])
			draw.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			if diff := cmp.Diff(want, recordAll(t, shuffled)); diff != "" {
				t.Errorf("seed %d (-in order +shuffled):\n%s", seed, diff)
			}
		})
	}
}
