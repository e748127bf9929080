package platform_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/platform"
)

func TestBestPagesFirst(t *testing.T) {
	var links strings.Builder
	here, listed := town{}, "<urlset>"
	for i := range 60 {
		listed += fmt.Sprintf("<url><loc>https://homes.test/page-%d</loc></url>", i)
		fmt.Fprintf(&links, `<a href="/page-%d">Page</a>`, i)
		here[fmt.Sprintf("/page-%d", i)] = page("Page", "")
	}
	here["/sitemap.xml"] = xmlBody(listed + "</urlset>")
	here["/"] = page("Example Homes", links.String()+`<a href="/x/complaints">Old complaints leaflet list</a><a href="/contact/complaints">Make a complaint</a><a href="/forum">Forum</a>`)
	for _, p := range []string{"/x/complaints", "/contact/complaints", "/forum"} {
		here[p] = page("Found", "")
	}
	s := settings(t)
	s.MaxPages = 4
	walk, asked := here.visit(t, platform.Web(), webJob(), s)
	var pages []string
	for _, r := range asked {
		if r.For == crawler.ForPage || r.For == crawler.ForHome {
			pages = append(pages, strings.TrimPrefix(r.URL, "https://homes.test"))
		}
	}
	if diff := cmp.Diff([]string{"/", "/x/complaints", "/forum", "/contact/complaints"}, pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	if !walk.Coverage["forum"].Complete || !walk.Coverage["complaints_page"].Complete {
		t.Errorf("all pages with words were read: %+v", walk.Coverage)
	}
	s.MaxPages = 3
	walk, _ = here.visit(t, platform.Web(), webJob(), s)
	if walk.Coverage["complaints_page"].Complete || !walk.Coverage["forum"].Complete {
		t.Errorf("one page of complaints was not read: %+v", walk.Coverage)
	}
}

func TestSitemapNeverSent(t *testing.T) {
	here := town{"/": page("Example Homes", "")}
	plan := platform.Web().Plan(webJob(), settings(t))
	queue := plan.First()
	for queue[0].URL != "https://homes.test/sitemap.xml" {
		queue = plan.Next(crawler.NewPage(here.answer(queue[0]), nil))
	}
	for id, c := range plan.Done(queue).Coverage {
		if c.Complete {
			t.Errorf("%s: complete without the sitemap", id)
		}
	}
}

func TestLightVisit(t *testing.T) {
	here := wordpressTown()
	home := page("Example Homes", `<a href="/a">A</a><a href="/forum">Forum</a><a href="/complaints">Complaints</a><a href="/complain">Complain</a>`)
	home.link = apiLink
	here["/"], here["/complaints"] = home, page("Complaints", "")
	job := webJob()
	job.Light = true
	walk, asked := here.visit(t, platform.Web(), job, settings(t))
	if diff := cmp.Diff([]string{"/", "/complaints"}, paths(asked)); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	for id, c := range walk.Coverage {
		if c.Complete {
			t.Errorf("%s: a light visit is no proof of absence", id)
		}
	}
}

func TestNotAsked(t *testing.T) {
	here := town{"/": page("Example Homes", `<a href="/wp-login.php?redirect_to=complaints">Complain</a><a href="/feed/">Feed</a><a href="/a.jpg">Complaint</a>
		<a href="/news/?replytocom=4">Reply</a><a href="https://other.test/complaints">Complaints</a><a href="mailto:complaints@homes.test">Complain</a><a href="/wp-content/x">x</a>
		`)}
	_, asked := here.visit(t, platform.Web(), webJob(), settings(t))
	want := []string{"/", "/robots.txt", "/sitemap.xml"}
	if diff := cmp.Diff(want, paths(asked)); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// Another host of the same domain is the same site where a check's words lead there, and not walked otherwise.
func TestOtherHostOfTheDomain(t *testing.T) {
	here := town{"https://www.homes.org.uk/": page("Example Homes",
		`<a href="https://tenants.homes.org.uk/about">About</a><a href="https://tenants.homes.org.uk/forum">Forum</a>`)}
	job := webJob()
	job.Channel.URL = "https://www.homes.org.uk/"
	walk, asked := here.visit(t, platform.Web(), job, settings(t))
	forum := slices.ContainsFunc(asked, func(r crawler.Request) bool { return r.URL == "https://tenants.homes.org.uk/forum" })
	if !forum || len(paths(asked)) != 4 || walk.Coverage["forum"].Complete {
		t.Errorf("asked %q; coverage %+v", paths(asked), walk.Coverage["forum"])
	}
}

// "Make a complaint" may lead to the organisation's other site, which is not read: nothing is absent then.
func TestLinkToAnotherSite(t *testing.T) {
	here := town{"/": page("Example Homes", `<a href="https://my-example.test/c">Make a complaint</a><a href="https://my-example.test/forum">Log in</a><a href="/x">More</a><a href="/x">Complaints</a>`),
		"/x": page("X", "")}
	walk, asked := here.visit(t, platform.Web(), webJob(), settings(t))
	if got := walk.Coverage["complaints_page"]; got.Complete || got.Reason != audit.ReasonThirdParty {
		t.Errorf("coverage of complaints: %+v", got)
	}
	if !walk.Coverage["forum"].Complete {
		t.Errorf("coverage of forum: %+v", walk.Coverage["forum"])
	}
	if r := find(asked, "/x"); r == nil || !slices.Contains(r.Words, "complaints_page") {
		t.Errorf("a link's second words are lost: %+v", r)
	}
	// The next visit finds the home page unchanged and must not forget.
	next := platform.Web().Plan(webJob(), settings(t))
	queue := next.First()
	queue = next.Next(crawler.NewUnchanged(here.answer(queue[0]), walk.Pages["https://homes.test/"]))
	for len(queue) > 0 {
		queue = next.Next(crawler.NewPage(here.answer(queue[0]), nil))
	}
	if diff := cmp.Diff(walk.Coverage["complaints_page"], next.Done(nil).Coverage["complaints_page"]); diff != "" {
		t.Errorf("coverage when nothing has changed (-before +after):\n%s", diff)
	}
}

func TestMoved(t *testing.T) {
	here := town{"/": {status: 301, problem: audit.ReasonRedirectedAway, final: "https://new.test/welcome"}}
	walk, asked := here.visit(t, platform.Web(), webJob(), settings(t))
	if walk.Moved != "https://new.test/welcome" || len(asked) != 1 {
		t.Errorf("moved to %q after %q", walk.Moved, paths(asked))
	}
	if c := walk.Coverage["forum"]; c.Complete || c.Reason != audit.ReasonRedirectedAway {
		t.Errorf("coverage %+v", c)
	}
}

func TestRobotsForbid(t *testing.T) {
	s := settings(t)
	for _, p := range []crawler.Platform{platform.Web(), platform.Facebook()} {
		job := webJob()
		job.Channel.Platform = p.Name
		walk, asked := town{"/": {problem: audit.ReasonRobots}}.visit(t, p, job, s)
		if len(asked) != 1 || len(walk.Readings) == 0 {
			t.Errorf("%s: %d requests, %d readings", p.Name, len(asked), len(walk.Readings))
		}
		for _, r := range walk.Readings {
			if r.Verdict.State() != audit.Unknown || r.Verdict.Reason() != audit.ReasonRobots {
				t.Errorf("%s %s: %v/%s", p.Name, r.Check, r.Verdict.State(), r.Verdict.Reason())
			}
		}
	}
}

// A page that Facebook does give is read by the checks; what none of them asks is unknown.
func TestFacebookLeavesItToTheChecks(t *testing.T) {
	job := webJob()
	job.Channel.Platform = audit.Facebook
	here := town{"/": page("Example Homes", `<form action="/wp-comments-post.php"><textarea></textarea></form><script>{"have_comments_been_disabled":true}</script>`)}
	walk, _ := here.visit(t, platform.Facebook(), job, settings(t))
	var got []string
	for _, r := range walk.Readings {
		got = append(got, string(r.Check)+" "+r.Verdict.State().String()+"/"+string(r.Verdict.Reason()))
	}
	if diff := cmp.Diff([]string{
		"reviews unknown/no_marker", "comments unknown/no_marker", "replies unknown/no_marker",
	}, got); diff != "" {
		t.Errorf("readings (-want +got):\n%s", diff)
	}
}

func TestTable(t *testing.T) {
	var names []audit.Platform
	for _, p := range platform.All() {
		if p.CannotSee == "" || p.NextStep == "" || p.Plan == nil || p.Name != audit.Web && p.Source == (crawler.Source{}) || slices.Contains(names, p.Name) {
			t.Errorf("row %q is incomplete or stands twice", p.Name)
		}
		names = append(names, p.Name)
	}
}
