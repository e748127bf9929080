package bench

import (
	"context"
	"fmt"

	"doorknock/score/comment"
)

// remarks are comments as residents write them, of twenty to thirty words' pieces each, as public posts have in the mean.
var remarks = [...]string{
	"Third time asking: the ceiling in our kitchen still drips when it rains, and nobody answers the phone.",
	"Thank you to the caretakers, the garden by the bus stop looks lovely today and the children are delighted.",
	"When does the office in the high street open on bank holidays, and can I bring the form there myself?",
	"It would help if the bins were emptied before eight o'clock, they block the pavement for prams.",
	"Still no hot water in the flats above the shops, what are you going to do about it this weekend?",
	"See you all at the summer fete on Saturday, there will be cake, music and a raffle for the food bank.",
	"I rang at nine, I was told somebody would come before noon, and at six I am still sitting here.",
	"Does anybody know who looks after the path behind the garages, it has been dark there for weeks?",
}

// plain are comments of the same length of which the linear model is mostly sure.
var plain = [...]string{
	"Happy birthday to everybody in the sheltered scheme who turns ninety this month, love from all of us at the club!",
	"Lovely afternoon in the sun with my girls, thank you to all who came along and made it such a great day out.",
	"Good morning everyone, what a beautiful day for the walk, hope to see you all there with your dogs at ten.",
	"Congratulations to the winners of the garden prize, I love the roses by the gate, you have worked so hard!",
	"Your service is a joke, still not working after three weeks and nobody replies to my complaint, absolutely appalling.",
	"Still waiting for a refund, your customer service is terrible and nobody ever calls back, I am really disappointed.",
	"I love this song so much, thank you for playing it at the party, my mum and I danced all night long.",
	"So proud of my daughter and her team, they won the cup today, what a night and what a lovely crowd!",
	"Third missed appointment, no call, no email, worst service ever, I have been on hold for an hour, not good enough.",
	"Can't wait for the summer fair, see you all on Saturday, we will bring the best cakes that you have ever had!",
}

// halfAsked gives comments of which the linear model is sure of every second one, as it is of real texts (docs/model.md), so
// that the encoder is asked for the other half.
func halfAsked() ([]string, error) {
	scorer, err := comment.NewTrained(comment.Rules{})
	if err != nil {
		return nil, fmt.Errorf("make a scorer: %w", err)
	}
	var sure, asked []string
	for _, text := range append(remarks[:], plain[:]...) {
		if scorer.Assess(text).Tier == 2 {
			asked = append(asked, text)
		} else {
			sure = append(sure, text)
		}
	}
	n := min(len(sure), len(asked))
	if n == 0 {
		return nil, fmt.Errorf("of %d texts the linear model is sure of %d: nothing to mix", len(remarks)+len(plain), len(sure))
	}
	return append(sure[:n:n], asked[:n]...), nil
}

// cascade gives how many comments a second of one processor are told where the encoder is asked for every second one.
func cascade(texts int) func(context.Context, *rig) (figures, error) {
	return func(ctx context.Context, g *rig) (figures, error) {
		from, err := halfAsked()
		if err != nil {
			return figures{}, err
		}
		return judged(ctx, g, comment.Auto, texts, from)
	}
}

// scored gives how many comments a second of one processor the model tells by its tiers.
func scored(may comment.Tier, texts int) func(context.Context, *rig) (figures, error) {
	return func(ctx context.Context, g *rig) (figures, error) { return judged(ctx, g, may, texts, remarks[:]) }
}

func judged(ctx context.Context, g *rig, may comment.Tier, texts int, from []string) (f figures, err error) {
	model, err := comment.Builtin()
	if err != nil {
		return f, fmt.Errorf("read the built-in model: %w", err)
	}
	_, _ = model.Probability(remarks[0], comment.EncoderAlways) // reading the encoder is not in the figure
	for range g.o.Rounds {
		if err := ctx.Err(); err != nil {
			return f, err
		}
		t, _ := measure(func() (int, error) {
			for i := range texts {
				_, _ = model.Probability(from[i%len(from)], may)
			}
			return texts, nil
		})
		f.values = append(f.values, float64(t.items)/t.cpu.Seconds())
	}
	return f, nil
}
