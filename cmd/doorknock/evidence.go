package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/evidence"
	"doorknock/store"
)

func newEvidence() *cobra.Command {
	c := &cobra.Command{Use: "evidence", Short: "Show what a finding rests on, and read the stored bytes again", Args: cobra.NoArgs, RunE: showHelp}
	c.AddCommand(evidenceCommand("show FINDING", "Show a finding, the bytes it rests on, and where they are kept", showEvidence), newReplay())
	return c
}

func evidenceCommand(use, does string, do func(context.Context, *installation, audit.Finding, io.Writer) error) *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: use, Short: does, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return withFinding(c, path, args[0], do) },
	}
	addConfig(c, &path)
	return c
}

// withFinding does something with one finding, beside whatever runs.
func withFinding(c *cobra.Command, path, id string, do func(context.Context, *installation, audit.Finding, io.Writer) error) error {
	in, err := openReader(c.Context(), path)
	if err != nil {
		return err
	}
	defer closing(in.log, "database", in.Close)
	f, err := in.db.Finding(c.Context(), id)
	if last, rolled := in.db.RolledUp(c.Context(), id); errors.Is(err, store.ErrNotFound) && rolled == nil {
		return errUsage(fmt.Errorf("finding %q is one of several looks that said the same and were rolled up; the last of them is kept as %s", id, last))
	}
	if errors.Is(err, store.ErrNotFound) {
		return errUsage(fmt.Errorf("there is no finding %q (`doorknock explain ORGANISATION` names them)", id))
	}
	if err != nil {
		return err
	}
	return do(c.Context(), in, f, c.OutOrStdout())
}

func showEvidence(ctx context.Context, in *installation, f audit.Finding, out io.Writer) error {
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("print finding %s: %w", f.ID, err)
	}
	fmt.Fprintf(out, "%s\n", data)
	if f.How == audit.SavedPage {
		saved, err := in.db.Sources(ctx, f.Channel)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, strings.TrimSpace(sourceWords(saved[f.Visit])))
	}
	e := f.Verdict.Evidence()
	if e == nil {
		_, err := fmt.Fprintln(out, "An unknown rests on no bytes.")
		return err
	}
	for _, id := range append([]string{e.Capture}, e.Captures...) {
		c, err := in.db.Capture(ctx, id)
		if err != nil {
			return err
		}
		kept := c.File
		if kept == "" {
			kept = "not kept, or dropped; the hash stays"
		}
		fmt.Fprintf(out, "%s  %d  %d bytes  sha256 %s  %s at %d (sealed: %t)\n", audit.Untrusted(c.URL), c.Status, c.Bytes, c.Hash, kept, c.Offset, c.Sealed)
	}
	return nil
}

// replayEvidence answers whether the bytes are still there and whether today's rules read them as then. It never
// changes what is stored: a different answer is printed and exits 1.
func replayEvidence(ctx context.Context, in *installation, f audit.Finding, out io.Writer) error {
	e := f.Verdict.Evidence()
	if e == nil {
		_, err := fmt.Fprintf(out, "unknown/%s rests on no bytes; there is nothing to read again\n", f.Verdict.Reason())
		return err
	}
	capture, stored, err := in.body(ctx, e.Capture)
	if errors.Is(err, evidence.ErrDropped) {
		_, err := fmt.Fprintf(out, "%v; its hash %s is kept. That withdraws nothing.\n", err, capture.Hash)
		return err
	}
	if err != nil {
		return err
	}
	if !stored.Shows(*e) {
		fmt.Fprintf(out, "The stored bytes at %d, length %d, are not what the finding quotes.\n", e.Offset, e.Length)
		return errSilent
	}
	fmt.Fprintf(out, "The stored bytes of %s (sha256 %s) hold the marker at %d, length %d.\n", audit.Untrusted(capture.URL), capture.Hash, e.Offset, e.Length)
	if f.Verdict.State() == audit.Absent {
		return in.replayAbsence(ctx, f, out)
	}
	got, err := in.reread(ctx, f, capture, stored)
	if err != nil {
		return err
	}
	return compare(out, f, got)
}

// compare says whether today's reading of the one capture stands by the finding. A rule may rest on more than one
// capture (what a site's interface and feed said of a post), so that one capture alone may say less, but not otherwise.
func compare(out io.Writer, f audit.Finding, got audit.Verdict) error {
	then := f.Verdict.Evidence()
	switch {
	case got.State() == f.Verdict.State():
		fmt.Fprintf(out, "Read again today by rule %s (version %d; then %s, version %d): %s, as then.\n",
			got.Evidence().Rule, got.Evidence().Version, then.Rule, then.Version, got.State())
		return nil
	case got.State() == audit.Unknown || len(then.Captures) > 0:
		fmt.Fprintf(out, "Rule %s rests on more than this capture, which alone says %s. Its bytes stand.\n", then.Rule, got.State())
		return nil
	}
	fmt.Fprintf(out, "Read again today: %s, and not %s as then. The finding does not stand.\n", got.State(), f.Verdict.State())
	return errSilent
}

// replayAbsence reads every page of a proof of absence again.
func (in *installation) replayAbsence(ctx context.Context, f audit.Finding, out io.Writer) error {
	e := f.Verdict.Evidence()
	for _, id := range e.Captures {
		c, stored, err := in.body(ctx, id)
		if errors.Is(err, evidence.ErrDropped) {
			fmt.Fprintf(out, "%s: %v\n", audit.Untrusted(c.URL), err)
			continue
		}
		if err != nil {
			return err
		}
		got, err := in.reread(ctx, f, c, stored)
		if err != nil {
			return err
		}
		if got.State() != audit.Unknown && got.State() != audit.Absent {
			fmt.Fprintf(out, "%s is read today as %s: the finding does not stand.\n", audit.Untrusted(c.URL), got.State())
			return errSilent
		}
	}
	_, err := fmt.Fprintf(out, "None of the %d pages shows it today either.\n", len(e.Captures))
	return err
}

// body reads a capture's body, following a repeat to the capture that holds it.
func (in *installation) body(ctx context.Context, id string) (audit.Capture, evidence.Stored, error) {
	c, err := in.db.Capture(ctx, id)
	if err != nil {
		return c, evidence.Stored{}, err
	}
	if c.Unchanged != "" {
		return in.body(ctx, c.Unchanged)
	}
	stored, err := in.folder.Body(c)
	return c, stored, err
}

// reread asks the check of a finding about stored bytes.
func (in *installation) reread(ctx context.Context, f audit.Finding, c audit.Capture, s evidence.Stored) (audit.Verdict, error) {
	scripts, err := configs.Scripts()
	if err != nil {
		return audit.Verdict{}, err
	}
	if c.Asked == nil { // kept before it was noted how a page was asked for
		c.Asked = &audit.Asked{}
	}
	for _, check := range in.checks {
		if check.ID != f.Check {
			continue
		}
		read, err := crawler.ReadAgain([]crawler.Check{check}, crawler.Again{Capture: c, How: audit.Anonymous, Header: s.Header, Body: s.Body}, scripts)
		if err != nil || len(read) == 0 {
			return audit.UnknownFor(audit.ReasonNotLooked), err
		}
		if read[0].Verdict.State() == f.Verdict.State() {
			return read[0].Verdict, nil
		}
		return in.refold(ctx, f, check, read)
	}
	return audit.Verdict{}, fmt.Errorf("there is no check %s any more", f.Check)
}

// refold gives what a question makes of one page's reading where that is the finding's state, else the reading: an answer may hang on
// the nation in which the landlord lets, which no page says.
func (in *installation) refold(ctx context.Context, f audit.Finding, check crawler.Check, read []audit.Reading) (audit.Verdict, error) {
	of, err := in.db.OrganisationOf(ctx, f.Channel)
	if err != nil {
		return audit.Verdict{}, err //nolint:wrapcheck // says it
	}
	v := audit.Visit{
		ID: f.Visit, Channel: audit.Channel{ID: f.Channel, Platform: check.On[0]}, ObservedAt: f.ObservedAt,
		Coverage: map[audit.CheckID]audit.Coverage{check.ID: {Complete: true, Captures: []string{f.Verdict.Evidence().Capture}}}, // as if that page were all
	}
	found, err := crawler.FoldOne(check, v, read, of.Nation)
	if err != nil {
		return audit.Verdict{}, err //nolint:wrapcheck // names the check
	}
	for _, x := range found {
		if x.Scope == f.Scope && x.Verdict.State() == f.Verdict.State() {
			return x.Verdict, nil
		}
	}
	return read[0].Verdict, nil
}
