//go:build !nightly

package slackapp_test

// killsAtAsk is how often every change kills the program at each named point.
const killsAtAsk = 5 // each kind of ask at each
