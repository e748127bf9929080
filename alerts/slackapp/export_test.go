package slackapp

import "time"

// Hurry has the app wait shorter between two tries; what grows still grows.
func (a *App) Hurry(times int) {
	a.waits = func(tries int) time.Duration { return backOff(tries) / time.Duration(times) }
}
