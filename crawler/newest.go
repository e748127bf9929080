package crawler

import (
	"time"

	"doorknock/audit"
)

// How old the newest of an organisation's posts may be.
const (
	lately  = 14 * 24 * time.Hour
	dormant = 90 * 24 * time.Hour
)

// NewestPost says what the age of the newest post means: open where it is of the last 14 days, else restricted (old), which after
// 90 days has the rule "dormant".
func NewestPost(age time.Duration) (s audit.State, k audit.Kind, rule string) {
	switch {
	case age <= lately:
		return audit.Open, "", "newest-post"
	case age <= dormant:
		return audit.Restricted, audit.KindOld, "not-lately"
	}
	return audit.Restricted, audit.KindOld, "dormant"
}

// NewestPostFor is how much longer NewestPost says the same of a post; 0: for ever.
func NewestPostFor(age time.Duration) time.Duration {
	for _, end := range [...]time.Duration{lately, dormant} {
		if age <= end {
			return end - age + 1
		}
	}
	return 0
}
