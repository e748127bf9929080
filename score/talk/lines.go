package talk

import "time"

// Line is one figure of a report, for files and for the operator.
type Line struct {
	Figure string   `json:"figure"`
	Of     string   `json:"of"`    // all, complaints, others, a platform, a week, a kind of post or a post's address
	Value  *float64 `json:"value"` // nil: not reached, or not told
	Unit   string   `json:"unit"`
	Sample int      `json:"sample"` // from how many it is made; of a count of all the count itself
	// Least is how many the sample needs before the public is told; Count says that the value counts what people wrote, so
	// that fewer than five are not told apart.
	Least int  `json:"least"`
	Count bool `json:"count"`
}

// Lines are all figures of a report in one order.
func (r Report) Lines() []Line {
	var l lines
	if !r.Cut.IsZero() {
		l.add("days_counted", "all", &r.CutDays, "days", r.Public+r.Own, 0)
	}
	l.count("comments_public", "all", r.Public, r.Public, 0)
	l.count("comments_organisation", "all", r.Own, r.Own, 0)
	if r.PerHomes > 0 {
		l.add("comments_per_1000_homes", "all", &r.PerHomes, "comments", r.Public, 5)
	}
	if c := r.NoComplaint; c.Of > 0 {
		l.share("no_complaint", "all", c)
	}
	l.replies("all", r.All, LeastThreads)
	l.replies("complaints", r.Complaints, LeastComplaints)
	l.manners(r.All.Manners)
	l.promises(r.Promises)
	l.visibility(r.Visibility)
	l.count("edited", "all", r.Edited, r.Public, 0)
	for _, w := range r.Weeks {
		l.count("week_public", w.Week, w.Public, w.Public, 0)
		l.count("week_organisation", w.Week, w.Own, w.Own, 0)
		l.count("week_settled", w.Week, w.Settled, w.Settled, 0)
		l.count("week_answered", w.Week, w.Answered, w.Settled, 0)
	}
	for _, k := range r.Kinds {
		posts := float64(k.Posts)
		l.add("kind_posts", string(k.Kind), &posts, "posts", k.Posts, 0)
		l.count("kind_public", string(k.Kind), k.Comments, k.Comments, 0)
		l.count("kind_answered", string(k.Kind), k.Answered, k.Threads, 0)
	}
	for _, g := range r.Growth {
		for i, name := range []string{"post_after_1_day", "post_after_3_days", "post_after_7_days"} {
			if g.At[i] >= 0 {
				l.count(name, g.Post.URL, g.At[i], g.At[i], 0)
			}
		}
		l.count("post_now", g.Post.URL, g.Now, g.Now, 0)
	}
	for _, u := range r.Unusual {
		l.count("post_unusual", u.Post.URL, u.Count, u.Of, LeastBefore)
	}
	return l
}

type lines []Line

func (l *lines) add(figure, of string, value *float64, unit string, sample, least int) {
	*l = append(*l, Line{Figure: figure, Of: of, Value: value, Unit: unit, Sample: sample, Least: least})
}

func (l *lines) count(figure, of string, n, sample, least int) {
	x := float64(n)
	*l = append(*l, Line{Figure: figure, Of: of, Value: &x, Unit: "comments", Sample: sample, Least: least, Count: true})
}

// share adds a share in per cent with its interval; where either side is a count that is not told, it needs too large a sample.
func (l *lines) share(figure, of string, s Share) {
	least := LeastComplaints
	if few := min(s.N, s.Of-s.N); few > 0 && few < 5 {
		least = s.Of + 1
	}
	for _, part := range []struct {
		name  string
		value float64
	}{{figure, s.Value}, {figure + "_low", s.Low}, {figure + "_up", s.Up}} {
		x := part.value * 100
		l.add(part.name, of, &x, "per cent", s.Of, least)
	}
}

func (l *lines) replies(of string, r Replies, least int) {
	floor := 0
	if of == "complaints" {
		floor = least
	}
	l.count("begun", of, r.Threads, r.Threads, floor)
	l.count("untold", of, r.Untold, r.Threads, floor)
	l.count("watched_under_7_days", of, r.Early, r.Threads, floor)
	l.count("watched_7_days", of, r.Settled, r.Threads, floor)
	l.count("answered", of, r.Answered, r.Settled, floor)
	l.count("answered_by_place", of, r.ByPlace, r.Settled, floor)
	l.waited("all_hours", of, r.AllHours, least)
	l.waited("working_hours", of, r.AtWork, least)
}

func (l *lines) waited(hours, of string, w Waited, least int) {
	if w.Answered > 0 && w.Answered < 5 {
		least = w.N + 1
	}
	l.add("half_answered_within_"+hours, of, minutesOf(w.Median), "minutes", w.N, least)
	l.add("nine_in_ten_answered_within_"+hours, of, minutesOf(w.Ninety), "minutes", w.N, least)
}

func minutesOf(d *time.Duration) *float64 {
	if d == nil {
		return nil
	}
	x := d.Minutes()
	return &x
}

func (l *lines) manners(m Manners) {
	l.count("answers_stock", "all", m.Stock, m.Read(), LeastThreads)
	l.count("answers_with_action", "all", m.Action, m.Read(), LeastThreads)
	l.count("answers_other", "all", m.Other, m.Read(), LeastThreads)
}

func (l *lines) promises(all []Measured) {
	for _, m := range all {
		of, within := string(m.Platform), m.Promise.Within.Minutes()
		l.add("promised_within_"+m.Promise.Counts, of, &within, "minutes", m.Kept.Cases, 0)
		l.count("promise_watched", of, m.Kept.Cases, m.Kept.Cases, 0)
		l.count("promise_kept", of, m.Kept.Met, m.Kept.Cases, LeastThreads)
	}
}

func (l *lines) visibility(v Visibility) {
	l.count("watched", "complaints", v.Complaints.Watched, v.Complaints.Watched, LeastComplaints)
	l.count("no_longer_visible", "complaints", v.Complaints.Gone, v.Complaints.Watched, LeastComplaints)
	l.count("watched", "others", v.Others.Watched, v.Others.Watched, LeastComplaints)
	l.count("no_longer_visible", "others", v.Others.Gone, v.Others.Watched, LeastComplaints)
	l.count("hidden", "all", v.Hidden, v.Complaints.Watched+v.Others.Watched, 0)
	l.count("removed", "all", v.Removed, v.Complaints.Watched+v.Others.Watched, 0)
	if d := v.Difference; d.Enough {
		gone := v.Complaints.Gone + v.Others.Gone
		l.add("no_longer_visible_ratio", "complaints", &d.Ratio, "ratio", gone, leastGone)
		l.add("no_longer_visible_ratio_low", "complaints", &d.Low, "ratio", gone, leastGone)
		l.add("no_longer_visible_ratio_up", "complaints", &d.High, "ratio", gone, leastGone)
	}
}
