package fakeslack

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Workspace stands in for the side of Slack that sends: it tells an app whose token it has, keeps its connection of Socket
// Mode, sends it what people press and type, and takes its answers. The zero value knows every token.
type Workspace struct {
	Team    string // "T1" where it is ""
	Signing string // what requests of HTTP mode are signed with
	Leave   bool   // asks every connection to leave as soon as it stands

	mu      sync.Mutex
	changed *sync.Cond
	refused map[string][]string // by method, the errors that the next calls get
	held    chan struct{}       // open while answers wait
	called  map[string]int      // by method
	opened  int                 // connections asked for
	conns   []*websocket.Conn
	acked   []string // envelope ids, as they were acknowledged
	answers []Posted
	views   []Posted
	sent    int
}

// Posted is what an app posted: an answer to somebody, or a view of its Home.
type Posted struct {
	To   string // the end of the answer's address, or whose Home
	Text string
	Raw  json.RawMessage
	// Blocks is how many blocks a view has.
	Blocks int
}

func (s *Workspace) team() string { return cmp.Or(s.Team, "T1") }

// lock locks, and makes what waits for changes.
func (s *Workspace) lock() {
	s.mu.Lock()
	if s.changed == nil {
		s.changed = sync.NewCond(&s.mu)
		s.refused, s.called = map[string][]string{}, map[string]int{}
	}
}

// Refuse has the next calls of a method answered with ok:false and these errors; one that ends in "..." for good. Of "scopes" it gives the
// scopes that the next token is said to have.
func (s *Workspace) Refuse(method string, codes ...string) {
	s.lock()
	defer s.mu.Unlock()
	s.refused[method] = codes
}

// refusal gives the error for a call, or "".
func (s *Workspace) refusal(method string) string {
	s.lock()
	defer s.mu.Unlock()
	s.called[method]++
	codes := s.refused[method]
	if len(codes) == 0 {
		return ""
	}
	if word, forGood := strings.CutSuffix(codes[0], "..."); forGood {
		return word
	}
	s.refused[method] = codes[1:]
	return codes[0]
}

// HoldAnswers has answers wait until free is called.
func (s *Workspace) HoldAnswers() (free func()) {
	s.lock()
	defer s.mu.Unlock()
	held := make(chan struct{})
	s.held = held
	return sync.OnceFunc(func() { close(held) })
}

// Called gives how often a method was called.
func (s *Workspace) Called(method string) int {
	s.lock()
	defer s.mu.Unlock()
	return s.called[method]
}

// ServeHTTP routes: /api/... are Slack's methods, /socket the connection, /answer/... where answers go.
func (s *Workspace) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mux := http.NewServeMux()
	mux.HandleFunc("/socket", s.socket)
	mux.HandleFunc("POST /answer/{to}", s.takeAnswer)
	mux.HandleFunc("POST /api/{method}", s.method)
	mux.ServeHTTP(w, r)
}

func (s *Workspace) method(w http.ResponseWriter, r *http.Request) {
	method := r.PathValue("method")
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload))
	if err != nil {
		return
	}
	answer := map[string]any{"ok": true}
	if code := s.refusal(method); code != "" {
		answer = map[string]any{"ok": false, "error": code}
	} else {
		switch method {
		case "auth.test":
			answer["team_id"], answer["team"], answer["user_id"], answer["user"] = s.team(), "Elm Homes", "UBOT", "doorknock"
		case "apps.connections.open":
			s.lock()
			s.opened++
			s.changed.Broadcast()
			s.mu.Unlock()
			answer["url"] = "ws://" + r.Host + "/socket?ticket=secret-ticket"
		case "views.publish":
			s.takeView(body)
		default:
			answer = map[string]any{"ok": false, "error": "unknown_method"}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-OAuth-Scopes", cmp.Or(s.refusal("scopes"), "chat:write,commands,reactions:write"))
	_ = json.NewEncoder(w).Encode(answer)
}

func (s *Workspace) takeView(body []byte) {
	var p struct {
		User string          `json:"user_id"`
		View json.RawMessage `json:"view"`
	}
	if json.Unmarshal(body, &p) != nil {
		return
	}
	s.lock()
	defer s.mu.Unlock()
	shown, _ := read(p.View)
	s.views = append(s.views, Posted{To: p.User, Raw: p.View, Text: shown.words(), Blocks: len(shown.Blocks)})
	s.changed.Broadcast()
}

func (s *Workspace) takeAnswer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload))
	if err != nil {
		return
	}
	s.lock()
	held := s.held
	s.mu.Unlock()
	if held != nil {
		<-held
	}
	if code := s.refusal("answer"); code != "" {
		http.Error(w, code, http.StatusInternalServerError)
		return
	}
	p, err := read(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.lock()
	defer s.mu.Unlock()
	s.answers = append(s.answers, Posted{To: r.PathValue("to"), Text: p.words(), Raw: body})
	s.changed.Broadcast()
	_, _ = io.WriteString(w, "ok")
}

// words are all words of a message, a line a section.
func (p payload) words() string {
	lines := []string{}
	for _, b := range p.Blocks {
		if b.Text != nil {
			lines = append(lines, b.Text.Text)
		}
		parts, _ := b.parts()
		for _, p := range parts {
			lines = append(lines, p.words())
		}
	}
	return strings.Join(lines, "\n")
}

func (p part) words() string {
	var b strings.Builder
	b.WriteString(p.Text)
	for _, inner := range p.Elements {
		b.WriteString(inner.words())
	}
	return b.String()
}

func (s *Workspace) socket(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close() //nolint:errcheck // it is over
	_ = conn.WriteJSON(map[string]any{"type": "hello", "num_connections": 1})
	if s.Leave {
		_ = conn.WriteJSON(map[string]any{"type": "disconnect", "reason": "refresh_requested"})
	}
	s.lock()
	s.conns = append(s.conns, conn)
	s.changed.Broadcast()
	s.mu.Unlock()
	for {
		var ack struct {
			ID string `json:"envelope_id"`
		}
		if conn.ReadJSON(&ack) != nil {
			break
		}
		s.lock()
		s.acked = append(s.acked, ack.ID)
		s.changed.Broadcast()
		s.mu.Unlock()
	}
	s.lock()
	s.conns = slices.DeleteFunc(s.conns, func(c *websocket.Conn) bool { return c == conn })
	s.changed.Broadcast()
	s.mu.Unlock()
}

// Wait waits until done reports true, and gives false where limit passes first. done may use what is seen.
func (s *Workspace) Wait(limit time.Duration, done func(Seen) bool) bool {
	s.lock()
	defer s.mu.Unlock()
	over := false
	timer := time.AfterFunc(limit, func() {
		s.lock()
		defer s.mu.Unlock()
		over = true
		s.changed.Broadcast()
	})
	defer timer.Stop()
	for !done(s.seen()) {
		if over {
			return false
		}
		s.changed.Wait()
	}
	return true
}

// Seen is what a workspace has seen of an app so far.
type Seen struct {
	Opened    int      // connections asked for
	Connected int      // connections that stand
	Acked     []string // envelopes acknowledged
	Answers   []Posted
	Views     []Posted
}

// Seen gives what was seen so far.
func (s *Workspace) Seen() Seen {
	s.lock()
	defer s.mu.Unlock()
	return s.seen()
}

func (s *Workspace) seen() Seen {
	return Seen{s.opened, len(s.conns), slices.Clone(s.acked), slices.Clone(s.answers), slices.Clone(s.views)}
}

// Send sends a message over the connection that stands, as it is.
func (s *Workspace) Send(message any) error {
	s.lock()
	defer s.mu.Unlock()
	if len(s.conns) == 0 {
		return fmt.Errorf("no connection stands")
	}
	conn := s.conns[len(s.conns)-1]
	if raw, ok := message.([]byte); ok {
		return conn.WriteMessage(websocket.TextMessage, raw)
	}
	return conn.WriteJSON(message)
}

// Envelope sends a payload in an envelope of its own and gives the envelope's id.
func (s *Workspace) Envelope(kind string, payload any) (id string, err error) {
	s.lock()
	s.sent++
	id = "envelope-" + strconv.Itoa(s.sent)
	s.mu.Unlock()
	return id, s.Send(map[string]any{"type": kind, "envelope_id": id, "payload": payload, "accepts_response_payload": true})
}

// Cut ends the connections without a word.
func (s *Workspace) Cut() {
	s.lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		_ = c.Close()
	}
}

// Press is what Slack sends when somebody presses a button; at is where this server is.
func (s *Workspace) Press(at, trigger, action, value string) map[string]any {
	return map[string]any{"type": "block_actions", "trigger_id": trigger, "response_url": at + "/answer/" + trigger,
		"team": map[string]any{"id": s.team()}, "user": map[string]any{"id": "U1", "name": "sam", "username": "sam"},
		"channel": map[string]any{"id": "C1"}, "container": map[string]any{"message_ts": "1700000000.000100"},
		"actions": []map[string]any{{"type": "button", "action_id": action, "value": value}}}
}

// Command is what Slack sends when somebody types a command.
func (s *Workspace) Command(at, trigger, words string) map[string]any {
	return map[string]any{"command": "/doorknock", "text": words, "trigger_id": trigger, "response_url": at + "/answer/" + trigger,
		"team_id": s.team(), "channel_id": "C1", "user_id": "U1", "user_name": "sam"}
}

// Event is what Slack sends of itself.
func (s *Workspace) Event(id string, event map[string]any) map[string]any {
	return map[string]any{"type": "event_callback", "event_id": id, "team_id": s.team(), "event": event}
}

// Form makes the body of HTTP mode of what Press or Command made.
func Form(payload map[string]any) string {
	form := url.Values{}
	if payload["command"] != nil {
		for name, value := range payload {
			form.Set(name, fmt.Sprint(value))
		}
		return form.Encode()
	}
	text, _ := json.Marshal(payload)
	form.Set("payload", string(text))
	return form.Encode()
}

// Request makes a request of HTTP mode, signed at a time.
func (s *Workspace) Request(to, contentType, body string, at time.Time) (*http.Request, error) {
	r, err := http.NewRequest(http.MethodPost, to, strings.NewReader(body)) //nolint:noctx // the test's client has a limit
	if err != nil {
		return nil, err
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(s.Signing))
	_, _ = io.WriteString(mac, "v0:"+stamp+":"+body)
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	return r, nil
}
