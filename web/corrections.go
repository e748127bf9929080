package web

import (
	"cmp"
	"net/http"

	"doorknock/store"
)

// shownCorrections is how many corrections one page lists.
const shownCorrections = 100

// correctionView is one newer reading of old bytes as pages list it.
type correctionView struct {
	Organisation, Name, Title, Place string
	Post                             string // address, where it is about one post alone
	From, To                         chip
	Values                           []string // what is read otherwise where the state is as it was
	Rules                            string   // which rule read it then, which does now
	Looks                            string
	When                             string
	Old, By                          string // findings
}

func (s *site) correctionView(c store.ShownCorrection) correctionView {
	doc := s.check(c.Check)
	return correctionView{
		Values: s.otherValues(c), Organisation: c.Organisation, Name: c.OrganisationName, Title: doc.Title, Place: s.place(c.Platform, c.URL), Post: c.Scope,
		From: s.chip(doc, c.From, false), To: s.chip(doc, c.To, false),
		Rules: s.words.say("correction.rules", "then", s.rule(c.FromRule, c.FromVersion), "now", s.rule(c.ToRule, c.ToVersion)),
		Looks: s.words.count("correction.looks", c.Looks, "last", s.words.date(c.ObservedAt)),
		When:  s.words.say("correction.when", "when", s.words.clock(c.At)), Old: c.Old, By: c.By,
	}
}

// otherValues says which values of a state that stands are read otherwise.
func (s *site) otherValues(c store.ShownCorrection) (lines []string) {
	if c.From != c.To {
		return nil
	}
	was := map[string]string{}
	for _, v := range s.values(c.Was.Lasting()) {
		was[v.Name] = v.Says
	}
	for _, v := range s.values(c.Is.Lasting()) {
		if then, told := was[v.Name]; !told || then != v.Says {
			lines = append(lines, s.words.say("correction.value", "name", v.Name, "then", cmp.Or(then, s.words.say("correction.novalue")), "now", v.Says))
		}
		delete(was, v.Name)
	}
	for _, v := range s.values(c.Was.Lasting()) {
		if _, gone := was[v.Name]; gone {
			lines = append(lines, s.words.say("correction.value", "name", v.Name, "then", v.Says, "now", s.words.say("correction.novalue")))
		}
	}
	if len(lines) == 0 {
		lines = append(lines, s.words.say("correction.words"))
	}
	return lines
}

// rule names a rule and its version; an unknown has none.
func (s *site) rule(name string, version int) string {
	if name == "" {
		return s.words.say("correction.norule")
	}
	return s.words.say("finding.rule.value", "rule", name, "version", version)
}

// heldView is one question whose answers are held at present.
type heldView struct{ Title, Where, Text string }

// corrections lists what we had to put right, and what we hold back while we check ourselves.
func (s *site) corrections(w http.ResponseWriter, r *http.Request) error {
	public := s.db.Public(s.now())
	var page struct {
		Held        []heldView
		Corrections []correctionView
		Undone      []changeView
	}
	held, err := public.Quarantines(r.Context())
	if err != nil {
		return err
	}
	for _, q := range held {
		page.Held = append(page.Held, heldView{
			Title: s.check(q.Check).Title, Where: s.words.first("platforms."+string(q.Platform), "platforms.other"),
			Text: s.words.say("corrections.held.text", "since", s.words.clock(q.Since), "moved", q.Pending, "read", q.Read),
		})
	}
	list, err := public.Corrections(r.Context(), "", shownCorrections)
	if err != nil {
		return err
	}
	for _, c := range list {
		page.Corrections = append(page.Corrections, s.correctionView(c))
	}
	undone, err := public.Undone(r.Context(), "", shownCorrections)
	if err != nil {
		return err
	}
	for _, c := range undone {
		page.Undone = append(page.Undone, s.changeView(c))
	}
	looked, err := public.LastLook(r.Context())
	if err != nil {
		return err
	}
	return s.show(w, r, "corrections", s.words.say("corrections.title"), looked, page)
}
