package crawler

import (
	"net/http"
	"net/url"
	"time"

	"doorknock/audit"
)

// Answer is what one request got, before anybody reads it. Body is decoded from its content coding but not from its
// charset; nobody may write to it once a page is made of the answer. Problem says why the answer cannot be a proof of
// anything, "" where it came whole with status 200.
type Answer struct {
	Request Request
	URL     *url.URL // the address that answered
	Status  int      // 0 where no answer came
	Header  http.Header
	Body    []byte
	Problem audit.Reason
	At      time.Time
	Capture string // id of the capture that holds it
	Known   string // the address by which an earlier visit knew the page, where it has moved since; "" is its own
	How     audit.How
	Drawn   bool // Body is the document that a browser made of what the site sent
}

// Request is one address a plan wants read, with what the plan needs to know when the answer comes.
type Request struct {
	URL      string
	For      Purpose
	Depth    int              // clicks from the home page
	Words    []string         // ids of the checks whose words the link holds, for the coverage
	Post     *audit.PostFacts // what interface and feed said of the post, where the page is a post
	Accept   string           // Accept header; "" for a page
	Priority int              // higher first within a visit
	People   bool             // the answer may hold people's comments or names: its capture is sealed
	Key      string           // name of the key that the transport is to send with it; "" for none
	Call     *Call            // to the platform's own interface; nil: a page of a site
	HashOnly bool             // what came is known by its hash and the server's date; its bytes are not kept
}

// Purpose says what a request is for; a plan's Next looks at it.
type Purpose string

// The purposes known to the crawler itself. Platforms add their own.
const (
	ForHome   Purpose = "home"
	ForRobots Purpose = "robots"
	ForPage   Purpose = "page"
	// ForCalendar is a file of dates that a page links. Only the checks that read such files are asked about it.
	ForCalendar Purpose = "calendar"
)
