package store

import (
	"context"
	"errors"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// DiskTrouble reports whether err is that of a disk or folder that cannot be written now, or of a process with too many
// open files.
func DiskTrouble(err error) bool {
	for _, is := range []error{syscall.EIO, syscall.EROFS, syscall.EMFILE, syscall.ENFILE, syscall.EDQUOT} {
		if errors.Is(err, is) {
			return true
		}
	}
	return Full(err)
}

// Trouble reports whether err is the database's or the disk's own trouble, and not the fault of what was to be
// written, so that the same call may work later: a stage then waits and tries again instead of giving its work up.
func Trouble(err error) bool {
	if DiskTrouble(err) || errors.Is(err, ErrReadOnly) || errors.Is(err, ErrCorrupt) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	var fault sqlite3.Error
	if !errors.As(err, &fault) {
		return false
	}
	switch fault.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrNomem, sqlite3.ErrReadonly, sqlite3.ErrInterrupt, sqlite3.ErrIoErr,
		sqlite3.ErrCorrupt, sqlite3.ErrCantOpen, sqlite3.ErrProtocol, sqlite3.ErrPerm, sqlite3.ErrNotADB:
		return true
	}
	return false
}
