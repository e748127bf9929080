package alerts

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"os"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"doorknock/audit"
)

// MailConfig is the `mail:` part of doorknock.yaml: the server that takes our mail.
type MailConfig struct {
	Host string `yaml:"host"` // "": no mail is sent
	Port int    `yaml:"port"` // default 587, with implicit TLS 465
	// TLS is starttls (default), implicit, or none, which only a server on this machine may have.
	TLS          string       `yaml:"tls"`
	Username     string       `yaml:"username"`
	Password     audit.Secret `yaml:"password"` // ${NAME}: read from the environment
	PasswordFile string       `yaml:"password_file"`
	From         string       `yaml:"from"` // such as doorknock <doorknock@example.org>
	// CAFile is a PEM file with the certificate authority of a server that has none of the public ones; "": the machine's.
	CAFile string `yaml:"ca_file"`
}

func (c MailConfig) password() secretOf { return secretOf{"password", c.Password, c.PasswordFile} }

// Ways to keep a mail's words from those in between.
const (
	startTLS    = "starttls"
	implicitTLS = "implicit"
	noTLS       = "none"
)

// Validate reports every mistake at once, each with its key. A part without a host is no mistake.
func (c MailConfig) Validate() error {
	if c == (MailConfig{}) {
		return nil
	}
	var errs []error
	if c.Host == "" || strings.ContainsAny(c.Host, " /:\r\n") {
		errs = append(errs, fmt.Errorf("mail.host: %q is not the name of a server, such as smtp.example.org", c.Host))
	}
	if c.Port < 0 || c.Port > 65535 {
		errs = append(errs, fmt.Errorf("mail.port: %d is not between 1 and 65535", c.Port))
	}
	switch c.TLS {
	case "", startTLS, implicitTLS:
	case noTLS:
		if !here(c.Host) {
			errs = append(errs, errors.New("mail.tls: none is for a server on this machine only: others could read the mail on its way"))
		}
	default:
		errs = append(errs, fmt.Errorf("mail.tls: %q is not one of starttls, implicit, none", c.TLS))
	}
	if _, err := readAddress(c.From); err != nil {
		errs = append(errs, fmt.Errorf("mail.from: %w", err))
	}
	if c.CAFile != "" && c.TLS == noTLS {
		errs = append(errs, errors.New("mail.ca_file: says nothing where mail.tls is none"))
	}
	if c.Username == "" && (c.Password != "" || c.PasswordFile != "") {
		errs = append(errs, errors.New("mail.username: missing beside the password"))
	}
	return errors.Join(append(errs, c.password().validate("mail", c.Username != "", oneLine))...)
}

func here(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.IsLoopback())
}

// readAddress reads one mail address, with or without a name.
func readAddress(text string) (*mail.Address, error) {
	if err := oneLine(text); err != nil {
		return nil, err
	}
	a, err := mail.ParseAddress(text)
	if err != nil {
		return nil, fmt.Errorf("%q is not a mail address such as team@example.org", audit.Untrusted(text).Plain(maxName))
	}
	return a, nil
}

// Mail is one mail. Its text part says all that the HTML says.
type Mail struct {
	ID      string // of its Message-ID: the same for every attempt
	Subject string
	Text    string
	HTML    string
	// Unsubscribe is the https address of RFC 8058's one click; "" where there is nothing to unsubscribe from.
	Unsubscribe string
}

// Mailer hands mails to the operator's server.
type Mailer struct {
	from   *mail.Address
	host   string
	client *gomail.Client
}

// NewMailer makes a mailer of settings that Validate has passed and that name a host. It opens no connection.
func NewMailer(c MailConfig, getenv func(string) string) (*Mailer, error) {
	if c.Host == "" {
		return nil, errors.New("make the mailer: the settings name no mail.host")
	}
	from, err := readAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("mail.from: %w", err)
	}
	password, err := c.password().read(getenv, oneLine)
	if err != nil {
		return nil, fmt.Errorf("mail.%w", err)
	}
	options := []gomail.Option{gomail.WithTimeout(attemptLimit), gomail.WithDialContextFunc((&net.Dialer{Timeout: 5 * time.Second}).DialContext)}
	switch c.TLS {
	case implicitTLS:
		options = append(options, gomail.WithSSLPort(false))
	case noTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPortPolicy(gomail.TLSMandatory))
	}
	if c.CAFile != "" {
		roots, err := readRoots(c.CAFile)
		if err != nil {
			return nil, err
		}
		options = append(options, gomail.WithTLSConfig(&tls.Config{ServerName: c.Host, RootCAs: roots, MinVersion: tls.VersionTLS12}))
	}
	if c.Port > 0 {
		options = append(options, gomail.WithPort(c.Port))
	}
	if c.Username != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(c.Username),
			gomail.WithPassword(password.Reveal()))
	}
	client, err := gomail.NewClient(c.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("make the mailer: %w", err)
	}
	return &Mailer{from: from, host: c.Host, client: client}, nil
}

func readRoots(file string) (*x509.CertPool, error) {
	data, err := os.ReadFile(file) //nolint:gosec // the operator's own file
	if err != nil {
		return nil, fmt.Errorf("mail.ca_file: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("mail.ca_file: %s holds no certificate in PEM", file)
	}
	return roots, nil
}

// Send hands the mail over, one by one to each address, so that nobody reads who else has it, in one connection. The
// error has the classes of Receiver; where only some addresses were refused for good, refused names them and err is nil.
func (s *Mailer) Send(ctx context.Context, m Mail, to ...string) (refused []string, err error) {
	messages := make([]*gomail.Msg, 0, len(to))
	for _, address := range to {
		message, err := s.message(m, address)
		if err != nil {
			return nil, fmt.Errorf("%w: write the mail: %w", ErrPermanent, err)
		}
		messages = append(messages, message)
	}
	return s.outcome(s.client.DialAndSendWithContext(ctx, messages...), messages, to)
}

func (s *Mailer) message(m Mail, to string) (*gomail.Msg, error) {
	address, err := readAddress(to)
	if err != nil {
		return nil, err
	}
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	message.FromMailAddress(s.from)
	message.ToMailAddress(address)
	message.Subject(audit.Untrusted(m.Subject).Plain(maxName))
	message.SetMessageIDWithValue(m.ID + "." + audit.Hash("mail", address.Address) + "@" + domain(s.from.Address))
	message.SetDate()
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.Unsubscribe != "" {
		message.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+m.Unsubscribe+">")
		message.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	message.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		message.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return message, nil
}

func domain(address string) string { return address[strings.LastIndex(address, "@")+1:] }

// outcome says what came of one connection. A mail that was handed over whole and not answered is uncertain; so is all,
// where some addresses have it and another is to be tried again.
func (s *Mailer) outcome(err error, messages []*gomail.Msg, to []string) (refused []string, _ error) {
	var again, doubt error
	delivered := 0
	for i, message := range messages {
		switch sent := message.SendError(); {
		case message.IsDelivered():
			delivered++
		case sent == nil: // the connection ended before its turn
			again = errors.Join(again, err)
		default:
			failed, _ := errors.AsType[*gomail.SendError](sent)
			switch {
			case failed.ErrorCode() >= 500:
				refused = append(refused, to[i])
			case failed.ErrorCode() == 0 && (failed.Reason == gomail.ErrSMTPDataClose || failed.Reason == gomail.ErrWriteContent):
				doubt = errors.Join(doubt, sent)
			default:
				again = errors.Join(again, sent)
			}
		}
	}
	switch {
	case doubt != nil, again != nil && delivered > 0:
		return refused, fmt.Errorf("%w: %w", ErrUncertain, errors.Join(doubt, again))
	case again != nil:
		return refused, fmt.Errorf("hand the mail to %s: %w", s.host, again)
	case delivered == 0 && len(refused) > 0:
		return refused, fmt.Errorf("%w: %s refused the mail to %s: %w", ErrPermanent, s.host, strings.Join(refused, ", "), err)
	}
	return refused, nil
}
