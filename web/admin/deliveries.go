package admin

import (
	"errors"
	"fmt"
	"net/http"

	"doorknock/audit"
	"doorknock/store"
)

// mostDeliveries is how many messages a page lists.
const mostDeliveries = 100

// deliveriesView is the list of messages to receivers.
type deliveriesView struct {
	Which  store.DeliveryList
	Lists  []choice
	Counts []figure
	Items  []deliveryItem
	Dead   bool // at least one of those listed was given up
	Most   int
}

// deliveryItem is one message; Error is what its last attempt met, without secrets, "" once it was taken.
type deliveryItem struct {
	store.Delivery

	Error string
	Words string // its state
	Dead  bool
}

func (p Alerts) delivery(d store.Delivery) deliveryItem {
	item := deliveryItem{Delivery: d, Words: p.Dress.Say("admin.deliveries.is." + string(d.State)), Dead: d.State == store.DeliveryDead}
	if d.State != store.DeliverySent {
		item.Error = audit.Untrusted(audit.HideSecrets(d.LastError)).Plain(300)
	}
	return item
}

func (p Alerts) deliveries(r *http.Request) (View, error) {
	v := deliveriesView{Which: store.DeliveryList(r.URL.Query().Get("list")), Most: mostDeliveries}
	if v.Which == "" {
		v.Which = store.AllDeliveries
	}
	for _, l := range []store.DeliveryList{store.AllDeliveries, store.WaitingDeliveries, store.DeadDeliveries} {
		v.Lists = append(v.Lists, choice{string(l), p.Dress.Say("admin.deliveries.list." + string(l))})
	}
	counts, err := p.DB.DeliveryCounts(r.Context())
	if err != nil {
		return View{}, err
	}
	for _, s := range []store.DeliveryState{store.DeliveryQueued, store.DeliverySending, store.DeliveryUncertain, store.DeliveryDead, store.DeliverySent} {
		v.Counts = append(v.Counts, figure{p.Dress.Say("admin.deliveries.is." + string(s)), counts[s]})
	}
	all, err := p.DB.Deliveries(r.Context(), v.Which, mostDeliveries)
	if err != nil {
		return View{}, err
	}
	for _, d := range all {
		item := p.delivery(d)
		v.Items, v.Dead = append(v.Items, item), v.Dead || item.Dead
	}
	return View{Title: p.Dress.Say("admin.deliveries.menu"), Data: v}, nil
}

// retry makes messages due again that were given up: one, or all of a receiver's.
func (p Alerts) retry(r *http.Request) (View, error) {
	ids := []string{r.PostFormValue("delivery")}
	if r.PostFormValue("do") == "all" {
		dead, err := p.DB.Deliveries(r.Context(), store.DeadDeliveries, mostDeliveries)
		if err != nil {
			return View{}, err
		}
		ids = nil
		for i := range dead { // oldest first, so that they are told in their order
			ids = append(ids, dead[len(dead)-1-i].ID)
		}
	}
	for _, id := range ids {
		err := p.DB.RetryDelivery(r.Context(), id, p.Now())
		if errors.Is(err, store.ErrNotFound) && len(ids) == 1 {
			return View{}, Refused(p.Dress.Say("admin.deliveries.gone"))
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) { // somebody else was quicker
			return View{}, fmt.Errorf("send a message again: %w", err)
		}
	}
	return View{To: "/deliveries"}, nil
}
