// Package platform holds one file for each kind of place that doorknock looks at, and the table of them.
//
// In: a job, and one page after another. Out: the next addresses to ask for, and at the end what was learnt on the way
// (posts, comments, and of which questions everything was read). A plan does no I/O, keeps no clock, and never judges a
// page: that is the checks' part. What it cannot read it leaves out, it never guesses.
package platform

import (
	"cmp"
	"net/url"
	"slices"

	"doorknock/audit"
	"doorknock/crawler"
)

// All is the table of platforms. A new one is its file and a line here.
func All() []crawler.Platform {
	return []crawler.Platform{
		Web(),
		Facebook(),
		Instagram(), Threads(), YouTube(), Bluesky(), Mastodon(), X(),
		Trustpilot(), Google(), Discourse(), DisqusForum(),
		LinkedIn(), TikTok(), Nextdoor(), AllAgents(), HomeViews(),
	}
}

// Of gives the platform that an address belongs to: the one whose table row names its lane, or which an account's address
// tells, else the web.
func Of(address string) audit.Platform {
	u, err := url.Parse(address)
	if err != nil {
		return audit.Web
	}
	lane := crawler.Lane(u.Host)
	for _, p := range All() {
		if slices.Contains(p.Lanes, lane) {
			return p.Name
		}
	}
	return cmp.Or(crawler.PlatformOf(u), audit.Web)
}
