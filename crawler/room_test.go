package crawler

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestRoom: room is given to the smallest that waits, from those that have had it longest, and from no more than must.
func TestRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(10)
		var gone []string // read and written under the room's lock
		enter := func(name string) *guest { return r.enter(func() { gone = append(gone, name) }) }
		check := func(when string, wantGone ...string) {
			t.Helper()
			r.mu.Lock()
			defer r.mu.Unlock()
			if !slices.Equal(gone, wantGone) {
				t.Errorf("%s: gave up %v, want %v", when, gone, wantGone)
			}
		}
		take := func(g *guest, n int) chan error {
			got := make(chan error, 1)
			go func() { got <- g.take(t.Context(), n) }()
			synctest.Wait()
			return got
		}
		read, first, second := enter("read"), enter("first"), enter("second")
		for _, g := range []*guest{read, first, second} {
			if err := <-take(g, 3); err != nil {
				t.Fatal(err)
			}
		}
		read.land()
		time.Sleep(grace - time.Second)
		large, small := enter("large"), enter("small")
		largeGot, smallGot := take(large, 5), take(small, 2)
		check("before anybody was slow")
		time.Sleep(time.Second)
		synctest.Wait()
		check("the one that came first and is still on its way", "first")
		if len(largeGot)+len(smallGot) != 0 {
			t.Error("room was given that is not there yet")
		}
		first.leave()
		synctest.Wait()
		check("for the large one, when the small one has its room", "first", "second")
		if len(smallGot) != 1 || len(largeGot) != 0 {
			t.Errorf("small %d, large %d: want room for the small one first", len(smallGot), len(largeGot))
		}
		second.leave()
		synctest.Wait()
		check("no more than must", "first", "second")
		if len(largeGot) != 1 || r.left != 0 {
			t.Errorf("large %d, %d left", len(largeGot), r.left)
		}
		for _, g := range []*guest{read, large, small} {
			g.land()
			g.leave()
		}
		if r.left != 10 || len(r.guests)+len(r.waiting) != 0 {
			t.Errorf("%d left of 10, %d guests, %d waiting", r.left, len(r.guests), len(r.waiting))
		}
	})
}

// TestRoomIsBounded: whatever comes, grows, waits, is given up or gives up by itself, no more is held than there is, and at the
// end all of it is there again.
func TestRoomIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 100
		r := newRoom(most)
		var all sync.WaitGroup
		for i := range 500 {
			all.Go(func() {
				rnd := rand.New(rand.NewPCG(uint64(i), 1)) //nolint:gosec // a test's, and always the same
				wait := func(d time.Duration) { time.Sleep(time.Duration(rnd.Int64N(int64(d)))) }
				wait(time.Minute)
				ctx, cancel := context.WithTimeout(t.Context(), totalTime)
				defer cancel()
				g := r.enter(cancel)
				defer g.leave()
				defer g.land()
				for n := 1; n <= 32 && g.take(ctx, n) == nil; n *= 2 {
					r.mu.Lock()
					held := 0
					for _, o := range r.guests {
						held += o.holds
					}
					if r.left < 0 || held+r.left != most {
						t.Errorf("%d held and %d left of %d", held, r.left, most)
					}
					r.mu.Unlock()
					wait(4 * time.Second)
				}
			})
		}
		all.Wait()
		if r.left != most || len(r.guests)+len(r.waiting) != 0 {
			t.Errorf("%d left of %d, %d guests, %d waiting", r.left, most, len(r.guests), len(r.waiting))
		}
	})
}
