package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"doorknock/audit"
)

// formulaStarts are the characters by which a spreadsheet takes a cell for a formula or command, in their ordinary
// and full-width forms.
const formulaStarts = "=+-@|%\t\r＝＋－＠｜％"

// csvText makes a text cell safe to open in a spreadsheet and to read in an editor: a text that starts, after any blanks,
// with a sign that starts a formula gets an apostrophe before it; what acts on the text around it is taken out.
// encoding/csv does neither.
func csvText(s string) string {
	s = audit.Untrusted(s).Text()
	for _, r := range s {
		if strings.ContainsRune(formulaStarts, r) {
			return "'" + s
		}
		if !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) { // joiners are kept, and show nothing
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
