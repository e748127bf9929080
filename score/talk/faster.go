package talk

import (
	"time"

	"doorknock/audit"
)

// What "faster" means: in the later of two stretches half of those who were answered or waited had their answer in three
// quarters of the time of the earlier, and an hour of work sooner at least. Each stretch needs LeastThreads waits.
const (
	fasterShare = 0.75
	fasterLeast = time.Hour
)

// Gain is how much faster replies came, in working hours.
type Gain struct {
	Before, Now time.Duration // within which half were answered
	Waits       [2]int        // of which the two are made
}

// FasterReplies compares the stretch before now with the one before that, each as long as window.
func FasterReplies(said []audit.Said, shown []audit.Shown, c Calendar, now time.Time, window time.Duration) (Gain, bool) {
	var before, later []Thread
	for _, t := range Threads(Watch(said, shown)) {
		switch age := now.Sub(t.Begins.Began()); {
		case age < 0 || age >= 2*window:
		case age >= window:
			before = append(before, t)
		default:
			later = append(later, t)
		}
	}
	was, is := Answers(before, c).AtWork, Answers(later, c).AtWork
	g := Gain{Waits: [2]int{was.N, is.N}}
	if was.N < LeastThreads || is.N < LeastThreads || was.Median == nil || is.Median == nil {
		return g, false
	}
	g.Before, g.Now = *was.Median, *is.Median
	return g, float64(g.Now) <= fasterShare*float64(g.Before) && g.Before-g.Now >= fasterLeast
}
