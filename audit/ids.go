package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Hash is the first 16 hex digits' worth (64 bits) of SHA-256 over the parts, each with its length before it, so
// that no two lists of parts run together. All ids of rows are made by it: the same content makes the same id.
func Hash(parts ...string) string { return hash(16, parts) }

// LongHash is Hash with 32 hex digits, for ids of things that exist in millions.
func LongHash(parts ...string) string { return hash(32, parts) }

func hash(digits int, parts []string) string {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))[:digits]
}

var organisationID = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// ValidOrganisationID reports whether id may name an organisation.
func ValidOrganisationID(id string) bool { return organisationID.MatchString(id) }

// ChannelID is made from the organisation, the platform and the channel's canonical address.
func ChannelID(organisation string, p Platform, canonicalURL string) string {
	return Hash(organisation, string(p), canonicalURL)
}

// JobID is made from the channel and the time it became due.
func JobID(channel string, due time.Time) string { return LongHash("job", channel, stamp(due)) }

// VisitID names a visit that had no job, by who was seen, how, by which content, and when.
func VisitID(channel string, how How, content string, observed time.Time) string {
	return LongHash("visit", channel, string(how), content, stamp(observed))
}

// FindingID is made from the visit, the check and the scope. Findings of one visit begin alike, so that they stand beside one
// another in every index by id: strewn over it, each would make the database write a page of its own. Six digits do that for
// sixteen million visits, and leave 104 bits to tell findings apart. Findings recorded before this was so keep their ids.
func FindingID(visit string, c CheckID, scope string) string {
	const together = 6
	return Hash("findings of", visit)[:together] + LongHash("finding", visit, string(c), scope)[together:]
}

// CorrectedID names the finding that today's rules make where they read the bytes of an old one otherwise.
func CorrectedID(old string, v Verdict, values Values) string {
	e := v.Evidence()
	if e == nil {
		e = &Evidence{}
	}
	parts := []string{"corrected", old, v.State().String(), string(v.Reason()), string(v.Kind()), e.Rule, strconv.Itoa(e.Version)}
	if len(values) > 0 {
		parts = append(parts, values.String())
	}
	return LongHash(parts...)
}

// ValueChangeID is made from what changed, how, and the first finding that showed it.
func ValueChangeID(channel string, c CheckID, scope string, from, to Values, first string) string {
	return LongHash("values", channel, string(c), scope, from.String(), to.String(), first)
}

// WordingID is made from the sentences, so that the same wording is kept once.
func WordingID(sentences []string) string { return Hash(append([]string{"wording"}, sentences...)...) }

// ChangeID is made from what changed, how, and the first finding that showed it.
func ChangeID(channel string, c CheckID, scope string, from, to State, first string) string {
	return LongHash("change", channel, string(c), scope, from.String(), to.String(), first)
}

// CommentID is made from the channel, the comment system and the platform's own id, or a fingerprint where there is none.
func CommentID(channel, system, native string) string {
	return LongHash("comment", channel, system, native)
}

// Fingerprint stands in for a comment's own id where the page gives none: who said what under which post, and how often the
// same was said there before. No time is in it, for "3 h ago" is another time an hour later.
func Fingerprint(post, author, print string, n int) string {
	return LongHash("fingerprint", post, author, print, strconv.Itoa(n))
}

// Print is what a text says however it is set: the hash of its letters and digits in lower case. "" of a text without any.
func Print(text string) string {
	letters := strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
	if letters == "" {
		return ""
	}
	return LongHash("print", letters)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// CanonicalURL gives the one spelling of an address that ids are made from: lower-case scheme and host, no default
// port, no user, no fragment, no trailing slash but the root's. Anything that is not http or https is an error.
func CanonicalURL(raw string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		return "", fmt.Errorf("read address %q: %w", raw, err)
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || len(raw) > 2048 {
		return "", fmt.Errorf("read address %q: want http(s)://host/path", raw)
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" && u.Scheme+port != "http80" && u.Scheme+port != "https443" {
		host += ":" + port
	}
	u.Host, u.Fragment, u.RawFragment = host, "", ""
	if u.Path == "" {
		u.Path = "/"
	}
	if len(u.Path) > 1 {
		u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	}
	return u.String(), nil
}
