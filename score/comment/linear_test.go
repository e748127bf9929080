package comment_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"doorknock/audit"
	"doorknock/score/comment"
)

// trained is a scorer with the built-in model.
func trained(t testing.TB) *comment.Scorer {
	t.Helper()
	s, err := comment.NewTrained(small)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// madeUp is a small set of texts that are easy to tell apart, none twice.
func madeUp() (rows []comment.Row) {
	things := strings.Fields("lift door roof boiler window stairs heating garden bins gate parking lights")
	for i, thing := range things {
		for k, text := range []string{"the %s is still broken, nobody came", "why does nobody answer about the %s!!", "lovely new %s, thank you all", "when is the %s to be painted?"} {
			rows = append(rows, comment.Row{ID: fmt.Sprint(i, k), Text: fmt.Sprintf(text, thing), Complaint: k < 2, Domain: []string{"north", "south"}[i%2]})
		}
	}
	return rows
}

// made is a model of the made-up rows: under the race detector one costs seconds.
var made = sync.OnceValues(func() (*comment.Trained, error) { return comment.Train(madeUp()) })

// The same rows in any order give the same bytes, and the file read again is the same model.
func TestTrainIsReproducible(t *testing.T) {
	rows := madeUp()
	var files [][]byte
	for _, train := range []func() (*comment.Trained, error){made, func() (*comment.Trained, error) { return comment.Train(rows) }} {
		rand.New(rand.NewPCG(7, 7)).Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
		m, err := train()
		if err != nil {
			t.Fatal(err)
		}
		file, err := m.File(nil)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the order of the rows changed the model")
	}
	m, err := comment.ReadModel(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for text, complaint := range map[string]bool{"nobody came, the fence is still broken": true, "thank you all, lovely": false} {
		for _, may := range comment.Tiers {
			if p, yes := m.Probability(text, may); yes != complaint {
				t.Errorf("%q by %v: %v", text, may, p)
			}
		}
	}
}

// The leak check knows a training row by its letters, however it is written, and no other text.
func TestModelKnowsItsRows(t *testing.T) {
	m, err := made()
	if err != nil {
		t.Fatal(err)
	}
	if !m.Knows("The LIFT is still... broken,  nobody came!") || m.Knows("the lift is still broken") {
		t.Error("the leak check does not know the rows of training")
	}
}

func TestTooFewRows(t *testing.T) {
	for _, rows := range [][]comment.Row{nil, madeUp()[:8], slices.Repeat(madeUp()[:2], 40)} {
		if _, err := comment.Train(rows); err == nil {
			t.Errorf("%d rows were enough", len(rows))
		}
	}
}

func TestMacroF1(t *testing.T) {
	// Of complaints 1 of 2 found and 1 called over: F1 0.5. Of others 2 of 3, 1 over: F1 2/3.
	got := comment.MacroF1([]float64{0.9, 0.2, 0.6, 0.1, 0.4}, []bool{true, true, false, false, false}, 0.5)
	if want := (0.5 + 2.0/3) / 2; math.Abs(got-want) > 1e-12 {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestBrokenModels(t *testing.T) {
	m, err := made()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := m.File(nil)
	if err != nil {
		t.Fatal(err)
	}
	file := unpacked(t, whole)
	if _, err := comment.ReadModel(packed(t, file)); err != nil {
		t.Fatal(err)
	}
	for what, broken := range map[string][]byte{
		"not packed": file, "cut": whole[:len(whole)-3], "longer": append(slices.Clone(whole), 0), "no second line": []byte("doorknock complaint model 2"),
		"too large": packed(t, append(slices.Clone(file), make([]byte, 32<<20)...)),
	} {
		if _, err := comment.ReadModel(broken); err == nil {
			t.Errorf("%s: it was read", what)
		}
	}
	swapped := slices.Clone(file)
	swapped[bytes.Index(file, []byte("}\n"))+2+7] = 0xff // the first key becomes greater than the second
	for what, broken := range map[string][]byte{
		"empty": nil, "cut": file[:len(file)-3], "longer": append(slices.Clone(file), 0), "another": []byte("PK\x03\x04"), "keys": swapped,
		"head": []byte("doorknock complaint model 2\n{\n"), "counts": []byte("doorknock complaint model 2\n{\"features\":-1,\"rows\":4}\n"),
	} {
		if _, err := comment.ReadModel(packed(t, broken)); err == nil {
			t.Errorf("%s, packed: it was read", what)
		}
	}
}

func TestTrainedAssessment(t *testing.T) {
	s := trained(t)
	for _, test := range []struct {
		text      string
		complaint bool
		tier      int
	}{
		{"Still waiting for the repair, nobody answers the phone!!", true, 1},
		{"This is a disgrace, the lift is broken again", true, 1},
		{"Lovely day, thank you all", false, 1},
		{"When is the next meeting?", false, 2},
		{"Mae llwydni yn y gegin eto, gwarthus", true, 0}, // Welsh: rules only
		{"Когда починят лифт", false, 0},
		{"12 !!", false, 0},
		{"", false, 0},
	} {
		a := s.Assess(test.text)
		if a.IsComplaint != test.complaint || a.Tier != test.tier || (a.Tier == 0) != (a.Model == comment.Model) {
			t.Errorf("%q: %+v", test.text, a)
		}
		for name, p := range map[string]*float64{"praise": a.Praise, "question": a.Question, "idea": a.Idea} {
			if (p == nil) != (test.tier == 0) {
				t.Errorf("%q: %s is %v in tier %d", test.text, name, p, a.Tier)
			}
		}
		if a.Threat != nil || a.Spam != nil {
			t.Errorf("%q: a head that the model lacks is not null: %+v", test.text, a)
		}
	}
}

// A danger counts whatever the model says, and stands among the reasons.
func TestHazardsBesideTheModel(t *testing.T) {
	a := trained(t).Assess("I smell gas")
	if a.Urgency != comment.Urgent || !slices.ContainsFunc(a.Spans, func(s audit.Span) bool { return s.Start == 2 && s.End == 11 }) {
		t.Errorf("%+v", a)
	}
}

// A text is read up to a length; what stands there is heard.
func TestLongTexts(t *testing.T) {
	a := trained(t).Assess("I smell gas. " + strings.Repeat("€", 100_000))
	if a.Urgency != comment.Urgent {
		t.Errorf("%+v", a)
	}
}

func BenchmarkTrained(b *testing.B) {
	s := trained(b)
	const text = "Third time asking: the ceiling in our kitchen still drips when it rains, and nobody answers the phone. When will you come?"
	for b.Loop() {
		_ = s.Assess(text)
	}
}
