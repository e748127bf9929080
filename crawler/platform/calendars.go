package platform

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"doorknock/audit"
	"doorknock/crawler"
)

// events is the check that reads calendar files.
const events audit.CheckID = "events"

// calendars are the files of dates that pages link which do not tell themselves when something is held. They are read last, and only
// where no page was seen that does.
type calendars struct {
	files []string // in the order in which they were met
	asked int
	told  bool         // something ahead was seen, on a page or in a file
	why   audit.Reason // of a file that told nothing
}

// meet takes the files that a page links, and gives those that a later visit needs to know of. A page that tells the days itself links
// the same once more; a public body's calendar, as of bank holidays, is not the organisation's.
func (c *calendars) meet(p *crawler.Page, linked []string) []string {
	for _, r := range p.Readings {
		if r.Check == events && r.Verdict.State() != audit.Unknown {
			c.told = c.told || r.Verdict.State() == audit.Open
			return nil
		}
	}
	for _, address := range linked {
		u, err := url.Parse(address)
		if err != nil || publicBodies[strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")] || slices.Contains(c.files, address) {
			continue
		}
		c.files = append(c.files, address)
	}
	return linked
}

// ask gives the request of the next file, false where no more are to be read.
func (c *calendars) ask() (crawler.Request, bool) {
	if c.told || c.asked == min(len(c.files), maxCalendars) {
		return crawler.Request{}, false
	}
	c.asked++
	return crawler.Request{URL: c.files[c.asked-1], For: crawler.ForCalendar, Accept: acceptDays}, true
}

func (c *calendars) read(p *crawler.Page) {
	why := cmp.Or(p.Answer.Problem, audit.ReasonIncomplete)
	for _, r := range p.Readings {
		if why = r.Verdict.Reason(); r.Verdict.State() == audit.Open {
			c.told = true
		}
	}
	c.why = cmp.Or(c.why, why)
}

// gap is why what the files would tell is not known, "" where nothing is missing.
func (c *calendars) gap() audit.Reason {
	switch {
	case c.told:
		return ""
	case c.asked < len(c.files):
		return cmp.Or(c.why, audit.ReasonIncomplete)
	}
	return c.why
}
