package pipeline

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Files of the queue's folder are cut, emptied, deleted and bit-flipped between kills, again and again, by fixed seeds. The
// program ends with the same rows as one that was left in peace: all that the queue held is made again.
func TestQueueDamaged(t *testing.T) {
	const channels = 30
	hosts := make([]string, channels)
	for i := range hosts {
		hosts[i] = fmt.Sprintf("h%d.example", i)
	}
	r := newRig(t, hosts...)
	r.close()
	rounds := damages
	if testing.Short() {
		rounds = 3
	}
	for seed := range rounds {
		rng := rand.New(rand.NewPCG(uint64(seed), 0))
		runChild(t, r.dir, time.Duration(20+rng.IntN(150))*time.Millisecond, hurried)
		damage(t, rng, filepath.Join(r.dir, "queue", "jetstream"))
	}
	settledAsOnce(t, r, channels)
}

// damage spoils one to four files of the folder.
func damage(t *testing.T, rng *rand.Rand, folder string) {
	t.Helper()
	var files []string
	must(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	}))
	for range 1 + rng.IntN(4) {
		path := files[rng.IntN(len(files))]
		data, err := os.ReadFile(path)
		if err != nil {
			continue // deleted a moment ago
		}
		switch kind := rng.IntN(5); {
		case kind == 0:
			must(t, os.Remove(path))
		case kind == 1 || len(data) == 0:
			must(t, os.Truncate(path, 0))
		case kind == 2:
			must(t, os.Truncate(path, int64(rng.IntN(len(data)))))
		default:
			for range 1 + rng.IntN(16) {
				data[rng.IntN(len(data))] ^= 1 << rng.IntN(8)
			}
			must(t, os.WriteFile(path, data, 0o600))
		}
	}
}

// tellQueue logs what the queue holds, for a test that waits in vain.
func (r *rig) tellQueue() {
	for name, stream := range map[string]string{durableRecord: streamVisits, durableCrawl: streamJobs, ConsumerScore: streamEvents, ConsumerAlert: streamEvents} {
		c, err := r.broker.js.Consumer(r.t.Context(), stream, name)
		if err != nil {
			r.t.Logf("%s: %v", name, err)
			continue
		}
		i := c.CachedInfo()
		r.t.Logf("%s: %v delivered %v acknowledged %v pending %d in hand %d", name, i.Config.FilterSubjects, i.Delivered, i.AckFloor, i.NumPending, i.NumAckPending)
	}
	for _, s := range streams() {
		stream, err := r.broker.js.Stream(r.t.Context(), s.Name)
		if err != nil {
			r.t.Logf("%s: %v", s.Name, err)
			continue
		}
		r.t.Logf("%s: %+v", s.Name, stream.CachedInfo().State)
	}
}
