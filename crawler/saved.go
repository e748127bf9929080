package crawler

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
)

// SavedPage is what was read of a page that somebody saved.
type SavedPage struct {
	Readings []audit.Reading
	Problem  audit.Reason // why it proves nothing; "" where it was read whole
	People   bool         // it holds people's words: its capture is to be sealed
	// SignedIn says that whoever saved it was signed in at that site. What such a page offers is not what everybody is
	// offered, and so nothing was read of it.
	SignedIn bool
}

// ReadSaved reads a page that somebody saved by the checks that are asked of its platform, as a visit's own reading does. A
// check that panics over what is on the page is an error.
func ReadSaved(on audit.Platform, checks []Check, a Answer, s *Scripts) (r SavedPage, err error) {
	defer func() {
		if p := recover(); p != nil {
			r, err = SavedPage{}, fmt.Errorf("read saved page %s: panic: %v\n%s", a.Request.URL, p, debug.Stack())
		}
	}()
	if floods(a.Body) {
		return SavedPage{Problem: audit.ReasonTooLarge}, nil
	}
	page := NewPage(a, s)
	r.Problem = page.Problem()
	if on == audit.Web && page.signedIn() {
		return SavedPage{Problem: r.Problem, SignedIn: true}, nil
	}
	asked := slices.DeleteFunc(slices.Clone(checks), func(c Check) bool { return !slices.Contains(c.On, on) })
	r.Readings, r.People = page.Read(asked), page.holdsPeople()
	for _, x := range r.Readings {
		r.People = r.People || listsPeople(x)
	}
	return r, nil
}

// The signs of a page that was made for somebody who is signed in: what WordPress marks it with, and a way to sign out.
var (
	signedInClasses = []string{"logged-in", "logged-in-as", "user-logged-in"}
	signOutWords    = []string{"logout", "log-out", "log_out", "log out", "signout", "sign-out", "sign_out", "sign out", "logoff", "log off", "allgofnodi"}
)

// signedIn reports whether a page shows that it was made for somebody who is signed in. Some pages have a way to sign out for everybody:
// they are taken for such pages too, which costs an answer and no truth.
func (p *Page) signedIn() bool {
	if p.ID("wpadminbar") != nil {
		return true
	}
	for _, class := range signedInClasses {
		if len(p.Class(class)) > 0 {
			return true
		}
	}
	for _, tag := range [...]string{"a", "button"} {
		for _, n := range p.Tag(tag) {
			if says(Attr(n, "href"), signOutWords) || says(p.ShortText(n), signOutWords) {
				return true
			}
		}
	}
	return slices.ContainsFunc(p.Tag("form"), func(n *html.Node) bool { return says(Attr(n, "action"), signOutWords) })
}

// says reports whether a short text holds one of the words.
func says(text string, words []string) bool {
	if text == "" || len(text) > 300 {
		return false
	}
	text = Lower(text)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}
