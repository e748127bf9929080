package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/store"
)

func newDeliveries() *cobra.Command {
	c := &cobra.Command{Use: "deliveries", Short: "Show the messages to receivers, and send one again that was given up", Args: cobra.NoArgs, RunE: showHelp}
	c.AddCommand(newDeliveriesList(), newDeliveriesRetry())
	return c
}

func newDeliveriesList() *cobra.Command {
	var path string
	var limit int
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "Show the newest messages and what became of them", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			all, err := in.db.Deliveries(c.Context(), store.AllDeliveries, limit)
			if err != nil {
				return err
			}
			for _, d := range all {
				if asJSON {
					if err := json.NewEncoder(c.OutOrStdout()).Encode(struct {
						V int `json:"v"`
						store.Delivery
					}{1, d}); err != nil {
						return fmt.Errorf("print delivery %s: %w", d.ID, err)
					}
					continue
				}
				fmt.Fprintf(c.OutOrStdout(), "%s  %s to %s, %s, %s: %s\n", d.ID, counted(len(d.Alerts), "alert"), audit.Untrusted(d.Receiver),
					ago(d.RecordedAt), counted(d.Attempts, "attempt"), d.State)
				if d.LastError != "" && d.State != store.DeliverySent {
					fmt.Fprintf(c.OutOrStdout(), "  %s\n", audit.Untrusted(d.LastError))
				}
			}
			if len(all) == 0 && !asJSON {
				fmt.Fprintln(c.OutOrStdout(), "Nothing was sent yet.")
			}
			return nil
		},
	}
	addConfig(c, &path)
	c.Flags().IntVar(&limit, "limit", 50, "how many at most")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

func newDeliveriesRetry() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "retry DELIVERY...", Short: "Send messages again that were given up; `run` may be running", Args: cobra.MinimumNArgs(1),
		RunE: beside(&path, func(ctx context.Context, in *installation, out io.Writer, ids []string) error {
			for _, id := range ids {
				err := in.db.RetryDelivery(ctx, id, time.Now())
				if errors.Is(err, store.ErrNotFound) {
					return errUsage(fmt.Errorf("no message %q was given up (`doorknock deliveries list` shows them)", id))
				}
				if err != nil {
					return err
				}
				fmt.Fprintf(out, "%s  is sent again within half a minute by a running doorknock\n", id)
			}
			return nil
		}),
	}
	addConfig(c, &path)
	return c
}
