package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
)

//go:embed static
var staticFiles embed.FS

// statics serves the embedded files under names that hold their hash, so that a browser may keep them for ever.
type statics struct {
	names map[string]string // doorknock.css → doorknock.1a2b3c4d.css
	files map[string]static // by hashed name
}

type static struct {
	body []byte
	kind string
}

func newStatics() (*statics, error) {
	s := &statics{names: map[string]string{}, files: map[string]static{}}
	entries, err := staticFiles.ReadDir("static")
	if err != nil {
		return nil, fmt.Errorf("list static files: %w", err)
	}
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
	for _, e := range entries {
		body, err := staticFiles.ReadFile("static/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("read static file %s: %w", e.Name(), err)
		}
		sum := sha256.Sum256(body)
		ext := path.Ext(e.Name())
		hashed := strings.TrimSuffix(e.Name(), ext) + "." + hex.EncodeToString(sum[:4]) + ext
		s.names[e.Name()] = hashed
		s.files[hashed] = static{body, kinds[ext]}
	}
	return s, nil
}

// address gives the path of a static file, by its plain name.
func (s *statics) address(name string) string { return "/static/" + s.names[name] }

func (s *statics) serve(w http.ResponseWriter, name string) bool {
	f, ok := s.files[name]
	if !ok {
		return false
	}
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(f.body)
	return true
}
