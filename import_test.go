// Package doorknock holds the one rule that no single package can keep: who may import whom.
package doorknock

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowed is the table of docs/architecture.md: a package may import those named; its subpackages count with it
// unless they have a line of their own.
var allowed = map[string][]string{
	"audit":            {},
	"evidence":         {"audit"},
	"score":            {"audit"},
	"score/comment":    {"audit"},
	"store":            {"audit"},
	"crawler":          {"audit", "evidence"},
	"crawler/platform": {"audit", "crawler", "evidence"},
	"crawler/checks":   {"audit", "crawler", "evidence"},
	"pipeline":         {"audit", "evidence", "crawler", "score", "score/comment", "store"},
	"alerts":           {"audit", "score", "store"},
	"alerts/digest":    {"audit", "store", "alerts"},
	"web":              {"audit", "store", "score", "evidence", "alerts", "alerts/digest"},
	"configs":          {"audit", "score", "crawler", "pipeline", "store", "alerts", "alerts/digest", "web", "score/comment"},
}

const module = "doorknock/"

func TestImports(t *testing.T) {
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && name != ".") {
			return filepath.SkipDir
		}
		if path.Ext(name) == ".go" && !strings.HasSuffix(name, "_test.go") {
			checkFile(t, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkFile(t *testing.T, name string) {
	t.Helper()
	from := path.Dir(name)
	if strings.HasPrefix(from, "cmd/") || strings.HasPrefix(from, "internal/") {
		return
	}
	rule := ruleOf(from)
	may, listed := allowed[rule]
	if !listed {
		t.Errorf("%s: folder %s has no line in the table of imports", name, from)
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return
	}
	for _, spec := range file.Imports {
		quoted, _ := strconv.Unquote(spec.Path.Value)
		to, ours := strings.CutPrefix(quoted, module)
		if !ours || to == from || ruleOf(to) == rule {
			continue
		}
		if !slices.Contains(may, ruleOf(to)) {
			t.Errorf("%s imports %s, which the table of imports does not allow to %s", name, to, rule)
		}
	}
}

// ruleOf gives the line that speaks for a folder: its own, else its nearest parent's.
func ruleOf(folder string) string {
	for f := folder; f != "."; f = path.Dir(f) {
		if _, ok := allowed[f]; ok {
			return f
		}
	}
	return folder
}
