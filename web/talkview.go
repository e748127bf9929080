package web

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"doorknock/audit"
	"doorknock/score/talk"
	"doorknock/store"
)

// talkView are the figures of who talks and who answers, as counts, times and shares: nobody's words, and nothing of few.
type talkView struct {
	Note  string   // why there are no figures
	Begin []string // sentences above the table
	Rows  []talkRow
	Said  []string // sentences below it
	Kinds []kindRow
	Odd   []oddRow
	CSV   string
}

// kindRow says what people made of one kind of post.
type kindRow struct{ Name, Posts, Comments, Answered string }

// oddRow is a post with unusually many comments.
type oddRow struct{ Title, URL, Says string }

// talkRow is one figure, of all comments and of those that read as complaints.
type talkRow struct{ Name, All, Complaints string }

// mostTalking is how many reports about talk are made at once: each may hold store.MostSaid comments.
const mostTalking = 2

// talkReport makes the figures of an organisation's confirmed places in the stretch over which comments are counted.
func (s *site) talkReport(ctx context.Context, public *store.Public, o audit.Organisation) (talk.Report, error) {
	select {
	case s.talking <- struct{}{}:
		defer func() { <-s.talking }()
	case <-ctx.Done():
		return talk.Report{}, fmt.Errorf("wait to read the talk of %s: %w", o.ID, ctx.Err())
	}
	from := s.now().AddDate(0, 0, -commentDays)
	t, err := public.Talk(ctx, o.ID, from)
	if err != nil {
		return talk.Report{}, fmt.Errorf("read the talk of %s: %w", o.ID, err)
	}
	calendar, err := talk.NewCalendar(o.Nation, s.holidays)
	if err != nil {
		return talk.Report{}, fmt.Errorf("count working hours: %w", err)
	}
	f := talk.Facts{Said: t.Said, Shown: t.Shown, Posts: t.Posts, Platforms: t.Platforms, Promised: t.Promised, Since: t.Since, Read: t.Read, Calendar: calendar,
		Sorter: s.sorter, Now: s.now(), From: from}
	if o.Homes != nil {
		f.Homes = *o.Homes
	}
	return talk.Make(f), nil
}

func (s *site) talkView(r talk.Report) talkView {
	v := talkView{Begin: s.activity(r), Kinds: s.kindRows(r.Kinds), Odd: s.oddRows(r.Unusual)}
	cut := !r.Cut.IsZero()
	switch {
	case r.All.Threads == 0 && cut:
		v.Note = s.words.say("org.talk.cut.none", "most", store.MostSaid)
		return v
	case r.All.Threads == 0:
		v.Note = s.words.say("org.talk.none")
		return v
	case cut:
		v.Begin = append([]string{s.words.say("org.talk.cut", "most", store.MostSaid, "day", r.Cut.Format("2 January 2006"))}, v.Begin...)
	}
	both := func(key string, of func(talk.Replies, int) string) {
		v.Rows = append(v.Rows, talkRow{s.words.say(key), of(r.All, talk.LeastThreads), of(r.Complaints, talk.LeastComplaints)})
	}
	both("org.talk.row.begun", func(r talk.Replies, least int) string {
		if least == talk.LeastComplaints && r.Threads < least { // of complaints not even their number
			return s.words.say("org.talk.below", "least", least)
		}
		return s.few(r.Threads)
	})
	both("org.talk.row.answered", s.answered)
	for _, part := range []string{"half", "ninety"} {
		both("org.talk.row."+part, func(r talk.Replies, least int) string { return s.waited(r.AllHours, part, s.span, least) })
	}
	for _, part := range []string{"half", "ninety"} {
		both("org.talk.row."+part+"_work", func(r talk.Replies, least int) string { return s.waited(r.AtWork, part, s.hours, least) })
	}
	for _, m := range r.Promises {
		v.Said = append(v.Said, s.promiseLine(m))
	}
	if r.All.Untold > 0 {
		v.Said = append(v.Said, s.words.say("org.talk.untold", "n", s.few(r.All.Untold)))
	}
	if r.All.ByPlace > 0 {
		v.Said = append(v.Said, s.words.say("org.talk.byplace", "n", s.few(r.All.ByPlace)))
	}
	if r.All.HolidaysUnknown {
		v.Said = append(v.Said, s.words.say("org.talk.holidays"))
	}
	v.Said = append(v.Said, s.manners(r.All.Manners)...)
	v.Said = append(v.Said, s.streak(r.Streak)...)
	v.Said = append(v.Said, s.visibility(r.Visibility)...)
	if r.Edited > 0 {
		v.Said = append(v.Said, s.words.say("org.talk.edited", "n", s.few(r.Edited)))
	}
	return v
}

// clockLine says by which dates a code would have a complaint answered that is made today. It speaks of no comment: whether
// one is a complaint, and what was logged, cannot be seen from outside.
func (s *site) clockLine(o audit.Organisation) []string {
	const day = "2 January 2006"
	d, known := s.clocks.Dates(o.Nation, o.Sector, s.now())
	switch {
	case !known:
		return nil
	case d.Acknowledge.IsZero():
		return []string{s.words.say("org.talk.clock.answer", "source", d.Source, "answer", d.Answer.Format(day))}
	}
	return []string{s.words.say("org.talk.clock", "source", d.Source, "acknowledge", d.Acknowledge.Format(day), "answer", d.Answer.Format(day))}
}

// visibility says how many comments are no longer visible, and whether complaints differ from the others in that.
func (s *site) visibility(v talk.Visibility) []string {
	watched, gone := v.Complaints.Watched+v.Others.Watched, v.Complaints.Gone+v.Others.Gone
	if watched < talk.LeastThreads {
		return nil
	}
	said := []string{s.words.say("org.talk.gone", "n", s.few(gone), "of", watched)}
	if v.Hidden+v.Removed > 0 {
		said = append(said, s.words.say("org.talk.taken", "hidden", s.few(v.Hidden), "removed", s.few(v.Removed)))
	}
	if churnTold(v) {
		said = append(said, s.words.say("org.talk.gone.churn", "percent", percent(v.Others.Share()), "n", s.few(v.Others.Gone), "of", v.Others.Watched))
	}
	switch d := v.Difference; {
	case gone == 0:
	case !d.Enough:
		said = append(said, s.words.say("org.talk.gone.toofew"))
	case !d.Seen:
		said = append(said, s.words.say("org.talk.gone.same"))
	default:
		said = append(said, s.words.say("org.talk.gone.ratio", "ratio", hundredths(d.Ratio), "low", hundredths(d.Low), "high", hundredths(d.High)))
	}
	return said
}

// churnTold says whether what is gone of the others may stand beside what is gone of all: both are large enough, and so is the
// rest, which anybody could work out.
func churnTold(v talk.Visibility) bool {
	for _, g := range []talk.Gone{v.Others, v.Complaints} {
		if g.Watched < talk.LeastComplaints || g.Gone > 0 && g.Gone < fewComments {
			return false
		}
	}
	return v.Others.Gone+v.Complaints.Gone > 0
}

func hundredths(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }

// few is a count of what people wrote: fewer than five are not told apart.
func (s *site) few(n int) string {
	switch {
	case n <= 0:
		return s.words.say("org.talk.no")
	case n < fewComments:
		return s.words.say("org.talk.few")
	}
	return thousands(n)
}

// answered says how many of those that were watched long enough were answered; of too few it says nothing.
func (s *site) answered(r talk.Replies, least int) string {
	switch {
	case r.Settled < least:
		return s.words.say("org.talk.toofew", "least", least)
	case r.Answered > 0 && r.Answered < fewComments:
		return s.words.say("org.talk.of", "n", s.few(r.Answered), "of", r.Settled)
	}
	return s.words.say("org.talk.share", "percent", percent(float64(r.Answered)/float64(r.Settled)), "n", s.few(r.Answered), "of", r.Settled)
}

// waited says within which time half, or ninety in a hundred, were answered, with the sample.
func (s *site) waited(w talk.Waited, part string, say func(time.Duration) string, least int) string {
	at := w.Median
	if part == "ninety" {
		at = w.Ninety
	}
	switch {
	case w.N < least || w.Answered > 0 && w.Answered < fewComments:
		return s.words.say("org.talk.toofew", "least", least)
	case at == nil:
		return s.words.say("org.talk.unreached."+part, "of", w.N)
	}
	return s.words.say("org.talk.within", "time", say(*at), "of", w.N)
}

// span says a stretch of time as closely as people speak of it: minutes up to two hours, hours up to two days, then days.
func (s *site) span(d time.Duration) string {
	if d < 48*time.Hour {
		return s.hours(d)
	}
	return s.words.say("org.talk.days", "n", tenths(d, 24*time.Hour))
}

// hours is span without days: a day of work has no 24 hours.
func (s *site) hours(d time.Duration) string {
	if d < 2*time.Hour {
		return s.words.count("value.minutes", int(d.Round(time.Minute)/time.Minute))
	}
	return s.words.say("org.talk.hours", "n", tenths(d, time.Hour))
}

func tenths(d, unit time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(unit), 'f', 1, 64)
}

// promiseLine puts what is promised beside what was measured, in the hours that the promise counts.
func (s *site) promiseLine(m talk.Measured) string {
	promised := s.words.say("org.talk.promised", "place", s.words.first("platform."+string(m.Platform), "platform.other"),
		"time", s.minutes(int(m.Promise.Within/time.Minute)), "counting", s.words.first("value.within."+m.Promise.Counts, "value.within.all"))
	switch k := m.Kept; {
	case k.Cases < talk.LeastThreads:
		return promised + " " + s.words.say("org.talk.kept.toofew", "least", talk.LeastThreads)
	case k.Met > 0 && k.Met < fewComments:
		return promised + " " + s.words.say("org.talk.kept.few", "n", s.few(k.Met), "of", k.Cases)
	default:
		return promised + " " + s.words.say("org.talk.kept", "percent", percent(float64(k.Met)/float64(k.Cases)), "of", k.Cases)
	}
}
