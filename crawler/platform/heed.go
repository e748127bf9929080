package platform

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

// tomorrow is how long an interface is left alone whose key is no good: one call a day finds out whether it is again.
const tomorrow = 24 * time.Hour

// restFor is the rest that a status and Retry-After ask for, none where they ask for none.
func restFor(status int, h http.Header, now time.Time) crawler.Advice {
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return crawler.Advice{}
	}
	value := strings.TrimSpace(h.Get("Retry-After"))
	rest := time.Minute
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		rest = time.Duration(min(seconds, 86400)) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		rest = at.Sub(now)
	}
	return crawler.Advice{Rest: rest, Said: strconv.Itoa(status)}
}

// refusedKey is the advice where the key itself is at fault.
func refusedKey(said string) crawler.Advice {
	return crawler.Advice{Rest: tomorrow, Reason: audit.ReasonNoAccess, Said: said}
}

// heedReset reads headers that tell how many calls are left and when there will be more: seconds since 1970, seconds from
// now, or a time by ISO 8601.
func heedReset(h http.Header, now time.Time, remaining, reset string) time.Duration {
	left, err := strconv.Atoi(strings.TrimSpace(h.Get(remaining)))
	if err != nil || left > 0 {
		return 0
	}
	return resetIn(h.Get(reset), now)
}

func resetIn(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return max(0, at.Sub(now))
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || n < 0:
		return 0
	case n > 1_000_000_000:
		return max(0, time.Unix(n, 0).Sub(now))
	}
	return time.Duration(min(n, 86400)) * time.Second
}
