package checks

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"doorknock/crawler"
)

// docs/systems.md lists every system that the checks know, as they know it.
func TestSystemsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/systems.md")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	for _, n := range SystemNotes() {
		fmt.Fprintf(&table, "| %s | %s | %s |\n", n.System, n.Kind, n.State)
	}
	if !strings.Contains(string(page), table.String()) {
		t.Errorf("docs/systems.md does not hold this table:\n%s", table.String())
	}
}

// onlyScripts are tools for talking below a page of which no more is known than their script: the checks tell no system by them.
var onlyScripts = map[string]bool{"hypothesis": true, "insticator": true, "padlet": true, "slido": true}

// TestScriptsAndMarksAgree: configs/scripts.yaml and the marks in code both know comment systems by the addresses of their scripts.
// What one calls a system the other calls it too; an address that code knows is one of the file's, by the same name; and no address
// of the file is another system's in code.
func TestScriptsAndMarksAgree(t *testing.T) {
	file, err := os.ReadFile("../../configs/scripts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var listed crawler.Scripts
	if err := yaml.Unmarshal(file, &listed); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, n := range SystemNotes() {
		known[n.System] = true
	}
	for _, s := range listed.Known {
		if s.Draws != "comments" {
			continue
		}
		if known[s.Name] == onlyScripts[s.Name] {
			t.Errorf("configs/scripts.yaml has %s, which is no system by that name in code", s.Name)
		}
		for _, w := range widgets {
			if w.system != s.Name && slices.ContainsFunc(w.src, func(src string) bool { return strings.Contains(s.Match, src) }) {
				t.Errorf("%q is %s in configs/scripts.yaml and %s in code", s.Match, s.Name, w.system)
			}
		}
	}
	for _, w := range widgets {
		for _, src := range w.src {
			p := crawler.NewPage(crawler.Answer{
				URL: &url.URL{Scheme: "https", Host: "www.fernley.example", Path: "/"}, Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
				Body: []byte(`<body><main><p>Text.</p><script src="https://x` + src + `"></script></main>`),
			}, &listed)
			if n, s := p.Drawer("comments"); n == nil || s.Name != w.system {
				t.Errorf("%q is %s in code and %q in configs/scripts.yaml", src, w.system, s.Name)
			}
		}
	}
}
