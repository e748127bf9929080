package web

import (
	"strconv"

	"doorknock/audit"
)

// leagueView is the league table as printed: the form, the columns, one page of rows.
type leagueView struct {
	Fields          []fieldView
	Columns         []columnView
	Rows            []rowView
	Total, Ranked   int
	Among           string // within what the ranks are given, where not among all
	Number, Pages   int
	Prev, Next, CSV string
}

type fieldView struct {
	Name, Label string
	Options     []optionView
}

type optionView struct {
	Value, Label string
	Chosen       bool
}

type columnView struct {
	Label, Link, Sorted string
	Figure              bool
}

type rowView struct {
	Rank                  int
	ID, Name, Kind        string
	Band, Score, Coverage string
	DutiesBand, Duties    string
	Doors                 []chip
}

func (s *site) leaguePage(c choice, rows []*standing, ranked int) leagueView {
	v := leagueView{Fields: s.fields(c), Columns: s.columns(c), Total: len(rows), Ranked: ranked, CSV: c.address("/league.csv", "", "")}
	if c.nation+c.sector != "" {
		v.Among = s.words.say("league.caption.among")
	}
	v.Pages = max(1, (len(rows)+leaguePage-1)/leaguePage)
	v.Number = min(max(c.page, 1), v.Pages)
	if v.Number > 1 {
		v.Prev = c.address("/league", "page", strconv.Itoa(v.Number-1))
	}
	if v.Number < v.Pages {
		v.Next = c.address("/league", "page", strconv.Itoa(v.Number+1))
	}
	from := (v.Number - 1) * leaguePage
	for _, x := range rows[from:min(from+leaguePage, len(rows))] {
		v.Rows = append(v.Rows, s.row(c, x))
	}
	return v
}

func (s *site) row(c choice, x *standing) rowView {
	v := rowView{Rank: x.rank, ID: x.ID, Name: x.Name, Kind: s.kind(x.Sector, x.Nation), Band: x.mark.Band}
	if x.mark.Value != nil {
		v.Score = points(*x.mark.Value)
	}
	v.Coverage = s.words.say("league.coverage.none")
	if x.mark.Applicable > 0 {
		v.Coverage = s.words.say("league.coverage", "known", x.mark.Known, "of", x.mark.Applicable, "percent", percent(x.mark.Coverage()))
	}
	if n := x.Counted.Checking; n > 0 {
		v.Coverage += ", " + s.words.count("league.coverage.checking", n)
	}
	v.DutiesBand, v.Duties = x.duty.Band, s.dutiesWords(x.duty)
	doc := CheckDoc{}
	if c.check != "" {
		doc = s.check(audit.CheckID(c.check))
	}
	for i, n := range counts(x.Shown) {
		if n > 0 {
			v.Doors = append(v.Doors, chip{shapes[i], s.words.say("league.count", "n", n, "state", s.stateWord(doc, shapes[i]))})
		}
	}
	return v
}

// dutiesWords says what the Duties are, and where nothing binds the organisation that there are none.
func (s *site) dutiesWords(d audit.Score) string {
	switch {
	case d.Applicable == 0:
		return s.words.say("league.duties.none")
	case d.Value == nil:
		return s.words.say("league.score.none")
	}
	return s.words.say("league.score.of", "value", points(*d.Value)) + ", " +
		s.words.say("league.coverage", "known", d.Known, "of", d.Applicable, "percent", percent(d.Coverage()))
}

func (s *site) columns(c choice) []columnView {
	columns := []columnView{
		{Label: s.words.say("league.col.rank"), Figure: true},
		{Label: s.words.say("league.col.name"), Link: "name"},
		{Label: s.words.say("league.col.door"), Link: "door"},
		{Label: s.words.say("league.col.coverage"), Link: "coverage"},
		{Label: s.words.say("league.col.duties"), Link: "duties"},
		{Label: s.words.say("league.col.doors"), Link: "open"},
	}
	for i, col := range columns {
		if col.Link == "" {
			continue
		}
		if col.Link == c.sort {
			columns[i].Sorted = "descending"
			if col.Link == "name" {
				columns[i].Sorted = "ascending"
			}
		}
		columns[i].Link = c.address("/league", "sort", col.Link)
	}
	return columns
}

func (s *site) fields(c choice) []fieldView {
	field := func(name, chosen string, all bool, values []string, label func(string) string) fieldView {
		f := fieldView{Name: name, Label: s.words.say("league." + name)}
		if all {
			f.Options = append(f.Options, optionView{Label: s.words.say("league.all")})
		}
		for _, v := range values {
			f.Options = append(f.Options, optionView{v, label(v), v == chosen})
		}
		return f
	}
	say := func(prefix string) func(string) string {
		return func(v string) string { return s.words.say(prefix + v) }
	}
	return []fieldView{
		field("nation", c.nation, true, audit.Nations(), func(v string) string { return v }),
		field("sector", c.sector, true, audit.Sectors(), say("sector.")),
		field("check", c.check, true, s.checkIDs(), func(v string) string { return s.check(audit.CheckID(v)).Title }),
		field("state", c.state, true, shapes[:], say("state.")),
		field("sort", c.sort, false, leagueSorts[:], say("league.sort.")),
	}
}
