package main

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/internal/tab"
	"doorknock/pipeline"
	"doorknock/store"
)

// askedOf is an installation with a campaign about one Facebook page, and the ticket of one invitation.
func askedOf(t *testing.T) (in *installation, ticket string, place audit.Channel) {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	cfg := configs.Default()
	cfg.DataDir, cfg.KeyFile = filepath.Join(dir, "data"), filepath.Join(dir, "key")
	in, err := openInstallation(ctx, cfg, newLog(configs.Log{Level: "error"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	address := "https://www.facebook.com/otter"
	place = audit.Channel{ID: audit.ChannelID("otter", audit.Facebook, address), Organisation: "otter", Platform: audit.Facebook, URL: address, Lane: "facebook.com", Confirmed: true}
	if err := in.takeList(ctx, []audit.Organisation{{ID: "otter", Name: "Otter </script> Homes", Nation: audit.England, Sector: "housing_association"}}, []audit.Channel{place}); err != nil {
		t.Fatal(err)
	}
	id, err := in.db.OpenCampaign(ctx, store.Campaign{Title: "Spring", Opened: time.Now(), Closes: time.Now().AddDate(0, 0, 7),
		Targets: []store.Target{{Channel: place, Control: "https://www.facebook.com/known"}}})
	if err != nil {
		t.Fatal(err)
	}
	invites, err := in.db.Invite(ctx, id, "ann", 1, time.Now().AddDate(0, 0, 7))
	if err != nil {
		t.Fatal(err)
	}
	return in, in.witnesses().Ticket(invites[0]), place
}

// TestAPhoneWithoutANetworkWritesWhatImportReads fills in the offline page in a real browser that opens it as a file, and has the
// file that it writes taken in.
func TestAPhoneWithoutANetworkWritesWhatImportReads(t *testing.T) {
	ctx := tab.Open(t)
	in, ticket, place := askedOf(t)
	page, err := in.offline(context.Background(), "https://doors.test/look/"+ticket)
	if err != nil {
		t.Fatal(err)
	}
	file, shot := filepath.Join(t.TempDir(), "look.html"), filepath.Join(t.TempDir(), "shot.png")
	var screen bytes.Buffer
	if err := png.Encode(&screen, image.NewRGBA(image.Rect(0, 0, 3000, 30))); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string][]byte{file: page, shot: screen.Bytes()} {
		if err := os.WriteFile(name, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := chromedp.Do(ctx, tab.Screen(320, "light"), chromedp.Navigate("file://"+file), chromedp.WaitVisible(chromedp.CSS("#p0_in_yes"))); err != nil {
		t.Fatal(err)
	}
	click := func(id string) chromedp.Action[chromedp.Void] {
		return chromedp.Click(chromedp.CSS("label[for=" + id + "]"))
	}
	if over, err := tab.Over(ctx); err != nil || over > 0 {
		t.Errorf("the page runs %d px over the edge: %v", over, err)
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[int](`URL.createObjectURL = b => { b.text().then(t => { window.kept = t }); return "#" }, 0`)); err != nil {
		t.Fatal(err)
	}
	steps := []chromedp.Action[chromedp.Void]{click("p0_in_yes"), chromedp.Click(chromedp.CSS("#keep")), chromedp.WaitVisible(chromedp.CSS("#wrong"))} // half an answer is none
	for _, id := range []string{"blocked_no", "saw_visitor_posts_no", "saw_reviews_yes", "control_visitor_posts_yes", "control_reviews_yes", "control_comments_yes"} {
		steps = append(steps, click("p0_"+id))
	}
	steps = append(steps, chromedp.SetValue(chromedp.CSS("#p0_posts"), "10"), chromedp.SetValue(chromedp.CSS("#p0_boxes"), "0"),
		chromedp.SetUploadFiles(chromedp.CSS("#p0_file"), []string{shot}), chromedp.Click(chromedp.CSS("#keep")), chromedp.WaitVisible(chromedp.CSS("#done")))
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
	kept, err := chromedp.Run(ctx, chromedp.Poll[string](`window.kept`))
	if err != nil {
		t.Fatal(err)
	}
	if !pipeline.IsAnswers([]byte(kept)[:64]) {
		t.Fatalf("import does not know %.80s", kept)
	}
	done, err := in.witnesses().Answers(context.Background(), strings.NewReader(kept))
	if err != nil || len(done.Looks) != 1 || len(done.Looks[0].Answers) != 3 {
		t.Fatalf("taken: %+v, %v", done, err)
	}
	look, err := in.db.Look(context.Background(), done.Looks[0].Visit)
	if err != nil || look.Channel != place.ID || look.Statement.Saw["visitor_posts"] != audit.No || look.Statement.Posts != 10 || look.Artefact == "" {
		t.Errorf("%+v, %v", look, err)
	}
	captures, err := in.db.VisitCaptures(context.Background(), look.Visit)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := in.folder.Body(captures[1])
	if err != nil {
		t.Fatal(err)
	}
	if size, err := jpeg.DecodeConfig(bytes.NewReader(stored.Body)); err != nil || size.Width != 2400 {
		t.Errorf("the picture: %+v, %v", size, err)
	}
	again, err := in.witnesses().Answers(context.Background(), strings.NewReader(kept))
	if err != nil || len(again.Looks) != 1 || !again.Looks[0].Known {
		t.Errorf("the same file again: %+v, %v", again, err)
	}
}

func TestAnAnswerFileThatIsNone(t *testing.T) {
	in, ticket, place := askedOf(t)
	look := func(at time.Time) string {
		return `{"channel":"` + place.ID + `","at":"` + at.UTC().Format(time.RFC3339) + `","logged_in":"yes","blocked":"no","saw":{"visitor_posts":"no","reviews":"yes"},` +
			`"posts":10,"with_a_box":10,"control_saw":{"visitor_posts":"yes","reviews":"yes","comments":"yes"}}`
	}
	file := func(ticket, looks string) string {
		return `{"doorknock":"looks","v":1,"ticket":"` + ticket + `","looks":[` + looks + `]}`
	}
	now := time.Now()
	for name, text := range map[string]string{
		"no JSON": `{"doorknock":"looks",`, "of another version": strings.Replace(file(ticket, look(now)), `"v":1`, `"v":2`, 1),
		"forged": file(ticket[:len(ticket)-4]+"0000", look(now)), "of a year ago": file(ticket, look(now.AddDate(-1, 0, 0))), "of tomorrow": file(ticket, look(now.AddDate(0, 0, 1))),
		"about another page": file(ticket, strings.Replace(look(now), place.ID, "0123456789abcdef", 1)), "with a field of its own": file(ticket, strings.Replace(look(now), `"posts"`, `"name":"Ann","posts"`, 1)),
		"with a program": file(ticket, strings.Replace(look(now), `"posts"`, `"file":"TVqQAAMAAAAEAAAA","posts"`, 1)),
	} {
		if done, err := in.witnesses().Answers(context.Background(), strings.NewReader(text)); err == nil || len(done.Looks) != 0 {
			t.Errorf("%s: %+v", name, done)
		}
	}
	if looks, err := in.db.Looks(context.Background(), "", 9); err != nil || len(looks) != 0 {
		t.Errorf("%d looks are kept: %v", len(looks), err)
	}
	if _, err := in.offline(context.Background(), "https://doors.test/look/nothing"); err == nil {
		t.Error("a page of no invitation")
	}
	bad := look(now) + "," + strings.Replace(look(now), place.ID, "0123456789abcdef", 1)
	if done, err := in.witnesses().Answers(context.Background(), strings.NewReader(file(ticket, bad))); err == nil || len(done.Looks) != 1 {
		t.Errorf("one good look beside a bad one: %+v, %v", done, err)
	}
}
