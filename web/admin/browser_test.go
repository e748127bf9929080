package admin

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"doorknock/audit"
	"doorknock/store"
	"doorknock/web"
)

// TestTheOperatorLogsInWithABrowser: a real browser keeps the session's cookie over plain http on the machine itself, sends
// the forms, and shows the pages whole on a screen as narrow as a phone's. With DOORKNOCK_SHOTS set to a folder, it keeps pictures there.
func TestTheOperatorLogsInWithABrowser(t *testing.T) {
	const chromium = "/usr/bin/chromium"
	if _, err := os.Stat(chromium); err != nil || testing.Short() {
		if os.Getenv("CI") == "true" && !testing.Short() {
			t.Fatalf("no browser: %v", err)
		}
		t.Skipf("no browser: %v", err)
	}
	d := newDesk(t, secret)
	ctx := context.Background()
	d.now = time.Now().UTC() // a browser goes by its own clock
	place := audit.Channel{ID: "fb", Organisation: "otter", Platform: audit.Facebook, URL: "https://www.facebook.com/otter", Lane: "facebook.com", Confirmed: true}
	if err := d.db.SyncOrganisations(ctx, []audit.Organisation{{ID: "otter", Name: "Otter Homes", Nation: audit.England, Sector: "housing_association"}}, []audit.Channel{place}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.db.OpenCampaign(ctx, store.Campaign{Title: "Facebook pages of the valley", Opened: d.now, Closes: d.now.AddDate(0, 0, 28),
		Targets: []store.Target{{Channel: place, Control: "https://www.facebook.com/known"}}}); err != nil {
		t.Fatal(err)
	}
	dress, err := web.NewDress()
	if err != nil {
		t.Fatal(err)
	}
	password, err := NewPassword(secret)
	if err != nil {
		t.Fatal(err)
	}
	pages := Witnesses{DB: d.db, Ticket: func(v store.Invite) string { return v.ID + ".x.y" }, Address: "https://doors.test", Dress: dress, Now: func() time.Time { return d.now }}
	if d.h, err = New(Options{DB: d.db, Password: password, Now: func() time.Time { return d.now }, Pages: pages.Pages()}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(d.h)
	t.Cleanup(server.Close)
	allocator, stop := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-background-networking", true))...)
	t.Cleanup(stop)
	tab, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(tab, steps...); err != nil {
			t.Fatal(err)
		}
	}
	fits := func(name string) {
		t.Helper()
		over, err := chromedp.Run(tab, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
		if err != nil || over > 0 {
			t.Errorf("%s runs %d px over the edge: %v", name, over, err)
		}
		if shots := os.Getenv("DOORKNOCK_SHOTS"); shots != "" {
			picture, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
			if err != nil || os.WriteFile(filepath.Join(shots, "operator-"+name+"-320.png"), picture, 0o600) != nil {
				t.Errorf("keep a picture: %v", err)
			}
		}
	}
	type css = chromedp.CSS
	do(chromedp.Func(func(ctx context.Context, at *chromedp.Target) error {
		_, err := cdp.Call(ctx, at, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 320, Height: 900, DeviceScaleFactor: 1, Mobile: true})
		return err
	}), chromedp.Navigate(server.URL+"/witness"), chromedp.WaitVisible(css("#password")))
	fits("login")
	do(chromedp.SendKeys(css("#password"), secret), chromedp.Click(css("main button")), chromedp.WaitVisible(css("input[name=by]")))
	fits("witness")
	do(chromedp.SendKeys(css("input[name=by]"), "ann"), chromedp.Click(css("main form button")), chromedp.WaitVisible(css("main code")))
	fits("invited")
	do(chromedp.Navigate(server.URL+"/"), chromedp.WaitVisible(css(".tally")))
	fits("front")
	do(chromedp.Click(css("header form button")), chromedp.WaitVisible(css("#password")), chromedp.Navigate(server.URL+"/"), chromedp.WaitVisible(css("#password")))
}
