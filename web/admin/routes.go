package admin

import (
	"context"
	"net/http"
	"strings"
	"time"

	"doorknock/alerts"
	"doorknock/audit"
)

// routesView is the tree of routes, who takes given labels, and the receivers.
type routesView struct {
	Tree      []string
	Receivers []receiverItem
	Labels    string
	Takes     []string // lines of the routes that take the labels
	Tried     bool     // labels were given
	Test      string   // how the test message ended, in words
}

type receiverItem struct {
	Name, Kind string
	Quote      bool // it is given up to 140 redacted characters of a comment
}

func (p Alerts) routes(r *http.Request) (View, error) {
	return p.routesView(r.Context(), r.URL.Query().Get("labels"), "")
}

func (p Alerts) routesView(ctx context.Context, labels, test string) (View, error) {
	config := p.config()
	top, err := alerts.Tree(ctx, config, p.DB)
	if err != nil {
		return View{}, err
	}
	v := routesView{Tree: top.Lines(), Labels: labels, Test: test}
	for _, c := range config.Receivers {
		v.Receivers = append(v.Receivers, receiverItem{c.Name, c.Kind(), c.Quote})
	}
	if given := strings.Fields(strings.ReplaceAll(labels, ",", " ")); len(given) > 0 {
		read, err := alerts.ParseLabels(given)
		if err != nil {
			return View{}, Refused(err.Error())
		}
		v.Tried = true
		for _, route := range top.Tells(read) {
			v.Takes = append(v.Takes, route.Line())
		}
		if len(v.Takes) == 0 {
			v.Takes = []string{alerts.WhyNobody(read)}
		}
	}
	return View{Title: p.Dress.Say("admin.routes.menu"), Data: v}, nil
}

// config is what is in force: where nothing is configured, everything goes to the log.
func (p Alerts) config() alerts.Config {
	if c := p.Options.Config; len(c.Receivers) > 0 || c.Route.Receiver != "" {
		return c
	}
	return alerts.Default()
}

// test sends a test message to one receiver and shows how it ended.
func (p Alerts) test(r *http.Request) (View, error) {
	send := p.Send
	if send == nil {
		send = alerts.Test
	}
	name := r.PostFormValue("receiver")
	if name == "" {
		return View{}, Refused(p.Dress.Say("admin.unclear"))
	}
	tried, err := send(r.Context(), p.Options, name)
	if err != nil {
		return View{}, Refused(audit.HideSecrets(err.Error()))
	}
	var words []string
	for _, t := range tried {
		if t.Err == nil {
			words = append(words, p.Dress.Say("admin.routes.delivered", "name", t.Receiver))
			continue
		}
		words = append(words, p.Dress.Say("admin.routes.undelivered", "name", t.Receiver, "why", audit.Untrusted(audit.HideSecrets(t.Err.Error())).Plain(300)))
	}
	return p.routesView(r.Context(), "", strings.Join(words, " "))
}

// previewView is what the settings would have sent.
type previewView struct {
	Days  int
	Spans []int
	Total int
	Items []previewItem
}

type previewItem struct {
	At              time.Time
	Receiver, Title string
	Alerts          []string // ids
}

// mostPreviewed is how many messages the page lists; all are counted.
const mostPreviewed = 200

func (p Alerts) preview(r *http.Request) (View, error) {
	v := previewView{Days: days(r.URL.Query().Get("days"), 30), Spans: spans()}
	o := p.Options
	o.Store, o.Now = p.DB, p.Now
	sent, err := alerts.Preview(r.Context(), o, p.Now().AddDate(0, 0, -v.Days))
	if err != nil {
		return View{}, err
	}
	v.Total = len(sent)
	for _, m := range sent[max(0, len(sent)-mostPreviewed):] {
		item := previewItem{At: m.At, Receiver: m.Receiver, Title: alerts.Compose(m.Facts, o.Wording, false).Title.Plain()}
		if why := m.Why(); why != "" {
			item.Title += " (" + why + ")"
		}
		for _, a := range m.Alerts {
			item.Alerts = append(item.Alerts, a.ID)
		}
		v.Items = append(v.Items, item)
	}
	return View{Title: p.Dress.Say("admin.preview.menu"), Data: v}, nil
}
