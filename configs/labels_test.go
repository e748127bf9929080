package configs_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/score/comment"
)

// labelledRows reads sentences with what a person says of them. An apostrophe or a quotation mark is a row's own.
func labelledRows(t *testing.T, file string) (rows []comment.SignRow) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all[1:] {
		rows = append(rows, comment.SignRow{Text: r[0], Threat: r[1] == "1", Spam: r[2] == "1"})
	}
	return rows
}

func labelRules(t *testing.T) comment.Rules {
	t.Helper()
	r, err := configs.Hazards()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The points in configs/labels.yaml are those that the sentences to learn from give, and no others: whoever changes words or
// sentences puts there what this test prints.
func TestPointsAreLearnt(t *testing.T) {
	r := labelRules(t)
	threat, spam, err := comment.LearnSigns(r, labelledRows(t, "labels.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []struct {
		name     string
		is, want comment.Signed
	}{{"threat", r.Threat, threat}, {"spam", r.Spam, spam}} {
		if l.is.Base != l.want.Base {
			t.Errorf("%s base: %.1f, learnt is %.1f", l.name, l.is.Base, l.want.Base)
		}
		for i, g := range l.is.Signs {
			if g.Points != l.want.Signs[i].Points {
				t.Errorf("%s %s: %.1f, learnt is %.1f", l.name, g.ID, g.Points, l.want.Signs[i].Points)
			}
		}
	}
}

// The sentences kept aside are told as run tells them: redacted, and said to somebody. Those of labels_blind.csv are by a writer who
// saw neither rules nor other sentences, so that less is asked for.
func TestLabelFloors(t *testing.T) {
	s, err := comment.NewTrained(labelRules(t))
	if err != nil {
		t.Fatal(err)
	}
	s = s.SpokenTo()
	type floors struct{ precision, recall float64 }
	for file, of := range map[string][2]floors{"labels_eval.csv": {{0.85, 0.8}, {0.95, 0.9}}, "labels_blind.csv": {{0.75, 0.6}, {0.95, 0.75}}} {
		var threat, spam telling
		for _, row := range labelledRows(t, file) {
			a := s.Assess(audit.Redact(row.Text))
			threat.add(a.Threat, audit.ThreatFrom, row.Threat)
			spam.add(a.Spam, audit.SpamFrom, row.Spam)
		}
		for i, l := range []telling{threat, spam} {
			precision, recall, e := l.right/l.told, l.right/l.of, comment.CalibrationError(l.p, l.yes)
			name := file + []string{" threat", " spam"}[i]
			t.Logf("%s: precision %.3f, recall %.3f, calibration error %.3f", name, precision, recall, e)
			if !(precision >= of[i].precision && recall >= of[i].recall && e <= 0.05) {
				t.Errorf("%s: below what the documents say", name)
			}
		}
	}
}

// telling counts what was told of a label.
type telling struct {
	p               []float64
	yes             []bool
	right, told, of float64
}

func (l *telling) add(p *float64, from float64, yes bool) {
	likely := 0.0
	if p != nil {
		likely = *p
	}
	l.p, l.yes = append(l.p, likely), append(l.yes, yes)
	if yes {
		l.of++
	}
	if likely >= from {
		l.told++
		if yes {
			l.right++
		}
	}
}
