package store

import (
	"slices"

	"doorknock/audit"
)

// leaguePeers is what is asked of the organisations of one nation and sector.
type leaguePeers struct {
	wanted []Asked // by kind of door; of one that is not asked for neither Counts nor Shown is set
	places map[audit.Platform]struct{ counts, shows int }
	sites  []Asked // questions to an organisation's sites as a whole
	bound  []int   // kinds of door of the questions that bind it; -1 for one at which nobody ever looked
}

// Rows counts the doors of the kinds asked for, of every listed organisation, in no order. duties says which questions of
// sites bind an organisation of a nation and sector now; nil: none.
func (l *League) Rows(asked []Asked, duties func(nation, sector string) []audit.CheckID) []LeagueRow {
	peers := map[[2]string]leaguePeers{}
	rows := make([]LeagueRow, 0, len(l.orgs))
	words := make([]uint8, len(l.kinds)) // 1 + the word of a door of the organisation in hand; 0: it has none
	for _, o := range l.orgs {
		of, known := peers[[2]string{o.Nation, o.Sector}]
		if !known {
			of = l.peers(o, asked, duties)
			peers[[2]string{o.Nation, o.Sector}] = of
		}
		rows = append(rows, o.row(of, words))
	}
	return rows
}

// peers gathers what is asked of organisations like o.
func (l *League) peers(o leagueOrganisation, asked []Asked, duties func(nation, sector string) []audit.CheckID) leaguePeers {
	of := leaguePeers{wanted: make([]Asked, len(l.kinds)), places: map[audit.Platform]struct{ counts, shows int }{}}
	for _, a := range asked {
		if !a.Of.Holds(audit.Organisation{Nation: o.Nation, Sector: o.Sector}) {
			continue
		}
		t := of.places[a.Platform]
		t.counts += once(a.Counts)
		t.shows += once(a.Shown)
		of.places[a.Platform] = t
		if i := l.kind(a.Platform, a.Check); i >= 0 {
			of.wanted[i] = a
		}
		if a.Site && a.Platform == audit.Web {
			of.sites = append(of.sites, a)
		}
	}
	if duties != nil {
		for _, c := range duties(o.Nation, o.Sector) {
			of.bound = append(of.bound, l.kind(audit.Web, c))
		}
	}
	return of
}

// row counts an organisation's doors. words is clear before and after.
func (o leagueOrganisation) row(of leaguePeers, words []uint8) LeagueRow {
	row := o.LeagueRow
	for _, d := range o.doors {
		row.add(of.wanted[d.kind], tallyWords[d.word], 1)
		words[d.kind] = d.word + 1
	}
	counts, shows, sites := 0, 0, 0
	for _, p := range o.places {
		counts, shows, sites = counts+of.places[p].counts, shows+of.places[p].shows, sites+once(p == audit.Web)
	}
	row.Counted.Unknown += max(0, counts-row.Counted.Total()) // at these nobody has looked
	row.Shown.Unknown += max(0, shows-row.Shown.Total())
	if sites > 1 {
		o.foldSites(&row, of, sites)
	}
	for _, kind := range of.bound {
		row.Duties.add(o.says(kind, sites, words), 1)
	}
	for _, d := range o.doors {
		words[d.kind] = 0
	}
	return row
}

// says gives the word of an organisation's sites together. Where nobody has looked on any of them it is unknown.
func (o leagueOrganisation) says(kind, sites int, words []uint8) string {
	switch {
	case kind < 0:
		return audit.Unknown.String()
	case sites > 1:
		return best(o.group(kind, sites)).word
	case words[kind] == 0:
		return audit.Unknown.String()
	}
	return tallyWords[words[kind]-1]
}

// foldSites makes one door of those of several sites, where a question is asked of an organisation's sites as a whole.
func (o leagueOrganisation) foldSites(row *LeagueRow, of leaguePeers, sites int) {
	for _, a := range of.sites {
		group := o.group(slices.IndexFunc(of.wanted, func(w Asked) bool { return w.Platform == a.Platform && w.Check == a.Check }), sites)
		for _, d := range group {
			row.add(a, d.word, -1)
		}
		row.add(a, best(group).word, 1)
	}
}

// group gives the doors of one kind on all sites.
func (o leagueOrganisation) group(kind, sites int) []siteDoor {
	group := make([]siteDoor, 0, sites)
	for _, d := range o.doors {
		if int(d.kind) == kind {
			group = append(group, siteDoor{word: tallyWords[d.word]})
		}
	}
	for len(group) < sites {
		group = append(group, siteDoor{word: audit.Unknown.String()})
	}
	return group
}

// kind is the number of a kind of door; -1 where none was ever looked at.
func (l *League) kind(place audit.Platform, check audit.CheckID) int {
	return slices.IndexFunc(l.kinds, func(k Asked) bool { return k.Platform == place && k.Check == check })
}

func (r *LeagueRow) add(a Asked, word string, n int) {
	if a.Counts {
		r.Counted.add(word, n)
	}
	if a.Shown {
		r.Shown.add(word, n)
	}
}

func once(b bool) int {
	if b {
		return 1
	}
	return 0
}
