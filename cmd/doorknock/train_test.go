package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorknock/score/comment"
)

// corpus is a made-up folder of labelled texts, as train and eval comments read it.
func corpus(t *testing.T, licence string) string {
	t.Helper()
	folder := t.TempDir()
	files := map[string]string{"README.md": "| file | rows | licence |\n| --- | --- | --- |\n| complaints_train.csv | 40 | " + licence + " |\n| complaints_dev.csv | 8 | the same |\n| complaints_test.csv | 1 | MIT |\n| mine.csv | 1 | MIT |\n"}
	things := strings.Fields("lift door roof boiler window stairs heating garden bins gate parking lights")
	for i, thing := range things {
		name := "complaints_train.csv"
		if i >= 10 {
			name = "complaints_dev.csv"
		}
		if files[name] == "" {
			files[name] = "id,text,complaint,domain\n"
		}
		for k, text := range []string{"the %s is still broken, nobody came", "why does nobody answer about the %s!!", "lovely new %s, thank you all", "when is the %s to be painted?"} {
			files[name] += fmt.Sprintf("%d%d,\"%s\",%d,%s\n", i, k, fmt.Sprintf(text, thing), 1-k/2, []string{"north", "south"}[i%2])
		}
	}
	files["complaints_test.csv"] = "id,text,complaint\n1,the fence is still broken,1\n"
	files["mine.csv"] = "id,text,complaint,split\n1,the fence is still broken,1,train\n2,lovely,0,test\n"
	files["unlisted.csv"] = files["complaints_test.csv"]
	for name, body := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// doorknock runs one command line.
func doorknock(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

func TestTrainRefuses(t *testing.T) {
	free, bound, silent := corpus(t, "MIT"), corpus(t, "CC BY-NC-SA 4.0"), corpus(t, "none stated")
	for path, reason := range map[string]string{
		bound: "CC BY-NC-SA 4.0", silent: "none stated", filepath.Join(free, "complaints_test.csv"): "kept aside as test",
		filepath.Join(free, "mine.csv"): "row 2 is kept aside as test", filepath.Join(free, "unlisted.csv"): "names its licence", filepath.Join(bound, "complaints_dev.csv"): "CC BY-NC-SA 4.0",
	} {
		to := filepath.Join(t.TempDir(), "model")
		code, _, errs := doorknock(t, "train", "--out", to, path)
		if _, err := os.Stat(to); code != exitUsage || !strings.Contains(errs, reason) || err == nil {
			t.Errorf("%s: exit %d, %s", filepath.Base(path), code, errs)
		}
	}
}

// A file is told by the built-in model. Together with a folder that would be two figures under one name.
func TestEvalCommentsOfAFile(t *testing.T) {
	folder := corpus(t, "MIT")
	file := filepath.Join(folder, "complaints_dev.csv")
	code, out, errs := doorknock(t, "eval", "comments", file)
	if code != 0 || !strings.Contains(out, "8 texts, by the built-in model") || strings.Contains(out, "ACL 2019") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if code, _, errs = doorknock(t, "eval", "comments", folder, file); code != exitUsage {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestTrainEncoderRefuses(t *testing.T) {
	to := filepath.Join(t.TempDir(), "encoder.model")
	code, _, errs := doorknock(t, "train", "encoder", t.TempDir(), "--out", to)
	if _, err := os.Stat(to); code != exitFailed || !strings.Contains(errs, ".json: no such file") || err == nil {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// The labels of a folder are learnt and measured from the files it has; what may not be trained on is refused.
func TestTrainAndEvalLabels(t *testing.T) {
	folder, to := corpus(t, "MIT"), filepath.Join(t.TempDir(), "labels.model")
	table := "id,text,act\n"
	for i := range 40 {
		table += fmt.Sprintf("q%d,when is number %d painted?,QUE\ns%d,you should paint number %d,SUG\no%d,number %d is painted,STM\n", i, i, i, i, i, i)
	}
	readme := "| file | licence |\n| --- | --- |\n| complaints_train.csv | MIT |\n| complaints_dev.csv | MIT |\n| acts_train.csv | BSD 2-clause |\n"
	for name, body := range map[string]string{"acts_train.csv": table, "README.md": readme} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, out, errs := doorknock(t, "train", "labels", folder, "--out", to); code != 0 || !strings.Contains(out, "trained on 120 texts") {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	code, out, errs := doorknock(t, "eval", "labels", folder, "--json")
	var got struct {
		Suite   string
		Items   int
		Metrics map[string]*float64
	}
	if err := json.Unmarshal([]byte(out), &got); code != 0 || err != nil || got.Suite != "labels" || got.Items != 168 {
		t.Fatalf("exit %d: %s%s, %v", code, out, errs, err)
	}
	if m := got.Metrics; len(m) != 32 || m["false_spam"] == nil || *m["false_spam"] != 0 || m["threat_recall"] != nil || m["tier2_question_f1"] == nil || *m["tier2_question_f1"] < 0.9 || m["tier1_praise_auc"] != nil {
		t.Errorf("%s", out)
	}
	if code, out, errs = doorknock(t, "eval", "labels", folder); code != 0 || !strings.Contains(out, "idea: 40 of 120") || strings.Contains(out, "painted") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if err := os.WriteFile(filepath.Join(folder, "README.md"), []byte(strings.Replace(readme, "BSD 2-clause", "CC BY-NC 4.0", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs = doorknock(t, "train", "labels", folder, "--out", to); code != exitUsage || !strings.Contains(errs, "CC BY-NC 4.0") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// The second reading is learnt from the sentences of a folder; what is kept aside is refused, and a sentence that it was
// learnt from is counted where it is measured.
func TestTrainDangers(t *testing.T) {
	folder := t.TempDir()
	to, rows := filepath.Join(folder, "danger.model"), "text,hazards,urgent\n"
	for i := range 12 {
		rows += fmt.Sprintf("gas is coming from pipe %d help,gas,1\nthe party at number %d was lovely,,0\n", i, i)
	}
	for name, body := range map[string]string{
		"hazards.csv": rows, "hazards_eval.csv": rows, "complaints_train.csv": "id,text,complaint\n1,When does shop 7 open?,0\n",
		"README.md": "| file | licence |\n| --- | --- |\n| hazards.csv | the program's own: GPL-3.0 |\n| hazards_eval.csv | same |\n| complaints_train.csv | MIT |\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, out, errs := doorknock(t, "train", "dangers", folder, "--out", to); code != 0 || !strings.Contains(out, "trained on 25 texts") {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	file, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	if d, err := comment.ReadDangers(file); err != nil || !d.Knows("When does shop 7 open") {
		t.Errorf("%v", err)
	}
	if code, _, errs := doorknock(t, "train", "dangers", filepath.Join(folder, "hazards_eval.csv"), "--out", to); code != exitUsage || !strings.Contains(errs, "kept aside") {
		t.Errorf("exit %d: %s", code, errs)
	}
	known := filepath.Join(folder, "known.csv")
	if err := os.WriteFile(known, []byte("text,hazards,urgent\nI can smell gas in my hallway right now and the number you gave just rings out,gas,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := doorknock(t, "eval", "hazards", known); code != 0 || !strings.Contains(out, "1 of them the second reading was learnt from") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}
