//go:build !race

package crawler

import (
	"net/http/httptest"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	mostParsing = 2 * time.Second // of processor
	mostTree    = 300_000_000     // bytes that a page's tree and its index hold
)

// TestFloodBombs: as many tags and attributes as a page may have, and one more of each.
func TestFloodBombs(t *testing.T) {
	const nine = "<p a b c d e f g h i>"
	last := "<p" + " a b c d e f g h"[:2*(maxAttributes%9)]
	room := strings.Repeat("x", hugeBody)
	for _, c := range []struct {
		name, body string
		want       bool
	}{
		{"tags", strings.Repeat("<b>", maxTags), false},
		{"a tag more", strings.Repeat("<b>", maxTags+1), true},
		{"attributes", strings.Repeat(nine, maxAttributes/9) + last + ">" + room, false},
		{"an attribute more", strings.Repeat(nine, maxAttributes/9) + last + " more>" + room, true},
		{"without blanks between", strings.Repeat(`<p a=""b=""c="">`, maxAttributes/3+1), true},
		{"in a script", "<script>" + strings.Repeat(nine, maxAttributes/9+1) + "</script>" + room, false},
		{"in a remark", "<!--" + strings.Repeat(nine, maxAttributes/9+1) + "-->" + room, false},
	} {
		if got := floods([]byte(c.body)); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

// TestParseBombs: what the parse alone takes of the pages of which the largest trees are made. What the whole program takes
// of them stands in docs/security.md.
func TestParseBombs(t *testing.T) {
	for _, path := range []string{"/most-attributes", "/most-bare-attributes", "/most-template"} {
		w := httptest.NewRecorder()
		badSite().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		p := NewPage(Answer{Header: w.Header(), Body: w.Body.Bytes()}, nil)
		if floods(p.Answer.Body) {
			t.Errorf("%s would not be parsed", path)
		}
		before, start := liveBytes(), cpu(t)
		p.Root()
		took := cpu(t) - start
		held := liveBytes() - before
		runtime.KeepAlive(p)
		t.Logf("%-24s %4d ms of processor, %3d MB", path, took.Milliseconds(), held/1_000_000)
		if took > mostParsing || held > mostTree {
			t.Errorf("%s: %v of processor, %d bytes", path, took, held)
		}
	}
}

// liveBytes is what the process holds that is of use to it.
func liveBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // far below
}

func cpu(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
