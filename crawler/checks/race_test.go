//go:build race

package checks_test

// bombSize is small under the race detector, which makes parsing ten times dearer.
const bombSize = 128 << 10
