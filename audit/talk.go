package audit

import "time"

// Said is a comment without its words: what figures about talk are made of.
type Said struct {
	ID      string
	Channel string
	Post    string
	Parent  string // Said.ID of the comment that it answers, or ""
	By      Author
	From    time.Time // when it was said, the earliest its place allows; zero: not told
	To      time.Time // the latest; zero where From is exact
	Seen    time.Time // our first sight of it
	Watched time.Time // our last look at its post: until then we know whether somebody answered
	// Assessed says that the scorer has read it; Complaint, Threat and Spam are false where it has not.
	Assessed  bool
	Complaint bool
	Threat    bool
	Spam      bool
	Manner    Manner // of the organisation's own
}

// Manner is what an organisation's own comment does for the one it answers. The zero value: its words were not read.
type Manner string

// The manners of an answer.
const (
	MannerStock  Manner = "stock"  // it only asks to be written to elsewhere, or thanks for the comment
	MannerAction Manner = "action" // it names something that somebody does, did or will do
	MannerOther  Manner = "other"
)

// Began is when it was said, else when it was first seen.
func (s Said) Began() time.Time {
	if s.From.IsZero() {
		return s.Seen
	}
	return s.From
}
