package store

import (
	"fmt"
	"os"
	"syscall"
)

// diskSpace asks for what a user without privileges may still write.
func diskSpace(dir string) (free, total uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil //nolint:gosec // a block's size is positive
}

// reserve takes the space without writing it.
func reserve(f *os.File, size int64) error {
	if err := syscall.Fallocate(int(f.Fd()), 0, 0, size); err != nil {
		return fmt.Errorf("allocate %d bytes: %w", size, err)
	}
	return nil
}
