package admin

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/store"
	"doorknock/web"
)

// alertDesk is the operator's pages over three alerts: one that was told, one whose receiver refused it for good, and one
// that nobody may be told of.
type alertDesk struct {
	*desk

	told, refused, private string // ids of the alerts
	tested                 string
	pages                  Alerts
}

func newAlertDesk(t *testing.T) *alertDesk {
	t.Helper()
	return newAlertDeskAt(t, newDesk(t, secret))
}

func newAlertDeskAt(t *testing.T, over *desk) *alertDesk {
	t.Helper()
	d := &alertDesk{desk: over}
	d.fill()
	dress, err := web.NewDress()
	if err != nil {
		t.Fatal(err)
	}
	quarter := 15 * time.Minute
	config := alerts.Config{Complaints: alerts.ComplaintsEach, Route: alerts.RouteConfig{Receiver: "team", Routes: []alerts.RouteConfig{
		{Receiver: "duty", Matchers: []string{"urgency=urgent"}, GroupWait: &quarter}}},
		Receivers: []alerts.ReceiverConfig{{Name: "team", Log: &alerts.LogConfig{}}, {Name: "duty", Quote: true, Log: &alerts.LogConfig{}}}}
	d.pages = Alerts{DB: d.db, Dress: dress, Now: func() time.Time { return d.now }, Options: alerts.Options{Config: config, Wording: alerts.Wording{Base: "https://doors.test"}},
		Send: func(_ context.Context, _ alerts.Options, only string) ([]alerts.Tried, error) {
			d.tested = only
			return []alerts.Tried{{Receiver: only, Err: errors.New("the receiver answered 403 https://hooks.slack.test/services/T0/B0/s3cr3t<b>")}}, nil
		}}
	o := Options{DB: d.db, Now: d.pages.Now, Pages: d.pages.Pages()}
	if o.Password, err = NewPassword(secret); err != nil {
		t.Fatal(err)
	}
	if d.h, err = New(o); err != nil {
		t.Fatal(err)
	}
	d.login(secret)
	return d
}

// fill raises the alerts as the alerter does.
func (d *alertDesk) fill() {
	d.t.Helper()
	ctx := context.Background()
	place := audit.Channel{ID: "fb", Organisation: "otter", Platform: audit.Facebook, URL: "https://www.facebook.com/otter", Lane: "facebook.com", Confirmed: true}
	err := d.db.SyncOrganisations(ctx, []audit.Organisation{{ID: "otter", Name: "Otter <b>Homes", Nation: audit.England, Sector: "housing_association"}}, []audit.Channel{place})
	raise := func(kind store.AlertKind, ref, urgency string, receivers ...string) string {
		a := store.Alert{ID: store.AlertID(kind, ref), Kind: kind, Ref: ref, Event: ref, Organisation: "otter", Sector: "housing_association", Channel: "fb",
			Platform: audit.Facebook, Urgency: urgency, ObservedAt: d.now.Add(-time.Hour)}
		var targets []store.AlertTarget
		for _, r := range receivers {
			targets = append(targets, store.AlertTarget{Group: r + ref, Route: r, Receiver: r})
		}
		if _, err := d.db.RaiseAlert(ctx, "", &a, targets, nil, d.now.Add(-time.Hour)); err != nil {
			d.t.Fatal(err)
		}
		return a.ID
	}
	if err != nil {
		d.t.Fatal(err)
	}
	d.told = raise(store.AlertComplaint, "c1", "normal", "team")
	d.refused = raise(store.AlertChange, "c2", "urgent", "duty")
	d.private = raise(store.AlertPrivate, "c3", "urgent")
	for receiver, end := range map[string]store.DeliveryEnd{"team": {State: store.DeliverySent}, "duty": {State: store.DeliveryDead, Error: "the receiver answered 403 invalid_token"}} {
		line, err := d.db.DeliveryLine(ctx, receiver)
		if err != nil || len(line) != 1 {
			d.t.Fatalf("nothing is to be sent to %s: %v", receiver, err)
		}
		if err := errors.Join(d.db.BeginDelivery(ctx, line[0].ID, d.now), d.db.EndDelivery(ctx, line[0].ID, end, d.now)); err != nil {
			d.t.Fatal(err)
		}
	}
}

// shows gives a page and fails where it lacks one of the words, or has one that begins with an exclamation mark.
func (d *alertDesk) shows(path string, words ...string) string {
	d.t.Helper()
	page := d.status(200, "GET", path, "").Body.String()
	for _, w := range words {
		if not, isNot := strings.CutPrefix(w, "!"); isNot && strings.Contains(page, not) || !isNot && !strings.Contains(page, w) {
			d.t.Errorf("%s: %q\n%s", path, w, page)
		}
	}
	return page
}

// send sends a form of the session.
func (d *alertDesk) send(want int, path string, form url.Values) string {
	d.t.Helper()
	form.Set("token", d.form())
	return d.status(want, "POST", path, form.Encode()).Body.String()
}

func (d *alertDesk) form() string {
	m := tokenField.FindStringSubmatch(d.status(200, "GET", "/alerts", "").Body.String())
	if m == nil {
		d.t.Fatal("the page has no token")
	}
	return m[1]
}

func TestAlertsAreListedAndTakenOn(t *testing.T) {
	d := newAlertDesk(t)
	d.shows("/alerts", "3 alerts.", "Otter &lt;b&gt;Homes: a person may be in danger", "Otter &lt;b&gt;Homes: a comment read as a complaint", d.private)
	d.shows("/alerts?severity=critical&kind=change", "1 alert.", "/alerts/"+d.refused, "!/alerts/"+d.told)
	d.shows("/alerts?organisation=heron", "0 alerts.")
	d.status(400, "GET", "/alerts?state=cold", "")
	d.shows("/alerts/"+d.private, "a person may be in danger", "No receiver is told of this alert")
	d.shows("/alerts/"+d.told, "delivered", "Acknowledge", "/silences?matcher=organisation%3dotter")
	d.status(404, "GET", "/alerts/nothing", "")

	d.send(400, "/alerts", url.Values{"by": {"sam"}})
	d.send(400, "/alerts", url.Values{"alert": {d.told}})
	d.send(303, "/alerts", url.Values{"alert": {d.told, d.private}, "by": {"sam"}, "note": {"I <i>call"}})
	d.send(303, "/alerts/"+d.refused, url.Values{"by": {"ann"}})
	d.send(404, "/alerts/nothing", url.Values{"by": {"ann"}})
	d.shows("/alerts?state=acknowledged", "3 alerts.", "Acknowledged by sam: I &lt;i&gt;call", "Acknowledged by ann", "!checkbox")
}

func TestASilenceIsTriedBegunAndEnded(t *testing.T) {
	d := newAlertDesk(t)
	d.shows("/silences?matcher=organisation%3dotter&matcher=kind%3dchange", "organisation=otter\nkind=change", "No silence is in force.")
	form := url.Values{"do": {"try"}, "matchers": {"organisation=otter\r\nkind =~ \"change|complaint\"\r\n"}, "hours": {"3"}}
	if page := d.send(200, "/silences", form); !strings.Contains(page, "Of the 3 alerts of the last 7 days its matchers hold for 2.") || !strings.Contains(page, "/alerts/"+d.told) {
		t.Errorf("what a silence would keep back is not shown: %s", page)
	}
	form.Set("do", "add")
	d.send(400, "/silences", form) // nobody says so
	form.Set("by", "sam")
	if page := d.send(400, "/silences", form); !strings.Contains(page, "needs a comment") {
		t.Error(page)
	}
	form.Set("comment", "the <b>page</b> is moved")
	form.Set("matchers", "colour=red")
	if page := d.send(400, "/silences", form); !strings.Contains(page, "colour") {
		t.Error(page)
	}
	form.Set("matchers", "organisation=otter")
	d.send(303, "/silences", form)
	all, err := d.db.Silences(context.Background(), d.now)
	if err != nil || len(all) != 1 || all[0].EndsAt.Sub(all[0].StartsAt) != 3*time.Hour || all[0].Author != "sam" {
		t.Fatalf("%+v, %v", all, err)
	}
	d.shows("/silences", "organisation=otter", "sam: the &lt;b&gt;page&lt;/b&gt; is moved", "hold for 2.") // the third is private: no broad silence keeps it back
	d.send(303, "/silences", url.Values{"do": {"expire"}, "silence": {all[0].ID}})
	d.send(400, "/silences", url.Values{"do": {"expire"}, "silence": {all[0].ID}})
	d.shows("/silences", "No silence is in force.")
	d.shows("/silences?ended=yes", "It has ended.", "!End it now")
	d.send(400, "/silences", url.Values{"do": {"dance"}})
}

func TestAMessageThatWasGivenUpIsSentAgain(t *testing.T) {
	d := newAlertDesk(t)
	page := d.shows("/deliveries?list=dead", "invalid_token", "/alerts/"+d.refused, "!/alerts/"+d.told)
	d.status(404, "GET", "/deliveries?list=odd", "")
	dead, err := d.db.Deliveries(context.Background(), store.DeadDeliveries, 10)
	if err != nil || len(dead) != 1 || !strings.Contains(page, dead[0].ID) {
		t.Fatalf("%+v, %v", dead, err)
	}
	d.send(303, "/deliveries", url.Values{"delivery": {dead[0].ID}})
	d.send(400, "/deliveries", url.Values{"delivery": {dead[0].ID}})
	d.shows("/deliveries?list=waiting", "/alerts/"+d.refused, "next attempt")
	line, err := d.db.DeliveryLine(context.Background(), "duty")
	if err != nil || len(line) != 1 || line[0].ID != dead[0].ID || line[0].NextAt.After(d.now) {
		t.Errorf("it is not due: %+v, %v", line, err)
	}
	if err := d.db.EndDelivery(context.Background(), dead[0].ID, store.DeliveryEnd{State: store.DeliveryDead}, d.now); err != nil {
		t.Fatal(err)
	}
	d.send(303, "/deliveries", url.Values{"do": {"all"}})
	d.shows("/deliveries?list=dead", "There is none.")
}

func TestRoutesAreShownAndTried(t *testing.T) {
	d := newAlertDesk(t)
	d.pages.Options.Config.Receivers[0] = alerts.ReceiverConfig{Name: "team", Slack: &alerts.SlackConfig{BotToken: "xoxb-1", Channel: "C1"}}
	if _, err := d.db.Subscribe(t.Context(), store.SlackSubscription{Receiver: "team", Channel: "C77", Label: "organisation", Value: "otter", Author: "<b>sam", At: d.now}); err != nil {
		t.Fatal(err)
	}
	d.shows("/routes", "  team#C77  (asked for in Slack by &lt;b&gt;sam) organisation = otter;")
	d.shows("/routes?labels=organisation%3dotter", "team#C77  (")
	d.shows("/routes", "team  (alerts.route) everything", "  duty  (alerts.route.routes[0]) urgency=urgent", "waits 15m for others", "Is given no words of a comment.")
	d.shows("/routes?labels=urgency%3durgent+kind%3dcomplaint", "It would be taken by</h3><pre>duty  (")
	d.status(400, "GET", "/routes?labels=colour%3dred", "")
	d.shows("/preview", "to duty", "/alerts/"+d.refused)
	page := d.send(200, "/routes", url.Values{"receiver": {"duty"}})
	if d.tested != "duty" || !strings.Contains(page, "duty: the test message was not delivered: the receiver answered 403") || strings.Contains(page, "s3cr3t") {
		t.Errorf("tested %q: %s", d.tested, page)
	}
	d.send(400, "/routes", url.Values{})
}

func TestNoOneButTheOperatorSeesAlerts(t *testing.T) {
	d := newAlertDesk(t)
	d.cookie = ""
	for _, path := range []string{"/alerts", "/alerts/" + d.told, "/silences", "/deliveries", "/routes", "/preview"} {
		d.status(303, "GET", path, "")
		if path != "/preview" { // which has no form that changes anything
			d.status(303, "POST", path, "by=x&alert="+d.told+"&do=all")
		}
	}
}
