package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"doorknock/audit"
	"doorknock/score/talk"
)

// talkOf is what explain takes in place of a check for the figures of who talks and who answers.
const talkOf audit.CheckID = "talk"

// talkDays is the stretch of which figures are told, as on the pages: twelve weeks.
const talkDays = 84

// explainTalk prints every figure as it is: what the public is not told because it is of few, the operator sees.
func (in *installation) explainTalk(ctx context.Context, organisation string, out io.Writer, asJSON bool) error {
	o, err := in.db.Organisation(ctx, organisation)
	if err != nil {
		return in.nothingSeen(ctx, organisation, "")
	}
	now := time.Now()
	from := now.AddDate(0, 0, -talkDays)
	t, err := in.db.Public(now).Talk(ctx, organisation, from)
	if err != nil {
		return err
	}
	calendar, err := talk.NewCalendar(o.Nation, in.holidays)
	if err != nil {
		return err
	}
	f := talk.Facts{Said: t.Said, Shown: t.Shown, Posts: t.Posts, Platforms: t.Platforms, Promised: t.Promised, Since: t.Since, Read: t.Read, Calendar: calendar,
		Sorter: in.sorter, Now: now, From: from}
	if o.Homes != nil {
		f.Homes = *o.Homes
	}
	encoder := json.NewEncoder(out)
	for _, l := range talk.Make(f).Lines() {
		if asJSON {
			if err := encoder.Encode(struct {
				V            int    `json:"v"`
				Organisation string `json:"organisation"`
				talk.Line
			}{1, organisation, l}); err != nil {
				return fmt.Errorf("print a figure: %w", err)
			}
			continue
		}
		value, note := "not reached", ""
		if l.Value != nil {
			value = strconv.FormatFloat(*l.Value, 'f', -1, 64)
		}
		if l.Sample < l.Least || l.Count && l.Value != nil && *l.Value > 0 && *l.Value < 5 {
			note = "  (not told to the public: too few)"
		}
		fmt.Fprintf(out, "%-40s %-28s %s %s, of %d%s\n", l.Figure, audit.Untrusted(l.Of).Terminal(), value, l.Unit, l.Sample, note)
	}
	return nil
}
