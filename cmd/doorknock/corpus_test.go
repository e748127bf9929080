//go:build !race

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorknock/score/comment"
)

// The models that are built in hold their floors. That they are what the rows give is tested by night: to read them all with
// the encoder takes minutes.
func TestCorpusHoldsFloors(t *testing.T) {
	folder := sharedData(t, "corpus/comments")
	for _, suite := range []string{"comments", "labels"} {
		code, out, errs := doorknock(t, "eval", suite, folder, "--floors", filepath.Join("testdata", "floors-"+suite+".json"))
		if code != 0 {
			t.Errorf("%s: exit %d: %s\n%s", suite, code, errs, out)
		}
	}
}

// Each file that training refuses is refused in the corpus too, and no row that the model knows is ever measured with it.
func TestCorpusOfCommentsIsApart(t *testing.T) {
	folder := sharedData(t, "corpus/comments")
	for _, name := range []string{"suggestions_train.csv", "suggestions_hotel_dev.csv", "spam_sms_dev.csv"} {
		if code, _, errs := doorknock(t, "train", filepath.Join(folder, name), "--out", filepath.Join(t.TempDir(), "model")); code != exitUsage {
			t.Errorf("%s: exit %d, %s", name, code, errs)
		}
	}
	code, _, errs := doorknock(t, "eval", "comments", filepath.Join(folder, "complaints_dev.csv"))
	if code != exitFailed || !strings.Contains(errs, "was trained on each of the 552 rows") {
		t.Errorf("exit %d: %s", code, errs)
	}
	known, err := readColumns(filepath.Join(folder, "complaints_dev.csv"), "text", "complaint")
	if err != nil {
		t.Fatal(err)
	}
	var mixed strings.Builder
	w := csv.NewWriter(&mixed)
	rows := [][]string{{"id", "text", "complaint"}, {"1", strings.ToUpper(known[0]["text"]) + " !", known[0]["complaint"]}, {"2", known[1]["text"], known[1]["complaint"]},
		{"3", "The lift in our block is out again", "1"}, {"4", "Thanks for the lovely garden day", "0"}}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "mixed.csv")
	if err := os.WriteFile(file, []byte(mixed.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := doorknock(t, "eval", "comments", file)
	if code != 0 || !strings.Contains(out, "2 texts, by the built-in model") || !strings.Contains(out, "2 rows left out: the model knows them") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}

func TestTrainWritesTheSameBytes(t *testing.T) {
	folder, to := corpus(t, "MIT"), t.TempDir()
	var files [2][]byte
	for i, paths := range [][]string{{folder}, {filepath.Join(folder, "complaints_dev.csv"), filepath.Join(folder, "complaints_train.csv")}} {
		file := filepath.Join(to, fmt.Sprint(i))
		if code, out, errs := doorknock(t, append([]string{"train", "--out", file}, paths...)...); code != 0 || !strings.Contains(out, "trained on 48 texts") {
			t.Fatalf("exit %d: %s%s", code, out, errs)
		}
		var err error
		if files[i], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the same rows gave other bytes")
	}
	if bytes.Contains(files[0], []byte("broken")) || !bytes.Contains(files[0], []byte(`"file":"complaints_train.csv"`)) {
		t.Error("the model holds words of its rows, or does not name its files")
	}
}

// Thirty trainings, of which each takes seconds under the race detector.
func TestEvalComments(t *testing.T) {
	folder := corpus(t, "MIT")
	code, out, errs := doorknock(t, "eval", "comments", folder, "--json")
	var got struct {
		Suite, How string
		Items      int
		Metrics    map[string]*float64
	}
	if err := json.Unmarshal([]byte(out), &got); code != 0 || err != nil {
		t.Fatalf("exit %d: %s%s, %v", code, out, errs, err)
	}
	if got.Suite != "comments" || got.Items != 48 || got.How != "10-fold cross-validation" || len(got.Metrics) != len(answeredBy)*(len(complaintMetrics)+1)+3 { // leaked, and two on causes
		t.Errorf("%s", out)
	}
	for _, by := range answeredBy {
		for _, m := range complaintMetrics {
			if got.Metrics[by.prefix+m.name] == nil {
				t.Errorf("%s%s was not measured", by.prefix, m.name)
			}
		}
	}
	code, out, _ = doorknock(t, "eval", "comments", folder)
	if code != 0 || !strings.Contains(out, "ACL 2019 0.79") || strings.Contains(out, "nobody came") {
		t.Errorf("exit %d: %s", code, out)
	}
	floors := filepath.Join(t.TempDir(), "floors.json")
	if err := os.WriteFile(floors, []byte(`{"macro_f1": 1.1, "calibration_error": 0, "per_second": 1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs = doorknock(t, "eval", "comments", folder, "--floors", floors)
	if code != exitMissed || !strings.Contains(errs, "macro_f1 ") || !strings.Contains(errs, "calibration_error ") || strings.Contains(errs, "per_second") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// The words that weigh most for a complaint are more often part of what people marked as its cause than words of that length
// laid anywhere.
func TestCausesOfTheCorpus(t *testing.T) {
	folder := sharedData(t, "corpus/comments")
	e := &complaintsEval{}
	files, err := filesOf(folder, complaintFiles)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if err := e.addCauses(file); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.reasons(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", e.why)
	if e.why.Texts < 900 || e.why.Top < e.why.Chance+0.05 {
		t.Errorf("%+v", e.why)
	}
}

// A file of which the model knows some rows, however they are written, is measured on the others alone, and says how many it
// left out.
func TestLeaksOfAMixedFile(t *testing.T) {
	rows, err := complaintRows(filepath.Join(corpus(t, "MIT"), "complaints_train.csv"), true)
	if err != nil {
		t.Fatal(err)
	}
	e := &complaintsEval{}
	if e.model, err = comment.Train(rows); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "mixed.csv")
	body := "id,text,complaint\n1,the GATE is still broken: nobody came!,1\n2,the gate in the yard is still broken,1\n3,\"Lovely new roof... thank you, all\",0\n4,what a lovely hall,0\n"
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := e.add(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if err := e.print(&out, false); err != nil {
		t.Fatal(err)
	}
	if m := e.metrics(); *m["leaked"] != 2 || e.figures[comment.Auto].Rows != 2 || !strings.Contains(out.String(), "2 texts, by the built-in model\n2 rows left out: the model knows them") {
		t.Errorf("%v left out of %d measured:\n%s", *m["leaked"], e.figures[comment.Auto].Rows, out.String())
	}
}
