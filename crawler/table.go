package crawler

import (
	"slices"
	"time"

	"golang.org/x/net/html"

	"doorknock/audit"
)

// Platform says how to get the pages of a channel. It never judges them. One file and one line in platform.All.
type Platform struct {
	Name audit.Platform
	// Lanes are the registrable domains whose addresses are this platform's; none for the web, which is all the rest.
	Lanes []string
	// Anonymous says that an anonymous look can answer here. Doors of other platforms stand beside the score and are
	// in neither its sum nor its coverage.
	Anonymous bool
	// CannotSee is one sentence for the methodology: what an anonymous look cannot tell here.
	CannotSee string
	// NextStep is printed beside an unknown: what a person can do about it.
	NextStep string
	// Interface is how the platform's own interface is asked, with its defaults; its zero value: it has none.
	Interface Interface
	// Source is what docs/sources.md tells of the platform.
	Source Source
	// Plan starts one visit.
	Plan func(audit.Job, Settings) Plan
}

// Source says in words, for whoever wants to know what is asked of a platform and what it takes.
type Source struct {
	Asks   string // what we ask of it
	Costs  string // in money and in calls
	Never  string // what the answers may not be used for
	Access string // how one gets access
}

// Settings are the limits of a visit that a plan keeps.
type Settings struct {
	MaxPages int
	MaxDepth int
	Checks   []Check
	Words    *Words                           // of these checks; made once for all visits
	Keys     *audit.Keys                      // for pseudonyms
	Text     bool                             // keep comments' text (retain.text above 0)
	Notice   func(title, address string) bool // see Options; nil: nothing is known of what posts are about
	Held     map[string]string                // systems for whose interface a key is held, each with that interface's origin
	// Interface is the platform's own, as this installation asks it.
	Interface Interface
}

// A Plan walks one channel: what to ask first, and after each answer what to ask next. It does no I/O and is called
// from one goroutine at a time. An answer that did not come is given to Next too, with its Problem.
type Plan interface {
	First() []Request
	Next(*Page) []Request
	// Done is called once, when no request is left or the limits are reached; unread are requests never sent.
	Done(unread []Request) Walk
}

// Walk is what a plan learnt on its way.
type Walk struct {
	Coverage  map[audit.CheckID]audit.Coverage
	Posts     []audit.Post
	Comments  []audit.Comment
	Listings  []audit.Listing
	Confirmed *audit.Evidence // the home page bears the organisation's name
	Moved     string
	// Readings are answers the plan has without a page: all checks unknown/robots where robots.txt forbids the home page.
	Readings []audit.Reading
	Pages    map[string]audit.Outline // by requested address, to be remembered
	// How says by whose eyes the channel was seen; "" is anonymous.
	How audit.How
}

// Check is one question asked of pages. It is a value that carries its own documentation: the methodology page and
// `doorknock checks` are printed from it. One file and one line in checks.All.
type Check struct {
	ID    audit.CheckID
	Title string // the question, for people
	Why   string // why it matters
	// Basis begins with "practice" or "duty", and says in which score it counts and why. Whom a duty binds, from which day
	// and by which source, stands in configs/duties.yaml and nowhere in code.
	Basis   string
	Rule    string // the rule in words, for the methodology
	Version int    // raised when any rule of it changes
	Door    bool   // counts in the Door score
	// Published says that it asks what is published, not where one may speak: such a question is no door, and in no count
	// of doors.
	Published bool
	// OnPages says that what is published is a part of the site's pages themselves, and stands in no document.
	OnPages bool
	On      []audit.Platform
	Site    bool // asks about the whole site: one page never says absent
	// Own says that it asks for rules or a way to complain of the organisation's own, which stand on no public body's site
	// and on no account of a social platform: a link there is no sign that the answer is there.
	Own bool
	// Never are states that it never gives, though such a question could: their meanings are not printed.
	Never []audit.State
	Words []string // lower-case words of links and addresses where the answer would be
	// Look answers for one page. It is pure, never panics on foreign bytes, and points at an element or bytes.
	Look func(*Page) Look
	// LookCalendar answers for a file of dates that a page links; nil: the check is not asked about such files.
	LookCalendar func(*Page) Look
	// Fold makes the channel's findings of one visit from its readings of this check.
	Fold func(Folding) []audit.Finding
}

// States are those that it gives, in the order in which they are printed. What is published is never closed, and neither is a
// whole site, of which no marker says so.
func (c Check) States() []audit.State {
	states := []audit.State{audit.Open, audit.Restricted, audit.Closed, audit.Absent, audit.Unknown}
	never := c.Published || c.Site && slices.Equal(c.On, []audit.Platform{audit.Web})
	return slices.DeleteFunc(states, func(s audit.State) bool { return slices.Contains(c.Never, s) || s == audit.Closed && never })
}

// Folding is what a Fold gets: the visit's envelope, the readings of its check (unchanged pages included) and the coverage.
type Folding struct {
	Visit    audit.Visit
	Check    Check
	Readings []audit.Reading
	Coverage audit.Coverage
	Nation   string // the organisation's; "" where it is not known
}

// Look is a check's answer about one page before its bytes are located. The zero value is unknown/not_looked.
type Look struct {
	State        audit.State
	Reason       audit.Reason
	Kind         audit.Kind
	Rule         string
	Version      int
	Mark         *html.Node  // the element that says so, whose raw bytes are located by Read
	Needle       string      // a stretch of the body, where no element is the marker
	Nth          int         // which of the places where that stretch stands, from 0
	Facts        *audit.Mark // bytes of another capture (REST row, feed item), where the marker is there
	Beside       []string    // further captures the rule rests on
	System       string
	Count        *int
	CountClaimed *int
	Newest       When // when the newest of the comments or reviews that the page lists was written
	// Until is when the answer becomes another though the page is as it was, as "posted lately" does; zero where no day matters. The
	// page is read anew then, unchanged or not.
	Until time.Time
	// Drawn says that the answer rests on the data which the page's script draws from: that the page is drawn by a script then
	// takes nothing away from it.
	Drawn bool
	// Values are the few named figures and words beside the answer: audit.Values{audit.ValueYear: audit.Number(2025)}. They
	// stand with a state that was seen, and are dropped with it.
	Values audit.Values
	// Posts are the answers about the single posts that the page lists, each with its post's address as Scope. Beside them the look
	// itself only sums up what the page shows: it is about no post, and no door is folded from it.
	Posts []Look
	Scope string // of a look among Posts
	// Wording are a page's sentences where its words are compared from visit to visit; the value "wording" follows from them.
	Wording []string
}
