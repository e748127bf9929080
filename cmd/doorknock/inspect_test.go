package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const openPost = `<!DOCTYPE html><html><head><title>Roof works | Fernley Homes</title></head><body><main id="content"><h1>Roof works</h1>
<form action="/wp-comments-post.php" method="post" id="commentform"><textarea name="comment"></textarea><input type="hidden" name="comment_post_ID" value="3"></form></main></body></html>`

// inspected runs the command in a folder of its own and gives its lines and exit code.
func inspected(t *testing.T, args ...string) (lines []line, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"inspect", "--json"}, args...), strings.NewReader(""), &out, &errs)
	for raw := range strings.Lines(out.String()) {
		var l line
		if err := json.Unmarshal([]byte(raw), &l); err != nil {
			t.Fatalf("%v in %s", err, raw)
		}
		lines = append(lines, l)
	}
	return lines, code
}

func written(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func packed(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestInspect(t *testing.T) {
	plain := written(t, "post.html", []byte(openPost))
	zipped := written(t, "post.html.gz", packed(t, []byte(openPost)))
	bomb := written(t, "bomb.html.gz", packed(t, make([]byte, 9<<20)))
	manifest := written(t, "pages.csv", []byte("file,url,status,extra\n"+plain+",https://www.fernley.example/roof,200,x\n"+zipped+",,403,\n"))

	lines, code := inspected(t, "--manifest", manifest, plain, zipped, bomb, filepath.Join(t.TempDir(), "nothing.html"))
	if code != exitFailed {
		t.Errorf("exit %d, want %d: two files cannot be read", code, exitFailed)
	}
	byFile := map[string][]line{}
	for _, l := range lines {
		byFile[l.File] = append(byFile[l.File], l)
	}
	first := byFile[plain][0]
	if first.Check != "comments" || first.State.String() != "open" || first.System != "wordpress" || first.URL == nil {
		t.Errorf("first line %+v", first)
	}
	if e := first.Evidence; openPost[e.Offset:e.Offset+e.Length] != e.Excerpt || e.Rule != "wp-form" {
		t.Errorf("evidence %+v", e)
	}
	if l := byFile[zipped][0]; l.Reason != "blocked" || l.URL != nil {
		t.Errorf("with status 403: %+v", l)
	}
	if l := byFile[bomb]; len(l) != 1 || l[0].Check != "" || l[0].Reason != "too_large" {
		t.Errorf("bomb: %+v", l)
	}
	if last := lines[len(lines)-1]; last.Check != "" || last.Reason != "not_found" {
		t.Errorf("missing file: %+v", last)
	}
	if lines, code := inspected(t, "--status", "503", plain); code != 0 || lines[0].Reason != "server_error" {
		t.Errorf("exit %d, %+v", code, lines[0])
	}
}

func TestInspectRecordedWordPress(t *testing.T) {
	for name, c := range map[string]struct{ body, state, reason string }{
		"closed.json":  {`[{"id":1,"link":"https://x.test/a","comment_status":"closed"}]`, "closed", ""},
		"open.json":    {`[{"id":1,"link":"https://x.test/a","comment_status":"open"}]`, "unknown", "no_marker"},
		"mixed.json":   {`[{"id":1,"link":"https://x.test/a","comment_status":"closed"},{"id":2,"link":"https://x.test/b","comment_status":"open"}]`, "unknown", "no_marker"},
		"error.json":   {`{"code":"rest_no_route","message":"No route","data":{"status":404}}`, "unknown", "not_found"},
		"refused.json": {`{"code":"rest_cannot_read","message":"No","data":{"status":401}}`, "unknown", "no_access"},
		"odd.json":     {`{"hello":1}`, "unknown", "parse_changed"},
		"empty.json":   {`[]`, "unknown", "no_marker"},
	} {
		lines, code := inspected(t, "--platform", "wordpress", written(t, name, []byte(c.body)))
		if code != 0 || len(lines) != 1 || lines[0].State.String() != c.state || string(lines[0].Reason) != c.reason {
			t.Errorf("%s: exit %d, %+v", name, code, lines)
		}
	}
}

func TestEvalPages(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"labels.csv": "file,url,comment_state,state_basis,comment_system,comment_count,is_forum\npost.html,https://x.test/p,open,form,wordpress,0,no\nother.html,https://x.test/o,closed,closed_text,wordpress,,no\n",
		"post.html":  openPost, "other.html": openPost,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	floors := filepath.Join(dir, "floors.json")
	if err := os.WriteFile(floors, []byte(`{"false_open":0}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	code := run(context.Background(), []string{"eval", "pages", dir, "--json", "--floors", floors}, strings.NewReader(""), &out, &errs)
	var got struct {
		Items   int                 `json:"items"`
		Metrics map[string]*float64 `json:"metrics"`
		Wrong   []evalWrong         `json:"wrong"`
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err, out.String())
	}
	if code != exitMissed || got.Items != 2 || *got.Metrics["false_open"] != 1 || *got.Metrics["open_recall"] != 1 || len(got.Wrong) != 1 {
		t.Errorf("exit %d: %s", code, out.String())
	}
}

// TestEvalPagesAgainstLabels: what each pair of a label and an answer is counted as. A page without a place to talk that is read as
// closed is an accusation, one that is read as restricted is a place that is not there, and nobody need sign in where the label says so.
func TestEvalPagesAgainstLabels(t *testing.T) {
	open, err := os.ReadFile(filepath.Join("..", "..", "crawler", "checks", "testdata", "comments", "open-wordpress.html"))
	if err != nil {
		t.Fatal(err)
	}
	form := strings.Index(string(open), `<div id="respond"`)
	end := form + strings.Index(string(open)[form:], "</main>")
	bodies := map[string]string{
		"open": string(open), "closed": string(open)[:form] + `<div id="comments"><p class="nocomments">Comments are closed.</p></div>` + string(open)[end:],
		"restricted": string(open)[:form] + `<div id="respond" class="comment-respond"><p class="must-log-in">You must be <a href="/wp-login.php">logged in</a> to post a comment.</p></div>` + string(open)[end:],
	}
	for _, c := range []struct {
		label, login, read  string
		closed, open, place float64
		right               bool
	}{
		{"none", "no", "closed", 1, 0, 0, false},
		{"none", "no", "restricted", 0, 0, 1, false},
		{"none", "no", "open", 0, 1, 1, false},
		{"closed", "no", "open", 0, 1, 0, false},
		{"closed", "no", "closed", 0, 0, 0, true},
		{"open", "no", "closed", 1, 0, 0, false},
		{"open", "no", "restricted", 0, 0, 0, false},
		{"open", "yes", "restricted", 0, 0, 0, true},
		{"open", "yes", "open", 0, 0, 0, true},
		{"open", "", "restricted", 0, 0, 0, true},
	} {
		dir := t.TempDir()
		labels := "file,url,comment_state,state_basis,login_required,comment_system\npage.html,https://x.test/p," + c.label + ",form," + c.login + ",wordpress\n"
		for name, content := range map[string]string{"labels.csv": labels, "page.html": bodies[c.read]} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		e := suites["pages"](nil).(*pagesEval) //nolint:forcetypeassert // as the table makes it
		if err := e.add(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
		got := e.metrics()
		if n := e.Confusion[c.label][c.read]; n != 1 {
			t.Fatalf("the page that is to be read as %s is read as %v", c.read, e.Confusion[c.label])
		}
		if *got["false_closed"] != c.closed || *got["false_open"] != c.open || *got["false_place"] != c.place || len(e.wrong) == 0 != c.right {
			t.Errorf("labelled %s, log-in %q, read as %s: false_closed %v, false_open %v, false_place %v, wrong %v", c.label, c.login, c.read,
				*got["false_closed"], *got["false_open"], *got["false_place"], e.wrong)
		}
	}
}

// Equal names get equal pseudonyms within a file, and no name is printed.
func TestInspectComments(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.html")
	page := `<!doctype html><html><head><title>News</title></head><body><main><ol>
<li id="comment-1"><b class="fn">Ruth P</b> <time datetime="2026-03-02T09:15:00Z"></time><div class="comment-content">It leaks.</div><ol class="children">
<li id="comment-2"><b class="fn">Mo</b> <span class="comment-date">3 March 2026</span><div class="comment-content">Here too.</div></li></ol></li>
<li id="comment-3"><b class="fn">Ruth P</b><div class="comment-content">Still.</div></li></ol>
<form id="commentform" action="/wp-comments-post.php"><textarea name="comment"></textarea><input name="comment_post_ID"></form></main></body></html>`
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if code := run(t.Context(), []string{"inspect", "--json", "--comments", file}, strings.NewReader(""), &out, &out); code != 0 {
		t.Fatalf("exit %d\n%s", code, out.String())
	}
	if strings.Contains(out.String(), "Ruth") {
		t.Error("a name is printed")
	}
	first, _, _ := strings.Cut(out.String(), "\n")
	var l struct{ Comments []lineComment }
	if err := json.Unmarshal([]byte(first), &l); err != nil || len(l.Comments) != 3 {
		t.Fatalf("%v: %s", err, first)
	}
	a, b, c := l.Comments[0], l.Comments[1], l.Comments[2]
	if len(a.Author) != 32 || a.Author != c.Author || a.Author == b.Author {
		t.Errorf("authors %q %q %q", a.Author, b.Author, c.Author)
	}
	if a.N != 1 || a.ID != "1" || a.Text != "It leaks." || *a.Time != "2026-03-02T09:15:00Z" || a.TimeMax != nil || a.Parent != nil {
		t.Errorf("first comment %+v", a)
	}
	if *b.Time != "2026-03-03T00:00:00Z" || *b.TimeMax != "2026-03-03T23:59:59Z" || *b.Parent != "1" || c.Time != nil {
		t.Errorf("second %+v, third %+v", b, c)
	}
}
