package web

import (
	"strconv"
	"time"

	"doorknock/audit"
	"doorknock/score/talk"
)

// activity says how much is said, and how much of it is no complaint.
func (s *site) activity(r talk.Report) []string {
	if r.Public == 0 {
		return nil
	}
	var said []string
	if r.Public >= fewComments && r.PerHomes > 0 {
		said = append(said, s.words.say("org.talk.homes", "n", tenth(r.PerHomes)))
	}
	if c := r.NoComplaint; c.Of >= talk.LeastComplaints && fewSides(c.N, c.Of) {
		said = append(said, s.words.say("org.talk.other", "percent", percent(c.Value), "low", percent(c.Low), "up", percent(c.Up), "of", c.Of))
	}
	return said
}

// fewSides reports whether neither side of a share is a count so small that it is not told.
func fewSides(n, of int) bool {
	told := func(n int) bool { return n == 0 || n >= fewComments }
	return told(n) && told(of-n)
}

func tenth(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// manners says how many answers only ask to be written to elsewhere. It takes ten whose words were read.
func (s *site) manners(m talk.Manners) []string {
	switch {
	case m.Read() < talk.LeastThreads:
		return nil
	case m.Stock > 0 && m.Stock < fewComments:
		return []string{s.words.say("org.talk.stock.few", "n", s.few(m.Stock), "of", m.Read())}
	}
	return []string{s.words.say("org.talk.stock", "stock", percent(float64(m.Stock)/float64(m.Read())), "action", percent(float64(m.Action)/float64(m.Read())), "of", m.Read())}
}

func (s *site) streak(k talk.Streak) []string {
	switch {
	case k.Slipped:
		return []string{s.words.say("org.talk.slipped", "n", k.Before)}
	case k.Weeks > 1:
		return []string{s.words.say("org.talk.streak", "n", k.Weeks)}
	}
	return nil
}

func (s *site) kindRows(kinds []talk.KindFigures) []kindRow {
	rows := make([]kindRow, 0, len(kinds))
	for _, k := range kinds {
		row := kindRow{Name: s.words.say("org.talk.kind." + string(k.Kind)), Posts: thousands(k.Posts), Comments: s.few(k.Comments), Answered: s.few(k.Answered)}
		if k.Comments >= fewComments {
			row.Comments = s.words.say("org.talk.each", "n", thousands(k.Comments), "each", tenth(float64(k.Comments)/float64(k.Posts)))
		}
		rows = append(rows, row)
	}
	return rows
}

func (s *site) oddRows(unusual []talk.Unusual) []oddRow {
	rows := make([]oddRow, 0, len(unusual))
	for _, u := range unusual {
		rows = append(rows, oddRow{
			Title: audit.Untrusted(u.Post.Title).Plain(120), URL: u.Post.URL,
			Says: s.words.say("org.talk.odd", "n", u.Count, "age", s.span(u.Age.Truncate(time.Hour)), "fewer", u.Fewer, "of", u.Of, "median", u.Median),
		})
	}
	return rows
}
