package audit

import (
	"slices"
	"time"
)

// Post is something the organisation published that people may be able to comment on.
type Post struct {
	ID        string    `json:"id"` // Hash(channel, url)
	URL       string    `json:"url"`
	Title     string    `json:"title"`
	Published time.Time `json:"published,omitzero"`
	Native    string    `json:"native,omitempty"` // the platform's own number of it; "" where it tells none
}

// Same says which posts are one under several addresses, for an address may change: the platform's own number, else the
// day it was published and what its title says; else the address alone.
func (p Post) Same(channel string) string {
	switch {
	case p.Native != "":
		return Hash("post", channel, p.Native)
	case !p.Published.IsZero() && Print(p.Title) != "":
		return Hash("post", channel, p.Published.UTC().Format(time.RFC3339), Print(p.Title))
	}
	return p.ID
}

// Method is one of the ways in which the comments of a place can be seen.
type Method string

// The methods.
const (
	ByPage      Method = "page"      // as the page shows them to a visitor
	ByInterface Method = "interface" // as the site's interface, or the server of its comments, gives them to anybody
)

// Listing is what one method shows of the comments under a post.
type Listing struct {
	Capture  string    `json:"capture"` // that holds it; a page that has not changed since shows the same again
	Method   Method    `json:"method"`
	Post     string    `json:"post,omitempty"` // Post.ID; "" for all posts of the channel
	Complete bool      `json:"complete"`       // it shows all there are, of those said since Since
	Since    time.Time `json:"since,omitzero"` // zero: from the first on
	Comments []string  `json:"comments"`       // Comment.ID
}

// Author says whether a comment is the organisation's own. The zero value is not known.
type Author uint8

// The answers to "is this comment by the organisation?".
const (
	AuthorUnknown Author = iota
	AuthorPublic
	AuthorOrganisation
)

// Comment is what somebody said on a channel. Its author is only a pseudonym, its text is redacted.
type Comment struct {
	ID       string    `json:"id"`
	Post     string    `json:"post"` // Post.ID
	System   string    `json:"system"`
	URL      string    `json:"url"`
	Author   string    `json:"author"` // 32 hex digits
	By       Author    `json:"by"`
	Parent   string    `json:"parent,omitempty"` // Comment.ID
	Time     time.Time `json:"time,omitzero"`    // earliest the page allows
	TimeMax  time.Time `json:"time_max,omitzero"`
	Text     string    `json:"text"` // redacted
	TextHash string    `json:"text_hash"`
	Print    string    `json:"print,omitempty"`    // Print of the text
	Native   bool      `json:"native,omitempty"`   // ID is made from the system's own number of it
	Hidden   bool      `json:"hidden,omitempty"`   // the organisation hid it, as its own token tells
	Removed  bool      `json:"removed,omitempty"`  // it was taken away, as the platform told the organisation
	Method   Method    `json:"method,omitempty"`   // by which its words were read; "" where nobody said
	Standing bool      `json:"standing,omitempty"` // undated, and there when its page was first read: nobody knows how old
}

// Assessment is what the scorer says of a comment. Probabilities are nil where the model lacks that head.
type Assessment struct {
	Comment     string    `json:"comment"`
	Complaint   float64   `json:"complaint"`
	IsComplaint bool      `json:"is_complaint"`
	Praise      *float64  `json:"praise"`
	Question    *float64  `json:"question"`
	Idea        *float64  `json:"idea"`
	Threat      *float64  `json:"threat"`
	Spam        *float64  `json:"spam"`
	Hazards     []Hazard  `json:"hazards"`
	Urgency     string    `json:"urgency"` // urgent, high, normal, none
	Lang        string    `json:"lang"`    // en, cy, other, unsure
	Tier        int       `json:"tier"`    // 0 = rules only
	Spans       []Span    `json:"spans"`
	Clauses     []Span    `json:"clauses,omitempty"` // what each clause moved, where the encoder answered
	Signs       []Sign    `json:"signs,omitempty"`   // by which threat and spam were told, where either is likely at all
	Model       string    `json:"model"`
	Manner      Manner    `json:"manner,omitempty"` // of the organisation's own comment: what it does for the one it answers
	At          time.Time `json:"at,omitzero"`
}

// From which probability on a comment counts as a threat, and as spam: rather one too few, since who is called the writer of a threat is
// often somebody who reports one.
const (
	ThreatFrom = 0.6
	SpamFrom   = 0.6
)

// Private reports whether the text says that a person may be in danger: for one person's eyes, counted on no page and sent to
// no place that others read.
func (a Assessment) Private() bool {
	return slices.ContainsFunc(a.Hazards, func(h Hazard) bool { return h.Affirmed && h.Kind == "private" })
}

// Stream is where comments come from together: an organisation's places on one platform.
type Stream struct {
	Organisation string
	Platform     Platform
}

// String is ORGANISATION/PLATFORM.
func (s Stream) String() string { return s.Organisation + "/" + string(s.Platform) }

// Hazard is a rule of danger that a text's words met, with the bytes of the text that met it.
type Hazard struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"` // danger, duty (a right or a date by law), private (a person may be in danger: for no shared place)
	Text     string `json:"text"`
	Start    int    `json:"start"`
	End      int    `json:"end"`
	Affirmed bool   `json:"affirmed"`
	Context  string `json:"context"` // affirmed, negated, resolved, hypothetical, promotional
	// Whole says that no rule's words tell of it, but the text as a whole: a guess, Likely sure.
	Whole bool `json:"whole,omitempty"`
	// Likely is the probability that somebody should look at once, where a second reading decided; else 0.
	Likely float64 `json:"likely,omitempty"`
}

// Told is in one word how the text tells of it: its context, or "likely".
func (h Hazard) Told() string {
	if h.Whole {
		return "likely"
	}
	return h.Context
}

// Span is a stretch of bytes that moved the complaint probability, by how much.
type Span struct {
	Start  int     `json:"start"`
	End    int     `json:"end"`
	Weight float64 `json:"weight"`
}

// Sign speaks for or against a label of a comment: where it stands first, and what it adds to the label's logit.
type Sign struct {
	Label string `json:"label"` // threat or spam
	ID    string `json:"id"`    // as configs/labels.yaml names it
	Span
}

// Score is an organisation's mark in one method's one part.
type Score struct {
	Organisation string    `json:"organisation"`
	Part         string    `json:"part"`  // door or duties
	Value        *float64  `json:"value"` // 0 to 100; nil: no applicable check is known
	Band         string    `json:"band"`  // A to E; "" under 60 % coverage
	Known        int       `json:"known"` // checks known
	Applicable   int       `json:"applicable"`
	Method       int       `json:"method"`
	At           time.Time `json:"at"`
}

// Coverage is known checks over applicable ones, 0 to 1; 0 where none applies.
func (s Score) Coverage() float64 {
	if s.Applicable == 0 {
		return 0
	}
	return float64(s.Known) / float64(s.Applicable)
}

// Event says that something was committed. It carries ids, states and counts, never a person's words.
type Event struct {
	V            int       `json:"v"`
	ID           string    `json:"id"`
	Kind         EventKind `json:"kind"`
	Organisation string    `json:"organisation"`
	Channel      string    `json:"channel"`
	Check        CheckID   `json:"check,omitempty"`
	Ref          string    `json:"ref"` // change id, visit id (comments, state), comment id (assessed)
	Count        int       `json:"count,omitempty"`
	At           time.Time `json:"at"`
}

// EventKind says what was committed.
type EventKind string

// The kinds of event.
const (
	EventChange   EventKind = "change"
	EventComments EventKind = "comments"
	EventAssessed EventKind = "assessed"
	// EventState says that states count or stop counting without being a change: a baseline, a correction, the end of
	// a hold. Only scores follow from it; it never alerts.
	EventState EventKind = "state"
)

// EventID is made from the kind and what it speaks of.
func EventID(k EventKind, ref string) string { return LongHash("event", string(k), ref) }
