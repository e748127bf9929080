package alerts

import (
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// A complaint without a date that stood on its page before we read it alerts nobody by itself, unless its post is new.
func TestStandingComments(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		facts store.CommentFacts
		want  store.AlertKind
	}{
		"new on a page we knew":          {store.CommentFacts{Latest: now}, store.AlertComplaint},
		"stood on an old post":           {store.CommentFacts{Latest: now, Standing: true, Said: now.Add(-100 * time.Hour)}, store.AlertBacklog},
		"stood on a page without a date": {store.CommentFacts{Latest: now, Standing: true}, store.AlertBacklog},
		"stood on a post of today":       {store.CommentFacts{Latest: now, Standing: true, Said: now.Add(-3 * time.Hour)}, store.AlertComplaint},
		"the channel's first look":       {store.CommentFacts{Latest: now, FirstLook: true}, store.AlertBacklog},
	} {
		c.facts.IsComplaint, c.facts.By = true, audit.AuthorPublic
		if got := judge(store.AlertFacts{Comment: &c.facts}, now, 24*time.Hour); got == nil || got.Kind != c.want {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
}
