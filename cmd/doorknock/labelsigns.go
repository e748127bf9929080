package main

import (
	"fmt"
	"io"

	"doorknock/audit"
	"doorknock/score/comment"
)

// signsEval is how well the built-in signs tell threats and spam.
type signsEval struct {
	scorer       *comment.Scorer
	threat, spam tellings
}

// tellings are what was told of a label, and what is so.
type tellings struct {
	p               []float64
	yes             []bool
	labelled        bool // a row says of the label whether it is so; else all are taken for ordinary talk
	right, told, of int
}

func (t *tellings) add(p *float64, from float64, label string, ordinary bool) {
	if label == "" && !ordinary {
		return
	}
	yes, likely := label == "1", 0.0
	if p != nil {
		likely = *p
	}
	t.p, t.yes, t.labelled = append(t.p, likely), append(t.yes, yes), t.labelled || label != ""
	if yes {
		t.of++
	}
	if likely >= from {
		t.told++
		if yes {
			t.right++
		}
	}
}

// put adds the label's figures; nil where nothing was to be measured.
func (t *tellings) put(name string, into map[string]*float64) {
	into["false_"+name] = share{t.told - t.right, len(t.p) - t.of}.value()
	for _, figure := range []string{"_precision", "_recall", "_calibration_error"} {
		into[name+figure] = nil
	}
	if !t.labelled {
		return
	}
	into[name+"_precision"], into[name+"_recall"] = share{t.right, t.told}.value(), share{t.right, t.of}.value()
	e := comment.CalibrationError(t.p, t.yes)
	into[name+"_calibration_error"] = &e
}

// add tells the rows of a file. A row without the columns threat and spam is taken for ordinary talk, but what a set of speech
// acts calls a threat says nothing of threats: most report one.
func (e *signsEval) add(table []map[string]string) (err error) {
	if e.scorer == nil {
		if e.scorer, err = newScorer(); err != nil {
			return err
		}
	}
	for _, row := range table {
		_, threat := row["threat"]
		_, spam := row["spam"]
		a := e.scorer.Assess(row["text"])
		e.threat.add(a.Threat, audit.ThreatFrom, row["threat"], !threat && !spam && row["act"] != "THT")
		e.spam.add(a.Spam, audit.SpamFrom, row["spam"], !threat && !spam)
	}
	return nil
}

func (e *signsEval) print(out io.Writer, m map[string]*float64) {
	for _, l := range [...]struct {
		name string
		t    *tellings
	}{{"threat", &e.threat}, {"spam", &e.spam}} {
		fmt.Fprintf(out, "\n%s, by signs: %d of %d\n", l.name, l.t.of, len(l.t.p))
		for _, of := range [...]struct{ title, name string }{
			{"precision", l.name + "_precision"}, {"recall", l.name + "_recall"}, {"called so and not so", "false_" + l.name}, {"calibration error", l.name + "_calibration_error"},
		} {
			if v := m[of.name]; v != nil {
				fmt.Fprintf(out, "  %-28s %.4f\n", of.title, *v)
			}
		}
	}
}
