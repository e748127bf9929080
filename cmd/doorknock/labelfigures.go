package main

import (
	"fmt"
	"maps"
	"slices"

	"doorknock/score/comment"
	"doorknock/score/talk"
)

// streamLabels is how many labels of texts drawn by chance a stream needs before a threshold of its own is spoken of: with
// fewer it would follow chance.
const streamLabels = 100

// streamFigures is what the labels of one stream tell. Only texts that were drawn by chance count: those that were chosen for
// being hard are not what the stream is like.
type streamFigures struct {
	name            string
	texts, complain int
	best            float64 // threshold that tells them best
	f1, own         float64 // macro F1 with it, and as the scorer tells them
}

// streams works out what the settled labels tell, streams in the order of their names.
func (m *marks) streams(scorer *comment.Scorer) []streamFigures {
	train, _ := m.settled("train")
	test, _ := m.settled("test")
	by := map[string][]mark{}
	for _, k := range slices.Concat(train, test) {
		if k.drawn == comment.DrawnRandom {
			by[k.domain] = append(by[k.domain], k)
		}
	}
	var all []streamFigures
	for _, name := range slices.Sorted(maps.Keys(by)) {
		all = append(all, figuresOf(name, by[name], scorer))
	}
	return all
}

func figuresOf(name string, texts []mark, scorer *comment.Scorer) streamFigures {
	f := streamFigures{name: name, texts: len(texts)}
	var p, told []float64
	var y []bool
	for _, k := range texts {
		a := scorer.Assess(k.text)
		p, y, told = append(p, a.Complaint), append(y, k.complaint == "1"), append(told, 0)
		if a.IsComplaint {
			told[len(told)-1] = 1
		}
		if k.complaint == "1" {
			f.complain++
		}
	}
	f.best = comment.BestThreshold(p, y)
	f.f1, f.own = comment.MacroF1(p, y, f.best), comment.MacroF1(told, y, 0.5)
	return f
}

// String says what share complains, and which threshold would tell best.
func (f streamFigures) String() string {
	name := f.name
	if name == "" {
		name = "all"
	}
	share := talk.ShareOf(f.complain, f.texts)
	line := fmt.Sprintf("%s: %d of %d drawn by chance complain, %.0f %% (95 %%: %.0f to %.0f %%)", name, f.complain, f.texts, 100*share.Value, 100*share.Low, 100*share.Up)
	if f.texts < streamLabels {
		return line + fmt.Sprintf("; %d more would do for a threshold of its own.", streamLabels-f.texts)
	}
	return line + fmt.Sprintf("; score.thresholds: %.2f tells them best, with a macro F1 of %.2f. The model's own: %.2f.", f.best, f.f1, f.own)
}
