package checks_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/crawler/checks"
)

// TestSystemsByTheirMarks: a page with nothing but a system's own marks below its text names the system. Where a script draws
// the comments the page never says more; where the form stands in the page it is open.
func TestSystemsByTheirMarks(t *testing.T) {
	seen := map[string]bool{}
	for file, want := range map[string]audit.State{"systems.txt": audit.Unknown, "systems-open.txt": audit.Open} {
		for _, line := range lines(t, file) {
			name, marks, _ := strings.Cut(line, " ")
			seen[name] = true
			r := comments(saved("https://www.fernley.example/news/doors/", []byte(post("", "", strings.TrimSpace(marks)))))
			if r.System != name || r.Verdict.State() != want {
				t.Errorf("%s reads as %s, %v %v; want %v: %s", name, r.System, r.Verdict.State(), r.Verdict.Reason(), want, marks)
			}
		}
	}
	for _, n := range checks.SystemNotes() {
		if n.Kind == "server" && !seen[n.System] {
			t.Errorf("no line of marks for %s", n.System)
		}
	}
}

// askedFor are the systems of which it was asked that each is told, by the names that they bear here.
const askedFor = "wordpress drupal discourse phpbb vbulletin xenforo invision smf mybb vanilla forumotion blogger squarespace ghost movabletype disqus facebook remark42 commento isso " +
	"giscus utterances hyvor intensedebate livefyre coral viafoura openweb wpdiscuz jetpack thrive jcomments"

// TestEverySystemHasItsMarks: each system that was asked for is in the table, once, and of each in the table some page here is read as
// that system's: a page of its own, or a line of its marks.
func TestEverySystemHasItsMarks(t *testing.T) {
	listed, told := map[string]int{}, map[string]bool{}
	for _, n := range checks.SystemNotes() {
		listed[n.System]++
	}
	for name := range strings.FieldsSeq(askedFor) {
		if listed[name] != 1 {
			t.Errorf("%s is %d times in the table", name, listed[name])
		}
	}
	for _, file := range [...]string{"systems.txt", "systems-open.txt"} { // read in TestSystemsByTheirMarks
		for _, line := range lines(t, file) {
			name, _, _ := strings.Cut(line, " ")
			told[name] = true
		}
	}
	for _, line := range lines(t, "systems-forum.txt") {
		name, marks, _ := strings.Cut(line, " ")
		told[name] = true
		p := saved("https://www.fernley.example/talk/7", []byte(post("", "", strings.TrimSpace(marks))))
		if got := checks.ForumSystem(p); got != name {
			t.Errorf("%s reads as %q: %s", name, got, marks)
		}
	}
	wants, err := filepath.Glob(filepath.Join("testdata", "*", "*.want")) // read in TestFixtures
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range wants {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for word := range strings.FieldsSeq(string(want)) {
			if name, ok := strings.CutPrefix(word, "system="); ok {
				told[name] = true
			}
		}
	}
	for name := range listed {
		if !told[name] {
			t.Errorf("no page and no line of marks for %s", name)
		}
	}
}

// TestWhoMayWrite: what a page says below a post of who may write there, and what only looks like it.
func TestWhoMayWrite(t *testing.T) {
	for _, line := range lines(t, "write.txt") {
		parts := strings.SplitN(line, " | ", 3)
		r := comments(saved("https://www.fernley.example/news/doors/", []byte(post("", "", parts[2]))))
		if got := r.Verdict.State().String(); got != parts[0] {
			t.Errorf("%s: %s/%s, want %s: %s", parts[1], got, r.Verdict.Reason(), parts[0], parts[2])
		}
	}
}

// TestSystemBesideALogin: the site's own words ask to sign in, and the system is the one that stands beside them.
func TestSystemBesideALogin(t *testing.T) {
	below := `<div class="comments"><button onclick="s()">Sign in to comment</button><vf-conversations></vf-conversations></div>`
	r := comments(saved("https://www.fernley.example/news/doors/", []byte(post(wp, "single single-post", below))))
	if r.System != "viafoura" || r.Verdict.State() != audit.Restricted || r.Count != nil {
		t.Errorf("%s, %v, %v comments", r.System, r.Verdict.State(), r.Count)
	}
	below = `<aside id="comments"><p>Please register or log in.</p><div class="livefyre-content"></div></aside>`
	if r := comments(saved("https://www.fernley.example/news/doors/", []byte(post("", "", below)))); r.System != "livefyre" || r.Verdict.State() != audit.Restricted {
		t.Errorf("%s, %v", r.System, r.Verdict.State())
	}
}

// TestSystemOfTeasers: the number that Disqus fills in beside a teaser says nothing of this page's system, nor do links to the
// topics of several posts.
func TestSystemOfTeasers(t *testing.T) {
	for system, below := range map[string]string{
		"disqus":    `<p>Discuss: <span class="disqus-comment-count" data-disqus-url="https://www.fernley.example/news/lifts/"></span></p>`,
		"discourse": `<p><a href="https://talk.fernley.example/t/new-lifts/7">82 comments</a> <a href="https://talk.fernley.example/t/new-roofs/8">3 comments</a></p>`,
	} {
		if r := comments(saved("https://www.fernley.example/news/doors/", []byte(post("", "", below)))); r.System == system {
			t.Errorf("%s, %v", r.System, r.Verdict.State())
		}
	}
}

// lines gives the lines of a file of testdata without its remarks.
func lines(t *testing.T, file string) (all []string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			all = append(all, line)
		}
	}
	return all
}
