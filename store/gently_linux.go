package store

import (
	"runtime"
	"syscall"
)

// gently does long work on a thread of its own that takes the processor only while nobody else wants it: the first page
// after a start is not to wait for it. It never holds a lock that others wait for.
func gently(work func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()                               // and never unlocked: the thread ends with the goroutine, and its low claim with it
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, 19) // on Linux of this thread alone; where it is refused the work is done all the same
		done <- work()
	}()
	return <-done
}
