package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"doorknock/audit"
	"doorknock/score/comment"
)

func newLabel() *cobra.Command {
	l := &labelling{}
	var texts []string
	var config string
	c := &cobra.Command{
		Use: "label FOLDER --as NAME", Short: "Say of comments, one key each, whether they complain: labels of your own to train on", Args: cobra.ExactArgs(1),
		Long: "label shows comments one after the other and keeps what you say of each in FOLDER/marks.csv. Half are drawn by chance, half are those\n" +
			"the scorer is least sure of; what somebody here marked as wrong comes first. A third of those drawn by chance are kept aside for test.\n" +
			"Let two people do it, each under a name of their own: the second is shown what the first was, and how far they agree is printed.\n" +
			"A text on which they differ is not trained on. The comments are those that are kept here, or of --texts FILE.csv (columns id, text).",
		RunE: func(c *cobra.Command, args []string) error {
			if strings.TrimSpace(l.name) == "" {
				return errUsage(errors.New("--as: who labels? Give a name, the same each time"))
			}
			l.folder, l.in, l.out = args[0], c.InOrStdin(), c.OutOrStdout()
			all, err := candidates(c.Context(), texts, config)
			if err != nil {
				return err
			}
			return l.run(c.Context(), all)
		},
	}
	c.Flags().StringVar(&l.name, "as", "", "who labels")
	c.Flags().IntVar(&l.count, "count", 100, "how many texts at most, this time")
	c.Flags().StringArrayVar(&texts, "texts", nil, "CSV file with the columns id and text (and domain), instead of the comments kept here (may be given often)")
	addConfig(c, &config)
	return c
}

// candidates are the texts that may be shown, each with what the scorer makes of it. Of texts that say a person may be in danger
// none is among them: they are for one person's eyes.
func candidates(ctx context.Context, files []string, config string) ([]comment.Candidate, error) {
	if len(files) == 0 {
		return keptCandidates(ctx, config)
	}
	scorer, err := newScorer()
	if err != nil {
		return nil, err
	}
	scorer = scorer.SpokenTo() // as run reads comments
	var all []comment.Candidate
	for _, file := range files {
		rows, err := readColumns(file, "id", "text")
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if a := scorer.Assess(r["text"]); strings.TrimSpace(r["text"]) != "" && !a.Private() {
				all = append(all, comment.Candidate{ID: r["id"], Text: r["text"], Domain: r["domain"], Complaint: a.Complaint})
			}
		}
	}
	return all, nil
}

func keptCandidates(ctx context.Context, config string) ([]comment.Candidate, error) {
	in, err := openReader(ctx, config)
	if err != nil {
		return nil, err
	}
	defer closing(in.log, "database", in.Close)
	kept, err := in.db.KeptTexts(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]comment.Candidate, len(kept))
	for i, k := range kept {
		all[i] = comment.Candidate{ID: k.ID, Text: k.Text, Domain: k.Stream.String(), Complaint: k.Complaint, Wrong: k.Wrong}
	}
	return all, nil
}

// labelling is one sitting.
type labelling struct {
	name, folder string
	count        int
	in           io.Reader
	out          io.Writer
	marks        *marks
}

func (l *labelling) run(ctx context.Context, all []comment.Candidate) (err error) {
	if err := os.MkdirAll(l.folder, 0o700); err != nil {
		return fmt.Errorf("make folder of labels: %w", err)
	}
	if l.marks, err = readMarks(l.folder); err != nil {
		return err
	}
	queue := l.queue(all)
	if len(queue) == 0 {
		fmt.Fprintln(l.out, "No comment is left to label: none is kept here, or you have seen them all.")
	} else if err := l.sit(ctx, queue); err != nil {
		return err
	}
	return l.close()
}

// queue is what to show: what others have marked and this person has not, then what is newly drawn.
func (l *labelling) queue(all []comment.Candidate) []mark {
	mine := l.marks.by()[l.name]
	var queue []mark
	known := map[uint64]bool{}
	for _, k := range l.marks.texts() {
		known[comment.Fingerprint(k.text)] = true
		if _, done := mine[k.id]; !done {
			queue = append(queue, k)
		}
	}
	all = slices.DeleteFunc(all, func(c comment.Candidate) bool { return known[comment.Fingerprint(c.Text)] })
	for _, d := range comment.Draw(all, l.count) {
		k := mark{id: d.ID, text: d.Text, domain: d.Domain, drawn: d.Why, split: "train"}
		if d.Test {
			k.split = "test"
		}
		queue = append(queue, k)
	}
	return queue[:min(len(queue), l.count)]
}

// labelKeys say what each key means; the rest are back and quit.
var labelKeys = map[rune]string{'y': "1", 'n': "0", 'u': unsureOfIt}

var labelWords = map[string]string{"1": "it complains", "0": "it does not", unsureOfIt: "not sure"}

const labelHelp = "y: it complains, something fell short of what the writer could expect   n: it does not   u: not sure   b: back   q: stop"

// sit shows one text after the other. Nothing tells what the scorer or anybody else made of it.
func (l *labelling) sit(ctx context.Context, queue []mark) error {
	fmt.Fprintln(l.out, labelHelp)
	keys := keyboard{from: l.in, buffered: bufio.NewReader(l.in)}
	for i := 0; i < len(queue); {
		fmt.Fprintf(l.out, "\n%d of %d  %s\n  [y/n/u/b/q] ", i+1, len(queue), audit.Untrusted(queue[i].text).Terminal())
		key, err := keys.next(ctx)
		if errors.Is(err, io.EOF) || key == 'q' {
			return nil
		}
		if err != nil {
			return err
		}
		said, known := labelKeys[key]
		switch {
		case known:
			k := queue[i]
			k.annotator, k.complaint = l.name, said
			if err := l.marks.add(k); err != nil {
				return err
			}
			fmt.Fprintln(l.out, labelWords[said])
			i++
		case key == 'b':
			i = max(i-1, 0)
		default:
			fmt.Fprintf(l.out, "\n%s", labelHelp)
		}
	}
	return nil
}

// close writes what can be trained on and says what it tells.
func (l *labelling) close() error {
	train, test, differ, err := l.marks.export(l.folder)
	if err != nil {
		return err
	}
	fmt.Fprintf(l.out, "\n%s: %s to train on, %s kept aside for test.\n", filepath.Clean(l.folder), counted(train, "text"), counted(test, "text"))
	if differ > 0 {
		fmt.Fprintf(l.out, "Of %s people differ: in neither.\n", counted(differ, "text"))
	}
	scorer, err := newScorer()
	if err != nil {
		return err
	}
	for _, f := range l.marks.streams(scorer.SpokenTo()) {
		fmt.Fprintln(l.out, audit.Untrusted(f.String()).Terminal())
	}
	l.agree()
	return nil
}

// agree says how far people agree.
func (l *labelling) agree() {
	agreed := l.marks.agreements()
	pairs := slices.SortedFunc(maps.Keys(agreed), func(a, b [2]string) int { return cmp.Or(strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1])) })
	for _, pair := range pairs {
		a := agreed[pair]
		line := fmt.Sprintf("%s and %s gave the same label to %d of %d", audit.Untrusted(pair[0]).Terminal(), audit.Untrusted(pair[1]).Terminal(), a.Same, a.Texts)
		if !math.IsNaN(a.Kappa) {
			line += fmt.Sprintf("; Cohen's kappa %.2f (95 %%: %.2f to %.2f)", a.Kappa, a.Low, a.High)
		}
		fmt.Fprintln(l.out, line+".")
	}
	if len(pairs) == 0 {
		fmt.Fprintln(l.out, "One person's labels are one opinion: let a second one do the same with --as and another name.")
	}
}

// keyboard gives one key at a time: on a terminal at once, from anything else each character that is no blank.
type keyboard struct {
	from     io.Reader
	buffered *bufio.Reader
}

func (k keyboard) next(ctx context.Context) (key rune, err error) {
	if file, ok := k.from.(*os.File); ok && isTerminal(k.from) {
		old, err := term.MakeRaw(int(file.Fd()))
		if err != nil {
			return 0, fmt.Errorf("read keys: %w", err)
		}
		defer func() { err = errors.Join(err, term.Restore(int(file.Fd()), old)) }()
	}
	var read rune
	err = interruptibly(ctx, func(context.Context) error {
		for {
			r, _, err := k.buffered.ReadRune()
			if err != nil {
				return err
			}
			if r == 3 || r == 4 { // Ctrl-C and Ctrl-D, which a terminal passes on while single keys are read
				r = 'q'
			}
			if r > ' ' {
				read = r
				return nil
			}
		}
	})
	if err != nil {
		return 0, err // the read may still be going on
	}
	return read, nil
}
