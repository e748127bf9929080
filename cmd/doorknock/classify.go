package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/score/comment"
)

func newClassify() *cobra.Command {
	var asCSV, asJSON, spokenTo bool
	var tier string
	c := &cobra.Command{
		Use: "classify", Short: "Read comments on standard input and say what the scorer makes of each", Args: cobra.NoArgs,
		Long: "classify reads one comment a line, or with --csv a table with the columns id and text, and prints one answer for each,\n" +
			"in the same order. It needs no file and no network.",
		RunE: func(c *cobra.Command, _ []string) error {
			may, known := tiers[tier]
			if !known {
				return errUsage(fmt.Errorf("--tier %q: give auto, 1 or 2", tier))
			}
			scorer, err := newScorer()
			if err != nil {
				return err
			}
			if scorer = scorer.Of(may); spokenTo {
				scorer = scorer.SpokenTo()
			}
			in := bufio.NewReader(c.InOrStdin())
			k := classifier{in: in, out: bufio.NewWriter(c.OutOrStdout()), scorer: scorer, asJSON: asJSON}
			read := k.lines
			if asCSV {
				read = k.table
			}
			if isTerminal(c.InOrStdin()) {
				fmt.Fprintln(c.ErrOrStderr(), "One comment a line, please; Ctrl-D ends.")
			}
			return interruptibly(c.Context(), func(ctx context.Context) error {
				err := read(ctx)
				if flushed := k.out.Flush(); err == nil { // else it may be the same error again
					err = flushed
				}
				return err
			})
		},
	}
	c.Flags().BoolVar(&asCSV, "csv", false, "read CSV with the columns id and text; others are ignored")
	c.Flags().StringVar(&tier, "tier", "auto", "which tiers decide: 1 the linear model, 2 the encoder too, for every comment; auto: where the linear model is not sure")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	c.Flags().BoolVar(&spokenTo, "to-us", false, "the texts are comments under an organisation's own posts, said to it without naming it: as run reads them")
	return c
}

// tiers are the ways to answer, by the name that the command line gives.
var tiers = map[string]comment.Tier{"auto": comment.Auto, "1": comment.LinearOnly, "2": comment.EncoderAlways}

// interruptibly waits for work that may hang in a read which nothing can end: Ctrl-C does not wait for it.
func interruptibly(ctx context.Context, work func(context.Context) error) error {
	ended := make(chan error, 1)
	go func() { ended <- work(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

type classifier struct {
	in     *bufio.Reader
	out    *bufio.Writer
	scorer *comment.Scorer
	asJSON bool
}

// lines answers each line; its id is its number from 1. An empty line is an empty comment, so that numbers stay true.
func (k classifier) lines(ctx context.Context) error {
	for n := 1; ctx.Err() == nil; n++ {
		text, err := k.in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read line %d: %w", n, err)
		}
		if text == "" {
			return nil
		}
		if err := k.answer(strconv.Itoa(n), strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

func (k classifier) table(ctx context.Context) error {
	if mark, err := k.in.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = k.in.Discard(3) // they are buffered
	}
	rows := csv.NewReader(k.in)
	header, err := rows.Read()
	id, text := slices.Index(header, "id"), slices.Index(header, "text")
	if err != nil || id < 0 || text < 0 {
		return errUsage(errors.New("read CSV: the first line must name the columns id and text"))
	}
	for ctx.Err() == nil {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read CSV: %w", err)
		}
		if err := k.answer(row[id], row[text]); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// classified is what classify prints of one comment.
type classified struct {
	V           int            `json:"v"`
	ID          string         `json:"id"`
	Complaint   float64        `json:"complaint"`
	IsComplaint bool           `json:"is_complaint"`
	Labels      labels         `json:"labels"`
	Hazards     []audit.Hazard `json:"hazards"`
	Urgency     string         `json:"urgency"`
	Lang        string         `json:"lang"`
	Tier        int            `json:"tier"`
	Spans       []audit.Span   `json:"spans"`
	Signs       []audit.Sign   `json:"signs"`
	Model       string         `json:"model"`
}

// labels are the heads beside complaint; null where the model lacks one.
type labels struct {
	Praise   *float64 `json:"praise"`
	Question *float64 `json:"question"`
	Idea     *float64 `json:"idea"`
	Threat   *float64 `json:"threat"`
	Spam     *float64 `json:"spam"`
}

func (k classifier) answer(id, text string) error {
	a := k.scorer.Assess(text)
	if err := k.print(id, a); err != nil {
		return err
	}
	if k.in.Buffered() > 0 {
		return nil
	}
	return k.out.Flush() // whoever writes line by line gets answers line by line
}

func (k classifier) print(id string, a audit.Assessment) error {
	if k.asJSON {
		enc := json.NewEncoder(k.out)
		enc.SetEscapeHTML(false)
		return enc.Encode(classified{
			V: 1, ID: id, Complaint: a.Complaint, IsComplaint: a.IsComplaint, Labels: labels{a.Praise, a.Question, a.Idea, a.Threat, a.Spam},
			Hazards: a.Hazards, Urgency: a.Urgency, Lang: a.Lang, Tier: a.Tier, Spans: a.Spans, Signs: a.Signs, Model: a.Model,
		})
	}
	found := make([]string, 0, len(a.Hazards))
	for _, h := range a.Hazards {
		found = append(found, fmt.Sprintf("%s (%s: %q)", h.ID, h.Told(), audit.Untrusted(h.Text).Plain(100)))
	}
	for _, l := range bySigns(a) {
		if l.p != nil && *l.p >= l.from {
			found = append(found, fmt.Sprintf("%s %.2f%s", l.name, *l.p, signIDs(a, l.name)))
		}
	}
	_, err := fmt.Fprintf(k.out, "%s\tcomplaint %.2f\t%s\t%s\t%s\n", audit.Untrusted(id), a.Complaint, a.Urgency, a.Lang, strings.Join(found, ", "))
	return err
}

// signIDs names what spoke for a label.
func signIDs(a audit.Assessment, label string) string {
	var ids []string
	for _, s := range a.Signs {
		if s.Label == label && s.Weight > 0 {
			ids = append(ids, s.ID)
		}
	}
	return " (" + strings.Join(ids, ", ") + ")"
}
