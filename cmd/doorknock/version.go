package main

import (
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"doorknock/crawler"
)

func newVersion() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "version", Short: "Print the version of the program and of its reading rules", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(map[string]any{"v": 1, "version": version, "go": runtime.Version(), "reader": crawler.Reader})
			}
			_, err := fmt.Fprintf(c.OutOrStdout(), "doorknock %s (reading rules %d, %s)\n", version, crawler.Reader, runtime.Version())
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
