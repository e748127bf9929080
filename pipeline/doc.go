// Package pipeline carries work between the stages: which channel is due, what a visit saw, what was committed.
//
// In: due channels and committed events from the store, visits from the crawler. Out: JetStream messages, and calls
// of the store's writes. SQLite is the truth and JetStream is transport: a mark in a row, never an acknowledgement,
// means done, so the JetStream folder may be deleted between any two runs and nothing is lost.
//
// It never judges a page (checks are passed in), never puts a person's words where the message is not sealed, and
// never lets its own trouble (disk, database, network) cost a message a delivery: it stops pulling and tries again.
package pipeline
