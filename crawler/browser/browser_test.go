package browser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"doorknock/crawler"
)

const chromium = "/usr/bin/chromium"

// newBrowser gives a browser that keeps its things in a folder of the test, and wants none of its processes left.
func newBrowser(t *testing.T) *Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("no browser in a short run")
	}
	if _, err := os.Stat(chromium); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no browser: %v", err)
		}
		t.Skipf("no browser: %v", err)
	}
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Cleanup(func() {
		for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
			left := processes(dir)
			if len(left) == 0 {
				return
			}
			if time.Now().After(end) {
				t.Errorf("processes of the browser are left: %v", left)
				return
			}
		}
	})
	return New(chromium)
}

// processes are those whose command line names the folder.
func processes(dir string) (pids []int) {
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, l := range lines {
		data, err := os.ReadFile(l)
		if err != nil || !strings.Contains(string(data), dir) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(l))); err == nil && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids
}

func drawing(body string, answers map[string]string) (crawler.Drawing, *[]string) {
	var asked []string
	return crawler.Drawing{URL: "http://otter.test/", Type: "text/html", Body: []byte(body), Fetch: func(_ context.Context, address string) (crawler.Fetched, error) {
		asked = append(asked, address)
		text, ok := answers[address]
		if !ok {
			return crawler.Fetched{}, errors.New("refused")
		}
		kind := "text/javascript"
		if strings.HasSuffix(address, ".json") {
			kind = "application/json"
		}
		return crawler.Fetched{Status: 200, Type: kind, Body: []byte(text)}, nil
	}}, &asked
}

func TestDrawnByScript(t *testing.T) {
	b := newBrowser(t)
	d, asked := drawing(`<!doctype html><html><head><title>Otter</title></head><body><div id="app"></div><script src="/app.js"></script><img src="/big.png"></body></html>`,
		map[string]string{
			"http://otter.test/app.js":    `fetch('/news.json').then(r => r.json()).then(n => { document.getElementById('app').innerHTML = '<main><h1>' + n.title + '</h1></main>'; history.pushState({}, '', '/elsewhere') })`,
			"http://otter.test/news.json": `{"title":"The lift works again"}`,
		})
	made, err := b.Draw(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(made.DOM), "<main><h1>The lift works again</h1></main>") {
		t.Errorf("document: %s", made.DOM)
	}
	if want := []string{"http://otter.test/app.js", "http://otter.test/news.json"}; !slices.Equal(*asked, want) {
		t.Errorf("asked for %q, want %q: pictures are not needed, and the page is there already", *asked, want)
	}
	if _, err := png.Decode(bytes.NewReader(made.Picture)); err != nil {
		t.Errorf("picture: %v", err)
	}
}

// TestNoWayOut: whatever a page tries, nothing reaches a port of this machine or an address outside, by TCP or UDP; it
// may only ask, and is told no.
func TestNoWayOut(t *testing.T) {
	var hits atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer inside.Close()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close() //nolint:errcheck // of the test
	go func() {
		for buf := make([]byte, 2048); ; {
			if _, _, err := udp.ReadFrom(buf); err != nil {
				return
			}
			hits.Add(1)
		}
	}()
	at := strings.TrimPrefix(inside.URL, "http://")
	b := newBrowser(t)
	d, _ := drawing(fmt.Sprintf(`<!doctype html><html><body><div id="app">waiting</div><iframe src="http://%[1]s/frame"></iframe><iframe srcdoc="<script>new WebSocket('ws://%[1]s/')</script>"></iframe>
<img src="http://%[1]s/img"><link rel="prefetch" href="http://%[1]s/prefetch"><link rel="preconnect" href="http://%[1]s"><a id=dl download href="http://%[1]s/file">x</a><form id=f method=post action="http://%[1]s/form"></form>
<script>
const tries = [
 () => fetch('http://%[1]s/fetch', {mode: 'no-cors'}), () => fetch('http://10.0.0.1/'), () => fetch('http://169.254.169.254/latest'), () => fetch('file:///etc/passwd').then(r => r.text()).then(x => { document.title = x }),
 () => new WebSocket('ws://%[1]s/ws'), () => new EventSource('http://%[1]s/es'), () => navigator.sendBeacon('http://%[1]s/beacon', 'x'),
 () => navigator.serviceWorker.register('/sw.js'), () => new Worker('http://%[1]s/worker.js'),
 () => { const p = new RTCPeerConnection({iceServers: [{urls: 'stun:%[2]s'}]}); p.createDataChannel('x'); p.createOffer().then(o => p.setLocalDescription(o)) },
 () => { const f = document.createElement('iframe'); document.body.append(f); new f.contentWindow.WebSocket('ws://%[1]s/inner') },
 () => window.open('http://%[1]s/open'), () => document.getElementById('dl').click(), () => document.getElementById('f').submit(),
];
let said = 0; for (const x of tries) { try { const r = x(); if (r && r.catch) r.catch(() => {}) } catch (e) { said++ } }
document.getElementById('app').textContent = 'tried ' + tries.length;
</script></body></html>`, at, udp.LocalAddr()), nil)
	made, err := b.Draw(t.Context(), d)
	if n := hits.Load(); n != 0 {
		t.Errorf("%d requests came out of the browser", n)
	}
	if err != nil || strings.Contains(string(made.DOM), "root:") || !strings.Contains(string(made.DOM), "tried 14") {
		t.Errorf("%v; document: %.2000s", err, made.DOM)
	}
}

// TestScriptsWithoutEnd: a loop, a page of fifty megabytes and a browser that dies end the drawing with an error, and the
// next page is drawn all the same.
func TestScriptsWithoutEnd(t *testing.T) {
	b := newBrowser(t)
	b.ready, b.answers = 3*time.Second, 1500*time.Millisecond
	for name, c := range map[string]struct {
		script string
		want   error // or ErrBusy: how far a page comes in its time is the machine's
	}{
		"loop":            {`for (;;) {}`, ErrBusy},
		"never at rest":   {`setInterval(() => fetch('/x' + Math.random()).catch(() => {}), 10)`, ErrBusy},
		"50 MB":           {`const s = 'x'.repeat(1 << 20); for (let i = 0; i < 50; i++) { const p = document.createElement('p'); p.textContent = s; document.body.append(p) }`, ErrTooLarge},
		"much memory":     {`const all = []; for (;;) { all.push(new Array(1e6).fill({})) }`, nil},
		"leaves the page": {`location = 'http://127.0.0.1:1/'`, nil},
	} {
		d, _ := drawing(`<!doctype html><html><body><div id=app></div><script>`+c.script+`</script></body></html>`, nil)
		start, pause := time.Now(), pauses(&d)
		_, err := b.Draw(t.Context(), d)
		if longest := pause(); name == "never at rest" && err == nil && longest >= quiet {
			t.Logf("%s: the page had no turn for %v, and so was at rest", name, longest)
			continue
		}
		if (c.want != nil && !errors.Is(err, c.want) && !errors.Is(err, ErrBusy)) || (err == nil && name != "leaves the page") {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if took := time.Since(start); took > 5*time.Minute {
			t.Errorf("%s took %v", name, took)
		}
	}
	d, _ := drawing(`<!doctype html><html><body><div id=app></div><script src="/a.js"></script></body></html>`, nil)
	d.Fetch = func(context.Context, string) (crawler.Fetched, error) {
		for _, pid := range processes(os.Getenv("TMPDIR")) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		return crawler.Fetched{}, errors.New("refused")
	}
	if _, err := b.Draw(t.Context(), d); err == nil {
		t.Error("a browser that died has drawn a page")
	}
	d, _ = drawing(`<!doctype html><html><body><div id=app></div><script>document.getElementById('app').textContent = 'at last'</script></body></html>`, nil)
	if made, err := b.Draw(t.Context(), d); err != nil || !strings.Contains(string(made.DOM), "at last") {
		t.Errorf("the page after: %v, %s", err, made.DOM)
	}
}

// pauses gives the longest time so far between two things that the page asked for, or since the last.
func pauses(d *crawler.Drawing) func() time.Duration {
	var mu sync.Mutex
	var longest time.Duration
	var last time.Time
	fetch := d.Fetch
	d.Fetch = func(ctx context.Context, url string) (crawler.Fetched, error) {
		mu.Lock()
		if !last.IsZero() {
			longest = max(longest, time.Since(last))
		}
		last = time.Now()
		mu.Unlock()
		return fetch(ctx, url)
	}
	return func() time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return max(longest, time.Since(last))
	}
}

// TestStopped: the end of the crawler is the end of the browser.
func TestStopped(t *testing.T) {
	b := newBrowser(t)
	ctx, cancel := context.WithCancel(t.Context())
	d, _ := drawing(`<!doctype html><html><body><script src="/a.js"></script></body></html>`, nil)
	d.Fetch = func(ctx context.Context, _ string) (crawler.Fetched, error) {
		cancel()
		<-ctx.Done()
		return crawler.Fetched{}, ctx.Err()
	}
	if _, err := b.Draw(ctx, d); err == nil {
		t.Error("drawn after the end")
	}
}
