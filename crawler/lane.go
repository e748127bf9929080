package crawler

import (
	"net"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Lane names what is paced as one: the registrable domain of a host (which may carry a port). A host whose ending is
// not on the public suffix list, and an address, are lanes of their own.
func Lane(host string) string {
	host = hostName(host)
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	suffix, listed := publicsuffix.PublicSuffix(host)
	if !listed && !strings.Contains(suffix, ".") {
		return host
	}
	lane, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host
	}
	return lane
}

// hostName is a host as DNS knows it: lower case, ASCII, without port, brackets or a dot at the end.
func hostName(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(Lower(strings.Trim(host, "[]")), ".")
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		return ascii
	}
	return host
}

// sameSubject says whether a redirect from one address to another stays with the same subject.
func sameSubject(a, b *url.URL) bool {
	if _, err := netip.ParseAddr(b.Hostname()); err == nil {
		return a.Hostname() == b.Hostname()
	}
	return SameSite(a, b)
}
