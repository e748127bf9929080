package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"doorknock/audit"
	"doorknock/score/comment"
)

// hazardsEval is how well the rules of dangers and duties read labelled sentences.
type hazardsEval struct {
	scorer *comment.Scorer
	comment.HazardFigures
}

// add reads a CSV file with the columns text, hazards and urgent.
func (e *hazardsEval) add(_ context.Context, path string) error {
	rows, err := readColumns(path, "text", "hazards", "urgent")
	if err != nil {
		return fmt.Errorf("read labelled sentences: %w", err)
	}
	if e.scorer, err = newScorer(); err != nil {
		return err
	}
	for i, row := range rows {
		if err := e.Compare(comment.HazardRow{Text: row["text"], Hazards: strings.Fields(row["hazards"]), Urgent: row["urgent"] == "1"}, e.scorer.Assess(row["text"])); err != nil {
			return fmt.Errorf("%s, row %d: %w", path, i+1, err)
		}
	}
	return nil
}

func (e *hazardsEval) metrics() map[string]*float64 {
	return map[string]*float64{
		"urgent_recall": share{e.UrgentFound, e.Urgent}.value(), "urgent_precision": share{e.UrgentFound, e.UrgentSaid}.value(),
		"precision": share{e.Right, e.Said}.value(), "recall": share{e.Right, e.Wanted}.value(), "context": share{e.ContextRight, e.ContextWanted}.value(),
	}
}

func (e *hazardsEval) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(map[string]any{"v": 1, "suite": "hazards", "items": e.Rows, "metrics": e.metrics(), "wrong": e.Wrong})
	}
	m := e.metrics()
	fmt.Fprintf(out, "%d sentences\n", e.Rows)
	for _, name := range []string{"urgent_recall", "urgent_precision", "precision", "recall", "context"} {
		fmt.Fprintf(out, "%-17s %s\n", name, figure(m[name]))
	}
	for _, w := range e.Wrong {
		fmt.Fprintf(out, "  %s: want %s, got %s: %s\n", w.What, w.Want, w.Got, audit.Untrusted(w.Text).Plain(200))
	}
	return nil
}

func figure(f *float64) string {
	if f == nil {
		return "nothing to measure"
	}
	return fmt.Sprintf("%.3f", *f)
}
