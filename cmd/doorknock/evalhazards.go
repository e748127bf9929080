package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"doorknock/audit"
	"doorknock/score/comment"
)

// hazardsEval is how well the rules of dangers and duties read labelled sentences.
type hazardsEval struct {
	scorer *comment.Scorer
	leaked int // sentences that the second reading was learnt from
	comment.HazardFigures
}

// add reads a CSV file with the columns text, hazards and urgent.
func (e *hazardsEval) add(_ context.Context, path string) error {
	rows, err := hazardRows(path)
	if err != nil {
		return fmt.Errorf("read labelled sentences: %w", err)
	}
	if e.scorer, err = newScorer(); err != nil {
		return err
	}
	taught, err := comment.BuiltinDangers()
	if err != nil {
		return err
	}
	for i, row := range rows {
		if taught.Knows(row.Text) {
			e.leaked++
		}
		if err := e.Compare(row, e.scorer.Assess(row.Text)); err != nil {
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
		return json.NewEncoder(out).Encode(map[string]any{"v": 1, "suite": "hazards", "items": e.Rows, "leaked": e.leaked, "metrics": e.metrics(), "wrong": e.Wrong})
	}
	m := e.metrics()
	fmt.Fprintf(out, "%d sentences\n", e.Rows)
	if e.leaked > 0 {
		fmt.Fprintf(out, "%d of them the second reading was learnt from: measure it on others\n", e.leaked)
	}
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
