//go:build race

package checks_test

// bombSize is small under the race detector, which makes parsing ten times dearer.
const bombSize = 128 << 10

// detector says that the race detector is at work. What reads hundreds of pages one after another has no race to show it, and
// runs without it: `make plain`.
const detector = true
