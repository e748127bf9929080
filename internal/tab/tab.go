// Package tab opens a tab of a real browser for tests of pages. In goes the test; out comes a tab's context for chromedp. It
// never goes on while one page is being replaced by the next.
package tab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Chromium is where Debian puts the browser.
const Chromium = "/usr/bin/chromium"

// Taste is the media feature by which a page learns whether its reader prefers light or dark.
const Taste = "prefers-color-scheme" //nolint:misspell // as CSS spells it

// Open starts a browser that ends with the test. Without one the test is skipped, and fails where CI is "true"; a short run
// has no browser.
func Open(t testing.TB, options ...chromedp.ContextOption) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("no browser in a short run")
	}
	if _, err := os.Stat(Chromium); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no browser: %v", err)
		}
		t.Skipf("no browser: %v", err)
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(Chromium), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.WSURLReadTimeout(2*patience),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator, options...)
	t.Cleanup(cancel)
	return ctx
}

// Screen sets how many pixels wide the screen is, a phone's below 600, and whether its owner prefers light or dark; with no
// scheme, the page is shown as it comes out of a printer.
func Screen(width int64, scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, at *chromedp.Target) error {
		_, err := cdp.Call(ctx, at, emulation.SetDeviceMetricsOverride,
			emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1, Mobile: width < 600})
		if err != nil {
			return err
		}
		media := emulation.SetEmulatedMediaParams{Media: "screen", Features: []*emulation.MediaFeature{{Name: Taste, Value: scheme}}}
		if scheme == "" {
			media = emulation.SetEmulatedMediaParams{Media: "print"}
		}
		_, err = cdp.Call(ctx, at, emulation.SetEmulatedMedia, media)
		return err
	})
}

// patience is how long a page may take to come on a machine that has much else to do.
const patience = time.Minute

// Follow clicks what the CSS selector names and waits until the page to which that leads stands whole. To wait for an element
// alone is not enough: the page before may have it too, and for a moment between the two there is no page.
func Follow(css string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, at *chromedp.Target) error {
		if _, err := chromedp.Evaluate[bool](`document.documentElement.left = true`)(ctx, at); err != nil {
			return fmt.Errorf("mark the page that is left: %w", err)
		}
		if _, err := chromedp.Click(chromedp.CSS(css))(ctx, at); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		for {
			whole, err := chromedp.Evaluate[bool](`document.readyState == "complete" && document.documentElement != null && !document.documentElement.left`)(ctx, at)
			if err == nil && whole {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("wait for the page behind %s: %w", css, errors.Join(ctx.Err(), err))
			case <-time.After(10 * time.Millisecond):
			}
		}
	})
}

// Over is how many pixels the page in the tab runs over the right edge of the screen.
func Over(ctx context.Context) (int, error) {
	return chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
}
