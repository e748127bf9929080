package bench

import (
	"bytes"
	"fmt"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// Selectors are twenty questions as a crawler made of selectors would ask them: what Scrapy is asked on the same pages.
var Selectors = []string{
	"form[action*='wp-comments-post']", "#respond textarea", ".comment-list li", "p.no-comments", ".must-log-in a", "form.comment-form",
	"#disqus_thread", "iframe[src*='facebook.com']", "a[href*='facebook.com']", "a[href*='youtube.com']", "a[href*='complain']", "meta[name='generator']",
	"link[rel='alternate'][type='application/rss+xml']", "nav a[href]", "main h1", "main h2", "form textarea", "input[type='password']",
	"script[src]", "footer a[href]",
}

func compile() ([]cascadia.Selector, error) {
	var all []cascadia.Selector
	for _, s := range Selectors {
		c, err := cascadia.Compile(s)
		if err != nil {
			return nil, fmt.Errorf("selector %s: %w", s, err)
		}
		all = append(all, c)
	}
	return all, nil
}

// matches counts what the selectors match on a page.
func matches(root *html.Node, selectors []cascadia.Selector) (n int) {
	for _, s := range selectors {
		n += len(s.MatchAll(root))
	}
	return n
}

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
