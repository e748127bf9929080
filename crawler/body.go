package crawler

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"doorknock/audit"
	"doorknock/evidence"
)

// read takes the body off the wire and undoes its coding. What it leaves out, it says so by an error.
func (h *hop) read(ctx context.Context, cancel context.CancelFunc, resp *http.Response) ([]byte, error) {
	if h.asked == nil && resp.StatusCode == http.StatusNotModified {
		return nil, refuse(audit.ReasonServerError, "status 304 that was not asked for")
	}
	if h.page && resp.StatusCode == http.StatusOK && !maybeHTML(resp.Header.Get("Content-Type")) {
		return nil, refuse(audit.ReasonNotHTML, "content type %.60q", resp.Header.Get("Content-Type"))
	}
	if !h.page && !h.any && resp.StatusCode == http.StatusOK && !h.robots && !maybeText(resp.Header.Get("Content-Type")) {
		return nil, refuse(audit.ReasonNotHTML, "content type %.60q", resp.Header.Get("Content-Type"))
	}
	limit := evidence.MaxBody
	switch {
	case h.robots:
		limit = robotsBytes
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		limit = smallBody // nobody reads it, and its fate does not matter
	}
	wire, err := h.drain(ctx, cancel, resp, limit)
	h.ticket.place.back()
	h.exchange.Body = wire
	if err != nil && !h.robotsCut(err) {
		return nil, err
	}
	body, reason, err := evidence.Decode(strings.Join(resp.Header.Values("Content-Encoding"), ","), wire, evidence.Limits{Bytes: limit})
	if err != nil && h.robots && (reason == audit.ReasonTooLarge || h.exchange.Truncated == "length") {
		return body, nil
	}
	if err != nil {
		return nil, &refusal{reason, err}
	}
	if h.page && resp.StatusCode == http.StatusOK && endless(resp) && !ends(body) {
		return nil, refuse(audit.ReasonNetwork, "body of %d bytes without announced length and without its end", len(body))
	}
	return body, nil
}

// endless says that nothing but the connection's end tells where the body ends, so that a cut looks like an end.
func endless(resp *http.Response) bool {
	return resp.ContentLength < 0 && len(resp.TransferEncoding) == 0 && resp.TLS == nil && resp.Header.Get("Content-Encoding") == ""
}

// ends looks for the end of a page where it belongs.
func ends(body []byte) bool {
	tail := body[max(0, len(body)-4096):]
	return bytes.Contains(bytes.ToLower(tail), []byte("</html"))
}

// robotsCut says that the error is only that a robots.txt is long: its first part counts.
func (h *hop) robotsCut(err error) bool {
	var r *refusal
	return h.robots && errors.As(err, &r) && r.reason == audit.ReasonTooLarge
}

// usualBody is how much room a body is given before it has come.
const usualBody = 64 << 10

// drain reads up to limit bytes. It stops a body that drips, and marks in the record why a body is not whole.
func (h *hop) drain(ctx context.Context, cancel context.CancelFunc, resp *http.Response, limit int) ([]byte, error) {
	meter := newMeter(cancel)
	defer meter.stop()
	var buf bytes.Buffer
	if n := resp.ContentLength; n > 0 { // what a site says of itself gets no more room than a page usually takes
		buf.Grow(int(min(n, int64(limit), usualBody)) + bytes.MinRead)
	}
	src := io.TeeReader(io.LimitReader(resp.Body, int64(limit)+1), meter)
	_, err := io.CopyN(&buf, src, smallBody)
	for err == nil && buf.Len() <= limit {
		more := min(buf.Len(), limit+1-buf.Len())
		if err = h.hold(ctx, meter, more); err == nil {
			_, err = io.CopyN(&buf, src, int64(more))
		}
	}
	h.guest.land()
	if err == io.EOF { //nolint:errorlint // CopyN's word for "shorter"; an EOF inside another error is a failure
		err = nil
	}
	switch {
	case err == nil && buf.Len() > limit:
		h.exchange.Truncated = "length"
		return buf.Bytes()[:limit], refuse(audit.ReasonTooLarge, "body of more than %d bytes", limit)
	case err == nil:
		return buf.Bytes(), nil
	case meter.slow() || ctx.Err() != nil:
		h.exchange.Truncated = "time"
		return buf.Bytes(), refuse(audit.ReasonTimeout, "body cut after %d bytes: %w", buf.Len(), err)
	}
	h.exchange.Truncated = "disconnect"
	return buf.Bytes(), refuse(audit.ReasonNetwork, "body ended after %d bytes: %w", buf.Len(), err)
}

// hold takes room for more of a large body. It is given back by letGo, when the page has been read.
func (h *hop) hold(ctx context.Context, m *meter, more int) error {
	if h.guest == nil {
		h.guest = h.t.room.enter(m.giveUp)
	}
	m.pause(true)
	defer m.pause(false)
	return h.guest.take(ctx, more)
}

func (h *hop) letGo() {
	h.guest.leave()
	h.guest = nil
}

// headOnly is the answer as the fetcher shall see it. The body stays with the hop: the fetcher would copy it, inflate
// what only says that it is gzip, and change its charset, while offsets into the bytes as they came are evidence.
func headOnly(resp *http.Response) *http.Response {
	out := *resp
	out.Body, out.ContentLength, out.Uncompressed = http.NoBody, 0, true
	return &out
}

func maybeHTML(contentType string) bool {
	kind := mediaType(contentType)
	return kind == "" || kind == "text/html" || kind == "application/xhtml+xml"
}

// maybeText lets through what an interface, feed or sitemap may come as.
func maybeText(contentType string) bool {
	kind := mediaType(contentType)
	return kind == "" || strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "json") ||
		strings.HasSuffix(kind, "xml") || kind == "application/javascript" ||
		kind == "application/gzip" || kind == "application/x-gzip" // a sitemap that is a compressed file
}

func mediaType(contentType string) string {
	kind, _, _ := strings.Cut(contentType, ";")
	return Lower(strings.TrimSpace(kind))
}
