package crawler

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// ErrPrivateAddress is wrapped where a name leads to an address that is not of the public Internet.
var ErrPrivateAddress = errors.New("not a public address")

const dialTime = 5 * time.Second

// denied are the nets that are no public host although some count as "global unicast". For IPv6 only 2000::/3 is
// allowed at all; the nets of it listed here tunnel to IPv4 or are for documentation.
func denied() []netip.Prefix {
	var out []netip.Prefix
	for _, net := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
		"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	} {
		out = append(out, netip.MustParsePrefix(net))
	}
	return out
}

// guard dials, and refuses every address inside a private or special net. It looks at the address that is really
// dialled, so that no spelling of a name and no second answer of DNS gets past it.
type guard struct {
	deny   []netip.Prefix
	global netip.Prefix
	hosts  map[string]string
	dialer net.Dialer
}

func newGuard(hosts map[string]string) *guard {
	g := &guard{deny: denied(), global: netip.MustParsePrefix("2000::/3"), hosts: make(map[string]string, len(hosts))}
	for name, to := range hosts {
		g.hosts[Lower(name)] = to
	}
	g.dialer = net.Dialer{Timeout: dialTime, Control: g.control}
	return g
}

// Guard gives the check of an address about to be dialled, for a net.Dialer's Control: public addresses only, and those
// that hosts (name to ip:port) leads to. It must not be used beside a proxy: only the proxy's address would be checked.
func Guard(hosts map[string]string) func(network, address string, c syscall.RawConn) error {
	g := newGuard(hosts)
	return func(network, address string, c syscall.RawConn) error {
		for _, to := range g.hosts {
			if to == address {
				return nil
			}
		}
		return g.control(network, address, c)
	}
}

func (g *guard) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("dial %q: %w", addr, err)
	}
	if to, ok := g.exempt(host); ok {
		plain := net.Dialer{Timeout: dialTime}
		return plain.DialContext(ctx, network, to)
	}
	return g.dialer.DialContext(ctx, network, addr)
}

func (g *guard) exempt(host string) (string, bool) {
	to, ok := g.hosts[strings.TrimSuffix(Lower(host), ".")]
	return to, ok
}

func (g *guard) control(_, addr string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return fmt.Errorf("dial %q: %w", addr, ErrPrivateAddress)
	}
	return g.check(at.Addr())
}

func (g *guard) check(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	if a.Is6() && !g.global.Contains(a) {
		return fmt.Errorf("dial %v: %w", a, ErrPrivateAddress)
	}
	for _, net := range g.deny {
		if net.Contains(a) {
			return fmt.Errorf("dial %v, of %v: %w", a, net, ErrPrivateAddress)
		}
	}
	return nil
}
