package comment_test

import (
	"syscall"
	"testing"
	"time"
)

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
