package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// rest lets both installations come to rest and compares them.
func (k *killing) rest() {
	k.t.Helper()
	k.env, k.rested = nil, time.Now()
	k.start()
	k.agree()
	k.rests()
	k.compare()
	k.same("complaint alerts", complaintsQuery)
	k.checkScores()
	k.checkLost()
	k.checkEvidence()
}

// checkLost says which rows were committed before a kill and are gone.
func (k *killing) checkLost() {
	k.t.Helper()
	for table, id := range rowTables {
		there := map[string]bool{}
		for _, row := range k.rows(`SELECT ` + id + ` FROM ` + table) {
			there[row] = true
		}
		for row := range k.seen[table] {
			if !there[row] {
				k.t.Errorf("%s %s was committed before a kill and is gone", table, row)
			}
		}
	}
}

// checkEvidence looks for the file of every capture.
func (k *killing) checkEvidence() {
	k.t.Helper()
	for _, row := range k.rows(`SELECT file, max(file_offset) FROM capture WHERE file <> '' GROUP BY file`) {
		file, offset, _ := strings.Cut(row, "|")
		info, err := os.Stat(filepath.Join(k.dir, "data", "evidence", file))
		if err != nil || fmt.Sprint(info.Size()) == offset {
			k.t.Errorf("the evidence of a recorded capture is not there: %s at %s, %v", file, offset, err)
		}
	}
}

// sweeps lets the evidence of the kills grow old and starts the program: what they left behind goes, and nothing else. What
// came after the last kill stays young: its visit may have been on its way when the program was ended, and is recorded now.
func (k *killing) sweeps() {
	k.t.Helper()
	dir, old := filepath.Join(k.dir, "data", "evidence"), time.Now().Add(-leftOverAge-time.Hour)
	named := map[string]bool{}
	for _, file := range k.rows(`SELECT file FROM capture WHERE file <> ''`) {
		named[file] = true
	}
	left := slices.DeleteFunc(evidenceFiles(k.t, dir), func(file string) bool {
		info, err := os.Stat(filepath.Join(dir, file))
		if err != nil {
			k.t.Fatal(err)
		}
		return info.ModTime().After(k.rested)
	})
	for _, file := range left {
		if err := os.Chtimes(filepath.Join(dir, file), old, old); err != nil {
			k.t.Fatal(err)
		}
	}
	if left = slices.DeleteFunc(left, func(file string) bool { return named[file] }); len(left) == 0 {
		k.t.Error("the kills left no evidence behind: were they where they should be?")
	}
	k.start()
	k.until("the left-over evidence is removed", time.Minute, func() bool {
		return !slices.ContainsFunc(left, func(file string) bool {
			_, err := os.Stat(filepath.Join(dir, file))
			return err == nil
		})
	})
	k.kill()
	k.checkEvidence()
	k.t.Logf("%d left-over evidence files of %d are removed", len(left), len(left)+len(named))
}
