package pipeline

import (
	"net/url"
	"strings"

	"doorknock/audit"
	"doorknock/crawler"
)

// addresses finds the channels that an address belongs to: those of the list, by host and path.
type addresses struct {
	byHost map[string][]audit.Channel // without www.
	seen   map[string]bool            // hosts that were asked for, and whether anything is there: an archive asks for few, many times
}

// maxHosts bounds what is remembered of hosts in foreign archives.
const maxHosts = 50_000

func newAddresses(channels []audit.Channel) *addresses {
	p := &addresses{byHost: map[string][]audit.Channel{}, seen: map[string]bool{}}
	for _, c := range channels {
		if u, err := url.Parse(c.URL); err == nil {
			host := bareHost(u.Host)
			p.byHost[host] = append(p.byHost[host], c)
		}
	}
	return p
}

// bareHost is a host as list and archive may both spell it.
func bareHost(host string) string {
	host = strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(host), ":80"), ":443")
	return strings.TrimPrefix(strings.TrimSuffix(host, "."), "www.")
}

// wants reports whether an address may be of a channel, by its host alone: what an archive's reader asks of every record.
func (p *addresses) wants(address string) bool {
	_, rest, ok := strings.Cut(address, "://")
	if !ok {
		return false
	}
	host := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		host = rest[:end]
	}
	if known, asked := p.seen[host]; asked {
		return known && len(p.of(address)) > 0
	}
	known := len(p.around(bareHost(host))) > 0
	if len(p.seen) < maxHosts {
		p.seen[strings.Clone(host)] = known
	}
	return known && len(p.of(address)) > 0
}

// around gives the channels at a host, else at the nearest host above it.
func (p *addresses) around(host string) []audit.Channel {
	for {
		if at := p.byHost[host]; len(at) > 0 {
			return at
		}
		_, above, ok := strings.Cut(host, ".")
		if !ok {
			return nil
		}
		host = above
	}
}

// of gives the channels that an address belongs to: on the same host, or the nearest above it, those whose path is the longest
// beginning of the address's. Two organisations may share one place.
func (p *addresses) of(address string) []audit.Channel {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil
	}
	var all []audit.Channel
	longest := -1
	for _, c := range p.around(bareHost(u.Host)) {
		n := covers(c, u)
		switch {
		case n < 0 || n < longest:
			continue
		case n > longest:
			all, longest = nil, n
		}
		all = append(all, c)
	}
	return all
}

// covers says how much of an address's path a channel's own path is, -1 where the address is not of the channel.
func covers(c audit.Channel, u *url.URL) int {
	own, err := url.Parse(c.URL)
	if err != nil {
		return -1
	}
	if c.Platform != audit.Web {
		if account(own) == account(u) {
			return len(own.Path)
		}
		return -1
	}
	path := strings.TrimSuffix(own.Path, "/")
	if u.Path == path || strings.HasPrefix(u.Path, path+"/") || path == "" {
		return len(path)
	}
	return -1
}

// account is the account that an address on a platform leads to or into, in one spelling: on Facebook neither dots nor case
// matter.
func account(u *url.URL) string {
	plain := *u
	plain.Path = strings.Replace(plain.Path, "/pg/", "/", 1)
	_, at, ok := crawler.AccountAmong(crawler.SocialNetworks(), &plain)
	if !ok {
		return u.String()
	}
	scheme, rest, _ := strings.Cut(strings.ToLower(at), "://")
	host, path, _ := strings.Cut(rest, "/")
	if host == "facebook.com" && !strings.Contains(path, "?") {
		path = strings.ReplaceAll(path, ".", "")
	}
	return scheme + "://" + host + "/" + path
}
