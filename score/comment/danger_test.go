package comment_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/score/comment"
)

// toldDangers is a small set of sentences of which half are urgent, in two rules.
func toldDangers() (rows []comment.HazardRow) {
	for thing := range strings.FieldsSeq("lift door roof boiler window stairs heating garden bins gate parking lights") {
		rows = append(rows,
			comment.HazardRow{Text: fmt.Sprintf("there is gas by the %s and we feel sick", thing), Hazards: []string{"mould:any", "gas"}, Urgent: true},
			comment.HazardRow{Text: fmt.Sprintf("somebody is hurt by the %s, please come now", thing), Hazards: []string{"in_danger"}, Urgent: true},
			comment.HazardRow{Text: fmt.Sprintf("when is the %s to be painted?", thing)},
			comment.HazardRow{Text: fmt.Sprintf("lovely new %s, thank you all", thing), Hazards: []string{"gas"}})
	}
	return rows
}

func TestDangersAreReproducible(t *testing.T) {
	rows := toldDangers()
	make := func() []byte {
		d, err := comment.TrainDangers(rows)
		if err != nil {
			t.Fatal(err)
		}
		file, err := d.File([]comment.Source{{File: "a.csv"}})
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	file := make()
	rand.New(rand.NewPCG(7, 7)).Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
	if !bytes.Equal(file, make()) {
		t.Error("the order of the rows changed the second reading")
	}
	d, err := comment.ReadDangers(file)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := d.File([]comment.Source{{File: "a.csv"}}); err != nil || !bytes.Equal(again, file) {
		t.Errorf("read and written again it is another file: %v", err)
	}
	raw := unpacked(t, file)
	if bytes.Contains(raw, []byte("painted")) || !bytes.Contains(raw, []byte(`{"rules":["gas","in_danger"],"model":{"sources":[{"file":"a.csv"`)) || !d.Knows("When is the LIFT to be painted") || d.Knows("Is there gas?") {
		t.Error("the file holds words of its rows, names the rules wrongly, or does not know what it was made from")
	}
	for what, broken := range map[string][]byte{
		"empty": nil, "cut": raw[:len(raw)-3], "longer": append(slices.Clone(raw), 0),
		"another": []byte("PK\x03\x04"), "head": []byte("doorknock dangers 2\n{\n"),
		"no rules": []byte("doorknock dangers 2\n{}\n"), "counts": []byte("doorknock dangers 2\n{\"rules\":[\"a\"]}\n"),
	} {
		if _, err := comment.ReadDangers(packed(t, broken)); err == nil {
			t.Errorf("%s: it was read", what)
		}
	}
	for i := range rows {
		rows[i].Hazards = nil
	}
	if _, err := comment.TrainDangers(rows); err == nil {
		t.Error("sentences of no rule were enough")
	}
}

// What no rule's words tell of is found by what the text as a whole reads like, told as likely with its sentence, and urgent.
func TestSecondReading(t *testing.T) {
	s := trained(t)
	for text, kind := range map[string]string{
		"Lovely day for it. There's a hissing behind the cooker, it reeks and my eyes are stinging": "danger",
	} {
		a := s.Assess(text)
		if a.Urgency != comment.Urgent || len(a.Hazards) != 1 {
			t.Fatalf("%q: %+v", text, a)
		}
		h := a.Hazards[0]
		if !h.Whole || h.Context != "affirmed" || h.Told() != "likely" || !h.Affirmed || h.Kind != kind || h.Likely < 0.5 || h.Likely > 1 || text[h.Start:h.End] != h.Text || !strings.HasPrefix(h.Text, "There's") {
			t.Errorf("%q: %+v", text, h)
		}
		if h.ID != "gas" {
			t.Errorf("%q is told as %s", text, h.ID)
		}
		rules := scorer(t, small).Assess(text)
		if len(rules.Hazards) != 0 || len(s.Of(comment.LinearOnly).Assess(text).Hazards) != 0 {
			t.Errorf("%q: rules alone, or the linear tier alone, told of %v", text, rules.Hazards)
		}
		if bare, named := s.SpokenTo().Assess(text), s.Assess("@USER "+text); bare.Hazards[0].Likely != h.Likely || named.Hazards[0].Likely != h.Likely {
			t.Errorf("%q is read otherwise where it names whom it is to: %v, %v", text, bare.Hazards, named.Hazards)
		}
		if again := s.Assess(text + ", they said on the news"); again.Urgency == comment.Urgent {
			t.Errorf("told of another place it is %+v", again)
		}
	}
	for _, text := range []string{
		"Thanks for the lovely garden party", "When will the gate be painted?", "Still waiting for a call back, useless", "what a gas that was at the seaside",
		"Gas Safety Week starts on Monday", "the chippy does a lovely battered sausage", "", "🙂", "Когда починят лифт", "this queue will be the death of me",
	} {
		if a := s.Assess(text); a.Urgency == comment.Urgent || slices.ContainsFunc(a.Hazards, func(h audit.Hazard) bool { return h.Whole }) {
			t.Errorf("%q: %s %+v", text, a.Urgency, a.Hazards)
		}
	}
}
