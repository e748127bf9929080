package main

import (
	"testing"

	"doorknock/alerts/digest"
	"doorknock/crawler/checks"
)

// TestEveryCheckIsInTheCatalogue: an edition has each question in both languages, the English one as the check itself asks it.
func TestEveryCheckIsInTheCatalogue(t *testing.T) {
	english, welsh := digest.In(digest.English).All(), digest.In(digest.Welsh).All()
	for _, c := range checks.All() {
		key := "check." + string(c.ID)
		if english[key] != c.Title || welsh[key] == "" || welsh[key] == c.Title {
			t.Errorf("%s asks %q; the catalogue has %q, %q", c.ID, c.Title, english[key], welsh[key])
		}
	}
}
