//go:build !race

package checks_test

// bombSize is half of what a page may hold.
const bombSize = 4 << 20

const detector = false // see race_test.go
