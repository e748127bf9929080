package fakeslack_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"doorknock/internal/fakeslack"
)

func post(t *testing.T, address, body string) (int, string) {
	t.Helper()
	answer, err := http.Post(address, "application/json", strings.NewReader(body)) //nolint:forbidigo // a test beside its server
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, strings.TrimSpace(string(text))
}

func TestItRefusesWhatSlackRefuses(t *testing.T) {
	s := &fakeslack.Server{}
	server := httptest.NewServer(s)
	defer server.Close()
	long := strings.Repeat("x", 151)
	for _, tt := range []struct {
		body   string
		status int
	}{
		{`{"text":"hello"}`, 200},
		{`{"text":"hello"`, 400},
		{`{}`, 400},
		{`{"text":"t","blocks":[{"type":"header","text":{"type":"plain_text","text":"` + long + `"}}]}`, 400},
		{`{"text":"t","blocks":[{"type":"header","text":{"type":"mrkdwn","text":"x"}}]}`, 400},
		{`{"text":"t","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":""}]}]}]}`, 400},
		{`{"text":"t","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"link","url":""}]}]}]}`, 400},
		{`{"text":"t","blocks":[{"type":"actions","elements":[{"type":"button","action_id":"a","text":{"type":"plain_text","text":"` + long[:76] + `"}}]}]}`, 400},
		{`{"text":"t","blocks":[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"x"}}]}]}`, 400},
		{`{"text":"t","blocks":[{"type":"actions","elements":[{"type":"static_select","action_id":"a","options":[{"text":{"type":"plain_text","text":"x"},"value":"` + long + `"}]}]}]}`, 400},
		{`{"text":"t","blocks":[{"type":"actions","elements":[]}]}`, 400},
		{`{"text":"` + strings.Repeat("y", 14000) + `"}`, 400},
	} {
		if status, text := post(t, server.URL+"/services/T/B/X", tt.body); status != tt.status {
			t.Errorf("%.80s: %d %s, want %d", tt.body, status, text, tt.status)
		}
	}
	if n := len(s.Messages()); n != 1 {
		t.Errorf("%d messages kept", n)
	}
}

// TestThreads: what is sent, edited, marked and deleted through the Web API stands on the page, with its thread.
func TestThreads(t *testing.T) {
	s := &fakeslack.Server{}
	server := httptest.NewServer(s)
	defer server.Close()
	call := func(method string, form url.Values) string {
		t.Helper()
		form.Set("token", "xoxb-1")
		form.Set("channel", "CHOUSING")
		answer, err := http.PostForm(server.URL+"/api/"+method, form) //nolint:forbidigo // a test beside its server
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	header := func(words string) string {
		return `[{"type":"header","text":{"type":"plain_text","text":"` + words + `"}},
			{"type":"data_table","caption":"Doors","rows":[[{"type":"raw_text","text":"Landlord"}],[{"type":"raw_text","text":"Elm"}]]},
			{"type":"actions","elements":[{"type":"button","action_id":"a","value":"v","text":{"type":"plain_text","text":"Acknowledge"}}]}]`
	}
	call("chat.postMessage", url.Values{"text": {"t"}, "blocks": {header("first words")}})
	root := s.Posts()[0].TS
	call("chat.postMessage", url.Values{"text": {"t"}, "blocks": {header("an answer")}, "thread_ts": {root}})
	call("chat.update", url.Values{"text": {"t"}, "blocks": {header("last words")}, "ts": {root}})
	call("reactions.add", url.Values{"name": {"white_check_mark"}, "timestamp": {root}})
	for method, want := range map[string]string{"reactions.add": "already_reacted", "chat.update": "ok\":true", "chat.nothing": "unknown_method"} {
		if got := call(method, url.Values{"text": {"t"}, "blocks": {header("last words")}, "ts": {root}, "name": {"white_check_mark"}, "timestamp": {root}}); !strings.Contains(got, want) {
			t.Errorf("%s: %s", method, got)
		}
	}
	page := func() string {
		answer, err := http.Get(server.URL + "/") //nolint:forbidigo // a test beside its server
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, want := range []string{"last words", "(edited)", "✅ 1", "1 in the thread", "an answer", "<caption>Doors</caption>", "Acknowledge"} {
		if !strings.Contains(page(), want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if strings.Contains(page(), "first words") {
		t.Error("the page shows what was changed")
	}
	call("chat.delete", url.Values{"ts": {root}})
	if !strings.Contains(page(), "This message was deleted.") || strings.Contains(page(), "last words") {
		t.Error("the page shows what was deleted")
	}
	if got := call("chat.update", url.Values{"text": {"t"}, "ts": {root}}); !strings.Contains(got, "message_not_found") {
		t.Error(got)
	}
}

func TestScriptAndPage(t *testing.T) {
	s := &fakeslack.Server{}
	server := httptest.NewServer(s)
	defer server.Close()
	if status, _ := post(t, server.URL+"/script", `["429","cut"]`); status != 200 {
		t.Errorf("script: %d", status)
	}
	message := `{"text":"t","blocks":[{"type":"header","text":{"type":"plain_text","text":"<script>Elm"}},
		{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a line "},
		{"type":"link","url":"javascript:alert(1)","text":"bad"},{"type":"link","url":"https://elm.test/","text":"good"}]}]}]}`
	for _, want := range []int{429, 0, 200} {
		if status, text := post(t, server.URL+"/services/T/B/X", message); status != want {
			t.Errorf("%d %s, want %d", status, text, want)
		}
	}
	answer, err := http.Get(server.URL + "/") //nolint:forbidigo // a test beside its server
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(page), "<script>") || strings.Contains(string(page), "javascript:") || !strings.Contains(string(page), `href="https://elm.test/"`) {
		t.Errorf("page:\n%s", page)
	}
	list, err := http.Get(server.URL + "/messages.json") //nolint:forbidigo // a test beside its server
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = list.Body.Close() }()
	var back []fakeslack.Message
	if err := json.NewDecoder(list.Body).Decode(&back); err != nil || len(back) != 3 || back[0].Taken || !back[1].Taken || !back[2].Taken {
		t.Errorf("messages: %+v, %v", back, err)
	}
}
