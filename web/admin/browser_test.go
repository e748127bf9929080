package admin

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"doorknock/audit"
	"doorknock/internal/tab"
	"doorknock/store"
	"doorknock/web"
)

// TestTheOperatorLogsInWithABrowser: a real browser keeps the session's cookie over plain http on the machine itself, sends
// the forms, and shows the pages whole on a screen as narrow as a phone's. With DOORKNOCK_SHOTS set to a folder, it keeps pictures there.
func TestTheOperatorLogsInWithABrowser(t *testing.T) {
	page := tab.Open(t)
	d := newDesk(t, secret)
	ctx := context.Background()
	d.now = time.Now().UTC() // a browser goes by its own clock
	held := heldQuestion(t, d)
	raised := newAlertDeskAt(t, d)
	d.cookie = ""
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
	if d.h, err = New(Options{DB: d.db, Password: password, Now: func() time.Time { return d.now }, Pages: slices.Concat(pages.Pages(), raised.pages.Pages(), held.Pages())}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(d.h)
	t.Cleanup(server.Close)
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(page, steps...); err != nil {
			t.Fatal(err)
		}
	}
	keep := func(file string) {
		t.Helper()
		picture, err := chromedp.Run(page, chromedp.FullScreenshot(100))
		if err != nil || os.WriteFile(file, picture, 0o600) != nil {
			t.Errorf("keep a picture: %v", err)
		}
	}
	fits := func(name string) {
		t.Helper()
		over, err := tab.Over(page)
		if err != nil || over > 0 {
			t.Errorf("%s runs %d px over the edge: %v", name, over, err)
		}
		if shots := os.Getenv("DOORKNOCK_SHOTS"); shots != "" {
			keep(filepath.Join(shots, "operator-"+name+"-320.png"))
			do(tab.Screen(1280, "dark"))
			keep(filepath.Join(shots, "operator-"+name+"-1280-dark.png"))
			do(tab.Screen(320, "light"))
		}
	}
	type css = chromedp.CSS
	do(tab.Screen(320, "light"), chromedp.Navigate(server.URL+"/witness"), chromedp.WaitVisible(css("#password")))
	fits("login")
	do(chromedp.SendKeys(css("#password"), secret), tab.Follow("main button"), chromedp.WaitVisible(css("input[name=by]")))
	fits("witness")
	do(chromedp.SendKeys(css("input[name=by]"), "ann"), tab.Follow("main form button"), chromedp.WaitVisible(css(".panel code")))
	fits("invited")
	do(chromedp.Navigate(server.URL+"/"), chromedp.WaitVisible(css(".tally")))
	fits("front")
	do(chromedp.Navigate(server.URL+"/alerts"), chromedp.WaitVisible(css("input[name=alert]")))
	fits("alerts")
	do(chromedp.Click(css("input[value='"+raised.told+"']")), chromedp.SendKeys(css("#by"), "ann"), chromedp.SendKeys(css("#note"), "I call them"),
		tab.Follow("fieldset button"), chromedp.WaitNotPresent(css("input[value='"+raised.told+"']")))
	fits("acknowledged")
	do(chromedp.Navigate(server.URL+"/alerts/"+raised.refused), chromedp.WaitVisible(css("#by")))
	fits("alert")
	do(tab.Follow("main > p:last-child a"), chromedp.WaitVisible(css("#matchers")), chromedp.SendKeys(css("#comment"), "the page is moved"),
		chromedp.SendKeys(css("#by"), "ann"), tab.Follow("button[value=try]"), chromedp.WaitVisible(css("[role=status]")))
	fits("tried")
	do(tab.Follow("button[value=add]"), chromedp.WaitVisible(css("input[value=expire] ~ button")))
	fits("silences")
	do(tab.Follow("input[value=expire] ~ button"), chromedp.WaitNotPresent(css("input[value=expire]")),
		chromedp.Navigate(server.URL+"/deliveries?list=dead"), chromedp.WaitVisible(css("input[name=delivery] ~ button")))
	fits("deliveries")
	do(tab.Follow("input[name=delivery] ~ button"), chromedp.WaitNotPresent(css("input[name=delivery]")),
		chromedp.Navigate(server.URL+"/routes?labels=urgency%3durgent"), chromedp.WaitVisible(css("[role=status]")))
	fits("routes")
	do(chromedp.Navigate(server.URL+"/preview"), chromedp.WaitVisible(css(".line")))
	fits("preview")
	do(chromedp.Navigate(server.URL+"/quarantine"), chromedp.WaitVisible(css("input[value=release] ~ button")))
	fits("quarantine")
	do(tab.Follow("input[value=release] ~ button"), chromedp.WaitNotPresent(css("input[value=release]")))
	fits("released")
	do(tab.Follow("header form button"), chromedp.WaitVisible(css("#password")), chromedp.Navigate(server.URL+"/"), chromedp.WaitVisible(css("#password")))
}
