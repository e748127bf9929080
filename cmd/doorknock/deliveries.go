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
	which := store.AllDeliveries
	c := &cobra.Command{
		Use: "list", Short: "Show the newest messages and what became of them", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			all, err := in.db.Deliveries(c.Context(), which, limit)
			if errors.Is(err, store.ErrNotFound) {
				return errUsage(fmt.Errorf("--list %s: want all, waiting or dead", which))
			}
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
				fmt.Fprintf(c.OutOrStdout(), "%.12s  %s to %s, %s, %s: %s\n", d.ID, counted(len(d.Alerts), "alert"), audit.Untrusted(d.Receiver),
					ago(d.RecordedAt), counted(d.Attempts, "attempt"), d.State)
				for _, line := range deliveryLines(d) {
					fmt.Fprintf(c.OutOrStdout(), "  %s\n", line)
				}
			}
			if len(all) == 0 && !asJSON {
				words := map[store.DeliveryList]string{store.AllDeliveries: "Nothing was sent yet.", store.WaitingDeliveries: "Nothing waits.",
					store.DeadDeliveries: "Nothing was given up."}
				fmt.Fprintln(c.OutOrStdout(), words[which])
			}
			return nil
		},
	}
	addConfig(c, &path)
	c.Flags().StringVar((*string)(&which), "list", string(which), "all; waiting: an attempt is to come; dead: given up")
	c.Flags().IntVar(&limit, "limit", 50, "how many at most")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

// deliveryLines say of a message what else there is to say: what went wrong, and when it is tried again.
func deliveryLines(d store.Delivery) []string {
	var lines []string
	if d.LastError != "" && d.State != store.DeliverySent {
		lines = append(lines, audit.Untrusted(d.LastError).Terminal())
	}
	if !d.NextAt.IsZero() && d.Attempts > 0 {
		lines = append(lines, "next attempt "+ago(d.NextAt))
	}
	if d.CarriedBy != "" {
		lines = append(lines, fmt.Sprintf("told in one message with others: %.12s", d.CarriedBy))
	}
	return lines
}

func newDeliveriesRetry() *cobra.Command {
	var path string
	var all bool
	c := &cobra.Command{
		Use: "retry [DELIVERY...]", Short: "Send messages again that were given up; `run` may be running", Args: cobra.ArbitraryArgs,
		RunE: beside(&path, func(ctx context.Context, in *installation, out io.Writer, ids []string) error {
			if all == (len(ids) > 0) {
				return errUsage(errors.New("name the messages (`doorknock deliveries list --list dead` shows them), or give --all"))
			}
			if all {
				var err error
				if ids, err = in.givenUp(ctx); err != nil {
					return err
				}
				if len(ids) == 0 {
					fmt.Fprintln(out, "Nothing was given up.")
				}
			}
			for _, id := range ids {
				if err := in.retry(ctx, id); err != nil {
					return err
				}
				fmt.Fprintf(out, "%.12s  is sent again within half a minute by a running doorknock\n", id)
			}
			return nil
		}),
	}
	addConfig(c, &path)
	c.Flags().BoolVar(&all, "all", false, "all that were given up")
	return c
}

// givenUp lists the messages that were, the oldest first, so that they are told in their order.
func (in *installation) givenUp(ctx context.Context) ([]string, error) {
	dead, err := in.db.Deliveries(ctx, store.DeadDeliveries, 10_000)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(dead))
	for i, d := range dead {
		ids[len(dead)-1-i] = d.ID
	}
	return ids, nil
}

func (in *installation) retry(ctx context.Context, begins string) error {
	id, err := in.named(ctx, store.NamedDelivery, begins, "doorknock deliveries list")
	if err != nil {
		return err
	}
	err = in.db.RetryDelivery(ctx, id, time.Now())
	if errors.Is(err, store.ErrNotFound) {
		return errUsage(fmt.Errorf("message %s was not given up (`doorknock deliveries list --list dead` shows those that were)", begins))
	}
	return err
}
