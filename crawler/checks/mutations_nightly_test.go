//go:build nightly

package checks_test

const mutations = 20_000 // spoilt pages of each kind
