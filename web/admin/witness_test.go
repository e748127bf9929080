package admin

import (
	"bytes"
	"context"
	"html"
	"image"
	"image/png"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/crawler/checks"
	"doorknock/evidence"
	"doorknock/pipeline"
	"doorknock/store"
	"doorknock/web"
)

// TestTheOperatorInvitesApprovesAndTakesBack: links that are made here open; two whom one person asked close nothing before
// the operator has seen the picture and said so; taking one back opens the question again.
func TestTheOperatorInvitesApprovesAndTakesBack(t *testing.T) {
	d := newDesk(t, secret)
	ctx := context.Background()
	place := audit.Channel{ID: "fb", Organisation: "otter", Platform: audit.Facebook, URL: "https://www.facebook.com/otter", Lane: "facebook.com", Confirmed: true}
	if err := d.db.SyncOrganisations(ctx, []audit.Organisation{{ID: "otter", Name: "Otter <Homes>", Nation: audit.England, Sector: "housing_association"}}, []audit.Channel{place}); err != nil {
		t.Fatal(err)
	}
	keys, err := audit.NewKeys(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	folder, err := evidence.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = folder.Close() })
	clock := func() time.Time { return d.now }
	take := &pipeline.Witnesses{DB: d.db, Keys: keys, Keeper: folder, Drop: folder.Drop, Checks: checks.All(), Now: clock}
	dress, err := web.NewDress()
	if err != nil {
		t.Fatal(err)
	}
	pages := Witnesses{DB: d.db, Ticket: take.Ticket, Address: "https://doors.test", Withdraw: take.Withdraw, Dress: dress, Now: clock,
		Body: func(c audit.Capture) ([]byte, error) { s, err := folder.Body(c); return s.Body, err }}
	password, err := NewPassword(secret)
	if err != nil {
		t.Fatal(err)
	}
	if d.h, err = New(Options{DB: d.db, Password: password, Now: clock, Pages: pages.Pages()}); err != nil {
		t.Fatal(err)
	}
	d.login(secret)
	campaign, err := d.db.OpenCampaign(ctx, store.Campaign{Title: "Spring", Opened: d.now, Closes: d.now.AddDate(0, 0, 28),
		Targets: []store.Target{{Channel: place, Control: "https://www.facebook.com/known"}}})
	if err != nil {
		t.Fatal(err)
	}
	shown := func() string { return html.UnescapeString(d.status(200, "GET", "/witness", "").Body.String()) }
	token := tokenField.FindStringSubmatch(shown())[1]
	post := func(want int, fields ...string) string {
		t.Helper()
		form := url.Values{"token": {token}}
		for i := 0; i < len(fields); i += 2 {
			form.Set(fields[i], fields[i+1])
		}
		return d.status(want, "POST", "/witness", form.Encode()).Body.String()
	}
	links := regexp.MustCompile(`https://doors\.test/look/([0-9a-z.]+)`).FindAllStringSubmatch(post(200, "do", "invite", "campaign", campaign, "by", "ann", "count", "2"), -1)
	if len(links) != 2 {
		t.Fatalf("%d links", len(links))
	}
	post(400, "do", "invite", "campaign", campaign, "by", "", "count", "2")
	post(400, "do", "invite", "campaign", campaign, "by", "ann", "count", "9999")
	post(404, "do", "invite", "campaign", "none", "by", "ann", "count", "1")
	post(400, "do", "something")
	for i, link := range links {
		v, err := take.Open(ctx, link[1])
		if err != nil {
			t.Fatal(err)
		}
		said := audit.Statement{Channel: place.ID, At: d.now, LoggedIn: audit.Yes, Blocked: audit.No, Posts: 10, Boxes: 10,
			Saw:        map[audit.CheckID]audit.Answer{"visitor_posts": audit.No, "reviews": audit.Yes},
			ControlSaw: map[audit.CheckID]audit.Answer{"visitor_posts": audit.Yes, "reviews": audit.Yes, "comments": audit.Yes}}
		var picture bytes.Buffer
		if err := png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 8, 8))); err != nil {
			t.Fatal(err)
		}
		file := picture.Bytes()
		if i == 1 {
			file = nil
		}
		if _, err := take.Take(ctx, v, said, file); err != nil {
			t.Fatal(err)
		}
	}
	state := func() string {
		t.Helper()
		answers, err := d.db.OperatorStates(ctx, "otter")
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range answers {
			if a.Check == "visitor_posts" {
				return a.Verdict.State().String()
			}
		}
		return "none"
	}
	if page := shown(); !strings.Contains(page, "Your word that they are different people") || !strings.Contains(page, "asked by ann") || state() != "unknown" {
		t.Errorf("two of one inviter: %s\n%s", state(), page)
	}
	looks, err := d.db.Looks(ctx, campaign, 10)
	if err != nil || len(looks) != 2 {
		t.Fatalf("%v %v", looks, err)
	}
	with, without := looks[0].Visit, looks[1].Visit
	if looks[0].Artefact == "" {
		with, without = without, with
	}
	w := d.status(200, "GET", "/witness/"+with, "")
	if w.Header().Get("Content-Type") != "image/jpeg" || !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "sandbox") || !bytes.HasPrefix(w.Body.Bytes(), []byte("\xff\xd8")) {
		t.Errorf("the picture: %v", w.Header())
	}
	d.status(404, "GET", "/witness/"+without, "")
	d.status(404, "GET", "/witness/none", "")
	post(303, "do", "approve", "look", with)
	if got := state(); got != "closed" {
		t.Errorf("approved: %s", got)
	}
	post(400, "do", "withdraw", "look", with, "why", " ")
	post(303, "do", "withdraw", "look", with, "why", "the picture is of another page")
	if got := state(); got != "unknown" {
		t.Errorf("taken back: %s", got)
	}
	if page := shown(); !strings.Contains(page, "the picture is of another page") || !strings.Contains(page, "One more person, asked by somebody else") {
		t.Errorf("taken back: %s", page)
	}
	d.status(404, "GET", "/witness/"+with, "")
	post(404, "do", "approve", "look", with)
	d.cookie = ""
	d.status(303, "GET", "/witness/"+without, "")
}
