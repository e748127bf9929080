package web

import (
	"context"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/internal/tab"
	"doorknock/store"
)

// TestInABrowser looks at every page with a real browser, narrow and wide, light and dark: nothing runs over the edge,
// nothing is said on the console. With DOORKNOCK_SHOTS set to a folder, it keeps pictures there.
func TestInABrowser(t *testing.T) {
	b := newBrowser(t)
	w := newTown(t, nil)
	w.small()
	w.serve(Options{DemoNote: "This is a made-up town. None of these organisations exists.", Publisher: Publisher{Name: "Valley Tenants' Watch", Contact: "hello@valley.test"}})
	fresh := newTown(t, nil)
	evidence := regexp.MustCompile(`/findings/[0-9a-f]+`).FindString(w.ask("/organisations/heron", 200))
	pages := map[string]string{"home": "/", "league": "/league", "organisation": "/organisations/otter", "organisation-changed": "/organisations/heron",
		"organisation-unseen": "/organisations/mole", "finding": evidence, "changes": "/changes", "method": "/method", "missing": "/nothing",
		"edition": "/digest/2026-W47", "edition-month": "/digest/2026-11", "edition-welsh": "/digest/2026-W47?lang=cy&organisation=heron"}
	town, bare := httptest.NewServer(w.h), httptest.NewServer(fresh.h)
	t.Cleanup(town.Close)
	t.Cleanup(bare.Close)
	b.look("fresh", bare.URL+"/")
	for name, path := range pages {
		b.look(name, town.URL+path)
	}
	for language, mail := range mails(t, w) {
		far := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				t.Errorf("the mail asks for %s", r.URL)
			}
			answer.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(answer, mail)
		}))
		t.Cleanup(far.Close)
		b.look("mail-"+language, far.URL+"/")
	}
	b.open(town.URL+"/organisations/heron", 760, "")
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	b.keep("organisation-print.png", picture)
}

// mails are the town's edition as a mail's HTML, by language: it asks for nothing from anywhere, the browser's own icon left out.
func mails(t *testing.T, w *town) map[string]string {
	t.Helper()
	all := map[string]string{}
	o := digest.Options{Now: noon, Week: "2026-W47", Base: "https://doors.test", Titles: map[audit.CheckID]string{"forum": "Is there a residents' forum?", "comments": "May visitors comment on posts?"},
		Asked: []store.Asked{{Platform: audit.Web, Check: "comments", Counts: true, Shown: true}, {Platform: audit.Web, Check: "forum", Counts: true, Shown: true, Site: true}}}
	e, err := digest.Make(t.Context(), w.db, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range digest.Languages() {
		mail, err := e.Mail(digest.Foot{Preferences: "https://doors.test/p", Unsubscribe: "https://doors.test/u"}, language)
		if err != nil {
			t.Fatal(err)
		}
		all[language] = strings.Replace(mail.HTML, "<head>", `<head><link rel="icon" href="data:,">`, 1)
	}
	return all
}

type browser struct {
	t     *testing.T
	ctx   context.Context
	shots string

	mu   sync.Mutex
	said []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	b := &browser{t: t, shots: os.Getenv("DOORKNOCK_SHOTS")}
	b.ctx = tab.Open(t, chromedp.WithListener(b.hear))
	b.do(func(ctx context.Context, at *chromedp.Target) error {
		_, err := cdp.Call(ctx, at, log.Enable, cdp.Empty{})
		return err
	})
	return b
}

func (b *browser) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		b.said = append(b.said, e.Entry.Text)
	case *runtime.EventExceptionThrown:
		b.said = append(b.said, e.ExceptionDetails.Text)
	}
}

func (b *browser) do(f func(context.Context, *chromedp.Target) error) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.Func(f)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) look(name, address string) {
	for _, width := range []int64{320, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			b.open(address, width, scheme)
			over, err := tab.Over(b.ctx)
			if err != nil {
				b.t.Fatalf("%s at %d px: %v", name, width, err)
			}
			if over > 0 {
				b.t.Errorf("%s at %d px runs %d px over the edge", name, width, over)
			}
			b.quiet(name)
			picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
			if err != nil {
				b.t.Fatalf("%s at %d px: %v", name, width, err)
			}
			b.keep(fmt.Sprintf("%s-%d-%s.png", name, width, scheme), picture)
		}
	}
}

// open shows a page as a reader with this width and taste would see it; without a taste, as it comes out of a printer.
func (b *browser) open(address string, width int64, scheme string) {
	b.t.Helper()
	b.mu.Lock()
	b.said = nil
	b.mu.Unlock()
	if err := chromedp.Do(b.ctx, tab.Screen(width, scheme), chromedp.Navigate(address)); err != nil {
		b.t.Fatalf("open %s: %v", address, err)
	}
}

// quiet wants nothing on the console; a browser notes a page that is meant to be missing.
func (b *browser) quiet(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, line := range b.said {
		if name != "missing" || !strings.Contains(line, "404") {
			b.t.Errorf("%s: the console says %q", name, line)
		}
	}
}

func (b *browser) keep(name string, picture []byte) {
	if b.shots == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(b.shots, name), picture, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// TestContrast computes from the sheet's own variables that every colour of text keeps 4.5:1 on every ground it
// stands on, light and dark, and that edges of controls keep 3:1.
func TestContrast(t *testing.T) {
	sheet, err := staticFiles.ReadFile("static/doorknock.css")
	if err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`--([a-z]+): (#[0-9a-f]{6});`)
	light, dark, _ := strings.Cut(string(sheet), "@media ("+tab.Taste+": dark)")
	dark, _, _ = strings.Cut(dark, "*, *::before")
	for scheme, css := range map[string]string{"light": light, "dark": dark} {
		colour := map[string]string{}
		for _, m := range variable.FindAllStringSubmatch(css, -1) {
			colour[m[1]] = m[2]
		}
		for _, text := range []string{"ink", "soft", "link", "open", "restricted", "closed", "absent", "unknown", "checking"} {
			for _, ground := range []string{"paper", "card", "sunk"} {
				if got := contrast(t, colour[text], colour[ground]); got < 4.5 {
					t.Errorf("%s: %s on %s is %.2f:1, want 4.5", scheme, text, ground, got)
				}
			}
		}
		if got := contrast(t, colour["paper"], colour["link"]); got < 4.5 {
			t.Errorf("%s: the button's words are %.2f:1, want 4.5", scheme, got)
		}
		for _, edge := range []string{"edge", "focus"} {
			if got := contrast(t, colour[edge], colour["paper"]); got < 3 {
				t.Errorf("%s: %s is %.2f:1, want 3", scheme, edge, got)
			}
		}
	}
}

// contrast is the ratio of WCAG 2.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil {
		t.Fatalf("colour %q: %v", colour, err)
	}
	part := func(shift uint) float64 {
		v := float64(n>>shift&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}

// TestServeOnThisMachineOnly wants other addresses refused and a clean end.
func TestServeOnThisMachineOnly(t *testing.T) {
	w := newTown(t, nil)
	everywhere, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := Serve(t.Context(), everywhere, w.h); err == nil {
		t.Fatal("the pages listen where other machines can reach them")
	}
	here, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, here, w.h) }()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the end was not clean: %v", err)
	}
}
