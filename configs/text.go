package configs

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"unicode"
	"unicode/utf8"
)

// readFile reads a file that an operator wrote, at most one byte more than most: whoever sees that byte refuses it. A
// device or a data set that was named by accident is not read to its end.
func readFile(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	return io.ReadAll(io.LimitReader(f, most+1))
}

// asText gives the text of a file without its byte order mark, or says why there is none: programs that save tables save
// them in more ways than one.
func asText(data []byte) ([]byte, string) {
	const save = "save the file as UTF-8"
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return nil, "is UTF-16; " + save
	case bytes.IndexByte(data[:min(len(data), 2)], 0) >= 0:
		return nil, "holds zero bytes at its beginning, as UTF-16 does; " + save
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), ""
}

// hidden names the first character of text that shows nothing and acts on what stands around it, or "".
func hidden(text string) string {
	for _, r := range text {
		if r != '\n' && r != '\r' && r != '\t' && r != '\u200c' && r != '\u200d' &&
			(unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)) {
			return fmt.Sprintf("%U", r)
		}
	}
	return ""
}

// unfit says what is wrong with the characters of a line of a settings file, and in which column, from 1.
func unfit(line []byte) (string, int) {
	if in := bytes.TrimLeft(line, " "); bytes.HasPrefix(in, []byte("\t")) && len(bytes.TrimSpace(in)) > 0 {
		return "is indented with a tab; use spaces", len(line) - len(in) + 1
	}
	if len(line) > maxLine {
		return fmt.Sprintf("is longer than %d bytes; break it into several lines", maxLine), 1
	}
	column := 0
	for rest := line; len(rest) > 0; {
		column++
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 {
			return "is not UTF-8; save the file as UTF-8", column
		}
		if what := hidden(string(r)); what != "" {
			return "holds the invisible character " + what + "; remove it", column
		}
		rest = rest[n:]
	}
	return "", 0
}
