package web

import (
	"bytes"
	"encoding/csv"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"
)

func TestCSVTextIsNeverAFormula(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Otter Homes", "Otter Homes"},
		{"", ""},
		{"=1+1", "'=1+1"},
		{"+44", "'+44"},
		{"-2", "'-2"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"\tx", "'\tx"},
		{"\rx", "\nx"},
		{"\r=1", "'\n=1"},
		{"  =cmd|' /C calc'!A0", "'  =cmd|' /C calc'!A0"},
		{"\u00a0=1", "'\u00a0=1"},
		{"\u200b=1", "'=1"},
		{"\u200d=1", "'\u200d=1"},
		{"\u202e=1", "'=1"},
		{"＝1+1", "'＝1+1"},
		{"a=b", "a=b"},
		{"x\x00y", "xy"},
		{"\x00=1", "'=1"},
	} {
		if got := csvText(c.in); got != c.want {
			t.Errorf("csvText(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestCSVNumbersStayNumbers(t *testing.T) {
	f := newCSV("name", "score", "homes")
	f.row("=x", -2.5, nil)
	w := httptest.NewRecorder()
	f.send(w, "x.csv")
	if got, want := w.Body.String(), "name,score,homes\r\n'=x,-2.5,\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// csvIsText reads the file back: no cell of it is a formula.
func csvIsText(t *testing.T, s string) {
	t.Helper()
	file := newCSV("a", "b")
	file.row(s, 1)
	w := httptest.NewRecorder()
	file.send(w, "x.csv")
	rows, err := csv.NewReader(bytes.NewReader(w.Body.Bytes())).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%q: rows %d, %v", s, len(rows), err)
	}
	bare := strings.TrimLeftFunc(rows[1][0], func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	})
	if strings.IndexAny(bare, formulaStarts) == 0 {
		t.Errorf("%q came out as %q, which a spreadsheet may run", s, rows[1][0])
	}
}
