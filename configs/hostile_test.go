package configs_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"doorknock/configs"
	"doorknock/internal/hostile"
)

func utf16Of(s string, bigEndian bool) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if bigEndian {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

// Lists as programs and people save them: what can be read is, and everything else is told with its line.
func TestListsAsTheyAreSaved(t *testing.T) {
	const header = "id,name,nation,sector,website\n"
	const row = "a,A,Wales,council,http://a.test/\n"
	cases := []struct{ name, list, want string }{
		{"as it should be", header + row, ""},
		{"byte order mark", "\ufeff" + header + row, ""},
		{"CRLF", strings.ReplaceAll(header+row, "\n", "\r\n"), ""},
		{"CR alone", strings.ReplaceAll(header+row, "\n", "\r"), ""},
		{"other order of columns", "website,sector,nation,name,id\nhttp://a.test/,council,Wales,A,a\n", ""},
		{"UTF-16", utf16Of("\ufeff"+header+row, false), "l.csv: is UTF-16; save the file as UTF-8"},
		{"UTF-16, the other way", utf16Of("\ufeff"+header+row, true), "l.csv: is UTF-16; save the file as UTF-8"},
		{"UTF-16 without a mark", utf16Of(header+row, false), "l.csv: holds zero bytes at its beginning"},
		{"windows-1252", header + "a,Caf\xe9,Wales,council,http://a.test/\n", "l.csv:2:3: name: is not UTF-8"},
		{"semicolons", strings.ReplaceAll(header+row, ",", ";"), "l.csv:1: has its columns separated by semicolons or tabs"},
		{"tabs", strings.ReplaceAll(header+row, ",", "\t"), "l.csv:1: has its columns separated by semicolons or tabs"},
		{"missing column", "id,name,nation,website\na,A,Wales,http://a.test/\n", `l.csv:1: column "sector" is missing`},
		{"too few values", header + "a,A,Wales\n" + row, "l.csv:2: has 3 values; the header names 5 columns"},
		{"NUL", header + "a,A\x00,Wales,council,http://a.test/\n", "l.csv:2:3: name: holds a line break or control character"},
		{"escape", header + "a,\x1b[31mA,Wales,council,http://a.test/\n", "l.csv:2:3: name: holds a line break or control character"},
		{"turned round", header + "a,A\u202eb,Wales,council,http://a.test/\n", "l.csv:2:3: name: holds the invisible character U+202E"},
		{"zero width", header + "a,A\u200bb,Wales,council,http://a.test/\n", "l.csv:2:3: name: holds the invisible character U+200B"},
		{"a cell of a megabyte", header + "a," + strings.Repeat("x", 1<<20) + ",Wales,council,http://a.test/\n", "l.csv:2:3: name: is longer than 200 characters"},
		{"an id of a megabyte", header + strings.Repeat("x", 1<<20) + ",A,Wales,council,http://a.test/\n", "l.csv:2:1: id:"},
		{"a formula is a name, and guarded where it goes out", header + "a,=1+1,Wales,council,http://a.test/\n", ""},
		{"climbing id", header + "../../etc,A,Wales,council,http://a.test/\n", `l.csv:2:1: id: "../../etc" is not an id`},
		{"other schemes", header + "a,A,Wales,council,javascript:alert(1);file:///etc/passwd\n", "l.csv:2:19: website:"},
		{"a user in the address", header + "a,A,Wales,council,http://u:p@a.test/\n", "l.csv:2:19: website:"},
		{"a quote that is not closed", header + "a,\"A,Wales\n" + row, "is not CSV"},
		{"blank rows between", header + "\n" + row + ",,,,\n", "l.csv:4: is blank"},
		{"larger than 16 MiB", header + strings.Repeat(" ", 17<<20), "l.csv: is larger than 16 MiB"},
	}
	for _, c := range cases {
		organisations, channels, err := configs.ReadOrganisations("l.csv", strings.NewReader(c.list))
		if c.want == "" {
			if err != nil || len(organisations) != 1 || len(channels) != 1 {
				t.Errorf("%s: %d organisations, %d channels, %v", c.name, len(organisations), len(channels), err)
			}
			continue
		}
		wantMistake(t, c.name, err, c.want)
	}
}

func wantMistake(t *testing.T, name string, err error, want string) {
	t.Helper()
	if _, ok := errors.AsType[configs.Mistakes](err); !ok || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %.300v, want %s", name, err, want)
		return
	}
	if len(err.Error()) > 4000 {
		t.Errorf("%s: told in %d bytes", name, len(err.Error()))
	}
}

// Every text of the hostile list in every column: read, or refused with its line, and never repeated at length.
func TestHostileCells(t *testing.T) {
	for _, h := range hostile.Texts() {
		cell := `"` + strings.ReplaceAll(h.Text, `"`, `""`) + `"`
		for i := range 5 {
			row := []string{"a", "A", "Wales", "council", "http://a.test/"}
			row[i] = cell
			_, _, err := configs.ReadOrganisations("l.csv", strings.NewReader("id,name,nation,sector,website\n"+strings.Join(row, ",")+"\n"))
			if err != nil {
				wantMistake(t, h.Name, err, "l.csv:2")
			}
			if err == nil && i != 1 {
				t.Errorf("%s is taken for column %d", h.Name, i)
			}
		}
	}
}

// The address of a name in another script is the one that is really asked for.
func TestForeignScriptsAreSpelledOut(t *testing.T) {
	_, channels, err := configs.ReadOrganisations("l.csv", strings.NewReader("id,name,nation,sector,website\na,A,Wales,council,http://\u0430pple.test/x\n"))
	if err != nil || channels[0].URL != "http://xn--pple-43d.test/x" || channels[0].Lane != "xn--pple-43d.test" {
		t.Errorf("%+v, %v", channels, err)
	}
}

func TestTenThousandOrganisations(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,name,nation,sector,website\n")
	for i := range 10_000 {
		fmt.Fprintf(&b, "o-%d,Organisation %d,Wales,council,http://o%d.test/\n", i, i, i)
	}
	organisations, channels, err := configs.ReadOrganisations("l.csv", strings.NewReader(b.String()))
	if err != nil || len(organisations) != 10_000 || len(channels) != 10_000 {
		t.Errorf("%d organisations, %d channels, %v", len(organisations), len(channels), err)
	}
	// And all of them wrong: a bounded number is told.
	_, _, err = configs.ReadOrganisations("l.csv", strings.NewReader(strings.ReplaceAll(b.String(), "Wales", "Mars")))
	if all, _ := errors.AsType[configs.Mistakes](err); len(all) != 500 || all[0].Line != 2 {
		t.Errorf("%d mistakes", len(all))
	}
}

// Settings as programs and people save them. None may take long: some files cost the parser minutes.
func TestSettingsAsTheyAreSaved(t *testing.T) {
	keys := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "k%d: 1\n", i)
		}
		return b.String()
	}
	cases := []struct{ name, text, want string }{
		{"byte order mark", "\ufeffpurpose: team\n", ""},
		{"CRLF", "purpose: team\r\ncrawl:\r\n  pace: 2s\r\n", ""},
		{"UTF-16", utf16Of("\ufeffpurpose: team\n", false), "is UTF-16; save the file as UTF-8"},
		{"windows-1252", "contact: caf\xe9@a.test\n", ":1:13: is not UTF-8"},
		{"NUL", "purpose: te\x00am\n", ":1:12: holds the invisible character U+0000"},
		{"turned round", "purpose: team\ncontact: a\u202eb@c.test\n", ":2:11: holds the invisible character U+202E"},
		{"a tab", "crawl:\n\tpace: 2s\n", ":2:1: is indented with a tab"},
		{"twice", "purpose: team\npurpose: public\n", ":2:1: purpose: stands twice, first on line 1"},
		{"unknown key", "purpose: team\ncrawl: {pase: 2s}\n", ":2:9: crawl.pase: unknown key"},
		{"climbing path", "organisations: ../../../nowhere\n", ":1:1: organisations: cannot read ../../../nowhere"},
		{"a name of nearly a line", strings.Repeat("k", 16_000) + ": 1\n", "unknown key"},
		{"a value of nearly a line", "contact: " + strings.Repeat("x", 16_000) + "\n", ":1:1: contact:"},
		{"a line of a megabyte", "contact: " + strings.Repeat("x", 1_000_000) + "\n", ":1:1: is longer than 16384 bytes"},
		{"brackets", strings.Repeat("[", 16_000), "nested deeper than 100"},
		{"braces", "a: " + strings.Repeat("{a: ", 3000), "nested deeper than 100"},
		{"dashes", strings.Repeat("- ", 8000), "nested deeper than 100"},
		{"anchors", strings.Repeat("&a ", 5000), ":1:"},
		{"colons", strings.Repeat("a: ", 5000), ":1:"},
		{"keys", keys(50_000), "has more than 5000 lines"},
		{"more than a megabyte", strings.Repeat("# words\n", 200_000), "larger than 1048576 bytes"},
	}
	path := filepath.Join(t.TempDir(), "d.yaml")
	for _, c := range cases {
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		got, err := configs.Load(path, noEnv)
		if took := time.Since(begin); took > 2*time.Minute {
			t.Errorf("%s: took %v", c.name, took)
		}
		if c.want == "" {
			if err != nil || got.Purpose != configs.Team {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		wantMistake(t, c.name, err, c.want)
	}
}

// A device named by accident is not read to its end, which it has not.
func TestEndlessFiles(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip("no /dev/zero here")
	}
	if _, err := configs.Load("/dev/zero", noEnv); err == nil {
		t.Error("/dev/zero was read as settings")
	}
	c := configs.Default()
	c.Organisations = "/dev/zero"
	if _, _, err := c.LoadOrganisations(); err == nil {
		t.Error("/dev/zero was read as a list")
	}
}
