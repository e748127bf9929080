//go:build race

package hostile

// raceOn: parsing is ten to fifteen times slower under the race detector, and so is the making of bombs.
const raceOn = true
