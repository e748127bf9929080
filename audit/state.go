package audit

import (
	"fmt"
	"regexp"
	"slices"
)

// State says what was seen of a door. The zero value is Unknown, so a forgotten field accuses nobody.
type State uint8

// The states.
const (
	Unknown    State = iota // could not be seen; the Reason tells why
	Open                    // a positive marker that means the same for every viewer
	Restricted              // a positive marker with a Kind: some people, some posts, or after approval
	Closed                  // a positive marker that the facility exists and is off
	Absent                  // a proof of absence: every page needed was read whole and nothing was found
)

var stateNames = [...]string{"unknown", "open", "restricted", "closed", "absent"}

// String gives the state's lower-case word.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "unknown"
}

// Negative reports whether publishing the state speaks against an organisation, so that it needs a second look.
func (s State) Negative() bool { return s == Closed || s == Absent || s == Restricted }

// ParseState reads a state's word; an unlisted word is an error.
func ParseState(word string) (State, error) {
	if i := slices.Index(stateNames[:], word); i >= 0 {
		return State(i), nil
	}
	return Unknown, fmt.Errorf("parse state %q: not one of %v", word, stateNames)
}

// MarshalText gives the state's word.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the state's word.
func (s *State) UnmarshalText(text []byte) (err error) {
	*s, err = ParseState(string(text))
	return err
}

// Reason says why a state is unknown. The list is closed: contracts with readers outside depend on it.
type Reason string

// The reasons of Unknown.
const (
	ReasonRobots         Reason = "robots"          // robots.txt forbids it, or robots.txt could not be read
	ReasonBlocked        Reason = "blocked"         // 401, 403, 451 or a challenge page
	ReasonRateLimited    Reason = "rate_limited"    // 429, or a budget of calls is used up
	ReasonLoginWall      Reason = "login_wall"      // a log-in page instead of the content
	ReasonConsentWall    Reason = "consent_wall"    // a cookie or consent page instead of the content
	ReasonNoAccess       Reason = "no_access"       // a token or permission is missing or too narrow
	ReasonNotFound       Reason = "not_found"       // 404, or a page that says so
	ReasonGone           Reason = "gone"            // 410
	ReasonServerError    Reason = "server_error"    // 5xx or a status that is no answer
	ReasonTimeout        Reason = "timeout"         // no answer in time, or too slow
	ReasonDNS            Reason = "dns"             // the name does not resolve
	ReasonTLS            Reason = "tls"             // no trustworthy encrypted connection
	ReasonNetwork        Reason = "network"         // refused, reset, cut short
	ReasonRedirectedAway Reason = "redirected_away" // sent to another registrable domain
	ReasonRedirectLoop   Reason = "redirect_loop"   // more than five redirects, or a circle
	ReasonPrivateAddress Reason = "private_address" // the name leads into a private network
	ReasonBadScheme      Reason = "bad_scheme"      // not http or https, or https to http
	ReasonTooLarge       Reason = "too_large"       // over a size or ratio limit
	ReasonBadEncoding    Reason = "bad_encoding"    // a coding or charset that cannot be read
	ReasonNotHTML        Reason = "not_html"        // another content type
	ReasonParseError     Reason = "parse_error"     // not parsed to the end
	ReasonParseChanged   Reason = "parse_changed"   // an interface answered in a shape we do not know
	ReasonUnrecognised   Reason = "unrecognised"    // read, but nothing shows what kind of page it is
	ReasonNeedsJS        Reason = "needs_js"        // a script draws the page or the facility
	ReasonThirdParty     Reason = "third_party"     // the state is held by another site
	ReasonNoMarker       Reason = "no_marker"       // read and understood; it does not say
	ReasonIncomplete     Reason = "incomplete"      // not everything the question needs was read
	ReasonNotLooked      Reason = "not_looked"      // nobody has looked here
	ReasonStale          Reason = "stale"           // the last look is too old
	ReasonQuarantined    Reason = "quarantined"     // a fleet-wide jump is being examined
	ReasonAPIDeprecated  Reason = "api_deprecated"  // the interface no longer answers this
	ReasonInternal       Reason = "internal"        // our own fault
)

var reasons = []Reason{
	ReasonRobots, ReasonBlocked, ReasonRateLimited, ReasonLoginWall, ReasonConsentWall, ReasonNoAccess, ReasonNotFound,
	ReasonGone, ReasonServerError, ReasonTimeout, ReasonDNS, ReasonTLS, ReasonNetwork, ReasonRedirectedAway,
	ReasonRedirectLoop, ReasonPrivateAddress, ReasonBadScheme, ReasonTooLarge, ReasonBadEncoding, ReasonNotHTML,
	ReasonParseError, ReasonParseChanged, ReasonUnrecognised, ReasonNeedsJS, ReasonThirdParty, ReasonNoMarker,
	ReasonIncomplete, ReasonNotLooked, ReasonStale, ReasonQuarantined, ReasonAPIDeprecated, ReasonInternal,
}

// Valid reports whether r is on the closed list.
func (r Reason) Valid() bool { return slices.Contains(reasons, r) }

// Reasons lists every reason of Unknown, in a fixed order.
func Reasons() []Reason { return slices.Clone(reasons) }

// Kind says how a restricted door is restricted.
type Kind string

// The kinds of Restricted.
const (
	KindLogin     Kind = "login"
	KindMembers   Kind = "members"
	KindFollowers Kind = "followers"
	KindApproval  Kind = "approval"
	KindSomePosts Kind = "some_posts"
	KindPartial   Kind = "partial"
	KindOld       Kind = "old"
)

var kinds = []Kind{KindLogin, KindMembers, KindFollowers, KindApproval, KindSomePosts, KindPartial, KindOld}

// Valid reports whether k is on the closed list.
func (k Kind) Valid() bool { return slices.Contains(kinds, k) }

// CheckID names a check: lower-case words joined by underscores, never renamed.
type CheckID string

var checkID = regexp.MustCompile(`^[a-z][a-z0-9_]{1,40}$`)

// Valid reports whether the id has the form of a check id.
func (c CheckID) Valid() bool { return checkID.MatchString(string(c)) }

// Platform names the kind of place a channel is.
type Platform string

// The platforms that have a row in the crawler's table.
const (
	Web      Platform = "web"
	Facebook Platform = "facebook"
)

// How says by whose eyes something was seen.
type How string

// The ways of seeing.
const (
	Anonymous How = "anonymous"
	AppToken  How = "app_token"
	PageToken How = "page_token"
	SavedPage How = "saved_page"
	ByWitness How = "witness"
)

var hows = []How{Anonymous, AppToken, PageToken, SavedPage, ByWitness}

// Valid reports whether h is on the closed list.
func (h How) Valid() bool { return slices.Contains(hows, h) }
