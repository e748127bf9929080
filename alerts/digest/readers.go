package digest

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"doorknock/store"
)

// Listed is one row of a list of readers.
type Listed struct {
	Line    int
	Address string
	Choice  store.Choice
}

// The columns of a list of readers: address alone is needed; several values in a cell are separated by ;.
var readerColumns = []string{"address", "every", "language", "zone", "organisation", "sector", "nation", "size", "area", "kind"}

const (
	mostReaders  = 100_000
	mostMistakes = 20 // told at once
)

// ReadReaders reads a list of readers from CSV. Every mistake is told with its line, and with any nothing is given back.
func ReadReaders(r io.Reader, zone string) ([]Listed, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = -1
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("read the list's first line: want the names of its columns, such as address: %w", err)
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff")
	l := &readerList{zone: zone, seen: map[string]int{}}
	if err := l.columns(head); err != nil {
		return nil, err
	}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Join(append(l.mistakes, fmt.Errorf("read the list: %w", err))...)
		}
		line, _ := in.FieldPos(0)
		if l.row(line, cells); len(l.mistakes) >= mostMistakes || len(l.rows) > mostReaders {
			l.wrong(line, "here the reading stops: %d mistakes, or more than %d readers", len(l.mistakes), mostReaders)
			break
		}
	}
	if len(l.mistakes) > 0 {
		return nil, errors.Join(l.mistakes...)
	}
	return l.rows, nil
}

// readerList is a list as far as it is read.
type readerList struct {
	zone     string
	names    []string
	seen     map[string]int // line of each address
	rows     []Listed
	mistakes []error
}

func (l *readerList) wrong(line int, format string, args ...any) {
	l.mistakes = append(l.mistakes, fmt.Errorf("line %d: %s", line, fmt.Sprintf(format, args...)))
}

func (l *readerList) columns(head []string) error {
	for _, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		if slices.Contains(l.names, name) {
			return fmt.Errorf("line 1: column %q stands twice", name)
		}
		l.names = append(l.names, name) // others are for other readers of the list, and left alone
	}
	if !slices.Contains(l.names, "address") {
		return fmt.Errorf("line 1: column address is missing; the columns are %s", strings.Join(readerColumns, ","))
	}
	return nil
}

func (l *readerList) row(line int, cells []string) {
	if len(cells) != len(l.names) {
		l.wrong(line, "has %d cells, the first line %d", len(cells), len(l.names))
		return
	}
	values := map[string]string{}
	for i, name := range l.names {
		values[name] = strings.TrimPrefix(strings.TrimSpace(cells[i]), "'") // as WriteReaders wards off reckoning
	}
	r := Listed{Line: line, Choice: store.Choice{Zone: l.zone}}
	var err error
	if r.Address, err = ReadAddress(values["address"]); err != nil {
		l.wrong(line, "%q: %v", cut(values["address"]), err)
		return
	}
	if first := l.seen[r.Address]; first > 0 {
		l.wrong(line, "%s stands on line %d too", r.Address, first)
	}
	l.seen[r.Address] = line
	r.Choice.Every = l.one(line, "every", values, store.EveryWeek, store.Everies())
	r.Choice.Language = l.one(line, "language", values, English, Languages())
	if zone := values["zone"]; zone != "" {
		if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
			l.wrong(line, "there is no time zone %q", cut(zone))
		}
		r.Choice.Zone = zone
	}
	l.wants(line, values, &r.Choice.Wants)
	l.rows = append(l.rows, r)
}

func (l *readerList) one(line int, name string, values map[string]string, otherwise string, known []string) string {
	v := values[name]
	if v == "" {
		return otherwise
	}
	if !slices.Contains(known, v) {
		l.wrong(line, "%s is %q; want one of %s", name, cut(v), strings.Join(known, ", "))
	}
	return v
}

func (l *readerList) wants(line int, values map[string]string, w *store.Wants) {
	q := map[string][]string{}
	for name := range choices(w) {
		for v := range strings.SplitSeq(values[name], ";") {
			if v = strings.TrimSpace(v); v != "" {
				q[name] = append(q[name], v)
			}
		}
	}
	*w = ReadWants(q)
	for name, taken := range choices(w) {
		for _, v := range q[name] {
			if !slices.Contains(*taken, v) {
				l.wrong(line, "there is no %s %q", name, cut(v))
			}
		}
	}
}

func cut(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// WriteReaders writes a list of readers as ReadReaders reads it, with how it stands with each.
func WriteReaders(w io.Writer, readers []store.Subscription) error {
	out := csv.NewWriter(w)
	rows := [][]string{append(slices.Clone(readerColumns), "state", "since", "consent")}
	for _, r := range readers {
		if r.Address == "" {
			continue // a receiver of the settings is no reader
		}
		row := []string{r.Address, r.Every, r.Language, r.Zone}
		for _, name := range readerColumns[4:] {
			row = append(row, strings.Join(*choices(&r.Wants)[name], ";"))
		}
		state, since := "asked", r.RecordedAt
		switch {
		case !r.EndedAt.IsZero():
			state, since = "ended by "+r.EndedBy, r.EndedAt
		case !r.ConfirmedAt.IsZero():
			state, since = "confirmed", r.ConfirmedAt
		}
		rows = append(rows, append(row, state, since.UTC().Format(time.RFC3339), r.Consent))
	}
	for _, row := range rows {
		for i, v := range row {
			if v != "" && strings.ContainsRune("=+-@\t\r", rune(v[0])) {
				row[i] = "'" + v // so that no table reckons with it
			}
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("write the list of readers: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the list of readers: %w", err)
	}
	return nil
}
