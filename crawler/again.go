package crawler

import (
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"

	"doorknock/audit"
)

// Again is a stored answer of a visit that is to be read once more.
type Again struct {
	audit.Capture             // with Asked
	How           audit.How   // of the visit
	Header        http.Header // and Body: of the stored answer; not needed where the capture has a reason
	Body          []byte
}

// ReadAgain makes the readings that today's checks give of a stored answer, as a visit's own reading does. A check that
// panics over what a site once sent is an error.
func ReadAgain(checks []Check, x Again, s *Scripts) (readings []audit.Reading, err error) {
	if x.Asked == nil {
		return nil, nil
	}
	at, err := url.Parse(x.URL)
	if err != nil {
		return nil, fmt.Errorf("read address of capture %s: %w", x.ID, err)
	}
	defer func() {
		if p := recover(); p != nil {
			readings, err = nil, fmt.Errorf("read capture %s again: panic: %v\n%s", x.ID, p, debug.Stack())
		}
	}()
	a := Answer{
		Request: Request{URL: x.URL, For: ForPage, Depth: x.Asked.Depth, Post: x.Asked.Post}, URL: at, Status: x.Status, Header: x.Header,
		Body: x.Body, Problem: x.Reason, At: x.At, Capture: x.ID, How: x.How, Drawn: len(x.MadeFrom) > 0 || x.Asked.Made,
		Known: x.Asked.Known,
	}
	switch {
	case x.Asked.Home:
		a.Request.For = ForHome
	case x.Asked.Calendar:
		a.Request.For = ForCalendar
	}
	if !mayRead(a) {
		return nil, nil
	}
	if only := x.Asked.Only; len(only) > 0 {
		checks = slices.DeleteFunc(slices.Clone(checks), func(c Check) bool { return !slices.Contains(only, c.ID) })
	}
	return NewPage(a, s).Read(checks), nil
}

// askedOf is what a later reading needs to know of a request whose page the checks read, nil for any other.
func askedOf(r Request) *audit.Asked {
	if r.Accept != "" && r.For != ForCalendar || r.For == ForRobots {
		return nil
	}
	asked := audit.Asked{Home: r.For == ForHome, Calendar: r.For == ForCalendar, Depth: r.Depth}
	if r.Post != nil {
		post := *r.Post
		post.Author = "" // only needed to know whose a comment is
		asked.Post = &post
	}
	return &asked
}

// mayRead reports whether the checks are asked about an answer. Of one that could not be read they are asked only where
// it is about that page: the home page, and a post.
func mayRead(a Answer) bool {
	return (a.Request.Accept == "" || a.Request.For == ForCalendar) && (a.Problem == "" || a.Request.For == ForHome || a.Request.Post != nil)
}
