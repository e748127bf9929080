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
	Asked      float64 // share of the texts for which the encoder was asked
	MacroF1    float64 // at the model's threshold
	Low, High  float64 // 95 of 100 bootstrap samples have their macro F1 between these
	AtHalf     float64 // macro F1 at a probability of 0.5, as the papers count
	F1         float64 // of complaints alone, at the model's threshold
	Accuracy   float64 // at a probability of 0.5
	AUC        float64
	At         [3]Operating // where at most 5, 2 and 1 of 100 other texts are called a complaint
	Error      float64      // calibration: mean distance of told probability and true share, over ten equal ranges
	Domains    float64      // macro F1 over all domains, each told by a model that saw none of it; NaN without domains
	DomainsOwn float64      // the same, with a threshold set on the other domains alone
}

// Operating is what is found at a share of false alarms.
type Operating struct{ Recall, Precision float64 }

// falseAlarms are the shares that Figures.At is told for.
var falseAlarms = [...]float64{0.05, 0.02, 0.01}

// Tiers are all the ways a model may answer, in the order that CrossValidate and Measure give figures.
var Tiers = [...]Tier{Auto, LinearOnly, EncoderAlways}

// CrossValidate trains on nine tenths and tells the rest, ten times over, as the papers do. Lines and thresholds of each
// tenth come from the others.
func CrossValidate(rows []Row) (out [len(Tiers)]Figures, err error) {
	p, err := prepare(rows, asItStands)
	if err != nil {
		return out, err
	}
	z := p.crossed()
	by := make([][2]tier, len(z))
	for f := range folds {
		tuned := p.tuned(z, func(i int) bool { return p.fold[i] != f })
		for i := range z {
			if p.fold[i] == f {
				by[i] = tuned
			}
		}
	}
	domains := p.domains(z)
	for _, may := range Tiers {
		var told []answer
		for i := range z {
			told = append(told, answerOf(z[i], by[i], may))
		}
		out[may] = measure(told, p.y)
		out[may].Domains, out[may].DomainsOwn = domains[may][0], domains[may][1]
	}
	return out, nil
}

// Measure tells rows that the model was not trained on.
func (m *Trained) Measure(rows []Row) (out [len(Tiers)]Figures, err error) {
	e, err := m.encoder()
	if err != nil {
		return out, err
	}
	for _, may := range Tiers {
		var told []answer
		var y []bool
		for _, r := range rows {
			points, _ := m.rules.points(words(r.Text), nil)
			z := said{m.linear.logit(r.Text), points, 0}
			if may.asked(m.tiers[0].line.probability(z)) {
				z.meaning = m.meaning.of(encoded(e, r.Text))
			}
			told, y = append(told, answerOf(z, m.tiers, may)), append(y, r.Complaint)
		}
		out[may] = measure(told, y)
		out[may].Domains, out[may].DomainsOwn = math.NaN(), math.NaN()
	}
	return out, nil
}

// answer is what the tiers that may answer make of a text.
type answer struct {
	p     float64
	yes   bool
	asked bool // the encoder
}

func answerOf(z said, by [2]tier, may Tier) answer {
	t := by[0]
	asked := may.asked(t.line.probability(z))
	if asked {
		t = by[1]
	}
	p := t.line.probability(z)
	return answer{p, p >= t.threshold, asked}
}

// tuned gives lines and thresholds by some of the rows.
func (p prepared) tuned(z []said, of func(int) bool) [2]tier {
	return tuned(p.some(z, of))
}

// domains leaves out each domain that has both kinds of text and tells it by the others.
func (p prepared) domains(z []said) (out [len(Tiers)][2]float64) {
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
		for i := range out {
			out[i] = [2]float64{math.NaN(), math.NaN()}
		}
		return out
	}
	slices.Sort(names)
	told := slices.Clone(z)
	atOnce(len(names), func(n int) {
		m := p.without(func(i int) bool { return p.rows[i].Domain == names[n] })
		for i, r := range p.rows {
			if r.Domain == names[n] {
				told[i] = p.said(m, i)
			}
		}
	})
	return p.byDomain(names, z, told)
}

// byDomain gives for each way to answer the macro F1 with lines and thresholds of all other rows, and with those of
// the other domains.
func (p prepared) byDomain(names []string, z, told []said) (out [len(Tiers)][2]float64) {
	var yes [len(Tiers)][2][]bool
	var y []bool
	for _, d := range names {
		general := p.tuned(z, func(i int) bool { return p.rows[i].Domain != d })
		own := p.tuned(told, func(i int) bool { return p.rows[i].Domain != d && slices.Contains(names, p.rows[i].Domain) })
		for i, r := range p.rows {
			if r.Domain != d {
				continue
			}
			y = append(y, p.y[i])
			for _, may := range Tiers {
				for k, by := range [...][2]tier{general, own} {
					yes[may][k] = append(yes[may][k], answerOf(told[i], by, may).yes)
				}
			}
		}
	}
	for _, may := range Tiers {
		out[may] = [2]float64{macroF1(yes[may][0], y), macroF1(yes[may][1], y)}
	}
	return out
}

func measure(told []answer, y []bool) Figures {
	var p []float64
	var yes []bool
	right, asked := 0, 0
	for i, a := range told {
		p, yes = append(p, a.p), append(yes, a.yes)
		right += asInt((a.p >= 0.5) == y[i])
		asked += asInt(a.asked)
	}
	n := float64(max(1, len(y)))
	out := Figures{Rows: len(y), MacroF1: macroF1(yes, y), AtHalf: MacroF1(p, y, 0.5), Error: CalibrationError(p, y), Accuracy: float64(right) / n, Asked: float64(asked) / n}
	out.F1 = f1Of(yes, y)
	out.Low, out.High = interval(yes, y)
	out.AUC, out.At = ranked(p, y)
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

// f1Of is the F1 of those that are.
func f1Of(yes, y []bool) float64 {
	right, wrong := 0, 0
	for i := range y {
		right += asInt(yes[i] && y[i])
		wrong += asInt(yes[i] != y[i])
	}
	return f1(float64(right), float64(wrong))
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

// ranked gives the area under the curve, equal probabilities counted half, and what is found at few false alarms.
func ranked(p []float64, y []bool) (auc float64, at [len(falseAlarms)]Operating) {
	order := make([]int, len(p))
	complaints := 0.0
	for i := range p {
		order[i] = i
		complaints += float64(asInt(y[i]))
	}
	others := float64(len(p)) - complaints
	if complaints == 0 || others == 0 {
		return 0, at
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[b], p[a]) })
	found, alarms := 0.0, 0.0
	for i := 0; i < len(order); {
		hits, wrong := 0.0, 0.0
		for same := p[order[i]]; i < len(order) && p[order[i]] == same; i++ {
			if y[order[i]] {
				hits++
			} else {
				wrong++
			}
		}
		auc += wrong * (found + hits/2)
		found, alarms = found+hits, alarms+wrong
		for k, most := range falseAlarms {
			if alarms <= most*others {
				at[k] = Operating{found / complaints, found / (found + alarms)}
			}
		}
	}
	return auc / complaints / others, at
}

// CalibrationError is the mean distance of told probability and true share, over ten equal ranges of probability.
func CalibrationError(p []float64, y []bool) float64 {
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
