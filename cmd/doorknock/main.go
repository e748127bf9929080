// Command doorknock knocks on the doors that housing organisations keep for their residents and writes down, with
// evidence, whether each is open, restricted, closed, absent, or could not be seen.
//
// This package is the only wiring: each subcommand is one file, and the parts it puts together know nothing of it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/configs"
)

// version is set by the linker (see Makefile).
var version = "unversioned"

// The exit codes of docs/commands.md.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitMissed      = 3
	exitInterrupted = 130
)

// exitError carries the exit code that an error asks for.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// errUsage marks bad usage or a bad configuration: exit 2.
func errUsage(err error) error { return &exitError{exitUsage, err} }

// errSilent ends with code 1 after the command has said everything itself.
var errSilent = errors.New("")

func main() {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		cancel(signalled{<-signals})
		<-signals // a second signal does not wait for anything
		os.Exit(exitInterrupted)
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// signalled is the cause of a context that a signal ended.
type signalled struct{ signal os.Signal }

func (s signalled) Error() string { return "ended by " + s.signal.String() }

// run carries out one command line and gives its exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	started := false
	shown, told := &shownOutput{to: out}, &shownOutput{to: errs}
	defer shown.end()
	defer told.end()
	errs = told
	root := newRoot(&started)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(shown)
	root.SetErr(told)
	c, err := root.ExecuteContextC(ctx)
	var exit *exitError
	switch {
	case interrupted(ctx) && (err != nil || signalOf(ctx) == os.Interrupt):
		return exitInterrupted // a clean end by SIGTERM is 0, as service managers expect
	case err == nil:
		return 0
	case errors.As(err, &exit):
		complain(errs, err)
		return exit.code
	case !started:
		complain(errs, err)
		fmt.Fprintln(errs, usage(c))
		return exitUsage
	}
	if err.Error() != "" {
		complain(errs, err)
	}
	return exitFailed
}

// complain prints an error. Mistakes in a file stand bare, one a line, so that editors and terminals find each place.
func complain(errs io.Writer, err error) {
	text := audit.HideSecrets(err.Error())
	if _, ok := errors.AsType[configs.Mistakes](err); !ok {
		text = "doorknock: " + text
	}
	fmt.Fprintln(errs, text)
}

// usage says how a command that was called wrongly is called.
func usage(c *cobra.Command) string {
	if c.HasAvailableSubCommands() {
		return "See `" + c.CommandPath() + " --help`."
	}
	return "Usage: " + c.UseLine()
}

func interrupted(ctx context.Context) bool { return signalOf(ctx) != nil }

func signalOf(ctx context.Context) os.Signal {
	if s, ok := errors.AsType[signalled](context.Cause(ctx)); ok {
		return s.signal
	}
	return nil
}

func newRoot(started *bool) *cobra.Command {
	root := &cobra.Command{
		Use:   "doorknock",
		Short: "See which doors housing organisations keep open for their residents",
		Long: "doorknock knocks on every door that a housing organisation keeps for its residents and writes down, with\n" +
			"evidence, whether it is open, restricted, closed, absent, or could not be seen.\n\n" +
			"Begin with `doorknock demo`: a made-up town, no network needed.",
		Version:           version,
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRun:  func(*cobra.Command, []string) { *started = true },
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	cobra.EnableCommandSorting = false
	root.AddGroup(&cobra.Group{ID: "first", Title: "Start here:"}, &cobra.Group{ID: "more", Title: "More:"})
	first := []*cobra.Command{newDemo(), newCheck(), newRun(), newWitness(), newDigest()}
	more := []*cobra.Command{newAudit(), newInspect(), newImport(), newClassify(), newOrgs(), newExplain(), newAlerts(), newSilence(), newDeliveries(), newEvidence(),
		newChecks(), newQuarantine(), newDead(), newPrivacy(), newErase(), newTrain(), newLabel(), newEval(), newBench(), newConfig(), newStatus(), newDoctor(), newConnect(), newBackup(), newRestore(), newVersion()}
	for _, c := range first {
		c.GroupID = "first"
	}
	for _, c := range more {
		c.GroupID = "more"
	}
	root.AddCommand(append(first, more...)...)
	return root
}
