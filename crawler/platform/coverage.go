package platform

import (
	"slices"

	"doorknock/audit"
)

// coverage says of each check whether all was read that a proof of absence needs: the home page, every sitemap, every
// link or sitemap entry that holds its words, and without a sitemap of the site every page one click from home. A link of its words
// that we saw and did not read, whatever the cause, makes it incomplete; and where such a link leads to another site,
// as to that of a landlord's tenants, what is asked for may be there. A linked calendar file that told nothing is such a link for the
// checks that read them. What is published may stand in a document under any name.
func (w *web) coverage() map[audit.CheckID]audit.Coverage {
	made := map[audit.CheckID]audit.Coverage{}
	common := w.commonGap()
	for _, c := range w.settings.Checks {
		if !slices.Contains(c.On, audit.Web) {
			continue
		}
		reason := common
		switch {
		case reason != "":
		case w.walk.unread(c.ID):
			reason = audit.ReasonIncomplete
		case w.walk.away[c.ID]:
			reason = audit.ReasonThirdParty
		case c.LookCalendar != nil:
			reason = w.calendars.gap()
		}
		made[c.ID] = audit.Coverage{Complete: reason == "", Reason: reason, Captures: w.covered(reason), Papers: c.Published && !c.OnPages && w.walk.papers}
	}
	return made
}

func (w *web) covered(reason audit.Reason) []string {
	if reason != "" {
		return nil
	}
	return append(slices.Clone(w.walk.captures), w.maps.captures...)
}

// commonGap is what keeps every check of this visit from completeness, "" where nothing does.
func (w *web) commonGap() audit.Reason {
	switch {
	case !w.looked:
		return audit.ReasonIncomplete
	case w.gap != "":
		return w.gap
	case w.job.Light, w.maps.gap, len(w.desk) > 0, !w.released:
		return audit.ReasonIncomplete
	case w.sorry():
		return audit.ReasonUnrecognised
	case w.menu:
		return audit.ReasonNeedsJS
	case len(w.walk.order) < minPages && len(w.maps.pages) < minPages:
		return audit.ReasonIncomplete
	case !w.mapped() && (w.walk.cut || w.walk.unreadNear()):
		return audit.ReasonIncomplete
	}
	return ""
}

// minPages is how many pages a site has at the least. A page that says "back soon", one whose menu a script draws and
// one of an empty shell name no others.
const minPages = 3

// mapped reports whether the sitemaps speak of the site that we see: one that lists few of the pages the home page
// leads to is old, or of a part only, and does not replace the reading of those pages.
func (w *web) mapped() bool {
	listed := map[string]bool{}
	for _, a := range w.maps.pages {
		listed[keyOf(a)] = true
	}
	near, both := 0, 0
	for k, c := range w.walk.known {
		if c.depth <= 1 && !c.file {
			near++
			if listed[k] {
				both++
			}
		}
	}
	return w.maps.found > 0 && 2*both >= near
}

// unread reports whether a link that holds the check's words was not read.
func (w *walk) unread(id audit.CheckID) bool {
	return slices.ContainsFunc(w.order, func(c *candidate) bool { return !w.done(c) && slices.Contains(c.checks, id) })
}

// unreadNear reports whether a page one click from home was not read.
func (w *walk) unreadNear() bool {
	return slices.ContainsFunc(w.order, func(c *candidate) bool { return !w.done(c) && c.depth <= 1 && !c.file })
}
