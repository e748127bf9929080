package crawler

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// lowerASCII leaves every byte outside A to Z alone.
func lowerASCII(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	writeLower(&b, s)
	return b.String()
}

// Lower is strings.ToLower for what stands on pages. Most names and addresses are in lower case already, and come back as they
// are; of the rest nearly all is ASCII, while strings.ToLower goes through the whole of a text letter by letter, and closure
// by closure, for one apostrophe that is not.
func Lower(s string) string {
	if isLower(s) {
		return s
	}
	var short [64]byte
	if n := len(s); n <= len(short) && putLower(short[:n], s) {
		return string(short[:n]) // most that are not: without a Builder
	}
	var b strings.Builder
	b.Grow(len(s))
	for s != "" {
		n := asciiRun(s)
		writeLower(&b, s[:n])
		s = s[n:]
		for n = 0; n < len(s) && s[n] >= utf8.RuneSelf; {
			n++
		}
		b.WriteString(lowerRun(s[:n]))
		s = s[n:]
	}
	return b.String()
}

// isLower reports whether a text is ASCII without capital letters.
func isLower(s string) bool {
	if len(s) < 8 {
		eight, _ := firstEight(s)
		return lowerAlready(eight)
	}
	for i := 0; i+8 <= len(s); i += 8 {
		if !lowerAlready(eightBytes(s[i : i+8])) {
			return false
		}
	}
	return lowerAlready(eightBytes(s[len(s)-8:]))
}

func lowerAlready(eight uint64) bool { return eight&highBits|(eight^lowerEight(eight)) == 0 }

// lowerRun lowers characters beyond ASCII. Dashes and quotation marks, which most of them are, have no case.
func lowerRun(s string) string {
	if len(s) == 3 && s[0] == 0xe2 && s[1] == 0x80 {
		return s
	}
	return strings.ToLower(s)
}

// asciiRun is how many bytes of ASCII a text begins with.
func asciiRun(s string) int {
	i := 0
	for i+8 <= len(s) && eightBytes(s[i:i+8])&highBits == 0 {
		i += 8
	}
	for i < len(s) && s[i] < utf8.RuneSelf {
		i++
	}
	return i
}

func writeLower(b *strings.Builder, s string) {
	var part [512]byte
	for s != "" {
		n := min(len(s), len(part))
		putLower(part[:n], s[:n])
		b.Write(part[:n])
		s = s[n:]
	}
}

// putLower writes a text into as many bytes, only the letters of ASCII in lower case, and reports whether it is all ASCII.
func putLower(lower []byte, s string) (ascii bool) {
	if len(s) < 8 {
		eight, _ := firstEight(s)
		for i, low := 0, lowerEight(eight); i < len(s); i, low = i+1, low>>8 {
			lower[i] = byte(low)
		}
		return eight&highBits == 0
	}
	high := uint64(0)
	for i := 0; i < len(s); i += 8 {
		i = min(i, len(s)-8) // the last eight overlap those before them
		eight := eightBytes(s[i : i+8])
		binary.LittleEndian.PutUint64(lower[i:], lowerEight(eight))
		high |= eight
	}
	return high&highBits == 0
}

const (
	allBytes = 0x0101010101010101
	highBits = 0x80 * allBytes
)

// lowerEight lowers the ASCII letters among eight bytes at once: bit 7 of each byte tells that it is between A and Z, and
// moves to where it makes the letter small.
func lowerEight(x uint64) uint64 {
	low := x &^ highBits
	fromA, afterZ := low+(0x80-'A')*allBytes, low+(0x80-'Z'-1)*allBytes
	return x | (fromA&^afterZ&^x&highBits)>>2
}

func eightBytes(s string) uint64 {
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

var toLower = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			t[i] += 'a' - 'A'
		}
	}
	return t
}()
