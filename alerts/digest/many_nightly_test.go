//go:build nightly

package digest_test

const many = 5000

const mailed = 5000
