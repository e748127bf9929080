package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const drawnScript = `fetch('/api/page.json').then(r => r.json()).then(p => {
	document.getElementById('app').innerHTML = '<header><nav><a href="/">Otter Homes</a> <a href="/a">A</a> <a href="/b">B</a></nav></header><main><h1>' + p.title + '</h1><p>' + p.text.repeat(10) + '</p></main>' +
		'<footer><a href="https://www.facebook.com/otterhomes">Facebook</a></footer>';
	fetch('/private.json').catch(() => {}); fetch('http://10.1.2.3/x').catch(() => {});
})`

// partedPage is all there but for a part that htmx loads, and a script puts it there.
const partedPage = `<!doctype html><html lang="en"><head><title>Otter Homes</title></head><body><header><nav><a href="/">Otter Homes</a> <a href="/a">A</a> <a href="/b">B</a></nav></header>
<main><h1>Otter Homes</h1><p>We look after homes by the river and the people in them. We mend roofs in summer and boilers in winter, and tell everybody when the lift is out of use.</p>
<div id="part" hx-get="/part" hx-trigger="load"></div></main><footer><a href="https://www.facebook.com/otterhomes">Facebook</a></footer>
<script>fetch('/part').then(r => r.text()).then(p => { document.getElementById('part').innerHTML = p; });</script></body></html>`

// TestDrawnInABrowser goes the whole way with a real browser: a site that is empty without its script, looked at without
// a browser and with one. The site's robots.txt holds for the script too.
func TestDrawnInABrowser(t *testing.T) {
	const chromium = "/usr/bin/chromium"
	if _, err := os.Stat(chromium); err != nil || testing.Short() {
		if os.Getenv("CI") == "true" && err != nil {
			t.Fatalf("no browser: %v", err)
		}
		t.Skipf("no browser: %v", err)
	}
	asked := make(chan string, 1000)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path
		if r.Host == "part.test" && r.URL.Path == "/" {
			r.URL.Path = "/parted"
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch r.URL.Path {
		case "/robots.txt":
			_, _ = io.WriteString(w, "User-agent: *\nDisallow: /private\n")
		case "/":
			_, _ = io.WriteString(w, `<!doctype html><html lang="en"><head><title>Otter Homes</title></head><body><div id="app"></div><script src="/app.js"></script></body></html>`)
		case "/app.js":
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, drawnScript)
		case "/api/page.json":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"title":"Otter Homes","text":"We look after homes by the river and the people in them. "}`)
		case "/parted":
			_, _ = io.WriteString(w, partedPage)
		case "/part":
			_, _ = io.WriteString(w, `<div id="bbpress-forums"><ul class="bbp-forums"><li>Gardens</li></ul></div>`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(site.Close)
	look := func(browser, host, check string) string {
		config := filepath.Join(t.TempDir(), "doorknock.yaml")
		text := fmt.Sprintf("contact: quiet@doorknock.test\ncrawl: {pace: 1ms, daily_cap: 0}\nhosts: {%s: %q}\nbrowser: {path: %q}\n", host, strings.TrimPrefix(site.URL, "http://"), browser)
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := call(t, "check", "http://"+host+"/", "--config", config, "--json")
		if code != 0 {
			t.Fatalf("exit %d: %s", code, errs)
		}
		for line := range strings.Lines(out) {
			if strings.Contains(line, `"check":"`+check+`"`) {
				return line
			}
		}
		t.Fatal(out)
		return ""
	}
	if got := look("", "otter.test", "social_links"); !strings.Contains(got, `"reason":"needs_js"`) {
		t.Errorf("without a browser: %s", got)
	}
	if got := look(chromium, "otter.test", "social_links"); !strings.Contains(got, `"state":"open"`) || !strings.Contains(got, `"drawn":true`) {
		t.Errorf("with a browser: %s", got)
	}
	if got := look("", "part.test", "forum"); !strings.Contains(got, `"state":"unknown"`) {
		t.Errorf("a part, without a browser: %s", got)
	}
	if got := look(chromium, "part.test", "forum"); !strings.Contains(got, `"state":"open"`) || !strings.Contains(got, `"drawn":true`) || !strings.Contains(got, `"system":"bbpress"`) {
		t.Errorf("a part, with a browser: %s", got)
	}
	if got := look(chromium, "part.test", "social_links"); !strings.Contains(got, `"state":"open"`) || strings.Contains(got, `"drawn":true`) {
		t.Errorf("beside the part, with a browser: %s", got)
	}
	close(asked)
	for path := range asked {
		if strings.HasPrefix(path, "/private") {
			t.Errorf("asked for %s, which robots.txt forbids", path)
		}
	}
}
