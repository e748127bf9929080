package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"doorknock/audit"
	"doorknock/store"
)

// unpack puts the captures that travelled with a visit into the evidence folder, as a crawler beside it does: what holds
// people's words is sealed there with a key of its own. It tries until all is fetched, or ctx ends. Of a visit that is
// recorded already nothing is fetched.
//
// A parcel that is gone costs the visit no more than what rested on it (see withdraw). If we die between this and the
// commit, the visit comes again, the parcel is still there, and its captures go into files of their own once more.
func (r *Record) unpack(ctx context.Context, v *audit.Visit) error {
	names := parcels(*v)
	if len(names) == 0 {
		return nil
	}
	if r.fetch != nil {
		r.fetch <- struct{}{}
		defer func() { <-r.fetch }()
	}
	var trouble retry
	gone := map[string]bool{} // captures, over all tries
	packed := slices.Clone(v.Captures)
	defer r.stalled.Store(false)
	for {
		err := r.unpackOnce(ctx, v, names, gone)
		if err == nil && r.Keeper != nil {
			if err = r.Keeper.Flush(ctx, v.ID); err != nil {
				copy(v.Captures, packed) // which of them are on the disk nobody knows: all are kept again
			}
		}
		if err == nil {
			trouble.over(r.Log, "fetching captures")
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("fetch captures of %s: %w", v.Channel.URL, err)
		}
		r.stalled.Store(true)
		trouble.pause(ctx, r.Log, "captures cannot be fetched", err)
	}
}

func (r *Record) unpackOnce(ctx context.Context, v *audit.Visit, names []string, gone map[string]bool) error {
	known, err := r.DB.HasVisit(ctx, v.ID)
	if err != nil {
		return fmt.Errorf("look whether the visit is recorded: %w", err)
	}
	for _, name := range names {
		var holds []travelling
		if !known {
			if holds, err = r.Broker.get(ctx, r.Keys, name); err != nil && !errors.Is(err, errGone) {
				return err
			}
		}
		if err := r.keepAll(ctx, v, name, holds, gone); err != nil {
			return err
		}
	}
	if len(gone) > 0 && !known {
		r.Log.Warn("captures of a visit are gone; what rested on them reads unknown, and their pages are read anew",
			"channel", v.Channel.ID, "url", v.Channel.URL, "captures", len(gone), "of", len(v.Captures))
		r.withdraw(v, gone)
	}
	return nil
}

// keepAll writes the captures of one parcel to the folder and says in the visit where they are. What is not in the
// parcel is noted as gone. A capture that was kept by an earlier try has its file already and is left alone.
func (r *Record) keepAll(ctx context.Context, v *audit.Visit, name string, holds []travelling, gone map[string]bool) error {
	for i := range v.Captures {
		c := &v.Captures[i]
		if c.File != inParcel+name {
			continue
		}
		if r.Keeper == nil || c.Offset < 0 || c.Offset >= int64(len(holds)) {
			c.File, c.Offset = "", 0
			gone[c.ID] = true
			continue
		}
		x := holds[c.Offset]
		kept, err := r.Keeper.Keep(ctx, v.ID, &x.Exchange, x.Seal)
		if err != nil && (store.Trouble(err) || ctx.Err() != nil) {
			return fmt.Errorf("keep capture of %s: %w", c.URL, err)
		}
		if err != nil {
			r.Log.Error("a capture could not be kept", "channel", v.Channel.ID, "url", c.URL, "error", err)
			gone[c.ID] = true
		}
		c.File, c.Offset, c.Sealed, c.Key = kept.File, kept.Offset, kept.Sealed, kept.Key
	}
	return nil
}

// withdraw takes back what the visit says by captures that nobody has any more: nobody could be shown the bytes. Such
// answers become unknown, nothing is called absent in this visit, and the pages are read anew in the next. The visit
// itself, its other answers and what people said stand.
func (r *Record) withdraw(v *audit.Visit, gone map[string]bool) {
	rests := func(e *audit.Evidence) bool {
		return e != nil && (gone[e.Capture] || slices.ContainsFunc(e.Captures, func(c string) bool { return gone[c] }))
	}
	for i := range v.Readings {
		x := &v.Readings[i]
		if x.Verdict.State() != audit.Unknown && (gone[x.Capture] || rests(x.Verdict.Evidence())) {
			x.Verdict = audit.UnknownFor(audit.ReasonInternal)
		}
	}
	if rests(v.Confirmed) {
		v.Confirmed = nil
	}
	v.Coverage = nothingProven(r.Checks)
	for _, url := range slices.Sorted(maps.Keys(v.Memory.Pages)) {
		if gone[v.Memory.Pages[url].Capture] {
			r.forget(v, url)
		}
	}
}
