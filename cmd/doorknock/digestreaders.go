package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"doorknock/alerts"
	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/store"
)

func newDigestReaders() *cobra.Command {
	var path string
	var all, asJSON bool
	c := &cobra.Command{
		Use: "subscribers", Short: "Show who gets the edition", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			readers, err := readersOf(c.Context(), path, all)
			if err != nil {
				return err
			}
			for _, r := range readers {
				if asJSON {
					if err := json.NewEncoder(c.OutOrStdout()).Encode(struct {
						V int `json:"v"`
						store.Subscription
					}{1, r}); err != nil {
						return fmt.Errorf("print reader %s: %w", r.ID, err)
					}
					continue
				}
				fmt.Fprintf(c.OutOrStdout(), "%s  %s\n", audit.Untrusted(r.Address+r.Receiver), readerWords(r))
			}
			if len(readers) == 0 && !asJSON {
				fmt.Fprintln(c.OutOrStdout(), "Nobody gets the edition yet.")
			}
			return nil
		},
	}
	addConfig(c, &path)
	c.Flags().BoolVar(&all, "all", false, "also those who get it no more")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	c.AddCommand(newReadersExport(), newReadersImport(), newReadersBounced())
	return c
}

// readersOf lists who gets the edition, and with all who got it once.
func readersOf(ctx context.Context, path string, all bool) ([]store.Subscription, error) {
	in, err := openReader(ctx, path)
	if err != nil {
		return nil, err
	}
	defer closing(in.log, "database", in.Close)
	return in.db.Subscriptions(ctx, all)
}

// readerWords says how it stands with a reader.
func readerWords(r store.Subscription) string {
	switch {
	case !r.EndedAt.IsZero():
		return "ended " + ago(r.EndedAt) + " by " + r.EndedBy
	case r.ConfirmedAt.IsZero():
		return "asked, and has not said yes"
	case r.PausedUntil.After(time.Now()):
		return "paused until " + ago(r.PausedUntil)
	case r.Listed:
		return "named in the settings"
	}
	return "since " + ago(r.ConfirmedAt)
}

func newReadersExport() *cobra.Command {
	var path string
	var all bool
	c := &cobra.Command{
		Use: "export", Short: "Print the readers as CSV, as import reads it", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			readers, err := readersOf(c.Context(), path, all)
			if err != nil {
				return err
			}
			return digest.WriteReaders(c.OutOrStdout(), readers)
		},
	}
	addConfig(c, &path)
	c.Flags().BoolVar(&all, "all", false, "also those who get it no more")
	return c
}

func newReadersImport() *cobra.Command {
	var path, elsewhere string
	c := &cobra.Command{
		Use: "import FILE", Short: "Take up readers from CSV: each is asked by mail, unless they said yes elsewhere", Args: cobra.ExactArgs(1),
		Long: "The first line names the columns: address, and if you like every (week, month, both), language (en, cy), zone, organisation,\n" +
			"sector, nation, size, area, kind. Several values in a cell are separated by a semicolon. Any mistake is told with its line, and\n" +
			"then nobody is taken up. Each new reader gets one mail that asks for a yes. With --confirmed-elsewhere nobody is asked, and\n" +
			"your words on where they said yes are kept beside each. Who ended the edition stays out in both cases.",
		RunE: func(c *cobra.Command, args []string) error {
			in, err := openBeside(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			listed, err := in.listedReaders(c.Context(), args[0])
			if err != nil {
				return err
			}
			var said string
			if c.Flags().Changed("confirmed-elsewhere") {
				said, err = in.takeReaders(c.Context(), listed, elsewhere)
			} else {
				said, err = in.inviteReaders(c.Context(), listed)
			}
			if said != "" {
				fmt.Fprintln(c.OutOrStdout(), said)
			}
			return err
		},
	}
	addConfig(c, &path)
	c.Flags().StringVar(&elsewhere, "confirmed-elsewhere", "", "where and when they said yes to mails of this kind; kept beside each reader")
	return c
}

// listedReaders reads a list and leaves out who stays out.
func (in *installation) listedReaders(ctx context.Context, file string) ([]digest.Listed, error) {
	f, err := os.Open(file) //nolint:gosec // the operator's own file
	if err != nil {
		return nil, errUsage(fmt.Errorf("read the list of readers: %w", err))
	}
	listed, err := digest.ReadReaders(f, in.cfg.Digest.Zone)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, errUsage(fmt.Errorf("%s: nobody is taken up:\n%w", audit.Untrusted(file), err))
	}
	known, err := in.db.Subscriptions(ctx, true)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, r := range known {
		out[r.Address] = r.StaysOut()
	}
	kept := listed[:0]
	for _, r := range listed {
		if !out[r.Address] {
			kept = append(kept, r)
		}
	}
	return kept, nil
}

// takeReaders takes up readers who said yes elsewhere, all or none.
func (in *installation) takeReaders(ctx context.Context, listed []digest.Listed, elsewhere string) (string, error) {
	words := audit.Untrusted(elsewhere).Plain(500)
	if len(words) < 10 {
		return "", errUsage(errors.New("--confirmed-elsewhere: say in a few words where and when they said yes; it is kept as your word for it"))
	}
	readers := make([]store.ImportedReader, len(listed))
	for i, r := range listed {
		readers[i] = store.ImportedReader{Address: r.Address, Choice: r.Choice}
	}
	n, err := in.db.ImportSubscriptions(ctx, readers, words, time.Now())
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d taken up; %d had the edition already.", n, len(listed)-n), nil
}

// inviteReaders sends each the mail that asks for a yes. Begun again after a fault, it asks nobody twice within the hour.
func (in *installation) inviteReaders(ctx context.Context, listed []digest.Listed) (string, error) {
	desk := in.desk()
	if desk == nil {
		return "", errUsage(errors.New("nobody can be asked: the settings name no mail.host or no web.address (or say --confirmed-elsewhere)"))
	}
	asked := 0
	for _, r := range listed {
		did, err := desk.Invite(ctx, r.Address, r.Choice)
		if errors.Is(err, alerts.ErrPermanent) {
			in.log.Warn("digest: a reader of the list could not be asked", "line", r.Line, "error", err)
			continue
		}
		if err != nil {
			return fmt.Sprintf("%d were asked before the mail server failed; run it again for the others.", asked), fmt.Errorf("line %d: %w", r.Line, err)
		}
		if did {
			asked++
		}
	}
	return fmt.Sprintf("%d asked by mail; %d have the edition, or were asked within the hour.", asked, len(listed)-asked), nil
}
