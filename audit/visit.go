package audit

import "time"

// Job says "look at this channel now". It carries in what earlier visits learnt, so that a crawler needs no database.
type Job struct {
	V                int       `json:"v"`
	ID               string    `json:"id"`
	Channel          Channel   `json:"channel"`
	OrganisationName string    `json:"organisation_name"`
	Due              time.Time `json:"due"`
	First            bool      `json:"first,omitempty"` // no visit of this channel has been recorded
	Light            bool      `json:"light,omitempty"` // home page, robots and one complaints page only
	Memory           Memory    `json:"memory"`
}

// Memory is what a visit needs to know of earlier ones, and what it leaves for the next.
type Memory struct {
	Host  HostMemory            `json:"host"`
	Pages map[string]PageMemory `json:"pages,omitempty"` // by requested address
	Route *Route                `json:"route,omitempty"` // nil: the next visit finds its way by itself
}

// HostMemory is what the crawler keeps of one lane between visits.
type HostMemory struct {
	Robots      map[string]RobotsMemory `json:"robots,omitempty"` // by scheme://host
	LastRequest time.Time               `json:"last_request,omitzero"`
	NotBefore   time.Time               `json:"not_before,omitzero"` // a Retry-After or back-off in force
	Blocked     int                     `json:"blocked,omitempty"`   // visits in a row that were blocked
	Day         string                  `json:"day,omitempty"`       // YYYY-MM-DD, UTC, that Requests counts
	Requests    int                     `json:"requests,omitempty"`
	// Interfaces is what was asked of the platform's own interface, by the name of the key (or of the interface, without one).
	Interfaces map[string]InterfaceMemory `json:"interfaces,omitempty"`
	Control    ControlMemory              `json:"control,omitzero"`
}

// InterfaceMemory is what is kept between visits of one key at an interface: the calls of the day, the money of the month,
// and the trouble that it is in. It holds no key, only a print by which another key is told.
type InterfaceMemory struct {
	Print   string    `json:"print,omitempty"`
	Day     string    `json:"day,omitempty"` // YYYY-MM-DD, UTC, that Calls counts
	Calls   int       `json:"calls,omitempty"`
	Month   string    `json:"month,omitempty"`   // YYYY-MM, UTC, that Spent counts
	Spent   int64     `json:"spent,omitempty"`   // millionths of a US dollar
	Until   time.Time `json:"until,omitzero"`    // no call before
	Trouble Reason    `json:"trouble,omitempty"` // why not: rate_limited, or no_access where the key is at fault
	Said    string    `json:"said,omitempty"`    // the interface's own code for it
	Since   time.Time `json:"since,omitzero"`    // when the trouble began
	Narrow  string    `json:"narrow,omitempty"`  // the one call that the key has no permission for; the others go on
}

// ControlMemory is what the page that is known to be open showed last.
type ControlMemory struct {
	URL    string    `json:"url"`
	At     time.Time `json:"at"`
	Failed bool      `json:"failed,omitempty"` // nothing of it was seen to be open
}

// RobotsMemory is one host's robots.txt as last read.
type RobotsMemory struct {
	At     time.Time `json:"at"`
	Body   string    `json:"body,omitempty"`
	Allow  bool      `json:"allow,omitempty"`  // no rules: everything may be fetched
	Refuse Reason    `json:"refuse,omitempty"` // nothing may be fetched, and why
}

// PageMemory is what is kept of one page between visits: enough to ask "has it changed?" and to walk on if not.
type PageMemory struct {
	ETag         string    `json:"etag,omitempty"`
	LastModified string    `json:"last_modified,omitempty"`
	Hash         string    `json:"hash"`    // SHA-256 hex of the body after content-decoding
	Capture      string    `json:"capture"` // the capture that holds the body
	Reader       int       `json:"reader"`  // version of the reading code; another version reads anew
	At           time.Time `json:"at"`
	// Until is when an answer read on the page becomes another though the page is as it was: then it is read anew. Zero: never.
	Until time.Time `json:"until,omitzero"`
	// From is the address by which the page was first known, where it has moved since; "" is its own.
	From string `json:"from,omitempty"`
	// Outline is what the walk needs of the page; in a visit "" says that the page and its outline are as before.
	Outline PackedOutline `json:"outline,omitempty"`
}

// PostFacts is what a site's interface and feed say of one post, before its page is read.
type PostFacts struct {
	URL       string    `json:"url"`
	NativeID  string    `json:"native_id,omitempty"`
	Title     string    `json:"title,omitempty"`
	Published time.Time `json:"published,omitzero"`
	// PublishedMark is where interface or feed says when; nil where it stands in a sitemap, which may be packed, or nowhere.
	PublishedMark *Mark  `json:"published_mark,omitempty"`
	Author        string `json:"author,omitempty"` // pseudonym of the author's account, or ""
	// Signed is the capture of the feed that names a person as the author, "" where none does. Whom it names is not kept.
	Signed string `json:"signed,omitempty"`
	// System is the system whose interface said so; "" is WordPress's.
	System string `json:"system,omitempty"`
	// CommentStatus is what the interface says: "open", "closed", "login" where it says that one needs an account, or "" where
	// it was not read.
	CommentStatus string `json:"comment_status,omitempty"`
	StatusMark    *Mark  `json:"status_mark,omitempty"`
	// Feed says what the feed's item of this post holds; nil where the feed has no whole item of it.
	Feed *FeedFacts `json:"feed,omitempty"`
}

// FeedFacts is what one whole feed item says of comments.
type FeedFacts struct {
	Slash   *int  `json:"slash,omitempty"`   // slash:comments; nil where the element is missing
	RSS     bool  `json:"rss,omitempty"`     // wfw:commentRss is there
	Control bool  `json:"control,omitempty"` // another item of the same feed carries the elements
	Mark    *Mark `json:"mark,omitempty"`
}

// Mark points at bytes of a capture.
type Mark struct {
	Capture string `json:"capture"`
	URL     string `json:"url"`
	Path    string `json:"path,omitempty"`
	Offset  int    `json:"offset"`
	Length  int    `json:"length"`
	Excerpt string `json:"excerpt"`
}

// Capture is what one request got.
type Capture struct {
	ID        string    `json:"id"` // LongHash("capture", visit, method, url, body hash)
	URL       string    `json:"url"`
	Status    int       `json:"status"` // 0 where no answer came
	Reason    Reason    `json:"reason,omitempty"`
	Type      string    `json:"type,omitempty"` // content type as sent
	Hash      string    `json:"hash,omitempty"` // SHA-256 hex of the body after content-decoding
	Bytes     int       `json:"bytes"`          // length of that body
	At        time.Time `json:"at"`
	File      string    `json:"file,omitempty"`   // WARC file, relative to the evidence folder; "" where the body was not kept
	Offset    int64     `json:"offset,omitempty"` // of the response record in that file
	Sealed    bool      `json:"sealed,omitempty"`
	Key       []byte    `json:"key,omitempty"` // key of a sealed file; kept in the database only
	Unchanged string    `json:"unchanged,omitempty"`
	Took      float64   `json:"took_s,omitempty"`    // seconds
	Asked     *Asked    `json:"asked,omitempty"`     // of a page that checks read
	Modified  time.Time `json:"modified,omitzero"`   // of a document: the server's date of it, in UTC
	MadeFrom  []string  `json:"made_from,omitempty"` // of a page that a browser drew: the captures it was drawn from
	Picture   string    `json:"picture,omitempty"`   // of such a page: file of its picture, relative to the evidence folder
}

// Asked says how a page was asked for: what it takes beside its bytes to read it again as the visit did.
type Asked struct {
	Home     bool       `json:"home,omitempty"`
	Depth    int        `json:"depth,omitempty"`    // clicks from the home page
	Post     *PostFacts `json:"post,omitempty"`     // what interface and feed said of the post, where the page is one
	Made     bool       `json:"made,omitempty"`     // of a saved page: a document that a browser wrote, not what the site sent
	Only     []CheckID  `json:"only,omitempty"`     // of a drawn page: only these checks were asked, for the others read what the site sent
	Calendar bool       `json:"calendar,omitempty"` // it is a file of dates that a page links
	Known    string     `json:"known,omitempty"`    // PageMemory.From: the address that a page had before it moved
}

// Reading is one check's answer about one page.
type Reading struct {
	Check        CheckID   `json:"check"`
	Scope        string    `json:"scope,omitempty"` // "" for the site, else the post's address
	URL          string    `json:"url"`
	Capture      string    `json:"capture,omitempty"`
	Verdict      Verdict   `json:"verdict"`
	System       string    `json:"system,omitempty"`
	Count        *int      `json:"count"`
	CountClaimed *int      `json:"count_claimed"`
	Newest       Written   `json:"newest,omitzero"` // when the newest of the comments or reviews that the page lists was written
	Values       Values    `json:"values,omitempty"`
	Wording      []string  `json:"wording,omitempty"` // the sentences that the value of that name stands for
	At           time.Time `json:"at"`
}

// Coverage says, of one check, whether everything was read that a proof of absence needs.
type Coverage struct {
	Complete bool     `json:"complete"`
	Reason   Reason   `json:"reason,omitempty"` // why not: the home page's own reason, or incomplete
	Captures []string `json:"captures,omitempty"`
	// Papers says that the site links documents, which nobody read: what is asked for may stand in one of them, so it is not absent.
	Papers bool `json:"papers,omitempty"`
}

// Visit is one look at a channel, as it travels from the crawler to the record stage.
type Visit struct {
	V          int                  `json:"v"`
	ID         string               `json:"id"`
	Channel    Channel              `json:"channel"`
	How        How                  `json:"how"`
	Due        time.Time            `json:"due,omitzero"`
	StartedAt  time.Time            `json:"started_at"`
	ObservedAt time.Time            `json:"observed_at"`         // when the last page was read
	ClockOff   time.Duration        `json:"clock_off,omitempty"` // how far our clock was ahead, as most sites of the hour say; under 0: behind; 0: under five minutes, or unknown
	First      bool                 `json:"first,omitempty"`
	Light      bool                 `json:"light,omitempty"`
	Told       bool                 `json:"told,omitempty"`      // the platform told us by itself: nobody looked, and no look is put off
	Offline    bool                 `json:"offline,omitempty"`   // nothing outside could be reached: write no findings
	Confirmed  *Evidence            `json:"confirmed,omitempty"` // the page bears the organisation's name
	Moved      string               `json:"moved,omitempty"`     // where the home page redirects away to
	Unread     Reason               `json:"unread,omitempty"`    // why the page of the place itself could not be read; "": it could, or its robots.txt forbids it
	Captures   []Capture            `json:"captures"`
	Readings   Readings             `json:"readings"`
	Unchanged  []PageRef            `json:"unchanged,omitempty"` // pages whose earlier readings stand
	Same       *Same                `json:"same,omitempty"`      // every answer was as before: coverage and findings stand too
	Coverage   map[CheckID]Coverage `json:"coverage,omitempty"`
	Posts      []Post               `json:"posts,omitempty"`
	Comments   []Comment            `json:"comments,omitempty"`
	Listings   []Listing            `json:"listings,omitempty"`
	Memory     Memory               `json:"memory"`
	Source     *Source              `json:"source,omitempty"` // of a look at what somebody saved
}

// Source says where a look at something saved comes from.
type Source struct {
	By       string `json:"by,omitempty"`       // who saved it, as the importer was told; never shown to the public
	Format   string `json:"format"`             // html, singlefile, mhtml, warc, wacz
	SHA256   string `json:"sha256"`             // of the file that was given, in hex
	Software string `json:"software,omitempty"` // that wrote it, as it says itself
	Asserted bool   `json:"asserted,omitempty"` // the time was told by whoever imported it, and stands in no record
}

// PageRef names a page that was looked at and had not changed since an earlier capture.
type PageRef struct {
	URL     string    `json:"url"`
	Capture string    `json:"capture"`
	At      time.Time `json:"at"`
}

// Finding is one check's answer about a channel, or one scope of it, from one visit. Append-only.
type Finding struct {
	ID           string        `json:"id"`
	Visit        string        `json:"visit"`
	Channel      string        `json:"channel"`
	Check        CheckID       `json:"check"`
	Scope        string        `json:"scope,omitempty"`
	Verdict      Verdict       `json:"verdict"`
	How          How           `json:"how"`
	System       string        `json:"system,omitempty"`
	Count        *int          `json:"count"`
	CountClaimed *int          `json:"count_claimed"`
	Of           *Of           `json:"of,omitempty"`
	Values       Values        `json:"values,omitempty"`
	Wording      []string      `json:"wording,omitempty"` // as in Reading; kept apart from the finding (WordingID)
	ObservedAt   time.Time     `json:"observed_at"`
	ClockOff     time.Duration `json:"clock_off,omitempty"` // of its visit
	By           *Person       `json:"by,omitempty"`        // of a witness's finding
	Run          *Run          `json:"run,omitempty"`       // the looks before it that were rolled up; nil: none
}

// Of counts the posts a channel's answer was folded from, none where it was folded from no posts; and it says which systems
// were seen, and when the newest of the comments or reviews was written.
type Of struct {
	Open       int      `json:"open"`
	Restricted int      `json:"restricted"`
	Closed     int      `json:"closed"`
	Absent     int      `json:"absent"`
	Unknown    int      `json:"unknown"`
	Systems    []string `json:"systems,omitempty"` // in the order in which they were met
	Newest     Written  `json:"newest,omitzero"`
}

// Written is when something was written, as closely as a page states it: From until To, which differ where it says a day only,
// or "3 h ago". The zero value is none stated.
type Written struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// IsZero reports that no time is stated.
func (s Written) IsZero() bool { return s.From.IsZero() }

// Later gives that of two times which may reach farther: of a day and an hour of it, the day.
func (s Written) Later(o Written) Written {
	switch {
	case s.IsZero(), !o.IsZero() && (o.To.After(s.To) || o.To.Equal(s.To) && o.From.After(s.From)):
		return o
	}
	return s
}

// Total is the number of posts looked at.
func (o Of) Total() int { return o.Open + o.Restricted + o.Closed + o.Absent + o.Unknown }
