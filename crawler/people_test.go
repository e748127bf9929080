package crawler

import (
	"net/http"
	"testing"

	"doorknock/audit"
)

func TestPagesThatHoldPeople(t *testing.T) {
	for body, want := range map[string]bool{
		`<html><body><ul><li class="recentcomments">Ann on Bins</li></ul></body></html>`:           true,
		`<html><body><ol class="wp-block-latest-comments"><li>Ann on Bins</li></ol></body></html>`: true,
		`<html><body><ul><li class="recent-posts">Bins</li></ul></body></html>`:                    false,
		``: false,
	} {
		if got := NewPage(Answer{Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte(body)}, nil).holdsPeople(); got != want {
			t.Errorf("%q: %t", body, got)
		}
	}
	none, some := 0, 3
	for _, c := range []struct {
		r    audit.Reading
		want bool
	}{
		{audit.Reading{Check: commentsCheck, System: "wordpress", Count: &some}, true},
		{audit.Reading{Check: commentsCheck, System: "wordpress", Count: &none}, false},
		{audit.Reading{Check: commentsCheck, System: "custom"}, true},
		{audit.Reading{Check: commentsCheck, System: "none"}, false},
		{audit.Reading{}, false},
		{audit.Reading{Check: "social_links", System: "custom", Count: &some}, false},
	} {
		if got := listsPeople(c.r); got != c.want {
			t.Errorf("%+v: %t", c.r, got)
		}
	}
}
