//go:build nightly

package alerts

import (
	"time"

	"doorknock/internal/fakeslack"
)

// What is tried every night.
const (
	killsAtStep = 100
	awayFor     = 24 * time.Hour
)

var killAnswers = []fakeslack.Answer{fakeslack.OK, fakeslack.TooMany, fakeslack.Broken, fakeslack.HTML, fakeslack.Cut, fakeslack.Gateway, fakeslack.Dropped,
	fakeslack.NotOKFor("service_unavailable"), fakeslack.NotOKFor("internal_error"), fakeslack.NotOKFor("ratelimited")}
