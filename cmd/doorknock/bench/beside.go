package bench

import (
	"bytes"
	"fmt"

	"golang.org/x/net/html"
)

// ForScrapy gives the selectors and the paths of each site, for another crawler to do the same work.
func ForScrapy() (selectors, of []string) { return Selectors, paths }

// Matches counts what the selectors match on the pages of the first n sites.
func Matches(n int) (int, error) {
	compiled, err := compile()
	if err != nil {
		return 0, err
	}
	var each []int
	for _, p := range Pages() {
		root, err := html.Parse(bytes.NewReader(p))
		if err != nil {
			return 0, fmt.Errorf("parse page: %w", err)
		}
		each = append(each, matches(root, compiled))
	}
	total := 0
	for i := range n * len(paths) {
		total += each[i%len(each)]
	}
	return total, nil
}
