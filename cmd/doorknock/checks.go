package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"doorknock/crawler/checks"
)

func newChecks() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "checks", Short: "Print every check: its question, why it matters, its rule and version", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			for _, check := range checks.All() {
				if asJSON {
					if err := json.NewEncoder(c.OutOrStdout()).Encode(map[string]any{
						"v": 1, "id": check.ID, "title": check.Title, "why": check.Why, "basis": check.Basis, "rule": check.Rule,
						"version": check.Version, "door": check.Door, "on": check.On, "nations": check.Nations, "sectors": check.Sectors,
					}); err != nil {
						return err
					}
					continue
				}
				fmt.Fprintf(c.OutOrStdout(), "%s (version %d, %s)\n  %s\n  Why: %s\n  Rule: %s\n\n", check.ID, check.Version, check.Basis, check.Title, check.Why, check.Rule)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}
