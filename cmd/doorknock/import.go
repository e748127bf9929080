package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/evidence/archive"
	"doorknock/pipeline"
)

// maxBy is how long the name of whoever saved a page may be, in characters.
const maxBy = 80

func newImport() *cobra.Command {
	var path, date, by, address string
	var asJSON bool
	c := &cobra.Command{
		Use: "import FILE...", Short: "Take in pages that somebody saved: HTML, MHTML, SingleFile, WARC, WACZ; and answers of people who looked", Args: cobra.MinimumNArgs(1),
		Long: "import reads pages that a person or another program saved, as a visit's own pages are read, and records what they show with the time\n" +
			"at which they were saved: an archive of years becomes the history of each door. Only pages of places on the list of organisations are\n" +
			"taken. Nothing that one saved page shows against anybody is confirmed by it, and a page that lacks something proves nothing.\n" +
			"The same file again changes nothing. `run` may be running.",
		RunE: func(c *cobra.Command, args []string) error {
			given := pipeline.Given{By: audit.Untrusted(strings.TrimSpace(by)).Plain(maxBy), URL: address}
			var err error
			if given.At, err = savedAt(date); err != nil {
				return errUsage(err)
			}
			if len(args) > 1 && address != "" {
				return errUsage(errors.New("--url names the address of one page: give one FILE with it"))
			}
			return importFiles(c.Context(), path, args, given, importPrinter{out: c.OutOrStdout(), asJSON: asJSON})
		},
	}
	addConfig(c, &path)
	c.Flags().StringVar(&date, "date", "", "when the page was saved, where the file does not tell: 2026-11-20, or better 2026-11-20T14:05Z")
	c.Flags().StringVar(&by, "by", "", "who saved it: a word that you know them by; kept here and shown to nobody else")
	c.Flags().StringVar(&address, "url", "", "the address it was saved from, where the file does not tell")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a file")
	return c
}

// savedAt reads --date. A day alone is taken as its noon, UTC.
func savedAt(date string) (time.Time, error) {
	if date == "" {
		return time.Time{}, nil
	}
	if day, err := time.Parse(time.DateOnly, date); err == nil {
		return day.Add(12 * time.Hour), nil
	}
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, date); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("--date %q: want 2026-11-20, or 2026-11-20T14:05Z", date)
}

// importFiles imports one file after the other; one that cannot be read costs the others nothing.
func importFiles(ctx context.Context, path string, files []string, given pipeline.Given, p importPrinter) error {
	in, err := openForImport(ctx, path)
	if err != nil {
		return err
	}
	defer closing(in.log, "database", in.Close)
	m, err := in.importer()
	if err != nil {
		return err
	}
	failed := false
	for _, file := range files {
		done, err := importFile(ctx, m, in.witnesses(), file, given)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		failed = failed || err != nil
		if err := p.print(file, done, err); err != nil {
			return err
		}
	}
	if failed {
		return errSilent
	}
	return nil
}

// openForImport opens the installation beside a running one, or makes it where there is none yet, and takes the list over: what
// was added to it since counts.
func openForImport(ctx context.Context, path string) (*installation, error) {
	cfg, err := loadConfig(path)
	if err != nil {
		return nil, err
	}
	orgs, channels, err := cfg.LoadOrganisations()
	if err != nil {
		return nil, errUsage(err)
	}
	var in *installation
	if _, err := os.Stat(filepath.Join(cfg.DataDir, "doorknock.db")); errors.Is(err, os.ErrNotExist) {
		in, err = openInstallation(ctx, cfg, newLog(cfg.Log))
		if err != nil {
			return nil, err
		}
	} else if in, err = openBeside(ctx, path); err != nil {
		return nil, err
	}
	if err := in.takeList(ctx, orgs, channels); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return in, nil
}

func (in *installation) importer() (*pipeline.Import, error) {
	scripts, err := configs.Scripts()
	if err != nil {
		return nil, err
	}
	return &pipeline.Import{DB: in.db, Checks: in.checks, Duties: in.duties, Scripts: scripts, Keeper: in.folder, Log: in.log}, nil
}

func importFile(ctx context.Context, m *pipeline.Import, answers *pipeline.Witnesses, file string, given pipeline.Given) (pipeline.Imported, error) {
	f, err := os.Open(file)
	if err != nil {
		return pipeline.Imported{}, fmt.Errorf("open saved file: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read from
	about, err := f.Stat()
	switch {
	case err != nil:
		return pipeline.Imported{}, fmt.Errorf("open saved file: %w", err)
	case !about.Mode().IsRegular():
		return pipeline.Imported{}, errors.New("not a file: a page saved together with a folder is read from its .html file")
	}
	return takeFile(ctx, m, answers, f, about.Size(), given)
}

// takeFile takes a file of size bytes: what somebody saved, or the answers of people who looked.
func takeFile(ctx context.Context, m *pipeline.Import, answers *pipeline.Witnesses, f io.ReaderAt, size int64, given pipeline.Given) (pipeline.Imported, error) {
	head := make([]byte, 64)
	n, _ := f.ReadAt(head, 0) // a shorter file is no answer file
	if pipeline.IsAnswers(head[:n]) {
		return answers.Answers(ctx, io.NewSectionReader(f, 0, size))
	}
	return m.File(ctx, f, size, given)
}

// importPrinter prints what files came to.
type importPrinter struct {
	out    io.Writer
	asJSON bool
}

// importLine is what --json says of one file.
type importLine struct {
	V    int    `json:"v"`
	File string `json:"file"`
	pipeline.Imported
	Reason audit.Reason `json:"reason"`
	Error  string       `json:"error,omitempty"`
}

func (p importPrinter) print(file string, done pipeline.Imported, failed error) error {
	if p.asJSON {
		line := importLine{V: 1, File: file, Imported: done}
		if failed != nil {
			line.Reason, line.Error = archive.ReasonOf(failed), failed.Error()
		}
		e := json.NewEncoder(p.out)
		e.SetEscapeHTML(false)
		return e.Encode(line) //nolint:wrapcheck // says by itself that nobody reads
	}
	for _, line := range importText(file, done, failed) {
		if _, err := fmt.Fprintln(p.out, line); err != nil {
			return err //nolint:wrapcheck // as above
		}
	}
	return nil
}

// importText says in words what a file came to.
func importText(file string, done pipeline.Imported, failed error) (lines []string) {
	head := audit.Untrusted(file).Terminal() + ": "
	if done.Format != "" {
		head += fmt.Sprintf("%s, %s, %s of places on the list", done.Format, counted(done.Records, "record"), counted(done.Pages, "page"))
	}
	switch {
	case done.From.IsZero():
	case done.From.Format(time.DateOnly) == done.To.Format(time.DateOnly):
		head += ", of " + done.From.Format(time.DateOnly)
	default:
		head += ", from " + done.From.Format(time.DateOnly) + " to " + done.To.Format(time.DateOnly)
	}
	lines = append(lines, head)
	for _, l := range done.Looks {
		lines = append(lines, importedLook(l))
	}
	if done.More > 0 {
		lines = append(lines, fmt.Sprintf("  and %s more", counted(done.More, "look")))
	}
	for _, why := range slices.Sorted(maps.Keys(done.Passed)) {
		lines = append(lines, fmt.Sprintf("  not taken: %d, %s", done.Passed[why], passedWords(why)))
	}
	for _, address := range done.Strange {
		lines = append(lines, "    "+audit.Untrusted(address).Plain(120))
	}
	if failed != nil {
		lines = append(lines, "  "+audit.Untrusted(failed.Error()).Terminal())
	}
	return lines
}

func importedLook(l pipeline.ImportedLook) string {
	line := fmt.Sprintf("  %s  %s  %s", l.At.UTC().Format("2006-01-02 15:04"), l.Organisation, audit.Untrusted(l.URL).Terminal())
	switch {
	case l.Known:
		return line + ": was imported before"
	case len(l.Answers) == 0 && len(l.Unread) > 0:
		return line + fmt.Sprintf(": could not be read (%s)", l.Unread[0])
	case len(l.Answers) == 0:
		return line + ": answers no question"
	}
	var parts []string
	for _, a := range l.Answers {
		if a.Scope == "" {
			parts = append(parts, string(a.Check)+" "+a.State.String())
		}
	}
	posts := len(l.Answers) - len(parts)
	if posts > 0 {
		parts = append(parts, counted(posts, "answer")+" about single posts")
	}
	return line + ": " + strings.Join(parts, ", ")
}

// passedWords says why something in a file was not taken.
func passedWords(why string) string {
	words := map[string]string{
		archive.PassedAddress: "of no place on the list of organisations", archive.PassedOther: "no pages (requests, pictures, scripts, redirects, errors)",
		archive.PassedDamaged: "damaged or cut short", archive.PassedLarge: "too large for a page", archive.PassedCoding: "in a content coding that is not read",
		archive.PassedNoTime: "without their time", archive.PassedBroken: "behind the place where the file breaks off",
		archive.PassedRepeated: "repeat a page that is not in this file",
		pipeline.PassedFuture:  "with a time that has not come yet", pipeline.PassedSignedIn: "saved by somebody who was signed in: they do not show what everybody is shown",
		pipeline.PassedSilent: "on which no question is answered", pipeline.PassedTwice: "the very page that was imported before with another date; one page is one look",
	}
	if w, ok := words[why]; ok {
		return w
	}
	return why
}
