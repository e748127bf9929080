package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/score/comment"
)

// sit is one person's sitting: keys typed, and what stood on the screen.
func sit(t *testing.T, keys, folder, name string, more ...string) (code int, screen string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"label", folder, "--as", name}, more...), strings.NewReader(keys), &out, &errs)
	return code, out.String() + errs.String()
}

func manyTexts(t *testing.T) string {
	t.Helper()
	body := "id,text\n"
	for i := range 40 {
		body += fmt.Sprintf("%d,Number %d: the %s is broken and nobody comes\n", i, i, strings.Repeat("old ", i%3)+"lift")
	}
	body += "danger,my husband hits me and I am scared to go home\n"
	file := filepath.Join(t.TempDir(), "texts.csv")
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Two people label the same texts without seeing each other's answers; what they differ on is trained on by nobody, what is kept
// aside for test is refused, and a sitting that is broken off goes on where it stopped.
func TestTwoPeopleLabel(t *testing.T) {
	folder, texts := filepath.Join(t.TempDir(), "labels"), manyTexts(t)
	code, first := sit(t, strings.Repeat("y n", 5), folder, "ann", "--texts", texts, "--count", "20")
	if code != 0 || !strings.Contains(first, "11 of 20") || !strings.Contains(first, "One person's labels") {
		t.Fatalf("exit %d:\n%s", code, first)
	}
	code, again := sit(t, "q", folder, "ann", "--texts", texts, "--count", "20")
	if code != 0 || strings.Contains(again, shownText(first, 1)) {
		t.Errorf("exit %d: a text comes again:\n%s", code, again)
	}
	code, second := sit(t, "yyybu n ? yyyyyy q", folder, "bea", "--texts", texts, "--count", "20")
	for i := 1; i <= 3; i++ {
		if got, want := shownText(second, i), shownText(first, i); got != want {
			t.Errorf("text %d is %q, want %q as the first person", i, got, want)
		}
	}
	if code != 0 || !strings.Contains(second, "ann and bea gave the same label to 5 of 9; Cohen's kappa") || !strings.Contains(second, "Of 4 texts people differ: in neither.") {
		t.Errorf("exit %d:\n%s", code, second)
	}
	if strings.Contains(first+second, "husband") {
		t.Error("a text that says a person may be in danger was shown")
	}
	train, test := table(t, folder, ownTrainFile), table(t, folder, ownTestFile)
	if len(train)+len(test) != 6 {
		t.Errorf("%d and %d rows, want the five agreed on and the one of which one person only was sure", len(train), len(test))
	}
	if code, _, errs := doorknock(t, "train", "--own", filepath.Join(folder, ownTestFile)); code != exitUsage || !strings.Contains(errs, "kept aside as test") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if code, _, errs := doorknock(t, "train", folder); code != exitUsage || !strings.Contains(errs, "give --own") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// What was learnt from labels of one's own says so in the model's file.
func TestTrainOnOwnLabels(t *testing.T) {
	folder, texts := filepath.Join(t.TempDir(), "labels"), manyTexts(t)
	if code, screen := sit(t, strings.Repeat("yn", 20), folder, "ann", "--texts", texts); code != 0 {
		t.Fatal(screen)
	}
	to := filepath.Join(t.TempDir(), "m")
	if code, _, errs := doorknock(t, "train", "--own", folder, "--out", to); code != 0 {
		t.Fatal(errs)
	}
	model, err := os.ReadFile(to)
	if err != nil || !bytes.Contains(model, []byte(ownLicence)) {
		t.Errorf("%v: the file does not say what it is made of", err)
	}
}

// What the texts drawn by chance tell of a stream: the share that complains, and from a hundred on the threshold that tells them best. A
// threshold that is set holds for its stream alone.
func TestThresholdsByStream(t *testing.T) {
	scorer, err := newScorer()
	if err != nil {
		t.Fatal(err)
	}
	scorer = scorer.SpokenTo() // as run reads comments
	m := &marks{}
	for i := range 150 {
		k := mark{id: fmt.Sprint(i), domain: "elm/web", annotator: "ann", drawn: comment.DrawnRandom, split: "train", complaint: "0", text: "lovely evening, thanks to all"}
		if i%3 == 0 { // the scorer thinks it likely, and under its own threshold
			k.complaint, k.text = "1", "The garden party was lovely, shame the lift is out again"
		}
		m.all = append(m.all, k, mark{id: "near" + k.id, domain: "elm/web", annotator: "ann", drawn: comment.DrawnNear, split: "train", complaint: "1", text: "x"})
	}
	m.all = append(m.all, mark{id: "a", domain: "oak/web", annotator: "ann", drawn: comment.DrawnRandom, split: "test", complaint: "0", text: "thanks"})
	p := scorer.Assess("The garden party was lovely, shame the lift is out again").Complaint
	if p >= 0.5 {
		t.Fatalf("choose a text that the model's own threshold misses: %.2f", p)
	}
	var told []string
	for _, f := range m.streams(scorer) {
		told = append(told, f.String())
	}
	got := strings.Join(told, "\n")
	for _, want := range []string{"elm/web: 50 of 150 drawn by chance complain, 33 % (95 %: 26 to 41 %)", "oak/web: 0 of 1 drawn by chance complain", "99 more would do"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	of := configs.Score{Thresholds: map[string]float64{"elm/web": p - 0.01, "facebook": p - 0.01}}
	assess := assessing(scorer, of)
	for stream, want := range map[audit.Stream]bool{{Organisation: "elm", Platform: audit.Web}: true, {Organisation: "oak", Platform: audit.Web}: false, {Organisation: "oak", Platform: audit.Facebook}: true} {
		if a := assess(stream, "The garden party was lovely, shame the lift is out again"); a.IsComplaint != want || want && a.Urgency == comment.None {
			t.Errorf("%s: complaint %v, urgency %s, want %v", stream, a.IsComplaint, a.Urgency, want)
		}
	}
}

func TestLabelTellsWhatIsWrong(t *testing.T) {
	folder := t.TempDir()
	if code, screen := sit(t, "", folder, " "); code != exitUsage || !strings.Contains(screen, "--as") {
		t.Errorf("exit %d: %s", code, screen)
	}
	if err := os.WriteFile(filepath.Join(folder, marksFile), []byte(strings.Join(markColumns, ",")+"\n1,x,,ann,maybe,near,train,now\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, screen := sit(t, "y", folder, "ann", "--texts", manyTexts(t)); code == 0 || !strings.Contains(screen, "marks.csv: row 1") {
		t.Errorf("exit %d: %s", code, screen)
	}
}

func shownText(screen string, n int) string {
	_, rest, _ := strings.Cut(screen, fmt.Sprintf("\n%d of ", n))
	line, _, _ := strings.Cut(rest, "\n")
	_, text, _ := strings.Cut(line, "  ")
	return text
}

func table(t *testing.T, folder, name string) []map[string]string {
	t.Helper()
	rows, err := readColumns(filepath.Join(folder, name), "id", "complaint")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if diff := cmp.Diff(map[string]string{ownTrainFile: "train", ownTestFile: "test"}[name], r["split"]); diff != "" {
			t.Error(diff)
		}
	}
	return rows
}
