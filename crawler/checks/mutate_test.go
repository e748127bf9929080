package checks_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// An original is a page whose state by a check is known, and the bytes that say so.
type original struct {
	name, url string
	check     crawler.Check
	depth     int
	body      []byte
	marker    []byte // the whole form, where comments are open
}

// states are what the check makes of the page, spoilt as it is: of the page by itself, and of a site on which it is the
// last page that was read.
func (o original) states(p *crawler.Page) []audit.Verdict {
	p.Answer.Request.Depth = o.depth
	readings := p.Read([]crawler.Check{o.check})
	verdicts := []audit.Verdict{readings[0].Verdict}
	for _, f := range folded(o.check, readings, audit.Coverage{Complete: true, Captures: []string{"home", "c1"}}) {
		verdicts = append(verdicts, f.Verdict)
	}
	return verdicts
}

// TestMutatedOpenPages spoils pages that are open by one of the checks. Whatever is left of them is never closed; and it
// is never absent while the marker's bytes stand in it whole, or where the page was cut short. A check has a share of the
// mutations by its pages, and a tenth of them at least.
func TestMutatedOpenPages(t *testing.T) {
	of := map[audit.CheckID][]original{}
	all := 0
	for _, c := range checks.All() {
		if pages := originals(t, c, audit.Open); len(pages) > 0 {
			of[c.ID] = pages
			all += len(pages)
		}
	}
	if len(of) < 4 {
		t.Fatalf("open pages of %d checks only", len(of))
	}
	for id, pages := range of {
		share := max(mutations/10, mutations*len(pages)/all)
		done := map[string]int{}
		for seed := range uint64(share) {
			o := pages[seed%uint64(len(pages))]
			m := mutate(seed, o.body)
			for _, what := range m.kinds {
				done[what]++
			}
			whole := bytes.Contains(m.body, o.marker)
			for _, v := range o.states(m.page(o.url)) {
				if s := v.State(); s == audit.Closed || s == audit.Absent && (whole || m.cut) {
					t.Errorf("%s, %s, seed %d (%s): %v by %+v", id, o.name, seed, m.did, s, v.Evidence())
					keepMutant(t, o, seed, m)
					break
				}
			}
		}
		t.Logf("%s: %d pages, %d mutants: %v", id, len(pages), share, done)
		for _, what := range []string{"delete", "cut", "swap", "insert"} {
			if done[what] == 0 && share > 100 {
				t.Errorf("%s: no mutant by %s", id, what)
			}
		}
	}
}

// TestMutatedByALostPart spoils every open page in three ways that a night's mutations once read as absence: a calendar
// without its headings, one without its dates, and a page whose foot stands behind its end.
func TestMutatedByALostPart(t *testing.T) {
	headings := regexp.MustCompile(`(?is)<h[1-6][^>]*>.*?</h[1-6]>|<title>.*?</title>`)
	dates := regexp.MustCompile(`(?is)<time[^>]*>.*?</time>|\b\d{1,2}(st|nd|rd|th)? (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*( \d{4})?`)
	spoilt := 0
	for id, check := range map[audit.CheckID]crawler.Check{"events": checkOf(t, "events"), "social_links": checkOf(t, "social_links")} {
		for _, o := range originals(t, check, audit.Open) {
			for what, body := range map[string][]byte{"headings": headings.ReplaceAll(o.body, nil), "dates": dates.ReplaceAll(o.body, nil), "foot": footBehind(o.body)} {
				if bytes.Equal(body, o.body) || !bytes.Contains(body, o.marker) {
					continue
				}
				spoilt++
				for _, v := range o.states(saved(o.url, body)) {
					if s := v.State(); s == audit.Absent || s == audit.Closed {
						t.Errorf("%s, %s without its %s: %v by %+v", id, o.name, what, s, v.Evidence())
					}
				}
			}
		}
	}
	if t.Logf("%d pages", spoilt); spoilt < 5 {
		t.Error("hardly a page was spoilt")
	}
}

func checkOf(t *testing.T, id audit.CheckID) crawler.Check {
	t.Helper()
	for _, c := range checks.All() {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("no check %s", id)
	return crawler.Check{}
}

// footBehind puts the last third of a page's body behind the page's end.
func footBehind(page []byte) []byte {
	from, end := bytes.Index(page, []byte("<body")), bytes.LastIndex(page, []byte("</body"))
	if from < 0 || end < from {
		return page
	}
	at := end - (end-from)/3
	return join(page[:at], page[end:], page[at:end])
}

// TestMutatedClosedPages spoils pages that are closed. No form stands in them, so none of what is left is open.
func TestMutatedClosedPages(t *testing.T) {
	pages := originals(t, checks.Comments(), audit.Closed)
	for seed := range uint64(mutations) {
		o := pages[seed%uint64(len(pages))]
		m := mutate(seed, o.body)
		if r := comments(m.page(o.url)); r.Verdict.State() == audit.Open {
			t.Errorf("%s, seed %d (%s): open by %+v", o.name, seed, m.did, r.Verdict.Evidence())
			keepMutant(t, o, seed, m)
		}
	}
}

// TestCutPages cuts every page at many places, as a connection or a failing server does. No cut page proves absence, and
// none is closed that is not closed whole.
func TestCutPages(t *testing.T) {
	pages := originals(t, checks.Comments(), audit.Absent)
	for _, c := range checks.All() {
		pages = append(pages, originals(t, c, audit.Open)...)
	}
	done := map[string]bool{}
	for _, o := range pages {
		key := o.url + string(o.body)
		if done[key] {
			continue // it answers several questions, and all are asked each time
		}
		done[key] = true
		for i := range cuts {
			at := (len(o.body) - 40) * i / cuts
			for _, r := range saved(o.url, o.body[:max(at, 0)]).Read(checks.All()) {
				if s := r.Verdict.State(); s == audit.Absent || s == audit.Closed {
					t.Errorf("%s cut at %d: %s is %v by %+v", o.name, at, r.Check, s, r.Verdict.Evidence())
				}
			}
		}
	}
}

// originals are our own fixtures, and the labelled pages where they are at hand, that the check reads as being in the
// state.
func originals(t *testing.T, check crawler.Check, want audit.State) (kept []original) {
	t.Helper()
	for _, o := range append(fixtures(t, check, want), labelled(t, check, want)...) {
		p := saved(o.url, o.body)
		p.Answer.Request.Depth = o.depth
		v := p.Read([]crawler.Check{check})[0].Verdict
		if v.State() != want || want == audit.Closed && bytes.Contains(o.body, []byte("wp-comments-post.php")) {
			continue // where a closed page hides its form, a mutation may show it
		}
		if e := v.Evidence(); want == audit.Open {
			o.marker = o.body[e.Offset : e.Offset+e.Length]
			if check.ID == "comments" {
				o.marker = formAt(o.body, e.Offset)
			}
		}
		kept = append(kept, o)
	}
	if check.ID == "comments" && len(kept) == 0 {
		t.Fatalf("no page is %v", want)
	}
	return kept
}

func fixtures(t *testing.T, check crawler.Check, want audit.State) (all []original) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", string(check.ID), want.String()+"-*.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		o := original{name: filepath.Base(file), check: check, url: "https://www.fernley.example/news/roof/", body: body(t, file)}
		for w := range strings.FieldsSeq(string(body(t, strings.TrimSuffix(file, ".html")+".want"))) {
			if at, ok := strings.CutPrefix(w, "at="); ok {
				o.url = at
			}
			if d, ok := strings.CutPrefix(w, "depth="); ok {
				o.depth, _ = strconv.Atoi(d)
			}
		}
		all = append(all, o)
	}
	return all
}

// labelled are the pages of real sites that somebody has looked at.
func labelled(t *testing.T, check crawler.Check, want audit.State) (all []original) {
	t.Helper()
	dir, ok := sharedIfThere("corpus/pages")
	if !ok || detector {
		return nil
	}
	for _, row := range table(t, filepath.Join(dir, "labels.csv")) {
		is := false
		switch check.ID {
		case "comments":
			basis := map[audit.State]string{audit.Open: "form", audit.Closed: row["state_basis"]}[want]
			is = row["comment_state"] == want.String() && row["state_basis"] == basis
		case "forum":
			is = want == audit.Open && row["is_forum"] == "yes"
		case "reviews":
			is = want == audit.Open && row["has_reviews"] == "yes"
		case "events":
			is = want == audit.Open && row["events_calendar"] == "yes"
		case "social_links":
			is = want == audit.Open && row["facebook_link"] != ""
		}
		if is {
			all = append(all, original{name: row["file"], check: check, url: row["url"], body: body(t, filepath.Join(dir, row["file"]))})
		}
	}
	return all
}

func sharedIfThere(path string) (string, bool) {
	root := os.Getenv("DOORKNOCK_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	full := filepath.Join(root, path)
	_, err := os.Stat(full)
	return full, err == nil
}

// formAt is the marker with all that follows up to the end of its form.
func formAt(page []byte, at int) []byte {
	end := bytes.Index(page[at:], []byte("</form"))
	if end < 0 {
		end = min(200, len(page)-at)
	}
	return page[at : at+end]
}

// A mutant is a spoilt page.
type mutant struct {
	body        []byte
	contentType string
	cut         bool
	kinds       []string
	did         string
}

// kinds names what once does, by its number.
var kinds = [...]string{"delete", "cut", "swap", "insert", "duplicate", "tag", "attribute", "element", "entities", "type"}

func (m mutant) page(address string) *crawler.Page {
	p := saved(address, m.body)
	p.Answer.Header = http.Header{"Content-Type": {m.contentType}}
	return p
}

var headers = []string{
	"text/html", "text/html; charset=utf-8", "text/html; charset=iso-8859-1", "text/html; charset=windows-1252", "text/html; charset=utf-16",
	"text/html; charset=utf-16be", "text/html; charset=shift_jis", "text/html; charset=gbk", "text/html; charset=iso-2022-jp", "text/html; charset=x-user-defined",
	"text/html; charset=koi8-r", "text/html; charset=nonsense", "application/xhtml+xml",
}

// shards are what goes wrong in pages: tags that swallow, hide or end, and bytes that belong to no character.
var shards = []string{
	"<!--", "-->", "<script>", "</script>", "<div hidden>", "<div style='display:none'>", "</div>", "<template>", "</template>", "<noscript>", "</noscript>",
	"<form>", "</form>", "<textarea>", "</textarea>", "<title>", "</title>", "</head>", "</body>", "</html>", "<style>", "<select>", "<svg>", "<math>", "<table>",
	"<frameset>", "<iframe>", "<plaintext>", "<xmp>", "<base href='https://other.example/'>", "\"", "'", "<", ">", "=", "&", "&nbsp;", "&lt;", "\x00", "\xff", "\xe2\x80",
	"<p>", "<a>", "<article>", "<li>", "<div class=comment>", "<blockquote>", "<section id=comments>", "<h1>Page</h1>",
}

// remarks after a page's end are lost by nobody.
var remarks = regexp.MustCompile(`(?s)<!--.*?-->`)

// mutate spoils a page one to three times.
func mutate(seed uint64, page []byte) mutant {
	r := rand.New(rand.NewPCG(seed, 20261121))
	m := mutant{body: bytes.Clone(page), contentType: "text/html"}
	for range 1 + r.IntN(3) {
		m.once(r)
	}
	return m
}

func (m *mutant) once(r *rand.Rand) {
	b := m.body
	if len(b) < 16 {
		return
	}
	from, to := stretch(r, b)
	what := r.IntN(len(kinds))
	switch what {
	case 0: // delete
		m.body = join(b[:from], b[to:])
	case 1: // cut
		if r.IntN(3) == 0 {
			from = max(0, len(b)-r.IntN(400))
		}
		lost := strings.Join(strings.Fields(string(remarks.ReplaceAll(b[from:], nil))), "")
		m.body, m.cut = bytes.Clone(b[:from]), m.cut || !strings.HasSuffix("</body></html>", lost) //nolint:gocritic // what is lost is sought in these: without them a page is whole
	case 2: // swap with the stretch that follows
		end := min(len(b), to+to-from)
		m.body = join(b[:from], b[to:end], b[from:to], b[end:])
	case 3: // insert
		m.body = join(b[:from], []byte(shards[r.IntN(len(shards))]), b[from:])
	case 4: // duplicate, anywhere
		at := r.IntN(len(b))
		m.body = join(b[:at], b[from:to], b[at:])
	case 5: // one tag
		from, to = tagAt(b, from)
		m.body = join(b[:from], b[to:])
	case 6: // one attribute
		from, to = attrAt(b, from)
		m.body = join(b[:from], b[to:])
	case 7: // a whole element, roughly
		from, to = elementAt(b, from)
		m.body = join(b[:from], b[to:])
	case 8: // characters become entities
		part := strings.NewReplacer("e", "&#101;", "o", "&#x6f;", "<", "&lt;").Replace(string(b[from:min(to, from+60)]))
		m.body = join(b[:from], []byte(part), b[min(to, from+60):])
	case 9:
		m.contentType = headers[r.IntN(len(headers))]
	}
	m.kinds = append(m.kinds, kinds[what])
	m.did += fmt.Sprintf("%s[%d:%d] ", kinds[what], from, to)
}

// stretch is a piece of the page: mostly short, now and then most of it.
func stretch(r *rand.Rand, b []byte) (from, to int) {
	from = r.IntN(len(b))
	size := 1 + r.IntN(30)
	switch r.IntN(4) {
	case 0:
		size = 1 + r.IntN(len(b))
	case 1:
		size = 1 + r.IntN(3000)
	}
	return from, min(len(b), from+size)
}

func tagAt(b []byte, near int) (from, to int) {
	from = max(0, bytes.LastIndexByte(b[:near+1], '<'))
	end := bytes.IndexByte(b[from:], '>')
	if end < 0 {
		return from, from
	}
	return from, from + end + 1
}

func attrAt(b []byte, near int) (from, to int) {
	at := bytes.Index(b[near:], []byte("=\""))
	if at < 0 {
		return near, near
	}
	at += near
	from = max(0, bytes.LastIndexByte(b[:at], ' '))
	end := bytes.IndexByte(b[at+2:], '"')
	if end < 0 {
		return from, from
	}
	return from, at + 2 + end + 1
}

func elementAt(b []byte, near int) (from, to int) {
	from, to = tagAt(b, near)
	name := strings.TrimPrefix(string(b[from:to]), "<")
	name, _, _ = strings.Cut(name, ">")
	if name, _, _ = strings.Cut(name, " "); name == "" {
		return from, to
	}
	if end := bytes.Index(b[to:], []byte("</"+name)); end >= 0 {
		to += end + len(name) + 3
	}
	return from, min(to, len(b))
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// keepMutant writes the spoilt page where DOORKNOCK_MUTANTS says, for somebody to look at.
func keepMutant(t *testing.T, o original, seed uint64, m mutant) {
	t.Helper()
	dir := os.Getenv("DOORKNOCK_MUTANTS")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d-%s.html", seed, o.name)), m.body, 0o600); err != nil {
		t.Log(err)
	}
}
