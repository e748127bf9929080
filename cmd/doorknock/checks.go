package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

func newChecks() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "checks [CHECK...]", Short: "Print every check: its question, whom it binds since when, its rule and what each state means",
		RunE: func(c *cobra.Command, args []string) error {
			all := checks.All()
			duties, err := configs.Duties(checkIDs(all))
			if err != nil {
				return err
			}
			if all, err = chosen(all, args); err != nil {
				return errUsage(err)
			}
			for _, check := range all {
				doc := documentOf(check, duties)
				if !asJSON {
					doc.print(c.OutOrStdout(), time.Now())
				} else if err := json.NewEncoder(c.OutOrStdout()).Encode(doc); err != nil {
					return fmt.Errorf("print checks: %w", err)
				}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

// chosen keeps the checks that are named; none named: all.
func chosen(all []crawler.Check, names []string) ([]crawler.Check, error) {
	if len(names) == 0 {
		return all, nil
	}
	by := make(map[string]crawler.Check, len(all))
	for _, c := range all {
		by[string(c.ID)] = c
	}
	some := make([]crawler.Check, 0, len(names))
	for _, name := range names {
		c, ok := by[name]
		if !ok {
			return nil, fmt.Errorf("there is no check %q; `doorknock checks` lists them", name)
		}
		some = append(some, c)
	}
	return some, nil
}

// document is all there is to say of one check; the methodology page says the same.
type document struct {
	V         int               `json:"v"`
	ID        audit.CheckID     `json:"id"`
	Title     string            `json:"title"`
	Why       string            `json:"why"`
	Basis     string            `json:"basis"`
	Rule      string            `json:"rule"`
	Version   int               `json:"version"`
	Door      bool              `json:"door"`
	Published bool              `json:"published"`
	On        []audit.Platform  `json:"on"`
	Nations   []string          `json:"nations"` // of whom it is asked; empty: of all
	Sectors   []string          `json:"sectors"` // the same
	Duties    []audit.Duty      `json:"duties"`
	States    map[string]string `json:"states"` // what each state means for this check
}

func documentOf(c crawler.Check, duties audit.Duties) document {
	asked := duties.Asked[c.ID]
	return document{
		V: 1, ID: c.ID, Title: c.Title, Why: c.Why, Basis: c.Basis, Rule: c.Rule, Version: c.Version, Door: c.Door, Published: c.Published, On: c.On,
		Nations: asked.Nations, Sectors: asked.Sectors, Duties: duties.Of(c.ID), States: statesOf(c),
	}
}

// statesOf says in the public's words what each state that a check gives means.
func statesOf(c crawler.Check) map[string]string {
	means := map[string]string{
		"open": "open to everybody who looks", "restricted": "open in part, or to some", "closed": "switched off, as the place itself says",
		"absent": "none seen on the pages we read, all of them read whole", "unknown": "could not see, with the reason",
	}
	if c.Published {
		means = map[string]string{
			"open": "published", "restricted": "partly published", "absent": "not found in our look, though every page that could hold it was read whole",
			"unknown": "could not look",
		}
	}
	given := make(map[string]string, len(means))
	for _, state := range c.States() {
		given[state.String()] = means[state.String()]
	}
	return given
}

func (d document) print(w io.Writer, now time.Time) {
	fmt.Fprintf(w, "%s (version %d)\n  %s\n", d.ID, d.Version, d.Title)
	fmt.Fprintf(w, "  Why:    %s\n  Basis:  %s\n  Asked:  %s\n", d.Why, d.Basis, askedWords(audit.Whom{Nations: d.Nations, Sectors: d.Sectors}))
	for _, row := range d.Duties {
		fmt.Fprintf(w, "  %-7s %s\n", "Law:", dutyWords(row, now))
	}
	fmt.Fprintf(w, "  Rule:   %s\n", d.Rule)
	for _, s := range []string{"open", "restricted", "closed", "absent", "unknown"} {
		if means := d.States[s]; means != "" {
			fmt.Fprintf(w, "    %-11s %s\n", s+":", means)
		}
	}
	fmt.Fprintln(w)
}

func askedWords(w audit.Whom) string {
	if len(w.Nations)+len(w.Sectors) == 0 {
		return "everybody"
	}
	sectors := strings.ReplaceAll(strings.Join(w.Sectors, ", "), "_", " ")
	return cmp.Or(sectors, "everybody") + "; " + cmp.Or(strings.Join(w.Nations, ", "), "everywhere")
}

// dutyWords says one row in a line: whom it binds, since when, by which source, and what it asks.
func dutyWords(d audit.Duty, now time.Time) string {
	var b strings.Builder
	from := d.From.Format("2 January 2006")
	switch {
	case !d.Until.IsZero() && !now.Before(d.Until):
		fmt.Fprintf(&b, "bound until %s", d.Until.Format("2 January 2006"))
	case !d.Binds:
		fmt.Fprintf(&b, "no duty to publish it; speaks of it since %s, for", from)
	case !d.Sure:
		fmt.Fprintf(&b, "not sure whether it binds, since %s, and so in no score:", from)
	case now.Before(d.From):
		fmt.Fprintf(&b, "binds from %s on", from)
	default:
		fmt.Fprintf(&b, "binds since %s", from)
	}
	fmt.Fprintf(&b, " %s. %s", askedWords(d.Whom), d.Source)
	if d.Part != "" {
		b.WriteString(", " + d.Part)
	}
	fmt.Fprintf(&b, ": %s %s", d.Words, d.Address)
	return b.String()
}
