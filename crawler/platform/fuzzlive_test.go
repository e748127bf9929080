package platform_test

import (
	"bytes"
	"net/http"
	"net/url"
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
	"doorknock/crawler/platform"
)

// hookIsRead: whatever comes as a message of Facebook is read without a panic, and nothing is heard of a page that nobody knows.
func hookIsRead(t *testing.T, body []byte, keys *audit.Keys) {
	t.Helper()
	told, err := platform.ReadHook(body, keys, func(page string) (audit.Channel, bool) {
		return audit.Channel{ID: "c", Platform: audit.Facebook}, page == "1"
	})
	for _, x := range told {
		if err != nil || x.Page != "1" && len(x.Comments)+len(x.Outcomes) > 0 {
			t.Errorf("%v, %+v", err, x)
		}
	}
}

// FuzzCallers: a platform that is asked by its interface takes whatever comes for every call without a panic, and closes nothing
// but by a marker.
func FuzzCallers(f *testing.F) {
	f.Add(uint8(3), []byte(`{"data":"x"}`), 200)
	f.Add(uint8(0), []byte(`{"object":"page","entry":[{"id":"1","time":1,"changes":[{"field":"feed","value":{"item":"comment","verb":"hide","comment_id":"1_2","post_id":"1_1","from":{"id":"5"}}}]}]}`), 200)
	f.Add(uint8(0), []byte(`{"object":"page","entry":[{"id":"2","changes":[{"field":"feed","value":7},null]}]}`), 200)
	f.Add(uint8(5), []byte(`{"thread":{"post":{}},"feed":[{"post":{"uri":"at://a/b/c"}}]}`), 200)
	f.Add(uint8(9), []byte(`{"id":"1","reviews":[{"id":"2","companyReply":{}}]}`), 403)
	keys, err := audit.NewKeys(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		f.Fatal(err)
	}
	at := map[audit.Platform]string{"facebook": "https://www.facebook.com/a", "mastodon": "https://m.test/@a", "trustpilot": "https://www.trustpilot.com/review/a", "bluesky": "https://bsky.app/profile/a",
		"google": "https://search.google.com/local/reviews?placeid=a", "disqus": "https://a.disqus.com/"}
	f.Fuzz(func(t *testing.T, n uint8, body []byte, status int) {
		hookIsRead(t, body, keys)
		all := platform.All()[1:]
		p := all[int(n)%len(all)]
		address := at[p.Name]
		if address == "" {
			address = "https://x.test/@a"
		}
		s := crawler.Settings{Keys: keys, Interface: p.Interface, Held: map[string]string{string(p.Name): "https://x.test", string(p.Name) + "/a": "https://x.test"}}
		s.Interface.Cap = 1 << 40
		s.Checks = append(s.Checks, checks.All()...)
		plan := p.Plan(audit.Job{Channel: audit.Channel{ID: "c", Platform: p.Name, URL: address}, OrganisationName: "A Homes"}, s)
		queue := plan.First()
		for i := 0; len(queue) > 0 && i < 200; i++ {
			r := queue[0]
			queue = queue[1:]
			u, err := url.Parse(r.URL)
			if err != nil {
				t.Fatal(err)
			}
			queue = append(queue, plan.Next(crawler.NewPage(crawler.Answer{Request: r, URL: u, Status: status, Body: body, Header: http.Header{}, Capture: "k"}, nil))...)
		}
		for _, r := range plan.Done(nil).Readings {
			if e := r.Verdict.Evidence(); r.Verdict.State() != audit.Unknown && (e == nil || e.Offset+e.Length > len(body)) {
				t.Errorf("%s: %+v", p.Name, r)
			}
		}
	})
}
