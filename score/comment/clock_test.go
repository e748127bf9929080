package comment_test

import (
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorknock/score/comment"
)

// most is what a text may cost in processor time, where a plain text as long as the encoder reads costs a quarter of that or less; a
// slower processor has as much more.
const most = 100 * time.Millisecond

// plain is longer than the encoder reads.
var plain = strings.Repeat("The garden party was lovely, but I rang about the boiler three weeks ago and nobody called back. ", 24)

// overrun gives what run takes where that is more than it may, or zero. What takes long is tried again, beside the plain text: what
// else runs here shares the processor, and the first reading of the model is nobody's fault.
func overrun(t *testing.T, s *comment.Scorer, run func()) (took time.Duration) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	timed := func(run func()) time.Duration {
		start := threadTime(t)
		run()
		return threadTime(t) - start
	}
	if took = timed(run); took <= most {
		return 0
	}
	for range 5 {
		may := max(most, 4*timed(func() { s.Assess(plain) }))
		if took = timed(run); took <= may {
			return 0
		}
	}
	return took
}

// threadTime is the processor's time that this thread has had.
func threadTime(t *testing.T) time.Duration {
	t.Helper()
	const thisThread = 1 // RUSAGE_THREAD
	var u syscall.Rusage
	if err := syscall.Getrusage(thisThread, &u); err != nil {
		t.Skipf("no clock of a thread here: %v", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
