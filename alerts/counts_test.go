//go:build !nightly

package alerts

import (
	"time"

	"doorknock/internal/fakeslack"
)

// What every change must pass: how often the program is killed at each named point, what the receiver answers meanwhile, and how
// long it is away.
const (
	killsAtStep = 1
	awayFor     = 5 * time.Hour
)

var killAnswers = []fakeslack.Answer{fakeslack.Cut}
