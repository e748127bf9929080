//go:build !linux

package store

// gently does long work as any other: elsewhere a thread has no claim of its own to the processor.
func gently(work func() error) error { return work() }
