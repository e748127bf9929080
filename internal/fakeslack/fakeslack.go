// Package fakeslack stands in for Slack in tests and in the demo: it takes what an incoming webhook takes and, of the Web
// API, what sends, edits, deletes and reacts, answers as Slack or a bad day would, and shows what it was sent.
//
// In: POSTs to /services/... and /api/..., and a script of answers. Out: what stands in the channels, as a page (/) and as
// JSON (/posts.json), and every request (/messages.json). It never talks to Slack or to anything else.
package fakeslack

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Answer is how one request is answered.
type Answer string

// The answers. All but OK, Slow, Cut and Gateway mean that the message was not taken.
const (
	OK       Answer = "ok"
	TooMany  Answer = "429"      // rate limited, Retry-After: 2
	Broken   Answer = "500"      // with a page of HTML, as Slack does
	HTML     Answer = "html"     // 200 and a log-in page: a captive portal
	Slow     Answer = "slow"     // takes the message and answers later than anyone waits
	Cut      Answer = "cut"      // takes the message and cuts the line before the answer
	Refused  Answer = "refused"  // 403 invalid_token
	Archived Answer = "archived" // 410 channel_is_archived
	Dropped  Answer = "dropped"  // cuts the line and takes nothing, which nobody outside can tell from Cut
	Gateway  Answer = "504"      // takes the message; a proxy loses the answer
	NotOK    Answer = "not_ok"   // 200 with ok:false, channel_not_found
)

// NotOKFor answers 200 with ok:false and the error.
func NotOKFor(code string) Answer { return NotOK + ":" + Answer(code) }

// taken reports whether the message is in the channel after this answer.
func (a Answer) taken() bool { return a == OK || a == Slow || a == Cut || a == Gateway }

// Message is one request that was made.
type Message struct {
	At     time.Time       `json:"at"`
	Path   string          `json:"path"`
	Answer Answer          `json:"answer"`
	Taken  bool            `json:"taken"` // it would stand in the channel
	Text   string          `json:"text"`
	Raw    json.RawMessage `json:"raw"`
	TS     string          `json:"ts,omitempty"`        // of the message that an API call made or changed
	Thread string          `json:"thread_ts,omitempty"` // under which one it was to stand
	Reads  Reads           `json:"reads,omitzero"`      // of an API call: what Slack was told to make of the text
}

// Reads are the fields by which a caller of the Web API says whether Slack may look through a text for links and names: as they were
// sent, "" where Slack's own habit holds.
type Reads struct {
	UnfurlLinks string `json:"unfurl_links"`
	UnfurlMedia string `json:"unfurl_media"`
	Parse       string `json:"parse"`
	LinkNames   string `json:"link_names"`
}

// Server is the stand-in. The zero value answers everything with OK.
type Server struct {
	// Patience is how long a Slow answer takes, if the caller waits so long (default 30s).
	Patience time.Duration

	mu       sync.Mutex
	script   []Answer
	messages []Message
	posts    []Post
	clock    int
	refused  map[string]string // error by method
}

// Script sets the answers to the next requests; after them comes OK.
func (s *Server) Script(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = answers
}

// Messages gives every request so far, the refused ones too, oldest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// ServeHTTP routes: POST /services/... is the webhook, POST /api/... the Web API, POST /script takes a JSON list of answers,
// GET / is a page, GET /posts.json the same as data, GET /messages.json every request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /services/", s.hook)
	mux.HandleFunc("POST /api/{method}", s.api)
	mux.HandleFunc("POST /script", s.takeScript)
	mux.HandleFunc("GET /messages.json", func(w http.ResponseWriter, _ *http.Request) { list(w, s.Messages()) })
	mux.HandleFunc("GET /posts.json", func(w http.ResponseWriter, _ *http.Request) { list(w, s.Posts()) })
	mux.HandleFunc("GET /{$}", s.page)
	mux.ServeHTTP(w, r)
}

const maxPayload = 1 << 20

func (s *Server) hook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload))
	if err != nil {
		return
	}
	payload, err := read(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer := s.keep(r.URL.Path, payload.Text, body)
	s.answer(w, r, answer)
}

// keep notes the request and says how it is answered.
func (s *Server) keep(path, text string, body []byte) Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := OK
	if len(s.script) > 0 {
		answer, s.script = s.script[0], s.script[1:]
	}
	m := Message{At: time.Now().UTC(), Path: path, Answer: answer, Taken: answer.taken(), Text: text, Raw: body}
	s.messages = append(s.messages, m)
	if m.Taken {
		s.clock++
		s.posts = append(s.posts, Post{Channel: "WEBHOOK", TS: fmt.Sprintf("hook.%d", s.clock), Text: text, Raw: body, At: m.At})
	}
	return answer
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, given Answer) {
	a, code, _ := strings.Cut(string(given), ":")
	switch Answer(a) {
	case TooMany:
		w.Header().Set("Retry-After", "2")
		http.Error(w, "rate_limited", http.StatusTooManyRequests)
	case Broken:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, "<html><body>Server Error</body></html>")
	case HTML:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><title>Log in to this network</title>")
	case Slow:
		s.wait(r)
	case Cut, Dropped:
		cut(w)
	case Gateway:
		http.Error(w, "upstream request timeout", http.StatusGatewayTimeout)
	case Refused:
		http.Error(w, "invalid_token", http.StatusForbidden)
	case Archived:
		http.Error(w, "channel_is_archived", http.StatusGone)
	case NotOK:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"ok": false, "error": cmp.Or(code, "channel_not_found")})
	default:
		_, _ = io.WriteString(w, "ok")
	}
}

func (s *Server) wait(r *http.Request) {
	patience := s.Patience
	if patience == 0 {
		patience = 30 * time.Second
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-r.Context().Done():
	case <-timer.C:
	}
}

// cut closes the connection without a word.
func cut(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
			return
		}
	}
	panic(http.ErrAbortHandler)
}

func (s *Server) takeScript(w http.ResponseWriter, r *http.Request) {
	var answers []Answer
	if err := json.NewDecoder(io.LimitReader(r.Body, maxPayload)).Decode(&answers); err != nil {
		http.Error(w, "want a JSON list of answers", http.StatusBadRequest)
		return
	}
	s.Script(answers...)
}

func list(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(what)
}
