package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"doorknock/score/comment"
)

// The files of a folder of labels. The first is only ever added to; the others are made from it anew.
const (
	marksFile      = "marks.csv"
	ownTrainFile   = "labels_train.csv"
	ownTestFile    = "labels_test.csv" // its name keeps it from being trained on
	ownLicence     = "own labels, for this installation only"
	unsureOfIt     = "unsure"
	ownLabelReadme = `Labels of comments, made with doorknock label. They hold people's words: keep them where only those who label can read them.

| file | rows | what may be done with it |
| --- | --- | --- |
| labels_train.csv | %d | ` + ownLicence + ` |
| labels_test.csv | %d | the same |
`
)

var markColumns = []string{"id", "text", "domain", "annotator", "complaint", "drawn", "split", "at"}

// mark is what one person said of one text.
type mark struct {
	id, text, domain, annotator string
	complaint                   string // 1, 0 or unsure
	drawn, split                string
}

// marks are all that was said, in order; of one person's marks of a text the last counts.
type marks struct {
	path string
	all  []mark
}

func readMarks(folder string) (*marks, error) {
	m := &marks{path: filepath.Join(folder, marksFile)}
	rows, err := readColumns(m.path, markColumns...)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		if !slices.Contains([]string{"0", "1", unsureOfIt}, r["complaint"]) || r["annotator"] == "" {
			return nil, fmt.Errorf("read %s: row %d: want 0, 1 or %s, and by whom", m.path, i+1, unsureOfIt)
		}
		m.all = append(m.all, mark{r["id"], r["text"], r["domain"], r["annotator"], r["complaint"], r["drawn"], r["split"]})
	}
	return m, nil
}

// add keeps a mark before the next text is shown.
func (m *marks) add(k mark) error {
	f, err := os.OpenFile(m.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("keep label: %w", err)
	}
	w := csv.NewWriter(f)
	var wrong error
	if info, err := f.Stat(); err == nil && info.Size() == 0 {
		wrong = w.Write(markColumns)
	}
	wrong = errors.Join(wrong, w.Write([]string{k.id, k.text, k.domain, k.annotator, k.complaint, k.drawn, k.split, time.Now().UTC().Format(time.RFC3339)}))
	w.Flush()
	if err := errors.Join(wrong, w.Error(), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("keep label in %s: %w", m.path, err)
	}
	m.all = append(m.all, k)
	return nil
}

// by gives each person's last mark of each text.
func (m *marks) by() map[string]map[string]mark {
	of := map[string]map[string]mark{}
	for _, k := range m.all {
		if of[k.annotator] == nil {
			of[k.annotator] = map[string]mark{}
		}
		of[k.annotator][k.id] = k
	}
	return of
}

// texts gives one mark of each text, in the order in which they were first marked.
func (m *marks) texts() []mark {
	seen := map[string]bool{}
	var out []mark
	for _, k := range m.all {
		if !seen[k.id] {
			seen[k.id] = true
			out = append(out, k)
		}
	}
	return out
}

// settled gives the texts of one split with the label that all gave who were sure, and counts those on which they differ.
func (m *marks) settled(split string) (rows []mark, differ int) {
	of := m.by()
	for _, k := range m.texts() {
		if k.split != split {
			continue
		}
		said := map[string]bool{}
		for _, theirs := range of {
			if t, ok := theirs[k.id]; ok && t.complaint != unsureOfIt {
				said[t.complaint] = true
			}
		}
		switch {
		case len(said) > 1:
			differ++
		case len(said) == 1:
			k.complaint = "0"
			if said["1"] {
				k.complaint = "1"
			}
			rows = append(rows, k)
		}
	}
	return rows, differ
}

// export writes the files that train and eval comments read, and gives how many texts each has and on how many people differ.
func (m *marks) export(folder string) (train, test, differ int, err error) {
	trained, d1 := m.settled("train")
	tested, d2 := m.settled("test")
	readme := fmt.Sprintf(ownLabelReadme, len(trained), len(tested))
	err = errors.Join(writeLabels(filepath.Join(folder, ownTrainFile), trained), writeLabels(filepath.Join(folder, ownTestFile), tested),
		os.WriteFile(filepath.Join(folder, "README.md"), []byte(readme), 0o600))
	return len(trained), len(tested), d1 + d2, err
}

func writeLabels(path string, rows []mark) error {
	var b strings.Builder
	w := csv.NewWriter(&b)
	all := [][]string{{"id", "text", "domain", "complaint", "drawn", "split"}}
	for _, k := range rows {
		all = append(all, []string{k.id, k.text, k.domain, k.complaint, k.drawn, k.split})
	}
	if err := w.WriteAll(all); err != nil {
		return fmt.Errorf("write labels: %w", err)
	}
	half := path + ".new"
	if err := os.WriteFile(half, []byte(b.String()), 0o600); err != nil {
		return fmt.Errorf("write labels: %w", err)
	}
	if err := os.Rename(half, path); err != nil {
		return fmt.Errorf("write labels: %w", err)
	}
	return nil
}

// agreements compares every two people over the texts of which both were sure.
func (m *marks) agreements() map[[2]string]comment.Agreement {
	of, out := m.by(), map[[2]string]comment.Agreement{}
	people := slices.Sorted(maps.Keys(of))
	for i, a := range people {
		for _, b := range people[i+1:] {
			var x, y []bool
			for _, k := range m.texts() {
				said, other := of[a][k.id].complaint, of[b][k.id].complaint
				if said != "" && other != "" && said != unsureOfIt && other != unsureOfIt {
					x, y = append(x, said == "1"), append(y, other == "1")
				}
			}
			if len(x) > 0 {
				out[[2]string{a, b}] = comment.Agree(x, y)
			}
		}
	}
	return out
}
