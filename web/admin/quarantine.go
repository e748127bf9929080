package admin

import (
	"net/http"
	"time"

	"doorknock/audit"
	"doorknock/store"
	"doorknock/web"
)

// Quarantine is what the operator's page about questions that are held is made from: what the command of that name does.
type Quarantine struct {
	DB     *store.DB
	Titles map[audit.CheckID]string
	Dress  *web.Dress
	Now    func() time.Time
}

// Pages gives the page.
func (p Quarantine) Pages() []Page {
	return []Page{{Name: "quarantine", Path: "/quarantine", Template: builtIn("quarantine"), Get: p.list, Post: p.release}}
}

// heldItem is a question that is held, with its own words.
type heldItem struct {
	store.Quarantine

	Title string
}

func (p Quarantine) list(r *http.Request) (View, error) {
	held, err := p.DB.Quarantines(r.Context())
	if err != nil {
		return View{}, err
	}
	items := make([]heldItem, 0, len(held))
	for _, q := range held {
		item := heldItem{q, p.Titles[q.Check]}
		if item.Title == "" { // of a check that is no more
			item.Title = string(q.Check)
		}
		items = append(items, item)
	}
	return View{Title: p.Dress.Say("admin.quarantine.menu"), Data: items}, nil
}

// release lets a question through. To keep it needs no form: it is held until somebody releases it.
func (p Quarantine) release(r *http.Request) (View, error) {
	if r.PostFormValue("do") != "release" {
		return View{}, Refused(p.Dress.Say("admin.unclear"))
	}
	err := p.DB.ReleaseQuarantine(r.Context(), audit.Platform(r.PostFormValue("platform")), audit.CheckID(r.PostFormValue("check")), p.Now())
	return View{To: "/quarantine"}, gone(err, p.Dress.Say("admin.quarantine.gone"))
}
