package platform_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/crawler/checks"
	"doorknock/score/talk"
)

// accounts are how each platform's interface lists an account's posts, of so many days ago and with these words.
var accounts = map[audit.Platform]struct {
	at, keys string
	rest     map[string]string // what else is asked
	list     string            // which call lists the posts
	row      string            // %[1]d its number, %[2]s the words, %[3]s the day
	frame    string
}{
	"facebook": {ashPage, "ashhomes " + canary, map[string]string{"/me?": `{"id":"100","username":"ashhomes","name":"Ash Homes"}`, "v25.0/100?": `{"id":"100","name":"Ash Homes"}`, "settings": `{"data":[]}`, "ratings": `{"data":[]}`},
		"/feed", `{"id":"100_%[1]d","message":"%[2]s","created_time":"%[3]s","from":{"id":"100"}}`, `{"data":[%s],"paging":{"cursors":{"after":"a"}}}`},
	"x": {"https://x.com/AshHomes", canary, map[string]string{"by/username": `{"data":{"id":"9","name":"Ash Homes"}}`}, "/9/tweets",
		`{"id":"1%[1]d","text":"%[2]s","author_id":"9","created_at":"%[3]s"}`, `{"data":[%s],"meta":{"next_token":"n"}}`},
	"instagram": {"https://www.instagram.com/ash/", "ash " + canary, map[string]string{"/me?": `{"id":"17","username":"ash"}`}, "/media",
		`{"id":"m%[1]d","permalink":"https://www.instagram.com/p/%[1]d/","caption":"%[2]s","timestamp":"%[3]s"}`, `{"data":[%s]}`},
	"threads": {"https://www.threads.net/@ash", "ash " + canary, map[string]string{"/me?": `{"id":"3","username":"ash"}`}, "me/threads",
		`{"id":"t%[1]d","permalink":"https://www.threads.net/@ash/post/%[1]d","text":"%[2]s","timestamp":"%[3]s"}`, `{"data":[%s]}`},
	"youtube": {ashTube, canary, map[string]string{"/channels": `{"kind":"k","items":[{"id":"UC1","snippet":{"title":"Ash Homes"},"contentDetails":{"relatedPlaylists":{"uploads":"UU1"}}}]}`,
		"commentThreads": `{"items":[]}`}, "/videos", `{"id":"v%[1]d","snippet":{"title":"%[2]s","publishedAt":"%[3]s"},"statistics":{},"status":{}}`, `{"kind":"youtube#videoListResponse","items":[%s]}`},
	"bluesky": {"https://bsky.app/profile/ash.test", "", map[string]string{"getProfile": `{"did":"did:plc:ash","handle":"ash.test"}`}, "getAuthorFeed",
		`{"post":{"uri":"at://did:plc:ash/app.bsky.feed.post/k%[1]d","author":{"did":"did:plc:ash"},"record":{"text":"%[2]s","createdAt":"%[3]s"},"replyCount":0}}`, `{"feed":[%s],"cursor":"c"}`},
	"mastodon": {"http://mastodon.far.test/@ash", "", map[string]string{"lookup": `{"id":"5","acct":"ash"}`}, "/5/statuses",
		`{"id":"5%[1]d","uri":"u","url":"https://toot.test/@ash/5%[1]d","visibility":"public","created_at":"%[3]s","content":"<p>%[2]s</p>","replies_count":0,"account":{"id":"5"}}`, `[%s]`},
}

// TestNewestPostOfAccounts: of every account whose interface lists its posts it is said how old the newest is, and whether all are
// vacancies and outages; never from an empty list, nor from one that may leave newer posts out.
func TestNewestPostOfAccounts(t *testing.T) {
	rules, err := configs.Talk()
	if err != nil {
		t.Fatal(err)
	}
	sorter, err := talk.NewSorter(rules)
	if err != nil {
		t.Fatal(err)
	}
	post := func(words string, days ...int) (all []string) {
		for _, n := range days {
			at := time.Now().AddDate(0, 0, -n).UTC().Format("2006-01-02T15:04:05+0000")
			if n == 999 {
				at = "soon"
			}
			all = append(all, words+"|"+at)
		}
		return all
	}
	mixed := append(post("We are recruiting: vacancy for a caretaker", 1, 2, 3, 4), post("Phone lines are down: outage", 5)...)
	for name, c := range map[string]struct {
		posts []string
		want  string
	}{
		"new":                        {post("Fun day", 20, 3, 300), "open newest-post"},
		"of weeks ago":               {post("Fun day", 40, 60), "restricted/old not-lately"},
		"dormant":                    {post("Fun day", 400, 500), "restricted/old dormant"},
		"vacancies and outages only": {mixed, "restricted/partial jobs-or-outages"},
		"and one of people":          {append(post("Our volunteers planted a garden", 6), mixed...), "open newest-post"},
		"too few to say":             {mixed[:4], "open newest-post"},
		"dormant, and vacancies":     {post("Vacancy: caretaker", 100, 101, 102, 103, 104), "restricted/old dormant"},
		"no posts":                   {nil, "unknown"},
		"a day that cannot be read":  {post("Fun day", 400, 999), "unknown/incomplete"},
		"a day that has not come":    {post("Fun day", -3), "unknown"},
	} {
		for on, a := range accounts {
			t.Run(name+" on "+string(on), func(t *testing.T) {
				t.Parallel()
				bodies := map[string]string{"robots.txt": "404 none"}
				maps.Copy(bodies, a.rest)
				var rows, ids []string
				for i, p := range c.posts {
					words, at, _ := strings.Cut(p, "|")
					rows = append(rows, fmt.Sprintf(a.row, i+1, words, at))
					ids = append(ids, fmt.Sprintf(`{"contentDetails":{"videoId":"v%d"}}`, i+1))
				}
				bodies[a.list] = fmt.Sprintf(a.frame, strings.Join(rows, ","))
				bodies["playlistItems"] = `{"kind":"k","items":[` + strings.Join(ids, ",") + `]}`
				l := goLive(t, &answers{bodies: bodies}, map[string]string{string(on): a.keys}, func(o *crawler.Options) {
					o.Notice = sorter.Notice
					i := o.Interfaces[on]
					i.Cap = 1_000_000
					o.Interfaces[on] = i
				})
				got := recencyOf(t, l.look(on, a.at))
				if got != c.want && (c.want != "unknown" || !strings.HasPrefix(got, "unknown/")) {
					t.Errorf("%s, want %s", got, c.want)
				}
			})
		}
	}
}

// recencyOf is what the visit says of the newest post, and by which rule.
func recencyOf(t *testing.T, v audit.Visit) string {
	t.Helper()
	found, err := crawler.Fold([]crawler.Check{checks.Recency()}, v, v.Readings, "")
	if err != nil || len(found) != 1 {
		t.Fatalf("%d findings, %v", len(found), err)
	}
	f := found[0]
	s := f.Verdict.State().String()
	if x := string(f.Verdict.Kind()) + string(f.Verdict.Reason()); x != "" {
		s += "/" + x
	}
	if e := f.Verdict.Evidence(); e != nil {
		s += " " + e.Rule
		if e.Path == "" || e.Capture == "" || f.Values[audit.ValueNewest].Text == "" {
			t.Errorf("%+v with %v", e, f.Values)
		}
	}
	return s
}

// A list that may leave newer posts out shows a new post, and never that an account sleeps: Facebook's is ranked, a video may be
// missing, and what others wrote or was passed on is none of the account's posts.
func TestPartOfTheList(t *testing.T) {
	old, now := time.Now().AddDate(0, 0, -200).UTC().Format("2006-01-02T15:04:05+0000"), time.Now().UTC().Format("2006-01-02T15:04:05+0000")
	for name, c := range map[string]struct {
		on   audit.Platform
		list string
		want string
	}{
		"there is a further page": {"facebook", `{"data":[{"id":"100_1","created_time":"` + old + `","from":{"id":"100"}}],"paging":{"next":"https://graph.facebook.com/x"}}`, "unknown/incomplete"},
		"a visitor's new post":    {"facebook", `{"data":[{"id":"100_1","created_time":"` + old + `","from":{"id":"100"}},{"id":"100_2","created_time":"` + now + `","from":{"id":"7"}}]}`, "restricted/old dormant"},
		"authors are withheld":    {"facebook", `{"data":[{"id":"100_1","created_time":"` + now + `"}]}`, "unknown/no_marker"},
		"a video that is missing": {"youtube", `{"kind":"k","items":[{"id":"v1","snippet":{"title":"T","publishedAt":"` + old + `"}}]}`, "unknown/incomplete"},
		"a repost":                {"bluesky", `{"feed":[{"post":{"uri":"at://did:plc:z/app.bsky.feed.post/k","record":{"createdAt":"` + now + `"}},"reason":{"$type":"app.bsky.feed.defs#reasonRepost"}},{"post":{"uri":"at://did:plc:ash/app.bsky.feed.post/k","record":{"createdAt":"` + old + `"}}}]}`, "restricted/old dormant"},
		"a boost":                 {"mastodon", `[{"id":"51","uri":"u","url":"u","visibility":"public","created_at":"` + now + `","reblog":{"id":"1"}},{"id":"52","uri":"u","url":"u","visibility":"public","created_at":"` + old + `"}]`, "restricted/old dormant"},
		"an error":                {"x", `{"errors":[{"title":"Not Found","type":"https://api.x.com/2/problems/resource-not-found"}]}`, "unknown/not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := accounts[c.on]
			bodies := map[string]string{"robots.txt": "404 none", a.list: c.list, "playlistItems": `{"kind":"k","items":[{"contentDetails":{"videoId":"v1"}},{"contentDetails":{"videoId":"v2"}}]}`}
			maps.Copy(bodies, a.rest)
			l := goLive(t, &answers{bodies: bodies}, map[string]string{string(c.on): a.keys}, func(o *crawler.Options) {
				i := o.Interfaces[c.on]
				i.Cap = 1_000_000
				o.Interfaces[c.on] = i
			})
			if got := recencyOf(t, l.look(c.on, a.at)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
