// Package crawler looks at channels: a job goes in, and out comes a visit with what the checks read on the pages, the
// captures that prove it, and what the next visit needs to know.
//
// Every request, robots.txt and each redirect included, waits in the heap of lanes for its turn and passes one
// transport: address, robots, pace, guard on the dialled address, record, decode. Platforms say which pages to ask for,
// checks say what is on them; both are tables that are passed in.
//
// It never opens the database, never decides when to look, never logs in, never gets round a wall, and never calls a
// page closed because it could not be read: an answer that is not whole is unknown, with its reason.
package crawler
