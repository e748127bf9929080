// Package browser draws pages that are empty without their script, in a browser that has no way to the network.
//
// In: a page as its site sent it, and the one function that gets anything more. Out: the document as the script left it,
// and a picture. The browser asks nobody itself: every request is intercepted and answered by that function, and what is
// not intercepted leads to a dead proxy. It never sends a form, keeps no cookie, stores no file, and lives for one page.
package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"doorknock/crawler"
)

// Limits of one drawing.
const (
	ready   = 20 * time.Second       // of the page's own work; waits for requests are not counted
	answers = 5 * time.Second        // until a script that does not let go of the page is one too many
	quiet   = 400 * time.Millisecond // without a request: the page has settled
	ending  = 10 * time.Second       // for the picture and the document
	starts  = time.Minute            // of the browser itself, where the machine is busy
	maxDOM  = 8 << 20                // bytes, as of any page
	heapMiB = 256                    // of the page's script
)

// Errors of a page that cannot be drawn.
var (
	ErrTooLarge = errors.New("the document is larger than a page may be")
	ErrBusy     = errors.New("the page's script did not come to rest in time")
	ErrGone     = errors.New("another page stands in the place of the one that was to be drawn")
)

// Browser draws pages, one at a time.
type Browser struct {
	path           string
	one            chan struct{}
	ready, answers time.Duration
}

// New makes a Browser of the program at path, a Chromium. Nothing is started until a page is drawn.
func New(path string) *Browser {
	return &Browser{path: path, one: make(chan struct{}, 1), ready: ready, answers: answers}
}

// Draw draws one page in a browser of its own, which is killed with all its children before Draw returns, whatever
// happens: a script without end, a crash, the end of ctx.
func (b *Browser) Draw(ctx context.Context, d crawler.Drawing) (crawler.Drawn, error) {
	select {
	case b.one <- struct{}{}:
		defer func() { <-b.one }()
	case <-ctx.Done():
		return crawler.Drawn{}, ctx.Err()
	}
	home, err := os.MkdirTemp("", "doorknock-browser-")
	if err != nil {
		return crawler.Drawn{}, fmt.Errorf("make a folder for the browser: %w", err)
	}
	defer os.RemoveAll(home) //nolint:errcheck // the system's folder for such things
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	allocator, stop := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], b.options(home)...)...)
	defer stop()
	t := &tab{Browser: b, drawing: d, cancel: cancel, asked: make(chan *fetch.EventRequestPaused, 1024)}
	inside, leave := chromedp.NewContext(allocator, chromedp.WithListener(t.hear), chromedp.WithLogf(nothing), chromedp.WithErrorf(nothing))
	defer leave()
	made, err := t.draw(inside)
	if err != nil {
		return crawler.Drawn{}, fmt.Errorf("draw %s: %w", d.URL, err)
	}
	return made, nil
}

func nothing(string, ...any) {}

// options leave the browser no way out of its own: names resolve to nothing, and whatever is not intercepted (sockets,
// service workers, the browser's own errands) goes to a proxy that nobody keeps.
func (b *Browser) options(home string) []chromedp.ExecAllocatorOption {
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(b.path), chromedp.DisableGPU, chromedp.UserDataDir(home), chromedp.WindowSize(1280, 1600), chromedp.WSURLReadTimeout(starts),
		chromedp.Flag("proxy-server", "http://127.0.0.1:9"), chromedp.Flag("proxy-bypass-list", "<-loopback>"),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"), chromedp.Flag("disable-quic", true),
		chromedp.Flag("force-webrtc-ip-handling-policy", "disable_non_proxied_udp"), chromedp.Flag("webrtc-ip-handling-policy", "disable_non_proxied_udp"),
		chromedp.Flag("js-flags", fmt.Sprintf("--max-old-space-size=%d", heapMiB)), chromedp.Flag("renderer-process-limit", "1"),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-domain-reliability", true), chromedp.Flag("no-pings", true),
		chromedp.Flag("mute-audio", true), chromedp.Flag("disable-file-system", true), chromedp.Flag("disable-databases", true),
		chromedp.Flag("disable-notifications", true), chromedp.Flag("disable-speech-api", true), chromedp.Flag("incognito", true),
	}
	if os.Geteuid() == 0 { // the browser's own sandbox refuses to be run by root
		options = append(options, chromedp.NoSandbox)
	}
	return options
}

// tab is one page in the browser.
type tab struct {
	*Browser
	drawing crawler.Drawing
	cancel  context.CancelFunc
	asked   chan *fetch.EventRequestPaused

	mu      sync.Mutex
	started bool // the page itself has been given
	waiting int  // requests that wait for their answer
	last    time.Time
}

// hear is called for every event, one after the other, and must not wait.
func (t *tab) hear(event any) {
	e, ok := event.(*fetch.EventRequestPaused)
	if !ok {
		return
	}
	t.mu.Lock()
	t.waiting++
	t.last = time.Now()
	t.mu.Unlock()
	select {
	case t.asked <- e:
	default: // more than any page asks at once
		t.cancel()
	}
}

// before runs in every document before its own script: what could reach the network without a request that is
// intercepted is not there.
const before = `(() => { for (const name of ['WebSocket', 'WebSocketStream', 'WebTransport', 'RTCPeerConnection', 'webkitRTCPeerConnection', 'EventSource', 'Worker', 'SharedWorker']) {
	try { Object.defineProperty(window, name, {value: undefined, configurable: false}); } catch (e) {} }
	try { Object.defineProperty(Navigator.prototype, 'serviceWorker', {value: undefined, configurable: false}); } catch (e) {}
	try { navigator.sendBeacon = () => false; window.open = () => null; window.alert = window.confirm = window.prompt = () => null; window.print = () => {}; } catch (e) {}
})()`

func (t *tab) draw(ctx context.Context) (made crawler.Drawn, err error) {
	if err := t.setUp(ctx); err != nil {
		return made, err
	}
	answering := make(chan struct{})
	go func() { defer close(answering); t.answerAll(ctx) }()
	defer func() { t.cancel(); <-answering }()
	go func() { _, _ = chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: t.drawing.URL}) }() // it ends with ctx; whether the page came is told by settle
	if err := t.settle(ctx); err != nil {
		return made, err
	}
	last, cancel := context.WithTimeout(ctx, ending)
	defer cancel()
	return t.take(last)
}

func (t *tab) setUp(ctx context.Context) error {
	if _, err := chromedp.CallBrowser(ctx, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{Behavior: cdpbrowser.SetDownloadBehaviorBehaviorDeny}); err != nil { //nolint:misspell // as the protocol spells it
		return fmt.Errorf("refuse downloads: %w", err)
	}
	if _, err := chromedp.Call(ctx, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: "*"}}}); err != nil {
		return fmt.Errorf("intercept requests: %w", err)
	}
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: before}); err != nil {
		return fmt.Errorf("prepare the page: %w", err)
	}
	_, err := chromedp.Call(ctx, network.SetBypassServiceWorker, network.SetBypassServiceWorkerParams{Bypass: true})
	if err != nil {
		return fmt.Errorf("leave out service workers: %w", err)
	}
	return nil
}

func (t *tab) answerAll(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-t.asked:
			t.answer(ctx, e)
			t.mu.Lock()
			t.waiting--
			t.last = time.Now()
			t.mu.Unlock()
		}
	}
}

// answer gives the browser what it asked for. The page itself is given as its site sent it: it is not asked for twice.
func (t *tab) answer(ctx context.Context, e *fetch.EventRequestPaused) {
	if t.first(e) {
		t.fulfil(ctx, e, crawler.Fetched{Status: 200, Type: t.drawing.Type, Body: t.drawing.Body})
		return
	}
	u, err := url.Parse(e.Request.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || e.Request.Method != "GET" || !needed(e.ResourceType) {
		t.refuse(ctx, e)
		return
	}
	u.Fragment = ""
	got, err := t.drawing.Fetch(ctx, u.String())
	if err != nil {
		t.refuse(ctx, e)
		return
	}
	t.fulfil(ctx, e, got)
}

func (t *tab) first(e *fetch.EventRequestPaused) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	first := !t.started && e.ResourceType == network.ResourceTypeDocument && e.Request.URL == t.drawing.URL
	t.started = t.started || first
	return first
}

// needed are the kinds of thing that words may come from. Pictures, films and fonts only cost the site its time; and the
// page may not lead elsewhere.
func needed(kind network.ResourceType) bool {
	switch kind {
	case network.ResourceTypeScript, network.ResourceTypeXHR, network.ResourceTypeFetch, network.ResourceTypeStylesheet:
		return true
	}
	return false
}

// refuse fails a request. One that would lead to another page is called off, so that the page stays.
func (t *tab) refuse(ctx context.Context, e *fetch.EventRequestPaused) {
	why := network.ErrorReasonBlockedByClient
	if e.ResourceType == network.ResourceTypeDocument {
		why = network.ErrorReasonAborted
	}
	_, _ = chromedp.Call(ctx, fetch.FailRequest, fetch.FailRequestParams{RequestID: e.RequestID, ErrorReason: why}) // a page that is gone waits for nothing
}

func (t *tab) fulfil(ctx context.Context, e *fetch.EventRequestPaused, got crawler.Fetched) {
	headers := []*fetch.HeaderEntry{{Name: "Access-Control-Allow-Origin", Value: "*"}}
	if got.Type != "" {
		headers = append(headers, &fetch.HeaderEntry{Name: "Content-Type", Value: got.Type})
	}
	if got.To != "" {
		headers = append(headers, &fetch.HeaderEntry{Name: "Location", Value: got.To})
	}
	_, _ = chromedp.Call(ctx, fetch.FulfillRequest, fetch.FulfillRequestParams{RequestID: e.RequestID, ResponseCode: int64(got.Status), ResponseHeaders: headers, Body: got.Body})
}

// settle waits until the page has been given and nothing has been asked for a while. Time in which a request waits for
// its turn is the site's pace, and none of the page's own.
func (t *tab) settle(ctx context.Context) error {
	const tick = 50 * time.Millisecond
	for own := time.Duration(0); own < t.ready; {
		select {
		case <-ctx.Done():
			return gone(ctx)
		case <-time.After(tick):
		}
		t.mu.Lock()
		waiting, started, last := t.waiting > 0, t.started, t.last
		t.mu.Unlock()
		if waiting {
			continue
		}
		own += tick
		if !started || time.Since(last) < quiet {
			continue
		}
		switch done, err := t.complete(ctx, last); {
		case err != nil:
			return fmt.Errorf("%w: %w", ErrBusy, err)
		case done:
			return nil
		}
	}
	return ErrBusy
}

// complete asks the page whether it has loaded and has asked for nothing since a time: where the machine is busy, a page that
// was still had no turn, and goes on when it has one. One that does not answer in time is at work, and is not waited for.
func (t *tab) complete(ctx context.Context, since time.Time) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, t.answers)
	defer cancel()
	state, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.readyState`))
	if err != nil {
		return false, fmt.Errorf("ask whether the page has loaded: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return state == "complete" && t.waiting == 0 && t.last.Equal(since), nil
}

func gone(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ErrBusy, context.Cause(ctx))
}

// take gives the document and its picture. The document's length is asked for before it is.
func (t *tab) take(ctx context.Context) (made crawler.Drawn, err error) {
	n, err := chromedp.Run(ctx, chromedp.Evaluate[int](`location.protocol.startsWith('http') && document.documentElement ? document.documentElement.outerHTML.length : -1`))
	if err != nil {
		return made, fmt.Errorf("measure the document: %w", err)
	}
	if n < 0 {
		return made, ErrGone
	}
	if n > maxDOM {
		return made, fmt.Errorf("%d characters: %w", n, ErrTooLarge)
	}
	text, err := chromedp.Run(ctx, chromedp.Evaluate[json.RawMessage](`'<!DOCTYPE html>\n' + document.documentElement.outerHTML + '\n'`))
	if err != nil {
		return made, fmt.Errorf("read the document: %w", err)
	}
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return made, fmt.Errorf("read the document: %w", err)
	}
	if len(s) > maxDOM {
		return made, fmt.Errorf("%d bytes: %w", len(s), ErrTooLarge)
	}
	made.DOM = []byte(strings.ToValidUTF8(s, "\uFFFD"))
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng})
	if err == nil { // the words are what counts
		made.Picture = shot.Data
	}
	return made, nil
}
