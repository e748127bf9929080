package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/configs"
)

func newOrgs() *cobra.Command {
	c := &cobra.Command{Use: "orgs", Short: "Check, import, show and complete the list of organisations", Args: cobra.NoArgs, RunE: showHelp}
	c.AddCommand(newOrgsValidate(), newOrgsImport(), newOrgsShow(), newOrgsDiscover())
	return c
}

func newOrgsValidate() *cobra.Command {
	return &cobra.Command{
		Use: "validate FILE", Short: "Tell every mistake in a list of organisations, with its line", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			orgs, channels, err := readOrganisations(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s is right: %s with %s\n", args[0], counted(len(orgs), "organisation"), counted(len(channels), "channel"))
			return err
		},
	}
}

func readOrganisations(path string) ([]audit.Organisation, []audit.Channel, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, errUsage(fmt.Errorf("open list of organisations: %w", err))
	}
	defer f.Close() //nolint:errcheck // only read
	orgs, channels, err := configs.ReadOrganisations(path, f)
	if err != nil {
		return nil, nil, errUsage(err)
	}
	return orgs, channels, nil
}

// newOrgsImport copies a list into the place the settings name, once it is known to be right as a whole.
func newOrgsImport() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "import FILE", Short: "Take a list of organisations into use, whole or not at all", Args: cobra.ExactArgs(1),
		Long: "import checks FILE and, if it is right as a whole, puts it in the place that the setting `organisations` names.\n" +
			"The list that was there is kept beside it with the ending .before.",
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := configs.Load(path, os.LookupEnv)
			if err != nil && !onlyNoList(cfg, err) {
				return errUsage(err)
			}
			orgs, _, err := readOrganisations(args[0])
			if err != nil {
				return err
			}
			if err := replaceFile(args[0], cfg.Organisations); err != nil {
				return fmt.Errorf("import list of organisations: %w", err)
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s now holds %s; a running doorknock takes it up at its next start, or on SIGHUP\n", cfg.Organisations, counted(len(orgs), "organisation"))
			return err
		},
	}
	addConfig(c, &path)
	return c
}

// onlyNoList reports whether all that is wrong with the settings is that their list is not there: it is about to be.
func onlyNoList(cfg configs.Config, err error) bool {
	all, _ := errors.AsType[configs.Mistakes](err)
	if len(all) != 1 || all[0].Key != "organisations" {
		return false
	}
	_, missing := os.Stat(cfg.Organisations)
	return errors.Is(missing, fs.ErrNotExist)
}

// replaceFile puts a copy of from in the place of to in one step, and keeps what was there as to.before.
func replaceFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return replaceBytes(data, to)
}

// replaceBytes puts data in the place of to in one step, and keeps what was there as to.before.
func replaceBytes(data []byte, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	fresh := to + ".new"
	f, err := os.OpenFile(fresh, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(to); err == nil { // the old list keeps its name until the new one takes it
		before := to + ".before"
		if err := os.Remove(before); err != nil && !os.IsNotExist(err) {
			return err
		}
		if err := os.Link(to, before); err != nil {
			return err
		}
	}
	return os.Rename(fresh, to)
}

func newOrgsShow() *cobra.Command {
	var path string
	var asJSON bool
	c := &cobra.Command{
		Use: "show [ID or NAME]", Short: "Show the organisations of the list and their channels", Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := loadConfig(path)
			if err != nil {
				return err
			}
			orgs, channels, err := cfg.LoadOrganisations()
			if err != nil {
				return errUsage(err)
			}
			words := ""
			if len(args) == 1 {
				words = args[0]
			}
			shown := 0
			for _, o := range orgs {
				if !named(o, words) {
					continue
				}
				shown++
				if err := showOrganisation(c, o, channelsOf(o.ID, channels), asJSON); err != nil {
					return err
				}
			}
			if shown == 0 {
				return fmt.Errorf("no organisation in %s is called %q", cfg.Organisations, words)
			}
			return nil
		},
	}
	addConfig(c, &path)
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

// named reports whether words are an organisation's id, or part of its name or of a former name.
func named(o audit.Organisation, words string) bool {
	words = strings.ToLower(strings.TrimSpace(words))
	if o.ID == words || strings.Contains(strings.ToLower(o.Name), words) {
		return true
	}
	for _, p := range o.Predecessors {
		if strings.Contains(strings.ToLower(p), words) {
			return true
		}
	}
	return false
}

func channelsOf(id string, all []audit.Channel) []audit.Channel {
	var own []audit.Channel
	for _, ch := range all {
		if ch.Organisation == id {
			own = append(own, ch)
		}
	}
	return own
}

func showOrganisation(c *cobra.Command, o audit.Organisation, channels []audit.Channel, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(c.OutOrStdout()).Encode(map[string]any{"v": 1, "organisation": o, "channels": channels})
	}
	homes := "homes not known"
	if o.Homes != nil {
		homes = fmt.Sprintf("%d homes", *o.Homes)
	}
	fmt.Fprintf(c.OutOrStdout(), "%s  %s (%s, %s, %s)\n", o.ID, audit.Untrusted(o.Name), strings.ReplaceAll(o.Sector, "_", " "), o.Nation, homes)
	if len(o.OldPages) > 0 {
		fmt.Fprintf(c.OutOrStdout(), "    old pages still up %s\n", audit.Untrusted(strings.Join(o.OldPages, ", ")))
	}
	if len(o.Predecessors) > 0 {
		fmt.Fprintf(c.OutOrStdout(), "    formerly %s\n", audit.Untrusted(strings.Join(o.Predecessors, ", ")))
	}
	for _, ch := range channels {
		fmt.Fprintf(c.OutOrStdout(), "    %-9s %s  (channel %s)\n", ch.Platform, audit.Untrusted(ch.URL), ch.ID)
	}
	return nil
}
