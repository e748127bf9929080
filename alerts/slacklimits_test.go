package alerts

import (
	"encoding/json"
	"math"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"doorknock/audit"
	"doorknock/internal/hostile"
	"doorknock/store"
)

// keepsLimits reads a message back as JSON and checks each of Slack's limits, that our markup is ours, and that no link was cut.
func keepsLimits(t *testing.T, data []byte) {
	t.Helper()
	var m struct {
		Text   string
		Blocks []map[string]any
	}
	if err := json.Unmarshal(data, &m); err != nil || !utf8.Valid(data) {
		t.Fatalf("%v: %.200q", err, data)
	}
	if len(data) > slackMessage || len(m.Blocks) > slackMaxBlocks || m.Text == "" {
		t.Errorf("%d bytes, %d blocks, fallback %q", len(data), len(m.Blocks), m.Text)
	}
	if strings.ContainsAny(m.Text, "<>") || utf8.RuneCountInString(m.Text) > slackSection {
		t.Errorf("fallback of %d characters: %.200q", utf8.RuneCountInString(m.Text), m.Text)
	}
	for _, b := range m.Blocks {
		limited(t, b)
	}
}

// limited checks one object and all in it.
func limited(t *testing.T, v any) {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			limited(t, x)
		}
	case map[string]any:
		text, _ := v["text"].(string)
		list := func(key string) int { l, _ := v[key].([]any); return len(l) }
		most := func(what string, n, limit int) {
			if n > limit {
				t.Errorf("%v: %s is %d, over %d: %.300v", v["type"], what, n, limit, v)
			}
		}
		switch v["type"] {
		case "header":
			most("text", runesOf(v["text"]), slackHeader)
		case "context":
			most("elements", list("elements"), slackContext)
		case "actions":
			most("elements", list("elements"), slackActions)
		case "button":
			most("text", runesOf(v["text"]), slackButtonText)
			most("value", runesOf(v["value"]), slackButtonValue)
			most("url", runesOf(v["url"]), slackURL)
		case "mrkdwn":
			if v["verbatim"] != true || (text != RepeatNote && text != ReminderNote && text != ResolvedNote && text != EscalateNote) {
				t.Errorf("mrkdwn of not our words: %v", v)
			}
		case "text", "plain_text", "raw_text", "raw_number":
			most("text", runesOf(text), slackSection)
			if text == "" {
				t.Errorf("an empty text: %v", v)
			}
			checkTame(t, strings.ReplaceAll(text, "\n", ""))
		case "link":
			address, _ := v["url"].(string)
			most("url", runesOf(address), slackURL)
			if u, err := url.Parse(address); err != nil || (u.Scheme != "http" && u.Scheme != "https") || strings.Contains(address, "…") {
				t.Errorf("link to %q", address)
			}
		case "data_table":
			most("rows", list("rows"), slackTableRows+1)
			rows, _ := v["rows"].([]any)
			for _, r := range rows {
				cells, _ := r.([]any)
				most("columns", len(cells), slackTableColumns)
				if first, _ := rows[0].([]any); len(cells) != len(first) || len(rows) < 2 {
					t.Errorf("rows of unlike length, or no row: %.300v", v)
				}
			}
		case string(slack.MBTDataVisualization):
			most("title", runesOf(v["title"]), slackChartTitle)
		}
		most("block_id", runesOf(v["block_id"]), slackID)
		most("action_id", runesOf(v["action_id"]), slackID)
		for _, x := range v {
			limited(t, x)
		}
	}
}

// runesOf counts the characters of a string, or of a text object's.
func runesOf(v any) int {
	if object, ok := v.(map[string]any); ok {
		v = object["text"]
	}
	s, _ := v.(string)
	return utf8.RuneCountInString(s)
}

// wild is a message of everything at once, made of one text.
func wild(text string, alerts int) Message {
	var facts []store.AlertFacts
	for i := range alerts {
		f := complaintAbout(text)
		if i%2 == 1 {
			f = changeOf(audit.Open, audit.Closed)
			f.OrganisationName, f.ChannelURL, f.Change.Scope = text, "https://elm.test/"+text, text
		}
		f.ID = audit.LongHash(text, string(rune(i)))
		facts = append(facts, f)
	}
	m := Compose(facts, wording, true)
	for i := range m.Items {
		m.Items[i].Lines = append(m.Items[i].Lines, wording.sinceThen(store.SubjectNow{First: "a", Newest: "b", Ack: store.Ack{By: text, Note: text}}, facts[i])...)
	}
	m.Repeat, m.Reminder, m.Escalate, m.Resolved = true, true, true, true
	m.Tables = []Table{{Caption: "Doors", Head: []string{"Landlord", "Door", "Homes"}}}
	for range alerts {
		m.Tables[0].Rows = append(m.Tables[0].Rows, []Cell{TextCell(text), NumberCell(71.5, text), NumberCell(math.NaN(), "")})
	}
	m.Charts = []Chart{{Title: "Answered", X: "Week", Categories: []string{"1", "2"},
		Series: []Series{{Name: audit.Untrusted(text), Values: []float64{1, -2}}, {Name: "all", Values: []float64{3, 4}}}}}
	return m
}

// What is cut is cut between the signs that a reader sees, in every block.
func TestSlackCutsBetweenSigns(t *testing.T) {
	for _, sign := range []string{"👩🏽‍🚀", "e\u0301\u0302", "🏴󠁧󠁢󠁿", "🇬🇧"} {
		data, err := json.Marshal(slackLook{buttons: true}.message(wild(strings.Repeat(sign, 400), 2)))
		if err != nil {
			t.Fatal(err)
		}
		cuts := 0
		for text := range strings.SplitSeq(strings.ReplaceAll(string(data), `","`, `"`), `"`) {
			if before, cut := strings.CutSuffix(text, "…"); cut {
				cuts++
				if shown := audit.Untrusted(sign).Plain(9); !strings.HasSuffix(before, shown) {
					t.Errorf("%q is cut within %q", before, shown)
				}
			}
		}
		if cuts == 0 {
			t.Errorf("%q: nothing was cut", sign)
		}
	}
}

// FuzzSlack sends any text to Slack: as a fallback line, in the blocks of a message, and in the largest message that there is.
func FuzzSlack(f *testing.F) {
	hostile.Seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		mrkdwnIsText(t, text)
		blocksAreText(t, text)
		data, err := json.Marshal(slackLook{buttons: true}.message(wild(text, 3)))
		if err != nil {
			t.Fatal(err)
		}
		keepsLimits(t, data)
	})
}
