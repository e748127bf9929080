package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"unicode"
)

// formulaStarts are the characters by which a spreadsheet takes a cell for a formula or command, in their ordinary
// and full-width forms.
const formulaStarts = "=+-@|%\t\r＝＋－＠｜％"

// csvText makes a text cell safe to open in a spreadsheet: a text that starts, after any blanks or invisible
// characters, with a sign that starts a formula gets an apostrophe before it. NUL is dropped. encoding/csv does not
// do this.
func csvText(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	for _, r := range s {
		if strings.ContainsRune(formulaStarts, r) {
			return "'" + s
		}
		if !unicode.IsSpace(r) && !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r) {
			break
		}
	}
	return s
}

// csvFile is a table on its way out as a download. Text cells are guarded; numbers are given as numbers.
type csvFile struct {
	buffer bytes.Buffer
	writer *csv.Writer
}

func newCSV(header ...string) *csvFile {
	f := &csvFile{}
	f.writer = csv.NewWriter(&f.buffer)
	f.writer.UseCRLF = true // RFC 4180
	_ = f.writer.Write(header)
	return f
}

// row adds one line. Strings are guarded, everything else is written as it prints; nil is an empty cell.
func (f *csvFile) row(cells ...any) {
	out := make([]string, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case nil:
		case string:
			out[i] = csvText(c)
		default:
			out[i] = fmt.Sprint(c)
		}
	}
	_ = f.writer.Write(out) // a bytes.Buffer takes every write
}

func (f *csvFile) send(w http.ResponseWriter, name string) {
	f.writer.Flush()
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = w.Write(f.buffer.Bytes())
}
