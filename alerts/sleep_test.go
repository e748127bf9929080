package alerts

import (
	"errors"
	"testing"
	"time"

	"doorknock/store"
)

// A machine that slept three days, or whose clock was set on, has not tried for three: its first failures on waking, when
// the network is not there yet, give nothing up. One that has tried for three days does.
func TestASleepGivesUpNothing(t *testing.T) {
	queued := time.Date(2026, 11, 20, 17, 0, 0, 0, time.UTC)
	awake := queued.Add(3*24*time.Hour + time.Hour)
	away := errors.New("reach the receiver: no route to host")
	for _, x := range []struct {
		attempts int
		err      error
		want     store.DeliveryState
	}{
		{1, away, store.DeliveryQueued},
		{3, away, store.DeliveryQueued},
		{2, ErrUncertain, store.DeliveryUncertain},
		{800, away, store.DeliveryDead},
		{15, ErrUncertain, store.DeliveryDead},
	} {
		end := ending(store.Delivery{Attempts: x.attempts, RecordedAt: queued}, x.err, awake, 0)
		if end.State != x.want {
			t.Errorf("attempt %d after %v: %s, want %s", x.attempts, x.err, end.State, x.want)
		}
	}
}
