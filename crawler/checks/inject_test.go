package checks_test

import (
	"path/filepath"
	"strings"
	"testing"

	"doorknock/audit"
)

// TestWordsInProse puts "Comments are closed." into every paragraph of the labelled pages, what people wrote included. It
// may take an answer away; it must not make one against somebody.
func TestWordsInProse(t *testing.T) {
	withoutDetector(t)
	dir := shared(t, "corpus/pages")
	for _, row := range table(t, filepath.Join(dir, "labels.csv")) {
		if row["comment_state"] == "closed" {
			continue
		}
		page := string(body(t, filepath.Join(dir, row["file"])))
		for _, said := range []string{"</p>", " Comments are closed.</p>", "<p>Comments are closed.</p></p>"} {
			r := comments(saved(row["url"], []byte(strings.ReplaceAll(page, "</p>", said))))
			if s := r.Verdict.State(); s == audit.Closed {
				t.Errorf("%s with %q is closed by %+v", row["file"], said, r.Verdict.Evidence())
			}
		}
	}
}
