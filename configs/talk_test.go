package configs_test

import (
	"testing"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/score/talk"
)

// TestTalkExamples: each rule's examples are sorted by it, and what it is silent about is not.
func TestTalkExamples(t *testing.T) {
	rules, err := configs.Talk()
	if err != nil {
		t.Fatal(err)
	}
	s, err := talk.NewSorter(rules)
	if err != nil {
		t.Fatal(err)
	}
	for manner, r := range map[audit.Manner]talk.Rule{audit.MannerAction: rules.Manners.Action, audit.MannerStock: rules.Manners.Stock} {
		examples(t, string(manner), r, func(text string) string { return string(s.Manner(text)) })
	}
	if len(rules.Kinds) != len(talk.Kinds())-1 {
		t.Errorf("%d rules of %d kinds", len(rules.Kinds), len(talk.Kinds()))
	}
	for _, r := range rules.Kinds {
		examples(t, string(r.Kind), r, func(text string) string { return string(s.Kind(text, "https://x.test/news/a")) })
	}
}

func examples(t *testing.T, name string, r talk.Rule, sorted func(string) string) {
	t.Helper()
	if len(r.Says) < 3 || len(r.Silent) < 2 {
		t.Errorf("%s: few examples", name)
	}
	for _, text := range r.Says {
		if got := sorted(text); got != name {
			t.Errorf("%q is sorted as %s, want %s", text, got, name)
		}
	}
	for _, text := range r.Silent {
		if sorted(text) == name {
			t.Errorf("%q is sorted as %s", text, name)
		}
	}
}
