package crawler

import (
	"container/heap"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"doorknock/audit"
)

// Twenty thousand pieces of work over two thousand hosts wait as values: no goroutine and no timer for any of them, and
// a host that waits costs less than two kilobytes.
func TestWaitingWorkIsCheap(t *testing.T) {
	const hosts, each = 2000, 10
	ls := newLanes(5*time.Second, 0)
	goroutines, before := runtime.NumGoroutine(), heapBytes()
	names := make([]string, hosts)
	for i := range names {
		names[i] = fmt.Sprintf("host%d.example.org", i)
	}
	for range each {
		for _, name := range names {
			ls.submit(name, func(*ticket) {})
		}
	}
	after := heapBytes()
	if n := runtime.NumGoroutine(); n > goroutines {
		t.Errorf("%d goroutines more for %d queued jobs", n-goroutines, hosts*each)
	}
	perHost := float64(after-before) / hosts
	t.Logf("%d jobs over %d hosts: %.0f bytes a host", hosts*each, hosts, perHost)
	if perHost > 2048 {
		t.Errorf("%.0f bytes a waiting host, want 2,048 at most", perHost)
	}
	done := 0
	for now := time.Now(); done < hosts*each; now = now.Add(5 * time.Second) { // by a clock that costs nothing
		ls.now = func() time.Time { return now }
		for {
			w, _ := ls.next()
			if w == nil {
				break
			}
			if err := w.ticket.spend(); err != nil {
				t.Fatal(err)
			}
			w.ticket.done()
			done++
		}
		if len(ls.due.lanes)+len(ls.later.lanes) == 0 {
			break
		}
	}
	if done != hosts*each {
		t.Errorf("%d pieces of work done of %d", done, hosts*each)
	}
	runtime.KeepAlive(ls)
}

// TestWhoBeganFirstGoesOnFirst: of the lanes that are due the one whose visit began first, so that few visits are half made;
// but none before its time, and an errand to a lane that has no visit before all.
func TestWhoBeganFirstGoesOnFirst(t *testing.T) {
	ls := newLanes(5*time.Second, 0)
	now := time.Now()
	ls.now = func() time.Time { return now }
	var order []string
	run := func() {
		for {
			w, _ := ls.next()
			if w == nil {
				return
			}
			w.do(w.ticket)
		}
	}
	ask := func(name string) {
		ls.submit(name, func(tk *ticket) {
			if err := tk.spend(); err != nil {
				t.Error(err)
			}
			tk.done()
			order = append(order, name)
		})
	}
	for _, name := range []string{"first", "second", "third"} {
		ls.hold(name, audit.HostMemory{})
	}
	for _, name := range []string{"third", "second", "server", "first", "third", "second", "first"} {
		ask(name)
	}
	run()
	want := []string{"server", "first", "second", "third"}
	if !slices.Equal(order, want) {
		t.Errorf("at once went %v, want %v", order, want)
	}
	ls.release("first", &audit.HostMemory{}) // its visit is over, and a new one begins
	ls.hold("first", audit.HostMemory{})
	order, now = nil, now.Add(5*time.Second)
	run()
	if want := []string{"second", "third", "first"}; !slices.Equal(order, want) {
		t.Errorf("after the pace went %v, want %v", order, want)
	}
}

func heapBytes() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkLanes takes one piece of work out of the heap and puts the next in.
func BenchmarkLanes(b *testing.B) {
	for _, hosts := range []int{2000, 20000} {
		b.Run(fmt.Sprintf("%d/ours", hosts), func(b *testing.B) {
			ls := newLanes(0, 0)
			names := make([]string, hosts)
			for i := range names {
				names[i] = fmt.Sprintf("host%d.example.org", i)
				ls.submit(names[i], func(*ticket) {})
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				w, _ := ls.next()
				w.ticket.done()
				ls.submit(names[i%hosts], func(*ticket) {})
			}
		})
		b.Run(fmt.Sprintf("%d/bare", hosts), func(b *testing.B) { bareHeap(b, hosts) })
	}
}

// bareHeap is the bare limit of lanes: a heap of the same lanes by time, of which the first is taken out and put in again for later.
func bareHeap(b *testing.B, hosts int) {
	now := time.Now()
	h := laneHeap{before: func(a, b *lane) bool { return a.at.Before(b.at) }}
	for range hosts {
		now = now.Add(time.Microsecond)
		heap.Push(&h, &lane{at: now})
	}
	b.ReportAllocs()
	for b.Loop() {
		l, _ := heap.Pop(&h).(*lane)
		now = now.Add(time.Microsecond)
		l.at = now
		heap.Push(&h, l)
	}
}
