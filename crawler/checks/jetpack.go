package checks

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// seeJetpack reads the frame that Jetpack puts into WordPress's own place for the form, which WordPress prints only while the
// post takes comments. The frame's address says whether an account is asked for; one that does not say it tells nothing.
// The frame's own server is never asked.
func seeJetpack(p *crawler.Page) []crawler.Look {
	for _, n := range p.Tag("iframe") {
		said, ok := jetpackFrame(n)
		if !ok || inTemplate(n) {
			continue
		}
		look := crawler.Look{Mark: n, System: "jetpack"}
		switch said.Get("comment_registration") {
		case "0":
			look.State, look.Rule = audit.Open, "jetpack-frame"
		case "1":
			look.State, look.Kind, look.Rule = audit.Restricted, audit.KindLogin, "jetpack-frame-account"
		default:
			look = crawler.Look{Reason: audit.ReasonNeedsJS, System: "jetpack"}
		}
		return []crawler.Look{look}
	}
	return nil
}

// jetpackFrame gives what the address of Jetpack's frame says of the post. Where pictures and frames are loaded as they come
// into view, the address waits in an attribute of its own.
func jetpackFrame(n *html.Node) (url.Values, bool) {
	for _, key := range [...]string{"src", "data-src", "data-lazy-src"} {
		u, err := url.Parse(strings.TrimSpace(crawler.Attr(n, key)))
		if err == nil && strings.EqualFold(u.Host, "jetpack.wordpress.com") && strings.HasPrefix(u.Path, "/jetpack-comment") && u.Query().Get("postid") != "" {
			return u.Query(), true
		}
	}
	return nil, false
}
