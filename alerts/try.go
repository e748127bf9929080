package alerts

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Tried is how a test message to one receiver ended.
type Tried struct {
	Receiver string
	Err      error
}

// Test sends one test message to every receiver, or to the one named, and says how each ended. It needs no store
// and writes nothing. An error means that the configuration has no such receiver or is wrong.
func Test(ctx context.Context, o Options, only string) ([]Tried, error) {
	o = o.withDefaults()
	if err := o.Config.Validate(); err != nil {
		return nil, err
	}
	made, err := newReceivers(o)
	if err != nil {
		return nil, err
	}
	if only != "" && made[only] == nil {
		return nil, fmt.Errorf("no receiver is named %q; there are %s", only, strings.Join(slices.Sorted(maps.Keys(made)), ", "))
	}
	m := Message{ID: "test", Title: Words{ours("doorknock: a test message")},
		Items: []Item{{Lines: []Words{{ours("This is a test message from doorknock. Nothing was seen; there is nothing to do.")}}}}}
	var tried []Tried
	for _, c := range o.Config.Receivers {
		if only == "" || c.Name == only {
			tried = append(tried, Tried{c.Name, attempt(ctx, func(ctx context.Context) error { return made[c.Name].Send(ctx, m) })})
		}
	}
	return tried, nil
}
