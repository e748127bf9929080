package crawler

import "doorknock/audit"

// peopleClasses are the classes of WordPress's, Disqus's and Blogger's lists of recent comments, which stand on pages
// that have no comments of their own and hold names and words all the same.
var peopleClasses = []string{"recentcomments", "widget_recent_comments", "wp-block-latest-comments", "dsq-widget-list", "RecentComments"}

// holdsPeople reports whether a page lists what people said elsewhere on the site, or a file of dates names people, so that its
// capture is sealed.
func (p *Page) holdsPeople() bool {
	if p.isCalendar() {
		c, _ := ReadCalendar(p.Answer.Body)
		return c.People
	}
	if typeProblem(p) != "" {
		return false
	}
	for _, class := range peopleClasses {
		if len(p.Class(class)) > 0 {
			return true
		}
	}
	return false
}

// commentsCheck is the one check whose count is of people's words.
const commentsCheck audit.CheckID = "comments"

// listsPeople reports whether a reading shows comments on its page, or a comment system whose comments were not counted.
func listsPeople(r audit.Reading) bool {
	switch {
	case r.Check != commentsCheck:
		return false
	case r.Count != nil:
		return *r.Count > 0
	}
	return r.System != "" && r.System != "none"
}
