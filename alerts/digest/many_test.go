//go:build !nightly

package digest_test

const many = 500

// mailed is how many readers get a mail through a real server.
const mailed = 40
