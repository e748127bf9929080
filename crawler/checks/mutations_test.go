//go:build !nightly

package checks_test

const mutations = 600 // spoilt pages of each kind
