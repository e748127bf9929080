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

// The sentences of the second file are only measured on. Each is told as it was written and as it is kept, redacted.
func TestLabelFloors(t *testing.T) {
	s, err := comment.New(labelRules(t)) // the signs need no model
	if err != nil {
		t.Fatal(err)
	}
	rows := labelledRows(t, "labels_eval.csv")
	for _, form := range []struct {
		name string
		of   func(string) string
	}{{"as written", func(text string) string { return text }}, {"redacted", audit.Redact}} {
		for _, label := range []struct {
			name string
			is   func(comment.SignRow) bool
			told func(audit.Assessment) *float64
		}{
			{"threat", func(r comment.SignRow) bool { return r.Threat }, func(a audit.Assessment) *float64 { return a.Threat }},
			{"spam", func(r comment.SignRow) bool { return r.Spam }, func(a audit.Assessment) *float64 { return a.Spam }},
		} {
			var p []float64
			var y []bool
			right, told, of := 0.0, 0.0, 0.0
			for _, row := range rows {
				is, likely := label.is(row), 0.0
				if got := label.told(s.Assess(form.of(row.Text))); got != nil {
					likely = *got
				}
				p, y = append(p, likely), append(y, is)
				if is {
					of++
				}
				if likely >= 0.5 {
					told++
					if is {
						right++
					}
				}
			}
			e := comment.CalibrationError(p, y)
			t.Logf("%s, %s: precision %.3f, recall %.3f, calibration error %.3f", label.name, form.name, right/told, right/of, e)
			if right/told < 0.9 || right/of < 0.8 || e > 0.05 {
				t.Errorf("%s, %s: below what the documents say", label.name, form.name)
			}
		}
	}
}
