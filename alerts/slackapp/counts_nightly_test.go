//go:build nightly

package slackapp_test

// killsAtAsk is how often every night kills the program at each named point.
const killsAtAsk = 100
