package alerts

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestAWebhookWithoutTables: a webhook's refusal is plain text; the same goes out once more with the numbers as words.
func TestAWebhookWithoutTables(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if got = append(got, string(body)); strings.Contains(string(body), "data_table") {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, "invalid_blocks")
			return
		}
		_, _ = io.WriteString(w, "ok")
	}))
	t.Cleanup(server.Close)
	m := Message{Title: Ours("an edition"), Items: []Item{{Lines: []Words{Ours("first")}}}, Tables: []Table{leagueTable(2)}}
	if err := hookTo(t, server.URL).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || strings.Contains(got[1], "data_table") || !strings.Contains(got[1], "Answered 50 %") {
		t.Errorf("sent %q", got)
	}
}
