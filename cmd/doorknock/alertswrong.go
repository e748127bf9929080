package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/store"
)

func newAlertsWrong() *cobra.Command {
	var path string
	var since time.Duration
	var asJSON bool
	c := &cobra.Command{
		Use: "wrong", Short: "Show the alerts that people called wrong, and by whom", Args: cobra.NoArgs,
		Long: "Somebody's word that an alert is wrong changes no state. Look at the evidence (`doorknock explain`, the comment itself), then mend the\n" +
			"rule, or let two people say of the comment whether it complains: `doorknock label` shows such comments first.",
		RunE: func(c *cobra.Command, _ []string) error {
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			all, err := in.db.SaidWrong(c.Context(), time.Now().Add(-since))
			if err != nil {
				return err
			}
			for _, w := range all {
				if asJSON {
					if err := json.NewEncoder(c.OutOrStdout()).Encode(struct {
						V int `json:"v"`
						store.Wrong
					}{1, w}); err != nil {
						return fmt.Errorf("print alert %s: %w", w.Alert, err)
					}
					continue
				}
				title, err := in.alertTitle(c.Context(), w.Alert)
				if err != nil {
					return err
				}
				what := "comment"
				if w.Kind == store.AlertChange {
					what = "finding"
				}
				fmt.Fprintf(c.OutOrStdout(), "%s  %s  %s\n  called wrong by %s; %s %s\n", w.Alert, ago(w.At), title, audit.Untrusted(w.Author), what, w.Ref)
			}
			if len(all) == 0 && !asJSON {
				fmt.Fprintf(c.OutOrStdout(), "Nobody called an alert wrong in the last %s.\n", inWords(since))
			}
			return nil
		},
	}
	addConfig(c, &path)
	addTime(c, &since, "since", 90*24*time.Hour, "how far back, as 36h or 7d")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}
