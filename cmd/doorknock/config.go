package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler/checks"
	"doorknock/crawler/platform"
)

// addConfig gives a command the flag that names the settings file.
func addConfig(c *cobra.Command, path *string) {
	c.Flags().StringVar(path, "config", "", "settings file (default: the built-in settings)")
}

// loadConfig reads the settings; every mistake is bad usage, exit 2.
func loadConfig(path string) (configs.Config, error) {
	c, err := configs.Load(path, os.LookupEnv)
	if err != nil {
		return configs.Config{}, errUsage(err)
	}
	return c, nil
}

func newConfig() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Check the settings, set the operator's password", Args: cobra.NoArgs, RunE: showHelp}
	c.AddCommand(&cobra.Command{
		Use: "check [FILE]", Short: "Tell every mistake in a settings file and in its list of organisations; sends nothing", Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			path := ""
			if len(args) == 1 {
				path = args[0]
			}
			cfg, err := loadConfig(path)
			if err != nil {
				return err
			}
			orgs, channels, err := cfg.LoadOrganisations()
			if err != nil {
				return errUsage(err)
			}
			for _, doubt := range doubts(cfg, orgs) {
				fmt.Fprintln(c.OutOrStdout(), "never takes effect:", doubt)
			}
			for _, open := range cfg.OpenSecrets() {
				fmt.Fprintln(c.OutOrStdout(), "take care:", audit.Untrusted(open).Terminal())
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "Settings are right: %s with %s, pages at http://%s\n",
				counted(len(orgs), "organisation"), counted(len(channels), "channel"), cfg.Web.Listen)
			return err
		},
	})
	c.AddCommand(newConfigPassword())
	return c
}

func showHelp(c *cobra.Command, _ []string) error { return c.Help() }

// doubts says what in the routes can never take effect, with the organisations of the list.
func doubts(cfg configs.Config, orgs []audit.Organisation) []string {
	known := alerts.Known{"sector": audit.Sectors()}
	for _, o := range orgs {
		known["organisation"] = append(known["organisation"], o.ID)
	}
	for _, p := range platform.All() {
		known["platform"] = append(known["platform"], string(p.Name))
	}
	for _, c := range checks.All() {
		known["check"] = append(known["check"], string(c.ID))
	}
	return cfg.Alerts.Doubts(known)
}
