package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/store"
)

func newStatus() *cobra.Command {
	var path string
	var asJSON bool
	c := &cobra.Command{
		Use: "status", Short: "Say how the installation is: what was looked at, what waits, what is stuck", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			s, err := in.db.Status(c.Context(), time.Now())
			if err != nil {
				return err
			}
			deliveries, err := in.db.DeliveryCounts(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(map[string]any{"v": 1, "status": s, "deliveries": deliveries})
			}
			printStatus(c.OutOrStdout(), s, deliveries)
			return nil
		},
	}
	addConfig(c, &path)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func printStatus(out io.Writer, s store.Status, deliveries map[store.DeliveryState]int) {
	fmt.Fprintf(out, "%s with %s; %d shown to be the organisation's own, %d not looked at yet, %d due now\n",
		counted(s.Organisations, "organisation"), counted(s.Channels, "channel"), s.Confirmed, s.Never, s.Due)
	for _, state := range []audit.State{audit.Open, audit.Restricted, audit.Closed, audit.Absent, audit.Unknown} {
		fmt.Fprintf(out, "  %-10s %d\n", state, s.States[state.String()])
	}
	fmt.Fprintf(out, "states that wait for a second look: %d\n", s.Pending)
	for _, why := range slices.Sorted(maps.Keys(s.Held)) {
		fmt.Fprintf(out, "  held from the public, %s: %d\n", why, s.Held[why])
	}
	for _, p := range slices.Sorted(maps.Keys(s.LastVisit)) {
		fmt.Fprintf(out, "%s: last visit %s, last saw something %s\n", p, ago(s.LastVisit[p].Visit), ago(s.LastVisit[p].Saw))
	}
	for _, consumer := range slices.Sorted(maps.Keys(s.Unmarked)) {
		fmt.Fprintf(out, "events waiting for %s: %d\n", consumer, s.Unmarked[consumer])
	}
	for _, state := range slices.Sorted(maps.Keys(deliveries)) {
		fmt.Fprintf(out, "deliveries %s: %d\n", state, deliveries[state])
	}
	for _, r := range s.Receivers {
		if !r.FailingSince.IsZero() {
			fmt.Fprintf(out, "the receiver %s takes nothing since %s (%s: %s): %s\n", audit.Untrusted(r.Name), ago(r.FailingSince), r.Why,
				audit.Untrusted(r.LastError), alerts.WhatToDo(r.Why))
		}
	}
	printHeartbeat(out, s.Heartbeat)
	if q := s.Queue; !q.Since.IsZero() {
		fmt.Fprintf(out, "the queue cannot be reached since %s (%s): %s and %s wait for it, nothing is lost, and work goes on when it answers\n",
			ago(q.Since), audit.Untrusted(q.Why).Terminal(), counted(q.Looks, "look"), counted(q.Events, "event"))
	}
	if d := s.SlowDisk; !d.At.IsZero() {
		fmt.Fprintf(out, "the disk of the database is slow: a write took %.1f s at %s; all waits for it, and nothing is lost\n", d.Took.Seconds(), ago(d.At))
	}
	if q := s.QueueLost; !q.At.IsZero() {
		fmt.Fprintf(out, "the queue lost what it held (%s) at %s: nothing is lost, work is queued again from the database\n", strings.Join(q.Streams, ", "), ago(q.At))
	}
	for _, stream := range slices.Sorted(maps.Keys(s.Dead)) {
		fmt.Fprintf(out, "given up and not done since, %s: %d (`doorknock dead list`)\n", stream, s.Dead[stream])
	}
	for _, q := range s.Quarantines {
		fmt.Fprintf(out, "quarantined: %s on %s since %s: look at some of these sites, then `doorknock quarantine release %[2]s %[1]s`\n",
			q.Check, q.Platform, q.Since.UTC().Format(time.RFC3339))
	}
	printPlaces(out, s)
	for _, k := range s.Keys {
		fmt.Fprintf(out, "the key %s is refused (%s) since %s: `doorknock doctor` says what to do\n", k.Key, k.Said, ago(k.Since))
	}
	for _, outcome := range slices.Sorted(maps.Keys(s.Hooks)) {
		from, what := store.HookFrom(outcome)
		fmt.Fprintf(out, "messages that %s sent in the last 30 days, %s: %d\n", from, what, s.Hooks[outcome])
	}
	if c := s.Clock; c.Visits > 0 {
		way := "ahead"
		if c.Ahead < 0 {
			way = "behind"
		}
		fmt.Fprintf(out, "in the last day the clock was wrong at %s, the last on %s, when it was %v %s as most visited sites agree: set it by network time\n",
			counted(c.Visits, "visit"), ago(c.Last), c.Ahead.Abs(), way)
	}
	fmt.Fprintf(out, "texts of comments kept: %d; database %.1f MB\n", s.Texts, float64(s.Bytes)/1e6)
}

// mostPlaces is how many places of a kind status names; --json has them all.
const mostPlaces = 10

func printPlaces(out io.Writer, s store.Status) {
	for i, p := range s.Unread {
		if i == mostPlaces {
			fmt.Fprintf(out, "and %s that could not be read: `doorknock status --json` names all\n", counted(len(s.Unread)-i, "more place"))
			break
		}
		fmt.Fprintf(out, "%s could not be read at the last looks (%s) since %s: `doorknock explain %s` says more\n", audit.Untrusted(p.URL).Terminal(), p.Reason, ago(p.Since), p.Organisation)
	}
	for i, m := range s.Moved {
		if i == mostPlaces {
			fmt.Fprintf(out, "and %s that led elsewhere: `doorknock status --json` names all\n", counted(len(s.Moved)-i, "more place"))
			break
		}
		fmt.Fprintf(out, "%s of %s led to %s at the last look: if that is theirs, put it into the list of organisations\n",
			audit.Untrusted(m.URL).Terminal(), m.Organisation, audit.Untrusted(m.To).Terminal())
	}
}

func printHeartbeat(out io.Writer, h store.Heartbeat) {
	switch {
	case !h.HeldSince.IsZero():
		fmt.Fprintf(out, "no heartbeat is sent since %s: %s; the last was %s\n", ago(h.HeldSince), h.Why, ago(h.PingedAt))
	case !h.FailingSince.IsZero():
		fmt.Fprintf(out, "the heartbeat's address does not answer since %s (%s); the last was %s\n", ago(h.FailingSince), h.Why, ago(h.PingedAt))
	case !h.PingedAt.IsZero():
		fmt.Fprintf(out, "last heartbeat %s\n", ago(h.PingedAt))
	}
}

func ago(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}
