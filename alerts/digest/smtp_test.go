package digest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"doorknock/alerts"
	"doorknock/store"
)

// office is a real mail server that offers STARTTLS and takes nothing in clear text.
type office struct {
	mu    sync.Mutex
	mails map[string][]string // by address; kept while keep
	keep  bool
	taken int
}

type counter struct {
	o  *office
	c  *smtp.Conn
	to string
}

func (o *office) NewSession(c *smtp.Conn) (smtp.Session, error) { return &counter{o: o, c: c}, nil }
func (s *counter) Reset()                                       {}
func (s *counter) Logout() error                                { return nil }
func (s *counter) Mail(string, *smtp.MailOptions) error {
	if _, safe := s.c.TLSConnectionState(); !safe {
		return &smtp.SMTPError{Code: 530, Message: "not in clear text"}
	}
	return nil
}
func (s *counter) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = to; return nil }
func (s *counter) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	s.o.mu.Lock()
	defer s.o.mu.Unlock()
	s.o.taken++
	if s.o.keep {
		s.o.mails[s.to] = append(s.o.mails[s.to], string(body))
	}
	return err
}

type nowhere struct{}

func (nowhere) Printf(string, ...any) {}
func (nowhere) Println(...any)        {}

// open listens and gives the settings that lead there, with the certificate that this server has.
func (o *office) open(t *testing.T) alerts.MailConfig {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	card := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, card, card, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	s := smtp.NewServer(o)
	s.Domain, s.ErrorLog = "localhost", nowhere{}
	s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	wait.Go(func() { _ = s.Serve(l) })
	t.Cleanup(func() { _ = s.Close(); wait.Wait() })
	return alerts.MailConfig{Host: "localhost", Port: l.Addr().(*net.TCPAddr).Port, From: "doorknock <bell@elm.test>", CAFile: file}
}

// parsed is a mail as a reader's program reads it.
func parsed(t *testing.T, raw string) (h mail.Header, text, page string) {
	t.Helper()
	for line := range strings.SplitSeq(raw, "\r\n") {
		if len(line) > 998 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s, %v", kind, err)
	}
	var parts []string
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil || !strings.EqualFold(p.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			t.Fatal(p.Header, err)
		}
		parts = append(parts, strings.ReplaceAll(string(body), "\r\n", "\n"))
	}
	if len(parts) != 2 {
		t.Fatalf("%d parts", len(parts))
	}
	return m.Header, parts[0], parts[1]
}

// TestMailThroughARealServer: the edition goes over STARTTLS to a mail server and is parsed back, in both languages, with the
// headers of RFC 8058; an address that would inject a header is refused, and a server whose certificate nobody knows is given nothing.
func TestMailThroughARealServer(t *testing.T) {
	o := &office{mails: map[string][]string{}, keep: true}
	settings := o.open(t)
	mailer, err := alerts.NewMailer(settings, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	r := seen(t)
	r.comments("2026-W47", 60, 0, 40)
	at := now
	ann := r.reader("ann@elm.test", "Europe/London", store.Wants{}, at)
	eirlys := r.reader("eirlys@elm.test", "Europe/London", store.Wants{}, at)
	if err := r.db.SetSubscription(t.Context(), eirlys, store.Choice{Zone: "Europe/London", Language: "cy"}); err != nil {
		t.Fatal(err)
	}
	s := sending(r, nil, &at)
	s.Mailer = mailer
	at = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	if n := send(t, s); n != 2 {
		t.Fatalf("sent %d", n)
	}
	h, text, page := parsed(t, o.mails["ann@elm.test"][0])
	for name, want := range map[string]string{
		"List-Unsubscribe": "<https://doors.test/digest/" + ann + "/end>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"Auto-Submitted": "auto-generated", "To": "<ann@elm.test>", "From": `"doorknock" <bell@elm.test>`,
		"Subject": "doorknock, 16 November to 22 November 2026: 1 door opened; 1 door closed or became restricted",
	} {
		if got := strings.ReplaceAll(h.Get(name), "\r\n ", " "); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if id := h.Get("Message-Id"); !strings.HasSuffix(id, "@elm.test>") {
		t.Errorf("Message-ID %q", id)
	}
	for _, part := range []string{text, page} {
		for _, want := range []string{"1 door opened", "Elm Homes", "http://127.0.0.1:8080/findings/f1", "http://127.0.0.1:8080/digest/2026-W47", "https://doors.test/digest/" + ann} {
			if !strings.Contains(part, want) {
				t.Errorf("a part lacks %q:\n%s", want, part)
			}
		}
	}
	for _, never := range []string{"<img", "<script", "<style", "<link", "src=", "@import", "url("} {
		if strings.Contains(page, never) {
			t.Errorf("the page holds %q", never)
		}
	}
	h, text, _ = parsed(t, o.mails["eirlys@elm.test"][0])
	subject, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if err != nil || !strings.HasPrefix(subject, "doorknock, 16 Tachwedd i 22 Tachwedd 2026: Drysau a agorodd: 1") || !strings.Contains(text, "BETH A NEWIDIODD") {
		t.Errorf("Welsh: %q, %v\n%s", subject, err, text)
	}
	if _, err := mailer.Send(t.Context(), alerts.Mail{ID: "x", Subject: "a\r\nBcc: b@elm.test", Text: "t"}, "a@elm.test\r\nBcc: b@elm.test"); err == nil {
		t.Error("an address with a header in it is written to")
	}
	settings.CAFile = ""
	stranger, err := alerts.NewMailer(settings, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	before := o.taken
	if _, err := stranger.Send(t.Context(), alerts.Mail{ID: "x", Subject: "s", Text: "t"}, "ann@elm.test"); err == nil || o.taken != before {
		t.Errorf("a server that nobody knows is given a mail: %v", err)
	}
}

// TestManyMails: many readers (at night five thousand) in one run through a real server, with memory that does not grow with them.
func TestManyMails(t *testing.T) {
	o := &office{}
	mailer, err := alerts.NewMailer(o.open(t), os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	r := seen(t)
	at := now
	r.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO subscription (id, address, wants, confirmed_at, recorded_at) SELECT printf('%032x', i), 'r' || i || '@elm.test', '{}', ?2, ?2 FROM n`, mailed, stamp(at))
	s := sending(r, nil, &at)
	s.Mailer = mailer
	at = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, began, most := heap(), time.Now(), uint64(0)
	done := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		for tick := time.NewTicker(200 * time.Millisecond); ; {
			select {
			case <-done:
				tick.Stop()
				return
			case <-tick.C:
				most = max(most, heap())
			}
		}
	})
	n := send(t, s)
	close(done)
	wait.Wait()
	if n != mailed || o.taken != mailed {
		t.Errorf("sent %d, taken %d, want %d", n, o.taken, mailed)
	}
	grew := int64(most) - int64(before)
	if grew > 16<<20 {
		t.Errorf("the heap grew by %d bytes", grew)
	}
	t.Logf("%d mails over STARTTLS in %v, heap at most %.1f MiB more", n, time.Since(began).Round(time.Millisecond), float64(grew)/(1<<20))
}
