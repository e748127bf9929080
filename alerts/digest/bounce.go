package digest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"strings"
)

// Limits of what a mail server's report is read of.
const (
	mostBounce     = 1 << 20 // bytes of one report
	mostRecipients = 100
)

// ErrNoBounce says that a message is no report of a mail server that an address does not exist: an answer of a person, a note of
// absence, a report of a delay or of a fault that may pass.
var ErrNoBounce = errors.New("this is no report that a mail could not be delivered for good")

// Bounced reads a mail server's report (RFC 3464) and gives the addresses that it says will never take a mail: those that failed
// with a status 5.x.x. Whose mail it was is not read. ErrNoBounce: there is none.
func Bounced(r io.Reader) ([]string, error) {
	m, err := mail.ReadMessage(io.LimitReader(r, mostBounce))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrNoBounce, err.Error()) //nolint:errorlint // whatever else it is
	}
	kind, with, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || with["report-type"] != "delivery-status" {
		return nil, ErrNoBounce
	}
	parts := multipart.NewReader(m.Body, with["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, ErrNoBounce
		}
		if kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type")); err == nil && kind == "message/delivery-status" {
			return failedFor(part)
		}
	}
}

// failedFor reads the groups of a delivery status: the first is about the message, each other about one address.
func failedFor(r io.Reader) ([]string, error) {
	var all []string
	groups := textproto.NewReader(bufio.NewReader(r))
	for range mostRecipients {
		about, err := groups.ReadMIMEHeader()
		if address := failed(about); address != "" {
			all = append(all, address)
		}
		if err != nil {
			break
		}
	}
	if len(all) == 0 {
		return nil, ErrNoBounce
	}
	return all, nil
}

// failed gives the address of a group that says that it failed for good, else "".
func failed(about textproto.MIMEHeader) string {
	if !strings.EqualFold(strings.TrimSpace(about.Get("Action")), "failed") || !strings.HasPrefix(strings.TrimSpace(about.Get("Status")), "5.") {
		return ""
	}
	for _, field := range []string{"Original-Recipient", "Final-Recipient"} { // the first is the one that we wrote to
		kind, address, ok := strings.Cut(about.Get(field), ";")
		if !ok || !strings.EqualFold(strings.TrimSpace(kind), "rfc822") {
			continue
		}
		if parsed, err := mail.ParseAddress(strings.TrimSpace(address)); err == nil {
			return parsed.Address
		}
	}
	return ""
}
