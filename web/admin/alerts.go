package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorknock/alerts"
	"doorknock/store"
	"doorknock/web"
)

// Alerts is what the operator's pages about alerts, silences, deliveries and routes are made from: what the commands of these
// names do, for somebody with a browser. No page shows a person's words.
type Alerts struct {
	DB      *store.DB
	Options alerts.Options // the settings in force; Store is DB
	Dress   *web.Dress
	Now     func() time.Time
	// Send sends a test message to a receiver and says how it ended; nil: alerts.Test.
	Send func(ctx context.Context, o alerts.Options, only string) ([]alerts.Tried, error)
}

// Pages gives the pages, those of the menu first.
func (p Alerts) Pages() []Page {
	return []Page{
		{Name: "alerts", Path: "/alerts", Template: builtIn("alerts"), Get: p.list, Post: p.ack},
		{Name: "silences", Path: "/silences", Template: builtIn("silences"), Get: p.silences, Post: p.silence},
		{Name: "deliveries", Path: "/deliveries", Template: builtIn("deliveries"), Get: p.deliveries, Post: p.retry},
		{Name: "routes", Path: "/routes", Template: builtIn("routes"), Get: p.routes, Post: p.test, Within: 30 * time.Second},
		{Name: "alert", Path: "/alerts/{id}", Hidden: true, Template: builtIn("alert"), Get: p.one, Post: p.ack},
		{Name: "preview", Path: "/preview", Hidden: true, Template: builtIn("preview"), Get: p.preview},
	}
}

// perPage is how many alerts a page lists.
const perPage = 50

// spans are how far back the lists reach, in days.
func spans() []int { return []int{1, 7, 30, 90} }

// alertsView is the list of alerts with what was asked for.
type alertsView struct {
	Filter        alerts.Filter
	Days, Page    int
	Spans         []int
	Kinds         []string
	Organisations []string // ids
	Severities    []string
	Conditions    []choice
	Total         int
	Items         []alertItem
	Before, After string // addresses of the pages before and after, "" where there is none
}

// choice is an entry of a list to choose from: what it is called, and what it says.
type choice struct{ Value, Words string }

// alertItem is one alert as lists show it.
type alertItem struct {
	store.Raised

	Title     string
	Severity  string
	Condition string // in words
	Open      bool   // somebody may still take it on
}

func (p Alerts) list(r *http.Request) (View, error) {
	q := r.URL.Query()
	v := alertsView{Filter: alerts.Filter{Organisation: q.Get("organisation"), Kind: q.Get("kind"), Severity: q.Get("severity"),
		Condition: alerts.Condition(q.Get("state"))}, Spans: spans(), Severities: alerts.Severities()}
	if err := v.Filter.Validate(); err != nil {
		return View{}, Refused(err.Error())
	}
	v.Days, v.Page = days(q.Get("days"), 7), max(whole(q.Get("page")), 1)
	all, err := p.DB.AlertsRaised(r.Context(), p.Now().AddDate(0, 0, -v.Days))
	if err != nil {
		return View{}, err
	}
	slices.Reverse(all)
	v.Kinds, v.Organisations = kindsOf(all), organisationsOf(all)
	for _, c := range alerts.Conditions() {
		v.Conditions = append(v.Conditions, choice{string(c), p.condition(c)})
	}
	picked := v.Filter.Of(all)
	v.Total = len(picked)
	from := min((v.Page-1)*perPage, len(picked))
	shown := picked[from:min(from+perPage, len(picked))]
	for _, a := range shown {
		item, err := p.item(r.Context(), a)
		if err != nil {
			return View{}, err
		}
		v.Items = append(v.Items, item)
	}
	address := func(page int) string {
		q.Set("page", strconv.Itoa(page))
		return "/alerts?" + q.Encode()
	}
	if v.Page > 1 {
		v.Before = address(v.Page - 1)
	}
	if from+len(shown) < len(picked) {
		v.After = address(v.Page + 1)
	}
	return View{Title: p.Dress.Say("admin.alerts.menu"), Data: v}, nil
}

func (p Alerts) condition(c alerts.Condition) string {
	return p.Dress.Say("admin.alerts.is." + string(c))
}

func (p Alerts) item(ctx context.Context, a store.Raised) (alertItem, error) {
	facts, err := p.DB.AlertFacts(ctx, []string{a.ID})
	if err != nil {
		return alertItem{}, err
	}
	return p.itemOf(a, alerts.Compose(facts, p.Options.Wording, false)), nil
}

func (p Alerts) itemOf(a store.Raised, m alerts.Message) alertItem {
	c := alerts.ConditionOf(a)
	return alertItem{Raised: a, Title: m.Title.Plain(), Severity: alerts.SeverityOf(a.Alert), Condition: p.condition(c),
		Open: a.AckedBy == "" && c != alerts.Answered}
}

// ack takes the chosen alerts on: those that the list has a tick at, or the one of the page.
func (p Alerts) ack(r *http.Request) (View, error) {
	if err := r.ParseForm(); err != nil {
		return View{}, Refused(p.Dress.Say("admin.unclear"))
	}
	by, note := strings.TrimSpace(r.PostFormValue("by")), strings.TrimSpace(r.PostFormValue("note"))
	ids, back := r.PostForm["alert"], "/alerts"
	if id := r.PathValue("id"); id != "" {
		ids, back = []string{id}, "/alerts/"+id
	}
	switch {
	case by == "" || len(by) > 60:
		return View{}, Refused(p.Dress.Say("admin.alerts.who"))
	case len(note) > 500:
		return View{}, Refused(p.Dress.Say("admin.alerts.note.long"))
	case len(ids) == 0:
		return View{}, Refused(p.Dress.Say("admin.alerts.none.chosen"))
	}
	for _, id := range ids {
		if err := p.DB.AckAlert(r.Context(), id, by, note, p.Now()); err != nil {
			return View{}, fmt.Errorf("acknowledge from the operator's pages: %w", err)
		}
	}
	return View{To: back}, nil
}

// alertView is one alert: what it says, what became of it, and where it was told.
type alertView struct {
	alertItem

	Lines    [][]alerts.Part
	Tellings []tellingView
	Matchers []string // of a silence of such alerts
}

type tellingView struct {
	store.Telling

	Messages []deliveryItem
}

func (p Alerts) one(r *http.Request) (View, error) {
	a, err := p.DB.AlertRaised(r.Context(), r.PathValue("id"))
	if err != nil {
		return View{}, err
	}
	facts, err := p.DB.AlertFacts(r.Context(), []string{a.ID})
	if err != nil {
		return View{}, err
	}
	m := alerts.Compose(facts, p.Options.Wording, false)
	v := alertView{alertItem: p.itemOf(a, m), Matchers: matchersOf(a.Alert)}
	for _, item := range m.Items {
		for _, line := range item.Lines {
			v.Lines = append(v.Lines, line.Parts())
		}
	}
	told, err := p.DB.Tellings(r.Context(), a.ID)
	if err != nil {
		return View{}, err
	}
	for _, t := range told {
		view := tellingView{Telling: t}
		for _, d := range t.Deliveries {
			view.Messages = append(view.Messages, p.delivery(d))
		}
		v.Tellings = append(v.Tellings, view)
	}
	return View{Title: v.Title, Data: v}, nil
}

// matchersOf are those of a silence of an alert's like; word of our own trouble cannot be silenced.
func matchersOf(a store.Alert) []string {
	if a.Kind == store.AlertOperator {
		return nil
	}
	return []string{"organisation=" + a.Organisation, "kind=" + string(a.Kind)}
}

func kindsOf(all []store.Raised) []string {
	return distinct(all, func(r store.Raised) string { return string(r.Kind) })
}

func organisationsOf(all []store.Raised) []string {
	return distinct(all, func(r store.Raised) string { return r.Organisation })
}

// distinct lists what of gives, each once, in order, without "".
func distinct(all []store.Raised, of func(store.Raised) string) []string {
	var list []string
	for _, r := range all {
		if value := of(r); value != "" && !slices.Contains(list, value) {
			list = append(list, value)
		}
	}
	slices.Sort(list)
	return list
}

// whole reads a number from 0 up; anything else is 0.
func whole(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return max(n, 0)
}

// days reads how far back to look; anything else than one of spans is usual.
func days(text string, usual int) int {
	if n := whole(text); slices.Contains(spans(), n) {
		return n
	}
	return usual
}

// gone makes of "not found" what the person at the form is told; any other error stays what it is.
func gone(err error, words string) error {
	if errors.Is(err, store.ErrNotFound) {
		return Refused(words)
	}
	return err
}
