package comment

import (
	"math"
	"testing"
)

// What the tokens and the rest are said to add makes up the logit exactly, but for rounding.
func TestReasonsMakeUpTheLogit(t *testing.T) {
	m, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"Still waiting, NOT good enough!!! :-(", "Thank you ❤️❤️ all", "x", "@a @b", "not never not at all", ""} {
		ts := tokens(text)
		points, where := m.rules.points(words(text), nil)
		hits := m.linear.hits(features(ts))
		for _, may := range Tiers {
			s, by, _ := m.judge(text, said{sum: m.linear.sum(hits, nil), points: points}, may, nil)
			each, rest := m.reasons(ts, hits, s, where, by)
			sum, logit := rest, by.line.logit(s)
			for _, w := range each {
				sum += w
			}
			if p, _ := m.Probability(text, may); math.Abs(sum-logit) > 1e-9 || math.Abs(logistic(logit)-p) > 1e-9 {
				t.Errorf("%q: the reasons make %v, the logit is %v", text, sum, logit)
			}
		}
		for i, a := range ts {
			if a.end <= a.start || i > 0 && a.start < ts[i-1].end {
				t.Errorf("%q: token %d is %+v", text, i, a)
			}
		}
	}
}

func TestTokens(t *testing.T) {
	var got string
	for _, tok := range tokens("@anna Sooooo BAD!!! isnt it :-( see https://x.example/y #NoHeat_2 £12 don’t") {
		got += tok.text + "|"
	}
	if want := "@|soo|bad|!!|isn't|it|:(|see|url|#noheat_2|£|0|don't|"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
