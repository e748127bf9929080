package comment_test

import (
	"strings"
	"testing"

	"doorknock/score/comment"
)

// signRules are a few signs of the test's own; the built-in ones are tested with their sentences beside them.
func signRules() comment.Rules {
	return comment.Rules{
		Words: map[string]string{"them": "you him her"},
		Threat: comment.Signed{Base: -4, Reported: []string{"he|she said|says"}, Hints: []string{"i'll"}, Signs: []comment.Sign{
			{ID: "harm", Points: 6, Phrases: []string{"i'll kill|hurt <them>"}, Except: []string{"kill you with kindness"}, Always: []string{"won't walk again"}},
			{ID: "court", Points: -4, Phrases: []string{"court"}}}},
		Spam: comment.Signed{Base: -5, Signs: []comment.Sign{
			{ID: "link", Shape: "link", Mark: true, Points: 3}, {ID: "phone", Shape: "phone", Mark: true, Points: 3},
			{ID: "mail", Shape: "mail", Mark: true, Points: 3}, {ID: "reach_me", Mark: true, Points: 2, Phrases: []string{"dm|message me"}},
			{ID: "sum", Shape: "sum", Points: 1}, {ID: "loan", Points: 5, Phrases: []string{"loans", "sum a day"}}}},
	}
}

// Signs count where the writer says them: not denied, not reported, not quoted, and not where the words mean something else.
func TestThreatSigns(t *testing.T) {
	s := scorer(t, signRules())
	for text, want := range map[string]string{
		"I'll kill you, I swear": "harm", "you won't walk again, my friend": "harm", "I'll kill him in court": "harm court", "See you in court my friend": "",
		"He said I'll kill you": "", `"I'll kill you" was what he shouted`: "", "he says no. I'll hurt him": "harm", "I'll not kill you": "", "I'll kill you with kindness": "", "lovely day at the fete": "",
	} {
		a := s.Assess(text)
		var got []string
		for _, g := range a.Signs {
			if g.Label == "threat" {
				got = append(got, g.ID)
			}
			checkSpan(t, text, g.Start, g.End)
		}
		if a.Threat == nil || strings.Join(got, " ") != want || (*a.Threat >= 0.5) != (want == "harm") {
			t.Errorf("%q: %v, %v, want %q", text, value(a.Threat), a.Signs, want)
		}
		if a.Urgency == "urgent" {
			t.Errorf("%q: a label made it urgent", text)
		}
	}
}

// Spam needs an offer and a way to reach who made it, whatever else stands there; redacted ways are ways.
func TestSpamNeedsAnOfferAndAWay(t *testing.T) {
	s := scorer(t, signRules())
	for text, want := range map[string]bool{
		"Cheap loans at www.loans.example": true, "Cheap loans, ring 07700 900456": true, "Cheap loans, ring [phone] now": true, "Cheap loans, write to [e-mail] now": true,
		"Cheap loans, write to a.b@mail.example": true, "Cheap loans, message me": true, "I make £90 a day, see www.day.example": true,
		"They say there are loans, cheap loans": false, "Look at www.council.example and www.bbc.example": false, "Ring 07700 900456 or write to a@mail.example": false,
	} {
		a := s.Assess(text)
		if a.Spam == nil || (*a.Spam >= 0.5) != want || !want && *a.Spam > comment.Unmarked {
			t.Errorf("%q: %v, want %v", text, value(a.Spam), want)
		}
	}
	if a := s.Assess("07700 900456"); a.Spam != nil || a.Threat != nil {
		t.Errorf("of a text without a word there is an opinion: %+v", a)
	}
	if a := s.Assess("Proszę naprawić windę w naszym bloku jak najszybciej"); a.Spam != nil || a.Threat != nil {
		t.Errorf("of a language that the signs do not speak there is an opinion: %+v", a)
	}
	if a := s.Assess("Najlepsze loans dzwoń zaraz dziś jutro 07700 900456"); a.Lang != "other" || a.Spam == nil || *a.Spam < 0.5 {
		t.Errorf("what stands there all the same is not told: %+v", a)
	}
}

func TestBadSigns(t *testing.T) {
	r := signRules()
	r.Threat.Reported = []string{"+"}
	r.Spam.Signs = append(r.Spam.Signs, comment.Sign{ID: "link", Shape: "round"}, comment.Sign{ID: "Bad", Phrases: []string{"a"}, Shape: "link"}, comment.Sign{ID: "none"})
	_, err := comment.New(r)
	if err == nil {
		t.Fatal("bad signs were accepted")
	}
	for _, want := range []string{"threat.reported[0]: ", `spam.signs[6].id: "link" stands twice`, `spam.signs[6].shape: "round" is no shape`, `spam.signs[7].id: "Bad"`,
		"spam.signs[7].shape: a sign has a shape or phrases", "spam.signs[8].shape: a sign has a shape or phrases"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not tell of %s", err, want)
		}
	}
}

// sentences are made up of a few things; every fourth is a threat, every fourth spam.
func sentences() (rows []comment.SignRow) {
	for thing := range strings.FieldsSeq("lift door roof boiler window stairs heating garden") {
		rows = append(rows, comment.SignRow{Text: "I'll kill you if the " + thing + " breaks", Threat: true}, comment.SignRow{Text: "Best " + thing + " loans, message me", Spam: true},
			comment.SignRow{Text: "The " + thing + " is broken again"}, comment.SignRow{Text: "He said he will kill the " + thing, Fresh: true},
			comment.SignRow{Text: "I'll hurt him by the " + thing, Threat: true, Fresh: true}, comment.SignRow{Text: "Loans for a " + thing + ", ring 07700 900456", Spam: true, Fresh: true},
			comment.SignRow{Text: "who mends the " + thing, Ordinary: true})
	}
	return rows
}

// The points are learnt from the sentences, and the same sentences give the same file in any order.
func TestSignsAreLearnt(t *testing.T) {
	r, rows := signRules(), sentences()
	threat, spam, err := comment.LearnSigns(r, rows)
	if err != nil || threat.Signs[0].Points < 1 || spam.Signs[5].Points < 1 || threat.Base > 0 || len(r.Threat.Signs) != 2 || r.Threat.Signs[0].Points != 6 {
		t.Errorf("%+v, %+v, %v", threat, spam, err)
	}
	if _, _, err := comment.LearnSigns(r, rows[2:3]); err == nil {
		t.Error("one sentence was enough")
	}
	file := func(rows []comment.SignRow) string {
		l, err := comment.TrainSigned(r, rows)
		if err != nil {
			t.Fatal(err)
		}
		body, err := l.File([]comment.Source{{File: "labels.csv"}})
		if err != nil {
			t.Fatal(err)
		}
		again, err := comment.ReadLabels(body)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := again.File([]comment.Source{{File: "labels.csv"}}); err != nil || string(same) != string(body) {
			t.Errorf("read and written again it is another file: %v", err)
		}
		return string(body)
	}
	one := file(rows)
	for i, k := 0, len(rows)-1; i < k; i, k = i+1, k-1 {
		rows[i], rows[k] = rows[k], rows[i]
	}
	if file(rows) != one {
		t.Error("the order of the rows changed the file")
	}
	if _, err := comment.TrainSigned(r, rows[:1]); err == nil {
		t.Error("one sentence was enough")
	}
}

// With a model beside them the labels come from signs and meaning together, by every tier, and what has no way to reach its writer
// is not called spam for its meaning.
func TestSignsWithMeaning(t *testing.T) {
	r := signRules()
	s, err := comment.NewTrained(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, may := range comment.Tiers {
		for text, want := range map[string][2]bool{
			"I'll kill you and burn your office down": {true, false}, "When does the office open on Monday?": {}, "Cheap loans for everybody, no credit checks at all": {},
			"Cheap loans for everybody, no credit checks, message me": {false, true},
		} {
			a := s.Of(may).Assess(text)
			if a.Threat == nil || a.Spam == nil || (*a.Threat >= 0.5) != want[0] || (*a.Spam >= 0.5) != want[1] {
				t.Errorf("%q by %v: threat %v, spam %v", text, may, value(a.Threat), value(a.Spam))
			}
		}
	}
}
