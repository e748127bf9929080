package platform_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/platform"
)

const wordpressList = `<ol class="comment-list">
<li id="comment-30" class="comment even depth-1"><article class="comment-body"><footer><b class="fn">Visitor A</b> <time datetime="2026-11-20T09:00:00+00:00">20 November</time></footer><div class="comment-content"><p>No heat for a week.<br>I am at <i>12 High Street</i></p></div></article>
<ul class="children"><li id="comment-31" class="comment byuser bypostauthor depth-2"><article class="comment-body"><footer><b class="fn">Example Homes</b> <time datetime="2026-11-20T10:00:00+00:00">20 November</time></footer><div class="comment-content"><p>Sorry. Ring <b>0161 496 0000</b>.</p></div></article></li></ul></li>
<li id="comment-33" class="comment byuser depth-1"><article class="comment-body"><footer><b class="fn">Reader</b></footer><div class="comment-content"><p>Same here, mail me: a@b.example</p></div></article></li>
</ol>`

// What a page lists beside the interface is the same comments, with what each alone knows.
func TestListedBesideTheInterface(t *testing.T) {
	here := wordpressTown()
	listing := page("Repairs", wordpressList)
	listing.lists = "wordpress"
	here["/repairs-day/"] = listing
	walk, _ := here.visit(t, platform.Web(), webJob(), settings(t))
	got := byNumber(walk.Comments, "wordpress", 34)
	for n, want := range map[int]string{
		30: "public|No heat for a week.\nI am at [number] High Street|2026-11-20T09:00:00Z||",
		31: "organisation|Sorry. Ring [phone].|2026-11-20T10:00:00Z||30",
		29: "unknown|Old.|2026-11-01T09:00:00Z||",
		33: "unknown|Same here, mail me: [e-mail]|2026-11-19T09:00:00Z|standing|",
	} {
		if got[n] != want {
			t.Errorf("comment %d: %q, want %q", n, got[n], want)
		}
	}
	if len(walk.Comments) != 4 {
		t.Errorf("%d comments, want 4: %v", len(walk.Comments), got)
	}
	for _, c := range walk.Comments {
		if strings.Contains(fmt.Sprintf("%+v", c), "Visitor A") || strings.Contains(c.URL, "Visitor") {
			t.Errorf("a name: %+v", c)
		}
	}
}

// byNumber writes each comment of a system in short, by its number.
func byNumber(list []audit.Comment, system string, below int) map[int]string {
	numbers := map[string]int{}
	for n := range below {
		numbers[audit.CommentID("c1", system, fmt.Sprint(n))] = n
	}
	got := map[int]string{}
	for _, c := range list {
		by := map[audit.Author]string{audit.AuthorPublic: "public", audit.AuthorOrganisation: "organisation", audit.AuthorUnknown: "unknown"}[c.By]
		standing, parent, at := "", "", ""
		if c.Standing {
			standing = "standing"
		}
		if c.Parent != "" {
			parent = fmt.Sprint(numbers[c.Parent])
		}
		if !c.Time.IsZero() {
			at = c.Time.UTC().Format(time.RFC3339)
		}
		got[numbers[c.ID]] = strings.Join([]string{by, c.Text, at, standing, parent}, "|")
	}
	return got
}

// Pages of systems without an interface, and of unknown ones: key, time as an interval, parent; and the same ids an hour
// later, when "3 h ago" has become "4 h ago".
func TestListedAlone(t *testing.T) {
	body := `<div id="comments"><h2>2 comments</h2>
<div class="user-comment"><span class="author">Mo</span> <span class="date">%d h ago</span><div class="comment-text">The lift is out of order again.</div></div>
<div class="user-comment"><span class="author">Sian</span> <span class="date">%d h ago</span><div class="comment-text">Agreed.</div></div>
<div class="user-comment"><span class="author">Sian</span> <span class="date">%d h ago</span><div class="comment-text">Agreed.</div></div></div>`
	look := func(ago int, at, known string) crawler.Walk {
		listing := page("Lifts", fmt.Sprintf(body, ago, ago+1, ago+2))
		listing.lists, listing.known = "custom", known
		walk, _ := (town{"/": page("Example Homes | News", `<a href="`+at+`">News of the lifts</a>`), at: listing}).visit(t, platform.Web(), webJob(), settings(t))
		return walk
	}
	first, later := look(3, "/news/lifts", ""), look(4, "/news/lifts", "")
	ids := func(w crawler.Walk) (all []string) {
		for _, c := range w.Comments {
			all = append(all, c.ID)
		}
		return all
	}
	if diff := cmp.Diff(ids(first), ids(later)); diff != "" || len(first.Comments) != 3 {
		t.Errorf("%d comments, ids (-first +later):\n%s", len(first.Comments), diff)
	}
	moved := look(5, "/news/lifts-again", "https://homes.test/news/lifts")
	if diff := cmp.Diff(ids(first), ids(moved)); diff != "" || moved.Comments[0].Post != first.Comments[0].Post || moved.Comments[0].URL != "https://homes.test/news/lifts-again" {
		t.Errorf("the page moved, and others are heard there: %+v, ids (-before +after):\n%s", moved.Comments[0], diff)
	}
	c := first.Comments[0]
	if c.Native || c.TimeMax.Sub(c.Time) != time.Hour || c.Standing || c.URL != "https://homes.test/news/lifts" {
		t.Errorf("%+v", c)
	}
	if len(first.Posts) != 1 || first.Posts[0].ID != c.Post || first.Posts[0].Title != "Lifts" {
		t.Errorf("posts %+v", first.Posts)
	}
}

// Comments that only the page's data lists are items as those of its markup are: told by number or words, one with the
// markup's of another look, nobody's words by mark, and with no name in them.
func TestListedInData(t *testing.T) {
	const data = `<script type="application/ld+json">{"@type":"BlogPosting","comment":[
{"@type":"Comment","@id":"#comment-5","author":{"name":"Sian Example"},"datePublished":"2026-11-20T10:00:00Z","text":"The lift is out."},
{"@type":"Comment","author":{"name":"Mo"},"text":"Agreed."}]}</script>`
	look := func(body string) crawler.Walk {
		listing := page("Lifts", body)
		listing.lists = "custom"
		walk, _ := (town{"/": page("Example Homes | News", `<a href="/news/lifts">News of the lifts</a>`), "/news/lifts": listing}).visit(t, platform.Web(), webJob(), settings(t))
		return walk
	}
	told := look(data).Comments
	shown := look(`<div class="comment" id="comment-5"><b class="fn">Sian Example</b><p>The lift is out.</p></div>`).Comments
	if len(told) != 2 || len(shown) != 1 {
		t.Fatalf("%d told, %d shown", len(told), len(shown))
	}
	if told[0].ID != shown[0].ID || told[0].Author != shown[0].Author || told[0].Print != shown[0].Print || told[0].URL != "https://homes.test/news/lifts#comment-5" {
		t.Errorf("told %+v\nshown %+v", told[0], shown[0])
	}
	if told[0].By != audit.AuthorUnknown || !told[0].Native || told[1].Native || told[1].URL != "https://homes.test/news/lifts" {
		t.Errorf("%+v", told)
	}
	if all := fmt.Sprintf("%+v", told); strings.Contains(all, "Sian") {
		t.Errorf("a name in %s", all)
	}
}

// A page of a thousand comments gives as many as one page may, and Blogger's numbers are those of its feeds.
func TestListedLimits(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, `<div id="comment-%d" class="comment"><b class="fn">Mo</b> <time datetime="2026-%02d-01T10:00:00Z"></time><div class="comment-content">Number %d.</div></div>`, i+1, 1+i/100, i+1)
	}
	blog := page("Blog", `<div id="comment-holder"><ol><li id="bc_0_0B" class="comment" kind="b"><div id="c5038916005497812552" class="comment-block"><cite class="user blog-author">Ruth</cite> <p class="comment-content">When do they come?</p></div></li></ol></div>`)
	long := page("Long", b.String())
	blog.lists, long.lists = "blogger", "wordpress"
	walk, _ := (town{"/": page("Example Homes | News", `<a href="/long">News</a><a href="/blog">Blog</a>`), "/long": long, "/blog": blog}).visit(t, platform.Web(), webJob(), settings(t))
	n := 0
	for _, c := range walk.Comments {
		if c.System == "blogger" {
			if c.ID != audit.CommentID("c1", "blogger", "5038916005497812552") || c.URL != "https://homes.test/blog#c5038916005497812552" {
				t.Errorf("%+v", c)
			}
			continue
		}
		n++
		if c.Time.Month() < 9 {
			t.Errorf("an old comment was taken: %v", c.Time)
		}
	}
	if n != 200 {
		t.Errorf("%d comments of one page", n)
	}
}
