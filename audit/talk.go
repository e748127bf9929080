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
	Edited    bool   // another wording of it was seen later
	Hidden    bool   // from visitors, as the organisation's own token or webhook tells exactly
	Removed   bool   // as its webhook tells exactly; by whom it does not tell
	Manner    Manner // of the organisation's own
}

// Posted is a post of the organisation as the figures about talk know it: one, whatever its addresses.
type Posted struct {
	Post

	Channel string
	Seen    time.Time // our last sight of it
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

// Shown is what one method showed of comments, from one look to another.
type Shown struct {
	Listing

	Channel     string
	Listed      int       // how many; Comments may be dropped when it is old
	First, Last time.Time // the looks that showed it
	Looks       int
}
