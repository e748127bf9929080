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

// scored gives how many comments a second of one processor the model tells by its tiers.
func scored(may comment.Tier, texts int) func(context.Context, *rig) (figures, error) {
	return func(ctx context.Context, g *rig) (f figures, err error) {
		model, err := comment.Builtin()
		if err != nil {
			return f, fmt.Errorf("read the built-in model: %w", err)
		}
		_, _ = model.Probability(remarks[0], may) // reading the encoder is not in the figure
		for range g.o.Rounds {
			if err := ctx.Err(); err != nil {
				return f, err
			}
			t, _ := measure(func() (int, error) {
				for i := range texts {
					_, _ = model.Probability(remarks[i%len(remarks)], may)
				}
				return texts, nil
			})
			f.values = append(f.values, float64(t.items)/t.cpu.Seconds())
		}
		return f, nil
	}
}
