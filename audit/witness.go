package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

// An Answer is what a witness says to one question of the form.
type Answer string

// The answers. No answer is "".
const (
	Yes    Answer = "yes"
	No     Answer = "no"
	Unsure Answer = "unsure"
)

// Valid reports whether a is one of the answers, none included.
func (a Answer) Valid() bool { return a == "" || a == Yes || a == No || a == Unsure }

// Witnessed are the checks that a person who looks can answer, in the order in which the form asks.
var witnessed = [...]CheckID{"visitor_posts", "reviews", "comments"}

// Witnessed gives the checks that a person who looks can answer, in the order in which the form asks.
func Witnessed() []CheckID { return slices.Clone(witnessed[:]) }

// LastPosts is how many posts the form asks about, and fewestPosts how few without a box say anything.
const (
	LastPosts   = 10
	fewestPosts = 3
)

// A Statement is what one person saw of one channel, as the form asks it: no name, no address, nothing about the person.
type Statement struct {
	V        int       `json:"v"`
	Campaign string    `json:"campaign"`
	Invite   string    `json:"invite"` // its id; one invite is one person
	Channel  string    `json:"channel"`
	URL      string    `json:"url"`
	At       time.Time `json:"at"` // when the person looked
	LoggedIn Answer    `json:"logged_in"`
	Blocked  Answer    `json:"blocked"` // by this page, as far as the person knows
	// Saw says for each check whether the page offered it; comments are told by the two counts.
	Saw     map[CheckID]Answer `json:"saw"`
	Posts   int                `json:"posts"`      // newest posts looked at, 10 at most
	Boxes   int                `json:"with_a_box"` // of them, with a box to comment
	Control string             `json:"control_url"`
	// ControlSaw says the same of a page that is known to be open, looked at in the same way.
	ControlSaw map[CheckID]Answer `json:"control_saw"`
	Artefact   *Artefact          `json:"artefact,omitempty"`
}

// An Artefact is what a witness adds so that others can check: a picture of the screen, or the page saved. Its bytes are
// sealed apart and never public.
type Artefact struct {
	Kind  string `json:"kind"`   // picture, page
	Type  string `json:"type"`   // content type of what is kept
	Hash  string `json:"sha256"` // of the bytes as they came
	Kept  string `json:"kept"`   // SHA-256 of what is kept: a picture is drawn anew, without what the camera wrote into it
	Bytes int    `json:"bytes"`  // of what is kept
}

// ErrStatement is wrapped where a statement cannot be one.
var ErrStatement = errors.New("this is no whole answer")

// ErrLooked is wrapped where an invitation's look at a place is there already: one person, one look.
var ErrLooked = errors.New("this invitation has been used for this page")

// Check reports what is wrong with a statement, for the person who fills in the form.
func (s Statement) Check(asked []CheckID) error {
	switch {
	case s.V != 1 || s.Invite == "" || s.Campaign == "" || s.Channel == "" || len(s.URL) > 2048 || len(s.Control) > 2048 || s.At.IsZero():
		return fmt.Errorf("%w: it does not say which page it is about, for whom, or when", ErrStatement)
	case s.LoggedIn != Yes && s.LoggedIn != No || s.Blocked != Yes && s.Blocked != No:
		return fmt.Errorf("%w: please say whether you were logged in, and whether the page has blocked you", ErrStatement)
	case s.Posts < 0 || s.Posts > LastPosts || s.Boxes < 0 || s.Boxes > s.Posts:
		return fmt.Errorf("%w: of the last %d posts, more had a box than you looked at", ErrStatement, LastPosts)
	case !utf8.ValidString(s.URL + s.Control + s.Invite + s.Campaign + s.Channel):
		return fmt.Errorf("%w: its words cannot be read", ErrStatement)
	}
	for _, c := range asked {
		if c != "comments" && (s.Saw[c] == "" || !s.Saw[c].Valid()) || s.ControlSaw[c] != Yes && s.ControlSaw[c] != No {
			return fmt.Errorf("%w: please answer each question, for both pages", ErrStatement)
		}
	}
	for c := range s.Saw {
		if !slices.Contains(asked, c) {
			return fmt.Errorf("%w: it answers what was not asked", ErrStatement)
		}
	}
	for c := range s.ControlSaw {
		if !slices.Contains(asked, c) {
			return fmt.Errorf("%w: it answers what was not asked", ErrStatement)
		}
	}
	return nil
}

// Bytes is the statement as it is kept and hashed: the same statement gives the same bytes.
func (s Statement) Bytes() []byte {
	s.At = s.At.UTC().Truncate(time.Second)
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings, numbers and a time cannot fail
	}
	return b
}

// VisitID names the statement's visit: the same statement sent twice is one.
func (s Statement) VisitID() string {
	return VisitID(s.Channel, ByWitness, s.Invite, time.Time{})
}

// Findings are the statement's answers to the checks that were asked. A "no" speaks only where the person was logged in, was not
// blocked, and saw on the control page what is known to be there; and alone it confirms nothing (Confirm).
func (s Statement) Findings(asked []CheckID) []Finding {
	body := s.Bytes()
	all := make([]Finding, 0, len(asked))
	for _, c := range asked {
		f := Finding{Visit: s.VisitID(), Channel: s.Channel, Check: c, How: ByWitness, ObservedAt: s.At.UTC().Truncate(time.Second)}
		f.Verdict = s.verdict(c, body)
		if c == "comments" && s.Posts > 0 {
			f.Of = &Of{Open: s.Boxes, Closed: s.Posts - s.Boxes}
			if f.Verdict.State() == Unknown {
				f.Of = &Of{Open: s.Boxes, Unknown: s.Posts - s.Boxes}
			}
		}
		f.ID = FindingID(f.Visit, f.Check, f.Scope)
		all = append(all, f)
	}
	return all
}

func (s Statement) verdict(c CheckID, body []byte) Verdict {
	state, kind, reason := s.seen(c)
	switch {
	case reason != "":
		return UnknownFor(reason)
	case s.ControlSaw[c] != Yes: // this person, or this day, shows nothing where something is: it says nothing about the page
		return UnknownFor(ReasonQuarantined)
	case state != Open && s.Blocked == Yes:
		return UnknownFor(ReasonBlocked)
	case state != Open && s.LoggedIn != Yes:
		return UnknownFor(ReasonLoginWall)
	}
	v, err := NewVerdict(state, "", kind, s.evidence(c, body))
	if err != nil {
		return UnknownFor(ReasonInternal)
	}
	return v
}

// seen is what the page offered, or the reason why the answer does not tell.
func (s Statement) seen(c CheckID) (State, Kind, Reason) {
	if c == "comments" {
		switch {
		case s.Posts == 0:
			return Unknown, "", ReasonNoMarker
		case s.Boxes == s.Posts:
			return Open, "", ""
		case s.Boxes > 0:
			return Restricted, KindSomePosts, ""
		case s.Posts < fewestPosts: // one closed post never makes a page closed
			return Unknown, "", ReasonIncomplete
		}
		return Closed, "", ""
	}
	switch s.Saw[c] {
	case Yes:
		return Open, "", ""
	case No:
		return Closed, "", ""
	}
	return Unknown, "", ReasonNoMarker
}

// evidence points at the answer in the statement's own bytes.
func (s Statement) evidence(c CheckID, body []byte) *Evidence {
	within, mark := `"saw":`, fmt.Sprintf("%q:%q", c, s.Saw[c])
	path := "saw." + string(c)
	if c == "comments" {
		within, mark, path = `"posts":`, fmt.Sprintf(`"posts":%d,"with_a_box":%d`, s.Posts, s.Boxes), "posts, with_a_box"
	}
	from := bytes.Index(body, []byte(within))
	if from < 0 {
		return nil
	}
	at := bytes.Index(body[from:], []byte(mark))
	if at < 0 {
		return nil
	}
	return &Evidence{Type: JSONPath, Rule: "witness", Version: 1, Offset: from + at, Length: len(mark), Path: path, Excerpt: mark, How: ByWitness, URL: s.URL}
}

// maxStatement is more than any statement has.
const maxStatement = 16 << 10

// ParseStatement reads a statement's bytes, which anybody may have written.
func ParseStatement(b []byte) (Statement, error) {
	var s Statement
	if len(b) > maxStatement {
		return s, fmt.Errorf("%w: it is too long", ErrStatement)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, fmt.Errorf("%w: %w", ErrStatement, err)
	}
	s.Artefact = nil // whoever keeps the bytes says what they are
	return s, nil
}
