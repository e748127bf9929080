package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestEvalHazards(t *testing.T) {
	var e hazardsEval
	if err := e.add(t.Context(), filepath.Join("..", "..", "configs", "testdata", "hazards_eval.csv")); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := e.print(&out, false); err != nil || !strings.HasPrefix(out.String(), "265 sentences\nurgent_recall") {
		t.Errorf("%v: %s", err, out.String())
	}
	least := map[string]float64{"urgent_recall": 0.95, "precision": 0.90}
	if err := missed(e.metrics(), least); err != nil {
		t.Error(err)
	}
}
