package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestForumFromTheList: a forum that the list names by its platform is a channel, and is asked as one: what its own interface
// says of its topics is the finding.
func TestForumFromTheList(t *testing.T) {
	t.Parallel()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := map[string]string{
			"forum.otter.test/talk/site/basic-info.json": `{"title":"Otter Homes residents","login_required":false}`,
			"forum.otter.test/talk/latest.json":          `{"topic_list":{"topics":[{"id":1,"title":"Lifts","closed":false,"archived":false,"visible":true,"posts_count":1}]}}`,
			"forum.otter.test/talk/t/1.json":             `{"id":1,"title":"Lifts","closed":false,"archived":false,"posts_count":1,"post_stream":{"posts":[{"id":10,"post_number":1,"username":"jo","created_at":"2026-11-01T09:00:00Z","cooked":"<p>Lift</p>"}]}}`,
		}[r.Host+r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, body)
	}))
	defer site.Close()
	dir := t.TempDir()
	config, list := filepath.Join(dir, "doorknock.yaml"), filepath.Join(dir, "organisations.csv")
	for path, text := range map[string]string{
		config: fmt.Sprintf("contact: quiet@doorknock.test\ndata_dir: %[1]s/data\nkey_file: %[1]s/key\norganisations: %[2]s\ncrawl: {pace: 1ms, daily_cap: 0}\nhosts: {forum.otter.test: %[3]q}\n", dir, list, strings.TrimPrefix(site.URL, "http://")),
		list:   "id,name,nation,sector,website,accounts\notter,Otter Homes,England,co_op,,discourse:http://forum.otter.test/talk\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, out, errs := call(t, "check", "otter", "--config", config, "--json")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	got := map[string]string{}
	for line := range strings.Lines(out) {
		var x struct {
			Check, Scope string
			Verdict      struct{ State, Kind string }
		}
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		got[x.Check+" "+x.Scope] = x.Verdict.State + "/" + x.Verdict.Kind
	}
	if got["comments "] != "restricted/login" || got["comments http://forum.otter.test/talk/t/1"] != "restricted/login" {
		t.Errorf("%v\n%s", got, out)
	}
	if ch, err := channelOf("discourse:http://forum.otter.test/talk/"); err != nil || ch.Platform != discourse || ch.URL != "http://forum.otter.test/talk" {
		t.Errorf("%+v, %v", ch, err)
	}
	if _, err := channelOf("forum:http://forum.otter.test/talk/"); err == nil || !strings.Contains(err.Error(), `"forum" is no platform`) {
		t.Error(err)
	}
}
