//go:build !nightly

package pipeline

// damages is how often TestQueueDamaged damages the queue's folder.
const damages = 12
