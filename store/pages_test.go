package store

import (
	"os"
	"path/filepath"
	"testing"
)

// TestPagesOfARecording: half of what a recording costs is the pages that it writes. An index more is one to five of them with
// every visit, so it is noticed here and not in a year's figures.
func TestPagesOfARecording(t *testing.T) {
	const most, before, counted = 58, 3 * benchChannels, benchChannels / 4
	db := benchStore(t)
	for i := range before + counted {
		if i == before {
			if err := db.emptyLog(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := db.Record(t.Context(), benchVisit(i)); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(filepath.Join(db.o.Dir, databaseFile+"-wal"))
	if err != nil {
		t.Fatal(err)
	}
	if each := float64(info.Size()) / (4096 + 24) / counted; each > most {
		t.Errorf("a recording of ten findings and ten comments writes %.1f pages, want at most %d", each, most)
	} else {
		t.Logf("a recording of ten findings and ten comments writes %.1f pages", each)
	}
}
