package platform_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
)

// tube answers as the YouTube Data API does: a channel with videos, each with its comments' state.
type tube struct {
	videos map[string]string // id to "off", "kids", "on", "none", or an error's reason
	order  []string
	broken string // whole answer of commentThreads, in place of all that
	calls  []string
}

func (y *tube) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	q := r.URL.Query()
	call := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	y.calls = append(y.calls, call)
	if r.Header.Get("X-Goog-Api-Key") != canary || q.Has("key") || q.Has("search") {
		refuseGoogle(w, 400, "API_KEY_INVALID")
		return
	}
	switch call {
	case "channels":
		if q.Get("forHandle") != "@AshHomes" {
			fmt.Fprint(w, `{"kind":"youtube#channelListResponse","pageInfo":{"totalResults":0}, "items":[]}`)
			return
		}
		fmt.Fprint(w, `{"kind":"youtube#channelListResponse","items":[{"id":"UCash","snippet":{"title":"Ash Homes"},"contentDetails":{"relatedPlaylists":{"uploads":"UUash"}}}]}`)
	case "playlistItems":
		var items []string
		for _, id := range y.order {
			items = append(items, `{"contentDetails":{"videoId":"`+id+`"}}`)
		}
		fmt.Fprintf(w, `{"kind":"youtube#playlistItemListResponse","items":[%s]}`, strings.Join(items, ","))
	case "videos":
		var items []string
		for id := range strings.SplitSeq(q.Get("id"), ",") {
			items = append(items, fmt.Sprintf(`{"id":%q,"snippet":{"title":"Video %s","publishedAt":"2026-10-01T09:00:00Z"},"statistics":{"commentCount":"2"},"status":{"madeForKids":%t}}`,
				id, id, y.videos[id] == "kids"))
		}
		fmt.Fprintf(w, `{"kind":"youtube#videoListResponse","items":[%s]}`, strings.Join(items, ","))
	case "commentThreads":
		if y.broken != "" {
			fmt.Fprint(w, y.broken)
			return
		}
		y.threads(w, q.Get("videoId"))
	case "comments":
		fmt.Fprint(w, `{"kind":"youtube#commentListResponse","items":[{"id":"t1.2","snippet":{"parentId":"t1","textOriginal":"Me too","publishedAt":"2026-10-03T09:00:00Z","authorChannelId":{"value":"UCmo"}}}]}`)
	}
}

func (y *tube) threads(w http.ResponseWriter, id string) {
	switch y.videos[id] {
	case "off", "kids":
		refuseGoogle(w, 403, "commentsDisabled")
	case "on":
		fmt.Fprintf(w, `{"kind":"youtube#commentThreadListResponse","items":[{"snippet":{"channelId":"UCash","videoId":%q,"totalReplyCount":2,
			"topLevelComment":{"id":"t1","snippet":{"textOriginal":"No heat since Monday, ring 07700 900123","publishedAt":"2026-10-02T09:00:00Z","authorChannelId":{"value":"UCjo"},"canReply":false}}},
			"replies":{"comments":[{"id":"t1.1","snippet":{"textOriginal":"We are on it","publishedAt":"2026-10-02T10:00:00Z","authorChannelId":{"value":"UCash"}}}]}}]}`, id)
	case "none":
		fmt.Fprint(w, `{"kind":"youtube#commentThreadListResponse","items":[]}`)
	default:
		refuseGoogle(w, 403, y.videos[id])
	}
}

func refuseGoogle(w http.ResponseWriter, status int, reason string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":{"code":%d,"message":"refused","errors":[{"domain":"youtube","reason":%q,"message":"refused"}]}}`, status, reason)
}

const ashTube = "https://www.youtube.com/@AshHomes"

func TestYouTube(t *testing.T) {
	for name, c := range map[string]struct {
		order  string
		want   string
		broken string
	}{
		"all on":                      {order: "on none", want: "comments open o1 r0 c0 u1"},
		"off on one":                  {order: "off none none", want: "comments unknown/no_marker o0 r0 c1 u2"},
		"off on two of two":           {order: "off off", want: "comments closed o0 r0 c2 u0"},
		"off on some":                 {order: "on off off", want: "comments restricted/some_posts o1 r0 c2 u0"},
		"no comments says nothing":    {order: "none none", want: "comments unknown/no_marker o0 r0 c0 u2"},
		"made for children":           {order: "kids kids kids", want: "comments unknown/no_marker o0 r0 c0 u3"},
		"children beside others":      {order: "kids off off", want: "comments unknown/no_marker o0 r0 c2 u1"},
		"gone":                        {order: "videoNotFound", want: "comments unknown/not_found o0 r0 c0 u1"},
		"HTML in place of JSON":       {order: "off", broken: "<html><body>Sorry...</body></html>", want: "comments unknown/parse_changed o0 r0 c0 u1"},
		"an error under 200":          {order: "off", broken: `{"error":{"code":500,"errors":[{"reason":"backendError"}]}}`, want: "comments unknown/server_error o0 r0 c0 u1"},
		"keys that nobody knows":      {order: "off", broken: `{"threads":[]}`, want: "comments unknown/parse_changed o0 r0 c0 u1"},
		"cut short":                   {order: "off", broken: `{"kind":"youtube#commentThreadListResponse","items":[{"sni`, want: "comments unknown/parse_changed o0 r0 c0 u1"},
		"a list that is a word":       {order: "off", broken: `{"kind":"youtube#commentThreadListResponse","items":"commentsDisabled"}`, want: "comments unknown/parse_changed o0 r0 c0 u1"},
		"the word in somebody's text": {order: "on", broken: `{"kind":"youtube#commentThreadListResponse","items":[],"note":"commentsDisabled"}`, want: "comments unknown/no_marker o0 r0 c0 u1"},
	} {
		t.Run(name, func(t *testing.T) {
			y := &tube{videos: map[string]string{}, broken: c.broken}
			for i, state := range strings.Fields(c.order) {
				id := fmt.Sprintf("v%d", i)
				y.order, y.videos[id] = append(y.order, id), state
			}
			l := goLive(t, y, map[string]string{"youtube": canary}, nil)
			v := l.look("youtube", ashTube)
			wantStates(t, v, c.want)
			if v.Confirmed == nil || v.How != audit.AppToken || len(v.Captures) != len(y.calls) {
				t.Errorf("confirmed %v, seen by %s, %d captures of %d calls", v.Confirmed, v.How, len(v.Captures), len(y.calls))
			}
		})
	}
}

func TestYouTubeComments(t *testing.T) {
	l := goLive(t, &tube{videos: map[string]string{"v": "on"}, order: []string{"v"}}, map[string]string{"youtube": canary}, nil)
	v := l.look("youtube", ashTube)
	want := []string{"public: No heat since Monday, ring [phone]", "us: We are on it (to No heat since Monday, ring [phone])", "public: Me too (to No heat since Monday, ring [phone])"}
	if diff := cmp.Diff(want, said(v)); diff != "" {
		t.Errorf("comments (-want +got):\n%s", diff)
	}
	if len(v.Posts) != 1 || v.Posts[0].URL != "https://www.youtube.com/watch?v=v" || v.Posts[0].Title != "Video v" {
		t.Errorf("posts %+v", v.Posts)
	}
}

// Without a key nobody is asked, and that is the reason; a channel that is not there is not found.
func TestYouTubeUnknown(t *testing.T) {
	y := &tube{}
	wantStates(t, goLive(t, y, nil, nil).look("youtube", ashTube), "comments unknown/no_access")
	if len(y.calls) != 0 {
		t.Errorf("asked %q without a key", y.calls)
	}
	wantStates(t, goLive(t, y, map[string]string{"youtube": canary}, nil).look("youtube", "https://www.youtube.com/@Nobody"), "comments unknown/not_found")
}

// A key that is no good costs one call, then none until tomorrow; the operator is told once. Another key begins anew. The
// day's calls end at the budget, over restarts: what is remembered travels with the lane.
func TestKeyInTrouble(t *testing.T) {
	y := &tube{videos: map[string]string{"v": "off"}, order: []string{"v", "v"}}
	l := goLive(t, y, map[string]string{"youtube": "wrong-" + canary}, nil)
	for range 3 {
		wantStates(t, l.look("youtube", ashTube), "comments unknown/no_access")
	}
	if len(y.calls) != 1 || strings.Count(l.log.String(), "a key is refused") != 1 {
		t.Errorf("%d calls with a key that is no good; log: %s", len(y.calls), l.log)
	}
	again := goLive(t, y, map[string]string{"youtube": "wrong-" + canary}, nil)
	again.memory = l.memory
	wantStates(t, again.look("youtube", ashTube), "comments unknown/no_access")
	if m := again.memory.Host.Interfaces["youtube"]; len(y.calls) != 1 || m.Trouble != audit.ReasonNoAccess || m.Said != "API_KEY_INVALID" {
		t.Errorf("%d calls after a restart, remembered %+v", len(y.calls), m)
	}
	well := goLive(t, y, map[string]string{"youtube": canary}, func(o *crawler.Options) {
		i := o.Interfaces["youtube"]
		i.Budget = 8
		o.Interfaces["youtube"] = i
	})
	well.memory = l.memory
	wantStates(t, well.look("youtube", ashTube), "comments unknown/incomplete o0 r0 c1 u0")
	if m := well.memory.Host.Interfaces["youtube"]; m.Calls != 6 || m.Trouble != "" {
		t.Errorf("remembered %+v, want the calls of the day and no trouble", m)
	}
	if v := well.look("youtube", ashTube); v.Memory.Host.Interfaces["youtube"].Calls != 8 {
		t.Errorf("%+v, want 8 calls of 8", v.Memory.Host.Interfaces)
	}
	wantStates(t, well.look("youtube", ashTube), "comments unknown/rate_limited")
}
