package configs

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// rows takes the CSV apart and reads each row. A row that is not CSV is a mistake of its line, and the next is read on.
func (l *list) rows(data []byte) {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil {
		l.wrong(cell{line: 1}, "holds no header; the first line names the columns %s", strings.Join(columns, ","))
		return
	}
	if !l.header(header) {
		return
	}
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			l.wrong(cell{line: bad.Line, offset: bad.Column}, "is not CSV: %v; put a value that holds a comma or quote in quotes and double its quotes", bad.Err)
			continue
		}
		if err != nil { // a bytes.Reader has no other error
			l.wrong(cell{}, "%v", err)
			return
		}
		line, _ := r.FieldPos(0)
		if len(fields) != len(header) {
			l.wrong(cell{line: line}, "has %d values; the header names %d columns", len(fields), len(header))
			continue
		}
		if strings.TrimSpace(strings.Join(fields, "")) == "" {
			l.wrong(cell{line: line}, "is blank; remove the line")
			continue
		}
		l.row(l.cells(header, fields, r.FieldPos))
	}
}

func (l *list) cells(header, fields []string, place func(int) (int, int)) map[string]cell {
	cells := make(map[string]cell, len(columns))
	first, _ := place(0)
	for _, name := range columns {
		cells[name] = cell{column: name, line: first}
	}
	for i, name := range header {
		line, offset := place(i)
		cells[name] = cell{column: name, text: fields[i], line: line, offset: offset}
	}
	return cells
}

// header reports whether the rows can be read under it.
func (l *list) header(names []string) bool {
	before := len(l.mistakes)
	if len(names) == 1 && strings.ContainsAny(names[0], ";\t") {
		l.wrong(cell{line: 1}, "has its columns separated by semicolons or tabs; save it as CSV with commas")
		return false
	}
	for i, name := range names {
		switch {
		case !slices.Contains(columns, name):
			l.wrong(cell{line: 1}, "unknown column %q; the columns are %s", name, strings.Join(columns, ","))
		case slices.Index(names, name) != i:
			l.wrong(cell{line: 1}, "column %q stands twice", name)
		}
	}
	for _, name := range needed {
		if !slices.Contains(names, name) {
			l.wrong(cell{line: 1}, "column %q is missing", name)
		}
	}
	return len(l.mistakes) == before
}

// spelledOut gives an address with the name that is really asked for (xn--...) where it is written in another script, so
// that nobody reads one name and visits another.
func spelledOut(address string) string {
	u, err := url.Parse(address)
	if err != nil || !strings.ContainsFunc(u.Host, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return address
	}
	ascii, err := idna.Lookup.ToASCII(u.Hostname())
	if err != nil {
		return ""
	}
	if port := u.Port(); port != "" {
		ascii += ":" + port
	}
	u.Host = ascii
	return u.String()
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
