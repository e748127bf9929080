package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestCommandsAreDocumented: docs/commands.md has a section for every command, which tells of each of its subcommands and flags
// and of no flag that is not there; and its table says of every command whether it keeps something.
func TestCommandsAreDocumented(t *testing.T) {
	data, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	_, table, _ := strings.Cut(page, "| keeps something |")
	table, _, _ = strings.Cut(table, "\n\n")
	started := false
	flags := map[string]map[string]bool{} // by the words of a section, which may be of two commands
	for _, top := range newRoot(&started).Commands() {
		words := sectionOf(page, top.Name())
		if words == "" {
			t.Errorf("docs/commands.md has no section for %s", top.Name())
			continue
		}
		if !tellsOf(table, top.Name()) {
			t.Errorf("the table of docs/commands.md does not name %s", top.Name())
		}
		if flags[words] == nil {
			flags[words] = map[string]bool{"help": true, "config": true}
		}
		known := flags[words]
		eachCommand(top, func(c *cobra.Command) {
			if !tellsOf(words, c.Name()) {
				t.Errorf("docs/commands.md does not tell of %s", c.CommandPath())
			}
			for _, m := range flagLine.FindAllStringSubmatch(c.NonInheritedFlags().FlagUsages(), -1) {
				if flag := m[1]; !known[flag] && !tellsOf(words, "--"+flag) {
					t.Errorf("docs/commands.md does not tell of %s --%s", c.CommandPath(), flag)
				}
				known[m[1]] = true
				if strings.Contains(strings.TrimSpace(m[2]), " ") {
					t.Errorf("the help of %s shows %q for the value of --%s", c.CommandPath(), m[2], m[1])
				}
			}
		})
	}
	for words, known := range flags {
		for _, m := range regexp.MustCompile(`--([a-z][a-z-]+)`).FindAllStringSubmatch(words, -1) {
			if !known[m[1]] {
				t.Errorf("docs/commands.md tells of --%s, which the command of that section does not take:\n%s", m[1], words)
			}
		}
	}
}

// flagLine is a line of the help: the flag, and the word for its value up to the space before what it means.
var flagLine = regexp.MustCompile(`(?m)^ +(?:-\w, )?--([a-z-]+)((?: [^ ]+)*)`)

// sectionOf gives the words under the heading that names the command, which may name others beside it.
func sectionOf(page, command string) string {
	for _, section := range strings.Split(page, "\n## ")[1:] {
		heading, words, _ := strings.Cut(section, "\n")
		if slices.Contains(strings.Split(heading, ", "), command) {
			return words
		}
	}
	return ""
}

// named reports whether a word stands in text by itself: --all does not stand in --allow.
func tellsOf(text, word string) bool {
	return regexp.MustCompile(`(^|[^\w-])` + regexp.QuoteMeta(word) + `($|[^\w-])`).MatchString(text)
}

func eachCommand(c *cobra.Command, do func(*cobra.Command)) {
	if c.Hidden {
		return
	}
	do(c)
	for _, sub := range c.Commands() {
		eachCommand(sub, do)
	}
}
