package crawler

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// address reads an address as the fetcher will: by WHATWG's rules, so that what is checked is what is sent.
func (c *Crawler) address(raw string) (*url.URL, error) {
	if len(raw) > addressMax {
		return nil, errors.New("address too long")
	}
	if plainAddress(raw) {
		return url.Parse(raw) //nolint:wrapcheck // of such it fails never
	}
	w, err := c.parser.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("read address: %w", err)
	}
	u, err := url.Parse(w.Href(true))
	if err != nil {
		return nil, fmt.Errorf("read address: %w", err)
	}
	return u, nil
}

// plainAddress reports whether an address is a name of small letters and a path from the root that nobody would write otherwise:
// by WHATWG's rules it is what it is. Nearly all are such, and to spell one out costs a tenth of asking for it.
func plainAddress(raw string) bool {
	rest, web := strings.CutPrefix(raw, "http://")
	if !web {
		rest, web = strings.CutPrefix(raw, "https://")
	}
	slash := strings.IndexByte(rest, '/')
	return web && slash > 0 && plainHost(rest[:slash]) && plainPath(rest[slash:])
}

// plainHost reports whether a name is of ASCII letters, digits, hyphens and single dots, ends in letters as no number does, and
// stands for no other letters.
func plainHost(name string) bool {
	last := strings.LastIndexByte(name, '.')
	if last < 1 || name[0] == '.' || last == len(name)-1 || strings.Contains(name, "..") || strings.Contains(name, "xn--") {
		return false
	}
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', c == '.':
		case i < last && ('0' <= c && c <= '9' || c == '-'):
		default:
			return false
		}
	}
	return true
}
