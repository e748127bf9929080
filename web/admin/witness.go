package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/store"
	"doorknock/web"
)

// Witnesses is what the operator's pages about people who look are made from.
type Witnesses struct {
	DB       *store.DB
	Ticket   func(store.Invite) string // the last part of an invitation's link
	Address  string                    // where people reach the pages
	Withdraw func(ctx context.Context, visit, why string) error
	Body     func(audit.Capture) ([]byte, error) // of a sealed picture or page
	Titles   map[audit.CheckID]string
	Dress    *web.Dress
	Now      func() time.Time
}

// witnessView is the page of campaigns, of where people are needed, and of what they said.
type witnessView struct {
	Campaigns []campaignView
	Wanted    []wantedView
	Looks     []store.Look
	Agreement store.Agreement
	Links     []string // just made; shown once, and to be made again from the list of invitations at any time
	Address   string
}

type campaignView struct {
	store.Campaign

	Progress []store.Progress
}

type wantedView struct {
	store.Wanted

	Title, Needs string
}

// Pages gives the page about people who look, and the one that shows a picture.
func (p Witnesses) Pages() []Page {
	return []Page{
		{Name: "witness", Path: "/witness", Template: builtIn("witness"), Get: p.list, Post: p.act},
		{Name: "witnessfile", Path: "/witness/{id}", Hidden: true, Template: builtIn("error"), Get: p.file},
	}
}

func (p Witnesses) list(r *http.Request) (View, error) { return p.view(r.Context(), nil) }

func (p Witnesses) view(ctx context.Context, links []string) (View, error) {
	v := witnessView{Links: links, Address: p.Address}
	campaigns, err := p.DB.Campaigns(ctx)
	if err != nil {
		return View{}, err
	}
	for _, c := range campaigns {
		progress, err := p.DB.Progress(ctx, c.ID)
		if err != nil {
			return View{}, err
		}
		v.Campaigns = append(v.Campaigns, campaignView{c, progress})
	}
	wanted, err := p.DB.Wanted(ctx, p.Now())
	if err != nil {
		return View{}, err
	}
	for _, w := range wanted {
		v.Wanted = append(v.Wanted, wantedView{w, p.Titles[w.Check], p.Dress.Say("admin.witness.needs." + w.Why)})
	}
	if v.Looks, err = p.DB.Looks(ctx, "", 200); err != nil {
		return View{}, err
	}
	if v.Agreement, err = p.DB.Public(p.Now()).Agreement(ctx); err != nil {
		return View{}, err
	}
	return View{Title: p.Dress.Say("admin.witness.menu"), Data: v}, nil
}

// act carries out one of the page's forms.
func (p Witnesses) act(r *http.Request) (View, error) {
	visit := r.PostFormValue("look")
	switch r.PostFormValue("do") {
	case "approve":
		return p.done(p.DB.ApproveLook(r.Context(), visit, p.Now()))
	case "withdraw":
		why := strings.TrimSpace(r.PostFormValue("why"))
		if why == "" || len(why) > 200 {
			return View{}, Refused(p.Dress.Say("admin.witness.why"))
		}
		return p.done(p.Withdraw(r.Context(), visit, why))
	case "invite":
		return p.invite(r)
	}
	return View{}, Refused(p.Dress.Say("admin.witness.unclear"))
}

func (p Witnesses) done(err error) (View, error) {
	if err != nil {
		return View{}, fmt.Errorf("change a look: %w", err)
	}
	return View{To: "/witness"}, nil
}

func (p Witnesses) invite(r *http.Request) (View, error) {
	by := strings.TrimSpace(r.PostFormValue("by"))
	count, err := strconv.Atoi(r.PostFormValue("count"))
	if by == "" || len(by) > 60 || err != nil || count < 1 || count > 200 {
		return View{}, Refused(p.Dress.Say("admin.witness.invite.wrong"))
	}
	invites, err := p.DB.Invite(r.Context(), r.PostFormValue("campaign"), by, count, p.Now().AddDate(0, 0, 21))
	if err != nil {
		return View{}, fmt.Errorf("invite: %w", err)
	}
	links := make([]string, 0, len(invites))
	for _, v := range invites {
		links = append(links, p.Address+"/look/"+p.Ticket(v))
	}
	return p.view(r.Context(), links)
}

// file gives the picture or saved page of a look: a picture in place, a page as a file to keep.
func (p Witnesses) file(r *http.Request) (View, error) {
	l, err := p.DB.Look(r.Context(), r.PathValue("id"))
	if err != nil {
		return View{}, err
	}
	captures, err := p.DB.VisitCaptures(r.Context(), l.Visit)
	if err != nil {
		return View{}, err
	}
	for _, c := range captures {
		if c.ID != l.Artefact || l.Artefact == "" {
			continue
		}
		body, err := p.Body(c)
		if err != nil {
			return View{}, errors.Join(err, store.ErrNotFound)
		}
		return View{File: &File{Name: "look-" + l.Visit + ".html", Type: c.Type, Content: body}}, nil
	}
	return View{}, fmt.Errorf("file of look %s: %w", l.Visit, store.ErrNotFound)
}
