package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// spent is the processor time that this process has used.
func spent() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail for ourselves
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// took is what a piece of work cost.
type took struct {
	cpu, wall time.Duration
	items     int
}

// measure runs a piece of work that says how many items it dealt with.
func measure(work func() (int, error)) (took, error) {
	cpu, start := spent(), time.Now()
	n, err := work()
	return took{spent() - cpu, time.Since(start), n}, err
}

// and is two pieces of work taken as one.
func (t took) and(other took) took {
	return took{t.cpu + other.cpu, t.wall + other.wall, t.items + other.items}
}

// each is the processor time of one item in microseconds.
func (t took) each() float64 { return micros(t.cpu) / float64(max(t.items, 1)) }

// rate is how many items a second went through: for people, never held against anything.
func (t took) rate() float64 { return float64(t.items) / t.wall.Seconds() }

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
func millis(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// percentile gives the value below which that share of the values lies.
func percentile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

func median(values []float64) float64 { return percentile(values, 0.5) }

// Sync is how long the disk takes to make 4 KiB more of a file durable, in microseconds.
type Sync struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

// diskSync writes and syncs for at most a second and a half: every durable figure depends on this one.
func diskSync(folder string) (Sync, error) {
	f, err := os.OpenFile(filepath.Join(folder, "sync"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return Sync{}, fmt.Errorf("measure the disk: %w", err)
	}
	defer f.Close() //nolint:errcheck // its content is of no use
	block := make([]byte, 4096)
	var each []float64
	for begin := time.Now(); len(each) < 500 && time.Since(begin) < 1500*time.Millisecond; {
		start := time.Now()
		if _, err := f.Write(block); err != nil {
			return Sync{}, fmt.Errorf("measure the disk: %w", err)
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return Sync{}, fmt.Errorf("measure the disk: %w", err)
		}
		each = append(each, micros(time.Since(start)))
	}
	return Sync{percentile(each, 0.5), percentile(each, 0.99)}, nil
}

// memoryOf reads how much memory of its own a process has now, in MB, from the kernel, and how much of its program's file
// is mapped beside it: those pages are the disk's, shared by all that run the file, and the kernel takes them back when it
// needs the room. How many there are depends on how the file came into its cache.
func memoryOf(pid int) (own, mapped float64, err error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, fmt.Errorf("read the memory of process %d: %w", pid, err)
	}
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(line, ":")
		kb, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
		switch name {
		case "RssAnon", "RssShmem":
			own += kb / 1024
		case "RssFile":
			mapped = kb / 1024
		}
	}
	return own, mapped, nil
}
