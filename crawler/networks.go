package crawler

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"doorknock/audit"
)

// Network is a place elsewhere where an organisation has an account.
type Network struct {
	Platform audit.Platform
	Hosts    []string // registrable domains
	Prefix   []string // path must begin with one of them, where given
	Not      []string // first path elements that are no account
}

// SocialNetworks are the platforms on which an organisation has an account.
func SocialNetworks() []Network { return networks }

var networks = []Network{
	{"facebook", []string{"facebook.com", "fb.com", "fb.me"}, nil, []string{"sharer", "sharer.php", "share", "share.php", "dialog", "plugins", "events", "hashtag", "groups", "login", "login.php", "help", "policy.php", "policies", "privacy", "legal", "watch", "photo", "photo.php", "story.php", "tr", "about", "business", "permalink.php", "l.php", "marketplace", "games"}},
	{"x", []string{"twitter.com", "x.com"}, nil, []string{"intent", "share", "home", "hashtag", "search", "i", "login", "privacy", "tos", "settings"}},
	{"instagram", []string{"instagram.com"}, nil, []string{"p", "reel", "explore", "accounts", "about", "stories", "tv"}},
	{"youtube", []string{"youtube.com"}, []string{"user", "channel", "c", "@"}, nil},
	{"linkedin", []string{"linkedin.com"}, []string{"company", "school", "showcase"}, nil},
	{"tiktok", []string{"tiktok.com"}, []string{"@"}, nil},
	{"threads", []string{"threads.net", "threads.com"}, []string{"@"}, nil},
	{"bluesky", []string{"bsky.app"}, []string{"profile"}, nil},
	{"nextdoor", []string{"nextdoor.co.uk", "nextdoor.com"}, []string{"agency-detail", "pages", "page"}, nil},
	{"mastodon", []string{"mastodon.social", "mastodon.online", "mastodon.scot", "toot.wales", "mstdn.social"}, []string{"@"}, []string{"share"}},
}

// AccountAmong gives the account that an address leads to, or into, and its canonical address; false where it is none of
// these networks.
func AccountAmong(networks []Network, u *url.URL) (audit.Platform, string, bool) {
	host := Lower(u.Hostname())
	for _, sub := range [...]string{"www.", "m.", "mobile.", "en-gb.", "uk.", "web."} {
		host = strings.TrimPrefix(host, sub)
	}
	parts := strings.FieldsFunc(u.Path, func(r rune) bool { return r == '/' })
	if len(parts) == 0 {
		return "", "", false
	}
	first := Lower(parts[0])
	for _, n := range networks {
		if !slices.Contains(n.Hosts, host) || slices.Contains(n.Not, first) {
			continue
		}
		keep := 1
		if n.Prefix != nil {
			if !beginsWith(n.Prefix, first) || !strings.HasPrefix(first, "@") && len(parts) < 2 {
				return "", "", false
			}
			if !strings.HasPrefix(first, "@") {
				keep = 2
			}
		}
		if first == "pages" || first == "people" || first == "pg" || first == "p" || first == "agency-detail" {
			keep = min(len(parts), 3)
		}
		account := "https://" + n.Hosts[0] + "/" + strings.Join(parts[:keep], "/")
		if first == "profile.php" && u.Query().Get("id") != "" {
			account += "?id=" + url.QueryEscape(u.Query().Get("id"))
		}
		return n.Platform, account, true
	}
	return "", "", false
}

func beginsWith(list []string, s string) bool {
	for _, x := range list {
		if s == x || x == "@" && strings.HasPrefix(s, "@") {
			return true
		}
	}
	return false
}

// reviewHosts are the registrable domains of sites where others write of an organisation.
var reviewHosts = map[string]audit.Platform{
	"trustpilot.com": "trustpilot", "allagents.co.uk": "allagents", "homeviews.com": "homeviews", "disqus.com": "disqus",
	"google.com": "google", "google.co.uk": "google", "g.page": "google",
}

// PlatformOf tells the platform of an account's address; "" where it is none that we know. A server of Mastodon is known by
// the @ of its users.
func PlatformOf(u *url.URL) audit.Platform {
	if p, _, ok := AccountAmong(networks, u); ok {
		return p
	}
	if p := reviewHosts[Lane(u.Host)]; p != "" {
		return p
	}
	if path := strings.Trim(u.Path, "/"); strings.HasPrefix(path, "@") && !strings.Contains(path, "/") {
		return "mastodon"
	}
	return ""
}

// anywhere are the platforms whose places lie on hosts of their own, which their addresses do not tell.
var anywhere = []audit.Platform{"discourse", "disqus", "mastodon"}

// Anywhere are the platforms that are named before an address where the address alone does not tell them.
func Anywhere() []audit.Platform { return slices.Clone(anywhere) }

// CutPlatform takes the platform's name off "discourse:https://forum.example.org", whatever word it is; "" where none stands
// before the address.
func CutPlatform(s string) (p audit.Platform, address string) {
	word, rest, ok := strings.Cut(s, ":")
	if !ok || strings.HasPrefix(rest, "//") || strings.ContainsFunc(word, func(r rune) bool { return (r|0x20) < 'a' || (r|0x20) > 'z' }) {
		return "", s
	}
	return audit.Platform(strings.ToLower(word)), strings.TrimSpace(rest)
}

// PlaceOn says what is wrong with a platform that is named before an address; nil where it may lie there.
func PlaceOn(p audit.Platform, u *url.URL) error {
	switch of := PlatformOf(u); {
	case !slices.Contains(anywhere, p):
		return fmt.Errorf("%q is no platform that is named before an address; want discourse:, disqus: or mastodon:, or the address alone", p)
	case of != "" && of != p:
		return fmt.Errorf("that address is one of %s, not of %s", of, p)
	case p == "disqus" && of != p:
		return errors.New("a forum of Disqus is written disqus:https://disqus.com/home/forum/NAME, or https://NAME.disqus.com")
	case p == "mastodon" && of != p:
		return errors.New("an account on Mastodon is written mastodon:https://server/@name")
	}
	return nil
}
