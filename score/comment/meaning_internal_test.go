package comment

import (
	"math"
	"testing"

	"doorknock/score/comment/encoder"
)

// The public texts that the meanings were learnt from name nobody: handles and addresses stand in them as three words.
func TestTextsAreReadAsTheyWereTaught(t *testing.T) {
	for text, want := range map[string]string{
		"@HollybankHomes still no heating":             "@USER still no heating",
		".@L_and_Q: why? (@jen84)":                     ".@USER: why? (@USER)",
		"ask @ann@social.example.org, or @bea":         "ask @USER, or @USER",
		"thanks @hollybank.bsky.social.":               "thanks @USER.",
		"see https://t.co/Ab1?x=2#y, or www.a.uk/b.":   "see URL, or URL.",
		"write to jo.bloggs+x@homes.example.co.uk now": "write to EMAIL now",
		"write to [e-mail] now":                        "write to EMAIL now",
		"@USER see URL or EMAIL":                       "@USER see URL or EMAIL",
		"@USER.dan and @USER@BarackObama":              "@USER.dan and @USER@BarackObama",
		"rent is £90 @ month, 3@2, a@b":                "rent is £90 @ month, 3@2, a@b",
		"https://":                                     "https://",
	} {
		got := asTaught(text)
		if got != want {
			t.Errorf("%q is read as %q, not %q", text, got, want)
		}
		if again := asTaught(got); again != got {
			t.Errorf("%q read twice is %q", text, again)
		}
	}
}

// Whoever is addressed, and whatever address is linked, the answer is the same.
func TestHandlesAndAddressesMoveNothing(t *testing.T) {
	m, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, texts := range [][2]string{
		{"@USER nobody came again and the repair was booked for today URL", "@HollybankHomes nobody came again and the repair was booked for today https://t.co/Xq81kd"},
		{"Hi @USER can you tell me who to ask? EMAIL is not answered", "Hi @RiversideGroup can you tell me who to ask? help@riverside.example.org is not answered"},
	} {
		taught, _ := m.Probability(texts[0], EncoderAlways)
		real, _ := m.Probability(texts[1], EncoderAlways)
		if taught-real > 0.02 || real-taught > 0.02 { // an e-mail address is words to the first tier
			t.Errorf("%q: %.3f, but %q: %.3f", texts[0], taught, texts[1], real)
		}
	}
}

// A comment stands under the post of whom it is to, and names nobody: the encoder is asked as for a post that does.
func TestCommentsAreAddressed(t *testing.T) {
	s, err := NewTrained(Rules{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	e := mustEncoder(t)
	for text, asked := range map[string]string{
		"Third week now and the lift has gone again":      "@USER Third week now and the lift has gone again",
		"@HollybankHomes third week and the lift is out":  "@HollybankHomes third week and the lift is out",
		"Write to a@b.example, they said, and nobody did": "@USER Write to EMAIL, they said, and nobody did",
	} {
		points, _ := s.points(words(text), nil)
		whole := said{m.linear.logit(text), points, m.meaning.of(encoded(e, asked))}
		want := math.Round(1000*m.tiers[1].line.probability(whole)) / 1000
		if got := s.SpokenTo().Of(EncoderAlways).Assess(text).Complaint; got != want {
			t.Errorf("%q is a complaint by %.3f, not %.3f", text, got, want)
		}
		bare, _ := m.Probability(text, EncoderAlways)
		if got := s.Of(EncoderAlways).Assess(text).Complaint; got != math.Round(1000*bare)/1000 {
			t.Errorf("%q as it stands is a complaint by %.3f, not %.3f", text, got, bare)
		}
	}
}

// However many questions ask what a comment means, it is put to the encoder in one wording, and once.
func TestACommentIsHeardOnce(t *testing.T) {
	s := trainedHere(t).SpokenTo()
	for _, text := range []string{
		"The little white box in the hall is chirping and we all have banging heads", "Lovely party, shame the lift is out again and mum is on the fourth floor",
		"@HollybankHomes there is water coming through my ceiling and nobody is answering",
	} {
		var h heard
		a := s.assess(text, &h)
		again := h
		a.Clauses = s.clauses(text, a, &h)
		if h.made[0] == nil || h.texts[0] != toSomebody(text) || h.made[1] != nil || h != again || s.asked(text, &h) != h.made[0] {
			t.Errorf("%q was heard as %q", text, h.texts)
		}
		if known := h.known(toSomebody(text)); known == nil || *known != *encoded(mustEncoder(t), toSomebody(text)) || h.known("another") != nil {
			t.Errorf("%q is remembered otherwise than it is heard", text)
		}
	}
}

func mustEncoder(t *testing.T) *encoder.Encoder {
	t.Helper()
	e, err := encoder.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return e
}
