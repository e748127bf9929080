// Package emptystore gives tests a new, empty store without making its tables each time: the first of a process is made by
// store.Open with every migration, the others are copies of its file.
//
// In: a folder. Out: the folder with a database in it, closed, as store.Open leaves one that nothing was written to and no
// key was named for. It never opens what it gave, and no test of Open or of the migrations may use it.
package emptystore

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"doorknock/store"
)

const file = "doorknock.db"

var first = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "doorknock-emptystore-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := store.Open(context.Background(), store.Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, file))
})

// In makes the folder if it is missing and puts an empty database into it, unless it has one.
func In(t testing.TB, dir string) string {
	t.Helper()
	path := filepath.Join(dir, file)
	if _, err := os.Stat(path); err == nil {
		return dir
	}
	content, err := first()
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		t.Fatalf("make an empty store: %v", err)
	}
	return dir
}
