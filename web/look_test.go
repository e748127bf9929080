package web

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"doorknock/audit"
	"doorknock/crawler/checks"
	"doorknock/evidence"
	"doorknock/internal/tab"
	"doorknock/pipeline"
	"doorknock/store"
)

const openPage = "https://www.facebook.com/known-to-be-open"

// lookers is a campaign about otter's Facebook page, and the links of those who are asked.
type lookers struct {
	*town

	take   *pipeline.Witnesses
	folder *evidence.Folder
	dir    string
	links  []string // one of each inviter
	place  audit.Channel
}

func newLookers(t testing.TB, inviters ...string) *lookers {
	t.Helper()
	l := &lookers{town: newTown(t, nil), dir: t.TempDir(), place: facebook("otter")}
	l.list([]audit.Organisation{organisation("otter", "Otter Homes", audit.England, "housing_association")}, channel("otter", true), l.place)
	keys, err := audit.NewKeys(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	if l.folder, err = evidence.OpenFolder(l.dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.folder.Close() })
	l.take = &pipeline.Witnesses{DB: l.db, Keys: keys, Keeper: l.folder, Drop: l.folder.Drop, Checks: checks.All(), Now: func() time.Time { return noon }}
	on := []audit.Platform{audit.Facebook}
	l.serve(Options{Looks: l.take, Checks: []CheckDoc{
		{ID: "visitor_posts", Title: "May visitors post on the page?", Basis: "practice", Door: true, On: on},
		{ID: "reviews", Title: "May visitors write reviews?", Basis: "practice", Door: true, On: on},
		{ID: "comments", Title: "May visitors comment on posts?", Basis: "practice", Door: true, On: on},
	}})
	ctx := context.Background()
	id, err := l.db.OpenCampaign(ctx, store.Campaign{Title: "Facebook pages of the valley", Opened: noon, Closes: noon.Add(21 * 24 * time.Hour),
		Targets: []store.Target{{Channel: l.place, Control: openPage}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range inviters {
		v, err := l.db.Invite(ctx, id, who, 1, noon.Add(14*24*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		l.links = append(l.links, "/look/"+l.take.Ticket(v[0]))
	}
	return l
}

// picture is a screenshot whose camera wrote where it was made.
func picture(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewYCbCr(image.Rect(0, 0, 64, 64), image.YCbCrSubsampleRatio420), nil); err != nil {
		t.Fatal(err)
	}
	exif := append([]byte{0xff, 0xe1, 0x00, 0x20}, append([]byte("Exif\x00\x00"), []byte("GPS-51.5074N-0.1278W-TAG")...)...)
	return append(append(append([]byte{}, b.Bytes()[:2]...), exif...), b.Bytes()[2:]...)
}

// form is what a browser sends.
func form(t testing.TB, change func(map[string]string), file []byte) (body *bytes.Buffer, kind string) {
	t.Helper()
	fields := map[string]string{"in": "yes", "blocked": "no", "saw_visitor_posts": "no", "saw_reviews": "yes", "posts": "10", "boxes": "10",
		"control_visitor_posts": "yes", "control_reviews": "yes", "control_comments": "yes"}
	if change != nil {
		change(fields)
	}
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for k, v := range fields {
		if err := w.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	if file != nil {
		part, err := w.CreateFormFile("file", "IMG_0001.jpg")
		if err == nil {
			_, err = part.Write(file)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return body, w.FormDataContentType()
}

func (l *lookers) send(link string, change func(map[string]string), file []byte) *httptest.ResponseRecorder {
	l.t.Helper()
	body, kind := form(l.t, change, file)
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080"+link+"/"+l.place.ID, body)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	l.h.ServeHTTP(w, r)
	return w
}

func (l *lookers) sent(link string, change func(map[string]string), file []byte) {
	l.t.Helper()
	if w := l.send(link, change, file); w.Code != http.StatusSeeOther {
		l.t.Fatalf("a look was not taken: status %d\n%s", w.Code, w.Body)
	}
}

func (l *lookers) page() string { return l.ask("/organisations/otter", http.StatusOK) }

// TestTwoWhoLookCloseADoorAndAThirdContests fills the forms in as a person does, in a real browser as narrow as a phone.
func TestTwoWhoLookCloseADoorAndAThirdContests(t *testing.T) {
	b := newBrowser(t)
	l := newLookers(t, "ann", "bob", "cat")
	server := httptest.NewServer(l.h)
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "screen.jpg")
	if err := os.WriteFile(file, picture(t), 0o600); err != nil {
		t.Fatal(err)
	}
	look := func(link, box, picture string) {
		t.Helper()
		b.open(server.URL+link, 320, "light")
		b.fits("the list of places")
		actions := []chromedp.Action[chromedp.Void]{tab.Follow(`main a[href*="` + l.place.ID + `"]`), chromedp.WaitVisible(chromedp.CSS(`#saw_visitor_posts_` + box))}
		for _, id := range []string{"in_yes", "blocked_no", "saw_visitor_posts_" + box, "saw_reviews_yes", "control_visitor_posts_yes", "control_reviews_yes", "control_comments_yes"} {
			actions = append(actions, chromedp.Click(chromedp.CSS("label[for="+id+"]")))
		}
		actions = append(actions, chromedp.SetValue(chromedp.CSS("#posts"), "10"), chromedp.SetValue(chromedp.CSS("#boxes"), "10"))
		if picture != "" {
			actions = append(actions, chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{picture}))
		}
		b.run(actions...)
		b.fits("the form")
		b.shot("look-form-320.png")
		b.run(tab.Follow("main form button"), chromedp.WaitVisible(chromedp.CSS("[role=status]")))
		b.fits("the thanks")
		b.shot("look-thanks-320.png")
	}

	look(l.links[0], "no", "")
	page := l.page()
	wants(t, page, "being checked")
	wantsNot(t, page, "volunteer saw no box")

	look(l.links[1], "no", file)
	page = l.page()
	wants(t, page, "2 volunteers saw no box on 21 Nov 2026", "2 volunteers saw it, the last on 21 Nov 2026")

	look(l.links[2], "yes", "")
	page = l.page()
	wants(t, page, "People saw different things here. One more person is asked to look")
	wantsNot(t, page, "volunteers saw no box")
	b.open(server.URL+"/organisations/otter", 320, "light")
	b.fits("the organisation")
	b.shot("look-contested-320.png")
	b.open(server.URL+l.links[0]+"/guide", 320, "")
	b.shot("look-guide-print.png")
	wanted, err := l.db.Wanted(context.Background(), noon)
	if err != nil || len(wanted) != 1 || wanted[0].Why != store.WantsContested || wanted[0].Check != "visitor_posts" {
		t.Errorf("nobody is asked for once more: %+v, %v", wanted, err)
	}
}

// run carries out actions in the page that is open.
func (b *browser) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) fits(name string) {
	b.t.Helper()
	over, err := tab.Over(b.ctx)
	if err != nil || over > 0 {
		b.t.Errorf("%s runs %d px over the edge: %v", name, over, err)
	}
	b.quiet(name)
}

func (b *browser) shot(name string) {
	b.t.Helper()
	if b.shots == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	b.keep(name, picture)
}

func TestALinkOpensWhatItSays(t *testing.T) {
	l := newLookers(t, "ann")
	link := l.links[0]
	wants(t, l.ask(link, 200), "Otter Homes: Facebook page", "three questions, one minute")
	wants(t, l.ask(link+"/"+l.place.ID, 200), "https://www.facebook.com/otter", openPage, "crop out")
	wants(t, l.ask(link+"/guide", 200), "Write nothing on the page")
	for _, header := range [][2]string{{"Cache-Control", "no-store"}, {"Referrer-Policy", "no-referrer"}, {"X-Robots-Tag", "noindex, nofollow"}} {
		if got := l.answer(http.MethodGet, link).Header().Get(header[0]); got != header[1] {
			t.Errorf("%s is %q", header[0], got)
		}
	}
	parts := strings.Split(link, ".")
	last := link[len(link)-1:]
	other := map[string]string{"0": "1"}[last]
	if other == "" {
		other = "0"
	}
	for _, bad := range []string{link[:len(link)-1] + other, parts[0] + "." + parts[1] + "z." + parts[2], parts[0], "/look/", "/look/a.b.c", link + "/nothing"} {
		if w := l.answer(http.MethodGet, bad); w.Code != http.StatusNotFound {
			t.Errorf("GET %s: status %d", bad, w.Code)
		}
	}
	l.take.Now = func() time.Time { return noon.Add(14 * 24 * time.Hour) }
	wants(t, l.ask(link, http.StatusGone), "This invitation has ended")
	l.take.Now = func() time.Time { return noon }
	id, _, _ := strings.Cut(strings.TrimPrefix(link, "/look/"), ".")
	if err := l.db.Revoke(context.Background(), id); err != nil {
		t.Fatal(err)
	}
	l.ask(link, http.StatusGone)
	if w := l.send(link, nil, nil); w.Code != http.StatusGone {
		t.Errorf("a form of a revoked link: status %d", w.Code)
	}
}

func TestOneLookOfEachInvitation(t *testing.T) {
	l := newLookers(t, "ann", "bob")
	l.sent(l.links[0], nil, nil)
	if w := l.send(l.links[0], nil, picture(t)); w.Code != http.StatusConflict {
		t.Errorf("the second form of one link: status %d", w.Code)
	}
	wants(t, l.ask(l.links[0], 200), "You looked on 21 Nov 2026")
	wantsNot(t, l.page(), "saw no box")
	l.sent(l.links[1], nil, picture(t))
	wants(t, l.page(), "2 volunteers saw no box")
	if asked, err := l.db.AskedAgain(context.Background(), noon.Add(-time.Minute)); err != nil || len(asked) == 0 {
		t.Errorf("what people confirmed waits to be announced: %v, %v", asked, err)
	}
	looks, err := l.db.Looks(context.Background(), "", 10)
	if err != nil || len(looks) != 2 {
		t.Fatalf("%d looks: %v", len(looks), err)
	}
	public := l.db.Public(noon)
	wants(t, l.ask("/method", 200), "of 3 pairs of answers about the same door within a week, 3 agreed")
	a, err := public.Agreement(context.Background())
	if err != nil || a != (store.Agreement{Pairs: 3, Same: 3, Looks: 2}) {
		t.Errorf("agreement %+v, %v", a, err)
	}
}

// TestWherePeopleAreNeeded: one who looked alone, people whom one person asked, people without a picture, and a look of sixty days
// ago are what the queue asks for; a campaign tells how far it is.
func TestWherePeopleAreNeeded(t *testing.T) {
	l, ctx := newLookers(t, "ann", "ann", "bob"), context.Background()
	campaigns, err := l.db.Campaigns(ctx)
	if err != nil || len(campaigns) != 1 {
		t.Fatalf("%d campaigns, %v", len(campaigns), err)
	}
	stands := func(when time.Time, wantWhy string, want store.Progress) {
		t.Helper()
		wanted, err := l.db.Wanted(ctx, when)
		var why []string
		for _, w := range wanted {
			why = append(why, string(w.Check)+" "+w.Why)
		}
		if got := strings.Join(why, ", "); err != nil || got != wantWhy {
			t.Errorf("people are needed for %q, want %q: %v", got, wantWhy, err)
		}
		progress, err := l.db.Progress(ctx, campaigns[0].ID)
		if err != nil || len(progress) != 1 {
			t.Fatalf("%d places, %v", len(progress), err)
		}
		p := progress[0]
		if want.Target = p.Target; p.People != want.People || p.Settled != want.Settled || p.Waiting != want.Waiting || p.Contested != want.Contested {
			t.Errorf("the campaign stands at %+v, want %+v", p, want)
		}
	}
	stands(noon, "", store.Progress{})
	l.sent(l.links[0], nil, nil)
	stands(noon, "visitor_posts one_more", store.Progress{People: 1, Settled: 2, Waiting: 1})
	l.sent(l.links[1], nil, nil)
	stands(noon, "visitor_posts approval", store.Progress{People: 2, Settled: 2, Waiting: 1})
	l.sent(l.links[2], nil, nil)
	stands(noon, "visitor_posts picture", store.Progress{People: 3, Settled: 2, Waiting: 1})

	m := newLookers(t, "ann", "bob")
	m.sent(m.links[0], nil, picture(t))
	m.sent(m.links[1], nil, nil)
	l, campaigns = m, nil
	if campaigns, err = l.db.Campaigns(ctx); err != nil {
		t.Fatal(err)
	}
	settled := store.Progress{People: 2, Settled: 3}
	stands(noon.Add(59*24*time.Hour), "", settled)
	stands(noon.Add(61*24*time.Hour), "comments again, reviews again, visitor_posts again", settled)
}

// TestAPictureIsSealedAndSaysNothingOfTheCamera: neither the picture nor what its camera wrote is anywhere on the disk to be
// read, its key opens it, and taking it back destroys it.
func TestAPictureIsSealedAndSaysNothingOfTheCamera(t *testing.T) {
	l := newLookers(t, "ann", "bob")
	ctx := context.Background()
	l.sent(l.links[0], nil, picture(t))
	l.sent(l.links[1], nil, nil)
	looks, err := l.db.Looks(ctx, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	if looks[0].Artefact == "" {
		i = 1
	}
	captures, err := l.db.VisitCaptures(ctx, looks[i].Visit)
	if err != nil || len(captures) != 2 || !captures[1].Sealed {
		t.Fatalf("captures %+v, %v", captures, err)
	}
	stored, err := l.folder.Body(captures[1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jpeg.Decode(bytes.NewReader(stored.Body)); err != nil || bytes.Contains(stored.Body, []byte("GPS")) || bytes.Contains(stored.Body, []byte("Exif")) {
		t.Errorf("what is kept is no picture, or tells where it was made: %v", err)
	}
	statement, err := l.folder.Body(captures[0])
	if err != nil || !bytes.Contains(statement.Body, []byte(`"visitor_posts":"no"`)) {
		t.Errorf("the statement is not kept: %v", err)
	}
	if n := found(t, l.dir, "GPS-51"); n != 0 {
		t.Errorf("%d files tell where the picture was made", n)
	}
	if n := found(t, l.dir, string(stored.Body[20:120])); n != 0 {
		t.Errorf("%d files hold the picture unsealed", n)
	}
	page := l.page()
	wants(t, page, "2 volunteers saw no box")
	id := regexp.MustCompile(`/findings/[0-9a-f]+`).FindString(page)
	evidencePage := l.ask(id, 200)
	wants(t, evidencePage, "seen by a person who looked: this was not offered, while a page known to be open offered it to the same person", "What this person answered")
	wantsNot(t, evidencePage, "the page's own marker", "urn:doorknock")
	if strings.Contains(evidencePage, `<img`) || strings.Contains(evidencePage, looks[i].Invite) {
		t.Error("the public page shows the picture or the invitation")
	}

	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080"+l.links[1-i]+"/"+l.place.ID+"/withdraw", http.NoBody)
	for _, link := range l.links { // whoever sent the picture takes it back
		if strings.Contains(link, looks[i].Invite) {
			r = httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080"+link+"/"+l.place.ID+"/withdraw", http.NoBody)
		}
	}
	w := httptest.NewRecorder()
	l.h.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("withdraw: status %d\n%s", w.Code, w.Body)
	}
	page = l.page()
	wants(t, page, "being checked")
	wantsNot(t, page, "volunteers saw no box")
	if _, err := os.Stat(filepath.Join(l.dir, captures[1].File)); !os.IsNotExist(err) {
		t.Errorf("the picture is still there: %v", err)
	}
	if again, err := l.db.Look(ctx, looks[i].Visit); err != nil || again.Withdrawn.IsZero() || again.Statement.V != 0 {
		t.Errorf("the words are still there: %+v, %v", again, err)
	}
}

// found counts the files below a folder that hold some bytes.
func found(t *testing.T, dir, what string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if bytes.Contains(body, []byte(what)) {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestABadFormComesBackWithItsAnswers(t *testing.T) {
	l := newLookers(t, "ann")
	wide := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x00\x00\x00\x01\x00\x00\x08\x06\x00\x00\x00")
	for name, c := range map[string]struct {
		change func(map[string]string)
		file   []byte
		says   string
	}{
		"a question left out":     {func(f map[string]string) { delete(f, "saw_reviews") }, nil, "Please answer each question"},
		"more boxes than posts":   {func(f map[string]string) { f["posts"], f["boxes"] = "3", "4" }, nil, "how many posts you looked at"},
		"no number of boxes":      {func(f map[string]string) { f["boxes"] = "" }, nil, "how many posts you looked at"},
		"a time that is none":     {func(f map[string]string) { f["when"] = "yesterday" }, nil, "The time cannot be read"},
		"a year ago":              {func(f map[string]string) { f["when"] = "2025-11-21T10:00" }, nil, "Please answer each question"},
		"a program for a picture": {nil, []byte("MZ\x90\x00 this is a program"), "The file is neither"},
		"a picture like a bomb":   {nil, wide, "The file is neither"},
		"an SVG with a script":    {nil, []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>`), "The file is neither"},
		"eleven megabytes":        {nil, bytes.Repeat([]byte("x"), 11<<20), "The file is too large"},
		"an answer of its own":    {func(f map[string]string) { f["in"] = "<script>" }, nil, "Please answer each question"},
	} {
		w := l.send(l.links[0], c.change, c.file)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: status %d, want the words %q\n%.300s", name, w.Code, c.says, w.Body)
		}
		if c.file == nil && !strings.Contains(w.Body.String(), `value="yes" required checked`) {
			t.Errorf("%s: the answers are gone", name)
		}
	}
	if looks, err := l.db.Looks(context.Background(), "", 10); err != nil || len(looks) != 0 {
		t.Errorf("%d looks were kept: %v", len(looks), err)
	}
	cross := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	body, kind := form(t, nil, nil)
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080"+l.links[0]+"/"+l.place.ID, body)
	r.Header.Set("Content-Type", kind)
	cross(r)
	w := httptest.NewRecorder()
	if l.h.ServeHTTP(w, r); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("a form of another site: status %d", w.Code)
	}
	for range lookTries {
		w = l.send(l.links[0], func(f map[string]string) { f["boxes"] = "" }, nil)
	}
	if w.Code != http.StatusTooManyRequests {
		t.Errorf("form %d of one link in an hour: status %d", lookTries, w.Code)
	}
}

// TestASavedPageIsKeptSealed: a page that somebody saved comes as it is and is never a page of ours.
func TestASavedPageIsKeptSealed(t *testing.T) {
	l := newLookers(t, "ann")
	l.sent(l.links[0], nil, []byte("<!DOCTYPE html><html><script>alert('SAVED')</script></html>"))
	if n := found(t, l.dir, "SAVED"); n != 0 {
		t.Errorf("%d files hold the saved page unsealed", n)
	}
	looks, err := l.db.Looks(context.Background(), "", 1)
	if err != nil || looks[0].Statement.Artefact == nil || looks[0].Statement.Artefact.Kind != "page" {
		t.Errorf("%+v, %v", looks, err)
	}
}
