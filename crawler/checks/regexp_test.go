package checks

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoFoldingRegexps refuses regular expressions that ignore case, in everything that reads pages: over a body, ten of
// them cost seven times its whole parsing. What is looked for is lowered once, or is a sign.
func TestNoFoldingRegexps(t *testing.T) {
	read := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		read++
		for n := range ast.Preorder(file) {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && foldsCase(lit.Value) {
				t.Errorf("%s: %s ignores case", set.Position(lit.Pos()), lit.Value)
			}
		}
		return nil
	})
	if err != nil || read < 50 {
		t.Fatalf("%d files read: %v", read, err)
	}
}

// foldsCase tells (?i), and flags among which i stands.
func foldsCase(literal string) bool {
	for rest, found := literal, true; found; {
		if _, rest, found = strings.Cut(rest, "(?"); !found {
			break
		}
		flags, _, _ := strings.Cut(rest, ")")
		flags, _, _ = strings.Cut(flags, ":")
		flags, _, _ = strings.Cut(flags, "-")
		if strings.Contains(flags, "i") && strings.Trim(flags, "imsU") == "" {
			return true
		}
	}
	return false
}

func TestFoldsCase(t *testing.T) {
	for literal, want := range map[string]bool{"`(?i)x`": true, "`x(?si:y)`": true, "`(?s)i`": false, "`(?:i)`": false, "`(?-i)x`": false, "`(?P<i>x)`": false} {
		if got := foldsCase(literal); got != want {
			t.Errorf("%s: %t, want %t", literal, got, want)
		}
	}
}
