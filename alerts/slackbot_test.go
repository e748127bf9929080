package alerts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/internal/fakeslack"
	"doorknock/store"
)

// board is a Slack channel by a bot token, with a real store and a clock that the test moves.
type board struct {
	t    *testing.T
	f    *fixture
	fake *fakeslack.Server
	url  string
	now  time.Time
	log  strings.Builder
	a    *Alerter
	o    *outlet
}

func botConfig(url string) Config {
	c := slackConfig(url)
	c.Receivers[0].Slack = &SlackConfig{BotToken: botToken, Channel: "housing", APIURL: url + "/api/"}
	return c
}

func newBoard(t *testing.T) *board {
	t.Helper()
	b := &board{t: t, f: newFixture(t, time.Now()), fake: &fakeslack.Server{}, now: time.Now()}
	server := httptest.NewServer(b.fake)
	t.Cleanup(server.Close)
	b.url = server.URL
	b.start()
	return b
}

// start makes an Alerter as a start of the program does.
func (b *board) start() {
	b.t.Helper()
	a, err := New(Options{Store: b.f.db, Config: botConfig(b.url), Wording: wording, Now: func() time.Time { return b.now },
		Log: slog.New(slog.NewTextHandler(&b.log, nil))})
	if err != nil {
		b.t.Fatal(err)
	}
	b.a, b.o = a, a.receivers["team"]
}

// tell raises alerts and sends until nothing is due within the minute.
func (b *board) tell(events ...audit.Event) {
	b.t.Helper()
	handle(b.t, b.a, events...)
	b.work()
}

func (b *board) work() {
	b.t.Helper()
	for range 50 {
		next, err := b.a.deliver(b.t.Context(), b.o)
		if err != nil {
			b.t.Fatal(err)
		}
		if next.IsZero() || next.Sub(b.now) > time.Minute {
			return
		}
		b.now = b.now.Add(max(next.Sub(b.now), time.Millisecond))
	}
	b.t.Fatal("it never rests")
}

// posts gives what stands in the channel.
func (b *board) posts(want int) []fakeslack.Post {
	b.t.Helper()
	all := slices.DeleteFunc(b.fake.Posts(), func(p fakeslack.Post) bool { return p.Gone })
	if len(all) != want {
		for _, p := range all {
			b.t.Logf("%s under %q: %s", p.TS, p.Thread, p.Text)
		}
		b.t.Fatalf("%d messages stand, want %d\n%s", len(all), want, b.log.String())
	}
	return all
}

func says(t *testing.T, p fakeslack.Post, words ...string) {
	t.Helper()
	text := p.Shown()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("message %s does not say %q:\n%s", p.TS, w, text)
		}
	}
}

// What is told of one door later goes into the thread of its first message, which then says how the door is now, and what was told
// first. Another door has a message of its own.
func TestOneMessageASubject(t *testing.T) {
	b := newBoard(t)
	b.tell(b.f.change("elm", "", "", audit.Open, audit.Closed))
	b.tell(b.f.change("oak", "", "", audit.Open, audit.Closed))
	b.start() // what stands where outlives the program
	b.tell(b.f.change("elm", "", "", audit.Closed, audit.Open))
	all := b.posts(3)
	if all[0].Thread != "" || all[1].Thread != "" || all[2].Thread != all[0].TS || all[0].Edits != 1 || all[1].Edits != 0 {
		t.Errorf("posts %+v", all)
	}
	says(t, all[0], "Elm Homes: a door opened", "Now: open. Before: closed.", "Told first: a door closed", "stands in the thread")
	says(t, all[2], "Elm Homes: a door opened")
	says(t, all[1], "Oak Homes: a door closed")
	if strings.Contains(string(all[0].Raw), "Now: closed") {
		t.Error("the first message says what is no longer so")
	}
	b.tell(b.f.change("elm", "https://elm.test/a-post", "", audit.Open, audit.Closed))
	if b.posts(4)[3].Thread != "" {
		t.Error("a post's door is told in the thread of the whole channel's")
	}
}

// Slack is told to look through nothing: a link that a commenter wrote is not unfolded, a name not looked up, neither in a message, in
// its thread, nor when it is edited.
func TestBotLetsSlackReadNothing(t *testing.T) {
	b := newBoard(t)
	b.tell(b.f.change("elm", "", "", audit.Open, audit.Closed))
	b.tell(b.f.change("elm", "", "", audit.Closed, audit.Open))
	asked := map[string]int{}
	for _, m := range b.fake.Messages() {
		method := path.Base(m.Path)
		asked[method]++
		want := fakeslack.Reads{Parse: "none", LinkNames: "false"}
		switch method {
		case "chat.postMessage":
			want.UnfurlLinks, want.UnfurlMedia = "false", "false" // Slack unfolds links only when a message comes
		case "chat.update":
		default:
			continue
		}
		if m.Reads != want {
			t.Errorf("%s: %+v, want %+v", method, m.Reads, want)
		}
	}
	if asked["chat.postMessage"] != 2 || asked["chat.update"] == 0 {
		t.Errorf("requests %v", asked)
	}
}

// People see a message, and press its buttons, before we know where it stands: what they did is on it all the same.
func TestPressedBeforeItIsKnownWhereItStands(t *testing.T) {
	for what, press := range map[string]func(*board, string) error{
		"Acknowledged by sam": func(b *board, alert string) error { return b.f.db.AckAlert(t.Context(), alert, "sam", "", b.now) },
		"Silenced until": func(b *board, alert string) error {
			_, err := b.f.db.AddSilence(t.Context(), store.Silence{Matchers: []string{"organisation=elm"}, Author: "sam", Comment: "known", StartsAt: b.now, EndsAt: b.now.Add(time.Hour)}, b.now)
			return errors.Join(err, b.f.db.Restate(t.Context(), alert, b.now))
		},
	} {
		b := newBoard(t)
		b.a.reached = func(point string) {
			if point == BeforeMarkSent {
				all, err := b.f.db.AlertsRaised(t.Context(), time.Time{})
				if err != nil || len(all) != 1 {
					t.Fatal(all, err)
				}
				if err := press(b, all[0].ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		b.tell(b.f.change("elm", "", "", audit.Open, audit.Closed))
		says(t, b.posts(1)[0], what)
	}
}

// afterEdit calls back once a message was changed, before anybody knows that it was.
type afterEdit struct {
	http.RoundTripper
	then func()
}

func (a *afterEdit) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := a.RoundTripper.RoundTrip(r)
	if strings.HasSuffix(r.URL.Path, "chat.update") && a.then != nil {
		then := a.then
		a.then = nil
		then()
	}
	return resp, err
}

// What becomes new while a message is brought up to date is on it all the same, also where it was asked before that began.
func TestNewWhileItIsBroughtUpToDate(t *testing.T) {
	for what, asked := range map[string]time.Duration{"asked before": -time.Minute, "asked now": 0, "asked after": time.Millisecond} {
		t.Run(what, func(t *testing.T) {
			b := newBoard(t)
			b.tell(b.f.change("elm", "", "", audit.Open, audit.Closed))
			all, err := b.f.db.AlertsRaised(t.Context(), time.Time{})
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			b.now = b.now.Add(time.Hour) // nobody acknowledges what is not told
			id, err := b.f.db.AddSilence(t.Context(), store.Silence{Matchers: []string{"organisation=elm"}, Author: "sam", Comment: "known",
				StartsAt: b.now.Add(-time.Hour), EndsAt: b.now.Add(time.Hour)}, b.now)
			if err := errors.Join(err, b.f.db.Restate(t.Context(), all[0].ID, b.now)); err != nil {
				t.Fatal(err)
			}
			between := &afterEdit{RoundTripper: b.o.bot.transport}
			b.o.bot.transport = between
			between.then = func() {
				says(t, b.posts(1)[0], "Silenced until")
				between.then = func() {
					if err := b.f.db.AckAlert(t.Context(), all[0].ID, "sam", "", b.now.Add(asked)); err != nil {
						t.Error(err)
					}
				}
				if err := b.f.db.ExpireSilence(t.Context(), id, b.now.Add(asked)); err != nil {
					t.Error(err)
				}
			}
			b.work()
			p := b.posts(1)[0]
			says(t, p, "Acknowledged by sam")
			if strings.Contains(p.Shown(), "Silenced until") || p.Edits != 3 {
				t.Errorf("after %d edits the message says:\n%s", p.Edits, p.Shown())
			}
		})
	}
}

// A group is one message, and the first of every subject that it tells. What comes later of several threads is told in each.
func TestAGroupIsOneMessage(t *testing.T) {
	b := newBoard(t)
	events := []audit.Event{b.f.change("elm", "", "", audit.Open, audit.Closed), b.f.change("oak", "", "", audit.Open, audit.Closed)}
	wait := seconds(60)
	b.a.route.GroupWait = *wait
	b.tell(events...)
	b.now = b.now.Add(2 * time.Minute)
	if _, err := b.a.flushDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.work()
	says(t, b.posts(1)[0], "2 alerts about 2 organisations", "Elm Homes: a door closed", "Oak Homes: a door closed")
	b.a.route.GroupWait = 0
	c := b.f.visit("elm", false)
	b.f.exec(`UPDATE visit SET first = 0`)
	said := b.f.comment(said{visit: c, channel: "elm", text: "the lift", complaint: true, at: b.f.now})
	b.tell(said)
	b.posts(2)
	b.a.route.GroupWait = *wait
	b.tell(b.f.change("elm", "", "", audit.Closed, audit.Open), b.f.change("elm", "https://elm.test/p", "", audit.Closed, audit.Open))
	b.now = b.now.Add(2 * time.Minute)
	if _, err := b.a.flushDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.work()
	all := b.posts(4)
	says(t, all[0], "Elm Homes: a door opened", "Oak Homes: a door closed")
	var threads []string
	for _, p := range all[2:] {
		threads = append(threads, p.Thread)
	}
	slices.Sort(threads)
	if !slices.Equal(threads, []string{"", all[0].TS}) {
		t.Errorf("the two went to %q, want one into the thread and one by itself", threads)
	}
	if d := b.f.deliveries(t.Context()); slices.ContainsFunc(d, func(d store.Delivery) bool { return d.State != store.DeliverySent }) {
		t.Errorf("deliveries %+v", d)
	}
}

// Where the first message was deleted a new one stands for it; the next goes into the thread of that.
func TestTheFirstMessageWasDeleted(t *testing.T) {
	for _, how := range []string{"deleted", "deleted with a thread", "cant_update_message", "edit_window_closed"} {
		t.Run(how, func(t *testing.T) {
			b := newBoard(t)
			b.tell(b.f.change("elm", "", "", audit.Open, audit.Closed))
			first := b.posts(1)[0].TS
			if how == "deleted with a thread" {
				b.tell(b.f.change("elm", "", "", audit.Closed, audit.Open))
			}
			if strings.HasPrefix(how, "deleted") {
				b.fake.TakeAway(first)
			} else {
				b.fake.Refuse("chat.update", how)
			}
			b.tell(b.f.change("elm", "", "", audit.Open, audit.Restricted))
			b.fake.Refuse("chat.update", "")
			b.tell(b.f.change("elm", "", "", audit.Restricted, audit.Closed))
			all := b.fake.Posts()
			anew, last := all[len(all)-2], all[len(all)-1]
			if anew.Thread != "" || last.Thread != anew.TS || anew.Edits != 1 {
				t.Errorf("posts %+v", all)
			}
			says(t, anew, "a door closed")
		})
	}
}

// Slack puts an answer whose first message went in that moment into the channel: then it is the first.
func TestAnAnswerThatStandsByItself(t *testing.T) {
	b := newBoard(t)
	b.tell(b.f.change("elm", "", "", audit.Open, audit.Closed))
	at := store.Posting{Channel: "CHOUSING", Stamp: b.posts(1)[0].TS}
	b.fake.TakeAway(at.Stamp)
	stood, err := b.o.under(t.Context(), oneAlert, store.Standing{At: at}, Message{})
	if !errors.Is(err, errLoose) || stood.Stamp == "" {
		t.Errorf("stands at %+v, %v", stood, err)
	}
}

// The answer to a post may be lost: it comes again, marked. The answer to an edit may be: it is made again, and nothing is told twice.
func TestLostAnswers(t *testing.T) {
	b := newBoard(t)
	b.fake.Script(fakeslack.Cut)
	b.tell(b.f.change("elm", "", "", audit.Open, audit.Closed))
	all := b.posts(2)
	if strings.Contains(string(all[0].Raw), RepeatNote) || !strings.Contains(string(all[1].Raw), RepeatNote) {
		t.Error("the repeat is not marked, or the first is")
	}
	b.fake.Script(fakeslack.Cut) // of the edit
	b.tell(b.f.change("elm", "", "", audit.Closed, audit.Open))
	all = b.posts(3)
	if all[2].Thread != all[1].TS || strings.Contains(string(all[2].Raw), RepeatNote) || all[1].Edits != 2 {
		t.Errorf("after an edit whose answer was lost: %+v", all)
	}
}

// Somebody takes an alert on: the message says so, also where doorknock is killed before; a second time nothing is sent.
func TestAcknowledgedIsSaid(t *testing.T) {
	b := newBoard(t)
	b.tell(b.f.change("elm", "", "", audit.Open, audit.Closed))
	id := b.f.deliveries(t.Context())[0].Alerts[0]
	if err := b.f.db.AckAlert(t.Context(), id, "Ann <!channel>", "ringing *them*", b.now); err != nil {
		t.Fatal(err)
	}
	b.fake.Script(fakeslack.Cut, fakeslack.Broken, fakeslack.TooMany)
	b.work()
	b.start()
	b.now = b.now.Add(time.Hour)
	b.work()
	one := b.posts(1)[0]
	says(t, one, "Acknowledged by Ann <!channel>: ringing *them*")
	requests := len(b.fake.Messages())
	b.now = b.now.Add(time.Hour)
	b.work()
	if n := len(b.fake.Messages()); n != requests {
		t.Errorf("%d more requests though nothing is new", n-requests)
	}
	b.tell(b.f.change("elm", "", "", audit.Closed, audit.Open))
	if says := string(b.posts(2)[0].Raw); strings.Contains(says, "Acknowledged") {
		t.Error("what is new counts as taken on")
	}
}

// An edit that Slack refuses for good is not tried again. A token that was revoked for a while costs no thread; a message that was
// deleted does.
func TestAnEditThatIsRefused(t *testing.T) {
	for code, follows := range map[string]bool{"token_revoked": true, "message_not_found": false} {
		b := newBoard(t)
		b.tell(b.f.change("elm", "", "", audit.Open, audit.Closed))
		b.fake.Refuse("chat.update", code)
		if err := b.f.db.AckAlert(t.Context(), b.f.deliveries(t.Context())[0].Alerts[0], "Ann", "", b.now); err != nil {
			t.Fatal(err)
		}
		b.work()
		requests := len(b.fake.Messages())
		b.now = b.now.Add(24 * time.Hour)
		b.work()
		if n := len(b.fake.Messages()); n != requests {
			t.Errorf("%s: tried %d times more", code, n-requests)
		}
		b.fake.Refuse("chat.update", "")
		b.tell(b.f.change("elm", "", "", audit.Closed, audit.Open))
		if all := b.posts(2); (all[1].Thread == all[0].TS) != follows {
			t.Errorf("%s: the next message stands under %q", code, all[1].Thread)
		}
	}
}

// What was answered is marked with a tick, once; where the app may not, that is no failure and is said once.
func TestAnsweredIsTicked(t *testing.T) {
	for _, scope := range []bool{true, false} {
		t.Run(fmt.Sprint(scope), func(t *testing.T) {
			b := newBoard(t)
			if !scope {
				b.fake.Refuse("reactions.add", "missing_scope")
			}
			v := b.f.visit("elm", false)
			b.tell(b.f.comment(said{visit: v, channel: "elm", text: "the lift", complaint: true, at: b.f.now}))
			id := b.f.deliveries(t.Context())[0].Alerts[0]
			if err := b.f.db.Resolve(t.Context(), []store.Answer{{Alert: id}}, b.now); err != nil {
				t.Fatal(err)
			}
			b.work()
			b.now = b.now.Add(time.Minute)
			if _, err := b.a.store.TellResolved(t.Context(), []string{"team"}, nil, b.now); err != nil {
				t.Fatal(err)
			}
			b.work()
			one, word := b.posts(2)[0], b.posts(2)[1]
			if word.Thread != one.TS {
				t.Error("word of the answer is not in the thread")
			}
			if lines := strings.Split(strings.TrimSpace(word.Shown()), "\n"); len(lines) != 2 || !strings.Contains(lines[1], "Answered in public") {
				t.Errorf("word of the answer is more than a title and a line: %q", lines)
			}
			says(t, one, "answered in public", ResolvedNote)
			if ticked := slices.Contains(one.Reactions, "white_check_mark"); ticked != scope || len(one.Reactions) > 1 {
				t.Errorf("reactions %v", one.Reactions)
			}
			if n := strings.Count(b.log.String(), "takes no tick"); (n == 1) == scope {
				t.Errorf("said %d times: %s", n, b.log.String())
			}
		})
	}
}

// Each of Slack's errors ends a delivery or has it tried again, and says what to do.
func TestRefusalsSayWhatToDo(t *testing.T) {
	for code, known := range slackRefusals {
		fake := &fakeslack.Server{}
		fake.Refuse("chat.postMessage", code)
		server := httptest.NewServer(fake)
		bot := botAt(t, server.URL)
		err := bot.Send(t.Context(), oneAlert)
		server.Close()
		if !errors.Is(err, known.class) || slackCode(err) != code || !strings.Contains(err.Error(), code) || !strings.Contains(err.Error(), known.advice) {
			t.Errorf("%s: %v", code, err)
		}
		if errors.Is(err, ErrPermanent) && known.advice == "" {
			t.Errorf("%s is for good, and nothing says what to do", code)
		}
		noLeak(t, "the error", fmt.Sprintf("%v %+v %#v", err, err, err))
	}
	fake := &fakeslack.Server{}
	fake.Refuse("chat.postMessage", "missing_scope")
	server := httptest.NewServer(fake)
	defer server.Close()
	if err := botAt(t, server.URL).Send(t.Context(), oneAlert); !strings.Contains(fmt.Sprint(err), "needed: chat:write") {
		t.Error(err)
	}
}

// The page for people has a row for each of them with the same words.
func TestTheSlackPageListsEveryRefusal(t *testing.T) {
	page, err := os.ReadFile("../docs/slack.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(page)) {
		if cells := strings.SplitN(line, "|", 3); len(cells) == 3 {
			for code := range strings.SplitSeq(cells[1], ",") {
				rows[strings.Trim(code, " `")] += strings.ToLower(cells[2])
			}
		}
	}
	for code, known := range slackRefusals {
		row, has := rows[code]
		if code == "already_reacted" {
			continue // nobody is told of it
		}
		if !has || !strings.Contains(row, strings.ToLower(known.advice)) || !strings.Contains(row, strings.ToLower(known.appToken)) {
			t.Errorf("docs/slack.md, %s: %q, want %q and %q", code, row, known.advice, known.appToken)
		}
		if SlackForGood(code) && SlackAdvice(code, true) == "" {
			t.Errorf("%s of an app-level token: nothing says what to do", code)
		}
	}
	if SlackAdvice("token_revoked", true) == SlackAdvice("token_revoked", false) || SlackForGood("ratelimited") || SlackAdvice("new_word", false) != "" {
		t.Error("what is done about a token does not depend on which it is, or waiting is taken to mend nothing")
	}
}

func botAt(t *testing.T, url string) *slackBot {
	t.Helper()
	r, err := newSlack(ReceiverConfig{Slack: botConfig(url).Receivers[0].Slack}, Options{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	return r.(*slackBot)
}

// What answers in place of Slack is no delivery.
func TestBotAnswers(t *testing.T) {
	for answer, want := range map[fakeslack.Answer]string{fakeslack.OK: "sent", fakeslack.TooMany: "wait 2s", fakeslack.Broken: "retry",
		fakeslack.HTML: "retry", fakeslack.Cut: "uncertain", fakeslack.Slow: "uncertain", fakeslack.Gateway: "uncertain", fakeslack.NotOK: "permanent",
		fakeslack.NotOKFor("ratelimited"): "wait 1m0s", fakeslack.NotOKFor("fatal_error"): "uncertain", fakeslack.NotOKFor("of_2031"): "retry"} {
		fake := &fakeslack.Server{}
		fake.Script(answer)
		server := httptest.NewServer(fake)
		ctx, cancel := context.WithTimeout(t.Context(), patienceFor(answer))
		err := botAt(t, server.URL).Send(ctx, oneAlert)
		cancel()
		server.Close()
		if got := class(err); got != want || len(fake.Messages()) != 1 {
			t.Errorf("%s: %v is %s after %d requests, want %s after one", answer, err, got, len(fake.Messages()), want)
		}
		noLeak(t, "the error", fmt.Sprintf("%v %+v %#v", err, err, err))
	}
}

func TestSlackMistakes(t *testing.T) {
	for _, tt := range []struct {
		c    SlackConfig
		want string
	}{
		{SlackConfig{BotTokenFile: "f", Channel: "C1"}, ""},
		{SlackConfig{WebhookURLFile: "f"}, ""},
		{SlackConfig{BotToken: "${T}", Channel: "#housing", APIURL: "https://slack-gov.com/api/"}, ""},
		{SlackConfig{}, "bot_token_file and channel are missing"},
		{SlackConfig{BotTokenFile: "f"}, "channel: missing"},
		{SlackConfig{BotTokenFile: "f", Channel: "C1", WebhookURLFile: "g"}, "take one"},
		{SlackConfig{WebhookURLFile: "f", Channel: "C1"}, "a webhook has its channel"},
		{SlackConfig{BotTokenFile: "f", BotToken: "${T}", Channel: "C1"}, "has both"},
		{SlackConfig{BotTokenFile: "f", Channel: "<!channel>"}, "no channel's id"},
		{SlackConfig{BotToken: "xapp-1-" + canary, Channel: "C1"}, "app-level token"},
		{SlackConfig{BotToken: "xoxp-1-" + canary, Channel: "C1"}, "a person's"},
		{SlackConfig{BotToken: "xoxb-1\n" + canary, Channel: "C1"}, "no Bot User OAuth Token"},
		{SlackConfig{BotTokenFile: "f", Channel: "C1", APIURL: "http://slack.test/api/"}, "api_url"},
	} {
		err := ReceiverConfig{Name: "team", Slack: &tt.c}.validate("r")
		if (err == nil) != (tt.want == "") || !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.c, err, tt.want)
		}
		noLeak(t, "the mistake", fmt.Sprintf("%v %+v %#v", err, err, tt.c))
	}
}

// What has one subject goes into one thread: all about a comment, erased or not, and a silence's beginning and end.
func TestSubjects(t *testing.T) {
	about := func(kind store.AlertKind, ref string) string {
		return subject(store.AlertFacts{Alert: store.Alert{Kind: kind, Ref: ref}})
	}
	told := subject(store.AlertFacts{Alert: store.Alert{Kind: store.AlertComplaint, Ref: "c1"}, Comment: &store.CommentFacts{}})
	for _, kind := range aboutComments {
		if about(kind, "c1") != told || about(kind, "c2") == told {
			t.Errorf("%s about the same comment has another subject, or about another the same", kind)
		}
	}
	if about(store.AlertOperator, "silence_started s1") != about(store.AlertOperator, "silence_ended s1") ||
		about(store.AlertOperator, "silence_ended s1") == about(store.AlertOperator, "silence_ended s2") {
		t.Error("a silence's end is told elsewhere than its beginning")
	}
	door := changeOf(audit.Open, audit.Closed)
	other := changeOf(audit.Closed, audit.Open)
	other.Ref, other.Change.ID = "x2", "x2"
	if subject(door) != subject(other) {
		t.Error("two changes of one door have two subjects")
	}
	if about(store.AlertSpike, "p1") == about(store.AlertReviews, "p1") {
		t.Error("two kinds of matter have one subject")
	}
}
