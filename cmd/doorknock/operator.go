package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/web"
	"doorknock/web/admin"
)

// operatorAddress is where the operator's pages are, unless the settings say otherwise or another program is there.
const operatorAddress = "127.0.0.1:8081"

// operatorPages puts together the operator's listener: another page is one line here.
func (in *installation) operatorPages(address string) (http.Handler, error) {
	dress, err := web.NewDress()
	if err != nil {
		return nil, err
	}
	uploads, err := in.uploadPages(dress)
	if err != nil {
		return nil, err
	}
	figures := prometheus.NewRegistry()
	if err := figures.Register(in.told); err != nil {
		return nil, fmt.Errorf("register the figures of alerts: %w", err)
	}
	o := admin.Options{DB: in.db, Log: in.log, Registry: figures, Pages: slices.Concat(
		in.alertPages(dress, address), admin.Quarantine{DB: in.db, Titles: titles(in.checks), Dress: dress, Now: time.Now}.Pages(), in.witnessPages(dress, address), uploads,
	)}
	if path := in.cfg.Web.PasswordFile; path != "" {
		if o.Password, err = admin.ReadPassword(path); err != nil {
			return nil, errUsage(fmt.Errorf("web.password_file: %w", err))
		}
	}
	return admin.New(o)
}

// alertPages are those about alerts, silences, deliveries and routes.
func (in *installation) alertPages(dress *web.Dress, address string) []admin.Page {
	return admin.Alerts{DB: in.db, Options: in.alertOptions(address), Dress: dress, Now: time.Now}.Pages()
}

// alertOptions are what alerts are raised, worded and delivered with; address is where others reach the pages.
func (in *installation) alertOptions(address string) alerts.Options {
	return alerts.Options{
		Config: in.cfg.Alerts, Mail: in.cfg.Mail, Store: in.db, Log: in.log, Guard: crawler.Guard(in.cfg.Hosts),
		Wording: alerts.Wording{Titles: titles(in.checks), Published: published(in.checks), Base: address, Clocks: in.clocks, Holidays: in.holidays}, Sites: siteQuestions(in.checks), Metrics: in.told,
	}
}

// witnessPages are those about people who look.
func (in *installation) witnessPages(dress *web.Dress, address string) []admin.Page {
	w := in.witnesses()
	return admin.Witnesses{
		DB: in.db, Ticket: w.Ticket, Address: address, Withdraw: w.Withdraw, Titles: titles(in.checks), Dress: dress, Now: time.Now,
		Body: func(c audit.Capture) ([]byte, error) {
			s, err := in.folder.Body(c)
			return s.Body, err
		},
	}.Pages()
}

// listenOperator takes the address of the operator's pages: the one that is set, else the usual one, else any free one.
func listenOperator(ctx context.Context, set string) (net.Listener, error) {
	if set != "" {
		return listen(ctx, set, "web.admin_listen")
	}
	if l, err := listen(ctx, operatorAddress, "web.admin_listen"); err == nil {
		return l, nil
	}
	return listen(ctx, "127.0.0.1:0", "web.admin_listen")
}

func newConfigPassword() *cobra.Command {
	return &cobra.Command{
		Use: "password FILE", Short: "Write the hash of a password for the operator's pages, which web.password_file then names", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			plain, err := askPassword(c.InOrStdin(), c.ErrOrStderr())
			if err != nil {
				return err
			}
			p, err := admin.NewPassword(plain)
			if err != nil {
				return errUsage(err)
			}
			if err := writePrivate(args[0], p.String()+"\n"); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s is written. Name it in the settings:\nweb:\n  password_file: %s\n", args[0], args[0])
			return err
		},
	}
}

// askPassword reads a password twice from a terminal that shows nothing, or one line of a pipe.
func askPassword(in io.Reader, out io.Writer) (string, error) {
	f, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(in, 4<<10)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	ask := func(words string) (string, error) {
		fmt.Fprint(out, words)
		text, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(out)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return string(text), nil
	}
	first, err := ask("Password (12 characters or more): ")
	if err != nil {
		return "", err
	}
	again, err := ask("Once more: ")
	if err == nil && first != again {
		err = errUsage(errors.New("the two are not the same"))
	}
	return first, err
}

// writePrivate replaces a file by one that only its owner can read, whole or not at all.
func writePrivate(path, text string) error {
	part := path + ".part"
	if err := os.WriteFile(part, []byte(text), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := errors.Join(os.Chmod(part, 0o600), os.Rename(part, path)); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
