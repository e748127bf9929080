package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"doorknock/alerts"
	"doorknock/crawler"
)

func newAlerts() *cobra.Command {
	c := &cobra.Command{Use: "alerts", Short: "Try the receivers of alerts", Args: cobra.NoArgs, RunE: showHelp}
	var path string
	test := &cobra.Command{
		Use: "test [RECEIVER]", Short: "Send one test message to every receiver, or to the one named, and say how it went", Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := loadConfig(path)
			if err != nil {
				return err
			}
			only := ""
			if len(args) == 1 {
				only = args[0]
			}
			tried, err := alerts.Test(c.Context(), alerts.Options{Config: cfg.Alerts, Mail: cfg.Mail, Log: newLog(cfg.Log), Guard: crawler.Guard(cfg.Hosts)}, only)
			if err != nil {
				return errUsage(err)
			}
			failed := false
			for _, t := range tried {
				if t.Err != nil {
					failed = true
					fmt.Fprintf(c.OutOrStdout(), "%s: not delivered: %v\n", t.Receiver, t.Err)
					continue
				}
				fmt.Fprintf(c.OutOrStdout(), "%s: delivered\n", t.Receiver)
			}
			if failed {
				return errSilent
			}
			return nil
		},
	}
	addConfig(test, &path)
	c.AddCommand(test)
	return c
}
