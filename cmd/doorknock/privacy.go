package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/store"
)

// person is what the command line says of whose data is meant.
type person struct {
	permalinks, pseudonyms []string
	of                     string // organisation: all that anybody said there
	author                 string
	organisation, platform string
	config                 string
}

func (p *person) flags(c *cobra.Command) *cobra.Command {
	c.Flags().StringArrayVar(&p.permalinks, "permalink", nil, "address of a comment, as its page gives it (may be given often)")
	c.Flags().StringVar(&p.author, "author", "", "name or account that the comments stand under; - reads it from standard input, so that no list of commands keeps it")
	c.Flags().StringArrayVar(&p.pseudonyms, "pseudonym", nil, "the 32 hex digits that stand for an author (may be given often)")
	c.Flags().StringVar(&p.of, "subject", "", "id of an organisation: all that people said there")
	c.Flags().StringVar(&p.organisation, "organisation", "", "id of the organisation on whose pages the author wrote (default: all)")
	c.Flags().StringVar(&p.platform, "platform", "", "platform on which the author wrote (default: all)")
	addConfig(c, &p.config)
	return c
}

func newPrivacy() *cobra.Command {
	c := &cobra.Command{Use: "privacy", Short: "Find, export or refuse what is kept of a person", Args: cobra.NoArgs, RunE: showHelp}
	c.AddCommand(newPrivacyFind(), newPrivacyExport(), newPrivacyKeep(), newErasing("object", true, "Erase what is kept of a person, and take in nothing of theirs again"))
	return c
}

func newErase() *cobra.Command {
	c := newErasing("erase", false, "Erase what is kept of a person: comments, assessments, and the captures that show them")
	var captures []string
	c.Flags().StringArrayVar(&captures, "capture", nil, "id of one sealed capture; what was read in it stays (may be given often)")
	person := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(captures) == 0 {
			return person(c, args)
		}
		config, err := c.Flags().GetString("config")
		if err != nil {
			return fmt.Errorf("read --config: %w", err)
		}
		for _, other := range []string{"permalink", "author", "pseudonym", "subject"} {
			if c.Flags().Changed(other) {
				return errUsage(fmt.Errorf("erase: --capture goes without --%s", other))
			}
		}
		return eraseCaptures(c, config, captures)
	}
	return c
}

// eraseCaptures takes captures away one by one; of the first that cannot be, it says why.
func eraseCaptures(c *cobra.Command, config string, ids []string) error {
	in, err := openBeside(c.Context(), config)
	if err != nil {
		return err
	}
	defer closing(in.log, "database", in.Close)
	for _, id := range ids {
		erased, since, err := in.db.EraseCapture(c.Context(), id, time.Now())
		if err != nil {
			return err
		}
		if err := in.dropErased(erased); err != nil {
			return err
		}
		in.log.Info("a capture was erased", "capture", id)
		fmt.Fprintf(c.OutOrStdout(), "Erased: capture %s. Its hash stays.\n", audit.Cut(id, 64))
		tellBackupsSince(c.OutOrStdout(), since)
	}
	return nil
}

// dropErased deletes the files whose keys are gone, and copies of the database that still hold them.
func (in *installation) dropErased(erased store.Erased) error {
	for _, file := range erased.Files {
		if err := in.folder.Drop(file); err != nil {
			return fmt.Errorf("drop capture, whose key is gone already: %w", err)
		}
	}
	if err := dropCopies(in.cfg.DataDir, time.Now().Add(time.Hour)); err != nil {
		return fmt.Errorf("drop copies of the database: %w", err)
	}
	return nil
}

func newPrivacyFind() *cobra.Command {
	p := &person{}
	return p.flags(&cobra.Command{
		Use: "find", Short: "List which comments of a person are kept, and where", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c, func(h store.HeldComment, out io.Writer) error {
				words := "words dropped on " + h.ForgottenAt.Format(time.DateOnly)
				if h.Text != "" {
					words = "words kept"
				}
				fmt.Fprintf(out, "%s  %s  %s  %s, %s, %s, told in %s\n", h.ID, ago(h.FirstSeen), h.Organisation,
					audit.Untrusted(h.URL).Terminal(), words, counted(len(h.Captures), "sealed capture"), counted(len(h.Told), "message"))
				return nil
			})
		},
	})
}

func newPrivacyExport() *cobra.Command {
	p := &person{}
	return p.flags(&cobra.Command{
		Use: "export", Short: "Print all that is kept of a person, one JSON object a comment", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c, func(h store.HeldComment, out io.Writer) error {
				enc := json.NewEncoder(out)
				enc.SetEscapeHTML(false)
				if err := enc.Encode(struct {
					V int `json:"v"`
					store.HeldComment
				}{1, h}); err != nil {
					return fmt.Errorf("print comment %s: %w", h.ID, err)
				}
				return nil
			})
		},
	})
}

// with hands over what is kept of the person, one comment after the other, for reading.
func (p *person) with(c *cobra.Command, do func(store.HeldComment, io.Writer) error) error {
	if err := p.named(); err != nil {
		return err
	}
	in, err := openBeside(c.Context(), p.config)
	if err != nil {
		return err
	}
	defer closing(in.log, "database", in.Close)
	subject, err := p.subject(c, in)
	if err != nil {
		return err
	}
	some := false
	for h, err := range in.db.HeldOf(c.Context(), subject) {
		if err == nil {
			some, err = true, do(h, c.OutOrStdout())
		}
		if err != nil {
			return err
		}
	}
	if !some {
		fmt.Fprintln(c.ErrOrStderr(), "Nothing is kept that this finds.")
	}
	return nil
}

func newErasing(use string, object bool, short string) *cobra.Command {
	p := &person{}
	return p.flags(&cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if object && p.author == "" && len(p.pseudonyms) == 0 {
				return errUsage(errors.New("say whose words are not to be taken in again, by --author or --pseudonym"))
			}
			if err := p.named(); err != nil {
				return err
			}
			in, err := openBeside(c.Context(), p.config)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			subject, err := p.subject(c, in)
			if err != nil {
				return err
			}
			return in.erase(c.Context(), subject, object, c.OutOrStdout())
		},
	})
}

func (in *installation) erase(ctx context.Context, s store.Subject, object bool, out io.Writer) error {
	var told []store.Told
	var since time.Time // the first of them was recorded
	for h, err := range in.db.HeldOf(ctx, s) {
		if err != nil {
			return err
		}
		told = append(told, h.Told...)
		if since.IsZero() || h.RecordedAt.Before(since) {
			since = h.RecordedAt
		}
	}
	erased, err := in.db.Erase(ctx, s, object, time.Now())
	if err != nil {
		return err
	}
	if err := in.dropErased(erased); err != nil {
		return err
	}
	in.log.Info("a person's data was erased", "comments", erased.Comments, "captures", erased.Captures, "objected", object)
	fmt.Fprintf(out, "Erased: %s, %s.\n", counted(erased.Comments, "comment"), counted(erased.Captures, "sealed capture"))
	if object {
		fmt.Fprintln(out, "What these authors write is not taken in again.")
	}
	in.unsay(ctx, told, out)
	if !since.IsZero() {
		tellBackupsSince(out, since)
	}
	return nil
}

// unsay takes back what receivers were told of the comments, where that can be, and says what is out of our reach.
func (in *installation) unsay(ctx context.Context, told []store.Told, out io.Writer) {
	o := in.alertOptions("")
	for _, t := range told {
		when := fmt.Sprintf("told to %q on %s", t.Receiver, t.SentAt.UTC().Format("2 Jan 2006 at 15:04 UTC"))
		switch err := alerts.Unsay(ctx, o, t); {
		case errors.Is(err, alerts.ErrStays):
			fmt.Fprintf(out, "It was %s: delete the message there.\n", when)
		case err != nil:
			fmt.Fprintf(out, "It was %s: delete the message there. We could not: %v\n", when, err)
		case t.Others:
			fmt.Fprintf(out, "It was %s: the message tells of other things too; the words were taken out of it.\n", when)
		default:
			fmt.Fprintf(out, "It was %s: the message is deleted.\n", when)
		}
		if t.Doubted {
			fmt.Fprintf(out, "An answer of %q was lost then: look whether the message stands there a second time.\n", t.Receiver)
		}
	}
}

// tellBackupsSince says which backups hold the words still.
func tellBackupsSince(out io.Writer, from time.Time) {
	fmt.Fprintf(out, "Backups made since %s hold it still: delete them, and make a new one.\n", from.UTC().Format("2 Jan 2006 at 15:04 UTC"))
}

var errNobody = errors.New("say whose data is meant: --permalink, --author, --pseudonym or --subject")

// named wants that the flags name somebody, before anything is opened.
func (p *person) named() error {
	if p.author == "" && len(p.pseudonyms)+len(p.permalinks) == 0 && p.of == "" {
		return errUsage(errNobody)
	}
	return nil
}

// subject makes of a name every pseudonym that it can have here.
func (p *person) subject(c *cobra.Command, in *installation) (store.Subject, error) {
	s := store.Subject{Permalinks: p.permalinks, Organisation: p.of}
	for _, one := range p.pseudonyms {
		if len(one) != 32 || strings.Trim(one, "0123456789abcdef") != "" {
			return s, errUsage(fmt.Errorf("--pseudonym %q: want 32 hex digits", audit.Cut(one, 40)))
		}
		s.Authors = append(s.Authors, one)
	}
	author := p.author
	if author == "-" {
		line, err := io.ReadAll(io.LimitReader(c.InOrStdin(), 4096))
		if err != nil {
			return s, fmt.Errorf("read the author's name: %w", err)
		}
		author = strings.TrimRight(string(line), "\r\n")
	}
	if author == "" && len(s.Authors)+len(s.Permalinks) == 0 && s.Organisation == "" {
		return s, errUsage(errNobody)
	}
	if author == "" {
		return s, nil
	}
	places, err := in.db.Haunts(c.Context())
	for _, place := range places {
		if (p.organisation == "" || place.Organisation == p.organisation) && (p.platform == "" || string(place.Platform) == p.platform) {
			for _, name := range authorNames(author) {
				s.Authors = append(s.Authors, in.keys.Pseudonym(place.Organisation, place.Platform, name))
			}
		}
	}
	if err == nil && len(s.Authors) == 0 {
		err = errUsage(errors.New("there is no such organisation or platform here"))
	}
	return s, err
}

// authorNames are the forms in which the crawler may have been given an author: as it stands, and a site's own number of an
// account.
func authorNames(author string) []string {
	names := []string{author}
	if trimmed := strings.TrimSpace(author); trimmed != author {
		names = append(names, trimmed)
	}
	if strings.Trim(author, "0123456789") == "" {
		names = append(names, "\x00account "+author)
	}
	return names
}
