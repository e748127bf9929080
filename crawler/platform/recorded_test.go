package platform

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"doorknock/audit"
)

// Real answers of real servers, against what is known of them.
func TestRecordedAnswers(t *testing.T) {
	for _, folder := range []string{"comment-systems", "discourse"} {
		rows, err := csv.NewReader(bytes.NewReader(recorded(t, filepath.Join("..", folder, "index.csv")))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			system, body := folder, recorded(t, filepath.Join("..", folder, row[0]))
			if folder == "comment-systems" {
				system, _, _ = strings.Cut(row[0], "-")
			}
			var want struct {
				Comment      string          `json:"comment"`
				Comments     *int            `json:"comments"`
				Topics       *int            `json:"topics"`
				Posts        json.RawMessage `json:"posts"`
				OwnerReplied any             `json:"owner_replied"`
				Counts       []int           `json:"counts"`
			}
			for i, name := range rows[0] {
				if name == "expected" {
					if err := json.Unmarshal([]byte(row[i]), &want); err != nil {
						t.Fatal(err)
					}
				}
			}
			got, ok := ReadRecorded(system, body, 200)
			if !ok {
				t.Fatalf("%s: no reader", system)
			}
			state := strings.TrimSuffix(got.Verdict.State().String()+"/"+string(got.Verdict.Reason()), "/")
			if want.Comment != "" && state != want.Comment || want.Comment == "" && got.Verdict.State() != audit.Unknown {
				t.Errorf("%s: %s, want %q", row[0], state, want.Comment)
			}
			if want.Comments != nil && (got.Comments == nil || *got.Comments != *want.Comments) {
				t.Errorf("%s: comments %v, want %d", row[0], got.Comments, *want.Comments)
			}
			if want.Topics != nil && len(got.Posts) != *want.Topics {
				t.Errorf("%s: %d topics, want %d", row[0], len(got.Posts), *want.Topics)
			}
			if yes, told := want.OwnerReplied.(bool); told && (got.OwnerReplied == nil || *got.OwnerReplied != yes) || want.OwnerReplied == "unknown" && got.OwnerReplied != nil {
				t.Errorf("%s: owner replied %v, want %v", row[0], got.OwnerReplied, want.OwnerReplied)
			}
			for i, n := range want.Counts {
				if len(got.Posts) != len(want.Counts) || *got.Posts[i].Count != n {
					t.Errorf("%s: counts %+v", row[0], got.Posts)
				}
			}
			if e := got.Verdict.Evidence(); e != nil && string(body[e.Offset:e.Offset+e.Length]) != e.Excerpt {
				t.Errorf("%s: the evidence %q does not stand at %d", row[0], e.Excerpt, e.Offset)
			}
		}
	}
}

// What each system says in its own words, and what says nothing.
func TestAnswersOfSystems(t *testing.T) {
	for name, c := range map[string]struct {
		system, body string
		status       int
		want         string
	}{
		"topic closed":            {"discourse", `{"id":7,"posts_count":1,"closed":true,"archived":false,"post_stream":{"posts":[]}}`, 200, "closed"},
		"topic archived":          {"discourse", `{"id":7,"posts_count":1,"closed":false,"archived":true,"post_stream":{"posts":[]}}`, 200, "closed"},
		"topic without a word":    {"discourse", `{"id":7,"details":{"can_create_post":false},"post_stream":{"posts":[]}}`, 200, "unknown/no_marker"},
		"some topics closed":      {"discourse", `{"topic_list":{"topics":[{"id":1,"closed":true,"archived":false},{"id":2,"closed":false,"archived":false}]}}`, 200, "restricted/some_posts"},
		"all topics closed":       {"discourse", `{"topic_list":{"topics":[{"id":1,"closed":true,"archived":false}]}}`, 200, "closed"},
		"a topic that says less":  {"discourse", `{"topic_list":{"topics":[{"id":1,"closed":true,"archived":false},{"id":2}]}}`, 200, "unknown/no_marker"},
		"not logged in":           {"discourse", `{"errors":["Log in."],"error_type":"not_logged_in"}`, 403, "restricted/login"},
		"no access":               {"discourse", `{"errors":["No."],"error_type":"invalid_access"}`, 403, "unknown/no_access"},
		"wall before discourse":   {"discourse", `<html>Checking your browser</html>`, 403, "unknown/blocked"},
		"too often":               {"discourse", `{"errors":["Slow down"],"error_type":"rate_limit"}`, 429, "unknown/rate_limited"},
		"login required":          {"discourse", `{"login_required":true,"title":"x"}`, 200, "restricted/login"},
		"login not required":      {"discourse", `{"login_required":false,"title":"x"}`, 200, "unknown/no_marker"},
		"twice closed":            {"discourse", `{"id":7,"closed":true,"closed":false,"archived":false,"post_stream":{"posts":[]}}`, 200, "unknown/parse_changed"},
		"unknown page":            {"remark42", `{"code":5,"details":"can't get info","error":"not found"}`, 400, "unknown/not_found"},
		"read only among found":   {"remark42", `{"comments":[],"info":{"url":"u","count":0,"read_only":true}}`, 200, "closed"},
		"a list":                  {"remark42", `[{"url":"u","count":3}]`, 200, "unknown/no_marker"},
		"another shape":           {"remark42", `{"hello":1}`, 200, "unknown/parse_changed"},
		"disqus closed":           {"disqus", `{"code":0,"response":{"id":"7","isClosed":true,"posts":3}}`, 200, "closed"},
		"disqus not closed":       {"disqus", `{"code":0,"response":{"id":"7","isClosed":false,"posts":3}}`, 200, "restricted/login"},
		"disqus without a key":    {"disqus", `{"code":5,"response":"Invalid API key"}`, 200, "unknown/third_party"},
		"disqus without a state":  {"disqus", `{"code":0,"response":{"id":"7"}}`, 200, "unknown/parse_changed"},
		"isso refuses":            {"isso", `{"error":"no"}`, 403, "unknown/no_access"},
		"isso config":             {"isso", `{"config":{}}`, 200, "unknown/no_marker"},
		"isso gone":               {"isso", `Not found`, 404, "unknown/not_found"},
		"closed under an error":   {"discourse", `{"id":7,"posts_count":1,"closed":true,"archived":false,"post_stream":{"posts":[]}}`, 500, "unknown/server_error"},
		"topics under an error":   {"discourse", `{"topic_list":{"topics":[{"id":1,"closed":true,"archived":false},{"id":2,"closed":true,"archived":false}]}}`, 503, "unknown/server_error"},
		"read only, refused":      {"remark42", `{"url":"u","count":3,"read_only":true}`, 403, "unknown/no_access"},
		"disqus under a limit":    {"disqus", `{"code":0,"response":{"id":"7","isClosed":true,"posts":3}}`, 429, "unknown/rate_limited"},
		"locked under an error":   {"giscus", `{"discussion":{"locked":true,"comments":[]}}`, 500, "unknown/server_error"},
		"one post, closed":        {"wordpress", ` {"id":4,"link":"https://x.test/a","type":"post","comment_status":"closed"}`, 200, "closed"},
		"one post, open":          {"wordpress", `{"id":4,"link":"https://x.test/a","type":"post","comment_status":"open"}`, 200, "unknown/no_marker"},
		"one post, another word":  {"wordpress", `{"id":4,"link":"https://x.test/a","type":"post","comment_status":"registered_only"}`, 200, "unknown/no_marker"},
		"posts under an error":    {"wordpress", `[{"id":4,"link":"https://x.test/a","type":"post","comment_status":"closed"}]`, 500, "unknown/server_error"},
		"one post, refused":       {"wordpress", `{"id":4,"link":"https://x.test/a","type":"post","comment_status":"closed"}`, 403, "unknown/parse_changed"},
		"a number that is no one": {"isso", `[-1]`, 200, "unknown/parse_changed"},
	} {
		got, _ := ReadRecorded(c.system, []byte(c.body), c.status)
		if e := got.Verdict.Evidence(); e != nil && e.Excerpt != c.body[e.Offset:e.Offset+e.Length] {
			t.Errorf("%s: evidence %+v is not in the body", name, e)
		}
		state := strings.TrimSuffix(got.Verdict.State().String()+"/"+string(got.Verdict.Reason())+string(got.Verdict.Kind()), "/")
		if state != c.want {
			t.Errorf("%s: %s, want %s", name, state, c.want)
		}
	}
	if _, ok := ReadRecorded("elsewhere", nil, 200); ok {
		t.Error("a reader of a system that has none")
	}
}

func recordedMarksStandInside(t *testing.T, body []byte) {
	t.Helper()
	for _, system := range []string{"discourse", "isso", "remark42", "giscus", "disqus", "drupal"} {
		got, _ := ReadRecorded(system, body, 200)
		if e := got.Verdict.Evidence(); e != nil && (e.Offset < 0 || e.Offset+e.Length > len(body)) {
			t.Errorf("%s: evidence at %d, %d of %d", system, e.Offset, e.Length, len(body))
		}
	}
}
