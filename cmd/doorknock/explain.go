package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/store"
)

func newExplain() *cobra.Command {
	var path string
	var asJSON, comments bool
	c := &cobra.Command{
		Use: "explain ORGANISATION [CHECK|talk]", Short: "Say how each state of an organisation came about, look by look; or all figures of who talks and who answers", Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			var check audit.CheckID
			if len(args) == 2 {
				check = audit.CheckID(args[1])
			}
			if comments {
				return in.explainComments(c.Context(), args[0], c.OutOrStdout(), asJSON)
			}
			return in.explain(c.Context(), args[0], check, c.OutOrStdout(), asJSON)
		},
	}
	addConfig(c, &path)
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	c.Flags().BoolVar(&comments, "comments", false, "say instead why comments were judged as they were: the newest that read as complaints or name a danger")
	return c
}

func (in *installation) explain(ctx context.Context, organisation string, check audit.CheckID, out io.Writer, asJSON bool) error {
	states, err := in.db.OperatorStates(ctx, organisation)
	if err != nil {
		return err
	}
	if check == talkOf {
		return in.explainTalk(ctx, organisation, out, asJSON)
	}
	visits, err := in.visits(ctx, organisation, out, asJSON)
	if err != nil {
		return err
	}
	shown := 0
	for _, s := range states {
		if check != "" && s.Check != check {
			continue
		}
		shown++
		findings, err := in.db.Findings(ctx, s.Channel, s.Check, s.Scope)
		if err != nil {
			return err
		}
		old, err := in.db.Superseded(ctx, s.Channel, s.Check, s.Scope)
		if err != nil {
			return err
		}
		saved, err := in.db.Sources(ctx, s.Channel)
		if err != nil {
			return err
		}
		if asJSON {
			line := map[string]any{"v": 1, "state": s, "findings": findings, "corrected": old, "next_visit": visits[s.Channel]}
			if from := sourcesOf(findings, saved); len(from) > 0 {
				line["sources"] = from
			}
			if err := json.NewEncoder(out).Encode(line); err != nil {
				return err
			}
			continue
		}
		explainState(out, s, findings, saved, in.cfg.Confirm.After)
		for _, f := range old {
			fmt.Fprintf(out, "  %s  %s then (finding %s), corrected on %s by finding %s\n", ago(f.ObservedAt), f.Verdict.State(), f.ID, ago(f.At), f.By)
		}
	}
	if shown == 0 {
		return in.nothingSeen(ctx, organisation, check)
	}
	if asJSON {
		return nil
	}
	return in.explainScores(ctx, organisation, check, out)
}

// explainScores says what the stored scores are, and how each check asked for stands to the organisation today.
func (in *installation) explainScores(ctx context.Context, organisation string, check audit.CheckID, out io.Writer) error {
	of, err := in.db.Organisation(ctx, organisation)
	if err != nil {
		return err
	}
	now := time.Now()
	for _, c := range in.checks {
		if check != "" && c.ID != check {
			continue
		}
		if b, row := in.duties.Binding(c.ID, of, now); row != nil {
			fmt.Fprintf(out, "%s: %s, %s, since %s (%s)\n", c.ID, b, row.Source, row.From.Format(time.DateOnly), row.Words)
		} else if check != "" {
			fmt.Fprintf(out, "%s: %s\n", c.ID, c.Basis)
		}
	}
	scores, err := in.db.Scores(ctx, organisation)
	if err != nil {
		return err
	}
	for _, s := range scores {
		switch {
		case s.Applicable == 0:
			fmt.Fprintf(out, "%s: not applicable\n", s.Part)
		case s.Value == nil:
			fmt.Fprintf(out, "%s: no score, 0 of %d known\n", s.Part, s.Applicable)
		default:
			fmt.Fprintf(out, "%s: %.1f of 100, band %q, %d of %d known (method %d)\n", s.Part, *s.Value, s.Band, s.Known, s.Applicable, s.Method)
		}
	}
	return nil
}

// visits gives, by channel, when each place is looked at next and why then, and prints it unless JSON is wanted.
func (in *installation) visits(ctx context.Context, organisation string, out io.Writer, asJSON bool) (map[string]store.Visiting, error) {
	all, err := in.db.Visitings(ctx, organisation)
	if err != nil {
		return nil, err
	}
	by := make(map[string]store.Visiting, len(all))
	for _, v := range all {
		by[v.Channel] = v
		if !asJSON {
			fmt.Fprintf(out, "%s: next look %s: %s\n", audit.Untrusted(v.URL), ago(v.Due), v.Why)
			if v.Moved != "" {
				fmt.Fprintf(out, "  it led to %s at the last look: if that is theirs, put it into the list of organisations\n", audit.Untrusted(v.Moved).Terminal())
			}
		}
	}
	return by, nil
}

// nothingSeen says why there is nothing to explain: an id or check that is not known, or nobody looked yet.
func (in *installation) nothingSeen(ctx context.Context, organisation string, check audit.CheckID) error {
	orgs, err := in.db.Organisations(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(orgs, func(o audit.Organisation) bool { return o.ID == organisation }) {
		return errUsage(fmt.Errorf("no organisation has the id %q (ids are in `doorknock orgs show`)", organisation))
	}
	if check != "" && !slices.ContainsFunc(in.checks, func(c crawler.Check) bool { return c.ID == check }) {
		return errUsage(fmt.Errorf("there is no check %q (ids are in `doorknock checks`)", check))
	}
	return fmt.Errorf("nothing has been seen of %s yet", organisation)
}

// sourcesOf gives, by visit, where the looks at something saved come from on which findings rest.
func sourcesOf(findings []audit.Finding, saved map[string]audit.Source) map[string]audit.Source {
	of := map[string]audit.Source{}
	for _, f := range findings {
		if s, ok := saved[f.Visit]; ok {
			of[f.Visit] = s
		}
	}
	return of
}

// sourceWords says where a look at something saved comes from: "(saved page: wacz by js-wacz, given by clerk)".
func sourceWords(s audit.Source) string {
	words := " (saved page: " + s.Format
	if s.Software != "" {
		words += " by " + audit.Untrusted(s.Software).Plain(60)
	}
	if s.By != "" {
		words += ", given by " + audit.Untrusted(s.By).Plain(maxBy)
	}
	if s.Asserted {
		words += ", who told its date"
	}
	return words + ")"
}

func explainState(out io.Writer, s store.OperatorState, findings []audit.Finding, saved map[string]audit.Source, after time.Duration) {
	what := string(s.Check)
	if s.Scope != "" {
		what += " on " + audit.Untrusted(s.Scope).Terminal()
	}
	fmt.Fprintf(out, "%s: %s", what, s.Verdict.State())
	if s.Verdict.State() == audit.Unknown {
		fmt.Fprintf(out, " (%s)", s.Verdict.Reason())
	} else {
		fmt.Fprintf(out, " since %s, last seen %s", ago(s.Since), ago(s.SeenAt))
	}
	fmt.Fprintln(out)
	if len(s.Values) > 0 {
		fmt.Fprintf(out, "  %s\n", shownValues(s.Values))
	}
	if s.Stage == audit.Pending {
		fmt.Fprintf(out, "  %s was seen on %s; a second look at least %s later decides, from %s on\n", s.Pending, ago(s.PendingAt), after, ago(s.DueAgain))
	}
	if s.HoldReason != "" {
		fmt.Fprintf(out, "  not shown to the public: %s\n", s.HoldReason)
	}
	for _, f := range findings {
		if f.Run != nil {
			fmt.Fprintf(out, "  from %s on, looks that said the same and are not kept one by one: %d\n", ago(f.Run.From), f.Run.Looks)
		}
		fmt.Fprintf(out, "  %s  %s", ago(f.ObservedAt), f.Verdict.State())
		if e := f.Verdict.Evidence(); e != nil {
			fmt.Fprintf(out, "  by %s: %q", e.Rule, audit.Untrusted(e.Excerpt).Plain(60))
		} else {
			fmt.Fprintf(out, "  %s", f.Verdict.Reason())
		}
		if from, ok := saved[f.Visit]; ok {
			fmt.Fprint(out, sourceWords(from))
		}
		fmt.Fprintf(out, "  (finding %s)\n", f.ID)
	}
}
