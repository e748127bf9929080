package comment

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode"

	"doorknock/score/comment/encoder"
)

// Row is one labelled text.
type Row struct {
	ID, Text  string
	Complaint bool
	Domain    string // the kind of organisation it was addressed to; may be empty
}

// Fingerprint is equal for texts that differ only in case, blanks and marks.
func Fingerprint(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text))) // it cannot fail
	return h.Sum64()
}

// How strongly the two regressions may follow the rows, and in how many texts a feature must stand.
const (
	plainC = 10.0
	bayesC = 3.0
	fewest = 2
)

// seen is a row as the trainer reads it: its features, ascending by key.
type seen struct {
	keys  []uint64
	times []int
	words []bool
}

func see(text string) seen {
	fs := features(tokens(text))
	slices.SortFunc(fs, func(a, b feature) int { return cmp.Compare(a.key, b.key) })
	var s seen
	for i, f := range fs {
		if i > 0 && f.key == fs[i-1].key {
			s.times[len(s.times)-1]++
			continue
		}
		s.keys, s.times, s.words = append(s.keys, f.key), append(s.times, 1), append(s.words, f.words)
	}
	return s
}

// learn makes the first tier without a line: its sums are no probabilities yet.
func learn(rows []seen, y []bool) linear {
	var m linear
	m.all = vocabulary(rows, fewest)
	m.index()
	plain, bayes, ratio := m.matrices(rows, y)
	wp, wb := fit(plain, y, plainC), fit(bayes, y, bayesC)
	for i := range m.all {
		m.all[i].plain = float32(wp[i])
		m.all[i].bayes = float32(float64(wb[i] * ratio[i]))
	}
	m.constant = (wp[len(wp)-1] + wb[len(wb)-1]) / 2
	return m
}

// vocabulary is the features that stand in at least so many rows.
func vocabulary(rows []seen, least int) []weight {
	texts := map[uint64]int{}
	for _, r := range rows {
		for _, k := range r.keys {
			texts[k]++
		}
	}
	var all []weight
	for k, n := range texts {
		if n >= least {
			all = append(all, weight{key: k, rarity: float32(1 + math.Log(float64(1+len(rows))/float64(1+n)))})
		}
	}
	slices.SortFunc(all, func(a, b weight) int { return cmp.Compare(a.key, b.key) })
	return all
}

// matrices gives the rows as the two regressions see them, and each feature's naive Bayes log ratio.
func (m *linear) matrices(rows []seen, y []bool) (plain, bayes sparse, ratio []float64) {
	n := len(m.all)
	ratio = m.ratios(rows, y)
	plain, bayes = sparse{from: []int{0}, width: n}, sparse{from: []int{0}, width: n}
	for _, r := range rows {
		length, kinds := 0.0, 0.0
		pf, bf := len(plain.index), len(bayes.index)
		for k, key := range r.keys {
			i := m.find(key)
			if i < 0 {
				continue
			}
			v := value(m.all[i], r.times[k])
			length += float64(v * v)
			plain.index, plain.value = append(plain.index, i), append(plain.value, v)
			if r.words[k] {
				kinds++
				bayes.index, bayes.value = append(bayes.index, i), append(bayes.value, ratio[i])
			}
		}
		scale(plain.value[pf:], math.Sqrt(math.Max(length, 1e-9)))
		scale(bayes.value[bf:], math.Sqrt(math.Max(kinds, 1)))
		plain.from, bayes.from = append(plain.from, len(plain.index)), append(bayes.from, len(bayes.index))
	}
	return plain, bayes, ratio
}

func scale(v []float64, by float64) {
	for i := range v {
		v[i] /= by
	}
}

func (m *linear) ratios(rows []seen, y []bool) []float64 {
	in, out := make([]float64, len(m.all)), make([]float64, len(m.all))
	var inAll, outAll float64
	for r, row := range rows {
		for _, key := range row.keys {
			if i := m.find(key); i >= 0 {
				if y[r] {
					in[i]++
				} else {
					out[i]++
				}
			}
		}
		if y[r] {
			inAll++
		} else {
			outAll++
		}
	}
	ratio := make([]float64, len(m.all))
	for i := range ratio {
		ratio[i] = math.Log((1 + in[i]) / (2 + inAll) * (2 + outAll) / (1 + out[i]))
	}
	return ratio
}

// folds is how many parts the rows are cut into, of which each is told by a model trained on the others.
const folds = 10

// Train makes a model. The order of the rows does not matter. It fails where a label is missing altogether.
func Train(rows []Row) (*Trained, error) { return trainRead(rows, asItStands) }

// trainRead is Train, with the texts put to the encoder in some way.
func trainRead(rows []Row, as func(string) string) (*Trained, error) {
	r, err := prepare(rows, as)
	if err != nil {
		return nil, err
	}
	apart := r.crossed()
	m := r.without(func(int) bool { return false })
	m.rules, m.encoder, m.of = r.rules, encoder.Builtin, encoder.Hash()
	m.tiers = tuned(apart, r.y)
	for _, row := range r.rows {
		m.trained = append(m.trained, Fingerprint(row.Text))
	}
	slices.Sort(m.trained)
	return m, nil
}

// prepared are rows in the one order that folds and sums go by, read once.
type prepared struct {
	rows []Row
	seen []seen
	y    []bool
	fold []int
	mean []*[encoder.Width]float32 // what the encoder makes of each

	rules *Scorer
}

func prepare(rows []Row, as func(string) string) (prepared, error) {
	p, err := arrange(rows)
	if err != nil {
		return p, err
	}
	if p.rules, err = New(Rules{}); err != nil {
		return p, err
	}
	return p, p.encode(as)
}

// arrange puts rows in order and parts them into folds.
func arrange(rows []Row) (prepared, error) {
	p := prepared{rows: slices.Clone(rows)}
	slices.SortFunc(p.rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(Fingerprint(a.Text), Fingerprint(b.Text)), strings.Compare(a.ID, b.ID), strings.Compare(a.Text, b.Text))
	})
	count := map[bool]int{}
	var last uint64
	for i, r := range p.rows {
		print := Fingerprint(r.Text)
		p.seen, p.y = append(p.seen, see(r.Text)), append(p.y, r.Complaint)
		if i > 0 && print == last { // the same text stays in one fold
			p.fold = append(p.fold, p.fold[i-1])
			continue
		}
		last = print
		p.fold = append(p.fold, count[r.Complaint]%folds)
		count[r.Complaint]++
	}
	if count[true] < folds || count[false] < folds {
		return p, fmt.Errorf("train: %d different complaints and %d others are too few; each must be %d or more", count[true], count[false], folds)
	}
	return p, nil
}

// crossed gives what each row comes to by a model that was not trained on its fold.
func (p prepared) crossed() []said {
	out := make([]said, len(p.rows))
	atOnce(folds, func(f int) {
		m := p.without(func(i int) bool { return p.fold[i] == f })
		for i := range p.rows {
			if p.fold[i] == f {
				out[i] = p.said(m, i)
			}
		}
	})
	return out
}

// encode asks the encoder for every row.
func (p *prepared) encode(as func(string) string) error {
	e, err := encoder.Builtin()
	if err != nil {
		return err
	}
	p.mean = make([]*[encoder.Width]float32, len(p.rows))
	atOnce(len(p.rows), func(i int) { p.mean[i] = encoded(e, as(p.rows[i].Text)) })
	return nil
}

// atOnce does n pieces of work that know nothing of each other, as many at once as there are processors.
func atOnce(n int, work func(int)) {
	var all sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		all.Go(func() {
			for i := w; i < n; i += workers {
				work(i)
			}
		})
	}
	all.Wait()
}

func (p prepared) said(m *Trained, i int) said {
	points, _ := p.rules.points(words(p.rows[i].Text), nil)
	return said{m.linear.logit(p.rows[i].Text), points, m.meaning.of(p.mean[i])}
}

// without makes a model of the rows that are not left out.
func (p prepared) without(left func(int) bool) *Trained {
	rows, means, y := p.rest(left)
	return &Trained{linear: learn(rows, y), meaning: learnMeaning(means, y, complaintSchool)}
}

// rest is the rows that are not left out.
func (p prepared) rest(left func(int) bool) (rows []seen, means []*[encoder.Width]float32, y []bool) {
	for i := range p.rows {
		if !left(i) {
			rows, means, y = append(rows, p.seen[i]), append(means, p.mean[i]), append(y, p.y[i])
		}
	}
	return rows, means, y
}

// some is what some rows come to, and their labels.
func (p prepared) some(z []said, of func(int) bool) (zs []said, ys []bool) {
	for i := range z {
		if of(i) {
			zs, ys = append(zs, z[i]), append(ys, p.y[i])
		}
	}
	return zs, ys
}

// tuned gives both tiers their lines and thresholds, by what rows not trained on come to.
func tuned(z []said, y []bool) [2]tier {
	var both [2]tier
	for i := range both {
		l := straighten(z, y, i == 1)
		both[i] = tier{number: i + 1, line: l, threshold: l.best(z, y)}
	}
	return both
}

// straighten gives the line by which what rows not trained on come to becomes true probabilities.
func straighten(z []said, y []bool, meaning bool) line {
	x := sparse{from: []int{0}, width: 3}
	for _, t := range z {
		x.index, x.value = append(x.index, 0, 1), append(x.value, t.sum, t.points)
		if meaning {
			x.index, x.value = append(x.index, 2), append(x.value, t.meaning)
		}
		x.from = append(x.from, len(x.index))
	}
	w := fit(x, y, 1)
	return line{w[0], w[1], w[2], w[3]}
}

// best is the line's best threshold.
func (l line) best(z []said, y []bool) float64 {
	p := make([]float64, len(z))
	for i := range z {
		p[i] = l.probability(z[i])
	}
	return BestThreshold(p, y)
}

// BestThreshold is the threshold, in hundredths from 0.30 to 0.60, with the greatest macro F1; the lowest of several.
func BestThreshold(p []float64, y []bool) float64 {
	at, most := 0.0, -1.0
	for hundredth := 30; hundredth <= 60; hundredth++ {
		t := float64(hundredth) / 100
		if f := MacroF1(p, y, t); f > most {
			at, most = t, f
		}
	}
	return at
}
