package digest

import (
	"context"
	"net/url"
	"slices"

	"doorknock/audit"
	"doorknock/store"
)

// Chosen gives the ids of the organisations that a reader wants to hear of: those named, and those that every other choice
// leaves in. nil: all.
func Chosen(ctx context.Context, db *store.DB, w store.Wants) ([]string, error) {
	kinds := len(w.Sectors) + len(w.Nations) + len(w.Sizes) + len(w.Areas)
	if len(w.Organisations)+kinds == 0 {
		return nil, nil
	}
	all, err := db.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	chosen := []string{}
	for _, o := range all {
		of := kinds > 0 && among(w.Sectors, o.Sector) && among(w.Nations, o.Nation) && among(w.Sizes, o.Size()) && amongAny(w.Areas, o.Areas)
		if of || slices.Contains(w.Organisations, o.ID) {
			chosen = append(chosen, o.ID)
		}
	}
	return chosen, nil
}

// among reports whether a choice leaves a value in; an empty choice leaves in all.
func among(choice []string, value string) bool {
	return len(choice) == 0 || slices.Contains(choice, value)
}

func amongAny(choice, values []string) bool {
	return len(choice) == 0 || slices.ContainsFunc(values, func(v string) bool { return slices.Contains(choice, v) })
}

// choices are the names of a choice's parts in the query of a page's address.
func choices(w *store.Wants) map[string]*[]string {
	return map[string]*[]string{"organisation": &w.Organisations, "sector": &w.Sectors, "nation": &w.Nations, "size": &w.Sizes, "area": &w.Areas, "kind": &w.Kinds}
}

// Query is a choice as the query of a page's address; "" for all.
func Query(w store.Wants) string {
	q := url.Values{}
	for name, values := range choices(&w) {
		if len(*values) > 0 {
			q[name] = *values
		}
	}
	return q.Encode()
}

// mostChosen is how many of a kind one choice may name.
const mostChosen = 200

// ReadWants reads a choice from a form or a query; what is not known is left out.
func ReadWants(q url.Values) store.Wants {
	var w store.Wants
	known := map[string]func(string) bool{
		"sector": oneOf(audit.Sectors()), "nation": oneOf(audit.Nations()), "size": oneOf(audit.Sizes()), "kind": oneOf(Kinds()),
		"organisation": audit.ValidOrganisationID,
		"area":         func(v string) bool { return v != "" && len(v) <= 80 },
	}
	for name, into := range choices(&w) {
		for _, v := range q[name] {
			if known[name](v) && !slices.Contains(*into, v) && len(*into) < mostChosen {
				*into = append(*into, v)
			}
		}
	}
	return w
}

func oneOf(list []string) func(string) bool {
	return func(v string) bool { return slices.Contains(list, v) }
}
