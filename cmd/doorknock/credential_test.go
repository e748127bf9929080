package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// The key of an interface is sent there and is afterwards nowhere: not in the database, the queue, the captures, the logs
// or what is shown, though the interface repeats it in redirects and refusals.
func TestInterfaceKeyIsNowhere(t *testing.T) {
	t.Parallel()
	const key = "canary-of-disqus-0123456789"
	var keyed, elsewhere atomic.Int64
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := r.URL.Query().Get("api_key")
		if asked != "" && (asked != key || !strings.HasPrefix(r.URL.Path, "/api/")) {
			elsewhere.Add(1)
		}
		switch {
		case strings.HasSuffix(r.URL.Path, "details.json") && asked == key:
			keyed.Add(1)
			w.Header().Set("X-Asked", r.URL.RawQuery)
			w.Header().Set("Location", "/api/moved?"+r.URL.RawQuery)
			w.WriteHeader(http.StatusFound)
		case r.URL.Path == "/api/moved" && asked == key:
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, "you asked with %s", r.URL.RawQuery)
		case strings.HasSuffix(r.URL.Path, "listPosts.json") && asked == key:
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"code":0,"cursor":{"hasNext":false},"response":[{"id":"5","createdAt":"2026-01-05T10:00:00","message":"<p>No heat.</p>","author":{"name":"Mo"}}]}`)
		case r.URL.Path == "/", r.URL.Path == "/news":
			fmt.Fprintf(w, `<!doctype html><html><head><title>%s</title></head><body><main><h1>Alder Homes</h1><p>%s</p><a href="/news">News</a>
<div id="disqus_thread"></div><script src="https://alder-homes.disqus.com/embed.js"></script></main></body></html>`, "Alder Homes", strings.Repeat("Homes let. ", 40))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(site.Close)
	r := quietAt(t, strings.TrimPrefix(site.URL, "http://"), "log: {level: debug}\nplatforms: {disqus: {token_file: DIR/disqus.key, base_url: \"http://birch.test\", budget: 360000}}")
	r.write("disqus.key", key+"\n")
	r.write("doorknock.yaml", strings.ReplaceAll(r.settings(), "DIR", r.dir))
	r.start()
	r.until("Disqus's comment is kept", time.Minute, func() bool { return r.has(`SELECT 1 FROM comment WHERE system = 'disqus'`) })
	_, page := get(t, r.out.address(t)+"/organisations/alder")
	_, status, errs := r.do("status", "--json", "--config", r.config)
	_, explained, more := r.do("explain", "alder", "--json", "--config", r.config)
	r.stop(syscall.SIGTERM)
	if keyed.Load() == 0 || elsewhere.Load() != 0 {
		t.Errorf("%d times sent with the key, %d times elsewhere", keyed.Load(), elsewhere.Load())
	}
	noKey(t, "what is shown", []byte(page+status+errs+explained+more), key)
	noKeyIn(t, r.dir, key)
}

// noKeyIn looks for keys in every file of an installation's data, packed ones included.
func noKeyIn(t *testing.T, dir string, keys ...string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(filepath.Join(dir, "data"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		files++
		for _, key := range keys {
			noKey(t, path, body, key)
		}
		if z, bad := gzip.NewReader(bytes.NewReader(body)); bad == nil {
			plain, _ := io.ReadAll(z) // as far as it goes
			for _, key := range keys {
				noKey(t, path, plain, key)
			}
		}
		return err
	})
	if err != nil || files < 3 {
		t.Errorf("%d files, %v", files, err)
	}
}

func noKey(t *testing.T, where string, text []byte, key string) {
	t.Helper()
	for _, form := range []string{key, url.QueryEscape(key)} {
		if i := bytes.Index(text, []byte(form)); i >= 0 {
			t.Errorf("the key stands in %s: %.200q", where, text[max(0, i-100):])
		}
	}
}
