package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/store"
)

func newReadersBounced() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "bounced [FILE...]", Short: "End the subscriptions of addresses that a mail server reports will never take a mail",
		Long: "Reads reports of mail servers (RFC 3464) from the files, or one from standard input, as a mailbox's filter gives it. Any other mail\n" +
			"ends nothing.",
		RunE: func(c *cobra.Command, files []string) error {
			in, err := openBeside(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			if len(files) == 0 {
				return in.bounced(c.Context(), c.InOrStdin(), c.OutOrStdout())
			}
			for _, file := range files {
				f, err := os.Open(file) //nolint:gosec // the operator's own file
				if err != nil {
					return errUsage(fmt.Errorf("read a report: %w", err))
				}
				if err := errors.Join(in.bounced(c.Context(), f, c.OutOrStdout()), f.Close()); err != nil {
					return err
				}
			}
			return nil
		},
	}
	addConfig(c, &path)
	return c
}

// bounced ends the subscriptions of the addresses that one report names.
func (in *installation) bounced(ctx context.Context, report io.Reader, out io.Writer) error {
	addresses, err := digest.Bounced(report)
	if errors.Is(err, digest.ErrNoBounce) {
		fmt.Fprintln(out, "No address failed for good by this mail: nothing is ended.")
		return nil
	}
	if err != nil {
		return err
	}
	readers, err := in.db.Subscriptions(ctx, false)
	if err != nil {
		return err
	}
	for _, address := range addresses {
		words := "is no reader's"
		for _, r := range readers {
			if strings.EqualFold(r.Address, address) {
				if err := in.db.EndSubscription(ctx, r.ID, store.EndedByBounce, time.Now()); err != nil {
					return err
				}
				words = "gets no more mail"
			}
		}
		fmt.Fprintf(out, "%s  %s\n", audit.Untrusted(address), words)
	}
	return nil
}
