package checks_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// fbStory is a post of the new layout as its data holds it: the number on the story, what is said of comments far below it.
func fbStory(id, more string) string {
	return fmt.Sprintf(`{"node":{"__typename":"Story","post_id":"%s","comet_sections":{"feedback":{"story":{"feedback_context":{"ufi":{"feedback":{"can_viewer_comment":false,%s}}}}}}}}`, id, more)
}

// TestFacebookPosts: a page's posts are told apart by their numbers, each with the bytes that speak of it, and the page is closed only
// where two of them are and nothing on it says otherwise.
func TestFacebookPosts(t *testing.T) {
	const off, on = `"have_comments_been_disabled":true,"comment_count":{"total_count":3}`, `"have_comments_been_disabled":false`
	for name, c := range map[string]struct {
		data  []string
		want  string // of the page
		posts []string
	}{
		"two closed":                      {[]string{fbStory("7", off), fbStory("8", off)}, "closed o0 c2 u0", []string{"7 closed 3", "8 closed 3"}},
		"two closed in one script":        {[]string{`{"edges":[` + fbStory("7", off) + `,` + fbStory("8", off) + `]}`}, "closed o0 c2 u0", []string{"7 closed 3", "8 closed 3"}},
		"one closed":                      {[]string{fbStory("7", off)}, "unknown/incomplete o0 c1 u0", []string{"7 closed 3"}},
		"one closed, told three times":    {[]string{fbStory("7", off), fbStory("7", off), fbStory("7", off)}, "unknown/incomplete o0 c1 u0", []string{"7 closed 3"}},
		"one closed, and one nameless":    {[]string{fbStory("7", off), `{"feedback":{` + off + `}}`}, "unknown/incomplete o0 c1 u0", []string{"7 closed 3"}},
		"two closed, a nameless one on":   {[]string{fbStory("7", off), fbStory("8", off), `{"feedback":{` + on + `}}`}, "restricted/some_posts o1 c2 u0", []string{"7 closed 3", "8 closed 3", "page open -"}},
		"one closed, one open":            {[]string{fbStory("7", off), fbStory("8", on)}, "restricted/some_posts o1 c1 u0", []string{"7 closed 3", "8 open -"}},
		"open":                            {[]string{fbStory("7", on), fbStory("8", on)}, "open o2 c0 u0", []string{"7 open -", "8 open -"}},
		"closed and open at once":         {[]string{fbStory("7", off), fbStory("7", on), fbStory("8", off)}, "unknown/no_marker o0 c1 u1", []string{"7 unknown 3", "8 closed 3"}},
		"another's post that is shared":   {[]string{fbStory("7", `"attached_story":`+fbStory("9", off)+`,`+off)}, "unknown/incomplete o0 c1 u0", []string{"7 closed 3"}},
		"a number in a person's words":    {[]string{fbStory("7", `"text":"\"post_id\":\"8\",\"have_comments_been_disabled\":true",`+off)}, "unknown/incomplete o0 c1 u0", []string{"7 closed 3"}},
		"code around the data":            {[]string{`requireLazy(["X"],function(m){m.handle({"a":[` + fbStory("7", off) + `]})});})`, fbStory("8", off)}, "closed o0 c2 u0", []string{"7 closed 3", "8 closed 3"}},
		"nameless posts, all off":         {[]string{`{"feedback":{` + off + `}}`, `{"feedback":{` + off + `}}`}, "unknown/incomplete o0 c1 u0", []string{"page closed 3"}},
		"cut short":                       {[]string{fbStory("7", off), strings.TrimRight(fbStory("8", off), "}")}, "closed o0 c2 u0", []string{"7 closed 3", "8 closed 3"}},
		"only what the viewer may do":     {[]string{fbStory("7", `"can_viewer_comment":false`), fbStory("8", `"comment_count":{"total_count":0}`)}, "unknown/no_marker o0 c0 u1", []string{"page unknown 0"}},
		"brackets that nobody opened":     {[]string{"]}]}" + fbStory("7", off), fbStory("8", off)}, "closed o0 c2 u0", []string{"7 closed 3", "8 closed 3"}},
		"more brackets than any page has": {[]string{strings.Repeat("[", 5000) + fbStory("7", off), fbStory("8", off)}, "unknown/incomplete o0 c1 u0", []string{"8 closed 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			page := fbPage(c.data...)
			u := &url.URL{Scheme: "https", Host: "www.facebook.com", Path: "/fernleyhomes"}
			readings := crawler.NewPage(crawler.Answer{Request: crawler.Request{URL: u.String(), For: crawler.ForHome}, URL: u, Status: 200, Body: []byte(page),
				Header: http.Header{"Content-Type": {"text/html"}}, Capture: "c1"}, nil).Read([]crawler.Check{checks.Comments()})
			var posts []string
			for _, r := range readings {
				if r.Scope == "" {
					continue
				}
				n, of := "-", strings.TrimPrefix(strings.Replace(r.Scope, u.String(), "page", 1), "page/posts/")
				if r.CountClaimed != nil {
					n = fmt.Sprint(*r.CountClaimed)
				}
				posts = append(posts, fmt.Sprintf("%s %s %s", of, r.Verdict.State(), n))
				if e := r.Verdict.Evidence(); e != nil {
					before, said := page[:e.Offset], page[e.Offset:e.Offset+e.Length]
					if said != e.Excerpt || !strings.HasPrefix(said, `"have_comments_been_disabled":`) || of != "page" && !strings.Contains(page, "attached") && !strings.HasSuffix(before[:strings.LastIndex(before, `","comet_sections"`)], `"post_id":"`+of) {
						t.Errorf("post %s rests on %q at %d", of, said, e.Offset)
					}
				}
			}
			if diff := cmp.Diff(c.posts, posts); diff != "" {
				t.Errorf("posts (-want +got):\n%s", diff)
			}
			f := checks.Comments().Fold(crawler.Folding{Visit: audit.Visit{ID: "v", Channel: audit.Channel{ID: "c", Platform: audit.Facebook}}, Check: checks.Comments(), Readings: readings})[0]
			got := f.Verdict.State().String()
			if r := string(f.Verdict.Reason()) + string(f.Verdict.Kind()); r != "" {
				got += "/" + r
			}
			if got += fmt.Sprintf(" o%d c%d u%d", f.Of.Open, f.Of.Closed, f.Of.Unknown); got != c.want {
				t.Errorf("the page is %s, want %s", got, c.want)
			}
		})
	}
}

// TestFacebookNewestPost: a saved page shows that a page is alive, and never that it sleeps.
func TestFacebookNewestPost(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	made := func(days int) string { return fmt.Sprintf(`"creation_time":%d`, at.AddDate(0, 0, -days).Unix()) }
	for name, c := range map[string]struct {
		data []string
		want string
	}{
		"new":                      {[]string{fbStory("7", made(40)), fbStory("8", made(3))}, "open 2026-11-17"},
		"old":                      {[]string{fbStory("7", made(400))}, "unknown incomplete"},
		"its picture is newer":     {[]string{fbStory("7", made(400)+`,"photo":{`+made(1)+`}`)}, "unknown incomplete"},
		"of another, shared":       {[]string{fbStory("7", made(400)+`,"attached_story":`+fbStory("9", made(1)))}, "unknown incomplete"},
		"no post":                  {[]string{`{"x":{` + made(1) + `}}`}, "unknown no_marker"},
		"of tomorrow":              {[]string{fbStory("7", made(-1))}, "unknown no_marker"},
		"a number that is no time": {[]string{fbStory("7", `"creation_time":12`)}, "unknown no_marker"},
		"no times":                 {[]string{fbStory("7", `"x":1`)}, "unknown no_marker"},
	} {
		u := &url.URL{Scheme: "https", Host: "www.facebook.com", Path: "/fernleyhomes"}
		r := crawler.NewPage(crawler.Answer{Request: crawler.Request{URL: u.String(), For: crawler.ForHome}, URL: u, Status: 200, Body: []byte(fbPage(c.data...)),
			Header: http.Header{"Content-Type": {"text/html"}}, Capture: "c1", At: at}, nil).Read([]crawler.Check{checks.Recency()})[0]
		got := r.Verdict.State().String() + " " + string(r.Verdict.Reason()) + r.Values[audit.ValueNewest].Text
		if got != c.want || r.Scope != "" {
			t.Errorf("%s: %s of %q, want %s", name, got, r.Scope, c.want)
		}
	}
}
