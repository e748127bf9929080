package checks_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// readAnew is how long a page that is as it was may go unread.
const readAnew = 25 * 24 * time.Hour

// lasts wants of a page that all checks say the same of it as long as they promise to, whenever they read it: before the end of a month,
// of a year by the calendar, of one of reports, and of the time in which its report is due.
func lasts(t *testing.T, p *crawler.Page) {
	t.Helper()
	for _, day := range [...]string{"2026-01-02", "2026-03-25", "2026-09-22", "2026-12-20"} {
		a := p.Answer
		a.At, _ = time.Parse(time.DateOnly, day)
		lastsFrom(t, crawler.NewPage(a, nil))
	}
}

func lastsFrom(t *testing.T, p *crawler.Page) {
	t.Helper()
	all := checks.All()
	before, until := answers(p, all), p.Answer.At.Add(readAnew)
	if !p.Until.IsZero() && p.Until.Before(until) {
		until = p.Until
	}
	if !until.After(p.Answer.At) {
		t.Fatalf("read at %v, what it says stands until %v", p.Answer.At, until)
	}
	later := p.Answer
	later.At = until.Add(-time.Second)
	if diff := cmp.Diff(before, answers(crawler.NewPage(later, nil), all)); diff != "" {
		t.Errorf("read at %v and again at %v (-then +now):\n%s", p.Answer.At, later.At, diff)
	}
}

// answers are what checks say of a page, in words.
func answers(p *crawler.Page, all []crawler.Check) (said [][]string) {
	for _, r := range p.Read(all) {
		is := append(described(r), string(r.Check), r.Verdict.State().String())
		slices.Sort(is)
		said = append(said, is)
	}
	return said
}

// TestEndsByItself: what hangs on the day is told anew when its day comes.
func TestEndsByItself(t *testing.T) {
	at := time.Date(2026, time.November, 23, 15, 0, 0, 0, time.UTC)
	day := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	for name, c := range map[string]struct {
		address, body string
		want          time.Time
	}{
		"posted lately": {"/news/", `<title>News</title><main><h1>News</h1><article><h2>Roofs</h2><time datetime="2026-11-20T00:00:00Z">20 November</time></article></main>`,
			day(2026, time.December, 4).Add(1)},
		"an event ahead": {"/events/", `<title>Events</title><main><h1>Events</h1><ul><li>2 December 2026: tea</li><li>9 December 2026: soup</li></ul></main>`, day(2026, time.December, 3)},
		"of this year": {"/complaints/", `<title>Complaints</title><main><h1>Complaints</h1><p><a href="/files/self-assessment-2026.pdf">Our self-assessment against the complaint handling code 2026</a></p></main>`,
			day(2026, time.December, 1)},
		"a statement of a year ago": {"/accessibility/", `<title>Accessibility statement</title><main><h1>Accessibility statement</h1><p>This website is partly compliant with WCAG 2.2 AA. A screen reader cannot read some pictures.</p><p>This statement was prepared on 1 December 2025.</p></main>`,
			day(2026, time.December, 2)},
		"a post to come":    {"/news/", `<title>News</title><main><h1>News</h1><article><h2>Roofs</h2><time datetime="2026-11-25T00:00:00Z">25 November</time></article></main>`, day(2026, time.November, 25)},
		"nothing that ends": {"/", `<title>Fernley</title><main><h1>Fernley Homes</h1><p>Welcome.</p></main>`, time.Time{}},
	} {
		p := saved("https://www.fernley.example"+c.address, []byte("<!DOCTYPE html><html><body><nav><a href=\"/\">Home</a> <a href=\"/contact/\">Contact us</a></nav>"+c.body+"<p>"+strings.Repeat("Fernley Homes lets homes in the valley. ", 12)+"</p><footer>Fernley Homes</footer></body></html>"))
		p.Answer.At = at
		p.Read(checks.All())
		if !p.Until.Equal(c.want) {
			t.Errorf("%s: stands until %v, want %v", name, p.Until, c.want)
		}
	}
}
