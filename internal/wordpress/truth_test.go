//go:build nightly

package wordpress_test

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
	"doorknock/internal/wordpress"
)

// posts are the kinds of post whose truth we know, by slug.
type posts map[string]int

func publish(s *wordpress.Site) posts {
	p := posts{}
	add := func(slug, title, status string, age int) {
		p[slug] = s.Add(wordpress.Post{Slug: slug, Title: title, CommentStatus: status, AgeDays: age})
	}
	add("open-empty", "Repairs day", "open", 2)
	add("open-talk", "Heating works", "open", 3)
	add("closed-empty", "Board papers", "closed", 4)
	add("closed-talk", "Rent review", "open", 5)
	add("old-empty", "Spring fair", "open", 40)
	add("old-talk", "Bin days", "open", 41)
	s.Add(wordpress.Post{Slug: "about-us", Title: "About us", Type: "page", CommentStatus: "closed"})
	reader := s.User("reader")
	for _, slug := range []string{"open-talk", "closed-talk", "old-talk"} {
		first := s.Say(wordpress.Comment{Post: p[slug], Author: "Visitor A", Text: "Our boiler has been off for a week, ring 07700 900123.", AgeHours: 30})
		s.Say(wordpress.Comment{Post: p[slug], Parent: first, User: s.Owner, Author: "landlord", Text: "Sorry to hear that.", AgeHours: 20})
		s.Say(wordpress.Comment{Post: p[slug], User: reader, Author: "reader", Text: "Same here.", AgeHours: 10})
		s.Say(wordpress.Comment{Post: p[slug], Author: "Somewhere", Text: "A pingback.", Type: "pingback", AgeHours: 9})
		s.Say(wordpress.Comment{Post: p[slug], Author: "Visitor B", Text: "Waits for the moderator.", Waiting: true, AgeHours: 8})
	}
	s.SetCommentStatus(p["closed-talk"], "closed")
	return p
}

type looker struct {
	site    *wordpress.Site
	crawler *crawler.Crawler
	memory  audit.Memory
	known   map[string]audit.Reading // of comments, by address; what an unchanged page said stands
	last    audit.Visit
}

func newLooker(t *testing.T, s *wordpress.Site) *looker {
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

// look visits the site, remembering what it saw the time before.
func (l *looker) look(t *testing.T) audit.Visit {
	t.Helper()
	v, err := l.crawler.Visit(t.Context(), audit.Job{
		V: 1, ID: audit.JobID("c1", time.Now()), OrganisationName: "Example Homes", Memory: l.memory,
		Channel: audit.Channel{ID: "c1", Organisation: "example", Platform: audit.Web, URL: l.site.URL, Lane: l.site.Host},
	})
	if err != nil {
		t.Fatal(err)
	}
	l.memory, l.last = v.Memory, v
	for _, r := range v.Readings {
		if r.Check == "comments" && r.Scope != "" {
			l.known[r.Scope] = r
		}
	}
	return v
}

// answers gives what is known of each post, as the visit's fold has it: state, and reason or kind.
func (l *looker) answers(t *testing.T, p posts) map[string]string {
	t.Helper()
	found, err := crawler.Fold(checks.All(), l.last, slices.Collect(maps.Values(l.known)), "")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for slug, id := range p {
		got[slug] = "unknown"
		for _, f := range found {
			if f.Check == "comments" && f.Scope == l.site.Link(id) {
				got[slug] = answer(f.Verdict)
			}
		}
	}
	return got
}

func answer(v audit.Verdict) string {
	return strings.TrimSuffix(v.State().String()+"/"+string(v.Reason())+string(v.Kind()), "/")
}

const nobody = "unknown/no_marker" // nobody outside can tell

// The truth, beside the answers that the table of WordPress answers asks for. Where comments were closed by age on a
// post that has some, a block theme prints neither form nor sentence, so nobody can tell.
func TestTruth(t *testing.T) {
	for name, o := range map[string]wordpress.Options{
		"classic":           {Theme: wordpress.Classic},
		"blocks":            {Theme: wordpress.Block},
		"our own":           {Theme: wordpress.Classic, Own: true},
		"our own of blocks": {Theme: wordpress.Block, Own: true, Plain: true},
		"plain addresses":   {Theme: wordpress.Classic, Plain: true},
	} {
		t.Run(name, func(t *testing.T) {
			site := wordpress.Start(t, o)
			p := publish(site)
			unsaid := "closed"
			if o.Theme == wordpress.Block {
				unsaid = nobody
			}
			l := newLooker(t, site)
			expect := func(what string, want map[string]string) {
				t.Helper()
				if diff := cmp.Diff(want, l.answers(t, p)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", what, diff)
				}
			}

			v := l.look(t)
			expect("as installed", map[string]string{
				"open-empty": "open", "open-talk": "open", "closed-empty": "closed", "closed-talk": "closed", "old-empty": "open", "old-talk": "open",
			})
			heard(t, v)
			for _, id := range []audit.CheckID{"forum", "complaints_page"} {
				if got := v.Coverage[id]; !got.Complete {
					t.Errorf("%s: coverage %+v, though everything that there is can be read", id, got)
				}
			}
			findings(t, v)
			if v.Confirmed == nil {
				t.Error("the home page's own name was not seen")
			}

			again := l.look(t)
			if len(again.Unchanged) == 0 {
				t.Error("nothing was found unchanged on the second look")
			}
			expect("looked at again", map[string]string{
				"open-empty": "open", "open-talk": "open", "closed-empty": "closed", "closed-talk": "closed", "old-empty": "open", "old-talk": "open",
			})

			site.Option("close_comments_for_old_posts", "1")
			site.Option("close_comments_days_old", "14")
			l.look(t)
			expect("closed by age", map[string]string{
				"open-empty": "open", "open-talk": "open", "closed-empty": "closed", "closed-talk": "closed", "old-empty": "closed", "old-talk": unsaid,
			})

			site.Option("comment_registration", "1")
			l.look(t)
			expect("members only", map[string]string{
				"open-empty": "restricted/login", "open-talk": "restricted/login", "closed-empty": "closed", "closed-talk": "closed", "old-empty": "closed", "old-talk": unsaid,
			})

			site.Option("comment_registration", "0")
			site.SetCommentStatus(p["closed-empty"], "open")
			site.SetCommentStatus(p["open-empty"], "closed")
			l.look(t)
			expect("one reopened, one closed", map[string]string{
				"open-empty": "closed", "open-talk": "open", "closed-empty": "open", "closed-talk": "closed", "old-empty": "closed", "old-talk": unsaid,
			})

			site.Plugin("no-comments", "add_filter('comments_open', '__return_false');")
			l.look(t)
			expect("switched off by a plugin", map[string]string{
				"open-empty": "closed", "open-talk": unsaid, "closed-empty": "closed", "closed-talk": "closed", "old-empty": "closed", "old-talk": unsaid,
			})
			site.Plugin("no-comments", "")

			site.Plugin("no-interface", "add_filter('rest_authentication_errors', function () { return new WP_Error('rest_forbidden', 'No.', array('status' => 401)); });")
			l.look(t)
			expect("without the interface", map[string]string{
				"open-empty": nobody, "open-talk": "open", "closed-empty": "open", "closed-talk": unsaid, "old-empty": nobody, "old-talk": unsaid,
			})
		})
	}
}

// findings are what the first visit says of the site as a whole.
func findings(t *testing.T, v audit.Visit) {
	t.Helper()
	found, err := crawler.Fold(checks.All(), v, v.Readings, "")
	if err != nil {
		t.Fatal(err)
	}
	want := map[audit.CheckID]string{"comments": "restricted/some_posts", "forum": "absent", "complaints_page": "absent", "social_links": "absent"}
	got := map[audit.CheckID]string{}
	for _, f := range found {
		switch _, said := want[f.Check]; {
		case f.Scope != "":
		case said:
			got[f.Check] = answer(f.Verdict)
		case f.Verdict.State() == audit.Absent, f.Verdict.State() == audit.Unknown: // a site of six posts has nothing else
		case f.Check == "site_search" && f.Verdict.State() == audit.Open: // some themes print the form
		case (f.Check == "content_mix" || f.Check == "recency") && f.Verdict.State() == audit.Open: // measures of the posts, the newest of which is two days old
		default:
			t.Errorf("%s: %s, of which there is nothing on the site", f.Check, answer(f.Verdict))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func heard(t *testing.T, v audit.Visit) {
	t.Helper()
	by := map[audit.Author]int{}
	replies := 0
	for _, c := range v.Comments {
		by[c.By]++
		if c.Parent != "" {
			replies++
		}
		if strings.Contains(c.Text, "07700") || c.Text == "A pingback." || c.Text == "Waits for the moderator." {
			t.Errorf("comment %q", c.Text)
		}
	}
	if diff := cmp.Diff(map[audit.Author]int{audit.AuthorPublic: 3, audit.AuthorOrganisation: 3, audit.AuthorUnknown: 3}, by); diff != "" {
		t.Errorf("authors (-want +got):\n%s", diff)
	}
	if replies != 3 {
		t.Errorf("%d replies, want 3", replies)
	}
}
