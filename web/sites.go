package web

import (
	"slices"

	"doorknock/audit"
	"doorknock/store"
)

// siteView is what one of an organisation's sites says of a question that they answer together.
type siteView struct {
	Place   string
	Chip    chip
	Finding string
}

// overSites keeps, of a question asked of sites as a whole, the answer that stands for the organisation.
func (s *site) overSites(doors []store.Door) []store.Door {
	return audit.OverSites(doors, func(d store.Door) (string, audit.SiteAnswer) {
		if d.Platform != audit.Web || !s.check(d.Check).Site {
			return "", audit.SiteAnswer{}
		}
		return string(d.Check), audit.SiteAnswer{State: d.State, Checking: d.Checking}
	})
}

// together is the view of the questions that several sites answer together, each with what every site says of it.
// several is false where there is one site, whose answers are its own.
func (s *site) together(o store.OrganisationView) (view placeView, several bool) {
	var sites []store.Place
	for _, p := range o.Places {
		if p.Platform == audit.Web {
			sites = append(sites, p)
		}
	}
	if len(sites) < 2 {
		return view, false
	}
	view.Place = s.words.count("org.sites", len(sites))
	view.Notes = []string{s.words.say("org.sites.note")}
	for _, d := range s.overSites(o.Doors) {
		c := s.check(d.Check)
		if d.Platform != audit.Web || !c.Site {
			continue
		}
		v := s.publication(o.Organisation, d)
		for _, p := range sites {
			v.Sites = append(v.Sites, s.siteView(o.Doors, p, c))
		}
		if c.Published {
			view.Published = append(view.Published, v)
		} else {
			view.Doors = append(view.Doors, v)
		}
	}
	return view, true
}

func (s *site) siteView(doors []store.Door, p store.Place, c CheckDoc) siteView {
	v := siteView{Place: s.place(p.Platform, p.URL), Chip: s.chip(c, audit.Unknown, false)}
	if i := slices.IndexFunc(doors, func(d store.Door) bool { return d.Channel == p.ID && d.Check == c.ID }); i >= 0 {
		v.Chip, v.Finding = s.chip(c, doors[i].State, doors[i].Checking), doors[i].Finding
	}
	return v
}
