package checks_test

import (
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// TestEventsGoneBy reads lists of events at one moment, 22 November 2026, seven in the morning: old is only a list of
// which every day is surely past.
func TestEventsGoneBy(t *testing.T) {
	marked := func(days string) string {
		return `<div itemscope itemtype="https://schema.org/Event">Tea ` + days + `</div>`
	}
	data := func(event string) string {
		return `<p>Our events are for everybody who lives in Alder Court or in one of the houses around it. There is tea, and there is cake.</p><script type="application/ld+json">{"@type":` + event + `}</script>`
	}
	for name, c := range map[string]struct {
		page  string
		state audit.State
		ahead int
	}{
		"past":                            {marked(`12 May 2026`), audit.Restricted, 0},
		"two days ago":                    {marked(`20 November 2026`), audit.Restricted, 0},
		"yesterday, somewhere still":      {marked(`21 November 2026`), audit.Open, 0},
		"today":                           {marked(`22 November 2026`), audit.Open, 1},
		"ahead":                           {marked(`12 May 2026 and 12 May 2027`), audit.Open, 1},
		"two ahead, one of them twice":    {marked(`1 December 2026, <time datetime="2026-12-01">Tuesday</time>, 2 December 2026`), audit.Open, 2},
		"no day":                          {marked(``), audit.Open, 0},
		"no year":                         {marked(`12 May 2026, 14 May`), audit.Open, 0},
		"no year, but in the markup":      {marked(`<time datetime="2026-05-14T10:00Z">14 May</time>`), audit.Restricted, 0},
		"no year, by numbers":             {marked(`12.05.2026, 14.05.`), audit.Open, 0},
		"until a day ahead":               {marked(`12 May 2026 to 3 February 2027`), audit.Open, 1},
		"a span that is over":             {marked(`28 February – 3 March 2026`), audit.Restricted, 0},
		"a month that is over":            {marked(`March 2026`), audit.Restricted, 0},
		"this month":                      {marked(`November 2026`), audit.Open, 1},
		"in boxes":                        {marked(`<div>12</div><div>May</div><div>2026</div>`), audit.Restricted, 0},
		"the month first, or the day":     {marked(`12/11/2026`), audit.Open, 0},
		"every week":                      {marked(`since 12 May 2026, every Tuesday`), audit.Open, 0},
		"on Mondays":                      {marked(`12 May 2026, and Mondays`), audit.Open, 0},
		"an office on Mondays":            {marked(`12 May 2026`) + `<main><p>We are in on Mondays.</p></main>`, audit.Restricted, 0},
		"every Monday, beside the list":   {marked(`12 May 2026`) + `<main><p>Bingo every Monday.</p></main>`, audit.Open, 0},
		"one ahead elsewhere":             {marked(`12 May 2026`) + `<p>The AGM is on 3 December 2026.</p>`, audit.Open, 0},
		"one without a year elsewhere":    {`<main>` + marked(`12 May 2026`) + `<p>The AGM is on 3 December.</p></main>`, audit.Open, 0},
		"a teaser beside it":              {`<main>` + marked(`12 May 2026`) + `</main><aside>News of 3 December</aside>`, audit.Restricted, 0},
		"the day of the look in the head": {`<header>22 November 2026</header>` + marked(`12 May 2026`), audit.Restricted, 0},
		"when it was written":             {marked(`<span class="posted-on">3 March 2024</span>`), audit.Open, 0},
		"when it was written, in words":   {marked(`Posted on 3 March 2024`), audit.Open, 0},
		"a hidden one ahead":              {marked(`12 May 2026 <span hidden>3 December 2026</span>`), audit.Open, 0},
		"what a visitor says":             {marked(`12 May 2026 <ol class="comment-list"><li>See you on 3 December 2026</li></ol>`), audit.Restricted, 0},
		"data":                            {data(`"Event","startDate":"2026-05-12","endDate":"2026-05-13T18:00"`), audit.Restricted, 0},
		"data, in words":                  {data(`"Event","startDate":"May 12, 2026"`), audit.Restricted, 0},
		"data that ends ahead":            {data(`"Event","startDate":"2026-05-12","endDate":"2027-05-13"`), audit.Open, 1},
		"data with a schedule":            {data(`"Event","startDate":"2026-05-12","eventSchedule":{"repeatFrequency":"P1W"}`), audit.Open, 0},
		"data put off":                    {data(`"Event","startDate":"2026-05-12","eventStatus":"https://schema.org/EventPostponed"`), audit.Open, 0},
		"a series that has begun":         {data(`"EventSeries","startDate":"2026-05-12"`), audit.Open, 0},
		"a calendar to subscribe to":      {`<p>Events</p><a href="webcal://www.fernley.example/all.ics">all</a>`, audit.Unknown, 0},
		"a link that says it comes again": {marked(`<a href="data:text/calendar,BEGIN:VEVENT%0ADTSTART:20260512%0ARRULE:FREQ=WEEKLY">x</a>`), audit.Open, 0},
		"a link with its day":             {marked(`<a href="data:text/calendar,BEGIN:VEVENT%0ADTSTART%3A20260512T100000">x</a>`), audit.Restricted, 0},
	} {
		p := saved("https://www.fernley.example/whats-on/", []byte(`<!DOCTYPE html><html><head><title>Fernley Homes</title></head><body>`+c.page+`</body></html>`))
		p.Answer.At = time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
		r := p.Read([]crawler.Check{checks.Events()})[0]
		if r.Verdict.State() != c.state || c.state == audit.Restricted && r.Verdict.Kind() != audit.KindOld {
			t.Errorf("%s: %v/%s/%s, want %v", name, r.Verdict.State(), r.Verdict.Kind(), r.Verdict.Reason(), c.state)
		}
		if got := r.Values[audit.ValueAhead].Number; got != c.ahead {
			t.Errorf("%s: %d days ahead, want %d", name, got, c.ahead)
		}
		evident(t, p, r)
	}
}

// TestEventsOfAnUnknownDay: a saved page of which nobody knows when it was saved is not called old by today's calendar.
func TestEventsOfAnUnknownDay(t *testing.T) {
	for _, o := range fixtures(t, checks.Events(), audit.Restricted) {
		p := saved(o.url, o.body)
		p.Answer.At = time.Time{}
		if v := p.Read([]crawler.Check{checks.Events()})[0].Verdict; v.State() != audit.Open {
			t.Errorf("%s: %v/%s", o.name, v.State(), v.Reason())
		}
		p = saved(o.url, o.body)
		p.Answer.At = time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
		if v := p.Read([]crawler.Check{checks.Events()})[0].Verdict; v.State() != audit.Open {
			t.Errorf("%s, seen before: %v/%s", o.name, v.State(), v.Reason())
		}
	}
}

// TestEventsFold: a page with something ahead speaks before one where all is past, and what is past is said only where
// every page was read.
func TestEventsFold(t *testing.T) {
	old := audit.Reading{Check: "events", Verdict: verdict(t, audit.Restricted, audit.KindOld, "a"), At: day}
	open := audit.Reading{Check: "events", Verdict: verdict(t, audit.Open, "", "b"), At: day}
	whole := audit.Coverage{Complete: true, Captures: []string{"home"}}
	if got := folded(checks.Events(), []audit.Reading{old, open}, whole)[0].Verdict.State(); got != audit.Open {
		t.Errorf("with one ahead: %v", got)
	}
	if got := folded(checks.Events(), []audit.Reading{old}, whole)[0].Verdict; got.Kind() != audit.KindOld {
		t.Errorf("all past: %v/%s", got.State(), got.Kind())
	}
	if got := folded(checks.Events(), []audit.Reading{old}, audit.Coverage{Captures: []string{"home"}})[0].Verdict.State(); got != audit.Unknown {
		t.Errorf("not all read: %v", got)
	}
}
