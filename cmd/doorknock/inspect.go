package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/crawler/checks"
	"doorknock/crawler/platform"
)

func newInspect() *cobra.Command {
	var manifest string
	var asJSON, listed bool
	var given saved
	c := &cobra.Command{
		Use: "inspect FILE...", Short: "Read saved pages and print what each check sees on them", Args: cobra.MinimumNArgs(1),
		Long: "inspect reads saved pages (.html, .html.gz, .mhtml) as complete answers of their addresses and prints the readings, one line\n" +
			"per file and check, before any confirmation: \"absent\" speaks of this one page. Of an archive (.warc, .warc.gz, .wacz) it reads every\n" +
			"page. It needs no network and keeps nothing.",
		RunE: func(c *cobra.Command, args []string) error {
			files, err := readManifest(manifest)
			if err == nil {
				err = given.valid()
			}
			if err != nil {
				return errUsage(err)
			}
			scripts, err := configs.Scripts()
			if err != nil {
				return err
			}
			i := inspector{out: c.OutOrStdout(), asJSON: asJSON, scripts: scripts, checks: checks.All(), listed: listed}
			for _, file := range args {
				if c.Context().Err() != nil {
					return context.Cause(c.Context())
				}
				i.inspectFile(c.Context(), file, files[file].or(given))
			}
			return i.end()
		},
	}
	c.Flags().StringVar(&manifest, "manifest", "", "CSV with columns file,url and optionally status,content_type,captured_at")
	c.Flags().StringVar(&given.url, "url", "", "the address the pages were saved from")
	c.Flags().IntVar(&given.status, "status", 0, "the HTTP status the pages came with (default 200)")
	c.Flags().StringVar(&given.platform, "platform", "", "read recorded answers of the interface of this platform (facebook, instagram, threads, youtube, bluesky, mastodon, x, trustpilot, google) or system (wordpress, discourse, isso, remark42)")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	c.Flags().BoolVar(&listed, "comments", false, "with --json: list the comments that the page shows, their authors as pseudonyms")
	return c
}

// inspector prints the readings of saved pages.
type inspector struct {
	out     io.Writer
	asJSON  bool
	scripts *crawler.Scripts
	checks  []crawler.Check
	listed  bool // list comments
	many    bool // the file holds many pages: their addresses are printed
	failed  bool
	err     error // of the output
}

// line is what inspect says of one file and check.
type line struct {
	V            int             `json:"v"`
	File         string          `json:"file"`
	URL          *string         `json:"url"`
	Platform     string          `json:"platform"`
	Check        audit.CheckID   `json:"check"`
	State        audit.State     `json:"state"`
	Reason       audit.Reason    `json:"reason"`
	Kind         audit.Kind      `json:"kind"`
	System       string          `json:"system"`
	Count        *int            `json:"count"`
	CountClaimed *int            `json:"count_claimed"`
	Newest       *audit.Written  `json:"newest,omitempty"`
	Evidence     *audit.Evidence `json:"evidence"`
	Values       audit.Values    `json:"values,omitempty"`
	Posts        []linePost      `json:"posts,omitempty"`
	Comments     *[]lineComment  `json:"comments,omitempty"`
	OwnerReplied *bool           `json:"owner_replied"`
	Error        string          `json:"error,omitempty"`
}

// linePost is one post of a recorded list.
type linePost struct {
	ID      string       `json:"id"`
	State   audit.State  `json:"state"`
	Reason  audit.Reason `json:"reason"`
	Kind    audit.Kind   `json:"kind,omitempty"`
	Count   *int         `json:"count"`
	Created *string      `json:"created"`
	Type    *string      `json:"type"`
}

func (i *inspector) inspect(file string, s saved) {
	body, reason, err := readSaved(file)
	if err != nil {
		i.failed = true
		i.print(line{File: file, URL: s.address(), Platform: s.on(), Reason: reason, System: "none", Error: err.Error()})
		return
	}
	if isAnswer(s.platform, body) {
		i.inspectRecorded(file, s, body)
		return
	}
	i.readings(file, s, s.page(body, i.scripts))
}

// readings prints what each check sees on a page.
func (i *inspector) readings(file string, s saved, page *crawler.Page) {
	for _, c := range i.checks {
		if c.ID == "visitor_posts" && s.on() != string(audit.Facebook) {
			continue // no other platform has the facility
		}
		asked := slices.Contains(c.On, audit.Platform(s.on())) || (c.ID == "events" || c.ID == "replies") && s.on() == string(audit.Facebook) // a Page's tab; and what no Page says
		if !asked {                                                                                                                           // no reader of this platform's pages yet
			reason := cmp.Or(page.Problem(), audit.ReasonNotLooked)
			i.print(lineOf(file, s, audit.Reading{Check: c.ID, Verdict: audit.UnknownFor(reason), System: s.system()}))
			continue
		}
		r := page.Read([]crawler.Check{c})[0]
		l := lineOf(file, s, r)
		if c.ID == "comments" && r.Count != nil && *r.Count > 0 {
			l.OwnerReplied = platform.OwnerReplied(page.Comments(r.System), r.System)
		}
		if i.listed && c.ID == "comments" {
			l.Comments = commentsOf(page, r.System)
		}
		i.print(l)
	}
}

// isAnswer reports whether a file is to be read as an interface's answer: it came from a platform that is read through none but
// its interface, or it is no page.
func isAnswer(platform string, body []byte) bool {
	switch platform {
	case "", string(audit.Web):
		return false
	case string(audit.Facebook):
		return !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n\ufeff"), []byte("<"))
	}
	return true
}

// inspectRecorded reads an answer of an interface: one line for each question that the platform has.
func (i *inspector) inspectRecorded(file string, s saved, body []byte) {
	facets, known := platform.ReadAnswer(audit.Platform(s.platform), body, s.status)
	if !known {
		i.failed = true
		i.print(line{File: file, URL: s.address(), Platform: s.platform, Reason: audit.ReasonInternal, System: "none",
			Error: "no reader of recorded answers of " + s.platform})
		return
	}
	for _, f := range facets {
		l := lineOf(file, s, audit.Reading{Check: f.Check, Verdict: f.Verdict, System: cmp.Or(s.system(), s.platform), Count: f.Count, CountClaimed: f.Claimed})
		l.OwnerReplied = f.OwnerReplied
		for _, p := range f.Posts {
			l.Posts = append(l.Posts, postOf(p))
		}
		i.print(l)
	}
}

func postOf(p platform.RecordedPost) linePost {
	out := linePost{ID: p.ID, State: p.State, Reason: p.Reason, Kind: p.Kind, Count: p.Count}
	if !p.Created.IsZero() {
		at := p.Created.UTC().Format(time.RFC3339)
		out.Created = &at
	}
	if p.Type != "" {
		out.Type = &p.Type
	}
	return out
}

func lineOf(file string, s saved, r audit.Reading) line {
	l := line{
		File: file, URL: s.address(), Platform: s.on(), Check: r.Check, State: r.Verdict.State(),
		Reason: r.Verdict.Reason(), Kind: r.Verdict.Kind(), System: r.System, Count: r.Count, CountClaimed: r.CountClaimed,
		Evidence: r.Verdict.Evidence(), Values: r.Values,
	}
	if !r.Newest.IsZero() {
		l.Newest = &r.Newest
	}
	if l.System == "" {
		l.System = "none"
	}
	if l.Evidence != nil && s.url == "" {
		l.Evidence.URL = ""
	}
	return l
}

// lineComment is one comment that a page lists.
type lineComment struct {
	N       int     `json:"n"`
	ID      string  `json:"id"`
	Author  string  `json:"author"`
	Time    *string `json:"time"`
	TimeMax *string `json:"time_max"`
	Text    string  `json:"text"`
	Parent  *string `json:"parent"`
}

// commentsOf lists a saved page's comments. Equal names get equal pseudonyms within the page and nowhere else: their key is
// the page's own address, since inspect has no installation.
func commentsOf(page *crawler.Page, system string) *[]lineComment {
	all := []lineComment{}
	for n, c := range page.Comments(system) {
		l := lineComment{N: n + 1, ID: c.ID, Author: audit.LongHash("inspect", page.URL().String(), c.Author), Text: c.Text}
		if !c.When.IsZero() {
			from, to := c.When.From.Format(time.RFC3339), c.When.To.Format(time.RFC3339)
			l.Time = &from
			if to != from {
				l.TimeMax = &to
			}
		}
		if c.Parent != "" {
			l.Parent = &c.Parent
		}
		all = append(all, l)
	}
	return &all
}

func (i *inspector) print(l line) {
	l.V = 1
	if i.asJSON {
		e := json.NewEncoder(i.out)
		e.SetEscapeHTML(false)
		i.keep(e.Encode(l))
		return
	}
	what := l.State.String()
	switch {
	case l.Reason != "":
		what += " (" + string(l.Reason) + ")"
	case l.Kind != "":
		what += " (" + string(l.Kind) + ")"
	}
	name := l.File
	if i.many && l.URL != nil {
		name += " " + *l.URL
	}
	_, err := fmt.Fprintf(i.out, "%s  %-16s %-24s %s\n", audit.Untrusted(name), l.Check, what, l.System)
	i.keep(err)
	if l.Evidence != nil {
		_, err = fmt.Fprintf(i.out, "    %s at byte %d: %q\n", l.Evidence.Rule, l.Evidence.Offset, audit.Untrusted(l.Evidence.Excerpt).Plain(120))
		i.keep(err)
	}
	if l.Newest != nil {
		_, err = fmt.Fprintf(i.out, "    newest %s\n", shownWritten(*l.Newest))
		i.keep(err)
	}
	if len(l.Values) > 0 {
		_, err = fmt.Fprintf(i.out, "    %s\n", shownValues(l.Values))
		i.keep(err)
	}
	if l.Error != "" {
		_, err = fmt.Fprintf(i.out, "    %s\n", audit.Untrusted(l.Error))
		i.keep(err)
	}
}

func (i *inspector) keep(err error) {
	if i.err == nil {
		i.err = err
	}
}

func (i *inspector) end() error {
	if i.err != nil {
		return fmt.Errorf("print readings: %w", i.err)
	}
	if i.failed {
		return errSilent
	}
	return nil
}
