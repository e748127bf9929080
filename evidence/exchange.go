package evidence

import (
	"net/http"
	"time"
)

// Exchange is one request and its answer as they went over the wire: one hop, redirects being hops of their own.
type Exchange struct {
	Method, URL               string
	RequestHead, ResponseHead []byte // start line and header lines; the blank line that ends them may be missing
	Body                      []byte // as it came, before content-decoding; transfer coding already undone
	At                        time.Time
	IP                        string
	TLS                       string // protocol version and cipher, "" for plain HTTP
	Truncated                 string // why Body is not whole: "", "length", "time" or "disconnect"
	Drawn                     bool   // not sent by anybody: the document that a browser made of what was; ResponseHead says only its type
	Given                     bool   // not fetched: somebody gave it to us, a saved page, a picture, an answer; it is kept without an answer's head, of which ResponseHead gives its type
	Revisit                   string // SHA-256 hex of the decoded body this answer repeats (304, or unchanged), "" for a new one
}

// Kept says where an exchange was put: enough, written into a capture, to read it again.
type Kept struct {
	File   string // relative to the evidence folder, always with forward slashes
	Offset int64  // of the response or revisit record's gzip member in the (opened) file
	Sealed bool
	Key    []byte // of a sealed file; it belongs in the database and nowhere else
}

// Stored is an answer read back from the folder.
type Stored struct {
	Header http.Header
	Status int
	Body   []byte // content-decoded
}
