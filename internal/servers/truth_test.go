//go:build nightly

package servers_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
	"doorknock/crawler/platform"
	"doorknock/internal/servers"
)

// A looker visits one site again and again, remembering what it saw the time before.
type looker struct {
	site    *servers.Site
	crawler *crawler.Crawler
	memory  audit.Memory
	known   map[string]audit.Reading // of comments, by the page's address; what an unchanged page said stands
}

func newLooker(t *testing.T, s *servers.Site) *looker {
	t.Helper()
	keys, err := audit.NewKeys([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	c, err := crawler.New(crawler.Options{
		Config:    crawler.Config{Workers: 1, Pace: time.Millisecond, MaxPages: 40, MaxDepth: 2, UserAgent: "doorknock/test"},
		Hosts:     map[string]string{s.Host: s.Address},
		Platforms: platform.All(), Checks: checks.All(), Keys: keys, KeepText: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return &looker{site: s, crawler: c, known: map[string]audit.Reading{}}
}

// look visits the site and gives the state of its comments as a whole.
func (l *looker) look(t *testing.T) (audit.Visit, string) {
	t.Helper()
	v, err := l.crawler.Visit(t.Context(), audit.Job{
		V: 1, ID: audit.JobID("c1", time.Now()), OrganisationName: "Example Homes", Memory: l.memory,
		Channel: audit.Channel{ID: "c1", Organisation: "example", Platform: audit.Web, URL: l.site.URL, Lane: l.site.Host},
	})
	if err != nil {
		t.Fatal(err)
	}
	l.memory = v.Memory
	for _, r := range v.Readings {
		if r.Check == "comments" {
			l.known[r.URL] = r
		}
	}
	all := v.Readings
	for _, page := range v.Unchanged {
		if r, ok := l.known[page.URL]; ok {
			all = append(all, r)
		}
	}
	found, err := crawler.Fold(checks.All(), v, all, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.Check == "comments" && f.Scope == "" {
			return v, short(f.Verdict)
		}
	}
	return v, "nothing"
}

func short(v audit.Verdict) string {
	return strings.TrimSuffix(v.State().String()+"/"+string(v.Reason())+string(v.Kind()), "/")
}

// notRead is of a page that no look has read so far.
const notRead = "not read"

func (l *looker) at(address string) string {
	r, ok := l.known[address]
	if !ok {
		return notRead
	}
	return short(r.Verdict)
}

// TestMediaWiki: every page has one to talk about it, so that none is "absent"; there, what is printed for an anonymous
// reader tells. That this reader may not write is no word on others.
func TestMediaWiki(t *testing.T) {
	w := servers.StartMediaWiki(t)
	w.Write("Main Page", servers.Words+"[[Repairs day]] [[Rent]] [[Talk:Repairs day]] [[Talk:Rent]]")
	for _, title := range []string{"Repairs day", "Rent"} {
		w.Write(title, servers.Words)
		w.Write("Talk:"+title, servers.Words+"\n\n== Broken again ==\nNo heat for a week. --Mo")
	}
	w.Protect("Talk:Rent")
	l := newLooker(t, w.Site)
	expect := func(what, site string, want map[string]string) {
		t.Helper()
		got, pages := "", map[string]string{}
		for try := range 3 { // on a machine that has much else to do a page may not be drawn in time
			if _, got = l.look(t); try > 0 {
				t.Logf("%s: looked again, since of %v some were not read", what, pages)
			}
			for title := range want {
				pages[title] = l.at(w.Link(title))
			}
			if !slices.Contains(slices.Collect(maps.Values(pages)), notRead) {
				break
			}
		}
		if diff := cmp.Diff(want, pages); diff != "" || got != site {
			t.Errorf("%s: the site is %s, want %s; pages (-want +got):\n%s", what, got, site, diff)
		}
	}
	expect("everybody may write", "open", map[string]string{
		"Repairs day": "unknown/no_marker", "Talk:Repairs day": "open", "Talk:Rent": "unknown/no_marker",
	})
	w.Set(`$wgGroupPermissions['*']['edit'] = false; $wgCacheEpoch = gmdate('YmdHis', time() + 1);`)
	expect("accounts only", "unknown/no_marker", map[string]string{
		"Repairs day": "unknown/no_marker", "Talk:Repairs day": "unknown/no_marker", "Talk:Rent": "unknown/no_marker",
	})
}

// TestDokuWiki: without the plugin for it there are no comments, whether everybody may write pages or only read them.
func TestDokuWiki(t *testing.T) {
	for name, rights := range map[string]string{"everybody may write": "8", "everybody may read": "1"} {
		t.Run(name, func(t *testing.T) {
			w := servers.StartDokuWiki(t, rights)
			l := newLooker(t, w.Site)
			v, site := l.look(t)
			if len(v.Readings) == 0 || len(v.Comments) != 0 {
				t.Errorf("%d readings, comments %+v", len(v.Readings), v.Comments)
			}
			for address, r := range l.known {
				if s := r.Verdict.State(); s != audit.Absent && s != audit.Unknown {
					t.Errorf("%s: comments %s", address, short(r.Verdict))
				}
			}
			if got := l.at(w.URL + "doku.php?id=news:repairs"); got != "absent" {
				t.Errorf("a page of news: %s, want absent", got)
			}
			if site != "unknown/incomplete" { // the links to a page's history and sources bear its words, and are not all read
				t.Errorf("the site is %s, want unknown/incomplete", site)
			}
		})
	}
}

// TestHyperKitty: where posting on its pages is on, every post shows to everybody that one may reply once signed in; where it is
// off, nothing is printed, and whether a list takes e-mails is not told. The lists of threads say nothing (a month's has a
// button for a new one even where posting is off), so the site is unknown. The private list's pages are refused.
func TestHyperKitty(t *testing.T) {
	for name, c := range map[string]struct {
		posting bool
		want    string
	}{
		"posting for those signed in": {true, "restricted/login"},
		"no posting on its pages":     {false, "unknown/no_marker"},
	} {
		t.Run(name, func(t *testing.T) {
			h := servers.StartHyperKitty(t, c.posting)
			l := newLooker(t, h.Site)
			v, site := l.look(t)
			if site != "unknown/no_marker" {
				t.Errorf("the site is %s, want unknown/no_marker", site)
			}
			if got := l.at(h.List("board")); got != "not read" {
				t.Errorf("the private list is %s", got)
			}
			threads := 0
			for address, r := range l.known {
				want := "unknown/no_marker of hyperkitty"
				switch {
				case strings.HasPrefix(address, h.List("residents")+"thread/"), strings.HasPrefix(address, h.List("residents")+"message/"):
					want = c.want + " of hyperkitty"
				case strings.HasPrefix(address, h.URL+"accounts/"): // to sign in or up
					want = "unknown/login_wall of "
				}
				if got := short(r.Verdict) + " of " + r.System; got != want {
					t.Errorf("%s: comments %s, want %s", address, got, want)
				}
				if strings.HasPrefix(address, h.List("residents")+"thread/") {
					threads++
				}
			}
			if threads != 2 {
				t.Errorf("%d threads were read, want 2", threads)
			}
			for _, r := range v.Readings {
				if r.Check == "forum" && r.Verdict.State() != audit.Open && !strings.HasPrefix(r.URL, h.URL+"accounts/") {
					t.Errorf("%s: forum %s, want open", r.URL, short(r.Verdict))
				}
			}
		})
	}
}

// TestGhost: a post that everybody may read names the setting where comments are on; one for members names nothing to those
// who have not joined, whatever the setting, and so does every post where comments are off.
func TestGhost(t *testing.T) {
	for setting, c := range map[string]struct{ everybody, members string }{
		"off":  {"absent", "absent"},
		"all":  {"restricted/members", "unknown/no_marker"},
		"paid": {"restricted/members", "unknown/no_marker"},
	} {
		t.Run(setting, func(t *testing.T) {
			g := servers.StartGhost(t, setting)
			l := newLooker(t, g.Site)
			_, site := l.look(t)
			if got := l.at(g.URL + "repairs-day/"); got != c.everybody {
				t.Errorf("a post for everybody: %s, want %s", got, c.everybody)
			}
			if got := l.at(g.URL + "for-members/"); got != c.members {
				t.Errorf("a post for members: %s, want %s", got, c.members)
			}
			if want := c.members; site != want { // its lists of posts say nothing
				t.Errorf("the site is %s, want %s", site, want)
			}
		})
	}
}

// TestNodeBB: a topic's page invites those who have not signed in to do so and reply, says that it is locked, or shows
// everybody the button where guests may reply.
func TestNodeBB(t *testing.T) {
	n := servers.StartNodeBB(t)
	l := newLooker(t, n.Site)
	const topic = "topic/1/welcome-to-your-nodebb"
	expect := func(what, want, all string) {
		t.Helper()
		_, site := l.look(t)
		if got := l.at(n.URL + topic); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
		if site != all {
			t.Errorf("%s: the site is %s, want %s", what, site, all)
		}
	}
	const lists = "unknown/no_marker" // lists of topics, which say nothing, are among its pages
	expect("accounts may reply", "restricted/login", lists)
	n.Set("hset", "topic:1", "locked", "1")
	expect("locked", "closed", lists)
	n.Set("hset", "topic:1", "locked", "0")
	n.Set("zadd", "group:cid:2:privileges:groups:topics:reply:members", "1", "guests")
	n.Restart()
	expect("guests may reply", "open", "open") // one open topic makes an open place
}
