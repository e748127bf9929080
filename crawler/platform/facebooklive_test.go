package platform_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/internal/fakegraph"
)

const (
	ashPage  = "https://www.facebook.com/ashhomes"
	ownToken = canary + "-of-the-page"
	appToken = canary + "-of-the-app"
)

// graph is the stand-in with the page of Ash Homes, where one visitor has posted and two have commented.
func graph() *fakegraph.Server {
	day := time.Now().Add(-48 * time.Hour)
	g := &fakegraph.Server{AppToken: appToken}
	g.Add(fakegraph.Page{ID: "100", Username: "AshHomes", Name: "Ash Homes", Token: ownToken, MayPost: true, Ratings: 41, Posts: []fakegraph.Post{
		{Number: "7", From: "100", Text: "Repairs day on Friday\nCome along", At: day, Comments: []fakegraph.Comment{
			{Number: "71", From: "5", Text: "No heat since Monday", At: day.Add(time.Hour)},
			{Number: "72", Parent: "71", From: "100", Text: "Sorry, we are on it", At: day.Add(2 * time.Hour)},
			{Number: "73", From: "6", Text: "You are useless", At: day.Add(3 * time.Hour), Hidden: true},
		}},
		{Number: "8", From: "5", Text: "My own words", At: day},
	}})
	return g
}

// A page's own token says exactly who may post, and names authors; whatever it shows is seen by its eyes.
func TestFacebookOwnPage(t *testing.T) {
	for name, c := range map[string]struct {
		mayPost, reviewed bool
		want              string
	}{
		"open": {true, false, "visitor_posts open"}, "after approval": {true, true, "visitor_posts restricted/approval"}, "closed": {false, false, "visitor_posts closed"},
	} {
		g := graph()
		g.Change("ashhomes", func(p *fakegraph.Page) { p.MayPost, p.Reviewed = c.mayPost, c.reviewed })
		v := goLive(t, g, map[string]string{"facebook": "ash.homes " + ownToken}, nil).look(audit.Facebook, ashPage)
		wantStates(t, v, c.want, "reviews open", "comments unknown/no_marker o0 r0 c0 u1")
		if v.How != audit.PageToken || v.Confirmed == nil {
			t.Errorf("%s: seen by %s, confirmed %v", name, v.How, v.Confirmed)
		}
		want := []string{"public: No heat since Monday", "us: Sorry, we are on it (to No heat since Monday)", "public: You are useless [hidden]"}
		if diff := cmp.Diff(want, said(v)); diff != "" {
			t.Errorf("%s: comments (-want +got):\n%s", name, diff)
		}
		if len(v.Posts) != 1 || v.Posts[0].Title != "Repairs day on Friday" {
			t.Errorf("%s: posts %+v", name, v.Posts)
		}
	}
}

// A page's token speaks for its page alone: in the file behind another page's name it says nothing of that page.
func TestFacebookTokenOfAnotherPage(t *testing.T) {
	g := graph()
	g.Add(fakegraph.Page{ID: "200", Username: "elmhomes", Name: "Elm Homes", Token: canary + "-elm"})
	v := goLive(t, g, map[string]string{"facebook": "ashhomes " + canary + "-elm"}, nil).look(audit.Facebook, ashPage)
	wantStates(t, v, "visitor_posts unknown/no_access", "reviews unknown/no_access", "comments unknown/no_access")
	if g.Calls("200/settings")+g.Calls("100/settings") != 0 {
		t.Error("the settings of a page were asked for with another's token")
	}
}

// An app sees posts, numbers and comments without authors: that visitors posted lately shows that they could, that they did
// not shows nothing, and what speaks of the caller is not looked at.
func TestFacebookByApp(t *testing.T) {
	for want, change := range map[string]func(*fakegraph.Page){
		"visitor_posts open":              func(*fakegraph.Page) {},
		"visitor_posts unknown/no_marker": func(p *fakegraph.Page) { p.Posts = p.Posts[:1] },
	} {
		g := graph()
		g.Change("ashhomes", change)
		v := goLive(t, g, map[string]string{"facebook": appToken}, nil).look(audit.Facebook, ashPage)
		wantStates(t, v, want, "reviews open", "comments unknown/no_marker o0 r0 c0 u1")
		if diff := cmp.Diff([]string{"?: No heat since Monday", "?: Sorry, we are on it", "?: You are useless"}, said(v)); diff != "" {
			t.Errorf("comments (-want +got):\n%s", diff)
		}
		if v.How != audit.AppToken || g.Calls("100/settings") != 0 {
			t.Errorf("seen by %s, %d calls for settings", v.How, g.Calls("100/settings"))
		}
	}
	old := graph()
	old.Change("ashhomes", func(p *fakegraph.Page) { p.Posts[1].At = time.Now().Add(-60 * 24 * time.Hour); p.Ratings = 0 })
	v := goLive(t, old, map[string]string{"facebook": appToken}, nil).look(audit.Facebook, ashPage)
	wantStates(t, v, "visitor_posts unknown/no_marker", "reviews unknown/no_marker", "comments unknown/no_marker o0 r0 c0 u1")
}

// A token that expired, was revoked, is too narrow or whose app is blocked: unknown/no_access, one call, one notice.
func TestFacebookTokenInTrouble(t *testing.T) {
	for name, c := range map[string]struct {
		fails  fakegraph.Failure
		reason string
		calls  int // over two visits
		told   int
	}{
		"expired":      {fakegraph.Failure{Status: 400, Code: 190, Subcode: 463, Message: "Session has expired"}, "no_access", 1, 1},
		"revoked":      {fakegraph.Failure{Status: 400, Code: 190, Subcode: 458, Message: "The user has not authorized application"}, "no_access", 1, 1},
		"blocked":      {fakegraph.Failure{Status: 400, Code: 368, Message: "The action attempted has been deemed abusive"}, "no_access", 1, 1},
		"too narrow":   {fakegraph.Failure{Status: 403, Code: 283, Message: "(#283) Requires pages_read_user_content permission"}, "no_access", 2, 1},
		"too often":    {fakegraph.Failure{Status: 400, Code: 32, Message: "(#32) Page request limit reached"}, "rate_limited", 1, 0},
		"theirs":       {fakegraph.Failure{Status: 500, Code: 2, Message: "Service temporarily unavailable"}, "server_error", 2, 0},
		"the old call": {fakegraph.Failure{Status: 400, Code: 12, Message: "(#12) deprecated"}, "api_deprecated", 2, 0},
	} {
		g := graph()
		g.Change("ashhomes", func(p *fakegraph.Page) { p.Fails = &c.fails })
		l := goLive(t, g, map[string]string{"facebook": "ashhomes " + ownToken}, nil)
		for range 2 {
			wantStates(t, l.look(audit.Facebook, ashPage), "visitor_posts unknown/"+c.reason, "reviews unknown/"+c.reason, "comments unknown/"+c.reason)
		}
		if n := strings.Count(l.log.String(), "a key is refused"); g.Calls("me") != c.calls || n != c.told {
			t.Errorf("%s: %d calls, want %d; told %d times, want %d", name, g.Calls("me"), c.calls, n, c.told)
		}
	}
}

// The evidence of an answer names the version of the interface that gave it, ours or the one that the settings name, and by whose eyes.
func TestFacebookVersion(t *testing.T) {
	for _, version := range []string{"v25.0", "v26.0"} {
		l := goLive(t, graph(), map[string]string{"facebook": "ashhomes " + ownToken}, func(o *crawler.Options) {
			i := o.Interfaces[audit.Facebook]
			if version != "v25.0" { // the default
				i.Version = version
			}
			o.Interfaces[audit.Facebook] = i
		})
		seen := 0
		for _, r := range l.look(audit.Facebook, ashPage).Readings {
			if e := r.Verdict.Evidence(); e != nil {
				seen++
				if !strings.HasPrefix(e.URL, "http://facebook.far.test/"+version+"/") || e.How != audit.PageToken {
					t.Errorf("%s rests on %s, seen by %s; want %s", r.Check, e.URL, e.How, version)
				}
			}
		}
		if seen < 2 {
			t.Errorf("%d answers by %s", seen, version)
		}
	}
}

// A token that lacks one permission: what needs it is unknown, what does not is answered, the operator is told once, and once
// more only if it was mended in between.
func TestFacebookTokenTooNarrow(t *testing.T) {
	g, narrow := graph(), true
	l := goLive(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if narrow && strings.HasSuffix(r.URL.Path, "/settings") {
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprint(w, `{"error":{"message":"(#283) Requires pages_read_user_content","type":"OAuthException","code":283}}`)
			return
		}
		g.ServeHTTP(w, r)
	}), map[string]string{"facebook": "ashhomes " + ownToken}, nil)
	g.Change("ashhomes", func(p *fakegraph.Page) { p.Posts = p.Posts[:1] }) // without a visitor's, which would show the door open
	for i, c := range []struct {
		narrow bool
		told   int
		door   string
	}{{true, 1, "visitor_posts unknown/no_access"}, {true, 1, "visitor_posts unknown/no_access"}, {false, 1, ""}, {true, 2, "visitor_posts unknown/no_access"}} {
		narrow = c.narrow
		v := l.look(audit.Facebook, ashPage)
		got := states(t, v)
		if c.door != "" && !slices.Contains(got, c.door) || !slices.Contains(got, "reviews open") {
			t.Errorf("look %d: %v", i+1, got)
		}
		m := v.Memory.Host.Interfaces["facebook/ashhomes"]
		if n := strings.Count(l.log.String(), "a key is refused one kind of call"); n != c.told || (m.Trouble != "") != c.narrow || !m.Until.IsZero() {
			t.Errorf("look %d: told %d times, %+v", i+1, n, m)
		}
	}
}

// Whatever the interface sends in place of settings, nothing is closed by it.
func TestFacebookSettingsThatAreNone(t *testing.T) {
	for body, want := range map[string]string{
		`{"data":[]}`: "no_marker", `{"data":[{"setting":"USERS_CAN_MESSAGE","value":false}]}`: "no_marker",
		`{"data":[{"setting":"USERS_CAN_POST","value":"false"}]}`: "no_marker", `{"data":[{"setting":"USERS_CAN_POST","value":0}]}`: "no_marker",
		`{"data":[{"setting":"USERS_CAN_POST","val`: "parse_changed", `<html>Log in</html>`: "parse_changed", ``: "parse_changed", `{"settings":{"USERS_CAN_POST":false}}`: "parse_changed",
		`{"error":{"code":190,"message":"expired"}}`: "no_access", `{"data":{"setting":"USERS_CAN_POST","value":false}}`: "parse_changed",
	} {
		g := graph()
		v := goLive(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/settings") {
				w.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprint(w, body)
				return
			}
			g.ServeHTTP(w, r)
		}), map[string]string{"facebook": "ashhomes " + ownToken}, nil)
		g.Change("ashhomes", func(p *fakegraph.Page) { p.Posts = nil })
		seen := v.look(audit.Facebook, ashPage)
		if got := states(t, seen)[2]; got != "visitor_posts unknown/"+want {
			t.Errorf("%s: %s, want unknown/%s", body, got, want)
		}
		if len(v.keeper.all) < 3 {
			t.Errorf("%s: %d captures", body, len(v.keeper.all))
		}
	}
}

// Meta's headers of use slow calls down and stop them.
func TestFacebookUse(t *testing.T) {
	for header, want := range map[string]struct {
		reason audit.Reason
		calls  int
	}{
		`{"call_count":20,"total_time":25,"total_cputime":25}`: {"", 2},
		`{"call_count":96,"total_time":25,"total_cputime":25}`: {audit.ReasonRateLimited, 1},
		`"nonsense`: {"", 2},
	} {
		g := graph()
		l := goLive(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-App-Usage", header)
			g.ServeHTTP(w, r)
		}), map[string]string{"facebook": "ashhomes " + ownToken}, nil)
		l.look(audit.Facebook, ashPage)
		l.look(audit.Facebook, ashPage)
		if m := l.memory.Host.Interfaces["facebook/ashhomes"]; m.Trouble != want.reason || g.Calls("me") != want.calls {
			t.Errorf("%s: remembered %+v, %d calls of me", header, m, g.Calls("me"))
		}
	}
}

// A page that is known to be open is read before the others of its lane; where it is not seen open, nothing is believed.
func TestControlPage(t *testing.T) {
	g := graph()
	g.Add(fakegraph.Page{ID: "300", Username: "control", Name: "Open Page", Ratings: 9})
	l := goLive(t, g, map[string]string{"facebook": "ashhomes " + ownToken + "\n" + appToken}, func(o *crawler.Options) {
		i := o.Interfaces[audit.Facebook]
		i.Control = "https://www.facebook.com/control"
		o.Interfaces[audit.Facebook] = i
	})
	wantStates(t, l.look(audit.Facebook, ashPage), "visitor_posts open", "reviews open", "comments unknown/no_marker o0 r0 c0 u1")
	l.look(audit.Facebook, ashPage)
	if n := g.Calls("control"); n != 1 {
		t.Errorf("the control page was read %d times in an hour", n)
	}
	g.Change("control", func(p *fakegraph.Page) { p.Ratings = 0 })
	l.memory.Host.Control.At = time.Now().Add(-2 * time.Hour)
	for range 2 {
		wantStates(t, l.look(audit.Facebook, ashPage), "visitor_posts unknown/quarantined", "reviews unknown/quarantined", "comments unknown/no_marker o0 r0 c0 u1")
	}
	if n := g.Calls("control"); n != 2 || !l.memory.Host.Control.Failed {
		t.Errorf("control read %d times, remembered %+v", n, l.memory.Host.Control)
	}
}
