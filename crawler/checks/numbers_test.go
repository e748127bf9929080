package checks_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestStatedNumbers: a page's own count of its comments is read to the letter, or not at all; none is never 0.
func TestStatedNumbers(t *testing.T) {
	listed, err := os.ReadFile("testdata/comments/open-wordpress-listed.html")
	if err != nil {
		t.Fatal(err)
	}
	for heading, want := range map[string]string{
		"3 Comments": "3", "Comments (12)": "12", "1,234 Comments": "1234", "1.234 Kommentare": "1234", "One Response": "1", "No Comments": "0",
		"999999999 Comments": "999999999",
		"1.2K Comments":      "-", "1 234 Comments": "-", "Comments (1 234)": "-", "1\u00a0234 Comments": "-", "١٢ Comments": "-", "-5 Comments": "-",
		"99999999999999999999 Comments": "-", "Be the first to comment": "-", "Comments": "-", "12,34 Comments": "-", ",123 Comments": "-",
		"1234,567 Comments": "-", "1,234.567 Comments": "-", "0x10 Comments": "-", "1e3 Comments": "-", "NaN Comments": "-", "５ Comments": "-", "½ Comments": "-",
	} {
		page := strings.Replace(string(listed), "3 thoughts on the works", heading, 1)
		got := "-"
		if n := comments(saved("https://www.fernley.example/news/roof/", []byte(page))).CountClaimed; n != nil {
			got = fmt.Sprint(*n)
		}
		if got != want {
			t.Errorf("%q states %s, want %s", heading, got, want)
		}
	}
}
