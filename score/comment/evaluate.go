package comment

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// Figures say how well complaints are told from other texts.
type Figures struct {
	Rows       int
	MacroF1    float64 // at the model's threshold
	Low, High  float64 // 95 of 100 bootstrap samples have their macro F1 between these
	AtHalf     float64 // macro F1 at a probability of 0.5, as the papers count
	Accuracy   float64 // at a probability of 0.5
	AUC        float64
	RecallAt5  float64 // share of complaints found where at most 5 % of the others are called one
	Error      float64 // calibration: mean distance of told probability and true share, over ten equal ranges
	Domains    float64 // macro F1 over all domains, each told by a model that saw none of it; NaN without domains
	DomainsOwn float64 // the same, with a threshold set on the other domains alone
}

// CrossValidate trains on nine tenths and tells the rest, ten times over, as the papers do. Line and threshold of each
// tenth come from the others.
func CrossValidate(rows []Row) (Figures, error) {
	p, err := prepare(rows)
	if err != nil {
		return Figures{}, err
	}
	z := p.crossed()
	told := make([]float64, len(z))
	yes := make([]bool, len(z))
	for f := range folds {
		l, t := p.tuned(z, func(i int) bool { return p.fold[i] != f })
		for i := range z {
			if p.fold[i] == f {
				told[i] = l.probability(z[i])
				yes[i] = told[i] >= t
			}
		}
	}
	out := measure(told, yes, p.y)
	out.Domains, out.DomainsOwn = p.domains(z)
	return out, nil
}

// Measure tells rows that the model was not trained on.
func (m *Linear) Measure(rows []Row) Figures {
	var told []float64
	var yes, y []bool
	for _, r := range rows {
		p := m.Probability(r.Text)
		told, yes, y = append(told, p), append(yes, p >= m.threshold), append(y, r.Complaint)
	}
	out := measure(told, yes, y)
	out.Domains, out.DomainsOwn = math.NaN(), math.NaN()
	return out
}

// tuned gives line and threshold by some of the rows.
func (p prepared) tuned(z []said, of func(int) bool) (line, float64) {
	var zs []said
	var ys []bool
	for i := range z {
		if of(i) {
			zs, ys = append(zs, z[i]), append(ys, p.y[i])
		}
	}
	l := straighten(zs, ys)
	return l, l.best(zs, ys)
}

// domains leaves out each domain that has both kinds of text and tells it by the others.
func (p prepared) domains(z []said) (general, own float64) {
	both := map[string][2]bool{}
	for _, r := range p.rows {
		has := both[r.Domain]
		if r.Complaint {
			has[0] = true
		} else {
			has[1] = true
		}
		both[r.Domain] = has
	}
	var names []string
	for d, has := range both {
		if d != "" && has[0] && has[1] {
			names = append(names, d)
		}
	}
	if len(names) < 2 {
		return math.NaN(), math.NaN()
	}
	slices.Sort(names)
	told := slices.Clone(z)
	for _, d := range names {
		m := p.without(func(i int) bool { return p.rows[i].Domain == d })
		for i, r := range p.rows {
			if r.Domain == d {
				told[i] = p.said(m, i)
			}
		}
	}
	return p.byDomain(names, z, told)
}

func (p prepared) byDomain(names []string, z, told []said) (general, own float64) {
	var yes, yesOwn, y []bool
	for _, d := range names {
		l, t := p.tuned(z, func(i int) bool { return p.rows[i].Domain != d })
		lo, to := p.tuned(told, func(i int) bool { return p.rows[i].Domain != d && slices.Contains(names, p.rows[i].Domain) })
		for i, r := range p.rows {
			if r.Domain == d {
				yes, yesOwn, y = append(yes, l.probability(told[i]) >= t), append(yesOwn, lo.probability(told[i]) >= to), append(y, p.y[i])
			}
		}
	}
	return macroF1(yes, y), macroF1(yesOwn, y)
}

func measure(p []float64, yes, y []bool) Figures {
	out := Figures{Rows: len(y), MacroF1: macroF1(yes, y), AtHalf: MacroF1(p, y, 0.5), Error: calibrationError(p, y)}
	out.Low, out.High = interval(yes, y)
	right := 0
	for i := range y {
		if (p[i] >= 0.5) == y[i] {
			right++
		}
	}
	out.Accuracy = float64(right) / float64(max(1, len(y)))
	out.AUC, out.RecallAt5 = ranked(p, y)
	return out
}

// MacroF1 is the mean of the F1 of complaints and that of other texts, where probabilities from t on mean a complaint.
func MacroF1(p []float64, y []bool, t float64) float64 {
	yes := make([]bool, len(p))
	for i := range p {
		yes[i] = p[i] >= t
	}
	return macroF1(yes, y)
}

func macroF1(yes, y []bool) float64 {
	var n [2][2]float64 // by label, by what was told
	for i := range y {
		n[asInt(y[i])][asInt(yes[i])]++
	}
	return (f1(n[1][1], n[0][1]+n[1][0]) + f1(n[0][0], n[0][1]+n[1][0])) / 2
}

func f1(right, wrong float64) float64 {
	if right == 0 {
		return 0
	}
	return 2 * right / (2*right + wrong)
}

func asInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// samples is how many times the bootstrap draws; its seed is fixed, so that figures are the same in every run.
const samples = 1000

func interval(yes, y []bool) (low, high float64) {
	if len(y) == 0 {
		return 0, 0
	}
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // figures are to be the same each time
	all := make([]float64, samples)
	a, b := make([]bool, len(y)), make([]bool, len(y))
	for s := range all {
		for i := range y {
			k := r.IntN(len(y))
			a[i], b[i] = yes[k], y[k]
		}
		all[s] = macroF1(a, b)
	}
	slices.Sort(all)
	return all[samples*25/1000], all[samples*975/1000-1]
}

// ranked gives the area under the curve, equal probabilities counted half, and the recall at 5 % false alarms.
func ranked(p []float64, y []bool) (auc, recall float64) {
	order := make([]int, len(p))
	complaints := 0.0
	for i := range p {
		order[i] = i
		complaints += float64(asInt(y[i]))
	}
	others := float64(len(p)) - complaints
	if complaints == 0 || others == 0 {
		return 0, 0
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[b], p[a]) })
	found, alarms := 0.0, 0.0
	for i := 0; i < len(order); {
		hits, wrong := 0.0, 0.0
		for at := p[order[i]]; i < len(order) && p[order[i]] == at; i++ {
			if y[order[i]] {
				hits++
			} else {
				wrong++
			}
		}
		auc += wrong * (found + hits/2)
		found, alarms = found+hits, alarms+wrong
		if alarms <= 0.05*others {
			recall = found / complaints
		}
	}
	return auc / complaints / others, recall
}

func calibrationError(p []float64, y []bool) float64 {
	var n, told, share [10]float64
	for i := range p {
		b := min(int(p[i]*10), 9)
		n[b]++
		told[b] += p[i]
		share[b] += float64(asInt(y[i]))
	}
	sum := 0.0
	for b := range n {
		sum += math.Abs(told[b] - share[b])
	}
	return sum / float64(max(1, len(p)))
}
