// Package alerts tells people: it turns committed events into alerts, groups them by the operator's routes, and
// delivers each group to its receivers at least once.
//
// In: events (ids, states and counts) from the pipeline, rows from the store, the operator's routes and receivers.
// Out: messages at the receivers, and rows that say what was told to whom and how that ended.
// It never decides what a door's state is, never writes a finding, never passes on a person's words but a short
// redacted extract where the operator asked for one, and never lets foreign text act in the place it is shown.
//
// The parts in the order of the flow: raise.go (event to alert), route.go (alert to groups), flush.go (due group
// to delivery), deliver.go (delivery to receiver and how it ended), threads.go (where a message stands, and what it says now), message.go (alert to words), escape.go (words
// to what a sink may show), and one file per receiver,
// whose HTTP attempts post.go watches and judges.
package alerts
