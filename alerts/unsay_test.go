package alerts

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/internal/fakeslack"
	"doorknock/store"
)

// A comment that is erased is taken out of Slack: what told of it alone is deleted, with what stands in its thread; what told of
// other things too is written anew.
func TestErasedCommentsLeaveSlack(t *testing.T) {
	b := newBoard(t)
	v := b.f.visit("elm", false)
	alone := b.f.comment(said{visit: v, channel: "elm", text: "canary one", complaint: true, at: b.f.now})
	b.tell(alone)
	id := b.f.deliveries(t.Context())[0].Alerts[0]
	if err := b.f.db.Resolve(t.Context(), []store.Answer{{Alert: id}}, b.now); err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(time.Minute)
	if _, err := b.f.db.TellResolved(t.Context(), []string{"team"}, nil, b.now); err != nil {
		t.Fatal(err)
	}
	b.work()
	b.posts(2)
	b.a.route.GroupWait = time.Minute
	with := b.f.comment(said{visit: v, channel: "elm", text: "canary two", complaint: true, at: b.f.now})
	b.tell(with, b.f.change("elm", "", "", audit.Open, audit.Closed))
	b.now = b.now.Add(2 * time.Minute)
	if _, err := b.a.flushDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.work()
	says(t, b.posts(3)[2], "canary two", "a door closed")

	gone := store.Subject{Comments: []string{alone.Ref, with.Ref}}
	held, err := heldOf(t, b.f.db, gone)
	if err != nil || len(held) != 2 || len(held[0].Told) != 2 || len(held[1].Told) != 1 || !held[1].Told[0].Others {
		t.Fatalf("held %+v, %v", held, err)
	}
	if _, err := b.f.db.Erase(t.Context(), gone, false, b.now); err != nil {
		t.Fatal(err)
	}
	o := Options{Store: b.f.db, Config: botConfig(b.url), Wording: wording}
	for _, h := range held {
		for _, told := range h.Told {
			if err := Unsay(t.Context(), o, told); err != nil {
				t.Error(err)
			}
		}
	}
	left := b.posts(1)[0]
	says(t, left, "is no longer kept", "a door closed")
	if strings.Contains(string(left.Raw), "canary") {
		t.Errorf("the words stand there still: %s", left.Raw)
	}
	for _, h := range held { // a second time nothing is there to take away
		for _, told := range h.Told {
			if err := Unsay(t.Context(), o, told); err != nil {
				t.Error(err)
			}
		}
	}
}

// What cannot be taken back is said: by a webhook, without a token, without Slack.
func TestWhatCannotBeTakenBackIsSaid(t *testing.T) {
	b := newBoard(t)
	v := b.f.visit("elm", false)
	said := b.f.comment(said{visit: v, channel: "elm", text: "canary", complaint: true, at: b.f.now})
	b.fake.Script(fakeslack.Cut)
	b.tell(said)
	held, err := heldOf(t, b.f.db, store.Subject{Comments: []string{said.Ref}})
	if err != nil || len(held) != 1 || len(held[0].Told) != 1 || !held[0].Told[0].Doubted {
		t.Fatalf("held %+v, %v", held, err)
	}
	told := held[0].Told[0]
	o := Options{Store: b.f.db, Config: botConfig(b.url), Wording: wording}
	if err := Unsay(t.Context(), o, store.Told{Receiver: "team"}); !errors.Is(err, ErrStays) {
		t.Error(err)
	}
	b.fake.Refuse("chat.delete", "cant_delete_message")
	if err := Unsay(t.Context(), o, told); err == nil || !strings.Contains(err.Error(), "a person has to") {
		t.Error(err)
	}
	o.Config = slackConfig(b.url)
	if err := Unsay(t.Context(), o, told); err == nil || !strings.Contains(err.Error(), "no bot token") {
		t.Error(err)
	}
	away := httptest.NewServer(nil)
	away.Close()
	o.Config = botConfig(away.URL)
	err = Unsay(t.Context(), o, told)
	if err == nil {
		t.Error("taken back from nobody")
	}
	noLeak(t, "the error", err.Error())
}

func heldOf(t *testing.T, db *store.DB, s store.Subject) (all []store.HeldComment, err error) {
	t.Helper()
	for h, err := range db.HeldOf(t.Context(), s) {
		if err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}
