package crawler

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	product     = "doorknock"
	robotsBytes = 512 << 10 // the RFC asks for at least 500 KiB; the rest is not read
	maxDelay    = 60 * time.Second
)

// robotsRules are the rules of one robots.txt that speak to us, by RFC 9309: the groups that name us, all together,
// else the groups for everybody.
type robotsRules struct {
	rules    []robotsRule
	delay    time.Duration // Crawl-delay, at most maxDelay
	sitemaps []string
}

type robotsRule struct {
	allow   bool
	pattern string   // as normalised
	parts   []string // between the stars
	end     bool     // ends in $
}

// robotsGroup collects one audience's lines while a file is read.
type robotsGroup struct {
	rules []robotsRule
	delay time.Duration
	named bool
}

// parseRobots reads at most robotsBytes of a robots.txt. Any bytes will do: a line that makes no sense is passed over.
func parseRobots(body []byte) *robotsRules {
	body = bytes.TrimPrefix(body[:min(len(body), robotsBytes)], []byte("\xef\xbb\xbf"))
	var ours, everybodys robotsGroup
	var audience []*robotsGroup
	out := &robotsRules{}
	ruled := true // a user-agent line after a rule begins a new group
	for line := range strings.FieldsFuncSeq(string(body), func(r rune) bool { return r == '\n' || r == '\r' }) {
		key, value := splitRobots(line)
		switch key {
		case "user-agent":
			if ruled {
				audience, ruled = nil, false
			}
			if g := groupOf(value, &ours, &everybodys); g != nil {
				g.named = true
				audience = append(audience, g)
			}
		case "allow", "disallow":
			ruled = true
			for _, g := range audience {
				g.add(key == "allow", value)
			}
		case "crawl-delay":
			for _, g := range audience {
				g.delay = max(g.delay, parseDelay(value))
			}
		case "sitemap":
			out.sitemaps = append(out.sitemaps, value)
		}
	}
	chosen := &everybodys
	if ours.named {
		chosen = &ours
	}
	out.rules, out.delay = chosen.rules, chosen.delay
	return out
}

func splitRobots(line string) (key, value string) {
	line, _, _ = strings.Cut(line, "#")
	key, value, _ = strings.Cut(line, ":")
	return Lower(strings.TrimSpace(key)), strings.TrimSpace(value)
}

// groupOf finds whom a user-agent line speaks to: us, by the exact product token, everybody, or nobody we are.
func groupOf(value string, ours, everybodys *robotsGroup) *robotsGroup {
	if value == "*" || strings.HasPrefix(value, "* ") {
		return everybodys
	}
	token := value
	if i := strings.IndexFunc(value, noTokenLetter); i >= 0 {
		token = value[:i]
	}
	if strings.EqualFold(token, product) {
		return ours
	}
	return nil
}

func noTokenLetter(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
}

// add keeps one rule. An empty one forbids nothing. One without a leading slash is read as if it had it: who wrote
// "Disallow: private" meant something, and obeying costs us little.
func (g *robotsGroup) add(allow bool, pattern string) {
	if pattern == "" {
		return
	}
	if pattern[0] != '/' && pattern[0] != '*' {
		pattern = "/" + pattern
	}
	r := robotsRule{allow: allow}
	if strings.HasSuffix(pattern, "$") {
		r.end, pattern = true, pattern[:len(pattern)-1]
	}
	r.pattern = normalOctets(pattern, true)
	r.parts = strings.FieldsFunc(r.pattern, func(c rune) bool { return c == '*' })
	g.rules = append(g.rules, r)
}

// weight is the length by which the most specific rule wins.
func (r *robotsRule) weight() int {
	if r.end {
		return len(r.pattern) + 1
	}
	return len(r.pattern)
}

// matches walks the parts between the stars through the path, each at its earliest place, which suffices: time is
// linear in path and pattern, however many stars there are.
func (r *robotsRule) matches(path string) bool { return r.walk(path, strings.Index) }

// walk is matches with the function by which a part is looked for, so that a test can count what it looks at.
func (r *robotsRule) walk(path string, index func(path, part string) int) bool {
	floating := strings.HasPrefix(r.pattern, "*")
	for i, part := range r.parts {
		last := i == len(r.parts)-1 && r.end && !strings.HasSuffix(r.pattern, "*")
		switch {
		case i == 0 && !floating && last:
			return path == part
		case i == 0 && !floating:
			if !strings.HasPrefix(path, part) {
				return false
			}
			path = path[len(part):]
		case last:
			return strings.HasSuffix(path, part)
		default:
			at := index(path, part)
			if at < 0 {
				return false
			}
			path = path[at+len(part):]
		}
	}
	// Only stars, or a star at the end, are left; the bare "$" rule wants an empty path, which there never is.
	return !r.end || strings.HasSuffix(r.pattern, "*")
}

// allowed says whether the path with its query may be fetched: the longest rule wins, allow wins a tie.
func (rr *robotsRules) allowed(path string) bool {
	path = normalOctets(path, false)
	best, allow := -1, true
	for i := range rr.rules {
		r := &rr.rules[i]
		w := r.weight()
		if w < best || (w == best && !r.allow) || !r.matches(path) {
			continue
		}
		best, allow = w, r.allow
	}
	return allow
}

// text writes the rules back as a small robots.txt: what a visit leaves for the next.
func (rr *robotsRules) text() string {
	var b strings.Builder
	b.WriteString("User-agent: *\n")
	for i := range rr.rules {
		r := &rr.rules[i]
		if r.allow {
			b.WriteString("Allow: ")
		} else {
			b.WriteString("Disallow: ")
		}
		b.WriteString(r.pattern)
		if r.end {
			b.WriteByte('$')
		}
		b.WriteByte('\n')
	}
	if rr.delay > 0 {
		b.WriteString("Crawl-delay: " + strconv.FormatFloat(rr.delay.Seconds(), 'f', -1, 64) + "\n")
	}
	for _, s := range rr.sitemaps {
		b.WriteString("Sitemap: " + s + "\n")
	}
	return b.String()
}

// normalOctets gives paths and patterns one spelling, so that octets can be compared: escapes of unreserved letters
// are undone, other escapes are in capitals, bytes that need an escape get one, and so do, in a query, those that mean
// the same there either way (RFC 9309, section 2.2.2). In a pattern * stays the wildcard; in a path it becomes its
// escape, as does $.
func normalOctets(s string, pattern bool) string {
	const hex = "0123456789ABCDEF"
	if plainOctets(s, pattern) {
		return s
	}
	b := make([]byte, 0, len(s)+16)
	escape := func(c byte) { b = append(b, '%', hex[c>>4], hex[c&15]) }
	query := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case query && strings.IndexByte(":/?@", c) >= 0:
			escape(c)
		case c == '%' && i+2 < len(s) && unhex(s[i+1]) < 16 && unhex(s[i+2]) < 16:
			d := unhex(s[i+1])<<4 | unhex(s[i+2])
			if unreserved(d) {
				b = append(b, d)
			} else {
				escape(d)
			}
			i += 2
		case c == '$', c == '*' && !pattern:
			escape(c)
		case c == '*', c == '%', c > ' ' && c < 0x7f && !strings.ContainsRune("\"<>\\^`{|}", rune(c)):
			b = append(b, c)
		default:
			escape(c)
		}
		query = query || c == '?'
	}
	return string(b)
}

func plainOctets(s string, pattern bool) bool {
	query := false
	for i := range len(s) {
		c := s[i]
		plain := unreserved(c) || (c == '/' || c == '?') && !query || c == '=' || c == '&' || c == '*' && pattern
		if !plain {
			return false
		}
		query = query || c == '?'
	}
	return true
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}

func parseDelay(value string) time.Duration {
	s, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(s) || s <= 0 {
		return 0
	}
	return time.Duration(min(s, maxDelay.Seconds()) * float64(time.Second))
}
