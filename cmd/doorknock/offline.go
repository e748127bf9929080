package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"doorknock/store"
)

// offlinePage is the page that a phone opens without a network. Its script stands in it, and its own policy lets it load and
// send nothing; html/template writes what it asks as JSON.
//
//go:embed offline.html
var offlinePage string

func newWitnessOffline() *cobra.Command {
	var path, to string
	c := &cobra.Command{
		Use: "offline LINK", Short: "Write one page that a phone opens without a network; `import` reads its answers", Args: cobra.ExactArgs(1),
		Long: "offline writes the form of one invitation as a single page. Who opens it on a phone needs no network for it, and keeps the\n" +
			"answers as a file; `doorknock import FILE` takes that as the form itself would have. LINK is one that `witness invite` printed.",
		RunE: beside(&path, func(ctx context.Context, in *installation, out io.Writer, args []string) error {
			page, err := in.offline(ctx, args[0])
			if err != nil {
				return err
			}
			if to == "" || to == "-" {
				_, err = out.Write(page)
				return err
			}
			if err := writePrivate(to, string(page)); err != nil {
				return err
			}
			_, err = fmt.Fprintf(out, "%s is written: %d KB, for one person.\n", to, len(page)>>10)
			return err
		}),
	}
	addConfig(c, &path)
	c.Flags().StringVar(&to, "out", "", "file to write (default: standard output)")
	return c
}

// offline makes the page of an invitation, named by its link or the link's last part.
func (in *installation) offline(ctx context.Context, link string) ([]byte, error) {
	ticket := strings.TrimRight(link, "/")
	ticket = ticket[strings.LastIndexByte(ticket, '/')+1:]
	asks, err := in.witnesses().Offline(ctx, ticket)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInviteOver) {
		return nil, errUsage(fmt.Errorf("%.80q is no link of an invitation that holds; `doorknock witness invite` makes one", link))
	}
	if err != nil {
		return nil, err
	}
	t, err := template.New("offline").Parse(offlinePage)
	if err != nil {
		return nil, fmt.Errorf("read the offline page: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, asks); err != nil {
		return nil, fmt.Errorf("write the offline page: %w", err)
	}
	return b.Bytes(), nil
}
