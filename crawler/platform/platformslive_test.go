package platform_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/platform"
	"doorknock/evidence"
)

// answers serves bodies by the address that they answer: the longest part of path and query that stands in it.
type answers struct {
	bodies map[string]string // "500 ..." has that status
	head   http.Header
	mu     sync.Mutex
	asked  []string
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.asked = append(a.asked, r.URL.Path)
	a.mu.Unlock()
	if r.Method != http.MethodGet { // platform-signals.md 0.5: nothing is written to see what happens
		http.Error(w, "", http.StatusMethodNotAllowed)
		return
	}
	best, found := "", false
	for part := range a.bodies {
		if strings.Contains(r.URL.RequestURI(), part) && len(part) >= len(best) {
			best, found = part, true
		}
	}
	if !found {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	maps.Copy(w.Header(), a.head)
	status, body := http.StatusOK, a.bodies[best]
	if strings.HasPrefix(body, "<!doctype") {
		w.Header().Set("Content-Type", "text/html")
	}
	if _, err := fmt.Sscanf(body, "%d ", &status); err == nil && status > 99 {
		_, body, _ = strings.Cut(body, " ")
		w.WriteHeader(status)
	}
	_, _ = fmt.Fprint(w, body)
}

const bskyPost = `{"uri":"at://did:plc:ash/app.bsky.feed.post/%s","author":{"did":"did:plc:ash"},"record":{"$type":"app.bsky.feed.post","text":"News %[1]s","createdAt":"2026-11-01T09:00:00Z"},"replyCount":%d%s}`

func bsky(key string, replies int, gate string) string {
	if gate != "" {
		gate = `,"threadgate":{"uri":"at://g","record":{"$type":"app.bsky.feed.threadgate",` + gate + `}}`
	}
	return fmt.Sprintf(bskyPost, key, replies, gate)
}

func bskyFeed(posts ...string) string {
	var rows []string
	for _, p := range posts {
		rows = append(rows, `{"post":`+p+`}`)
	}
	return `{"feed":[` + strings.Join(rows, ",") + `]}`
}

// A profile of a landlord at a site where others write of it, with reviews and without.
const (
	reviewsPage = `<!doctype html><html lang="en"><head><title>Ash Homes reviews</title>
<script type="application/ld+json">{"@context":"https://schema.org","@type":"Organization","name":"Ash Homes","aggregateRating":{"@type":"AggregateRating","ratingValue":2.1,"reviewCount":38},
"review":[{"@type":"Review","author":{"@type":"Person","name":"Jo"},"reviewRating":{"@type":"Rating","ratingValue":1},"reviewBody":"No heat for weeks","datePublished":"2026-10-01"}]}</script></head>
<body><header><a href="/">Home</a></header><main><h1>Ash Homes</h1><p>What residents say of Ash Homes, a landlord in the valley.</p><div class="review"><p>No heat for weeks</p></div></main></body></html>`
	noReviewsPage = `<!doctype html><html lang="en"><head><title>Ash Homes</title></head><body><header><a href="/">Home</a></header><main><h1>Ash Homes</h1>
<p>Ash Homes is a landlord in the valley with twelve hundred homes and an office at the old mill.</p></main></body></html>`
)

// Every platform, asked as it would be and answered as it is recorded.
func TestPlatforms(t *testing.T) {
	const cap5 = 5_000_000
	thread := `{"thread":{"post":` + bsky("k1", 2, `"allow":[],"hiddenReplies":["at://did:plc:jo/app.bsky.feed.post/r1"]`) + `,"replies":[
		{"post":{"uri":"at://did:plc:jo/app.bsky.feed.post/r1","author":{"did":"did:plc:jo"},"record":{"text":"No heat","createdAt":"2026-11-01T10:00:00Z"},"replyCount":1},
		 "replies":[{"post":{"uri":"at://did:plc:ash/app.bsky.feed.post/r2","author":{"did":"did:plc:ash"},"record":{"text":"Sorry","createdAt":"2026-11-01T11:00:00Z"},"replyCount":0}}]},
		{"post":{"uri":"at://did:plc:shy/app.bsky.feed.post/r3","author":{"did":"did:plc:shy","labels":[{"val":"!no-unauthenticated"}]},"record":{"text":"Not for strangers","createdAt":"2026-11-01T10:00:00Z"}}}]}}`
	xPosts := func(settings ...string) string {
		var rows []string
		for i, s := range settings {
			rows = append(rows, fmt.Sprintf(`{"id":"1%d","text":"News","author_id":"9","created_at":"2026-11-01T09:00:00.000Z","reply_settings":%q,"public_metrics":{"reply_count":%d}}`, i, s, 1-min(i, 1)))
		}
		return `{"data":[` + strings.Join(rows, ",") + `],"meta":{"result_count":1}}`
	}
	for name, c := range map[string]struct {
		at     string
		on     audit.Platform
		keys   string
		bodies map[string]string
		want   []string
		said   []string
		spent  int64
	}{
		"bluesky": {at: "https://bsky.app/profile/ash.test", on: "bluesky", bodies: map[string]string{
			"getProfile": `{"did":"did:plc:ash","handle":"ash.test","displayName":"Ash Homes"}`, "getPostThread": thread,
			"getAuthorFeed": bskyFeed(bsky("k1", 2, `"allow":[]`), bsky("k2", 0, `"allow":[]`), bsky("k3", 0, ""), bsky("k4", 0, `"allow":[{"$type":"app.bsky.feed.threadgate#mentionRule"}]`)),
		}, want: []string{"replies restricted/some_posts o1 r1 c2 u0"}, said: []string{"public: No heat [hidden]", "us: Sorry (to No heat)"}},
		"bluesky closed": {at: "https://bsky.app/profile/ash.test", on: "bluesky", bodies: map[string]string{"getAuthorFeed": bskyFeed(bsky("k1", 0, `"allow":[]`), bsky("k2", 0, `"allow":[]`))},
			want: []string{"replies closed o0 r0 c2 u0"}},
		"bluesky without posts":            {at: "https://bsky.app/profile/ash.test", on: "bluesky", bodies: map[string]string{"getProfile": `{"did":"d","handle":"h"}`, "getAuthorFeed": `{"feed":[]}`}, want: []string{"replies unknown/no_marker"}},
		"bluesky not there":                {at: "https://bsky.app/profile/ash.test", on: "bluesky", bodies: map[string]string{"xrpc": `400 {"error":"InvalidRequest","message":"Profile not found"}`}, want: []string{"replies unknown/not_found"}},
		"bluesky that shuts strangers out": {at: "https://bsky.app/profile/ash.test", on: "bluesky", bodies: map[string]string{"xrpc": `401 {"error":"AuthenticationRequired","message":"x"}`}, want: []string{"replies unknown/no_access"}},
		"mastodon": {at: "http://mastodon.far.test/@ash", on: "mastodon", bodies: map[string]string{
			"lookup":      `{"id":"5","acct":"ash","display_name":"Ash Homes","locked":true}`,
			"/5/statuses": `[{"id":"50","uri":"u","url":"https://toot.test/@ash/50","visibility":"public","created_at":"2026-11-01T09:00:00.000Z","content":"<p>News</p>","replies_count":1,"account":{"id":"5"}}]`,
			"/50/context": `{"ancestors":[],"descendants":[{"id":"51","in_reply_to_id":"50","url":"https://toot.test/51","visibility":"public","created_at":"2026-11-01T10:00:00.000Z","content":"<p>No heat</p>","account":{"id":"6"}},
				{"id":"52","in_reply_to_id":"51","url":"https://toot.test/52","visibility":"public","created_at":"2026-11-01T11:00:00.000Z","content":"<p>Sorry</p>","account":{"id":"5"}}]}`,
		}, want: []string{"replies open o1 r0 c0 u0"}, said: []string{"public: No heat", "us: Sorry (to No heat)"}},
		"mastodon behind a log-in": {at: "http://mastodon.far.test/@ash", on: "mastodon", bodies: map[string]string{"api": `401 {"error":"This method requires an authenticated user"}`}, want: []string{"replies unknown/no_access"}},
		"x": {at: "https://x.com/AshHomes", on: "x", keys: canary, bodies: map[string]string{
			"by/username": `{"data":{"id":"9","name":"Ash Homes","username":"AshHomes"}}`, "/9/tweets": xPosts("everyone", "mentionedUsers", "following"),
			"search/recent": `{"data":[{"id":"20","text":"No heat","author_id":"7","created_at":"2026-11-01T10:00:00.000Z"},{"id":"21","text":"Sorry","author_id":"9","created_at":"2026-11-01T11:00:00.000Z","referenced_tweets":[{"type":"replied_to","id":"20"}]}],"meta":{"result_count":2}}`,
		}, want: []string{"replies restricted/some_posts o1 r2 c0 u0"}, said: []string{"public: No heat", "us: Sorry (to No heat)"}, spent: 10_000 + 3*5_000 + 2*5_000},
		"x protected": {at: "https://x.com/AshHomes", on: "x", keys: canary, bodies: map[string]string{"by/username": `{"data":{"id":"9","name":"Ash"}}`,
			"/9/tweets": `{"errors":[{"title":"Authorization Error","type":"https://api.x.com/2/problems/not-authorized-for-resource"}]}`}, want: []string{"replies restricted/followers o0 r1 c0 u0"}, spent: 10_000},
		"instagram": {at: "https://www.instagram.com/ash.homes/", on: "instagram", keys: "ash.homes " + canary, bodies: map[string]string{
			"/me?":         `{"id":"17","username":"ash.homes","name":"Ash Homes"}`,
			"/media":       `{"data":[{"id":"m1","permalink":"https://www.instagram.com/p/A/","caption":"News","media_type":"IMAGE","timestamp":"2026-11-01T09:00:00+0000","comments_count":2,"is_comment_enabled":false},{"id":"m2","permalink":"https://www.instagram.com/p/B/","media_type":"VIDEO","timestamp":"2026-11-01T09:00:00+0000","comments_count":0,"is_comment_enabled":false}]}`,
			"/m1/comments": `{"data":[{"id":"c1","text":"No heat","username":"jo","timestamp":"2026-11-01T10:00:00+0000","hidden":true,"replies":{"data":[{"id":"c2","text":"Sorry","username":"ash.homes","timestamp":"2026-11-01T11:00:00+0000"}]}}]}`,
		}, want: []string{"comments closed o0 r0 c2 u0"}, said: []string{"public: No heat [hidden]", "us: Sorry (to No heat)"}},
		"instagram of another": {at: "https://www.instagram.com/ash.homes/", on: "instagram", keys: "ash.homes " + canary, bodies: map[string]string{"/me?": `{"id":"17","username":"elm"}`}, want: []string{"comments unknown/no_access"}},
		"threads": {at: "https://www.threads.net/@ash", on: "threads", keys: "ash " + canary, bodies: map[string]string{
			"/me?": `{"id":"3","username":"ash","name":"Ash Homes"}`, "me/threads": `{"data":[{"id":"t1","permalink":"https://www.threads.net/@ash/post/1","text":"News","timestamp":"2026-11-01T09:00:00+0000","reply_audience":"EVERYONE","has_replies":true}]}`,
			"/t1/conversation": `{"data":[{"id":"t2","text":"No heat","username":"jo","timestamp":"2026-11-01T10:00:00+0000","hide_status":"HIDDEN"},{"id":"t3","text":"Sorry","username":"ash","timestamp":"2026-11-01T11:00:00+0000","replied_to":{"id":"t2"}}]}`,
		}, want: []string{"replies open o1 r0 c0 u0"}, said: []string{"public: No heat [hidden]", "us: Sorry (to No heat)"}},
		"trustpilot": {at: "https://www.trustpilot.com/review/ash.test", on: "trustpilot", keys: canary, bodies: map[string]string{
			"find":        `{"id":"b1","displayName":"Ash Homes","numberOfReviews":{"total":41}}`,
			"/b1/reviews": `{"reviews":[{"id":"r1","stars":1,"title":"No heat","text":"Since Monday","createdAt":"2026-11-01T10:00:00Z","consumer":{"id":"u1","displayName":"Jo"},"companyReply":{"text":"Sorry","createdAt":"2026-11-02T10:00:00Z"}}]}`,
		}, want: []string{"reviews open"}, said: []string{"public: No heat\nSince Monday", "us: Sorry (to No heat\nSince Monday)"}},
		"trustpilot without a profile": {at: "https://www.trustpilot.com/review/ash.test", on: "trustpilot", keys: canary, bodies: map[string]string{
			"find": `404 {"message":"Business unit not found","errorCode":1004}`}, want: []string{"reviews open"}},
		"trustpilot behind a wall of 404": {at: "https://www.trustpilot.com/review/ash.test", on: "trustpilot", keys: canary, bodies: map[string]string{
			"find": `404 <html>Not found</html>`}, want: []string{"reviews unknown/not_found"}},
		"trustpilot that loses its profile": {at: "https://www.trustpilot.com/review/ash.test", on: "trustpilot", keys: canary, bodies: map[string]string{
			"find": `{"id":"b1","numberOfReviews":{"total":41},"isClosed":true}`, "/b1/reviews": `404 {"message":"not found"}`}, want: []string{"reviews unknown/no_marker"}},
		"trustpilot that takes none": {at: "https://www.trustpilot.com/review/ash.test", on: "trustpilot", keys: canary, bodies: map[string]string{
			"find": `{"id":"b1","displayName":"Ash Homes","numberOfReviews":{"total":41},"isClosed":true}`, "/b1/reviews": `{"reviews":[]}`}, want: []string{"reviews unknown/no_marker"}},
		"google": {at: "https://search.google.com/local/reviews?placeid=ChIJx", on: "google", keys: canary, bodies: map[string]string{
			"places/ChIJx": `{"id":"ChIJx","displayName":{"text":"Ash Homes"},"userRatingCount":12,"googleMapsUri":"https://maps.google.com/?cid=1"}`}, want: []string{"reviews open"}, spent: 20_000},
		"google without a place's id": {at: "https://google.com/maps?cid=123", on: "google", keys: canary, want: []string{"reviews unknown/not_found"}},
		"discourse": {at: "http://discourse.far.test/", on: "discourse", bodies: map[string]string{
			"basic-info": `{"title":"Ash Homes residents","login_required":false}`,
			"latest":     `{"topic_list":{"topics":[{"id":1,"title":"Lifts","closed":true,"archived":false,"visible":true,"posts_count":3},{"id":2,"title":"Heat","closed":false,"archived":false,"visible":true,"posts_count":1}],"can_create_topic":false}}`,
			"/t/1.json":  `{"id":1,"title":"Lifts","closed":true,"archived":false,"posts_count":3,"post_stream":{"posts":[{"id":10,"post_number":1,"username":"jo","created_at":"2026-11-01T09:00:00Z","cooked":"<p>Lift</p>"},{"id":11,"post_number":2,"username":"mo","created_at":"2026-11-01T10:00:00Z","cooked":"<p>Still broken</p>"},{"id":12,"post_number":3,"reply_to_post_number":2,"username":"sam","staff":true,"created_at":"2026-11-01T11:00:00Z","cooked":"<p>Sorry</p>"}]}}`,
			"/t/2.json":  `{"id":2,"title":"Heat","closed":false,"archived":false,"posts_count":1,"post_stream":{"posts":[{"id":20,"post_number":1,"username":"jo","created_at":"2026-11-01T09:00:00Z","cooked":"<p>Heat</p>"}]}}`,
		}, want: []string{"comments restricted/some_posts o0 r1 c1 u0"}, said: []string{"public: Still broken", "us: Sorry (to Still broken)"}},
		"discourse behind a log-in": {at: "http://discourse.far.test/", on: "discourse", bodies: map[string]string{"robots.txt": "404 none", "": `403 {"errors":["x"],"error_type":"not_logged_in"}`}, want: []string{"comments restricted/login o0 r1 c0 u0"}},
		"discourse that is none":    {at: "http://discourse.far.test/", on: "discourse", bodies: map[string]string{"robots.txt": "404 none", "": `{"hello":"there"}`}, want: []string{"comments unknown/parse_changed"}},
		"disqus": {at: "https://disqus.com/home/forum/ash-homes", on: "disqus", keys: canary, bodies: map[string]string{
			"listThreads": `{"code":0,"response":[{"id":"1","link":"https://ash.test/a","title":"A","isClosed":true,"posts":1},{"id":"2","link":"https://ash.test/b","title":"B","isClosed":true,"posts":0}]}`,
			"listPosts":   `{"code":0,"cursor":{"hasNext":false},"response":[{"id":"5","createdAt":"2026-01-05T10:00:00","message":"<p>No heat</p>","author":{"name":"Mo"}}]}`,
		}, want: []string{"comments closed o0 r0 c2 u0"}, said: []string{"?: No heat"}},
		"disqus with a key that is no good": {at: "https://ash.disqus.com/", on: "disqus", keys: canary, bodies: map[string]string{"api": `401 {"code":5,"response":"Invalid API key"}`}, want: []string{"comments unknown/no_access"}},
		"linkedin":                          {at: "https://linkedin.com/company/ash", on: "linkedin", want: []string{"comments unknown/no_access"}},
		"tiktok":                            {at: "https://tiktok.com/@ash", on: "tiktok", want: []string{"comments unknown/no_access"}},
		"nextdoor":                          {at: "https://nextdoor.co.uk/pages/ash", on: "nextdoor", want: []string{"comments unknown/no_access"}},
		"allagents":                         {at: "http://allagents.far.test/ash", on: "allagents", bodies: map[string]string{"robots.txt": "User-agent: *\nDisallow: /\n"}, want: []string{"reviews unknown/robots"}},
		"allagents with reviews":            {at: "http://allagents.far.test/ash", on: "allagents", bodies: map[string]string{"robots.txt": "404 none", "/ash": reviewsPage}, want: []string{"reviews open"}},
		"allagents without":                 {at: "http://allagents.far.test/ash", on: "allagents", bodies: map[string]string{"robots.txt": "404 none", "/ash": noReviewsPage}, want: []string{"reviews unknown/no_marker"}},
		"homeviews with reviews":            {at: "http://homeviews.far.test/developer/ash", on: "homeviews", bodies: map[string]string{"robots.txt": "404 none", "/developer": reviewsPage}, want: []string{"reviews open"}},
		"homeviews without":                 {at: "http://homeviews.far.test/developer/ash", on: "homeviews", bodies: map[string]string{"robots.txt": "404 none", "/developer": noReviewsPage}, want: []string{"reviews unknown/no_marker"}},
		"homeviews behind a wall": {at: "http://homeviews.far.test/developer/ash", on: "homeviews", bodies: map[string]string{"robots.txt": "404 none",
			"/developer": "403 <html><title>Just a moment...</title><body>Checking your browser</body></html>"}, want: []string{"reviews unknown/blocked"}},
	} {
		t.Run(name, func(t *testing.T) {
			far := &answers{bodies: c.bodies}
			l := goLive(t, far, map[string]string{string(c.on): c.keys}, func(o *crawler.Options) {
				i := o.Interfaces[c.on]
				i.Cap = cap5
				o.Interfaces[c.on] = i
			})
			v := l.look(c.on, c.at)
			wantStates(t, v, c.want...)
			if diff := cmp.Diff(c.said, said(v)); diff != "" {
				t.Errorf("comments (-want +got):\n%s", diff)
			}
			if got := v.Memory.Host.Interfaces[string(c.on)].Spent; got != c.spent {
				t.Errorf("spent %d millionths of a dollar, want %d", got, c.spent)
			}
			for _, k := range v.Captures {
				if c.on == "google" && k.Bytes > 0 && slices.ContainsFunc(l.keeper.all, func(x *evidence.Exchange) bool { return len(x.Body) > 0 }) {
					t.Error("what Google tells of a place was kept")
				}
			}
		})
	}
}

// No money is spent beyond the month's cap, whatever is asked, and none without one.
func TestMoneyHasACap(t *testing.T) {
	far := &answers{bodies: map[string]string{"by/username": `{"data":{"id":"9","name":"Ash Homes"}}`, "/9/tweets": `{"data":[{"id":"1","text":"n","reply_settings":"everyone"}],"meta":{}}`}}
	for cap, want := range map[int64]struct {
		calls int
		spent int64
	}{0: {0, 0}, 9_999: {0, 0}, 59_999: {0, 0}, 60_000: {2, 15_000}, 75_000: {4, 30_000}, 1_000_000: {12, 90_000}} {
		far.asked = nil
		l := goLive(t, far, map[string]string{"x": canary}, func(o *crawler.Options) {
			i := o.Interfaces["x"]
			i.Cap = cap
			o.Interfaces["x"] = i
		})
		var v audit.Visit
		for range 6 {
			v = l.look("x", "https://x.com/AshHomes")
		}
		if m := v.Memory.Host.Interfaces["x"]; len(far.asked) != want.calls || m.Spent != want.spent || m.Spent > cap {
			t.Errorf("cap %d: %d calls for %d, want %d for %d", cap, len(far.asked), m.Spent, want.calls, want.spent)
		}
	}
}

// The headers of each platform that say "no more" are kept, and no call is made until they allow it.
func TestLimitsAreKept(t *testing.T) {
	for on, c := range map[audit.Platform]struct {
		at, keys string
		head     http.Header
	}{
		"x":        {"https://x.com/AshHomes", canary, http.Header{"X-Rate-Limit-Remaining": {"0"}, "X-Rate-Limit-Reset": {"4102444800"}}},
		"bluesky":  {"https://bsky.app/profile/ash.test", "", http.Header{"Ratelimit-Remaining": {"0"}, "Ratelimit-Reset": {"4102444800"}}},
		"mastodon": {"http://mastodon.far.test/@ash", "", http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"2100-01-01T00:00:00.000000Z"}}},
		"youtube":  {ashTube, canary, nil},
		"facebook": {ashPage, "ashhomes " + canary, nil},
	} {
		body := `{}`
		if c.head == nil {
			body = `429 {"error":{"code":429,"errors":[{"reason":"rateLimitExceeded"}],"message":"(#4)"}}`
			c.head = http.Header{"Retry-After": {"7200"}}
		}
		far := &answers{bodies: map[string]string{"robots.txt": "404 none", "": body}, head: c.head}
		l := goLive(t, far, map[string]string{string(on): c.keys}, func(o *crawler.Options) {
			i := o.Interfaces[on]
			i.Cap = 1_000_000
			o.Interfaces[on] = i
		})
		l.look(on, c.at)
		before := len(far.asked)
		v := l.look(on, c.at)
		if r := v.Readings[0].Verdict.Reason(); len(far.asked) != before || r != audit.ReasonRateLimited {
			t.Errorf("%s: asked %d times more, %s", on, len(far.asked)-before, r)
		}
	}
}

// Whatever an interface sends, nothing is closed by it, and the capture is kept.
func TestNonsenseClosesNothing(t *testing.T) {
	at := map[audit.Platform]string{"youtube": ashTube, "bluesky": "https://bsky.app/profile/ash.test", "mastodon": "http://mastodon.far.test/@ash", "x": "https://x.com/AshHomes",
		"instagram": "https://www.instagram.com/ash/", "threads": "https://www.threads.net/@ash", "trustpilot": "https://www.trustpilot.com/review/ash.test",
		"google": "https://search.google.com/local/reviews?placeid=ChIJx", "discourse": "http://discourse.far.test/", "disqus": "https://ash.disqus.com/", "facebook": ashPage}
	for name, body := range map[string]string{
		"HTML": "<!doctype html><title>Log in</title>", "nothing": "", "cut": `{"data":[{"id":"1"`, "a word": `"closed"`, "a number": "7", "null": "null", "a list": `[]`, "an empty object": `{}`,
		"a list of words": `["closed","commentsDisabled"]`, "twice the same key": `{"data":[],"data":[]}`, "other types": `{"id":{},"data":"x","items":7,"feed":{},"thread":[],"response":1,"code":"0"}`,
		"an error under 200": `{"error":{"message":"x"}}`, "depth": strings.Repeat(`{"data":`, 3000) + "1" + strings.Repeat("}", 3000), "no UTF-8": "{\"id\":\"\xff\xfe\"}",
	} {
		far := &answers{bodies: map[string]string{"robots.txt": "404 none", "": body}}
		keys := map[string]string{}
		for _, p := range platform.All() {
			keys[string(p.Name)] = canary
		}
		keys["instagram"], keys["threads"], keys["facebook"] = "ash "+canary, "ash "+canary, "ashhomes "+canary
		l := goLive(t, far, keys, func(o *crawler.Options) {
			for on, i := range o.Interfaces {
				i.Cap = 1_000_000
				o.Interfaces[on] = i
			}
		})
		for on, address := range at {
			l.memory, l.keeper.all = audit.Memory{}, nil
			v := l.look(on, address)
			for _, r := range v.Readings {
				if r.Verdict.State() != audit.Unknown {
					t.Errorf("%s, %s: %s is %v by %+v", name, on, r.Check, r.Verdict.State(), r.Verdict.Evidence())
				}
			}
			if strings.Contains(l.log.String(), "panicked") {
				t.Fatalf("%s, %s: %s", name, on, l.log)
			}
			if len(v.Captures) == 0 || len(l.keeper.all) == 0 || len(v.Comments) > 0 {
				t.Errorf("%s, %s: %d captures, %d kept, %d comments", name, on, len(v.Captures), len(l.keeper.all), len(v.Comments))
			}
		}
	}
}
