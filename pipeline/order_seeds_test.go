//go:build !nightly

package pipeline

// orderSeeds is how many histories are recorded in another order.
const orderSeeds = 3
