package configs_test

import (
	"slices"
	"testing"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/score/comment"
)

func TestHazardExamples(t *testing.T) {
	rules, err := configs.Hazards()
	if err != nil {
		t.Fatal(err)
	}
	scorer, err := comment.New(rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"gas", "carbon_monoxide", "fire", "electrics", "no_heating", "damp_mould", "leak", "structural", "self_harm", "child_safety", "lift"} {
		if !slices.ContainsFunc(rules.Hazards, func(r comment.Rule) bool { return r.ID == want }) {
			t.Errorf("no rule %s", want)
		}
	}
	for _, r := range rules.Hazards {
		if len(r.Says) == 0 || len(r.Silent) == 0 {
			t.Errorf("%s: no examples both ways", r.ID)
		}
		affirms := func(text string) bool {
			return slices.ContainsFunc(scorer.Assess(text).Hazards, func(h audit.Hazard) bool { return h.ID == r.ID && h.Affirmed })
		}
		for _, text := range r.Says {
			if !affirms(text) {
				t.Errorf("%s: not affirmed in %q: %+v", r.ID, text, scorer.Assess(text).Hazards)
			}
		}
		for _, text := range r.Silent {
			if affirms(text) {
				t.Errorf("%s: affirmed in %q: %+v", r.ID, text, scorer.Assess(text).Hazards)
			}
		}
	}
}

func BenchmarkAssess(b *testing.B) {
	rules, err := configs.Hazards()
	if err != nil {
		b.Fatal(err)
	}
	scorer, err := comment.New(rules)
	if err != nil {
		b.Fatal(err)
	}
	const text = "Third time asking: the ceiling in our kitchen still drips when it rains, and nobody answers the phone. When will you come?"
	for b.Loop() {
		scorer.Assess(text)
	}
}
