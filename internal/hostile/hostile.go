// Package hostile is a web server with one path for each bad thing that a site may send: cut bodies, bombs, lies,
// circles, walls of tags. It is deterministic, answers on loopback, and is for tests alone.
//
// In: a request for a case's path. Out: that case's bytes, always the same. It never judges what the reader made of
// them: each Case says what a truthful reader must answer.
package hostile

import (
	"net/http"
	"net/http/httptest"
	"strings"

	"doorknock/audit"
)

// Case is one bad input and the reason that a reader must give for it.
type Case struct {
	Path  string
	Want  audit.Reason // of the page as a whole: why it proves nothing; "" where it can be read
	Slow  bool         // takes seconds of waiting
	Heavy bool         // a bomb, or hard to parse: read in a child process under a memory limit
	serve http.HandlerFunc
}

// Cases lists every case, in a fixed order.
func Cases() []Case {
	var all []Case
	for _, part := range [][]Case{network(), redirects(), statuses(), walls(), codings(), types(), pages(), charsets()} {
		all = append(all, part...)
	}
	return all
}

// Handler serves every case, and a robots.txt that forbids /forbidden alone. A host named robots-<case>.test serves that case
// of Robots instead.
func Handler() http.Handler {
	byPath := make(map[string]http.HandlerFunc)
	for _, c := range Cases() {
		byPath[c.Path] = c.serve
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" || strings.HasPrefix(r.URL.Path, "/robots-hop") {
			serveRobots(w, r)
			return
		}
		if serve := byPath[r.URL.Path]; serve != nil {
			serve(w, r)
			return
		}
		page(w, "<p>Nothing is wrong with this page.</p>")
	})
}

// Start starts the server. Its owner closes it.
func Start() *httptest.Server { return httptest.NewServer(Handler()) }

const form = `<form action="/wp-comments-post.php" method="post" id="commentform" class="comment-form">` +
	`<textarea id="comment" name="comment"></textarea><input type="hidden" name="comment_post_ID" value="1"></form>`

// page writes a plain whole page around the given body.
func page(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	write(w, "<!doctype html><html lang=en><head><title>Hollybank Homes</title></head><body><main>"+body+"</main></body></html>")
}

// write ignores the error of a reader that hung up: most are meant to.
func write(w http.ResponseWriter, s string) { _, _ = w.Write([]byte(s)) }

// flood writes n copies of s without holding them.
func flood(w http.ResponseWriter, s string, n int) {
	if n == 0 {
		return
	}
	block := strings.Repeat(s, max(1, (64<<10)/len(s)))
	for left := n * len(s); left > 0; left -= len(block) {
		if _, err := w.Write([]byte(block[:min(left, len(block))])); err != nil {
			return
		}
	}
}

// Result is what the command knock prints of one path, and at the end of itself.
type Result struct {
	Path    string       `json:"path,omitempty"`
	Problem audit.Reason `json:"problem,omitempty"`
	States  []string     `json:"states,omitempty"`
	Error   string       `json:"error,omitempty"`
	Took    float64      `json:"took_s,omitempty"`
	PeakKiB int          `json:"peak_kib,omitempty"`
}
