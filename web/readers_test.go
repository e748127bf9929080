package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorknock/alerts"
	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/store"
)

// letters keeps the mails that a desk sends.
type letters struct{ got []alerts.Mail }

func (l *letters) Send(_ context.Context, m alerts.Mail, _ ...string) ([]string, error) {
	l.got = append(l.got, m)
	return nil, nil
}

// library is a small town whose weekly edition can be asked for.
func library(t *testing.T) (*town, *letters, *digest.Desk) {
	t.Helper()
	keys, err := audit.NewKeys(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	w, post := newTown(t, nil), &letters{}
	w.small()
	d := &digest.Desk{Store: w.db, Mailer: post, Keys: keys, Base: "https://doors.test", Zone: "Europe/London", Now: func() time.Time { return noon }}
	w.serve(Options{Readers: d})
	return w, post, d
}

// post sends a form as a browser does, from a site of this relation ("": as a mail server's one click).
func (w *town) post(path, from string, form url.Values) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if from != "" {
		r.Header.Set("Sec-Fetch-Site", from)
	}
	answer := httptest.NewRecorder()
	w.h.ServeHTTP(answer, r)
	if strings.Contains(answer.Body.String(), "⟦") {
		w.t.Errorf("POST %s: a string is missing:\n%s", path, answer.Body)
	}
	return answer
}

// TestAReadersWay: asking, saying yes, choosing, pausing, ending by one click, and wiping. No GET changes anything.
func TestAReadersWay(t *testing.T) {
	w, post, d := library(t)
	wants(t, w.ask("/digest?organisation=heron", http.StatusOK), "The weekly edition, by mail", "Heron Housing Association", "Wales")
	wants(t, w.post("/digest", "same-origin", url.Values{"address": {"not an address"}}).Body.String(), "That is not a mail address")
	asked := w.post("/digest", "same-origin", url.Values{"address": {"ann@elm.test"}, "organisation": {"heron"}, "nation": {"Wales", "Mars"}})
	wants(t, asked.Body.String(), "Look into your mail")
	again := w.post("/digest", "same-origin", url.Values{"address": {"ann@elm.test"}})
	if again.Body.String() != asked.Body.String() || len(post.got) != 1 {
		t.Errorf("asking again says something else, or sends %d mails", len(post.got))
	}
	_, link, _ := strings.Cut(post.got[0].Text, "https://doors.test")
	link, _, _ = strings.Cut(link, "\n")
	id := store.SubscriptionID("ann@elm.test", "")
	state := func() store.Subscription {
		t.Helper()
		s, err := w.db.Subscription(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	wants(t, w.ask(link, http.StatusOK), "Do you want the weekly edition?")
	if !state().ConfirmedAt.IsZero() {
		t.Error("looking at the link said yes")
	}
	wants(t, w.post(link, "same-origin", nil).Body.String(), "It is on its way")
	own := d.Path(id)
	wants(t, w.ask(own, http.StatusOK), "The weekly edition goes to ann@elm.test", "Heron Housing Association")
	if got := state(); got.ConfirmedAt.IsZero() || len(got.Wants.Nations) != 1 || got.Wants.Organisations[0] != "heron" {
		t.Errorf("%+v", got)
	}
	wants(t, w.post(own, "same-origin", url.Values{"zone": {"Mars/Crater"}}).Body.String(), "There is no such time zone")
	wants(t, w.post(own, "same-origin", url.Values{"zone": {"Europe/London"}, "paused": {"soon"}}).Body.String(), "That is no date")
	wants(t, w.post(own, "same-origin", url.Values{"zone": {"Europe/Dublin"}, "paused": {"2027-01-04"}, "sector": {"council"}}).Body.String(), "Your choices are kept")
	if got := state(); got.Zone != "Europe/Dublin" || got.PausedUntil.Format(time.DateOnly) != "2027-01-04" || got.Wants.Sectors[0] != "council" || len(got.Wants.Nations) != 0 {
		t.Errorf("%+v", got)
	}
	data := w.answer(http.MethodGet, own+"/data")
	if !strings.Contains(data.Body.String(), `"address": "ann@elm.test"`) || !strings.Contains(data.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("the data: %s", data.Body)
	}
	wants(t, w.ask(own+"/end", http.StatusOK), "Get no more of these?")
	if !state().EndedAt.IsZero() {
		t.Error("looking at the link ended the subscription")
	}
	if got := w.post(own+"/end", "cross-site", nil).Code; got == http.StatusOK || !state().EndedAt.IsZero() {
		t.Errorf("a page of another site ended the subscription: %d", got)
	}
	if got := w.post(own+"/end", "", url.Values{"List-Unsubscribe": {"One-Click"}}).Code; got != http.StatusOK || state().EndedBy != store.EndedByReader {
		t.Errorf("one click: %d, %+v", got, state())
	}
	wants(t, w.ask(own, http.StatusOK), "Nothing has gone to ann@elm.test since")
	wants(t, w.post(own+"/wipe", "same-origin", nil).Body.String(), "All is deleted")
	if all, err := w.db.Subscriptions(t.Context(), true); err != nil || len(all) != 0 {
		t.Errorf("%d subscriptions are left, %v", len(all), err)
	}
	wants(t, w.ask(own, http.StatusOK), "This link has ended")
}

// Local authorities can be chosen where the list of organisations names some; where it names none there is no such choice.
func TestReadersChooseAreasThatThereAre(t *testing.T) {
	w, _, _ := library(t)
	wantsNot(t, w.ask("/digest", http.StatusOK), "Local authorities")
	otter, heron := organisation("otter", "Otter Homes", audit.England, "housing_association"), organisation("heron", "Heron Housing Association", audit.England, "housing_association")
	otter.Areas, heron.Areas = []string{"Powys", "Gwynedd"}, []string{"Powys"}
	w.list([]audit.Organisation{otter, heron}, channel("otter", true), channel("heron", true))
	page := w.ask("/digest", http.StatusOK)
	wants(t, page, "Local authorities Gwynedd Powys Changes") // each once
}

func TestReadersLinksOfOthers(t *testing.T) {
	w, _, d := library(t)
	id := store.SubscriptionID("ann@elm.test", "")
	if _, _, err := w.db.AskToSubscribe(t.Context(), "ann@elm.test", store.Choice{Zone: "Europe/London"}, noon); err != nil {
		t.Fatal(err)
	}
	mark := d.Path(store.SubscriptionID("other@elm.test", ""))
	mark = mark[strings.LastIndex(mark, "/")+1:]
	for _, path := range []string{"/digest/" + id + "/" + mark, "/digest/" + id + "/" + mark + "/end", "/digest/" + id + "/" + mark + "/data", "/digest/" + id + "/1." + mark + "/confirm"} {
		page := w.ask(path, http.StatusOK)
		wants(t, page, "This link has ended")
		wantsNot(t, page, "ann@elm.test")
	}
	for _, path := range []string{"/end", "/wipe", "/confirm"} {
		wants(t, w.post("/digest/"+id+"/"+mark+path, "same-origin", nil).Body.String(), "This link has ended")
	}
	if s, err := w.db.Subscription(t.Context(), id); err != nil || !s.EndedAt.IsZero() || !s.ConfirmedAt.IsZero() {
		t.Errorf("%+v, %v", s, err)
	}
}

// Where no mail can be sent there is nothing to subscribe to, and no word of it.
func TestNoReaders(t *testing.T) {
	w := newTown(t, nil)
	w.small()
	w.ask("/digest", http.StatusNotFound)
	wantsNot(t, w.ask("/organisations/heron", http.StatusOK), `href="/digest"`, "once a week")
	if got := w.post("/digest", "same-origin", nil).Code; got != http.StatusMethodNotAllowed && got != http.StatusNotFound {
		t.Errorf("POST is %d", got)
	}
}

// TestReadersInWelsh: who chooses Welsh asks, is asked, says yes, chooses and ends in Welsh; no sentence of it is English.
func TestReadersInWelsh(t *testing.T) {
	w, post, d := library(t)
	english := regexp.MustCompile(`(?i)\b(the|and|was|were|is|are|you|your|with|what|this|that|which|week|edition|send|choose|change)\b`)
	welsh := func(page string) string {
		t.Helper()
		text := strings.NewReplacer("English", "", "What", "").Replace(plain(page))
		if m := english.FindString(text); m != "" || !strings.Contains(page, `<html lang="cy">`) {
			t.Errorf("a Welsh page says %q:\n%s", m, text)
		}
		return page
	}
	wants(t, welsh(w.ask("/digest?lang=cy", http.StatusOK)), "Y rhifyn wythnosol, drwy'r post", "Cymru", "Bob mis", "drysau a agorodd")
	form := url.Values{"address": {"eirlys@elm.test"}, "language": {"cy"}, "every": {"both"}, "size": {"under_1000", "huge"}, "kind": {"opened"}}
	wants(t, welsh(w.post("/digest", "same-origin", form).Body.String()), "Edrychwch yn eich post")
	mail := post.got[0]
	if m := english.FindString(mail.Text); m != "" || !strings.Contains(mail.Subject, "a hoffech gael") {
		t.Errorf("the Welsh mail says %q:\n%s", m, mail.Text)
	}
	_, link, _ := strings.Cut(mail.Text, "https://doors.test")
	link, _, _ = strings.Cut(link, "\n")
	wants(t, welsh(w.ask(link, http.StatusOK)), "A hoffech gael y rhifyn wythnosol?")
	welsh(w.post(link, "same-origin", nil).Body.String())
	id := store.SubscriptionID("eirlys@elm.test", "")
	s, err := w.db.Subscription(t.Context(), id)
	if err != nil || s.Every != store.EveryBoth || s.Language != "cy" || len(s.Wants.Sizes) != 1 || len(s.Wants.Kinds) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	own := d.Path(id)
	wants(t, welsh(w.ask(own, http.StatusOK)), "Mae'r rhifyn wythnosol yn mynd i eirlys@elm.test")
	wants(t, w.ask(own+"?lang=en", http.StatusOK), "The weekly edition goes to eirlys@elm.test")
	welsh(w.ask(own+"/end", http.StatusOK))
	wants(t, welsh(w.post(own, "same-origin", url.Values{"zone": {"Mars/Crater"}, "language": {"cy"}}).Body.String()), "Nid oes cylchfa amser")
	wants(t, w.post(own, "same-origin", url.Values{"zone": {"Europe/London"}, "language": {"en"}}).Body.String(), "Your choices are kept")
}
