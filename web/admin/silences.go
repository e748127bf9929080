package admin

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"doorknock/alerts"
	"doorknock/store"
)

// mostHours is how long a silence of this form may last, in hours: a year.
const mostHours = 365 * 24

// silencesView is the list of silences and the form that begins one.
type silencesView struct {
	Silences []silenceItem
	Ended    bool // those that have ended are listed as well
	Form     silenceForm
}

type silenceItem struct {
	store.Silence

	Active, Over bool
	Now          matched
}

// silenceForm is what stands in the form; Tried says that its matchers were tried.
type silenceForm struct {
	Matchers, Comment, By string
	Hours                 int
	Tried                 bool
	Now                   matched
}

// matched are the alerts of the last days that a silence would keep back: how many, and some of them.
type matched struct {
	Count, Of int
	Some      []alertItem
}

func (p Alerts) silences(r *http.Request) (View, error) {
	q := r.URL.Query()
	form := silenceForm{Matchers: strings.Join(q["matcher"], "\n"), Hours: 2}
	return p.silencesView(r.Context(), form, q.Get("ended") != "")
}

func (p Alerts) silencesView(ctx context.Context, form silenceForm, ended bool) (View, error) {
	after := p.Now()
	if ended {
		after = after.AddDate(0, 0, -90)
	}
	all, err := p.DB.Silences(ctx, after)
	if err != nil {
		return View{}, err
	}
	v := silencesView{Form: form, Ended: ended}
	for _, s := range all {
		item := silenceItem{Silence: s, Active: s.Active(p.Now()), Over: !p.Now().Before(s.EndsAt)}
		if !item.Over {
			if item.Now, err = p.matched(ctx, s.Matchers, 0); err != nil {
				return View{}, err
			}
		}
		v.Silences = append(v.Silences, item)
	}
	return View{Title: p.Dress.Say("admin.silences.menu"), Data: v}, nil
}

// matched tries matchers on the alerts of the last days, and gives at most some of those that they hold for.
func (p Alerts) matched(ctx context.Context, matchers []string, some int) (matched, error) {
	raised, err := p.DB.AlertsRaised(ctx, p.Now().Add(-alerts.TryFor))
	if err != nil {
		return matched{}, err
	}
	kept, err := alerts.Matching(raised, matchers)
	if err != nil {
		return matched{}, Refused(err.Error())
	}
	m := matched{Count: len(kept), Of: len(raised)}
	for _, a := range kept[max(0, len(kept)-some):] {
		item, err := p.item(ctx, a)
		if err != nil {
			return matched{}, err
		}
		m.Some = append(m.Some, item)
	}
	return m, nil
}

// silence carries out one of the page's forms: try matchers, begin a silence, end one.
func (p Alerts) silence(r *http.Request) (View, error) {
	ctx := r.Context()
	switch r.PostFormValue("do") {
	case "expire":
		err := p.DB.ExpireSilence(ctx, r.PostFormValue("silence"), p.Now())
		return View{To: "/silences"}, gone(err, p.Dress.Say("admin.silences.gone"))
	case "try", "add":
	default:
		return View{}, Refused(p.Dress.Say("admin.unclear"))
	}
	form := silenceForm{Matchers: r.PostFormValue("matchers"), Comment: strings.TrimSpace(r.PostFormValue("comment")),
		By: strings.TrimSpace(r.PostFormValue("by")), Hours: whole(r.PostFormValue("hours")), Tried: true}
	matchers := lines(form.Matchers)
	if r.PostFormValue("do") == "try" {
		var err error
		if form.Now, err = p.matched(ctx, matchers, 10); err != nil {
			return View{}, err
		}
		return p.silencesView(ctx, form, false)
	}
	return p.addSilence(ctx, form, matchers)
}

func (p Alerts) addSilence(ctx context.Context, form silenceForm, matchers []string) (View, error) {
	if form.By == "" || len(form.By) > 60 || len(form.Comment) > 500 || form.Hours < 1 || form.Hours > mostHours {
		return View{}, Refused(p.Dress.Say("admin.silences.wrong"))
	}
	s, err := alerts.NewSilence(matchers, form.By, form.Comment, p.Now(), time.Duration(form.Hours)*time.Hour)
	if err != nil {
		return View{}, Refused(err.Error())
	}
	if _, err := p.DB.AddSilence(ctx, s, p.Now()); err != nil {
		return View{}, fmt.Errorf("begin a silence: %w", err)
	}
	return View{To: "/silences"}, nil
}

// lines gives the lines of a text that hold something.
func lines(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}
