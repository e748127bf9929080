package comment

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"

	"doorknock/audit"
	"doorknock/score/comment/encoder"
)

// Dangers is a second reading of a text for what somebody should look at now: a model of two tiers, as that of complaints,
// learnt from made-up sentences, and what those of each rule have in common. It may be used from many goroutines.
type Dangers struct {
	urgent *Trained
	kinds  []kind // by rule
}

// kind is the middle of what the encoder makes of the urgent texts that a rule was named for, of length one.
type kind struct {
	rule   string
	middle [encoder.Width]float32
}

// How sure the second reading must be, by what the rules found, and what a rule's own words add where it is asked which rule
// a danger belongs to. docs/hazards.md says how they were chosen.
const (
	worthReading = 0.10 // of the first tier: below it the encoder is not asked
	sureSilent   = 0.50 // no rule's words stand there
	sureLesser   = 0.97 // rules found a danger that is not urgent by itself
	sureOther    = 0.70 // rules found words of danger, all denied, over, supposed or advertised
	sureEnough   = 0.50 // of the first tier, that what the rules call urgent is so
	doubted      = 0.05 // below it what the rules call urgent is high only

	mostReread = 4 << 10 // bytes of a text: the encoder reads no more than its beginning, and an assessment is to take less than 100 ms

	ownWords   = 0.30
	otherWords = 0.15
	inPrivate  = 0.03 // what may concern a person is rather taken for it
)

// TrainDangers makes the second reading from labelled sentences. The order of the rows does not matter.
func TrainDangers(rows []HazardRow) (*Dangers, error) {
	var taught []Row
	for _, r := range rows {
		taught = append(taught, Row{Text: r.Text, Complaint: r.Urgent})
	}
	urgent, err := trainRead(taught, toSomebody)
	if err != nil {
		return nil, err
	}
	e, err := encoder.Builtin()
	if err != nil {
		return nil, err
	}
	d := &Dangers{urgent: urgent, kinds: kindsOf(e, rows)}
	if len(d.kinds) == 0 {
		return nil, errors.New("train: no urgent sentence names a rule")
	}
	return d, nil
}

// kindsOf gives the middle of each rule's urgent sentences, by the rule that each names first.
func kindsOf(e *encoder.Encoder, rows []HazardRow) []kind {
	rows = slices.SortedFunc(slices.Values(rows), func(a, b HazardRow) int {
		return cmp.Or(cmp.Compare(Fingerprint(a.Text), Fingerprint(b.Text)), strings.Compare(a.Text, b.Text))
	})
	sums := map[string]*[encoder.Width]float64{}
	for _, r := range rows {
		at := slices.IndexFunc(r.Hazards, func(label string) bool { return !strings.Contains(label, ":") })
		if !r.Urgent || at < 0 {
			continue
		}
		sum := sums[r.Hazards[at]]
		if sum == nil {
			sum = &[encoder.Width]float64{}
			sums[r.Hazards[at]] = sum
		}
		for i, x := range encoded(e, toSomebody(r.Text)) {
			sum[i] += float64(x)
		}
	}
	var all []kind
	for rule, sum := range sums {
		k, length := kind{rule: rule}, 0.0
		for _, x := range sum {
			length += float64(x * x)
		}
		for i, x := range sum {
			k.middle[i] = float32(x / math.Sqrt(max(length, 1e-12)))
		}
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b kind) int { return strings.Compare(a.rule, b.rule) })
	return all
}

// readAgain adds the danger that the text as a whole tells of, where the rules found nothing urgent and may have missed it;
// where they found something urgent of a home, and the whole reads like nothing of the kind, it is high only. Rules alone, and
// a reading that may not ask the encoder, leave it at that.
func (s *Scorer) readAgain(a *audit.Assessment, text string, ws, right []word, h *heard) {
	if s.dangers == nil || s.tiers == LinearOnly || len(text) > mostReread || a.Lang == "other" || !slices.ContainsFunc(ws, lettered) || s.context.elsewhere.in(right) {
		return
	}
	d, err := s.dangers()
	if err != nil { // a test reads the one that is built in
		return
	}
	points, _ := s.points(ws, nil)
	r := d.read(text, points, h)
	if a.Urgency == Urgent {
		s.doubt(a, d, r, ws)
		return
	}
	if r.first < worthReading {
		return
	}
	p, v := r.whole()
	if v == nil || p < enough(a.Hazards) {
		return
	}
	rule, known := s.kindOf(d, a.Hazards, v)
	if !known {
		return
	}
	start, end := r.weightiest(ws)
	a.Hazards = append(a.Hazards, audit.Hazard{ID: rule.ID, Kind: rule.Kind, Text: text[start:end], Start: start, End: end, Affirmed: true, Context: affirmed, Whole: true, Likely: rounded(p)})
	slices.SortStableFunc(a.Hazards, func(a, b audit.Hazard) int { return a.Start - b.Start })
	a.Urgency = Urgent
}

// doubt makes high of urgent where the whole text reads like nothing that is, and so does each sentence that tells of a danger:
// what else is said beside a danger takes nothing from it. What may concern a person, and what is not English, it leaves alone.
func (s *Scorer) doubt(a *audit.Assessment, d *Dangers, r *reread, ws []word) {
	if a.Private() || a.Lang == "cy" || r.first >= sureEnough {
		return
	}
	p, v := r.whole()
	if v == nil || p >= doubted {
		return
	}
	for _, h := range a.Hazards {
		if sentence := aroundDanger(r.text, ws, h); h.Affirmed && len(sentence) < len(r.text) {
			points, _ := s.points(words(sentence), nil)
			if p, v := d.read(sentence, points, nil).whole(); v == nil || p >= doubted {
				return
			}
		}
	}
	a.Urgency = High
	for i := range a.Hazards {
		if a.Hazards[i].Affirmed {
			a.Hazards[i].Likely = rounded(p)
		}
	}
}

// aroundDanger is the text of the sentence in which the words of a danger begin.
func aroundDanger(text string, ws []word, h audit.Hazard) string {
	at := slices.IndexFunc(ws, func(w word) bool { return w.end > h.Start })
	if at < 0 {
		return text
	}
	from, to := sentenceOf(ws, stretch{from: at, to: at + 1})
	return text[ws[from].start:ws[to-1].end]
}

func rounded(p float64) float64 { return math.Round(1000*p) / 1000 }

// reread is a text in the course of its second reading.
type reread struct {
	by     *Trained
	text   string
	tokens []token
	hits   []hit
	said   said
	line   *tier
	first  float64 // the first tier's probability
	heard  *heard
}

func (d *Dangers) read(text string, points float64, h *heard) *reread {
	r := &reread{by: d.urgent, text: text, tokens: tokens(text), heard: h}
	r.hits = d.urgent.linear.hits(features(r.tokens))
	r.said = said{sum: d.urgent.linear.sum(r.hits, nil), points: points}
	r.first = d.urgent.tiers[0].line.probability(r.said)
	return r
}

// whole asks the encoder. v is nil where it cannot be read.
func (r *reread) whole() (p float64, v *[encoder.Width]float32) {
	r.said, r.line, v = r.by.judge(toSomebody(r.text), r.said, EncoderAlways, r.heard)
	return r.line.line.probability(r.said), v
}

// weightiest gives the bytes of the sentence whose words speak most for a danger.
func (r *reread) weightiest(ws []word) (start, end int) {
	each, _ := r.by.reasons(r.tokens, r.hits, r.said, nil, r.line)
	most := math.Inf(-1)
	for i, k := 0, 0; i < len(ws); i = k {
		sum := 0.0
		for k = i; k < len(ws) && ws[k].sentence == ws[i].sentence; k++ {
		}
		for j, t := range r.tokens {
			if t.start >= ws[i].start && t.end <= ws[k-1].end {
				sum += each[j]
			}
		}
		if sum > most {
			most, start, end = sum, ws[i].start, ws[k-1].end
		}
	}
	return start, end
}

// enough is how sure the second reading must be beside what the rules found.
func enough(all []audit.Hazard) float64 {
	all = slices.DeleteFunc(slices.Clone(all), func(h audit.Hazard) bool { return h.Kind == Duty })
	switch {
	case len(all) == 0:
		return sureSilent
	case slices.ContainsFunc(all, func(h audit.Hazard) bool { return h.Affirmed }):
		return sureLesser
	}
	return sureOther
}

// kindOf says to which rule a danger belongs that the text tells of as a whole.
func (s *Scorer) kindOf(d *Dangers, found []audit.Hazard, v *[encoder.Width]float32) (best hazard, known bool) {
	most := math.Inf(-1)
	for i := range d.kinds {
		at := slices.IndexFunc(s.hazards, func(h hazard) bool { return h.ID == d.kinds[i].rule })
		if at < 0 {
			continue
		}
		near := 0.0
		for k, x := range d.kinds[i].middle {
			near += float64(x * v[k])
		}
		for _, h := range found {
			switch {
			case h.ID != s.hazards[at].ID:
			case h.Affirmed:
				near = max(near, near+ownWords)
			default:
				near += otherWords / float64(len(found))
			}
		}
		if s.hazards[at].Kind == Private {
			near += inPrivate
		}
		if near > most {
			most, best, known = near, s.hazards[at], true
		}
	}
	return best, known
}
