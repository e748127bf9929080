package alerts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-smtp"

	"doorknock/audit"
	"doorknock/internal/hostile"
	"doorknock/store"
)

// farSide stands for whatever a receiver talks to: it answers by a script of words ("ok" once that is used up) and keeps
// what it was sent.
type farSide struct {
	mu     sync.Mutex
	script []string
	bodies []string
	header []http.Header
}

func (f *farSide) next(body string, h http.Header) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bodies, f.header = append(f.bodies, body), append(f.header, h)
	if len(f.script) == 0 {
		return "ok"
	}
	answer := f.script[0]
	f.script = f.script[1:]
	return answer
}

func (f *farSide) says(words ...string) { f.mu.Lock(); defer f.mu.Unlock(); f.script = words }

func (f *farSide) got() []string { f.mu.Lock(); defer f.mu.Unlock(); return slices.Clone(f.bodies) }

// ServeHTTP answers with a status by its number, or cuts the line. CiviCRM's questions are answered outside the script.
func (f *farSide) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if strings.HasSuffix(r.URL.Path, "/Activity/get") {
		_, _ = io.WriteString(w, `{"values":[],"count":0}`)
		return
	}
	switch answer := f.next(string(body), r.Header); answer {
	case "ok":
		if strings.HasPrefix(r.URL.Path, "/api/") {
			_, _ = io.WriteString(w, `{"ok":true,"channel":"C1","ts":"1.2"}`)
			return
		}
		_, _ = io.WriteString(w, `{"values":[{"id":1}]}`)
	case "cut":
		panic(http.ErrAbortHandler)
	case "html":
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>log in")
	default:
		code, err := strconv.Atoi(answer)
		if err != nil {
			panic(err)
		}
		if code == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "7")
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "refused: "+r.URL.String()+r.Header.Get("Authorization")+r.Header.Get("X-Civi-Auth")+string(body)) // an answer that repeats the secret
	}
}

// The SMTP half of a farSide.
type smtpSession struct {
	f *farSide
	c *smtp.Conn
}

func (f *farSide) NewSession(c *smtp.Conn) (smtp.Session, error) { return &smtpSession{f, c}, nil }
func (s *smtpSession) Reset()                                    {}
func (s *smtpSession) Logout() error                             { return nil }
func (s *smtpSession) Mail(string, *smtp.MailOptions) error      { return nil }
func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "left@") {
		return &smtp.SMTPError{Code: 550, Message: "no such user"}
	}
	return nil
}

func (s *smtpSession) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	switch answer := s.f.next(string(body), nil); answer {
	case "ok":
		return nil
	case "cut":
		return s.c.Conn().Close()
	default:
		code, err := strconv.Atoi(answer)
		if err != nil {
			panic(err)
		}
		return &smtp.SMTPError{Code: code, Message: "not now"}
	}
}

// smtpServer listens on loopback without TLS.
func smtpServer(t *testing.T, f *farSide) MailConfig {
	t.Helper()
	s := smtp.NewServer(f)
	s.Domain, s.MaxMessageBytes, s.ErrorLog = "far.test", 10<<20, discard{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	wait.Go(func() { _ = s.Serve(l) })
	t.Cleanup(func() { _ = s.Close(); wait.Wait() })
	return MailConfig{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: noTLS, From: "doorknock <bell@elm.test>"}
}

type discard struct{}

func (discard) Printf(string, ...any) {}
func (discard) Println(...any)        {}

// slackByBot is the second mode of the receiver slack.
const slackByBot = "slack by bot token"

const botToken = audit.Secret("xoxb-" + canary)

const testSigning = "whsec_" + "c2VjcmV0Q2FuYXJ5c2VjcmV0Q2FuYXJ5c2VjcmV0"

// receiverAt makes the receiver of a kind that talks to f.
func receiverAt(t *testing.T, kindName string, f *farSide, o Options) Receiver {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	c := ReceiverConfig{Name: "it"}
	hook := audit.Secret(server.URL + "/services/" + canary)
	switch kindName {
	case "slack":
		c.Slack = &SlackConfig{WebhookURL: hook}
	case slackByBot:
		c.Slack = &SlackConfig{BotToken: botToken, Channel: "#housing", APIURL: server.URL + "/api/"}
		kindName = "slack"
	case "webhook":
		c.Webhook = &WebhookConfig{URL: hook, Secret: testSigning}
	case "teams":
		c.Teams = &TeamsConfig{URL: hook}
	case "ntfy":
		c.Ntfy = &NtfyConfig{URL: hook, Token: "tk_s3cr3tCanaryTokenXYZ"}
	case "civicrm":
		c.CiviCRM = &CiviConfig{URL: server.URL, APIKey: "s3cr3tCanaryTokenXYZ"}
	case "email":
		c.Email = &EmailConfig{To: []string{"Team <team@elm.test>"}}
		o.Mail = smtpServer(t, f)
	case "log":
		c.Log = &LogConfig{}
	default:
		t.Fatal("a receiver without its part of this test")
	}
	if err := errors.Join(c.validate("alerts.receivers[0]"), o.Mail.Validate()); err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		if k.name == kindName {
			r, err := k.make(c, o)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
	}
	return nil
}

// TestEveryReceiver is what every receiver in the table must pass: hostile words, classes of answers, the end of its
// context, sizes, and secrets.
func TestEveryReceiver(t *testing.T) {
	for _, name := range append(kindNames(), slackByBot) {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			o := Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}.withDefaults()
			f := &farSide{}
			r := receiverAt(t, name, f, o)
			takesHostile(t, r)
			if name != "log" {
				answersByClass(t, r, f, name)
				holdsSizes(t, f, name)
			}
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			if err := r.Send(ended, oneAlert); class(err) != "retry" {
				t.Errorf("after its context ended: %v", err)
			}
			noLeak(t, "the receiver and its log", log.String(), fmt.Sprintf("%v %+v %#v", r, r, r))
			for line := range strings.Lines(log.String()) {
				if len(line) > 2000 || strings.ContainsAny(strings.TrimSuffix(line, "\n"), "\n\r\x1b") {
					t.Errorf("log line %.100q", line)
				}
			}
		})
	}
}

func takesHostile(t *testing.T, r Receiver) {
	t.Helper()
	var facts []store.AlertFacts
	for _, h := range hostile.Texts() {
		facts = append(facts, complaintAbout(h.Text))
		if err := r.Send(t.Context(), Compose(facts[len(facts)-1:], wording, true)); err != nil {
			t.Errorf("%s: %v", h.Name, err)
		}
	}
	for range 2 {
		facts = append(facts, facts...)
	}
	if err := r.Send(t.Context(), Compose(facts, wording, true)); err != nil {
		t.Errorf("%d at once: %v", len(facts), err)
	}
}

func answersByClass(t *testing.T, r Receiver, f *farSide, kindName string) {
	t.Helper()
	answers := map[string]string{"ok": "sent", "429": "wait 7s", "500": "retry", "html": "retry", "504": "uncertain", "403": "permanent", "cut": "uncertain"}
	if kindName == "email" {
		answers = map[string]string{"ok": "sent", "451": "retry", "554": "permanent", "cut": "uncertain"}
	}
	for answer, want := range answers {
		f.says(answer)
		err := r.Send(t.Context(), oneAlert)
		if got := class(err); got != want {
			t.Errorf("%s: %v is %s, want %s", answer, err, got, want)
		}
		noLeak(t, "the error", fmt.Sprintf("%v %+v %#v", err, err, err))
		if text := fmt.Sprint(err); strings.Contains(text, "tk_s3") {
			t.Errorf("the error tells the token: %s", text)
		}
	}
}

// sizes are the most bytes that one message of a kind may have.
var sizes = map[string]int{"slack": 14 << 10, slackByBot: 60 << 10 /* a form */, "teams": 28 << 10, "ntfy": 4096 + 1024, "webhook": 2 << 20, "email": 200 << 10, "civicrm": 400 << 10}

func holdsSizes(t *testing.T, f *farSide, kindName string) {
	t.Helper()
	for _, body := range f.got() {
		if len(body) > sizes[kindName] || !utf8.ValidString(body) {
			t.Errorf("%d bytes were sent, or no UTF-8: %.80q", len(body), body)
		}
	}
}

func TestWebhookIsSignedAndHoldsItsShape(t *testing.T) {
	f := &farSide{}
	o := Options{Now: func() time.Time { return time.Unix(1_790_000_000, 0) }}.withDefaults()
	m := Compose([]store.AlertFacts{changeOf(audit.Open, audit.Closed), complaintAbout("The lift is broken again.")}, wording, true)
	m.ID, m.Repeat = "0123abcd", true
	if err := receiverAt(t, "webhook", f, o).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	key, err := signingKey(testSigning)
	if err != nil {
		t.Fatal(err)
	}
	h, body := f.header[0], f.got()[0]
	if want := "v1," + sign(key, "0123abcd", "1790000000", []byte(body)); h.Get("webhook-signature") != want ||
		h.Get("webhook-id") != "0123abcd" || h.Get("webhook-timestamp") != "1790000000" {
		t.Errorf("headers %v", h)
	}
	// The signature of the standard's own example holds too: key, id, time and body as published there.
	example, err := signingKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	if got := sign(example, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`)); got != "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("the example's signature is %s", got)
	}
	schema := struct {
		Required   []string
		Properties map[string]json.RawMessage
		Defs       map[string]struct {
			Required   []string
			Properties map[string]json.RawMessage
		} `json:"$defs"`
	}{}
	data, err := os.ReadFile("../docs/webhook.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	sent := struct {
		All    map[string]json.RawMessage
		Alerts []map[string]json.RawMessage
	}{}
	if err := errors.Join(json.Unmarshal([]byte(body), &sent.All), json.Unmarshal([]byte(body), &sent)); err != nil {
		t.Fatal(err)
	}
	sameKeys(t, "message", sent.All, schema.Required, schema.Properties)
	sameKeys(t, "alert", sent.Alerts[1], schema.Defs["alert"].Required, schema.Defs["alert"].Properties)
	var rules, value map[string]any
	if err := errors.Join(json.Unmarshal(data, &rules), json.Unmarshal([]byte(body), &value)); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range schemaFaults(rules, rules, value, "message") {
		t.Error(wrong)
	}
	value["v"], value["repeat"], value["alerts"].([]any)[0].(map[string]any)["urgency"] = 2, "yes", "soon"
	if faults := schemaFaults(rules, rules, value, "message"); len(faults) != 3 {
		t.Errorf("three faults are %q", faults)
	}
}

// schemaFaults says where a value does not hold to the part of JSON Schema that our file uses.
func schemaFaults(root, rule map[string]any, value any, at string) (faults []string) {
	if ref, ok := rule["$ref"].(string); ok {
		rule = root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	is := map[string]func() bool{
		"object": func() bool { _, ok := value.(map[string]any); return ok }, "array": func() bool { _, ok := value.([]any); return ok },
		"string": func() bool { _, ok := value.(string); return ok }, "boolean": func() bool { _, ok := value.(bool); return ok },
		"integer": func() bool { n, ok := value.(float64); return ok && n == float64(int(n)) },
	}
	if kind, has := rule["type"].(string); has && !is[kind]() {
		return []string{at + " is no " + kind}
	}
	if one, has := rule["const"]; has && fmt.Sprint(one) != fmt.Sprint(value) {
		faults = append(faults, at+" is another value")
	}
	if some, has := rule["enum"].([]any); has && !slices.Contains(some, value) {
		faults = append(faults, at+" is none of the values")
	}
	if when, _ := value.(string); rule["format"] == "date-time" {
		if _, err := time.Parse(time.RFC3339, when); err != nil {
			faults = append(faults, at+" is no time")
		}
	}
	if items, has := rule["items"].(map[string]any); has {
		for i, v := range value.([]any) {
			faults = append(faults, schemaFaults(root, items, v, fmt.Sprintf("%s[%d]", at, i))...)
		}
	}
	required, _ := rule["required"].([]any)
	for _, key := range required {
		if _, has := value.(map[string]any)[key.(string)]; !has {
			faults = append(faults, fmt.Sprintf("%s lacks %v", at, key))
		}
	}
	properties, _ := rule["properties"].(map[string]any)
	for key, part := range properties {
		if v, has := value.(map[string]any)[key]; has {
			faults = append(faults, schemaFaults(root, part.(map[string]any), v, at+"."+key)...)
		}
	}
	return faults
}

func sameKeys(t *testing.T, what string, sent map[string]json.RawMessage, required []string, properties map[string]json.RawMessage) {
	t.Helper()
	for _, k := range required {
		if _, ok := sent[k]; !ok {
			t.Errorf("%s: the schema asks for %q, which was not sent", what, k)
		}
	}
	for k := range sent {
		if _, ok := properties[k]; !ok || !slices.Contains(required, k) {
			t.Errorf("%s: %q was sent, which the schema does not hold as required", what, k)
		}
	}
}

func TestTeamsReadsNoMarkdown(t *testing.T) {
	f := &farSide{}
	m := Compose([]store.AlertFacts{complaintAbout("**bold** [click](https://evil.test) <at>everyone</at>")}, wording, true)
	if err := receiverAt(t, "teams", f, Options{}.withDefaults()).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	body := f.got()[0]
	if strings.Contains(body, `"TextBlock"`) || !strings.Contains(body, `**bold**`) || !strings.Contains(body, `"Action.OpenUrl"`) {
		t.Errorf("sent %s", body)
	}
}

func TestNtfyTopicAndPriority(t *testing.T) {
	f := &farSide{}
	facts := complaintAbout("Water is coming through the ceiling")
	facts.Urgency = "urgent"
	if err := receiverAt(t, "ntfy", f, Options{}.withDefaults()).Send(t.Context(), Compose([]store.AlertFacts{facts}, wording, true)); err != nil {
		t.Fatal(err)
	}
	var push ntfyPush
	if err := json.Unmarshal([]byte(f.got()[0]), &push); err != nil {
		t.Fatal(err)
	}
	if push.Topic != "s3cr3tCanaryTokenXYZ" || push.Priority != 5 || !strings.Contains(push.Message, "Water is coming") ||
		f.header[0].Get("Authorization") != "Bearer tk_s3cr3tCanaryTokenXYZ" {
		t.Errorf("pushed %+v", push)
	}
}

// TestCiviAddsOnce: where the answer was lost and the activity is there, a repeat adds none.
func TestCiviAddsOnce(t *testing.T) {
	var added []url.Values
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || r.Header.Get("X-Civi-Auth") != "Bearer key" || r.Header.Get("X-Requested-With") == "" {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/create") {
			added = append(added, r.PostForm)
			panic(http.ErrAbortHandler) // added, and the answer is lost
		}
		_, _ = fmt.Fprintf(w, `{"values":[%s]}`, strings.Repeat(`{"id":1}`, len(added)))
	}))
	defer server.Close()
	r, err := newCivi(ReceiverConfig{CiviCRM: &CiviConfig{URL: server.URL, APIKey: "key"}}, Options{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Send(t.Context(), oneAlert); class(err) != "uncertain" {
		t.Errorf("a lost answer is %v", err)
	}
	if err := r.Send(t.Context(), oneAlert); err != nil || len(added) != 1 {
		t.Errorf("the repeat: %v, %d activities", err, len(added))
	}
}

// TestMailAsReceived parses what a real SMTP server was given.
func TestMailAsReceived(t *testing.T) {
	f := &farSide{}
	m := Compose([]store.AlertFacts{complaintAbout("Ymddiheuriadau <b>dim</b>\r\nBcc: x@evil.test\r\n.\r\nafter")}, wording, true)
	m.ID, m.Repeat = "d1", true
	r := receiverAt(t, "email", f, Options{}.withDefaults())
	for range 2 {
		if err := r.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	for _, body := range f.got() {
		got, err := mail.ReadMessage(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, got.Header.Get("Message-Id"))
		if got.Header.Get("Bcc") != "" || got.Header.Get("Auto-Submitted") != "auto-generated" || got.Header.Get("To") != `"Team" <team@elm.test>` ||
			!strings.HasPrefix(got.Header.Get("Subject"), "(repeat) ") {
			t.Errorf("headers %v", got.Header)
		}
		text, page := parts(t, got)
		if !strings.Contains(text, "“Ymddiheuriadau <b>dim</b> Bcc: x@evil.test . after”") || !strings.Contains(page, "&lt;b&gt;dim") ||
			strings.Contains(page, "<img") || !strings.Contains(text, RepeatNote) || !strings.Contains(page, RepeatNote) {
			t.Errorf("text %q\npage %q", text, page)
		}
	}
	if ids[0] == "" || ids[0] != ids[1] {
		t.Errorf("the same message has ids %v", ids)
	}
}

func parts(t *testing.T, m *mail.Message) (text, page string) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q, %v", kind, err)
	}
	r := multipart.NewReader(m.Body, params["boundary"])
	var found []string
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			t.Errorf("part %v", p.Header)
		}
		data, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, string(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))))
	}
	if len(found) != 2 {
		t.Fatalf("%d parts", len(found))
	}
	return found[0], found[1]
}

func TestMailToSeveral(t *testing.T) {
	for _, tt := range []struct {
		to     []string
		script []string
		want   string
		mails  int
	}{
		{[]string{"a@elm.test", "b@elm.test"}, nil, "sent", 2},
		{[]string{"left@elm.test", "b@elm.test"}, nil, "sent", 1},
		{[]string{"left@elm.test"}, nil, "permanent", 0},
		{[]string{"a@elm.test", "b@elm.test"}, []string{"ok", "451"}, "uncertain", 2},
		{[]string{"a@elm.test", "b@elm.test"}, []string{"451", "451"}, "retry", 2},
	} {
		f := &farSide{script: tt.script}
		mailer, err := NewMailer(smtpServer(t, f), os.Getenv)
		if err != nil {
			t.Fatal(err)
		}
		_, err = mailer.Send(t.Context(), Mail{ID: "x", Subject: "s", Text: "t"}, tt.to...)
		if class(err) != tt.want || len(f.got()) != tt.mails {
			t.Errorf("%v %v: %v, %d mails", tt.to, tt.script, err, len(f.got()))
		}
	}
}

// TestMailNeedsTLS: a server that offers none is given nothing.
func TestMailNeedsTLS(t *testing.T) {
	f := &farSide{}
	c := smtpServer(t, f)
	c.TLS = startTLS
	mailer, err := NewMailer(c, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	_, err = mailer.Send(t.Context(), Mail{ID: "x", Subject: "s", Text: "t"}, "a@elm.test")
	if class(err) != "retry" || !strings.Contains(fmt.Sprint(err), "TLS") || len(f.got()) != 0 {
		t.Errorf("%v, %d mails", err, len(f.got()))
	}
}

func TestMailMistakes(t *testing.T) {
	for _, tt := range []struct {
		c    MailConfig
		want string
	}{
		{MailConfig{}, ""},
		{MailConfig{Host: "smtp.elm.test", From: "a@elm.test"}, ""},
		{MailConfig{From: "a@elm.test"}, "mail.host"},
		{MailConfig{Host: "smtp.elm.test", From: "nobody"}, "mail.from"},
		{MailConfig{Host: "smtp.elm.test", From: "a@elm.test\r\nBcc: b@elm.test"}, "mail.from"},
		{MailConfig{Host: "smtp.elm.test", From: "a@elm.test", TLS: "none"}, "this machine only"},
		{MailConfig{Host: "smtp.elm.test", From: "a@elm.test", TLS: "ssl"}, "mail.tls"},
		{MailConfig{Host: "smtp.elm.test", From: "a@elm.test", Port: 70000}, "mail.port"},
		{MailConfig{Host: "smtp.elm.test", From: "a@elm.test", Username: "u"}, "mail: password_file"},
		{MailConfig{Host: "smtp.elm.test", From: "a@elm.test", PasswordFile: "f"}, "mail.username"},
	} {
		if err := tt.c.Validate(); (err == nil) != (tt.want == "") || !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.c, err, tt.want)
		}
	}
}
