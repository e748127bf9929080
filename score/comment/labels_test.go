package comment_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"doorknock/score/comment"
)

// labelled is a small set of texts that tell of two labels, the second only in half of them.
func labelled() (rows []comment.Labelled) {
	for i, thing := range strings.Fields("lift door roof boiler window stairs heating garden bins gate parking lights") {
		for k, text := range []string{"when is the %s to be painted?", "lovely new %s, thank you all", "the %s is still broken, nobody came", "why does nobody answer about the %s?"} {
			labels := map[string]bool{"question": k == 0 || k == 3}
			if k == 1 || k == 2 {
				labels["praise"] = k == 1
			}
			rows = append(rows, comment.Labelled{ID: fmt.Sprint(i, k), Text: fmt.Sprintf(text, thing), Labels: labels})
		}
	}
	return rows
}

func trainLabels(t *testing.T, rows []comment.Labelled) []byte {
	t.Helper()
	l, err := comment.TrainLabels(rows)
	if err != nil {
		t.Fatal(err)
	}
	file, err := l.File([]comment.Source{{File: "a.csv"}})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// unpacked is a model's file as it was before it was made small.
func unpacked(t *testing.T, file []byte) []byte {
	t.Helper()
	head := bytes.IndexByte(file, '\n') + 1
	head += bytes.IndexByte(file[head:], '\n') + 1
	r, err := gzip.NewReader(bytes.NewReader(file[head:]))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return append(slices.Clip(file[:head]), raw...)
}

// packed is the file of a model that unpacked gave.
func packed(t *testing.T, raw []byte) []byte {
	t.Helper()
	head := bytes.IndexByte(raw, '\n') + 1
	head += bytes.IndexByte(raw[head:], '\n') + 1
	out := bytes.NewBuffer(slices.Clone(raw[:head]))
	w := gzip.NewWriter(out)
	if _, err := w.Write(raw[head:]); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestLabelsAreReproducible(t *testing.T) {
	rows := labelled()
	file := trainLabels(t, rows)
	rand.New(rand.NewPCG(7, 7)).Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
	if !bytes.Equal(file, trainLabels(t, rows)) {
		t.Error("the order of the rows changed the labels")
	}
	l, err := comment.ReadLabels(file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := l.File([]comment.Source{{File: "a.csv"}})
	if err != nil || !bytes.Equal(again, file) {
		t.Errorf("read and written again it is another file: %v", err)
	}
	raw := unpacked(t, file)
	if bytes.Contains(raw, []byte("boiler")) || !bytes.Contains(raw, []byte(`"file":"a.csv"`)) {
		t.Error("the file holds words of its rows, or does not name where they are from")
	}
	if _, err := comment.ReadLabels(packed(t, raw)); err != nil {
		t.Fatal(err)
	}
	for what, broken := range map[string][]byte{
		"empty": nil, "cut": raw[:len(raw)-3], "longer": append(slices.Clone(raw), 0), "another": []byte("PK\x03\x04"), "head": []byte("doorknock comment labels 1\n{\n"),
		"counts": []byte("doorknock comment labels 1\n{\"features\":-1}\n"), "name": bytes.Replace(raw, []byte("praise"), []byte("prices"), 1),
	} {
		if _, err := comment.ReadLabels(packed(t, broken)); err == nil {
			t.Errorf("%s: it was read", what)
		}
	}
}

// Each label is told by its own rows, by words alone and with the encoder.
func TestCrossValidateLabels(t *testing.T) {
	all, err := comment.CrossValidateLabels(labelled())
	if err != nil || len(all) != 2 || all[0].Name != "praise" || all[0].Yes != 12 || all[0].By[0].Rows != 24 || all[1].Name != "question" || all[1].By[1].Rows != 48 {
		t.Fatalf("%+v, %v", all, err)
	}
	for _, f := range all {
		for by, g := range f.By {
			if g.F1 < 0.9 || g.AUC < 0.95 || g.Error > 0.3 {
				t.Errorf("%s by tier %d: %+v", f.Name, by+1, g)
			}
		}
	}
	if _, err := comment.CrossValidateLabels(nil); err == nil {
		t.Error("no rows were enough")
	}
	if _, err := comment.TrainLabels(labelled()[:8]); err == nil {
		t.Error("eight rows were enough")
	}
}

// The labels know nothing of each other: a question may be a complaint as well.
func TestLabels(t *testing.T) {
	for _, may := range comment.Tiers {
		s := trained(t).Of(may)
		for text, label := range map[string]string{
			"Thank you so much, you are amazing, love the new garden!":   "praise",
			"What time does the office open on Monday?":                  "question",
			"Why has nobody come to mend my boiler?":                     "question",
			"You should put a bench by the door, and try the other side": "idea",
		} {
			a := s.Assess(text)
			if a.Threat != nil || a.Spam != nil {
				t.Errorf("%q: nothing was learnt of threats and spam, and there is an opinion: %+v", text, a)
			}
			for name, p := range map[string]*float64{"praise": a.Praise, "question": a.Question, "idea": a.Idea} {
				if p == nil || *p < 0 || *p > 1 || (*p > 0.4) != (name == label) {
					t.Errorf("%q by %v: %s is %v", text, may, name, value(p))
				}
			}
		}
	}
	if a := trained(t).Assess("Mae llwydni yn y gegin eto, gwarthus"); a.Praise != nil || a.Question != nil || a.Idea != nil {
		t.Errorf("of Welsh the labels know nothing: %+v", a)
	}
}

func value(p *float64) any {
	if p == nil {
		return nil
	}
	return *p
}
