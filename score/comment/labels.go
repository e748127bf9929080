package comment

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"doorknock/audit"
	"doorknock/score/comment/encoder"
)

// Labels is the trained models of what a comment is beside a complaint: one for each label, which know nothing of each
// other, over the same words and the encoder's numbers. It may be used from many goroutines.
type Labels struct {
	vocabulary linear // which words there are, and how rare each is
	heads      []head
}

// head is the model of one label.
type head struct {
	name     string
	says     []float32 // what each word of the vocabulary says
	constant float64
	meaning  meaning
	lines    [2]line // without the encoder's opinion, and with it
}

// LabelNames are the labels that a model may be trained for. Threat and spam are not among them: of the public texts
// called threats most report violence and threaten nobody, and those called spam name no licence.
var LabelNames = [...]string{"praise", "question", "idea"}

// Labelled is a text, and which labels it is known to have or not to have.
type Labelled struct {
	ID, Text string
	Labels   map[string]bool
}

// Where the words of a label must stand, and how its meaning is learnt: more texts than complaints have, so that less
// will do.
const (
	fewestLabelled = 3
	labelFolds     = 5
)

var labelSchool = school{nets: 1, epochs: 4}

// of fills in the labels of a text with these features. v is what the encoder makes of it; nil: it was not asked.
func (l *Labels) of(a *audit.Assessment, fs []feature, v *[encoder.Width]float32) {
	sums := l.sums(fs)
	into := map[string]**float64{"praise": &a.Praise, "question": &a.Question, "idea": &a.Idea}
	for i := range l.heads {
		h := &l.heads[i]
		s, by := said{sum: sums[i]}, 0
		if v != nil {
			s.meaning, by = h.meaning.of(v), 1
		}
		p := math.Round(1000*h.lines[by].probability(s)) / 1000
		*into[h.name] = &p
	}
}

// sums gives for each head the sum of what the text's words say.
func (l *Labels) sums(fs []feature) []float64 {
	known := make([]int32, 0, len(fs))
	for _, f := range fs {
		if f.words {
			if i := l.vocabulary.find(f.key); i >= 0 {
				known = append(known, i)
			}
		}
	}
	slices.Sort(known)
	square := 0.0
	sums := make([]float64, len(l.heads))
	for i := 0; i < len(known); {
		k := i + 1
		for k < len(known) && known[k] == known[i] {
			k++
		}
		at := known[i]
		v := value(l.vocabulary.all[at], k-i)
		square += float64(v * v)
		for h := range l.heads {
			sums[h] += float64(v * float64(l.heads[h].says[at]))
		}
		i = k
	}
	length := math.Sqrt(math.Max(square, 1e-9))
	for h := range sums {
		sums[h] = sums[h]/length + l.heads[h].constant
	}
	return sums
}

// class is the rows that tell of one label.
type class struct {
	name string
	prepared
}

// classes sorts the rows by label, and makes the vocabulary that all have in common. Each text is read once.
func classes(rows []Labelled) ([]class, linear, error) {
	e, err := encoder.Builtin()
	if err != nil {
		return nil, linear{}, err
	}
	texts := map[string]int{}
	var each []string
	for _, r := range rows {
		if _, seen := texts[r.Text]; !seen {
			texts[r.Text] = len(each)
			each = append(each, r.Text)
		}
	}
	all, means := make([]seen, len(each)), make([]*[encoder.Width]float32, len(each))
	atOnce(len(each), func(i int) { all[i], means[i] = see(each[i]).wordsOnly(), encoded(e, each[i]) })
	vocabulary := linear{all: vocabulary(all, fewestLabelled)}
	vocabulary.index()
	var out []class
	for _, name := range LabelNames {
		var of []Row
		for _, r := range rows {
			if yes, told := r.Labels[name]; told {
				of = append(of, Row{ID: r.ID, Text: r.Text, Complaint: yes})
			}
		}
		if of == nil {
			continue
		}
		p, err := arrange(of)
		if err != nil {
			return nil, linear{}, fmt.Errorf("label %s: %w", name, err)
		}
		for i, r := range p.rows {
			p.fold[i] %= labelFolds
			p.seen[i] = all[texts[r.Text]]
			p.mean = append(p.mean, means[texts[r.Text]])
		}
		out = append(out, class{name, p})
	}
	if out == nil {
		return nil, linear{}, errors.New("train labels: no row tells of a label")
	}
	return out, vocabulary, nil
}

func (s seen) wordsOnly() seen {
	var out seen
	for i, words := range s.words {
		if words {
			out.keys, out.times, out.words = append(out.keys, s.keys[i]), append(out.times, s.times[i]), append(out.words, true)
		}
	}
	return out
}

// learn makes a head of the rows that are not left out; its lines are not set.
func (c class) learn(vocabulary *linear, left func(int) bool) head {
	rows, means, y := c.rest(left)
	x, _, _ := vocabulary.matrices(rows, y)
	w := fit(x, y, plainC)
	h := head{name: c.name, says: make([]float32, len(vocabulary.all)), constant: w[len(w)-1], meaning: learnMeaning(means, y, labelSchool)}
	for i := range h.says {
		h.says[i] = float32(w[i])
	}
	return h
}

// crossed gives what each row comes to by a head that was not trained on its fold.
func (c class) crossed(vocabulary *linear) []said {
	out := make([]said, len(c.rows))
	atOnce(labelFolds, func(f int) {
		l := Labels{vocabulary: *vocabulary, heads: []head{c.learn(vocabulary, func(i int) bool { return c.fold[i] == f })}}
		for i := range c.rows {
			if c.fold[i] == f {
				out[i] = said{sum: l.sums(features(tokens(c.rows[i].Text)))[0], meaning: l.heads[0].meaning.of(c.mean[i])}
			}
		}
	})
	return out
}

// TrainLabels makes the models of all labels that the rows tell of. The order of the rows does not matter.
func TrainLabels(rows []Labelled) (*Labels, error) {
	all, vocabulary, err := classes(rows)
	if err != nil {
		return nil, err
	}
	l := &Labels{vocabulary: vocabulary}
	for _, c := range all {
		h := c.learn(&vocabulary, func(int) bool { return false })
		z := c.crossed(&vocabulary)
		for by := range h.lines {
			h.lines[by] = straighten(z, c.y, by == 1)
		}
		l.heads = append(l.heads, h)
	}
	return l, nil
}

// LabelFigures say how well one label is told.
type LabelFigures struct {
	Name string
	Yes  int        // rows that have the label
	By   [2]Figures // without the encoder, and with it; a text has the label from a probability of 0.5
}

// CrossValidateLabels trains on four fifths and tells the rest, five times over. The lines of each fifth come from the others.
func CrossValidateLabels(rows []Labelled) ([]LabelFigures, error) {
	all, vocabulary, err := classes(rows)
	if err != nil {
		return nil, err
	}
	var out []LabelFigures
	for _, c := range all {
		f := LabelFigures{Name: c.name}
		z := c.crossed(&vocabulary)
		for by := range f.By {
			told := make([]answer, len(z))
			for fold := range labelFolds {
				zs, ys := c.some(z, func(i int) bool { return c.fold[i] != fold })
				l := straighten(zs, ys, by == 1)
				for i := range z {
					if c.fold[i] == fold {
						p := l.probability(z[i])
						told[i] = answer{p: p, yes: p >= isComplaint, asked: by == 1}
					}
				}
			}
			f.By[by] = measure(told, c.y)
		}
		for _, yes := range c.y {
			f.Yes += asInt(yes)
		}
		out = append(out, f)
	}
	return out, nil
}
