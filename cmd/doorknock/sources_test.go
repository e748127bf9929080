package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/crawler/platform"
)

var writeSources = flag.Bool("write-sources", false, "write the table of platforms into docs/sources.md")

const (
	sourcesBegin = "<!-- from here on printed from the table of platforms: go test ./cmd/doorknock -run TestSources -write-sources -->\n"
	sourcesEnd   = "<!-- until here -->\n"
)

// The part of docs/sources.md that tells of single platforms is the table's own words, so that it cannot drift from what the
// program does.
func TestSources(t *testing.T) {
	t.Parallel()
	const file = "../../docs/sources.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), sourcesBegin)
	_, after, ends := strings.Cut(rest, sourcesEnd)
	if !ok || !ends {
		t.Fatal("docs/sources.md has lost the marks around what is printed")
	}
	want := before + sourcesBegin + printedSources() + sourcesEnd + after
	if *writeSources {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Error("docs/sources.md says otherwise than the table of platforms: run the test with -write-sources")
	}
}

func printedSources() string {
	words := map[audit.Platform]string{"facebook": "Facebook", "instagram": "Instagram", "threads": "Threads", "youtube": "YouTube", "bluesky": "Bluesky", "mastodon": "Mastodon", "x": "X",
		"trustpilot": "Trustpilot", "google": "Google reviews", "discourse": "Discourse forums", "disqus": "Disqus", "linkedin": "LinkedIn", "tiktok": "TikTok", "nextdoor": "Nextdoor",
		"allagents": "allAgents", "homeviews": "HomeViews"}
	var b strings.Builder
	for _, p := range platform.All() {
		if p.Name == audit.Web {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n", words[p.Name])
		for _, line := range [][2]string{{"What we ask", p.Source.Asks}, {"What it costs", p.Source.Costs}, {"What it may not be used for", p.Source.Never}, {"How to get access", p.Source.Access},
			{"What it cannot see", p.CannotSee}} {
			fmt.Fprintf(&b, "- **%s.** %s\n", line[0], line[1])
		}
		if p.Interface.Origin != "" {
			fmt.Fprintf(&b, "- **Settings.** `platforms.%s`: asked at `%s`", p.Name, p.Interface.Origin)
			if p.Interface.Version != "" {
				fmt.Fprintf(&b, ", version `%s`", p.Interface.Version)
			}
			if p.Interface.Budget > 0 {
				fmt.Fprintf(&b, ", at most %d calls a day", p.Interface.Budget)
			}
			b.WriteString(".\n")
		}
	}
	return b.String()
}
