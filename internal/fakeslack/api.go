package fakeslack

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Post is a message as it stands in a channel after all edits.
type Post struct {
	Channel   string          `json:"channel"` // id
	TS        string          `json:"ts"`
	Thread    string          `json:"thread_ts"` // of the message under which it stands; "": by itself
	Broadcast bool            `json:"broadcast"` // shown in the channel too
	Text      string          `json:"text"`
	Raw       json.RawMessage `json:"raw"` // text and blocks
	Edits     int             `json:"edits"`
	Reactions []string        `json:"reactions"`
	Gone      bool            `json:"gone"` // taken away; its thread stays
	At        time.Time       `json:"at"`
}

// Shown is all text of the post as a person reads it, without links' addresses.
func (p Post) Shown() string {
	payload, err := read(p.Raw)
	if err != nil {
		return p.Text
	}
	var b strings.Builder
	for _, block := range payload.Blocks {
		if block.Text != nil {
			b.WriteString(block.Text.Text)
		}
		if parts, err := block.parts(); err == nil {
			shownParts(&b, parts)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func shownParts(b *strings.Builder, parts []part) {
	for _, p := range parts {
		b.WriteString(p.Text)
		shownParts(b, p.Elements)
	}
}

// Posts gives what stands in the channels, oldest first, what was taken away too.
func (s *Server) Posts() []Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.posts)
}

// TakeAway deletes a message as a person in the channel would.
func (s *Server) TakeAway(ts string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.find("", ts); p != nil {
		p.Gone = true
	}
}

// Refuse answers a method with ok:false and the code from now on, beside the script; "" answers it again.
func (s *Server) Refuse(method, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused == nil {
		s.refused = map[string]string{}
	}
	s.refused[method] = code
}

// call is one request to the Web API: a form.
type call struct {
	method string
	form   map[string]string
	raw    json.RawMessage // text and blocks
	text   string
	bad    error // what Slack would not take of the message
}

func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxPayload)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "bad form", http.StatusBadRequest)
		return
	}
	c := call{method: r.PathValue("method"), form: map[string]string{}}
	for k := range r.PostForm {
		c.form[k] = r.PostForm.Get(k)
	}
	if c.form["token"] == "" {
		c.form["token"] = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	blocks := json.RawMessage(c.form["blocks"])
	if len(blocks) == 0 {
		blocks = json.RawMessage("null")
	}
	raw, err := json.Marshal(map[string]any{"text": c.form["text"], "blocks": blocks})
	if err != nil {
		raw = []byte(`{}`)
	}
	c.raw, c.text = raw, c.form["text"]
	if c.method == "chat.postMessage" || c.method == "chat.update" {
		_, c.bad = read(raw)
	}
	answer, said := s.take(r.URL.Path, c)
	if answer != OK && answer != Slow {
		s.answer(w, r, answer)
		return
	}
	if answer == Slow {
		s.wait(r)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(said)
}

// take does what the call asks for, unless the script answers otherwise, and notes the request.
func (s *Server) take(path string, c call) (Answer, map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := OK
	if len(s.script) > 0 {
		answer, s.script = s.script[0], s.script[1:]
	}
	m := Message{At: time.Now().UTC(), Path: path, Answer: answer, Text: c.text, Raw: c.raw}
	var said map[string]any
	if answer.taken() {
		said = s.do(c)
		m.Taken = said["ok"] == true
		if code, refused := said["error"].(string); refused {
			m.Answer = NotOKFor(code)
		}
		m.TS, _ = said["ts"].(string)
	}
	m.Thread = c.form["thread_ts"]
	m.Reads = Reads{UnfurlLinks: c.form["unfurl_links"], UnfurlMedia: c.form["unfurl_media"], Parse: c.form["parse"], LinkNames: c.form["link_names"]}
	s.messages = append(s.messages, m)
	return answer, said
}

func (s *Server) do(c call) map[string]any {
	no := func(code string) map[string]any { return map[string]any{"ok": false, "error": code} }
	if code := s.refused[c.method]; code != "" {
		answer := no(code)
		if code == "missing_scope" {
			answer["needed"] = "chat:write"
		}
		return answer
	}
	switch {
	case !strings.HasPrefix(c.form["token"], "xoxb-"):
		return no("invalid_auth")
	case c.form["channel"] == "":
		return no("channel_not_found")
	case c.bad != nil:
		code, _, _ := strings.Cut(c.bad.Error(), ":")
		return no(code)
	}
	switch c.method {
	case "chat.postMessage":
		return s.post(c)
	case "chat.update", "chat.delete", "reactions.add":
		ts := c.form["ts"]
		if c.method == "reactions.add" {
			ts = c.form["timestamp"]
		}
		p := s.find(c.form["channel"], ts)
		if p == nil || p.Gone {
			return no("message_not_found")
		}
		return p.change(c)
	}
	return no("unknown_method")
}

// channelID is the id of a channel that was named.
func channelID(name string) string {
	if name = strings.TrimPrefix(name, "#"); name == strings.ToUpper(name) {
		return name
	}
	return "C" + strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '-' || r == '_' {
			return '0'
		}
		return r
	}, name))
}

func (s *Server) post(c call) map[string]any {
	s.clock++
	p := Post{Channel: channelID(c.form["channel"]), TS: fmt.Sprintf("17900000%02d.%06d", s.clock/1e6, s.clock%1e6), Text: c.text, Raw: c.raw,
		Broadcast: c.form["reply_broadcast"] == "true", At: time.Now().UTC()}
	if root := s.find(p.Channel, c.form["thread_ts"]); root != nil && (!root.Gone || s.answered(root.TS)) {
		p.Thread = root.TS // under one that is gone and has no thread it stands by itself
	}
	s.posts = append(s.posts, p)
	message := map[string]any{"text": p.Text, "ts": p.TS}
	if p.Thread != "" {
		message["thread_ts"] = p.Thread
	}
	return map[string]any{"ok": true, "channel": p.Channel, "ts": p.TS, "message": message}
}

func (p *Post) change(c call) map[string]any {
	switch c.method {
	case "chat.update":
		p.Text, p.Raw = c.text, c.raw
		p.Edits++
	case "chat.delete":
		p.Gone = true
	case "reactions.add":
		name := c.form["name"]
		if slices.Contains(p.Reactions, name) {
			return map[string]any{"ok": false, "error": "already_reacted"}
		}
		p.Reactions = append(p.Reactions, name)
	}
	return map[string]any{"ok": true, "channel": p.Channel, "ts": p.TS, "text": p.Text}
}

// find gives the post, or nil. An edit names its channel by the id.
func (s *Server) find(channel, ts string) *Post {
	for i := range s.posts {
		if p := &s.posts[i]; p.TS == ts && (channel == "" || channel == p.Channel) {
			return p
		}
	}
	return nil
}

func (s *Server) answered(ts string) bool {
	return slices.ContainsFunc(s.posts, func(p Post) bool { return p.Thread == ts && !p.Gone })
}
