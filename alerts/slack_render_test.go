package alerts

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"doorknock/audit"
	"doorknock/store"
)

// seenAt is the day of all made-up alerts.
var seenAt = time.Date(2026, 11, 12, 10, 14, 0, 0, time.UTC)

func complaintAbout(text string) store.AlertFacts {
	return store.AlertFacts{
		Alert: store.Alert{ID: "a1", Kind: store.AlertComplaint, Ref: "c1", Organisation: "elm", Sector: "council",
			Platform: audit.Web, Urgency: "urgent", ObservedAt: seenAt},
		OrganisationName: text, ChannelURL: text,
		Comment: &store.CommentFacts{URL: "https://elm.test/" + text, Said: seenAt, Text: text, IsComplaint: true, Hazards: []string{"gas"}},
	}
}

func changeOf(from, to audit.State) store.AlertFacts {
	return store.AlertFacts{
		Alert: store.Alert{ID: "a2", Kind: store.AlertChange, Ref: "x1", Organisation: "elm", Sector: "council",
			Platform: audit.Web, Check: "comments", Urgency: "normal", ObservedAt: seenAt},
		OrganisationName: "Elm Homes", ChannelURL: "https://elm.test/",
		Change: &store.ChangeFacts{How: audit.Anonymous, Change: audit.Change{ID: "x1", Check: "comments", From: from, To: to,
			Finding: "f2", FirstSeen: seenAt.Add(-25 * time.Hour), ConfirmedAt: seenAt}},
	}
}

var wording = Wording{Titles: map[audit.CheckID]string{"comments": "May visitors comment on posts?"}, Base: "http://127.0.0.1:8080"}

func rendered(t testing.TB, m Message) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(SlackMessage(m)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestMessagesInWords(t *testing.T) {
	backlog := complaintAbout("Elm Homes")
	backlog.Kind, backlog.Comment, backlog.Backlog = store.AlertBacklog, nil, &store.BacklogFacts{Comments: 34, Complaints: 1}
	backlog.ChannelURL = "https://elm.test/"
	complaint := complaintAbout("Elm Homes")
	complaint.Comment.Text, complaint.Comment.URL, complaint.ChannelURL = "There is gas in the hall.", "https://elm.test/p#c1", "https://elm.test/"
	erased := complaint
	erased.Comment = nil
	gone := changeOf(audit.Open, audit.Closed)
	gone.Change = nil
	var b strings.Builder
	for _, facts := range [][]store.AlertFacts{
		{changeOf(audit.Open, audit.Closed)}, {changeOf(audit.Open, audit.Absent)}, {changeOf(audit.Closed, audit.Open)},
		{changeOf(audit.Open, audit.Restricted)}, {changeOf(audit.Absent, audit.Restricted)}, {gone},
		{complaint}, {erased}, {backlog}, {complaint, changeOf(audit.Closed, audit.Open)},
	} {
		m := Compose(facts, wording, true)
		b.WriteString("# " + m.Title.Plain() + "\n")
		for _, item := range m.Items {
			for _, line := range item.Lines {
				b.WriteString(line.withLinks() + "\n")
			}
			if item.Quote != "" {
				b.WriteString("> " + item.Quote.Plain(maxQuote) + "\n")
			}
		}
		b.WriteString("\n")
	}
	golden(t, "messages.golden", b.String())
	for _, never := range []string{"ban", "gag", "censor", "hides", "silence", "refuse", "fear"} {
		if strings.Contains(b.String(), never) {
			t.Errorf("a message says %q", never)
		}
	}
}

func TestSlackMessage(t *testing.T) {
	m := Compose([]store.AlertFacts{complaintAbout("<!channel> *Elm*"), changeOf(audit.Open, audit.Closed)}, wording, true)
	m.Repeat, m.Reminder = true, true
	golden(t, "slack.golden.json", string(rendered(t, m)))
}

func TestQuoteIsOffByDefault(t *testing.T) {
	f := complaintAbout("Elm")
	f.Comment.Text = "canary words"
	if bytes.Contains(rendered(t, Compose([]store.AlertFacts{f}, wording, false)), []byte("canary")) {
		t.Error("a comment's words are sent without being asked for")
	}
	if !bytes.Contains(rendered(t, Compose([]store.AlertFacts{f}, wording, true)), []byte("canary")) {
		t.Error("a comment's words are not sent though asked for")
	}
}

// Should one such comment come into a message all the same, as by an alert from before it was called private, nothing of it is told.
func TestADangerToAPersonIsToldWithoutWords(t *testing.T) {
	f := complaintAbout("Elm")
	f.Nation = audit.England
	f.Comment.Text, f.Comment.Hazards, f.Comment.Private, f.Comment.Model = "canary words", []string{"gas", "self_harm"}, true, "rules-2"
	f.Comment.Hits = []audit.Hazard{{ID: "self_harm", Text: "canary", Kind: "private", Affirmed: true}}
	with := wording
	with.Clocks = englishClock
	got := string(rendered(t, Compose([]store.AlertFacts{f}, with, true)))
	for _, never := range []string{"canary", "self harm", "self_harm", "gas", "Code", "complaint"} {
		if strings.Contains(got, never) {
			t.Errorf("%q is told: %s", never, got)
		}
	}
	if !strings.Contains(got, "a person may be in danger") {
		t.Error(got)
	}
}

var englishClock = audit.Clocks{Rows: []audit.ComplaintClock{{Source: "Code", Nations: []string{audit.England}, Sectors: []string{"council"}, Acknowledge: 5, Answer: 10, FromAcknowledged: true}},
	Holidays: audit.Holidays{First: 2026, Last: 2026}}

// What is published is no door: its changes are told in words of their own, as the pages tell them.
func TestWhatIsPublishedIsNoDoor(t *testing.T) {
	with := wording
	with.Published = map[audit.CheckID]bool{"rules_promise": true}
	for to, want := range map[audit.State]string{
		audit.Restricted: "Elm Homes: something is published in part only. rules promise. Now: partly published. Before: published.",
		audit.Absent:     "Elm Homes: something is no longer found. rules promise. Now: not found in our look. Before: published.",
	} {
		f := store.AlertFacts{Alert: store.Alert{Kind: store.AlertChange, Organisation: "elm", Check: "rules_promise"}, OrganisationName: "Elm Homes",
			Change: &store.ChangeFacts{Change: audit.Change{Check: "rules_promise", From: audit.Open, To: to}}}
		m := Compose([]store.AlertFacts{f}, with, false)
		if got := m.Items[0].Lines[0].Plain(); !strings.HasPrefix(got, want) || strings.Contains(m.Title.Plain(), "door") {
			t.Errorf("%s\n%s\nwant %s", m.Title.Plain(), got, want)
		}
	}
}

// A message says why, and by which dates a code would have a complaint answered; the words that counted are a quotation too.
func TestAMessageSaysWhyAndByWhen(t *testing.T) {
	f := complaintAbout("Elm")
	f.Nation = audit.England
	c := f.Comment
	c.Complaint, c.Model, c.Lang, c.Duties = 0.87, "linear-1-7f7dd57f", "cy", []string{"eviction"}
	c.Hits = []audit.Hazard{{ID: "gas", Text: "canary of gas", Context: "affirmed", Affirmed: true}, {ID: "no_heating", Context: "resolved"},
		{ID: "eviction", Kind: "duty", Context: "affirmed", Affirmed: true}, {ID: "fire", Context: "negated"}}
	c.Text = "Nice gate. canary clause"
	c.Clauses = []audit.Span{{Start: 0, End: 10, Weight: -1}, {Start: 10, End: 24, Weight: 2}, {Start: 10, End: 99, Weight: 3}}
	with := wording
	with.Clocks = englishClock
	said := func(quote bool) string {
		var all []string
		for _, line := range Compose([]store.AlertFacts{f}, with, quote).Items[0].Lines {
			all = append(all, line.Plain())
		}
		return strings.Join(all, "\n")
	}
	got := said(false)
	for _, want := range []string{"Category: gas, eviction · urgency: urgent", "87 % likely a complaint by linear-1-7f7dd57f, in Welsh, read by rules only", "gas (affirmed)", "no heating (resolved)", "and 1 more",
		"If this is a complaint, the dates by the Code would be Thursday 19 November 2026 to acknowledge it and Thursday 3 December 2026 at the latest to answer it."} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "canary") || !strings.Contains(said(true), "gas (affirmed): “canary of gas”") ||
		!strings.Contains(said(true), "most by “canary clause”") {
		t.Errorf("words only where they are asked for:\n%s\n%s", got, said(true))
	}
	f.Nation = audit.NorthernIreland
	if got := said(false); strings.Contains(got, "If this is") {
		t.Errorf("a date where none is known: %s", got)
	}
}

func TestManyAlertsAreOneMessageWithinLimits(t *testing.T) {
	var facts []store.AlertFacts
	for range 200 {
		facts = append(facts, complaintAbout(strings.Repeat("ŵ", 500)))
	}
	data, err := json.Marshal(SlackMessage(Compose(facts, wording, true)))
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > slackMessage {
		t.Errorf("%d bytes", len(data))
	}
	if !bytes.Contains(data, []byte("more.")) {
		t.Error("nothing says that some are left out")
	}
}

// blocksAreText reads the rendered message back: foreign text stands only where Slack reads no markup.
func blocksAreText(t *testing.T, text string) {
	t.Helper()
	facts := []store.AlertFacts{complaintAbout(text), changeOf(audit.Open, audit.Closed)}
	facts[1].OrganisationName, facts[1].ChannelURL, facts[1].Change.Scope = text, "http://elm.test/"+text, text
	m := Compose(facts, wording, true)
	data := rendered(t, m)
	if utf8.RuneCount(data) > 13000 {
		t.Errorf("%d characters", utf8.RuneCount(data))
	}
	var back struct {
		Text   string
		Blocks []map[string]any
	}
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(back.Text, "<>") {
		t.Errorf("fallback %q holds markup", back.Text)
	}
	for _, b := range back.Blocks {
		walk(t, b)
	}
}

// walk checks every object of a block.
func walk(t *testing.T, v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			walk(t, x)
		}
	case map[string]any:
		text, _ := v["text"].(string)
		switch v["type"] {
		case "mrkdwn":
			if v["verbatim"] != true || (text != RepeatNote && text != ReminderNote) {
				t.Errorf("mrkdwn of not our words: %v", v)
			}
		case "text", "plain_text":
			if text == "" {
				t.Errorf("an empty text: %v", v)
			}
			if text != "\n" {
				checkTame(t, text)
			}
		case "link":
			address, _ := v["url"].(string)
			if u, err := url.Parse(address); err != nil || (u.Scheme != "http" && u.Scheme != "https") {
				t.Errorf("link to %q", address)
			}
		case "rich_text", "rich_text_section", "rich_text_quote", "header", "context":
		default:
			t.Errorf("an element of type %v", v["type"])
		}
		for _, x := range v {
			walk(t, x)
		}
	}
}
