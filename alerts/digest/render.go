package digest

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	texttemplate "text/template"
	"time"

	"doorknock/alerts"
	"doorknock/audit"
)

//go:embed templates/*.txt templates/*.html
var templates embed.FS

var funcs = map[string]any{
	"name":   func(s string) string { return audit.Untrusted(s).Plain(nameLimit) },
	"state":  alerts.StateWords,
	"differ": alerts.Difference,
	"ask":    alerts.Sentence,
	"reason": reasonWords,
	"day":    func(t time.Time) string { return t.Format("2 January 2006") },
	"time":   func(t time.Time) string { return t.UTC().Format("2 January 2006 at 15:04 UTC") },
	"count":  count,
}

const nameLimit = 120

var (
	textEdition = texttemplate.Must(texttemplate.New("edition.txt").Funcs(funcs).ParseFS(templates, "templates/edition.txt"))
	htmlEdition = template.Must(template.New("edition.html").Funcs(funcs).ParseFS(templates, "templates/edition.html"))
)

// Text writes the edition as plain text, as good as the HTML.
func (e Edition) Text(w io.Writer) error {
	if err := textEdition.Execute(w, e); err != nil {
		return fmt.Errorf("write edition %s as text: %w", e.Week, err)
	}
	return nil
}

// HTML writes the edition as a page that needs nothing from anywhere: no pictures, no script, no tracking.
func (e Edition) HTML(w io.Writer) error {
	if err := htmlEdition.Execute(w, e); err != nil {
		return fmt.Errorf("write edition %s as HTML: %w", e.Week, err)
	}
	return nil
}

// Last is the last day of the edition.
func (e Edition) Last() time.Time { return e.To.AddDate(0, 0, -1) }

// Quiet reports whether no door changed.
func (e Edition) Quiet() bool {
	return len(e.Opened)+len(e.Closed)+len(e.Corrected)+e.PostsOpen+e.PostsShut == 0
}

// Enough reports whether there were enough comments to say anything of them.
func (e Edition) Enough() bool { return e.Comments >= fewest }

// Coverage is the share of doors that are known, in whole per cent.
func (e Edition) Coverage() int {
	if e.Doors == 0 {
		return 0
	}
	return 100 * e.Known / e.Doors
}

// Summary is the edition in one line.
func (e Edition) Summary() string {
	if e.Quiet() {
		return "No door changed."
	}
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{len(e.Opened), "opened"}, {len(e.Closed), "closed or became restricted"}} {
		if p.n > 0 {
			parts = append(parts, count(p.n, "door")+" "+p.what)
		}
	}
	if len(parts) == 0 {
		return "No organisation's door changed as a whole."
	}
	return strings.Join(parts, "; ") + "."
}

// most is how many changes an edition tells one by one; the rest are counted, and stand on the page of changes.
const most = 5

// ToldOpened are the doors that opened, as many as are told one by one: good news comes first.
func (e Edition) ToldOpened() []Change { return e.Opened[:min(len(e.Opened), most)] }

// ToldClosed are the others, as many as there is room for.
func (e Edition) ToldClosed() []Change {
	return e.Closed[:min(len(e.Closed), most-len(e.ToldOpened()))]
}

// Untold is how many changes are told as a number only.
func (e Edition) Untold() int {
	return len(e.Opened) + len(e.Closed) - len(e.ToldOpened()) - len(e.ToldClosed())
}

// All is the address of the page of changes, or "".
func (e Edition) All() string {
	if e.base == "" {
		return ""
	}
	return audit.Untrusted(e.base + "/changes").Link()
}

// Against compares the complaints that were answered with the week before, in words. Under thirty complaints in either week
// it compares nothing: so few say little.
func (e Edition) Against() string {
	const enough = 30
	if e.Complaints < enough || e.Before.Complaints < enough {
		return ""
	}
	now, then := 100*int(e.Answered)/int(e.Complaints), 100*int(e.Before.Answered)/int(e.Before.Complaints)
	word := "as often as"
	switch {
	case now > then:
		word = "more often than"
	case now < then:
		word = "less often than"
	}
	return fmt.Sprintf("Complaints were answered %s in the week before: %d %% against %d %%.", word, now, then)
}

// Evidence is the address of a finding, or "".
func (e Edition) Evidence(finding string) string {
	if e.base == "" {
		return ""
	}
	return audit.Untrusted(e.base + "/findings/" + finding).Link()
}

func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// reasonWords says after "because" why a door could not be seen.
func reasonWords(r audit.Reason) string {
	if words := reasons[r]; words != "" {
		return words
	}
	return strings.ReplaceAll(string(r), "_", " ")
}

var reasons = map[audit.Reason]string{
	audit.ReasonRobots: "robots.txt asks robots to stay away", audit.ReasonBlocked: "the site turned us away",
	audit.ReasonRateLimited: "the site asked us to slow down", audit.ReasonLoginWall: "a log-in page stood in front",
	audit.ReasonConsentWall: "a cookie page stood in front", audit.ReasonNoAccess: "a permission is missing",
	audit.ReasonNotFound: "the page was not found", audit.ReasonGone: "the page is gone",
	audit.ReasonServerError: "the site answered with an error", audit.ReasonTimeout: "the site did not answer in time",
	audit.ReasonDNS: "the name leads nowhere", audit.ReasonTLS: "there was no safe connection",
	audit.ReasonNetwork: "the connection failed", audit.ReasonRedirectedAway: "the address leads to another site",
	audit.ReasonRedirectLoop: "the address leads in a circle", audit.ReasonPrivateAddress: "the address is a private one",
	audit.ReasonBadScheme: "the address is not one of the web", audit.ReasonTooLarge: "the page is too large",
	audit.ReasonBadEncoding: "the page could not be decoded", audit.ReasonNotHTML: "the answer is not a page",
	audit.ReasonParseError: "the page could not be read to the end", audit.ReasonParseChanged: "the interface answered in a new shape",
	audit.ReasonUnrecognised: "the page was not recognised", audit.ReasonNeedsJS: "a script draws the page",
	audit.ReasonThirdParty: "another site may hold the answer", audit.ReasonNoMarker: "the page does not say",
	audit.ReasonIncomplete: "not every page was read", audit.ReasonNotLooked: "nobody has looked yet",
	audit.ReasonStale: "the last look is too old", audit.ReasonQuarantined: "a sudden jump is being examined",
	audit.ReasonAPIDeprecated: "the interface no longer tells", audit.ReasonInternal: "a fault of our own",
}
