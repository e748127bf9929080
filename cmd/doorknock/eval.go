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

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// A suite measures doorknock against labelled data: folders in, figures by name out.
type suite interface {
	add(ctx context.Context, folder string) error
	print(out io.Writer, asJSON bool) error
	metrics() map[string]*float64 // nil where nothing was to be measured
}

// suites are the kinds of labelled data, by the name that the command line gives.
var suites = map[string]func(*crawler.Scripts) suite{
	"pages": func(s *crawler.Scripts) suite {
		return &pagesEval{scripts: s, Confusion: map[string]map[string]int{}}
	},
	"recorded": func(s *crawler.Scripts) suite { return &recordedEval{scripts: s} },
	"comments": func(*crawler.Scripts) suite { return &complaintsEval{} },
	"labels":   func(*crawler.Scripts) suite { return &labelsEval{} },
	"hazards":  func(*crawler.Scripts) suite { return &hazardsEval{} },
}

func newEval() *cobra.Command {
	var floors string
	var asJSON bool
	c := &cobra.Command{
		Use: "eval pages|recorded|comments|labels|hazards PATH...", Short: "Measure the readers and the scorer against labelled data", Args: cobra.MinimumNArgs(2),
		Long: "eval pages reads labels.csv of each folder (columns file, url, comment_state, state_basis, login_required,\n" +
			"comment_system, comment_count, is_forum) and compares what the checks see on the pages with the labels. eval recorded reads index.csv of each folder, or\n" +
			"of the folders in it (columns file, http_status, expected), and compares what recorded answers of platforms are read as.\n" +
			"eval comments trains anew on nine tenths of the rows of a folder's complaints_train.csv and complaints_dev.csv (columns id,\n" +
			"text, complaint, domain) and tells the rest, ten times; of a file it tells each row by the built-in model.\n" +
			"eval labels does the same, five times, for praise, question and idea (columns sentiment and act), and tells threats and\n" +
			"spam by the built-in signs (columns threat and spam; rows without them count as ordinary talk). eval hazards reads\n" +
			"CSV files of sentences (columns text, hazards, urgent) and compares what the rules of dangers and duties tell.",
		RunE: func(c *cobra.Command, args []string) error {
			made, known := suites[args[0]]
			if !known {
				return errUsage(fmt.Errorf("eval %s: there are %s", args[0], strings.Join(slices.Sorted(maps.Keys(suites)), ", ")))
			}
			scripts, err := configs.Scripts()
			if err != nil {
				return err
			}
			e := made(scripts)
			least, err := readFloors(floors, e.metrics())
			if err != nil {
				return errUsage(err)
			}
			for _, folder := range args[1:] {
				if err := e.add(c.Context(), folder); err != nil {
					return err
				}
			}
			if err := e.print(c.OutOrStdout(), asJSON); err != nil {
				return err
			}
			return missed(e.metrics(), least)
		},
	}
	c.Flags().StringVar(&floors, "floors", "", "JSON file of metrics and the least (false_*, *_error: the most) they may be; exit 3 where one is missed")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// pagesEval is what the checks got right on labelled pages.
type pagesEval struct {
	scripts   *crawler.Scripts
	items     int
	Confusion map[string]map[string]int
	wrong     []evalWrong

	falseClosed, falseOpen, falsePlace int
	open, closed, absent, system, size share
	forum, reviews, events             f1
	comments                           itemsEval
}

// evalWrong is one answer that the label does not bear out; Check is "comments" for its state, else the check or figure.
type evalWrong struct {
	File   string `json:"file"`
	Check  string `json:"check"`
	Want   string `json:"want"`
	Got    string `json:"got"`
	Reason string `json:"reason"`
}

// share counts hits among those that should be.
type share struct{ hit, of int }

func (s *share) add(hit bool) {
	s.of++
	if hit {
		s.hit++
	}
}

func (s share) value() *float64 {
	if s.of == 0 {
		return nil
	}
	v := float64(s.hit) / float64(s.of)
	return &v
}

// f1 counts a yes-or-no answer.
type f1 struct{ right, missed, invented int }

func (f *f1) add(want, got bool) {
	switch {
	case want && got:
		f.right++
	case want:
		f.missed++
	case got:
		f.invented++
	}
}

func (f f1) value() *float64 {
	if f.right+f.missed+f.invented == 0 {
		return nil
	}
	v := 2 * float64(f.right) / float64(2*f.right+f.missed+f.invented)
	return &v
}

// add reads one folder with its labels.
func (e *pagesEval) add(ctx context.Context, folder string) error {
	path := folder
	if !strings.HasSuffix(folder, ".csv") {
		path = filepath.Join(folder, "labels.csv")
	}
	rows, err := readTable(path)
	if err != nil {
		return err
	}
	listed, err := readReferences(filepath.Join(filepath.Dir(path), "comments.csv"))
	if err != nil {
		return err
	}
	for _, row := range rows {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if _, ok := row["comment_state"]; !ok {
			return fmt.Errorf("read table %s: %s has no comment_state", path, row["file"])
		}
		body, _, err := readSaved(filepath.Join(filepath.Dir(path), row["file"]))
		if err != nil {
			return err
		}
		page := saved{url: row["url"], contentType: "text/html", status: 200}.page(body, e.scripts)
		readings := map[audit.CheckID]audit.Reading{}
		for _, r := range slices.Backward(page.Read(checks.All())) { // of the page itself, and not of one of its posts
			readings[r.Check] = r
		}
		e.score(row, readings)
		if want := listed[row["file"]]; len(want) > 0 {
			e.comments.compare(want, page.Comments(readings["comments"].System))
		}
	}
	return nil
}

// score compares one page. Where a third party holds the state, unknown is as right as the label; a forum's index need
// not tell of a thread.
func (e *pagesEval) score(row map[string]string, readings map[audit.CheckID]audit.Reading) {
	e.items++
	r := readings["comments"]
	got, want, basis := r.Verdict.State(), row["comment_state"], row["state_basis"]
	if e.Confusion[want] == nil {
		e.Confusion[want] = map[string]int{}
	}
	e.Confusion[want][got.String()]++
	some := got == audit.Restricted && row["login_required"] != "no" // who must sign in first may still take part; blank: not known
	tolerant := basis == "embed" || basis == "link" || basis == "forum_index" || basis == "forum_perm"
	right := tolerant && got == audit.Unknown
	switch want {
	case "open":
		right = right || got == audit.Open || some
		e.open.add(right)
		if got == audit.Closed || got == audit.Absent {
			e.falseClosed++
		}
	case "closed":
		right = right || got == audit.Closed
		if got == audit.Absent {
			e.falseClosed++
		}
		e.closed.add(got == audit.Closed)
	case "none":
		right = got == audit.Absent
		if got == audit.Closed {
			e.falseClosed++
		}
		if got == audit.Open || got == audit.Restricted {
			e.falsePlace++
		}
		e.absent.add(right)
	default:
		right = got == audit.Unknown
	}
	if (want == "closed" || want == "none") && got == audit.Open {
		e.falseOpen++
	}
	if !right {
		e.wrong = append(e.wrong, evalWrong{row["file"], "comments", want, got.String(), string(r.Verdict.Reason())})
	}
	e.scoreRest(row, readings)
}

func (e *pagesEval) scoreRest(row map[string]string, readings map[audit.CheckID]audit.Reading) {
	r := readings["comments"]
	system := r.System
	if system == "" {
		system = "none"
	}
	named := strings.Contains("+"+row["comment_system"]+"+", "+"+system+"+")
	e.system.add(named)
	e.note(named, evalWrong{row["file"], "system", row["comment_system"], system, ""})
	if n := row["comment_count"]; n != "" && row["comment_state"] != "none" {
		got := "none told"
		if r.Count != nil {
			got = fmt.Sprint(*r.Count)
		}
		e.size.add(got == n)
		e.note(got == n, evalWrong{row["file"], "count", n, got, ""})
	}
	for _, of := range [...]struct {
		check  audit.CheckID
		column string
		f      *f1
	}{{"forum", "is_forum", &e.forum}, {"reviews", "has_reviews", &e.reviews}, {"events", "events_calendar", &e.events}} {
		if want := row[of.column]; want != "" {
			v := readings[of.check].Verdict
			seen := v.State() == audit.Open || v.State() == audit.Restricted
			of.f.add(want == "yes", seen)
			e.note(seen == (want == "yes"), evalWrong{row["file"], string(of.check), want, v.State().String(), string(v.Reason())})
		}
	}
}

// note keeps an answer that is not right.
func (e *pagesEval) note(right bool, w evalWrong) {
	if !right {
		e.wrong = append(e.wrong, w)
	}
}

// metrics are the figures by name; nil where nothing was to be measured.
func (e *pagesEval) metrics() map[string]*float64 {
	number := func(n int) *float64 { v := float64(n); return &v }
	return map[string]*float64{
		"false_closed": number(e.falseClosed), "false_open": number(e.falseOpen), "false_place": number(e.falsePlace), "open_recall": e.open.value(),
		"closed_recall": e.closed.value(), "absent_recall": e.absent.value(), "system": e.system.value(), "count": e.size.value(),
		"comments_p": e.comments.precision(), "comments_r": e.comments.recall(), "forum_f1": e.forum.value(), "reviews_f1": e.reviews.value(), "events_f1": e.events.value(),
	}
}

func (e *pagesEval) print(out io.Writer, asJSON bool) error {
	if asJSON {
		if e.wrong == nil {
			e.wrong = []evalWrong{}
		}
		return json.NewEncoder(out).Encode(struct {
			V         int                       `json:"v"`
			Suite     string                    `json:"suite"`
			Items     int                       `json:"items"`
			Metrics   map[string]*float64       `json:"metrics"`
			Confusion map[string]map[string]int `json:"confusion"`
			Wrong     []evalWrong               `json:"wrong"`
		}{1, "pages", e.items, e.metrics(), e.Confusion, e.wrong})
	}
	fmt.Fprintln(out, counted(e.items, "page"))
	metrics := e.metrics()
	for _, name := range metricNames {
		if v := metrics[name]; v != nil {
			fmt.Fprintf(out, "  %-14s %.3g\n", name, *v)
		}
	}
	e.printConfusion(out)
	for _, w := range e.wrong {
		fmt.Fprintf(out, "  %s: %s labelled %s, read as %s %s\n", audit.Untrusted(w.File), w.Check, audit.Untrusted(w.Want), w.Got, w.Reason)
	}
	return nil
}

// printConfusion prints how many pages of each label were read as being in each state.
func (e *pagesEval) printConfusion(out io.Writer) {
	states := [...]audit.State{audit.Open, audit.Restricted, audit.Closed, audit.Absent, audit.Unknown}
	fmt.Fprintf(out, "\n  %-14s", "label \\ read as")
	for _, s := range states {
		fmt.Fprintf(out, "%12s", s)
	}
	fmt.Fprintln(out)
	for _, label := range slices.Sorted(maps.Keys(e.Confusion)) {
		fmt.Fprintf(out, "  %-14s", audit.Untrusted(label))
		for _, s := range states {
			fmt.Fprintf(out, "%12d", e.Confusion[label][s.String()])
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out)
}

var metricNames = []string{"false_closed", "false_open", "false_place", "open_recall", "closed_recall", "absent_recall", "system", "count", "comments_p", "comments_r", "forum_f1", "reviews_f1", "events_f1"}

// readFloors reads what --floors names: metric to number. known are the metrics that there are.
func readFloors(path string, known map[string]*float64) (map[string]float64, error) {
	if path == "" {
		return nil, nil
	}
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read floors: %w", err)
	}
	var floors map[string]float64
	if err := json.Unmarshal(body, &floors); err != nil {
		return nil, fmt.Errorf("read floors %s: %w", path, err)
	}
	for name := range floors {
		if _, ok := known[name]; !ok {
			return nil, fmt.Errorf("read floors %s: there is no metric %q; there are %s", path, name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
	}
	return floors, nil
}

// missed is the error of floors that were not held.
func missed(metrics map[string]*float64, floors map[string]float64) error {
	var all []error
	for name, floor := range floors {
		v := metrics[name]
		worse := v == nil || *v < floor
		if v != nil && (strings.HasPrefix(name, "false_") || strings.HasSuffix(name, "_error")) {
			worse = *v > floor
		}
		if worse {
			all = append(all, fmt.Errorf("%s does not hold %g", name, floor))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return &exitError{exitMissed, errors.Join(all...)}
}
