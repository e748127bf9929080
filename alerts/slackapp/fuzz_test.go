package slackapp

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzRead: whatever comes, reading it does not panic, and what it gives is whole, is no longer than Slack makes it, and is the same
// again from its row.
func FuzzRead(f *testing.F) {
	for _, seed := range []struct{ kind, body string }{
		{"interactive", `{"type":"block_actions","trigger_id":"1.2","team":{"id":"T1"},"user":{"id":"U1"},"actions":[{"action_id":"doorknock_ack","value":"a b"}]}`},
		{"slash_commands", `{"command":"/doorknock","text":"status","trigger_id":"1","team_id":"T1","user_id":"U1"}`},
		{"events_api", `{"type":"event_callback","event_id":"E1","team_id":"T1","event":{"type":"app_home_opened","user":"U1","tab":"home"}}`},
		{"events_api", `{"type":"event_callback","event_id":"E1","team_id":"T1","event":{"type":"tokens_revoked","tokens":{"bot":["U1"]}}}`},
		{"form", "command=%2Fdoorknock&text=help&trigger_id=1&team_id=T1&user_id=U1"},
		{"form", "payload=%7B%22type%22%3A%22block_actions%22%7D"}, {"hello", `{}`}, {"interactive", `{"type":"block_actions","actions":null}`},
	} {
		f.Add(seed.kind, []byte(seed.body))
	}
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		q, err := readEnvelope(kind, body)
		if kind == "form" {
			q, err = readForm(body)
		}
		_ = challengeOf(body)
		if err != nil {
			return
		}
		if q.ID == "" || q.Team == "" || q.Kind == "" || len(q.Words) > longestWords || len(q.ID) > longestID {
			t.Fatalf("%+v", q)
		}
		row, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		var back ask
		if err := json.Unmarshal(row, &back); err != nil {
			t.Fatal(err)
		}
		if back.Value != strings.ToValidUTF8(q.Value, "\ufffd") && utf8.ValidString(q.Value) {
			t.Errorf("%q became %q", q.Value, back.Value)
		}
		matchers, _, comment := readSilence(plainQuotes(q.Words))
		if len(strings.Join(matchers, ""))+len(comment) > 3*len(q.Words)+3 {
			t.Errorf("%q: %q and %q", q.Words, matchers, comment)
		}
		_ = nearest(q.Words)
		_ = unescaped(q.Words)
	})
}
