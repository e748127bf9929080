package web

import (
	"strings"

	"doorknock/audit"
	"doorknock/score"
	"doorknock/store"
)

// dutiesView is an organisation's Duties: the mark, the duties that it is made of, and those that are in no score.
type dutiesView struct {
	scoreView

	None   bool // no duty binds the organisation
	Duties []dutyPart
	Beside []dutyPart // not sure, or still to come
}

type dutyPart struct {
	Title, Law, Link, Value string
	Chip                    chip
}

// dutiesView makes the Duties of the answers that the page shows, as the stored score is made of them.
func (s *site) dutiesView(o store.OrganisationView) dutiesView {
	seen := map[audit.CheckID]store.Door{}
	var inputs []score.Input
	for _, d := range s.overSites(o.Doors) {
		if !s.platform(d.Platform).Apart {
			seen[d.Check] = d
			inputs = append(inputs, score.Input{Check: d.Check, State: d.State, Counts: true})
		}
	}
	inForce := s.duties.InForce(o.Organisation, s.now())
	mark := score.Duties(inForce, inputs)
	v := dutiesView{None: len(inForce) == 0, scoreView: scoreView{Has: mark.Value != nil, Band: mark.Band, Method: mark.Method}}
	if mark.Value != nil {
		v.Value = points(*mark.Value)
	}
	if !v.None {
		v.Cover = s.words.say("org.duties.cover", "known", mark.Known, "of", mark.Applicable, "percent", percent(mark.Coverage()))
	}
	for _, c := range s.checks {
		binding, row := s.duties.Binding(c.ID, o.Organisation, s.now())
		if row == nil {
			continue
		}
		d := seen[c.ID]
		part := dutyPart{Title: c.Title, Law: s.law(binding, *row), Link: row.Address, Chip: s.chip(c, d.State, d.Checking), Value: s.worth(d.State)}
		if binding == audit.Bound {
			v.Duties = append(v.Duties, part)
		} else {
			v.Beside = append(v.Beside, part)
		}
	}
	return v
}

// law says which source stands behind a question, and since when.
func (s *site) law(b audit.Binding, row audit.Duty) string {
	return s.words.say("law."+string(b), "day", s.words.date(row.From), "source", sourceOf(row))
}

func sourceOf(row audit.Duty) string {
	if row.Part == "" {
		return row.Source
	}
	return row.Source + ", " + row.Part
}

// publication is a door with the law behind it, where there is one.
func (s *site) publication(o audit.Organisation, d store.Door) doorView {
	v := s.door(d)
	if b, row := s.duties.Binding(d.Check, o, s.now()); row != nil && !v.Never {
		v.Lines = append(v.Lines, s.law(b, *row))
	}
	return v
}

// basis is how a check stands to an organisation now, as a word of the CSV.
func (s *site) basis(o audit.Organisation, c audit.CheckID) string {
	if b, row := s.duties.Binding(c, o, s.now()); row != nil {
		return string(b)
	}
	return "practice"
}

// dutyRow is a row of the law as the methodology lists it.
type dutyRow struct{ Says, Words, Link string }

// rows says of a check whom which source binds, since when.
func (s *site) rows(c audit.CheckID) []dutyRow {
	var all []dutyRow
	for _, row := range s.duties.Of(c) {
		key := "method.law.binds"
		switch now := s.now(); {
		case !row.Until.IsZero() && !now.Before(row.Until):
			key = "method.law.ended"
		case !row.Binds:
			key = "method.law.related"
		case !row.Sure:
			key = "method.law.unsure"
		case now.Before(row.From):
			key = "method.law.coming"
		}
		all = append(all, dutyRow{
			Says:  s.words.say(key, "whom", s.whom(row.Whom), "day", s.words.date(row.From), "until", s.words.date(row.Until), "source", sourceOf(row)),
			Words: row.Words, Link: row.Address,
		})
	}
	return all
}

// whom says for which organisations something is meant.
func (s *site) whom(w audit.Whom) string {
	sectors := make([]string, 0, len(w.Sectors))
	for _, x := range w.Sectors {
		sectors = append(sectors, s.words.first("sectors."+x, "sector.other"))
	}
	kinds := strings.Join(sectors, ", ")
	if kinds == "" {
		kinds = s.words.say("method.asked.all")
	}
	if len(w.Nations) > 0 {
		kinds = s.words.say("method.asked.in", "kinds", kinds, "nations", strings.Join(w.Nations, ", "))
	}
	return kinds
}
